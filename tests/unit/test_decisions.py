"""What a person is asked, as a pure rule: once per cause, again when it grows, not at all when it is gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.decisions import Asked, follow, question, released, unwanted
from orderbridge.model import OrderStatus
from orderbridge.orders import Holds
from tests.unit.test_orders import order

A, B = ("A", "*"), ("B", "*")
units = st.dictionaries(st.sampled_from([A, B]), st.integers(1, 5))
statuses = st.sampled_from([OrderStatus.OPEN, OrderStatus.COMPLETED, OrderStatus.CANCELLED, OrderStatus.DELETED])


@pytest.mark.parametrize(
    ("status", "wants", "shipped", "expected"),
    [
        (OrderStatus.OPEN, {A: 2}, {A: 2}, {}),
        (OrderStatus.OPEN, {A: 2}, {A: 3, B: 1}, {A: 1, B: 1}),
        (OrderStatus.DELETED, {A: 1}, {A: 3}, {A: 2}),
        (OrderStatus.CANCELLED, {}, {}, {}),
        (OrderStatus.CANCELLED, {}, {A: 2}, {A: 2}),
        (OrderStatus.CANCELLED, {A: 3}, {A: 2}, {A: 3}),  # its shop calls three shipped, an ERP has seen two
    ],
)
def test_what_left_and_is_not_wanted(status: OrderStatus, wants: Holds, shipped: Holds, expected: Holds) -> None:
    assert unwanted(order(status=status), wants, shipped) == expected


def test_a_question_is_asked_once_grows_and_settles() -> None:
    cancelled, revision = order(status=OrderStatus.CANCELLED), iter(range(1, 99))
    asked = follow(Asked(), cancelled, {A: 1}, next(revision))
    assert asked == Asked({A: 1}, "00000001")
    assert follow(asked, cancelled, {A: 1}, next(revision)) == asked
    assert follow(asked, cancelled, {A: 2}, next(revision)) == Asked({A: 2}, "00000001")
    assert follow(asked, cancelled, {}, next(revision)) == Asked()
    answered = Asked({A: 1}, "", "let-go")
    assert follow(answered, cancelled, {A: 1}, next(revision)) == answered
    assert follow(answered, cancelled, {A: 2}, 77) == Asked({A: 2}, "00000077", "let-go")
    assert follow(answered, order(), {A: 1}, next(revision)).choice == "", "an order that stands again has no answer"


@given(units, units, statuses, st.integers(1, 99))
def test_a_question_is_open_or_was_answered_as_long_as_anything_is_unwanted(
    before: Holds, now: Holds, status: OrderStatus, revision: int
) -> None:
    asked = follow(Asked(before), order(status=status), now, revision)
    assert asked.units == now
    more = any(n > before.get(key, 0) for key, n in now.items())
    assert bool(asked.open) is more


def test_only_of_a_cancelled_order_a_person_can_say_that_nothing_was_sent() -> None:
    asked = Asked({A: 1}, "", "not-sent")
    assert released(order(status=OrderStatus.CANCELLED), asked)
    assert not released(order(), asked)
    assert not released(order(status=OrderStatus.CANCELLED), Asked({A: 1}, "", "return"))


def test_the_question_is_plain() -> None:
    cancelled = order(status=OrderStatus.CANCELLED)
    assert question(cancelled, {("A", "*"): 1, ("A", "HAM"): 2, B: 1}) == (
        "3 of A, 1 of B left, but order #1 was cancelled: what becomes of them?"
    )
    assert "does not want so many" in question(order(), {A: 1})
    assert "was deleted in its shop" in question(order(status=OrderStatus.DELETED), {A: 1})
