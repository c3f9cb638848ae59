"""What orders are made of, in seven languages: looks phrases up in the table that `reference.words` makes.

The table is read when it is first asked, and lives as long as the process.
"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from orderbridge.language.pieces import Piece, folded, key

DATA = Path(__file__).parent.parent / "data"
LATIN = ("en", "de", "es", "fr", "pt")
_LONGEST = {"zh": 16, "ja": 24}  # pieces of one phrase: letters; words in the other languages
_WORDS = 9
# Endings that a word may have beyond the one in the table, and what stands in their place there.
_ENDINGS = {
    "en": (("ies", "y"), ("es", ""), ("s", "")),
    "de": (("en", ""), ("er", ""), ("es", ""), ("em", ""), ("e", ""), ("n", ""), ("s", "")),
    "es": (("as", "o"), ("os", "o"), ("es", ""), ("s", ""), ("a", "o"), ("a", "")),
    "fr": (("es", ""), ("s", ""), ("e", ""), ("x", "")),
    "pt": (("as", "o"), ("os", "o"), ("es", ""), ("s", ""), ("a", "o"), ("a", "")),
}
_ELISION = ("l'", "d'", "qu'", "j'", "n'", "s'", "c'", "m'")
_LINKS = ("", "s", "n", "en", "es")  # between the parts of a German compound


class Concept(NamedTuple):
    """kind is the table that it comes from: colours, materials, notes ..."""

    kind: str
    words: dict[str, str]


class Found(NamedTuple):
    """`size` pieces are these concepts (two for a German compound); `number` stands for their "#"."""

    size: int
    concepts: tuple[Concept, ...]
    number: str = ""


class Dictionary:
    """Words of one language. `find` is the only way in."""

    def __init__(self, language: str, index: dict[str, int], concepts: list[Concept]) -> None:
        self.language, self._index, self._concepts = language, index, concepts
        self.longest = _LONGEST.get(language, _WORDS)

    def __contains__(self, word: str) -> bool:
        return word in self._index

    def words(self) -> Iterator[str]:
        """All words that its phrases are made of."""
        for phrase in self._index:
            yield from phrase.split()

    def knows_form(self, word: str) -> bool:
        """Whether a word that is not in the table is a form of one that is, or made of several."""
        return bool(self._inflected(word) or self._compound(word))

    def whole(self, pieces: list[Piece]) -> Found | None:
        """The phrase that all pieces are together, whatever commas and hyphens stand between them."""
        if any(piece.gap.strip(" ,，、-") for piece in pieces[1:]):
            return None
        words = [folded(piece) for piece in pieces]
        concept = self._get(key(words))
        if concept is None and len(words) == 1 and pieces[0].kind == "word":
            concepts = self._inflected(words[0]) or self._compound(words[0])
            return Found(1, concepts) if concepts else None
        return Found(len(words), (concept,)) if concept else None

    def find(self, pieces: list[Piece], start: int) -> Found | None:
        """The longest phrase that begins with the piece at `start`."""
        words = [folded(piece) for piece in _run(pieces, start, self.longest)]
        numbers = [n for n, piece in enumerate(pieces[start : start + len(words)]) if piece.kind == "number"]
        for size in range(len(words), 0, -1):
            if concept := self._get(key(words[:size])):
                return Found(size, (concept,))
            for n in (n for n in numbers if n < size):
                if concept := self._get(key([*words[:n], "#", *words[n + 1 : size]])):
                    return Found(size, (concept,), words[n])
        if pieces[start].kind != "word":
            return None
        concepts = self._inflected(words[0]) or self._compound(words[0])
        return Found(1, concepts) if concepts else None

    def _get(self, phrase: str) -> Concept | None:
        number = self._index.get(phrase)
        return None if number is None else self._concepts[number]

    def _inflected(self, word: str) -> tuple[Concept, ...]:
        if self.language == "fr":
            elided = next((word[len(e) :] for e in _ELISION if word.startswith(e)), "")
            if elided and (concept := self._get(elided)):
                return (concept,)
        for ending, instead in _ENDINGS.get(self.language, ()):
            stem = word.removesuffix(ending)
            if stem != word and len(stem) > 2 and (concept := self._get(stem + instead)):
                return (concept,)
        return ()

    def _compound(self, word: str) -> tuple[Concept, ...]:
        """Keramikbecher is made of ceramic and mug: the longest part that ends the word, then what is before it."""
        if self.language != "de" or len(word) < 7:
            return ()
        for cut in range(3, len(word) - 2):
            last = self._get(word[cut:])
            first = last and self._part(word[:cut])
            if first and last:
                return (*first, last)
        return ()

    def _part(self, word: str) -> tuple[Concept, ...]:
        for link in _LINKS:
            if word.endswith(link) and (concept := self._get(word.removesuffix(link))):
                return (concept,)
        concept = self._get(f"{word}e")
        return (concept,) if concept else self._inflected(word)


def _run(pieces: list[Piece], start: int, longest: int) -> list[Piece]:
    """Pieces that may be one phrase: only blanks or a hyphen stand between them."""
    run = [pieces[start]]
    for piece in pieces[start + 1 : start + longest]:
        if piece.kind == "keep" or piece.gap.strip() not in ("", "-", "‑"):
            break
        run.append(piece)
    return run


@cache
def _table() -> tuple[list[Concept], dict[str, dict[str, int]]]:
    table = json.loads((DATA / "words.json").read_text(encoding="utf-8"))
    languages = table["languages"]
    concepts = [Concept(kind, dict(zip(languages, words, strict=True))) for kind, *words in table["concepts"]]
    return concepts, table["index"]


@cache
def dictionary(language: str) -> Dictionary | None:
    """None for a language that has none."""
    concepts, index = _table()
    return Dictionary(language, index[language], concepts) if language in index else None
