"""Amazon Translate behind the same interface: paid for once, checked, and never in an order's way.

`Translate` refuses what the service refuses: https://docs.aws.amazon.com/translate/latest/APIReference/API_TranslateText.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.language import amazon, markup
from orderbridge.language.amazon import LIMIT, Amazon
from orderbridge.language.offline import LONGEST, Names, Offline

KNOWN = {"zh", "zh-TW", "en", "de", "fr", "es", "it", "auto"}


class Translate:
    """Puts words between guillemets, in paragraphs or not, but for what is marked not to be translated."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.fail: Exception | None = None
        self.spoil: Callable[[str], str] = str

    def translate_text(self, **request: Any) -> dict[str, str]:
        self.calls.append(request)
        if self.fail:
            raise self.fail
        text = request["Text"]
        if len(text.encode()) > 10_000:
            raise refusal("TextSizeLimitExceededException")
        if request["SourceLanguageCode"] not in KNOWN:
            raise refusal("UnsupportedLanguagePairException")
        if request["SourceLanguageCode"] == "auto" and "zzz" in text:
            raise refusal("DetectedLanguageLowConfidenceException")
        parts = re.split(r"(<span[^>]*>.*?</span>|<[^>]*>|&\w+;)", text)
        return {
            "TranslatedText": self.spoil(
                "".join(p if n % 2 else re.sub(r"[^\W\d]+", "«\\g<0>»", p) for n, p in enumerate(parts))
            )
        }


class Kept:
    """The table, without one."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str, str], tuple[str, bool]] = {}
        self.reads = 0
        self.fail: Exception | None = None

    def translations(self, texts: Sequence[str], target: str, terms: str) -> dict[str, str]:
        self.reads += 1
        if self.fail:
            raise self.fail
        return {text: self.rows[text, target, terms][0] for text in texts if (text, target, terms) in self.rows}

    def keep(self, translations: Mapping[str, str], target: str, terms: str, *, private: bool) -> None:
        if self.fail:
            raise self.fail
        self.rows |= {(text, target, terms): (said, private) for text, said in translations.items()}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "TranslateText")


class World:
    def __init__(self, terms: str = "", names: Sequence[str] = ()) -> None:
        self.service, self.kept, self.terms, self.names = Translate(), Kept(), terms, names
        self.translator = self.fresh()

    def fresh(self) -> Amazon:
        """A translator of a process that has just started."""
        return Amazon(cast("Any", self.service), self.kept, self.terms, Offline(self.names))

    def said(self, *texts: str, private: bool = True) -> list[tuple[str, str]]:
        return [(text.translated, text.by) for text in self.translator.translate(texts, "en", private=private)]


@pytest.fixture
def world() -> World:
    return World()


def test_texts_of_one_language_go_in_one_call(world: World) -> None:
    texts = [
        "Die wunderbare Leiter",
        "Ich möchte diesen Kauf verschieben",
        "Une échelle pour chat",
        "Ich möchte diesen Kauf verschieben",
    ]
    made = world.said(*texts)
    assert [call["SourceLanguageCode"] for call in world.service.calls] == ["de", "fr"]
    assert [by for _, by in made] == ["amazon"] * 4
    assert made[0][0] == "«Die» «wunderbare» «Leiter»"
    assert made[1] == made[3]


def test_what_needs_no_service_is_not_sent(world: World) -> None:
    made = world.said("Leave at the door", "HP-MUG-01", "👍", "Rot", "欺诈", "https://a.example/rot", "")
    assert world.service.calls == []
    assert made[3:5] == [("Red", "dictionary"), ("Fraud", "dictionary")]


def test_a_text_is_paid_for_once(world: World) -> None:
    first = world.said("Die wunderbare Leiter", private=False)
    assert world.said("Die wunderbare Leiter", " Die wunderbare Leiter\u202e", private=False) == first * 2
    world.translator = world.fresh()
    assert world.said("Die wunderbare Leiter", private=False) == first
    assert len(world.service.calls) == 1
    assert world.kept.rows == {("Die wunderbare Leiter", "en", ""): ("«Die» «wunderbare» «Leiter»", False)}


def test_a_buyers_text_is_kept_as_such(world: World) -> None:
    world.said("Ich möchte diesen Kauf verschieben")
    assert [private for _, private in world.kept.rows.values()] == [True]


def test_the_terminology_is_named_and_part_of_what_is_kept() -> None:
    world = World(terms="brands-2")
    world.said("Die wunderbare Leiter")
    assert world.service.calls[0]["TerminologyNames"] == ["brands-2"]
    assert {terms for _, _, terms in world.kept.rows} == {"brands-2"}


def test_codes_links_emoji_and_the_merchants_names_are_not_translated() -> None:
    world = World(names=["Katzen & Co"])
    text = "Wunderbare Leiter von Katzen & Co für HP-MUG-01 <b>😊\nsiehe https://a.example/rot?a=1&b=2"
    ((made, by),) = world.said(text)
    expected = "«Wunderbare» «Leiter» «von» Katzen & Co «für» HP-MUG-01 <«b»>😊\n«siehe» https://a.example/rot?a=1&b=2"
    assert (made, by) == (expected, "amazon")


def test_an_answer_that_lost_something_protected_is_not_used(world: World) -> None:
    world.service.spoil = lambda answer: answer.replace("HP-MUG-01", "PS-BECHER-01")
    made = world.said("Wunderbare Leiter HP-MUG-01", "Die wunderbare Leiter")
    assert [by for _, by in made] == ["none", "amazon"]
    assert world.translator.failures == {"not intact": 1}


def test_paragraphs_that_were_mixed_up_are_sent_one_by_one(world: World) -> None:
    world.service.spoil = lambda answer: answer.replace("</p>\n<p>", " ")
    made = world.said("Die wunderbare Leiter", "Ich möchte diesen Kauf verschieben")
    assert made[0] == ("«Die» «wunderbare» «Leiter»", "amazon")
    assert len(world.service.calls) == 3


@pytest.mark.parametrize(
    "code",
    ["ThrottlingException", "TooManyRequestsException", "AccessDeniedException", "ServiceUnavailableException", None],
)
def test_a_service_that_is_down_holds_nothing_up(world: World, code: str | None) -> None:
    world.service.fail = refusal(code) if code else ConnectTimeoutError(endpoint_url="https://translate")
    texts = ["Wunderbarer Keramikbecher", "Une échelle grimpante"]
    assert world.said(*texts) == [("Wunderbarer ceramic mug", "partial"), ("Une échelle grimpante", "none")]
    assert len(world.service.calls) == 1, "after one failure the others of these 30 seconds are not tried"
    assert sum(world.translator.failures.values()) == 2
    assert world.kept.rows == {}


def test_after_its_rest_it_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("orderbridge.language.amazon.time.monotonic", lambda: now[0])
    world.service.fail = refusal("ThrottlingException")
    world.said("Die wunderbare Leiter")
    world.service.fail = None
    assert world.said("Die wunderbare Leiter")[0][1] == "none"
    now[0] += 30
    assert world.said("Die wunderbare Leiter")[0][1] == "amazon"


def test_what_is_refused_for_good_is_not_asked_again(world: World) -> None:
    for _ in range(2):
        assert world.said("Xyzzq zzz", "Liefste katten met graag een ladder") == [
            ("Xyzzq zzz", "none"),
            ("Liefste katten met graag een ladder", "none"),
        ]
        world.translator = world.fresh()
    assert [call["SourceLanguageCode"] for call in world.service.calls] == ["auto", "nl"]


def test_texts_of_unknown_language_go_by_themselves(world: World) -> None:
    world.said("Xyzzq", "Wrgl Brmpf")
    assert [call["SourceLanguageCode"] for call in world.service.calls] == ["auto", "auto"]


def test_traditional_chinese_is_a_source_of_its_own(world: World) -> None:
    world.said("貓咪專屬樓梯", "猫咪专属楼梯")
    assert [call["SourceLanguageCode"] for call in world.service.calls] == ["zh-TW", "zh"]


def test_a_cache_that_is_down_costs_money_and_nothing_else(world: World) -> None:
    world.kept.fail = refusal("ProvisionedThroughputExceededException")
    assert world.said("Die wunderbare Leiter")[0][1] == "amazon"
    assert world.translator.failures == {"cache ClientError": 2}


def test_a_long_text_is_divided_at_sentences(world: World) -> None:
    sentence = "Ich möchte diese Katzenleiter gern später kaufen! "
    text = (sentence * 250)[:LONGEST].rsplit("!", 1)[0] + "!"
    ((made, by),) = world.said(text)
    assert by == "amazon"
    assert made.count("!") == text.count("!")
    assert len(world.service.calls) > 1
    assert all(re.search("! ?</p>$", call["Text"]) for call in world.service.calls)


def test_a_text_that_nobody_reads_to_its_end_is_not_sent(world: World) -> None:
    text = "Ich möchte diese Katzenleiter. " * 4000
    (made,) = world.translator.translate([text], "en")
    assert world.service.calls == []
    assert made.original == text


def test_memory_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(amazon, "_REMEMBERED", 3)
    world.said(*(f"Die wunderbare Leiter {n}" for n in range(9)))
    assert len(world.translator._memory) == 3


texts = st.lists(
    st.text(st.characters(), max_size=120) | st.sampled_from(["Ich möchte <b> & HP-MUG-01 😊", "möchte\n\nnicht"]),
    max_size=6,
)


@given(texts)
def test_any_text_survives(some: list[str]) -> None:
    world = World(names=["Katzen & Co"])
    made = world.translator.translate(some, "zh")
    assert [text.original for text in made] == some
    assert all(len(call["Text"].encode()) <= LIMIT for call in world.service.calls)


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=400), max_size=8),
    st.integers(100, 900),
    st.booleans(),
)
def test_batches_hold_every_text_once_and_fit(some: list[str], limit: int, together: bool) -> None:
    names = Names(())
    flat = [piece for text in some for piece in markup.cut(text, limit, names)]
    assert "".join(flat) == "".join(some)
    made = list(markup.batches(flat, limit, names, together=together))
    assert [text for batch in made for text in batch] == flat
    assert all(len(markup.marked(batch, names).encode()) <= limit for batch in made)
    assert together or all(len(batch) == 1 for batch in made)
