"""Whoever ordered last goes short first, and no order more than it waits for."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orderbridge.oversold import oversold
from orderbridge.stock import Level


def hold(order: str, quantity: int, second: int, shipped: int = 0) -> dict[str, Any]:
    at = f"2026-11-23T10:00:{second:02}+00:00"
    return {"store": "s", "order": order, "pool": "*", "quantity": quantity, "shipped": shipped, "created_at": at}


def level(on_hand: int, wanted: int, counted: int = 0) -> Level:
    return Level("A", on_hand={"HAM": on_hand}, wanted={"*": wanted}, counted={"*": counted})


def test_the_later_order_is_short() -> None:
    holds = [hold("late", 2, 9), hold("early", 2, 1), hold("middle", 2, 5)]
    assert oversold(level(3, 6), holds) == {("s", "late", "*"): 2, ("s", "middle", "*"): 1}


def test_nobody_is_short_of_what_is_there() -> None:
    assert oversold(level(6, 6), [hold("a", 6, 1)]) == {}


def test_what_has_left_is_not_missing() -> None:
    assert oversold(level(0, 3, 2), [hold("a", 3, 1, shipped=2)]) == {("s", "a", "*"): 1}


@given(st.integers(-5, 20), st.lists(st.tuples(st.integers(1, 9), st.integers(0, 59)), max_size=8))
def test_all_that_is_missing_is_somebodys(on_hand: int, orders: list[tuple[int, int]]) -> None:
    holds = [hold(str(n), units, second) for n, (units, second) in enumerate(orders)]
    wanted = sum(units for units, _ in orders)
    short = oversold(level(on_hand, wanted), holds)
    assert sum(short.values()) == min(wanted, max(0, wanted - on_hand))
    full = [h["created_at"] for h in holds if ("s", h["order"], "*") not in short]
    assert all(h["created_at"] >= max(full, default="") for h in holds if ("s", h["order"], "*") in short)
