"""The little grammar that a dictionary needs: which words carry no meaning of their own, and where modifiers stand."""

from dataclasses import dataclass

# Left out: the target has none, or a text of a shop does without.
ARTICLES = {
    "en": frozenset("a an the".split()),
    "de": frozenset("der die das den dem ein eine einen einem einer".split()),
    "es": frozenset("el la los las un una unos unas lo".split()),
    "fr": frozenset("le la les l' un une".split()),
    "pt": frozenset("o a os as um uma uns umas".split()),
}
# Between two things of which the second says what the first is made of or for: "camiseta de algodón".
CONNECTORS = {
    "de": frozenset("aus".split()),
    "es": frozenset("de del en".split()),
    "fr": frozenset("de du des d' en à au aux".split()),
    "pt": frozenset("de do da dos das em".split()),
    "ja": frozenset("の な".split()),
    "zh": frozenset("的".split()),
}
AFTER = frozenset(("es", "fr", "pt"))  # these put what describes a thing behind it
_THINGS = frozenset(("clothing", "home", "goods"))
_DESCRIBES = frozenset(("colours", "materials", "sizes", "traits", *_THINGS))


@dataclass
class Word:
    """A part of a text on its way: what it says in the target language, and what is known of it.

    kind   the table that it comes from; "" for what was kept or is unknown
    role   known, unknown, kept, empty (an article) or connector
    """

    gap: str
    text: str
    role: str
    kind: str = ""
    letters: bool = False  # the original was written without blanks
    size: int = 1  # pieces of the original


def ordered(words: list[Word], language: str) -> list[Word]:
    """As the target puts it: what describes a thing stands before it, connectors between known words are left out."""
    made: list[Word] = []
    position = 0
    while position < len(words):
        size, described = _described(words, position, language)
        group = [word for word in words[position : position + size] if word.role == "known"] if described else []
        if group and language in AFTER:
            gap, *others = (word.gap for word in group)
            group = [*sorted(group[1:], key=_closeness), group[0]]
            for word, new in zip(group, [gap, *others], strict=True):
                word.gap = new
        elif group:
            group[0].gap = words[position].gap
        made += group or words[position : position + size]
        position += size
    return made


def _closeness(word: Word) -> int:
    """A large red cotton shirt: the material stands closest to the thing."""
    return {"sizes": 0, "traits": 1, "colours": 2, "materials": 3}.get(word.kind, 4)


def _described(words: list[Word], start: int, language: str) -> tuple[int, bool]:
    """How many words from `start` on are one thing and what describes it; (1, False) where nothing does."""
    if not _is(words, start, _THINGS if language in AFTER else _DESCRIBES):
        return 1, False
    end = start + 1
    while end < len(words):
        if language in AFTER and _is(words, end, _DESCRIBES):
            end += 1
        elif words[end].role == "connector" and _is(words, end + 1, _DESCRIBES):
            end += 2
        else:
            break
    return end - start, end > start + 1


def _is(words: list[Word], position: int, kinds: frozenset[str]) -> bool:
    if position >= len(words):
        return False
    word = words[position]
    return word.role == "known" and word.kind in kinds and (word.gap.strip() in ("", "-"))
