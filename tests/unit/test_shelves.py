"""What a shop is told about one listing: each decision, and a shop that sells, gives back and lies meanwhile."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderbridge import shelves
from orderbridge.model import Listing, Store
from orderbridge.shelves import Action, Plan, Shelf, Shelved
from orderbridge.stock import Level, available

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=11)
ON_HAND = 10
STORE = Store(id="s", platform="p", url="https://x", currency="EUR", connected_at=NOON, locations={"l": ()})
TWO = STORE.model_copy(update={"locations": {"l": ("HAM",), "m": ("SZX",)}})
LISTING = Listing(store="s", sku="A", product_id="1", item_id="1")


def decide(shelf: Shelf, level: Level, store: Store = STORE, now: datetime = NOON, cas: bool = True) -> Plan:
    return shelves.decide(Shelved(LISTING, shelf), {"A": level}, {}, store, now, compare_and_set=cas)


def level(sold: int = 0, back: int = 0, others: int = 0) -> Level:
    """Of 10 on hand this store's orders took `sold` and gave `back`; other stores' orders want `others`."""
    wanted = {"*": sold - back + others}
    return Level("A", on_hand={"HAM": ON_HAND}, wanted=wanted, sold={"s": sold}, back={"s": back})


def seen(quantity: int, sold: int = 0, back: int = 0, **more: object) -> Shelf:
    return replace(Shelf({"l": quantity}, sold, back, verified=True, state="verified"), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shelf", "known", "cas", "action", "expected", "target"),
    [
        pytest.param(Shelf(), level(), True, Action.READ, None, 10, id="never looked at: read before you compare"),
        pytest.param(Shelf(), level(), False, Action.WRITE, None, 10, id="never looked at, nothing to compare with"),
        pytest.param(seen(10), level(), True, Action.SKIP, 10, 10, id="right and seen"),
        pytest.param(seen(10, verified=False), level(), True, Action.READ, 10, 10, id="right, but only accepted"),
        pytest.param(seen(10), level(others=3), True, Action.WRITE, 10, 7, id="sold elsewhere"),
        pytest.param(seen(10), level(sold=3), True, Action.READ, 7, 7, id="it lowered its number itself"),
        pytest.param(seen(10), level(sold=3, others=1), True, Action.WRITE, 7, 6, id="both"),
        pytest.param(seen(7, 3), level(3, 3), True, Action.READ, None, 10, id="came back: on sale again or not?"),
        pytest.param(seen(8, 2, unseen_since=NOON), level(), True, Action.READ, 8, 8, id="sold unseen"),
        pytest.param(seen(8, 2, unseen_since=NOON), level(others=1), True, Action.WRITE, 8, 7, id="offered less"),
        pytest.param(seen(0), level(others=30), True, Action.SKIP, 0, 0, id="never below zero"),
    ],
)
def test_decision(shelf: Shelf, known: Level, cas: bool, action: Action, expected: int | None, target: int) -> None:
    plan = decide(shelf, known, cas=cas)
    assert (plan.action, plan.expected, plan.targets) == (action, {"l": expected}, {"l": target})


def test_units_without_an_order_are_drift_after_ten_minutes() -> None:
    shelf = seen(8, 2, unseen_since=NOON)
    assert not decide(shelf, level(), now=NOON + timedelta(minutes=10)).drift
    plan = decide(shelf, level(), now=LATER)
    assert (plan.drift, plan.action, plan.expected, plan.targets) == (True, Action.WRITE, {"l": 8}, {"l": 10})


def test_with_several_locations_nobody_says_where_a_unit_was_sold() -> None:
    shelf = Shelf({"l": 6, "m": 4}, verified=True)
    both = Level("A", on_hand={"HAM": 6, "SZX": 4}, wanted={"*": 1}, sold={"s": 1})
    assert decide(shelf, both, TWO).action is Action.READ
    elsewhere = Level("A", on_hand={"HAM": 6, "SZX": 4}, wanted={"*": 5})
    plan = decide(shelf, elsewhere, TWO)
    assert (plan.action, plan.targets) == (Action.WRITE, {"l": 5, "m": 4})


def test_a_read_shows_what_was_sold_unseen_and_since_when() -> None:
    plan = decide(seen(10), level(others=1))
    shelf = shelves.observed(plan, None, {"l": 7}, NOON)
    assert (shelf.sold, shelf.unseen_since, shelves.settled(plan, shelf)) == (3, NOON, False)
    again = shelves.observed(decide(shelf, level(others=1)), None, {"l": 6}, LATER)
    assert (again.sold, again.unseen_since) == (4, NOON)
    known = shelves.observed(decide(shelf, level(sold=3, others=1)), None, {"l": 7}, LATER)
    assert (known.sold, known.unseen_since) == (3, None)


def test_only_a_read_verifies() -> None:
    plan = decide(seen(10), level(others=3))
    written = shelves.accepted(plan, "push", NOON)
    assert (written.quantities, written.verified, written.state) == ({"l": 7}, False, "accepted")
    assert not shelves.settled(plan, written)
    assert shelves.settled(plan, shelves.observed(plan, written, {"l": 7}, NOON))


# ---- A shop that lives its own life --------------------------------------------------------------------------


@dataclass
class Shop:
    """Lowers its number at its own sale, and tells of it later.

    compares  it refuses a write that expects another number than it shows
    news  sales (> 0) and cancellations (< 0) whose webhooks are still under way
    """

    compares: bool = True
    shows: int = ON_HAND
    sold: int = 0
    news: list[int] = field(default_factory=list)
    known: Level = field(default_factory=level)
    shelf: Shelf = field(default_factory=lambda: seen(ON_HAND))
    now: datetime = NOON
    plan: Plan | None = None

    def act(self, what: str) -> None:
        if what == "sell" and self.shows > 0:
            self.shows, self.sold = self.shows - 1, self.sold + 1
            self.news.append(1)
        elif what in ("cancel", "cancel and restock") and self.sold:
            self.shows, self.sold = self.shows + (what != "cancel"), self.sold - 1
            self.news.append(-1)
        elif what == "lower by hand":
            self.shows = max(0, self.shows - 2)
        elif what == "sold elsewhere":
            self._learn(wanted=1)
        elif what == "hear" and self.news:
            units = self.news.pop(0)
            self._learn(wanted=units, sold=max(0, units), back=max(0, -units))
        elif what == "work":
            self.work()

    def _learn(self, wanted: int, sold: int = 0, back: int = 0) -> None:
        old = self.known
        self.known = replace(
            old,
            wanted={"*": old.wanted.get("*", 0) + wanted},
            sold={"s": old.sold.get("s", 0) + sold},
            back={"s": old.back.get("s", 0) + back},
        )

    def work(self) -> bool:
        """One look of the store's worker; True if it wrote."""
        self.plan = decide(self.shelf, self.known, now=self.now, cas=self.compares)
        if self.plan.action is Action.SKIP:
            return False
        right = self.plan.expected == {"l": self.shows} or not self.compares
        wrote = self.plan.action is Action.WRITE and right
        if wrote:
            self.shows = self.plan.targets["l"]
            self.shelf = shelves.accepted(self.plan, "push", self.now)
        written = self.shelf if wrote else None
        self.shelf = shelves.observed(self.plan, written, {"l": self.shows}, self.now)
        return wrote

    @property
    def to_sell(self) -> int:
        return available("A", {"A": self.known}, {}, STORE, "l").number


OWN = ["sell", "sell", "hear", "work", "sold elsewhere"]


@given(st.lists(st.sampled_from([*OWN, "cancel", "cancel and restock", "lower by hand"]), max_size=30), st.booleans())
@example(["sell", "hear", "cancel", "hear", "work", "lower by hand"], False)
@settings(max_examples=500, deadline=None)
def test_whatever_happened_it_ends_with_the_right_number(acts: list[str], compares: bool) -> None:
    """Law 5: once all news has come, and ten minutes have passed for what was no sale."""
    shop = Shop(compares)
    for act in acts:
        shop.act(act)
    while shop.news:
        shop.act("hear")
    for _ in range(4):
        shop.work()  # a to-do stays until the number is right
    shop.act("sold elsewhere")  # only a change makes us look: what a person lowered and nobody sold is found then
    for now in (NOON, LATER, LATER):
        shop.now = now
        for _ in range(4):
            shop.work()
    assert shop.shows == shop.to_sell
    assert shop.plan is not None
    assert (shop.plan.action, shop.shelf.quantities) == (Action.SKIP, {"l": shop.shows})


@given(st.lists(st.sampled_from(OWN), max_size=30))
@settings(max_examples=500, deadline=None)
def test_a_write_never_offers_what_was_sold_unseen(acts: list[str]) -> None:
    """As far as sales go, a number that the shop took is never too high, also while their orders are under way."""
    shop = Shop()
    for act in acts:
        if act == "work" and shop.work():
            assert shop.shows == max(0, shop.to_sell - sum(shop.news))
        elif act != "work":
            shop.act(act)
