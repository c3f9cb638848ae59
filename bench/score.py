"""How many addresses, phones, languages and translations come out right: `make score`, or `python -m bench.score`.

The cases and what they mean: tests/data/score/README.md. What fails of the held-out set is shown by its id only,
so that nobody fits a rule to it.
"""

import argparse
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from orderbridge.language.detect import language_of
from orderbridge.language.offline import Offline
from orderbridge.model import Address
from orderbridge.places import address, phones

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests/data/score"
FLOOR = CASES / "floor.json"
REPORT = ROOT / "build/score.json"
SETS = ("open", "held_out")
_SAME_WORD = {"colour": "color", "grey": "gray", "neighbour": "neighbor", "。": ".", "、": ",", "’": "'", "–": "-"}
# A space that says nothing: beside punctuation, a digit or a Chinese character.
_EMPTY = re.compile(r"(?<=[\W\d_\u3400-\u9fff])\s+|\s+(?=[\W\d_\u3400-\u9fff])")

Case = dict[str, Any]


@dataclass(frozen=True)
class Library:
    """What is scored. The results are read by their attributes, see `Place`, `Phone` and `Text`."""

    address: Callable[[Address], Any]
    phone: Callable[[str, str], Any]
    language: Callable[[str], str]
    translate: Callable[[Sequence[str], Any], Sequence[Any]]


@dataclass(frozen=True)
class Score:
    """One kind of one set: how many cases there are, and what was wrong with those that failed, by their ids."""

    kind: str
    set: str
    cases: int
    failures: dict[str, list[str]]

    @property
    def right(self) -> int:
        return self.cases - len(self.failures)

    @property
    def share(self) -> float:
        return round(self.right / self.cases, 4)


def ours() -> Library:
    return Library(address.understand, phones.understand, language_of, Offline().translate)


def read(name: str) -> dict[str, list[Case]]:
    """addresses, phones and texts of one set."""
    content: dict[str, list[Case]] = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return content


def score(name: str, cases: dict[str, list[Case]], library: Library) -> list[Score]:
    judges: dict[str, tuple[str, Callable[[Case, Library], Iterator[str]]]] = {
        "addresses": ("addresses", _address),
        "phones": ("phones", _phone),
        "languages": ("texts", _language),
        "translations": ("texts", _translation),
    }
    return [
        Score(
            kind,
            name,
            len(cases[source]),
            {case["id"]: found for case in cases[source] if (found := list(judge(case, library)))},
        )
        for kind, (source, judge) in judges.items()
    ]


def _address(case: Case, library: Library) -> Iterator[str]:
    expected, place = case["expected"], library.address(Address(**case["address"]))
    for name in ("country", "region", "postcode"):
        if name in expected and (got := getattr(place, name)) != expected[name]:
            yield f"{name} is {got!r}, not {expected[name]!r}"
    if "masked" in expected and set(place.masked) != set(expected["masked"]):
        yield f"masked is {sorted(place.masked)}, not {sorted(expected['masked'])}"
    if expected.get("latin_ascii") and not (place.latin and all(line.isascii() for line in place.latin)):
        yield f"not in Latin script: {list(place.latin)}"
    whole = plain("\n".join([*place.label, *place.lines, place.district, place.city, place.name, place.company]))
    yield from (f"lost: {text}" for text in expected.get("keeps", ()) if plain(text) not in whole)


def _phone(case: Case, library: Library) -> Iterator[str]:
    phone = library.phone(case["raw"], case["country"])
    for name, wanted in case["expected"].items():
        if (got := getattr(phone, name)) != wanted:
            yield f"{name} is {got!r}, not {wanted!r}"


def _language(case: Case, library: Library) -> Iterator[str]:
    if (got := library.language(case["text"])) != case["language"]:
        yield f"language is {got!r}, not {case['language']!r}"


def _translation(case: Case, library: Library) -> Iterator[str]:
    original, expected = case["text"], case["expected"]
    (text,) = library.translate([original], case["target"])
    said = text.translated or (original if text.by == "same" else "")
    if expected is None:
        if text.by not in ("none", "partial") or said not in ("", original):
            yield f"by {text.by}: {said!r}, but it should have been left and marked"
    elif text.by == "none" or plain(said) not in {plain(one) for pattern in expected for one in variants(pattern)}:
        yield f"by {text.by}: {said!r}, not {expected[0]!r}"
    elif case["about"] == "codes" and (harmed := [code for code in _codes(original) if code not in said]):
        yield f"harmed: {harmed}"


def _codes(text: str) -> list[str]:
    return [word for word in text.split() if word.isascii() and any(letter.isdigit() for letter in word)]


def variants(pattern: str) -> list[str]:
    """ "a [b|c] d" stands for "a b d" and "a c d"."""
    return ["".join(parts) for parts in product(*(part.split("|") for part in re.split(r"[\[\]]", pattern)))]


def plain(text: str) -> str:
    """What a translation says, without what two careful translators would write differently."""
    text = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    for theirs, same in _SAME_WORD.items():
        text = text.replace(theirs, same)
    return _EMPTY.sub("", text)


def shares(scores: Sequence[Score]) -> dict[str, dict[str, float]]:
    """kind -> set -> share that is right: what floor.json holds."""
    found: dict[str, dict[str, float]] = {}
    for one in scores:
        found.setdefault(one.kind, {})[one.set] = one.share
    return found


def below(scores: Sequence[Score], floor: dict[str, dict[str, float]]) -> list[str]:
    """A plain sentence for each share that fell; a share without a floor is an error of the floor's file: KeyError."""
    return [
        f"{one.kind} ({one.set}): {one.share:.1%} is less than {floor[one.kind][one.set]:.1%}"
        for one in scores
        if one.share < floor[one.kind][one.set]
    ]


def table(scores: Sequence[Score]) -> Iterator[str]:
    yield f"{'kind':14}{'set':10}{'cases':>7}{'right':>7}{'share':>9}"
    for one in scores:
        yield f"{one.kind:14}{one.set:10}{one.cases:7}{one.right:7}{one.share:9.1%}"


def failures(scores: Sequence[Score]) -> Iterator[str]:
    for one in scores:
        for case, found in one.failures.items():
            yield f"{one.kind} {case}: {'; '.join(found) if one.set == 'open' else 'held out'}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.score", description=__doc__)
    parser.add_argument("--failures", action="store_true", help="also what failed; of the held-out set the ids only")
    parser.add_argument(
        "--check", action="store_true", help="end with 1 where a share is below tests/data/score/floor.json"
    )
    parser.add_argument("--set-floor", action="store_true", help="write what was measured into that file")
    chosen = parser.parse_args(arguments)
    scores = [one for name in SETS for one in score(name, read(name), ours())]
    print("\n".join([*table(scores), *(failures(scores) if chosen.failures else ())]))
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps([_row(one) for one in scores], indent=2) + "\n", encoding="utf-8")
    if chosen.set_floor:
        FLOOR.write_text(json.dumps(shares(scores), indent=2) + "\n", encoding="utf-8")
    fallen = below(scores, json.loads(FLOOR.read_text(encoding="utf-8"))) if chosen.check else []
    print("\n".join(fallen), end="\n" if fallen else "")
    return 1 if fallen else 0


def _row(one: Score) -> dict[str, Any]:
    return {"kind": one.kind, "set": one.set, "cases": one.cases, "right": one.right, "share": one.share}


if __name__ == "__main__":
    raise SystemExit(main())
