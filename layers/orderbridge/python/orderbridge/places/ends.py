"""What stands at the ends of an address's lines and has a field of its own: one-line addresses, repeated fields.

Read from outside inwards, part by part, and only while a part is certain: a country, a postcode, a region, or what the
platform gave as a field anyway. What is taken is in its field afterwards, everything else stays where it was. A part
with stars is never taken, nor is the last one left.
"""

import re

from orderbridge.places import masking
from orderbridge.places.fields import Fields
from orderbridge.places.reference import read

_LONGEST = 300  # a line beyond it is prose
_COMMA = re.compile(r"\s*[,，、،;；]\s*")
_DASH = re.compile(r"[\s\-–]+$")
_WORDS = 4  # of the longest region after a city: "Negara Bagian ...", "Emilia Romagna"


def take(fields: Fields) -> None:
    """Move what is certain from the ends of the lines into the fields."""
    if not fields.lines or any(len(line) > _LONGEST for line in fields.lines):
        return
    _from_the_front(fields)
    while _from_the_back(fields):
        pass
    head, part = _last(fields.lines[-1])
    alone = len(fields.lines) == 1 and not head
    if not alone and fields.seen & {"postcode", "region"} and _has_cities(fields.country) and fields.is_city(part):
        _replace_last(fields, head)


def _last(line: str) -> tuple[str, str]:
    """What is before the last comma, and what is after it."""
    commas = list(_COMMA.finditer(line))
    return (line[: commas[-1].start()], line[commas[-1].end() :]) if commas else ("", line)


def _replace_last(fields: Fields, line: str) -> None:
    fields.lines[-1:] = [line] if line.strip() else []


def _from_the_front(fields: Fields) -> None:
    """"Thailand, Bangkok, Pathum Wan, 50": from large to small, where the country comes first (TikTok Shop)."""
    large_to_small = False
    while comma := _COMMA.search(fields.lines[0]):
        part, rest = fields.lines[0][: comma.start()], fields.lines[0][comma.end() :]
        if not rest or masking.words(part):
            return
        if fields.is_country(part):
            large_to_small = True
        elif not fields.repeats(part) and not (large_to_small and (fields.is_region(part) or _city(fields, part))):
            return
        fields.lines[0] = rest


def _city(fields: Fields, part: str) -> bool:
    return fields.region is not None and fields.is_city(part)


def _from_the_back(fields: Fields) -> bool:
    """Take one thing from the end; whether there was one."""
    head, part = _last(fields.lines[-1])
    alone = len(fields.lines) == 1 and not head
    if masking.words(part) or (not part and not head):
        return False
    if not part:
        _replace_last(fields, head)
        return True
    if not alone and (
        fields.is_country(part) or fields.repeats(part) or fields.is_region(part) or fields.is_postcode(part)
    ):
        _replace_last(fields, head)
        return True
    if (rest := _cut(fields, part, alone)) is None:
        return False
    before = fields.lines[-1][: len(fields.lines[-1]) - len(part)]
    fields.lines[-1] = before + rest
    return True


def _cut(fields: Fields, part: str, alone: bool) -> str | None:
    """The part without the postcode or region at its end, or without the postcode it begins with; None if it has none."""
    words = part.split()
    if len(words) < 2:
        return None
    for count in (1, 2):  # "SW1A 1AA"
        if len(words) > count and fields.is_postcode(" ".join(words[-count:])):
            return _before(part, words[-count:])
    if not alone and _begins_with_postcode(fields.country):
        for count in (1, 2):
            if len(words) > count and fields.is_postcode(" ".join(words[:count])):
                return part.split(maxsplit=count)[count]
    if "postcode" in fields.seen:
        for count in range(min(_WORDS, len(words) - 1), 0, -1):
            if fields.is_region(" ".join(words[-count:])):
                return _before(part, words[-count:])
    return None


def _before(part: str, last: list[str]) -> str:
    """The part up to these last words of it."""
    for word in reversed(last):
        part = part[: part.rindex(word)].rstrip()
    return _DASH.sub("", part)


def _begins_with_postcode(country: str) -> bool:
    """Whether its postcode stands before the city: "10115 Berlin"."""
    return "%Z %C" in read("places").get(country, {}).get("fmt", "")


def _has_cities(country: str) -> bool:
    return "%C" in read("places").get(country, {}).get("fmt", "")
