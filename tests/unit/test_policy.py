"""What a merchant keeps back, and a store's share of the rest: `available` with terms, and kits of kits."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orderbridge.kits import depth, explode, way
from orderbridge.model import Kit, Store, Terms
from orderbridge.stock import EVERYWHERE, Level, available, terms

ANYWHERE = Store(id="s", platform="p", url="https://x", currency="EUR", connected_at=datetime(2026, 1, 1, tzinfo=UTC))
OTHER = ANYWHERE.model_copy(update={"id": "t"})
LATER = ANYWHERE.model_copy(update={"id": "u"})
TWO = {"l1": ("HAM",), "l2": ("SZX",)}
units = st.integers(0, 40)
percents = st.integers(0, 100)


def store(of: Store = ANYWHERE, **changes: object) -> Store:
    return of.model_copy(update=changes)


def level(sku: str = "A", here: int = 10, /, **said: Terms) -> Level:
    """`said` by store, "every" stands for every store."""
    return Level(sku, on_hand={"HAM": here}, terms={k if k != "every" else EVERYWHERE: v for k, v in said.items()})


def number(of: Level, by: Store = ANYWHERE, location: str = "") -> int:
    return available(of.sku, {of.sku: of}, {}, by, location).number


def kit(sku: str, **components: int) -> Kit:
    return Kit(sku=sku, components=components)


def test_the_most_particular_buffer_counts_and_none_adds_up() -> None:
    with_buffer = store(buffer=5)
    assert number(level(), with_buffer) == 5
    assert number(level(every=Terms(buffer=2)), with_buffer) == 8
    assert number(level(every=Terms(buffer=2), s=Terms(buffer=7)), with_buffer) == 3
    assert number(level(every=Terms(buffer=2), t=Terms(buffer=7)), with_buffer) == 8
    assert number(level(s=Terms(buffer=0)), with_buffer) == 10, "0 is said, too"


def test_buffer_and_share_are_looked_for_apart() -> None:
    found = terms(level(every=Terms(cap=3), s=Terms(buffer=1)), store(percent=50))
    assert found == Terms(buffer=1, cap=3)


def test_a_cap_and_a_part_of_what_is_left_after_the_buffer() -> None:
    assert number(level(s=Terms(buffer=2, cap=5))) == 5
    assert number(level(s=Terms(buffer=7, cap=5))) == 3
    assert number(level(s=Terms(buffer=3, percent=50))) == 3, "half of 7, rounded down"
    assert number(level(s=Terms(cap=0))) == 0
    assert number(level(s=Terms(percent=0))) == 0


def test_units_that_are_set_apart_are_offered_by_nobody_else() -> None:
    apart = level(s=Terms(fixed=4))
    assert (number(apart), number(apart, OTHER)) == (4, 6)
    scarce = level("A", 3, s=Terms(fixed=4))
    assert (number(scarce), number(scarce, OTHER)) == (3, 0)


def test_of_two_stores_with_units_set_apart_the_first_name_is_served_first() -> None:
    apart = level("A", 5, s=Terms(fixed=4), t=Terms(fixed=4))
    assert [number(apart, by) for by in (ANYWHERE, OTHER, LATER)] == [4, 1, 0]


@given(st.integers(-20, 60), units, units)
def test_stores_with_everything_set_apart_offer_no_more_than_there_is(here: int, one: int, two: int) -> None:
    apart = level("A", here, s=Terms(fixed=one), t=Terms(fixed=two))
    assert sum(number(apart, by) for by in (ANYWHERE, OTHER, LATER)) <= max(0, here)


@given(units, units, units, st.none() | units, percents)
def test_with_a_share_the_locations_together_offer_no_more_than_it(
    ham: int, szx: int, wanted: int, cap: int | None, percent: int
) -> None:
    """Without one, orders that pin no location may let both offer the same units: docs/decisions.md."""
    share = Terms(cap=cap) if cap is not None else Terms(percent=percent)
    of = Level("A", on_hand={"HAM": ham, "SZX": szx}, wanted={"*": wanted}, terms={"s": share})
    left = max(0, ham + szx - wanted)
    offered = [number(of, store(locations=TWO), place) for place in TWO]
    assert sum(offered) <= (min(cap, left) if cap is not None else left * percent // 100)
    assert offered[0] <= ham
    assert offered[1] <= szx
    assert offered[0] == min(ham, left if cap is None and percent == 100 else offered[0])


def test_all_of_it_in_words() -> None:
    of = Level("A", {"HAM": 9, "SZX": 4}, terms={"s": Terms(buffer=1, percent=50), "t": Terms(fixed=3)})
    found = available("A", {"A": of}, {}, store(locations={"l1": ("HAM",), "l2": ("SZX",)}), "l2")
    assert found.steps == (
        "on hand HAM: 9",
        "on hand SZX: 4",
        "buffer of s: -1",
        "set apart for t: -3",
        "s sells only from SZX: at most 4",
        "s may offer 50 % of 9: 4",
        "it offers 4 of them at other locations: 0 are left",
    )
    assert found.number == 0


def test_a_part_that_a_kit_needs_in_two_ways_is_added_up() -> None:
    kits = {"BOX": kit("BOX", SET=2, CUP=1), "SET": kit("SET", CUP=2, POT=1)}
    assert explode("BOX", kits) == {"CUP": 5, "POT": 2}
    assert explode("CUP", kits) == {"CUP": 1}
    levels = {"CUP": level("CUP", 14), "POT": level("POT", 9)}
    assert available("BOX", levels, kits, ANYWHERE).number == 2, "14 cups are 2 boxes, not 14 // 4 or 14 // 1"


def test_buffers_of_parts_count_in_a_kit_and_their_shares_do_not() -> None:
    kits = {"K": kit("K", A=1)}
    assert available("K", {"A": level()}, kits, store(buffer=3)).number == 7, "of the part, not again of the kit"
    assert available("K", {"A": level(s=Terms(buffer=4, cap=1))}, kits, ANYWHERE).number == 6
    assert available("K", {"A": level(t=Terms(fixed=4))}, kits, ANYWHERE).number == 6, "kept for others"
    own = {"A": level(), "K": Level("K", terms={"s": Terms(buffer=1, cap=5)})}
    assert available("K", own, kits, ANYWHERE).number == 5
    assert available("K", own, kits, OTHER).number == 10


def test_ways_and_depth() -> None:
    kits = {"C": kit("C", B=1), "B": kit("B", A=1)}
    assert way("C", "A", kits) == ("C", "B", "A")
    assert way("B", "C", kits) == ()
    assert [depth(sku, kits) for sku in "ABC"] == [0, 1, 2]


@pytest.mark.parametrize(
    "said", [{"cap": 1, "fixed": 1}, {"cap": -1}, {"buffer": -1}, {"percent": 101}, {"fixed": 1.5}]
)
def test_terms_that_cannot_be(said: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Terms(**said)


def test_a_store_has_one_share() -> None:
    with pytest.raises(ValidationError, match="a cap or a percentage"):
        Store.model_validate({**ANYWHERE.model_dump(), "cap": 1, "percent": 50})
