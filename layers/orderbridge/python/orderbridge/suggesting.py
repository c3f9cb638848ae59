"""Which of our SKUs a thing may be that nothing has mapped: by barcode, written SKU, name and options. Pure.

A suggestion is for a person to take or to leave; nothing is ever mapped by one. Each piece of evidence is a share of
certainty, and they add up as independent ones do: what is left of the doubt is multiplied. The weights are ours: an
equal barcode is nearly proof, an equal name is not, as a shop sells many things called the same.
"""

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import reduce
from itertools import pairwise

_BARCODE, _SAME_SKU, _INSIDE, _LIKE, _NAME = 0.95, 0.9, 0.75, 0.55, 0.7
_LEAST = 20  # a score below it is no help
_LOOKED_AT = 30  # SKUs that share most with a thing are scored
_COMMON = 2000  # a word or a piece of an SKU that more SKUs have than that leads to none of them
_ACCENTS = re.compile("[\u0300-\u036f]")
_WORDS = re.compile(r"\d+(?:[.,]\d+)*|(?:[^\W\d_]|[\u0e31-\u0e4e])+")  # the range are Thai's vowels and tones
# Scripts without spaces between words: pairs of letters stand for words. Thai, kana, Chinese characters, Hangul.
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Thing:
    """Something offered or ordered that is no SKU of ours yet: `sku` as the shop writes it, maybe blank."""

    sku: str
    name: str
    options: tuple[str, ...] = ()
    barcode: str = ""


@dataclass
class Ours:
    """One of our SKUs, with what shops call it and the barcodes that they show of it."""

    sku: str
    names: set[str] = field(default_factory=set)
    barcodes: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Suggestion:
    """`score` from 0 to 100; `why` in plain words, what speaks against it last."""

    sku: str
    score: int
    why: tuple[str, ...]


def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a name as they are compared: without accents, capitals and signs."""
    plain = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", text))).casefold()
    found = [word.replace(",", ".") for word in _WORDS.findall(plain)]
    return tuple(dict.fromkeys(part for word in found for part in _parts(word)))


def gtin(barcode: str) -> str:
    """A barcode as 14 digits, so that a UPC equals the EAN that it is part of; "" for what is none."""
    digits = re.sub(r"[\s-]", "", barcode)
    return digits.zfill(14) if re.fullmatch(r"[0-9]{8,14}", digits) and int(digits) else ""


class Suggester:
    """Knows all our SKUs by the words of their names, by pieces of the SKU and by barcode."""

    def __init__(self, ours: Iterable[Ours]) -> None:
        self.ours = {one.sku: one for one in ours}
        self.by_barcode: dict[str, list[str]] = defaultdict(list)
        self.having: dict[str, list[str]] = defaultdict(list)
        for one in self.ours.values():
            for code in filter(None, map(gtin, one.barcodes)):
                self.by_barcode[code].append(one.sku)
            for token in _tokens(one.sku, one.names):
                self.having[token].append(one.sku)

    def best(self, thing: Thing, count: int = 3) -> tuple[Suggestion, ...]:
        """The most likely SKUs, best first; the same for the same SKUs, in whatever order they were given."""
        found = [self._scored(thing, self.ours[sku]) for sku in self._near(thing)]
        found.sort(key=lambda one: (-one.score, one.sku))
        return tuple(one for one in found[:count] if one.score >= _LEAST)

    def _near(self, thing: Thing) -> set[str]:
        """SKUs with the barcode, and those that share the rarest words and pieces."""
        shared: dict[str, float] = defaultdict(float)
        for token in sorted(_tokens(thing.sku, {thing.name})):  # sums of floats depend on the order
            if len(having := self.having.get(token, [])) <= _COMMON:
                weight = self._weight(token)
                for sku in having:
                    shared[sku] += weight
        most = sorted(shared, key=lambda sku: (-shared[sku], sku))[:_LOOKED_AT]
        return {*most, *self.by_barcode.get(gtin(thing.barcode), [])}

    def _weight(self, token: str) -> float:
        """A rare word says more than one that every name has."""
        return math.log(1 + len(self.ours) / (1 + len(self.having.get(token, []))))

    def _scored(self, thing: Thing, one: Ours) -> Suggestion:
        codes, code = set(filter(None, map(gtin, one.barcodes))), gtin(thing.barcode)
        evidence, why, against = list[float](), list[str](), list[str]()
        if code in codes:
            evidence.append(_BARCODE)
            why.append("the same barcode")
        elif code and codes:
            against.append("but another barcode")
        if (like := _like(thing.sku, one.sku)) > 0:
            evidence.append(like)
            why.append(f"written {thing.sku.strip()}")
        share, name = max(((self._overlap(thing, name), name) for name in one.names), default=(0.0, ""))
        if share > 0:
            evidence.append(_NAME * share)
            why.append(f"{round(100 * share)} % of the name: {name}")
            against += _contradictions(thing, name)
        certain = 1 - reduce(lambda doubt, share: doubt * (1 - share), evidence, 1.0)
        return Suggestion(one.sku, round(100 * certain * 0.7 ** len(against)), (*why, *against))

    def _overlap(self, thing: Thing, name: str) -> float:
        """How much two names share, by the weight of their words."""
        mine, other = set(words(thing.name)), set(words(name))
        both = self._weigh(mine) + self._weigh(other)
        return 2 * self._weigh(mine & other) / both if both else 0.0

    def _weigh(self, found: set[str]) -> float:
        return sum(self._weight(f"word {word}") for word in sorted(found))


def _parts(word: str) -> tuple[str, ...]:
    if len(word) > 2 and _UNSPACED.search(word):
        return tuple("".join(pair) for pair in pairwise(word))
    return (word,)


def _tokens(sku: str, names: Iterable[str]) -> set[str]:
    folded = _folded(sku)
    pieces = {f"piece {folded[at : at + 3]}" for at in range(max(1, len(folded) - 2))} if folded else set[str]()
    return pieces | {f"word {word}" for name in names for word in words(name)}


def _folded(sku: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", sku).casefold() if char.isalnum())


def _like(written: str, sku: str) -> float:
    """How far a written SKU speaks for one of ours. Other digits are another thing: MUG-01 is not MUG-02."""
    mine, ours = _folded(written), _folded(sku)
    if not mine or not ours:
        return 0.0
    if mine == ours:
        return _SAME_SKU
    short, long = sorted((mine, ours), key=len)
    if len(short) >= 5 and (long.startswith(short) or long.endswith(short)):
        return _INSIDE
    ratio = SequenceMatcher(None, mine, ours, autojunk=False).ratio()
    return _LIKE * ratio if ratio >= 0.7 and _digits(mine) == _digits(ours) else 0.0


def _digits(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"[0-9]+", text)]


def _contradictions(thing: Thing, name: str) -> list[str]:
    """What of a thing's options and numbers the other name does not have."""
    theirs = set(words(name))
    missing = [option for option in thing.options if not set(words(option)) <= theirs]
    mine = {word for word in words(thing.name) if word[0].isdigit()}
    other = {word for word in theirs if word[0].isdigit()}
    against = [f"but not {', '.join(missing)}"] if missing else []
    return against + (["but with other numbers"] if mine and other and mine != other and not missing else [])
