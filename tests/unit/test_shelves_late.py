"""A platform that shows what it took only after a while: what is decided meanwhile, and that it comes right."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderbridge import shelves
from orderbridge.shelves import UNSHOWN, UNSHOWN_WITH_WORDS, Action, Plan, Shelf, Shelved, Told
from orderbridge.stock import Level, available
from tests.unit.test_shelves import LISTING, NOON, ON_HAND, STORE, TWO, level, seen

SETTLE, MINUTE = timedelta(minutes=5), timedelta(minutes=1)
APPLIES = 3 * MINUTE  # a write shows after this time, before it must have settled


def decide(shelf: Shelf, known: Level, now: datetime = NOON, look: bool = False) -> Plan:
    one = Shelved(LISTING, shelf)
    return shelves.decide(one, {"A": known}, {}, STORE, now, compare_and_set=False, look=look, settle=SETTLE)


def written(quantity: int, sold: int = 0, back: int = 0, **more: object) -> Shelf:
    """Accepted at noon."""
    told = Told(quantity, NOON, "")
    return replace(Shelf({"l": quantity}, sold, back, state="accepted", told=told), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shelf", "known", "after", "action"),
    [
        pytest.param(written(7), level(others=3), 0, Action.WAIT, id="written just now"),
        pytest.param(written(7), level(others=3), 4, Action.WAIT, id="not settled yet"),
        pytest.param(written(7), level(others=3), 5, Action.READ, id="settled"),
        pytest.param(written(7), level(others=4), 1, Action.WRITE, id="something else is right by now"),
        pytest.param(written(7), level(sold=1, others=3), 1, Action.WAIT, id="it sold one itself"),
        pytest.param(
            written(7), level(sold=1, back=1, others=3), 1, Action.WAIT, id="one came back, the number is right"
        ),
        pytest.param(written(7, 1), level(sold=1, back=1, others=2), 1, Action.WRITE, id="one came back: write anyway"),
        pytest.param(written(7, 1), level(sold=1, back=1, others=2), 5, Action.READ, id="one came back: can be read"),
        pytest.param(seen(7), level(others=3), 0, Action.SKIP, id="read and right"),
    ],
)
def test_decision(shelf: Shelf, known: Level, after: int, action: Action) -> None:
    assert decide(shelf, known, NOON + after * MINUTE).action is action


def test_a_look_waits_as_well_and_knows_until_when() -> None:
    plan = decide(written(7), level(others=3), NOON + MINUTE, look=True)
    assert (plan.action, plan.until) == (Action.WAIT, NOON + SETTLE)


def test_without_a_time_to_settle_all_is_as_ever() -> None:
    one = Shelved(LISTING, written(7))
    plan = shelves.decide(one, {"A": level(others=3)}, {}, STORE, NOON, compare_and_set=False)
    assert plan.action is Action.READ


def test_with_several_locations_a_sale_in_between_is_written_over() -> None:
    told = Told(10, NOON, "")
    shelf = Shelf({"l": 6, "m": 4}, state="accepted", told=told)
    both = Level("A", on_hand={"HAM": 6, "SZX": 4}, wanted={"*": 5}, sold={"s": 5})
    plan = shelves.decide(Shelved(LISTING, shelf), {"A": both}, {}, TWO, NOON, compare_and_set=False, settle=SETTLE)
    assert plan.action is Action.WRITE


# ---- A shop that shows what it took later ----------------------------------------------------------------------


@dataclass
class Late:
    """Sells by itself and tells of it later; a number that it took shows, whatever was sold meanwhile, minutes later.

    deaf  it accepts numbers and never shows them
    """

    deaf: bool = False
    shows: int = ON_HAND
    coming: list[tuple[datetime, int]] = field(default_factory=list)
    news: list[int] = field(default_factory=list)
    known: Level = field(default_factory=level)
    shelf: Shelf = field(default_factory=lambda: seen(ON_HAND))
    now: datetime = NOON
    plan: Plan | None = None
    writes: int = 0
    words: str = ""

    def act(self, what: str) -> None:
        match what:
            case "sell" if self.shows > 0:
                self.shows -= 1
                self.news.append(1)
            case "cancel" | "cancel and restock" if 1 in self.news or self.known.sold["s"] > self.known.back["s"]:
                self.shows += what != "cancel"
                self.news.append(-1)
            case "sold elsewhere":
                self._learn(1)
            case "receipt":
                self._learn(-1)
            case "hear" if self.news:
                units = self.news.pop(0)
                self._learn(units, sold=max(0, units), back=max(0, -units))
            case "minute":
                self.now += MINUTE
                while self.coming and self.coming[0][0] <= self.now:
                    _, units = self.coming.pop(0)
                    self.shows = self.shows if self.deaf else units
            case "work":
                self.work()

    def _learn(self, wanted: int, sold: int = 0, back: int = 0) -> None:
        old = self.known
        self.known = replace(
            old,
            wanted={"*": old.wanted.get("*", 0) + wanted},
            sold={"s": old.sold["s"] + sold},
            back={"s": old.back["s"] + back},
        )

    def work(self) -> None:
        self.plan = plan = decide(self.shelf, self.known, self.now)
        if plan.action is Action.WRITE:
            self.writes += 1
            self.coming.append((self.now + APPLIES, plan.targets["l"]))
            self.shelf = shelves.accepted(plan, "push", self.now, late=True)
        elif plan.action is Action.READ:
            shown = {"l": self.shows}
            shelf = shelves.observed(plan, None, shown, self.now)
            self.shelf = shelves.shown_late(plan, shelf, shown, self.words)

    @property
    def to_sell(self) -> int:
        return available("A", {"A": self.known}, {}, STORE, "l").number

    @property
    def unseen(self) -> int:
        return self.shelf.sold - self.known.sold["s"]


CALM = ["sold elsewhere", "receipt", "minute", "work"]
LIFE = [*CALM, "minute", "work", "sell", "hear"]


@given(st.lists(st.sampled_from([*LIFE, "cancel", "cancel and restock"]), max_size=40))
@example(["sold elsewhere", "work", "sell", "hear", "minute", "minute", "minute", "work"])
@settings(max_examples=200, deadline=None)
def test_whatever_happened_it_ends_with_the_right_number(acts: list[str]) -> None:
    """Law 5: once all news has come, after the time that writes, and what was no sale, need."""
    shop = Late()
    for act in acts:
        shop.act(act)
    while shop.news:
        shop.act("hear")
    for _ in range(60):
        shop.act("work")
        shop.act("minute")
    assert shop.shows == shop.to_sell
    assert shop.plan is not None
    assert (shop.plan.action, shop.shelf.quantities) == (Action.SKIP, {"l": shop.shows})
    assert (shop.shelf.unshown, shop.shelf.trouble, shelves.refused(shop.shelf)) == (0, "", "")


@given(st.lists(st.sampled_from(LIFE), max_size=40))
@settings(max_examples=200, deadline=None)
def test_an_old_number_is_neither_a_sale_nor_drift(acts: list[str]) -> None:
    """Nothing counts as sold unseen but what was sold unseen, whenever somebody works."""
    shop = Late()
    for act in acts:
        shop.act(act)
        assert shop.unseen <= len(shop.news)
        assert shop.plan is None or shop.news or not shop.plan.drift


@given(st.lists(st.sampled_from(CALM), max_size=40))
@settings(max_examples=200, deadline=None)
def test_while_it_settles_nobody_reads(acts: list[str]) -> None:
    shop = Late()
    for act in acts:
        before = shop.shelf
        shop.act(act)
        read = shop.shelf is not before and shop.shelf.verified
        assert not (read and before.told and shop.now < before.told.at + SETTLE and not before.verified)


@pytest.mark.parametrize("change", ["sold elsewhere", "receipt"], ids=["too high", "too low"])
@pytest.mark.parametrize("words", ["", "the image is missing"])
def test_what_never_shows_is_given_up_after_a_few_writes(change: str, words: str) -> None:
    shop = Late(deaf=True, words=words)
    shop.act(change)
    for _ in range(200):
        shop.act("work")
        shop.act("minute")
        reason = shelves.refused(shop.shelf) if shop.shelf.verified else ""
        if reason:
            break
    assert reason.startswith("the platform accepted it")
    assert reason.endswith(f"times and shows 10{': ' * bool(words)}{words}")
    limit = UNSHOWN_WITH_WORDS if words else UNSHOWN
    assert shop.writes == limit + (change == "receipt"), "one that is too low may have sold, and is waited for first"


def test_one_that_shows_in_the_end_begins_the_count_anew() -> None:
    shop = Late(deaf=True, words="too fast")
    shop.act("sold elsewhere")
    for _ in range(7):
        shop.act("work")
        shop.act("minute")
    assert (shop.shelf.unshown, shop.shelf.trouble) == (1, "too fast")
    shop.deaf, shop.words = False, ""
    for _ in range(7):
        shop.act("work")
        shop.act("minute")
    assert (shop.shows, shop.shelf.unshown, shop.shelf.trouble) == (9, 0, "")


def test_orders_that_explain_a_low_number_end_the_count() -> None:
    plan = decide(seen(8, 2, unseen_since=NOON, unshown=1, trouble="no"), level(sold=2))
    shelf = shelves.shown_late(plan, shelves.observed(plan, None, {"l": 8}, NOON), {"l": 8}, "")
    assert (shelf.unshown, shelf.trouble) == (0, "")
