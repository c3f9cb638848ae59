"""Rule 5: what a store may sell, from one consistent read."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from orderbridge.model import Kit, Store
from orderbridge.stock import Level, available

ANYWHERE = Store(id="s", platform="p", url="https://x", currency="EUR", connected_at=datetime(2026, 1, 1, tzinfo=UTC))
units = st.integers(0, 50)
pools = st.dictionaries(st.sampled_from(["*", "HAM", "SZX"]), units)
places = st.dictionaries(st.sampled_from(["HAM", "SZX"]), units)
levels = st.builds(Level, st.just("A"), on_hand=places, others=places, wanted=pools, shipped=pools, counted=pools)


def store(**changes: object) -> Store:
    return ANYWHERE.model_copy(update=changes)


def number(level: Level, store: Store = ANYWHERE, location: str = "") -> int:
    return available("A", {"A": level}, {}, store, location).number


def test_the_rule_in_one_example() -> None:
    level = Level(
        "A",
        on_hand={"HAM": 10, "SZX": 5},
        others={"HAM": 2},
        wanted={"*": 4, "HAM": 3},
        shipped={"*": 2, "HAM": 3},
        counted={"*": 1, "HAM": 3},
    )
    assert number(level) == 15 - 2 - (4 - 1) - (3 - 3)
    assert number(level, store(buffer=3)) == 7


@given(levels)
def test_it_is_the_balance_and_never_below_zero(level: Level) -> None:
    balance = (
        sum(level.on_hand.values())
        - sum(level.others.values())
        - sum(level.wanted.values())
        + sum(level.counted.values())
    )
    assert number(level) == max(0, balance)


@given(levels, st.integers(0, 20))
def test_a_unit_that_leaves_changes_nothing_once_it_is_counted(level: Level, shipped: int) -> None:
    """The ERP takes it from on hand, and the count of what is gone rises with it: it is never counted twice."""
    after = Level(
        "A",
        on_hand={**level.on_hand, "HAM": level.on_hand.get("HAM", 0) - shipped},
        others=level.others,
        wanted=level.wanted,
        counted={**level.counted, "*": level.counted.get("*", 0) + shipped},
    )
    assert after.balance() == level.balance()
    assert number(after) == number(level)


@given(levels, pools)
def test_what_was_shipped_and_not_counted_moves_nothing(level: Level, shipped: dict[str, int]) -> None:
    moved = Level("A", level.on_hand, level.others, level.wanted, shipped, level.counted)
    assert number(moved) == number(level)


@given(levels)
def test_a_location_offers_no_more_than_it_has_and_than_there_is(level: Level) -> None:
    here = store(locations={"l1": ("HAM",), "l2": ("HAM", "SZX")})
    at_ham = level.on_hand.get("HAM", 0) - level.others.get("HAM", 0) - level.open_units("HAM")
    assert number(level, here, "l1") == max(0, min(at_ham, level.balance()))
    assert number(level, here, "l2") <= number(level)


def test_units_pinned_to_a_location_are_taken_there_and_from_the_whole() -> None:
    level = Level("A", on_hand={"HAM": 5, "SZX": 5}, wanted={"HAM": 5})
    here = store(locations={"l1": ("HAM",), "l2": ("SZX",)})
    assert (number(level, here, "l1"), number(level, here, "l2"), number(level)) == (0, 5, 5)


def test_orders_that_pin_nothing_may_take_the_last_unit_of_every_location() -> None:
    level = Level("A", on_hand={"HAM": 5, "SZX": 5}, wanted={"*": 8})
    here = store(locations={"l1": ("HAM",), "l2": ("SZX",)})
    assert (number(level, here, "l1"), number(level, here, "l2"), number(level)) == (2, 2, 2)


@given(levels, levels, st.integers(1, 5), st.integers(1, 5))
def test_a_kit_is_as_many_as_its_scarcest_component_allows(a: Level, b: Level, of_a: int, of_b: int) -> None:
    kit = Kit(sku="K", components={"A": of_a, "B": of_b})
    found = available("K", {"A": a, "B": b}, {"K": kit}, ANYWHERE)
    assert found.number == min(number(a) // of_a, number(b) // of_b)


def test_what_nobody_has_counted_is_not_for_sale() -> None:
    assert available("A", {}, {}, ANYWHERE).number == 0
    assert available("K", {}, {"K": Kit(sku="K", components={"A": 1})}, ANYWHERE).number == 0


def test_it_explains_itself_in_plain_words() -> None:
    level = Level("A", on_hand={"HAM": 2}, others={"HAM": 1}, wanted={"*": 5}, counted={"*": 1})
    found = available("A", {"A": level}, {}, store(buffer=1, locations={"l1": ("HAM",)}), "l1")
    assert found.steps == (
        "on hand HAM: 2",
        "promised by the ERP to others at HAM: -1",
        "our orders want 5, 1 of them already gone from on hand: -4",
        "buffer of s: -1",
        "s sells only from HAM: at most -4",
        "-4 is below 0: 0 is offered",
    )
    in_a_kit = available("K", {"A": level}, {"K": Kit(sku="K", components={"A": 2})}, ANYWHERE)
    assert in_a_kit.steps[:2] == (
        "a kit: as many as its scarcest component allows: 0",
        "A: 0 available, 2 in each kit: 0",
    )
