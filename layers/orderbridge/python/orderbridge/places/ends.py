"""What stands at the ends of an address's lines and has a field of its own: one-line addresses, repeated fields.

Read from outside inwards, part by part, and only while a part is certain: a country, a postcode, a region, or what the
platform gave as a field anyway. What is taken is in its field afterwards, everything else stays where it was. A part
with stars is never taken, nor is the last one left.
"""

import re
from functools import partial

from orderbridge.places import masking, regions
from orderbridge.places.fields import Fields
from orderbridge.places.reference import digits, read

_LONGEST = 300  # a line beyond it is prose
_COMMA = re.compile(r"\s*[,，、،;；]\s*")
_DASH = re.compile(r"[\s\-–]+$")
_WORDS = 4  # of the longest name of a region that is looked for at the end of a part
# Words that say what a part is, where towns have numbers or stand without commas: (city, district).
_VIETNAMESE = (r"(?:quận|huyện|thị xã|thành phố|tp\b|q\.|h\.)", r"(?:phường|xã|thị trấn|p\.|x\.)")
_MARKED = {
    "ID": (r"(?:kota|kab\.|kabupaten)\s", r"(?:kec\.|kecamatan)\s"),
    "TH": (r"(?:เขต|อำเภอ|อ\.)", r"(?:แขวง|ตำบล|ต\.)"),
    "VN": _VIETNAMESE,
}
_THAI = re.compile(r"^(.+?)\s+((?:แขวง|ตำบล|ต\.)\s*[^\s,]+)\s+((?:เขต|อำเภอ|อ\.)\s*[^\s,]+)$")


def take(fields: Fields) -> None:
    """Move what is certain from the ends of the lines into the fields."""
    if not fields.lines or any(len(line) > _LONGEST for line in fields.lines):
        return
    if fields.country:
        _from_the_front(fields)
    while _from_the_back(fields):
        pass
    if fields.seen & {"postcode", "region"}:
        _towns(fields)


def _last(fields: Fields) -> tuple[str, str]:
    """What is before the last comma of the last line, and what is after it."""
    line = fields.lines[-1]
    commas = list(_COMMA.finditer(line))
    return (line[: commas[-1].start()], line[commas[-1].end() :]) if commas else ("", line)


def _replace_last(fields: Fields, line: str) -> None:
    fields.lines[-1:] = [line] if line.strip() else []


def _from_the_front(fields: Fields) -> None:
    """From large to small, where the country comes first ("Thailand, Bangkok, Pathum Wan, 50", TikTok Shop)."""
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
    head, part = _last(fields)
    alone = len(fields.lines) == 1 and not head
    if alone and not part.strip(" ,"):
        return False
    if masking.words(part):
        return False
    if not part or (not alone and _is_whole(fields, part)):
        _replace_last(fields, head)
        return True
    if (rest := _cut(fields, part, alone)) is None:
        return False
    before = fields.lines[-1][: len(fields.lines[-1]) - len(part)]
    _replace_last(fields, before + rest if rest else head)
    return True


def _is_whole(fields: Fields, part: str) -> bool:
    if fields.is_country(part):
        return True
    if "region" in fields.seen and regions.in_text(fields.country, part) == fields.region and fields.is_city(part):
        return True  # "New York, NY 10001"
    certain = _is_unlike_a_house_number(part) or fields.region is not None or "place" in fields.seen
    return fields.repeats(part) or fields.is_region(part) or fields.is_postcode(part, certain=certain)


def _cut(fields: Fields, part: str, alone: bool) -> str | None:
    """The part without a postcode or region at its end, or without the postcode and city it is; None if it has none."""
    words = part.split()
    if len(words) > 1 and (rest := _without_postcode(fields, part, words)):
        return rest
    if len(words) > 1 and not alone and "%Z %C" in _format(fields.country):
        return _postcode_and_city(fields, part, words)
    return _without_region(fields, part, words) if "postcode" in fields.seen else None


def _without_postcode(fields: Fields, part: str, words: list[str]) -> str:
    for count in (1, 2):  # two for "SW1A 1AA"
        if len(words) <= count:
            break
        code, before = " ".join(words[-count:]), words[:-count]
        certain = _is_unlike_a_house_number(code) or any(
            regions.in_text(fields.country, " ".join(before[-n:])) for n in range(1, _WORDS + 1)
        )
        if fields.is_postcode(code, certain=certain):
            return _before(part, words[-count:])
    return ""


def _is_unlike_a_house_number(code: str) -> bool:
    """Whether a number at the end of a part can hardly be anything but a postcode: with letters, or of six digits."""
    plain = digits(code)
    return any(c.isalpha() for c in plain) or sum(c.isdigit() for c in plain) > 5


def _postcode_and_city(fields: Fields, part: str, words: list[str]) -> str | None:
    """ "10115 Berlin", "00144 Roma RM": the rest is the city, with a region's abbreviation behind it."""
    for count in (1, 2):
        if len(words) <= count or not fields.is_postcode(" ".join(words[:count]), certain=True):
            continue
        rest = part.split(maxsplit=count)[count]
        if len(words) > count + 1 and words[-1].isupper() and fields.is_region(words[-1]):
            rest = _before(rest, words[-1:])
        return "" if fields.is_city(rest) or fields.repeats(rest) else rest
    return None


def _without_region(fields: Fields, part: str, words: list[str]) -> str | None:
    for count in range(min(_WORDS, len(words) - 1), 0, -1):
        if any(c.isalnum() for c in words[-count]) and fields.is_region(" ".join(words[-count:])):
            return _before(part, words[-count:])
    return None


def _before(part: str, last: list[str]) -> str:
    """The part up to these last words of it."""
    for word in reversed(last):
        part = part[: part.rindex(word)].rstrip()
    return _DASH.sub("", part)


def _towns(fields: Fields) -> None:
    """Behind a street and before region or postcode stands the city; with words that say so the district, too."""
    if fields.country == "TH" and (found := _THAI.match(fields.lines[-1])) and fields.is_city(found[3], numbered=True):
        fields.lines[-1] = found[1]
        if not fields.is_district(found[2]):
            fields.lines.append(found[2])
        return
    is_city, is_district = _MARKED.get(fields.country, ("", r"(?!)"))
    wanted = (
        ("%C" in _format(fields.country), is_city, partial(fields.is_city, numbered=bool(is_city))),
        (True, is_district, fields.is_district),
    )
    for usual, mark, take_it in wanted:
        head, part = _last(fields)
        if len(fields.lines) == 1 and not head:
            return
        if usual and re.match(mark, part.lower()) and take_it(part):
            _replace_last(fields, head)


def _format(country: str) -> str:
    return str(read("places").get(country, {}).get("fmt", ""))
