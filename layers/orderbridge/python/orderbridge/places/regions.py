"""States, provinces and the like: ISO 3166-2 from a code, a local name or a Latin name, always inside one country.

Viet Nam: names are of the 63 provinces from before 2025-07-01; each of the 34 of today bears one of these names, and is
given the code of the province whose name it kept.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from orderbridge.places.reference import fold, read

_LONGEST = 80  # no name of a region is longer
# Words that say what kind of place it is; people leave them out, or add them.
_KIND_BEFORE = re.compile(
    r"^(?:(?:the )?(?:state|province|county|region|emirate|city) of |prov(?:ince|incia)?\.? (?:de |di |of )?(?:la )?|"
    r"estado (?:de |do |da )|(?:departamento|región|region|comunidad|comunitat|voivodato) (?:de |del )?|county |co\. |"
    r"changwat |จังหวัด|จ\.|tỉnh |thành phố |tp\.? ?|t\. |prov(?:insi|insi daerah|\.) |propinsi |negeri |wojew[oó]dztwo |"
    r"woj\. |г\.? |город |республика |استان |إمارة |محافظة )\s*"
)
_KIND_AFTER = re.compile(
    r"(?: state| province| prefecture| region| county| city| municipality| governorate| emirate| oblast'?| krai| kray|"
    r" область| обл\.?| край| область| шәһәре| sheng| shi| metropolitan city| special city| autonomous region|"
    r" special administrative region|[ -](?:do|si|ken|fu|to)| ili| darul \w+| district|"
    r"特别行政区|特別行政區|维吾尔自治区|壮族自治区|回族自治区|自治区|自治區|省|市|縣|县|都|府|県|"
    r"특별자치도|특별자치시|광역시|특별시|도|시)$"
)


class Region(NamedTuple):
    """code: ISO 3166-2 ("TH-10"), "" where it has none; key: what stands on a label; name: its full local name;
    latin: its name in Latin script; zips: how its postcodes begin, a regular expression."""

    code: str
    key: str
    name: str
    latin: str
    zips: str


class _Index(NamedTuple):
    codes: dict[str, Region]
    names: dict[str, Region | None]  # None: the name means two regions
    bare: dict[str, Region | None]


@lru_cache(maxsize=256)
def _index(country: str) -> _Index:
    index = _Index({}, {}, {})
    rows = [[*row, "", "", ""][:6] for row in read("places").get(country, {}).get("regions", ())]
    found = [(Region(code, key, name, latin, zips), names) for code, key, name, names, latin, zips in rows]
    for region, _ in found:
        index.codes.update({region.code: region, region.code[3:]: region})
    for region, names in found:
        for name in filter(None, (region.key, region.name, *names.split("|"))):
            if name.isascii() and len(name) <= 6:
                index.codes.setdefault(name.upper(), region)
            _put(index.names, fold(name), region)
            _put(index.bare, fold(_bare(name)), region)
    index.codes.pop("", None)
    return index


def _put(names: dict[str, Region | None], name: str, region: Region) -> None:
    other = names.setdefault(name, region)
    if other is not region:
        names[name] = None


def _bare(name: str) -> str:
    return _KIND_AFTER.sub("", _KIND_BEFORE.sub("", name.casefold().strip())).strip()


def has_regions(country: str) -> bool:
    return bool(_index(country).codes)


def find(country: str, text: str) -> Region | None:
    """The region that a code or a name means in this country, None where that is not certain."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    index, code = _index(country), text.upper()
    if found := index.codes.get(code):
        return found
    if code.startswith(country) and (found := index.codes.get(code[2:].lstrip("-_"))):  # WooCommerce's "JP13"
        return found
    folded = fold(text)
    if folded in index.names:
        return index.names[folded]
    return index.bare.get(fold(_bare(text))) if folded else None


def in_text(country: str, text: str) -> Region | None:
    """As `resolve`, for a part of a line: a number is no code there, and a short code only in capitals."""
    if not any(c.isalpha() for c in text) or (text.isascii() and len(text) <= 3 and not (text.isupper() and text[1:])):
        return None
    return resolve(country, text)


def resolve(country: str, text: str) -> Region | None:
    """As `find`, also for a name in two scripts ("นนทบุรี/ Nonthaburi", as Lazada writes it)."""
    if (found := find(country, text)) or "/" not in text or len(text) > _LONGEST:
        return found
    meant = {part: find(country, part) for part in text.split("/") if part.strip()}
    regions = {region for region in meant.values() if region}
    return regions.pop() if len(regions) == 1 and None not in meant.values() else None
