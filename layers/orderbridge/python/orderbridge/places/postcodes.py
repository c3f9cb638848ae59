"""Postcodes: checked and written as their country writes them."""

import re
from functools import lru_cache

from orderbridge.places.reference import digits, read

# Where the parts are set apart: country -> (length without separators, place, separator). Universal Postal Union,
# https://www.upu.int/en/postal-solutions/programmes-services/addressing-solutions (2026-11).
_PARTS = {
    **dict.fromkeys(("GB", "JE", "GG", "IM"), ((5, 6, 7), -3, " ")),
    **dict.fromkeys(("FK", "GI", "GS", "IO", "PN", "SH", "TC"), ((7,), -3, " ")),
    "BM": ((4,), 2, " "),
    "BR": ((8,), 5, "-"),
    "CA": ((6,), 3, " "),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), ((5,), 3, " ")),
    "IE": ((7,), 3, " "),
    "IR": ((10,), 5, "-"),
    "JP": ((7,), 3, "-"),
    "KY": ((7,), 3, "-"),
    "LB": ((8,), 4, " "),
    "MT": ((5, 6, 7), 3, " "),
    "NL": ((6,), 4, " "),
    "PL": ((5,), 2, "-"),
    "PT": ((7,), 4, "-"),
    "SO": ((7,), 2, " "),
    "SV": ((6,), 2, " "),
    **dict.fromkeys(("US", "AS", "FM", "GU", "MH", "MP", "PR", "VI"), ((9,), 5, "-")),
}
_MARKS = re.compile(r"[〒\s]+")
_DASHES = re.compile("[‐-―−ー－ｰ]")
_SEPARATORS = re.compile(r"[\s.\-]+")
_WITH_COUNTRY = {"LV": "LV-"}  # the code of the country is part of it
_ARMY = re.compile(r"(BFPO)(\d{1,4})")  # British forces abroad
_LONGEST = 24


@lru_cache(maxsize=256)
def pattern(country: str) -> re.Pattern[str] | None:
    """What its postcodes look like, None where the country has none or we know of none."""
    found = read("places").get(country, {}).get("zip", "")
    return re.compile(found, re.ASCII) if found else None


def understand(text: str, country: str) -> tuple[str, bool]:
    """The postcode as its country writes it, and whether it is one: ("SW1A 1AA", True) of "sw1a1aa".

    What is none stays as it was written, with False. A country without postcodes refuses nothing.
    """
    text = text.strip()
    shape = pattern(country)
    if not text or shape is None:
        return text, True
    if len(text) > _LONGEST:
        return text, False
    plain = _MARKS.sub(" ", _DASHES.sub("-", digits(text))).strip().upper()
    compact = _SEPARATORS.sub("", plain)
    for candidate in _candidates(plain, compact, country):
        if shape.fullmatch(candidate):
            return candidate, True
    return text, False


def _candidates(plain: str, compact: str, country: str) -> list[str]:
    lengths, place, separator = _PARTS.get(country, ((), 0, ""))
    grouped = [compact[:place] + separator + compact[place:]] if len(compact) in lengths else []
    if army := _ARMY.fullmatch(compact):
        grouped = [f"{army[1]} {army[2]}"]
    if prefix := _WITH_COUNTRY.get(country, ""):
        grouped = [prefix + compact.removeprefix(country)]
    # "D-10115", "CH-8000", "B 1000": an old mark of the country before it.
    marked = [m[1]] if (m := re.fullmatch(r"(?:[A-Z]{1,2}-|[A-Z] )(\d.*)", plain)) else []
    return [*grouped, compact, plain, *marked]


@lru_cache(maxsize=2048)
def _beginning(zips: str) -> re.Pattern[str]:
    return re.compile(zips, re.ASCII)


def begins_as(postcode: str, zips: str) -> bool:
    """Whether this postcode can lie in a region whose postcodes begin like this."""
    return bool(_beginning(zips).match(postcode))
