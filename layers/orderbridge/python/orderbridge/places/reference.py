"""The reference data beside this code, and how names are compared. Read when it is needed first, not at import.

The files in `orderbridge/data` are written by `python -m reference.countries` and `python -m reference.regions`.
"""

import json
import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent.parent / "data"
# Letters that Unicode does not take apart into a letter and its accent.
_LETTERS = str.maketrans({"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "臺": "台", "&": " and "})
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic. Vowel signs of Thai or Hindi are letters and stay.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+")
_BETWEEN = re.compile(r"[\W_]+")


@cache
def read(name: str) -> Any:
    """One of our own data files, parsed once per process."""
    return json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))


def fold(text: str) -> str:
    """What two spellings of one name have in common: no case, accents, spaces or punctuation."""
    if text.isascii():
        return _BETWEEN.sub("", text.lower().replace("&", " and "))
    # Twice: what looks like a letter (𝕬) is one only after the first, and what casefold makes may have accents again.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold()).translate(_LETTERS)
    plain = _ACCENTS.sub("", plain)
    return "".join(c for c in plain if c.isalnum() or unicodedata.category(c)[0] == "M")


def digits(text: str) -> str:
    """The text with every digit of any script as ASCII, and full-width letters and signs as ordinary ones."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(c, c)) for c in unicodedata.normalize("NFKC", text))
