"""Names: of people in Latin letters beside the original, of countries, currencies and languages in the target language.

Names of people are never translated. Those of countries and so on are CLDR's, see `reference.cldr`.
"""

import json
from functools import cache

from orderbridge.language.dictionary import DATA
from orderbridge.language.texts import cleaned

_Names = dict[str, dict[str, str]]  # code -> language -> name


def latin(text: str) -> str:
    """A name or an address line in ASCII letters, for people and carriers who cannot read its script. It is a
    transliteration sign by sign: Chinese is read as Mandarin, also in a Japanese name."""
    clean = cleaned(text)
    if clean.isascii():
        return clean
    from anyascii import anyascii  # its tables are only needed by those who get here

    return " ".join(anyascii(clean).split())


def country(code: str, language: str) -> str:
    """The name of an ISO 3166-1 alpha-2 code; the code itself where it has none."""
    return _name("countries", code, language)


def currency(code: str, language: str) -> str:
    """The name of an ISO 4217 code; the code itself where it has none."""
    return _name("currencies", code, language)


def language(code: str, language: str) -> str:
    """The name of an ISO 639-1 code; the code itself where it has none."""
    return _name("languages", code, language)


def _name(kind: str, code: str, language: str) -> str:
    return _table()[kind].get(code, {}).get(language, code)


@cache
def _table() -> dict[str, _Names]:
    table = json.loads((DATA / "names.json").read_text(encoding="utf-8"))
    order = table.pop("order")
    return {
        kind: {code: dict(zip(order, names, strict=True)) for code, names in entries.items()}
        for kind, entries in table.items()
    }
