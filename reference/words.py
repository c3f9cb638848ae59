"""Write the dictionary of the offline translator: `python -m reference.words`.

reference/words/<kind>.tsv are ours: a line is one thing that orders say, a column a language. In a cell the first
word is what we write, all of them (divided by ";") are understood; "#" stands for a number. Names of countries come
from CLDR (babel, requirements/dev.txt), so that "made in" has something to end with.

words.json   concepts: [kind, one word per language in the order of `languages`]
             index: language -> looked-up phrase (`orderbridge.language.pieces.key`) -> number of its concept
"""

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orderbridge.language.pieces import folded, key, pieces
from reference.cldr import DATA, LANGUAGES, countries

WORDS = Path(__file__).parent / "words"
# A word that stands for two things is taken for the first of them.
KINDS = """notes statuses reasons payment shipping fields colours sizes materials clothing home goods traits units
    words""".split()
_ANY = "7777777"
_MAKERS = "BD CH CN DE ES FR GB IN IT JP KR PL PT TH TR TW US VN".split()
_MADE = ("{}制造", "made in {}", "{}製", "hergestellt in {}", "hecho en {}", "fabriqué en {}", "fabricado em {}")


def lines() -> Iterator[tuple[str, list[list[str]]]]:
    """(kind, the words of each language) of every line."""
    for kind in KINDS:
        header, *rows = (WORDS / f"{kind}.tsv").read_text().splitlines()
        if header.split("\t") != LANGUAGES:
            raise ValueError(f"{kind}.tsv has other columns than {LANGUAGES}")
        for row in rows:
            yield kind, [cell.split(";") for cell in row.split("\t")]
    for code, names in countries().items():
        yield "countries", [[name] for name in names]
        if code in _MAKERS:
            yield (
                "origins",
                [
                    list(dict.fromkeys([made.format(name), f"made in {name}"]))
                    for made, name in zip(_MADE, names, strict=True)
                ],
            )


def build() -> dict[str, Any]:
    concepts: list[list[str]] = []
    index: dict[str, dict[str, int]] = {language: {} for language in LANGUAGES}
    for kind, cells in lines():
        for language, words in zip(LANGUAGES, cells, strict=True):
            for word in words:
                index[language].setdefault(looked_up(word), len(concepts))
        concepts.append([kind, *(words[0] for words in cells)])
    for language, phrases in index.items():
        if language not in ("zh", "ja"):
            for phrase in list(phrases):  # people leave accents out
                phrases.setdefault(_bare(phrase), phrases[phrase])
    return {"languages": LANGUAGES, "concepts": concepts, "index": index}


def looked_up(word: str) -> str:
    """The phrase as `orderbridge.language.pieces` cuts it; "#" is no piece, so a number stands in for it."""
    return key([folded(piece) for piece in pieces(word.replace("#", _ANY))[0]]).replace(_ANY, "#")


def _bare(phrase: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", phrase) if not unicodedata.combining(c))


def main() -> None:
    text = json.dumps(build(), ensure_ascii=False, separators=(",", ":"))
    (DATA / "words.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
