"""Cuts a text into pieces that a dictionary can look up, and pieces that must pass unharmed. Pure.

Whatever lies between two pieces (blanks, punctuation, emoji) is the gap before the second and is kept as it is.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_LATIN = "A-Za-zªºÀ-ÖØ-öø-\u024f\u1e00-\u1eff"
_UNIT = "ml|cl|dl|l|mm|cm|m|km|mg|g|kg|oz|lbs?|ft|w|kw|v|ma|mah|wh|hz|ghz|mb|gb|tb|mp|px|dpi|°c|°f|%|°"
# Each begins where its kind begins: tried at every letter of a long run, it would take the square of the run's length.
_NUMBER = r"(?<!\d)(?<!\d[.,])\d+"
_KEEP = rf"""
        (?:https?://|www\.)[^\s<>"'，。、）)]+                                # links
      | (?<![{_LATIN}\d.+-])[{_LATIN}\d._%+-]{{1,64}}@[\w.-]+\.[A-Za-z]{{2,}}     # e-mail addresses
      | \#\d[\w-]*                                                             # "#1001-R1"
      | {_NUMBER}(?:[.,]\d+)?(?:\s?[x×*]\s?\d+(?:[.,]\d+)?)+(?:\s?(?:{_UNIT})(?![\w]))?   # 60 x 90 cm
      | {_NUMBER}(?:[.,]\d+)*\s?(?:(?i:{_UNIT}))(?![\w])                             # 500ml
      | {_NUMBER}(?:[.,]\d+)*(?:\s?[-–/:]\s?\d+(?:[.,]\d+)*)+                        # 42-44, 3/4, 12:30
      | (?<![{_LATIN}])X{{0,4}}[SML](?![{_LATIN}'’]) | (?<![\w])\dX{{1,2}}[SL](?![\w])  # XS, 3XL
      | (?<![{_LATIN}])(?=[A-Z0-9._-]*\d)(?=[A-Z0-9._-]*[A-Z])[A-Z0-9]+(?:[-_.][A-Z0-9]+)*(?![{_LATIN}0-9])  # HP-MUG-01
      | [A-Za-z]*[A-Z][A-Za-z]*\d[A-Za-z0-9]*                                  # iPhone15
"""
_WHOLE = re.compile(
    rf"""
    (?P<keep> {_KEEP} )
    | (?P<number>\d+(?:[.,]\d+)*)
    | (?P<letter>[{HAN}{KANA}])
    | (?P<word>[{_LATIN}]+(?:['’][{_LATIN}]+)*['’]?)
    | (?P<other>[^\W\d_]+)
    """,
    re.VERBOSE,
)
_EMOJI = (
    "[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f]+"
)
_PROTECTED = re.compile(rf"{_KEEP} | {_EMOJI}", re.VERBOSE)
_SEPARATES = r"""
    \s*[/|·•,;:()\[\]，、；：（）【】「」！!？?。\n]\s* | \s+[-–—]\s+ | \.(?:\s+|$)
"""
_SEPARATOR = re.compile(rf"(?P<keep>{_KEEP}) | (?P<separator>{_SEPARATES})", re.VERBOSE)


class Piece(NamedTuple):
    """kind: keep, number, letter (one of Chinese or Japanese), word (Latin), other (a word of any other script)."""

    gap: str
    text: str
    kind: str


def protected(text: str) -> Iterator[tuple[int, int]]:
    """Where a text holds what has no language: codes, sizes, links, e-mail addresses, emoji."""
    return (match.span() for match in _PROTECTED.finditer(text))


def pieces(text: str) -> tuple[list[Piece], str]:
    """The pieces of a text, and what comes after the last."""
    found, end = [], 0
    for match in _WHOLE.finditer(text):
        found.append(Piece(text[end : match.start()], match[0], str(match.lastgroup)))
        end = match.end()
    return found, text[end:]


def parts(text: str) -> list[str]:
    """A text cut at separators, every second one of the list; together they are the text."""
    cut, start = [], 0
    for match in _SEPARATOR.finditer(text):
        if match.lastgroup == "separator":
            cut += [text[start : match.start()], match[0]]
            start = match.end()
    return [*cut, text[start:]]


def folded(piece: Piece) -> str:
    """What a piece is looked up by."""
    return piece.text if piece.kind == "letter" else piece.text.casefold().replace("’", "'")


def key(words: list[str]) -> str:
    """What a phrase of folded pieces is looked up by: a blank only where two words would run into one."""
    made = words[0]
    for word in words[1:]:
        made += f" {word}" if _joins(made[-1]) and _joins(word[0]) else word
    return made


def _joins(letter: str) -> bool:
    """Numbers and words of all scripts but those that are written without blanks."""
    return letter < "\u2e80" or letter > "\uffef"
