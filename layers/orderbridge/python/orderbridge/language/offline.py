"""Translates with the dictionary that comes along: no service, no network, no cost.

It knows what orders are made of, see `reference/words/`. A text, then each of its sentences, then each part between
separators is looked up whole; what is not found so is put together from the longest phrases that are known. Codes,
numbers, sizes, links, e-mail addresses and emoji stay as they are. A part of which less than half is known stays as it
is, because a few translated words would mislead. The grammar is that of labels, not of prose.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from orderbridge.language.detect import NOT_LATIN, language_of
from orderbridge.language.dictionary import LATIN, Found, dictionary
from orderbridge.language.grammar import ARTICLES, CONNECTORS, Word, ordered
from orderbridge.language.pieces import HAN, KANA, Piece, folded, parts, pieces
from orderbridge.language.texts import By, Target, Text, cleaned

_PROSE = "words"  # the table of verbs, prepositions and the like
LONGEST = 10_000  # letters that are looked at; what is beyond stays as it is
_SHORT = 200  # letters of a text that is remembered: titles and options come again and again
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_CJK = re.compile(f"[{HAN}{KANA}]")
_FULL_WIDTH = str.maketrans(
    {
        "，": ", ",
        "、": ", ",
        "。": ". ",
        "：": ": ",
        "；": "; ",
        "！": "! ",
        "？": "? ",
        "（": " (",
        "）": ") ",
        "　": " ",
    }
    | {"【": "[", "】": "] ", "「": '"', "」": '"', "／": " / ", "～": "-"}
)
_TO_FULL_WIDTH = str.maketrans(",;:!?.", "，；：！？。")
_BEFORE_BLANK = re.compile(rf"(?<=[{HAN}])([,;:!?.])(?: +(?=[{HAN}])|(?=\s|$))")


class Part(NamedTuple):
    """A translated part of a text; how many of its words were translated, and how many are left that should be."""

    text: str
    known: int
    unknown: int


class Offline:
    """names: what is never translated, brands above all."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = Names(names)
        # The number is bounded, because a buyer's words are among them.
        self._short = lru_cache(maxsize=2048)(self._one)

    def translate(self, texts: Sequence[str], target: Target, *, private: bool = True) -> list[Text]:
        return [(self._short if len(text) <= _SHORT else self._one)(text, target) for text in texts]

    def phrase(self, text: str, target: Target) -> str:
        """What the dictionary has for a whole text, "" if it does not have it as one phrase."""
        language = language_of(text, target)
        return "" if language == target or self.names.within(text) else _phrase(text, language, target)

    def _one(self, original: str, target: Target) -> Text:
        text = cleaned(original)
        head, rest = text[:LONGEST], text[LONGEST:]
        language = language_of(self.names.without(head), target)
        if language == target and not (target in LATIN and _CJK.search(head)):
            return _same(original, language, text, target)
        made = [self._sentence(sentence, language, target) for sentence in _sentences(head)]
        known, unknown = sum(part.known for part in made), sum(part.unknown for part in made) + bool(rest)
        if not known:
            by: By = "none" if unknown and language != target else "same"
            return Text(original=original, language=language, translated=text, by=by)
        by = "partial" if unknown else "dictionary"
        said = _tidy("".join(part.text for part in made), target)
        if _CJK.match(text):
            said = said[:1].upper() + said[1:]
        return Text(original=original, language=language, translated=said + rest, by=by)

    def _sentence(self, text: str, language: str, target: Target) -> Part:
        if not self.names.within(text) and (whole := _phrase(text, language, target)):
            return Part(whole, 1, 0)
        made = [
            Part(part, 0, 0) if number % 2 else self._part(part, language, target)
            for number, part in enumerate(parts(text))
        ]
        return Part("".join(p.text for p in made), sum(p.known for p in made), sum(p.unknown for p in made))

    def _part(self, text: str, language: str, target: Target) -> Part:
        if not text.strip():
            return Part(text, 0, 0)
        if name := self.names.within(text):
            before, after = text[: name.start()], text[name.end() :]
            one, two = self._part(before, language, target), self._part(after, language, target)
            return Part(f"{one.text}{name[0]}{two.text}", one.known + two.known, one.unknown + two.unknown)
        return _translated(text, language_of(text, language) or language, target)


def _phrase(text: str, language: str, target: Target) -> str:
    """What the dictionary has for a whole text, with what stands before and behind it; "" if it has nothing."""
    words, (found, tail) = dictionary(language), pieces(text)
    if words is None or not 0 < len(found) <= words.longest:
        return ""
    hit = words.whole(_simplified(found, language))
    return found[0].gap + _capital(_said(hit, target), text[len(found[0].gap) :]) + tail if hit else ""


def _translated(text: str, language: str, target: Target) -> Part:
    """A part without separators."""
    found, tail = pieces(text)
    words = list(_words(_simplified(found, language), language, target))
    known = sum(word.size for word in words if word.role == "known")
    unknown = sum(word.role == "unknown" for word in words)
    # Of something as long as a sentence two thirds must be known, or what is left out may be what it is about.
    if not known or known < unknown * (2 if known + unknown > 4 else 1):
        return Part(text, 0, unknown)
    words = ordered([word for word in words if word.role != "empty"], language)
    unknown += sum(word.role == "connector" for word in words) + _is_prose(words)
    return Part(_capital(_joined(words, target), text) + tail, known, unknown)


def _is_prose(words: list[Word]) -> bool:
    """Put together from verbs and prepositions, one by one: it may be understood, and it may be wrong."""
    known = [word for word in words if word.role == "known"]
    return len(known) > 2 and any(word.kind == _PROSE for word in known)


def _words(found: list[Piece], language: str, target: Target) -> Iterator[Word]:
    """What each piece becomes. Latin words among other scripts are English to us, letters among Latin words Chinese."""
    latin = "en" if language in NOT_LATIN else language
    letters = language if language in ("zh", "ja") else "zh"
    position = 0
    while position < len(found):
        piece = found[position]
        own = {"letter": letters, "other": language}.get(piece.kind, latin)
        hit = _hit(letters, found, position, target) if _before_letter(found, position) else None
        if hit:
            own = letters
        if hit := hit or _hit(own, found, position, target):
            said, kind = _said(hit, target), hit.concepts[-1].kind
            yield Word(piece.gap, said, "known", kind, own in ("zh", "ja"), hit.size)
        else:
            yield Word(piece.gap, piece.text, _role(piece, own, target), "", piece.kind == "letter")
        position += hit.size if hit else 1


def _before_letter(found: list[Piece], position: int) -> bool:
    """Chinese and Japanese write T恤 and 3件 in one."""
    after = found[position + 1 : position + 2]
    return (
        found[position].kind in ("number", "word") and bool(after) and (after[0].gap, after[0].kind) == ("", "letter")
    )


def _hit(language: str, found: list[Piece], position: int, target: Target) -> Found | None:
    words = dictionary(language)
    if words is None or language == target or found[position].kind in ("keep", "other"):
        return None
    hit = words.find(found, position)
    # "o" is "or" in one line of the dictionary, and an article far more often.
    return None if hit and hit.size == 1 and folded(found[position]) in ARTICLES.get(language, ()) else hit


def _role(piece: Piece, language: str, target: Target) -> str:
    """What a piece is that no dictionary has."""
    if piece.kind in ("keep", "number"):
        return "kept"
    word = folded(piece)
    if language == target:
        return "kept"
    if word in ARTICLES.get(language, ()):
        return "empty"
    if word in CONNECTORS.get(language, ()):
        return "connector"
    return "kept" if piece.kind == "word" and len(word) < 5 and piece.text.isupper() else "unknown"  # LED, USB, DHL


def _said(hit: Found, target: Target) -> str:
    """German compounds are two concepts."""
    said = [concept.words[target] for concept in hit.concepts]
    return ("" if target == "zh" else " ").join(said).replace("#", hit.number)


def _joined(words: list[Word], target: Target) -> str:
    made, before = "", None
    for word in words:
        made += _gap(before, word, target) if before else word.gap
        made += word.text
        before = word
    return made


def _gap(before: Word, word: Word, target: Target) -> str:
    """Between two words: Chinese takes no blank, where it becomes English one is put in."""
    gap = " " if word.gap.strip() in ("-", "‑") and "known" in (before.role, word.role) else word.gap
    if gap.strip() or not (before.text and word.text):
        return gap
    either = _CJK.match(before.text[-1]) or _CJK.match(word.text[0])
    if target == "zh" and either and "known" == before.role == word.role:
        return ""
    translated = "known" in (before.role, word.role) and (before.letters or word.letters)
    return " " if target != "zh" and not gap and translated else gap


def _capital(made: str, text: str) -> str:
    """A label begins as its original does."""
    start = len(made) - len(made.lstrip())
    if text.lstrip()[:1].isupper():
        return made[:start] + made[start : start + 1].upper() + made[start + 1 :]
    return made


def _tidy(text: str, target: Target) -> str:
    """With the target's punctuation."""
    if target == "zh":
        return _BEFORE_BLANK.sub(lambda mark: mark[1].translate(_TO_FULL_WIDTH), text).strip()
    return re.sub(r" +([,.;:!?)])", r"\1", re.sub(r"[ \t]{2,}", " ", text.translate(_FULL_WIDTH))).strip()


def _sentences(text: str) -> Iterator[str]:
    """With what divides them, so that together they are the text."""
    start = 0
    for match in _SENTENCE.finditer(text):
        yield text[start : match.end()]
        start = match.end()
    yield text[start:]


def _same(original: str, language: str, text: str, target: Target) -> Text:
    """Only the way of writing may differ."""
    simple = simplified(text) if target == "zh" else text
    by: By = "same" if simple == text else "dictionary"
    return Text(original=original, language=language, translated=simple, by=by)


def simplified(text: str) -> str:
    """Traditional Chinese in simplified characters."""
    return _converter()(text)


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC  # type: ignore[import-untyped]  # only Chinese needs it, and its tables

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _simplified(found: list[Piece], language: str) -> list[Piece]:
    """Pieces of Chinese as our dictionary writes them."""
    if language == "ja" or not any(piece.kind == "letter" for piece in found):
        return found
    return [piece._replace(text=simplified(piece.text)) if piece.kind == "letter" else piece for piece in found]


class Names:
    """Finds the merchant's own names in a text, as whole words and whatever their capitals."""

    def __init__(self, names: Iterable[str]) -> None:
        wanted = sorted({name.strip() for name in names if name.strip()}, key=len, reverse=True)
        either = "|".join(map(re.escape, wanted))
        self._pattern = re.compile(rf"(?<!\w)(?:{either})(?!\w)", re.IGNORECASE) if wanted else None

    def within(self, text: str) -> re.Match[str] | None:
        """The first of them."""
        return self._pattern.search(text) if self._pattern else None

    def without(self, text: str) -> str:
        """They say nothing about the language of the rest."""
        return self._pattern.sub(" ", text) if self._pattern else text

    def all_within(self, text: str) -> Iterator[re.Match[str]]:
        return self._pattern.finditer(text) if self._pattern else iter(())
