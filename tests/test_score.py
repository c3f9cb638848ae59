"""The scored set is what tests/data/score/README.md promises, no dictionary has seen the held-out part of it, and the
shares that are right have not fallen. `make score` shows them."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench import score as bench
from bench.score import FLOOR, ROOT, SETS, Case, Library, below, failures, ours, plain, read, score, shares, variants
from orderbridge.model import Address

LANGUAGES = {"zh", "en", "ja", "de", "es", "fr", "pt"}
SCRIPTS = {"LATIN", "CJK", "HIRAGANA", "HANGUL", "THAI", "CYRILLIC", "ARABIC", "GREEK", "HEBREW", "DEVANAGARI"}
KINDS = ("addresses", "phones", "languages", "translations")
# Where a dictionary or a table may lie: what is made at build time, and what ships.
WRITTEN = [ROOT / "reference", ROOT / "layers/orderbridge/python/orderbridge"]


class Sets(dict[str, dict[str, list[Case]]]):
    """open and held_out -> kind -> cases."""

    def __repr__(self) -> str:
        return "<the cases>"  # pytest shows what a failed test was given, and held-out cases are shown to nobody


@pytest.fixture(scope="module")
def sets() -> Sets:
    return Sets({name: read(name) for name in SETS})


@pytest.mark.parametrize(("kind", "least"), [("addresses", 120), ("phones", 80), ("texts", 100)])
def test_a_third_of_each_kind_is_held_out(sets: Sets, kind: str, least: int) -> None:
    held, everything = len(sets["held_out"][kind]), sum(len(sets[name][kind]) for name in SETS)
    assert everything >= least
    assert 1 / 3 <= held / everything < 0.4


def test_no_case_stands_twice(sets: Sets) -> None:
    cases = [case for name in SETS for kind in sets[name].values() for case in kind]
    asked = [(plain(str(case.get("address", case.get("text", case.get("raw"))))), case.get("target")) for case in cases]
    for values in ([case["id"] for case in cases], asked):
        assert [value for value, times in Counter(values).items() if times > 1] == []


@pytest.mark.parametrize("name", SETS)
def test_addresses_are_of_the_whole_world(sets: Sets, name: str) -> None:
    cases = sets[name]["addresses"]
    assert len({case["expected"]["country"] for case in cases}) >= 20
    assert {script for case in cases for script in _scripts(str(case["address"].values()))} >= SCRIPTS


def _scripts(text: str) -> set[str]:
    return {unicodedata.name(letter).partition(" ")[0] for letter in text if letter.isalpha()}


@pytest.mark.parametrize("name", SETS)
def test_answers_have_their_standards_forms(sets: Sets, name: str) -> None:
    for case in sets[name]["addresses"]:
        expected = case["expected"]
        assert expected["country"].isupper()
        assert re.fullmatch(rf"({expected['country']}-[A-Z0-9]{{1,3}})?", expected.get("region", "")), case["id"]
        assert set(expected.get("masked", ())) <= set(Address(**case["address"]).model_fields_set), case["id"]
    for case in sets[name]["phones"]:
        e164, masked = case["expected"]["e164"], case["expected"]["masked"]
        assert re.fullmatch(r"(\+[1-9]\d{7,14})?", e164), case["id"]
        assert masked is ("*" in case["raw"]), case["id"]
        assert not (masked and e164), case["id"]


def test_phones_are_of_the_whole_world(sets: Sets) -> None:
    assert len({case["country"] for name in SETS for case in sets[name]["phones"] if case["country"]}) >= 25


@pytest.mark.parametrize(("name", "least"), [("open", 10), ("held_out", 6)])
def test_texts_are_in_seven_languages(sets: Sets, name: str, least: int) -> None:
    count = Counter(case["language"] for case in sets[name]["texts"])
    assert set(count) == LANGUAGES
    assert min(count.values()) >= least
    for language in LANGUAGES:
        free = [case for case in sets[name]["texts"] if case["language"] == language and case["expected"] is None]
        assert free, f"no text in {language} that a dictionary cannot know"


def test_no_dictionary_holds_a_held_out_text(sets: Sets) -> None:
    files = [
        file for folder in WRITTEN for file in folder.rglob("*") if file.suffix not in (".pyc", "") and file.is_file()
    ]
    assert len(files) > 10
    assert _known((case for case in sets["held_out"]["texts"]), files) == []


@pytest.mark.parametrize("escaped", [True, False])
def test_a_dictionary_that_holds_one_is_found(tmp_path: Path, escaped: bool) -> None:
    words = tmp_path / "words.json"
    words.write_text(
        json.dumps({"Farbe : ROT；größe：m": "Color: red; size: M"}, ensure_ascii=escaped), encoding="utf-8"
    )
    cases = [{"id": "t1", "text": "Farbe: Rot; Größe: M"}, {"id": "t2", "text": "Farbe: Rot; Größe: L"}]
    assert _known(cases, [words]) == ["t1 in words.json"]


def _known(cases: Iterable[Case], files: Sequence[Path]) -> list[str]:
    """Ids only: whoever reads this failure may be the one who writes the dictionary."""
    held = {case["id"]: plain(case["text"]) for case in cases}
    return [
        f"{id} in {file.name}" for file in files for text in [plain(_content(file))] for id in held if held[id] in text
    ]


def _content(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    return json.dumps(json.loads(text), ensure_ascii=False) if file.suffix == ".json" else text


def test_the_shares_have_not_fallen(sets: Sets) -> None:
    scores = [one for name in SETS for one in score(name, sets[name], ours())]
    assert below(scores, json.loads(FLOOR.read_text(encoding="utf-8"))) == []


# What scores must itself be right: it is tried with one library that knows every answer, and with one that knows none.


def _all_knowing(cases: dict[str, list[Case]]) -> Library:
    places = {str(Address(**case["address"])): case for case in cases["addresses"]}
    texts = {case["text"]: case for case in cases["texts"]}
    numbers = {(case["raw"], case["country"]): case["expected"] for case in cases["phones"]}

    def address(given: Address) -> SimpleNamespace:
        expected = places[str(given)]["expected"]
        rest = {"masked": expected.get("masked", ()), "latin": ("a", "b"), "label": given.lines}
        place = {"region": "", "postcode": "", **given.model_dump(), **expected, **rest}
        return SimpleNamespace(**place)

    def translate(asked: Sequence[str], target: str) -> list[SimpleNamespace]:
        expected = [texts[text]["expected"] for text in asked]
        return [
            _text("none", "") if answer is None else _text("dictionary", variants(answer[-1])[-1])
            for answer in expected
        ]

    return Library(
        address,
        lambda raw, country: SimpleNamespace(**numbers[raw, country]),
        lambda text: texts[text]["language"],
        translate,
    )


def _text(by: str, translated: str) -> SimpleNamespace:
    return SimpleNamespace(by=by, translated=translated)


_EMPTY = {"country": "", "region": "?", "postcode": "?", "masked": ("x",), "latin": ("東",), "label": (), "lines": ()}
KNOWS_NOTHING = Library(
    lambda _: SimpleNamespace(**_EMPTY, district="", city="", name="", company=""),
    lambda raw, _: SimpleNamespace(e164="+1", masked=not raw),
    lambda _: "xx",
    lambda texts, _: [_text("dictionary", "?") for _ in texts],
)


@pytest.mark.parametrize("name", SETS)
def test_all_right_is_a_hundred_percent_and_all_wrong_is_none(sets: Sets, name: str) -> None:
    best, worst = score(name, sets[name], _all_knowing(sets[name])), score(name, sets[name], KNOWS_NOTHING)
    assert list(failures(best)) == []
    assert shares(best) == {kind: {name: 1.0} for kind in KINDS}
    assert shares(worst) == {kind: {name: 0.0} for kind in KINDS}


def test_failures_of_held_out_cases_show_their_ids_only(sets: Sets) -> None:
    shown = list(failures(score("held_out", sets["held_out"], KNOWS_NOTHING)))
    assert len(shown) == sum(len(sets["held_out"][kind]) for kind in ("addresses", "phones", "texts", "texts"))
    assert all(re.fullmatch(r"[a-z]+ [apt]\d{3}: held out", line) for line in shown)
    assert "not 'CN-GD'" in next(failures(score("open", sets["open"], KNOWS_NOTHING)))


def _judged(text: str, expected: list[str] | None, answer: SimpleNamespace, about: str = "option") -> bool:
    case = {"id": "t1", "about": about, "text": text, "language": "de", "target": "en", "expected": expected}
    library = Library(
        KNOWS_NOTHING.address, KNOWS_NOTHING.phone, KNOWS_NOTHING.language, lambda texts, target: [answer]
    )
    *_, translations = score("open", {"addresses": [], "phones": [], "texts": [case]}, library)
    return translations.right == 1


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (_text("dictionary", "color：RED ， size: m"), True),
        (_text("dictionary", "Colour: red, Size: M"), True),
        (_text("partial", "Color: red, Size: M"), True),
        (_text("dictionary", "Color: red"), False),
        (_text("dictionary", ""), False),
        (_text("none", "Color: red, size: M"), False),
    ],
)
def test_what_counts_as_a_right_translation(answer: SimpleNamespace, right: bool) -> None:
    assert _judged("Farbe: Rot, Größe: M", ["[color|shade]: red, size: M"], answer) is right


@pytest.mark.parametrize(
    ("by", "translated", "right"),
    [
        ("none", "", True),
        ("none", "Servus", True),
        ("partial", "Servus", True),
        ("partial", "hello", False),
        ("dictionary", "Servus", False),
        ("same", "", False),
    ],
)
def test_what_counts_as_left_and_marked(by: str, translated: str, right: bool) -> None:
    assert _judged("Servus", None, _text(by, translated)) is right


def test_codes_must_pass_unharmed() -> None:
    for said, right in [("red SKU-1-Rd", True), ("red sku-1-rd", False)]:
        assert _judged("rot SKU-1-Rd", ["red SKU-1-Rd"], _text("dictionary", said), about="codes") is right


def test_what_is_in_its_own_language_may_stay() -> None:
    assert _judged("Gift", ["gift"], _text("same", ""))


def _a_place(**other: Any) -> list[str]:
    expected = {"country": "DE", "postcode": "20095", "masked": ["phone"], "latin_ascii": True, "keeps": ["Hof 2"]}
    case = {"id": "a1", "address": {"name": "Jo"}, "expected": expected}
    known = {
        "country": "DE",
        "postcode": "20095",
        "masked": ("phone",),
        "latin": ("Hof 2",),
        "label": ("HOF  2, links",),
    }
    place = SimpleNamespace(**{**_EMPTY, "district": "", "city": "", "name": "", "company": "", **known, **other})
    library = Library(lambda _: place, KNOWS_NOTHING.phone, KNOWS_NOTHING.language, KNOWS_NOTHING.translate)
    addresses, *_ = score("open", {"addresses": [case], "phones": [], "texts": []}, library)
    return addresses.failures.get("a1", [])


def test_what_counts_as_an_understood_address() -> None:
    assert _a_place() == []
    assert _a_place(country="AT") == ["country is 'AT', not 'DE'"]
    assert _a_place(postcode="2009", region="X") == ["postcode is '2009', not '20095'"]
    assert _a_place(masked=("phone", "name")) == ["masked is ['name', 'phone'], not ['phone']"]
    assert _a_place(masked=()) == ["masked is [], not ['phone']"]
    assert _a_place(latin=("Höf 2",)) == ["not in Latin script: ['Höf 2']"]
    assert _a_place(latin=()) == ["not in Latin script: []"]
    assert _a_place(label=("Hof",)) == ["lost: Hof 2"]


def test_the_command_writes_the_shares_and_fails_below_the_floor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report, floor = tmp_path / "build/score.json", tmp_path / "floor.json"
    monkeypatch.setattr(bench, "REPORT", report)
    monkeypatch.setattr(bench, "FLOOR", floor)
    monkeypatch.setattr(bench, "ours", lambda: KNOWS_NOTHING)
    assert bench.main(["--set-floor", "--check"]) == 0
    assert json.loads(floor.read_text()) == {kind: dict.fromkeys(SETS, 0.0) for kind in KINDS}
    assert {(row["kind"], row["set"]): row["right"] for row in json.loads(report.read_text())} == {
        (kind, name): 0 for kind in KINDS for name in SETS
    }
    floor.write_text(
        json.dumps({kind: dict.fromkeys(SETS, 0.0) for kind in KINDS} | {"phones": {"open": 0.9, "held_out": 0}})
    )
    capsys.readouterr()
    assert bench.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "phones (open): 0.0% is less than 90.0%"
    assert bench.main([]) == 0
