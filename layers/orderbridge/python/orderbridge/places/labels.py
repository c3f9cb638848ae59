"""Labels: an address as its country writes it, and a copy in Latin script for carriers abroad."""

import re
from collections.abc import Mapping
from functools import lru_cache

from orderbridge.places import countries
from orderbridge.places.reference import fold, read

_TOKEN = re.compile(r"%([NOADCSZXn])")
_ANYWHERE = "ZZ"  # the format for a country without one


def formatted(country: str, values: Mapping[str, str], lines: tuple[str, ...], rest: str = "") -> tuple[str, ...]:
    """`values` by the letters of the formats: N name, O company, D district, C city, S region, Z postcode.

    In the country's own order, or in that for Latin script where it is written in ASCII. What the format has no place
    for stands below the lines, `rest` (a country that is not known) at the end.
    """
    ascii_only = all(text.isascii() for text in (*lines, values.get("C", ""), values.get("D", "")))
    return (*_filled(country, "lfmt" if ascii_only else "fmt", values, lines), *([rest] if rest else []))


def latin(country: str, values: Mapping[str, str], lines: tuple[str, ...], rest: str = "") -> tuple[str, ...]:
    """The same in Latin letters: the name first, the country's English name in capitals last."""
    plain = {field: _romanised(value) for field, value in values.items()}
    name = plain.pop("N", "")
    body = _filled(country, "lfmt", plain, tuple(filter(None, map(_romanised, lines))))
    last = _romanised(countries.english(country) or rest).upper()
    return tuple(filter(None, (name, *body, last)))


def _romanised(text: str) -> str:
    if text.isascii():
        return text
    from anyascii import anyascii  # only for who has something else than ASCII to write

    return " ".join(anyascii(text).split())


@lru_cache(maxsize=512)
def _format(country: str, name: str) -> tuple[tuple[str, ...], ...]:
    """The label's lines; each a tuple of literals and letters in turn: ("", "C", ", ", "S", " ", "Z", "")."""
    known = read("places")
    entry = known.get(country, {})
    text = entry.get(name) or entry.get("fmt") or known[_ANYWHERE]["fmt"]
    return tuple(tuple(_TOKEN.split(line)) for line in text.split("%n"))


@lru_cache(maxsize=256)
def _capitals(country: str) -> str:
    return str(read("places").get(country, {}).get("upper", ""))


def _filled(country: str, name: str, values: Mapping[str, str], lines: tuple[str, ...]) -> list[str]:
    shape, capitals = _format(country, name), _capitals(country)
    said = {field: value.upper() if field in capitals else value for field, value in values.items() if value}
    placed = {field for line in shape for field in line[1::2]}
    result: list[str] = []
    for line in shape:
        if line[1::2] == ("A",):
            result += lines
        elif text := _line(line, {**said, "A": ", ".join(lines)}):
            result.append(text)
        if "A" in line[1::2]:
            result += _without_a_place(country, said, placed)
    return result


def _line(line: tuple[str, ...], said: Mapping[str, str]) -> str:
    """A literal stands between two values or before its own; a word of it ("SINGAPORE ") stands in any case."""
    is_word = len(line[0].strip()) > 2
    text, gap = (line[0], "") if is_word else ("", line[0])
    for field, after in zip(line[1::2], line[2::2], strict=True):
        if value := said.get(field, ""):
            text, gap = text + gap + value, after
        else:
            gap = max(gap, after, key=len) if text else ""
    return text.strip()


def _without_a_place(country: str, said: Mapping[str, str], placed: set[str]) -> list[str]:
    """District and city always, a region never (a country that leaves it out needs none), a postcode where given."""
    own = {fold(countries.english(country)), *(fold(said[field]) for field in placed if field in said)}
    return [said[field] for field in "DCZ" if field in said and field not in placed and fold(said[field]) not in own]
