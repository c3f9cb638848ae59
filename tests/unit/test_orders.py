"""Law 3 and the holds of an order, as pure rules."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge import orders
from orderbridge.model import (
    FulfilledBy,
    Kit,
    Order,
    OrderLine,
    OrderStatus,
    Part,
    PaymentStatus,
    Refund,
    Store,
)
from orderbridge.orders import Verdict, judge

DAY = datetime(2026, 10, 5, tzinfo=UTC)
STORE = Store(id="s", platform="p", url="https://x", currency="EUR", connected_at=DAY - timedelta(days=1))


def line(id: str = "1", quantity: int = 1, **changes: Any) -> OrderLine:
    return OrderLine(id=id, quantity=quantity, unit_price=Decimal(1), subtotal=Decimal(quantity), **changes)


def order(*lines: OrderLine, version: int = 0, **changes: Any) -> Order:
    values: dict[str, Any] = {
        "store": "s",
        "platform": "p",
        "id": "1",
        "number": "#1",
        "version": DAY + timedelta(seconds=version),
        "created_at": DAY,
        "status": OrderStatus.OPEN,
        "payment": PaymentStatus.PAID,
        "source_status": "",
        "currency": "EUR",
        "lines": lines or (line(),),
        "total": sum(x.subtotal for x in lines or (line(),)),
    }
    return Order(**{**values, **changes})


@pytest.mark.parametrize(
    ("stored", "arrived", "fetched", "verdict"),
    [
        (None, order(), False, Verdict.NEW),
        (order(version=1), order(version=2), False, Verdict.NEWER),
        (order(version=2), order(version=1), False, Verdict.STALE),
        (order(version=2), order(version=1), True, Verdict.STALE),
        (order(), order(), False, Verdict.REPEAT),
        (order(), order(), True, Verdict.REPEAT),
        (order(), order(note="other"), False, Verdict.UNSETTLED),
        (order(), order(note="other"), True, Verdict.NEWER),
    ],
)
def test_newest_wins(stored: Order | None, arrived: Order, fetched: bool, verdict: Verdict) -> None:
    assert judge(stored, arrived, fetched=fetched) is verdict


@given(st.permutations([order(version=n) for n in range(5)]))
def test_any_order_of_arrival_leaves_the_newest(arrivals: list[Order]) -> None:
    stored: Order | None = None
    for arrived in arrivals:
        if judge(stored, arrived, fetched=False) in (Verdict.NEW, Verdict.NEWER):
            stored = arrived
    assert stored == max(arrivals, key=lambda o: o.version)


def test_amounts_that_are_written_differently_make_no_difference() -> None:
    one, other = order(total=Decimal("12.00")), order(total=Decimal("12.0"))
    assert judge(one, other, fetched=False) is Verdict.REPEAT
    assert orders.fingerprint(one) == orders.fingerprint(other)
    assert orders.fingerprint(one) != orders.fingerprint(order(total=Decimal("12.01")))


def wants(*lines: OrderLine, kits: dict[str, Kit] | None = None, store: Store = STORE, **changes: Any) -> orders.Holds:
    skus = {x.id: x.sku for x in lines if x.sku}
    packed = orders.packing(None, skus.values(), kits or {})
    return orders.wants(order(*lines, **changes), store, skus, packed)


def test_lines_of_one_sku_add_up_and_unmapped_ones_hold_nothing() -> None:
    found = wants(line("1", 2, sku="A"), line("2", 3, sku="A"), line("3", 1, sku="B"), line("4", 9))
    assert found == {("A", "*"): 5, ("B", "*"): 1}


def test_what_was_called_off_is_not_wanted() -> None:
    assert wants(line("1", 5, sku="A", cancelled=2), line("2", 1, sku="B", cancelled=1)) == {("A", "*"): 3}


def test_a_kit_holds_its_components() -> None:
    kits = {"TEA": Kit(sku="TEA", components={"POT": 1, "MUG": 2})}
    found = wants(line("1", 3, sku="TEA"), line("2", 1, sku="MUG"), kits=kits)
    assert found == {("POT", "*"): 3, ("MUG", "*"): 7}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"test": True}, "a test order"),
        ({"status": OrderStatus.DRAFT}, "not an order yet"),
        ({"created_at": DAY - timedelta(days=2)}, "from before the store was connected"),
    ],
)
def test_what_is_no_order_of_ours_holds_nothing_and_says_why(changes: dict[str, Any], reason: str) -> None:
    assert wants(line(sku="A"), **changes) == {}
    assert reason in orders.waits(order(line(sku="A"), **changes), STORE, ())


def test_an_order_of_the_second_in_which_its_store_was_connected_is_held() -> None:
    """Platforms tell whole seconds: it was made after that moment, and seems to be from before."""
    connected = STORE.model_copy(update={"connected_at": DAY.replace(microsecond=700_000)})
    assert orders.holds_nothing(order(line(), created_at=DAY), connected) == ""
    assert orders.holds_nothing(order(line(), created_at=DAY - timedelta(seconds=1)), connected)


def test_what_the_platform_ships_itself_holds_nothing() -> None:
    assert wants(line(sku="A", fulfilled_by=FulfilledBy.PLATFORM)) == {}


def test_a_line_bound_to_one_of_our_locations_draws_from_it() -> None:
    store = STORE.model_copy(update={"locations": {"l1": ("HAM",), "l2": ("HAM", "SZX"), "l3": ()}})
    lines = [line(str(n), 1, sku="A", location=place) for n, place in enumerate(["l1", "l2", "l3", "l4", ""])]
    assert wants(*lines, store=store) == {("A", "HAM"): 1, ("A", "*"): 4}


units = st.dictionaries(st.tuples(st.sampled_from("AB"), st.sampled_from("*X")), st.integers(0, 9))


@given(units, units)
def test_a_hold_is_the_larger_of_wanted_and_shipped(wanted: orders.Holds, shipped: orders.Holds) -> None:
    found = orders.holds(wanted, shipped)
    for key in itertools.product("AB", "*X"):
        assert found.get(key, 0) == max(wanted.get(key, 0), shipped.get(key, 0))
    assert all(found.values()), "a hold of nothing is none"


def refunded(quantity: int) -> tuple[Refund, ...]:
    return (Refund(id="r", amount=Decimal(0), lines=(Part(line_id="1", quantity=quantity),)),)


def test_a_shop_takes_what_it_sold_and_gets_refunds_back_at_most_once() -> None:
    skus = {"1": "A"}
    assert orders.sold(order(line("1", 5)), skus) == ({"A": 5}, {})
    assert orders.sold(order(line("1", 5, cancelled=2), refunds=refunded(2)), skus) == ({"A": 5}, {"A": 2})
    assert orders.sold(order(line("1", 5, cancelled=1), refunds=refunded(3)), skus) == ({"A": 5}, {"A": 3})
    assert orders.sold(order(line("1", 5), test=True), skus) == ({"A": 5}, {})
    assert orders.sold(order(line("1", 5), deducted=False), skus) == ({}, {})
    assert orders.sold(order(line("2", 5)), skus) == ({}, {})


def test_a_deleted_order_wants_only_what_has_left() -> None:
    gone = orders.deleted(order(line("1", 5, sku="A", shipped=2), line("2", 1, sku="B", cancelled=1)))
    assert gone.status is OrderStatus.DELETED
    assert orders.wants(gone, STORE, {"1": "A", "2": "B"}, {}) == {("A", "*"): 2}
    assert orders.deleted(gone) == gone


@pytest.mark.parametrize(
    ("changes", "unmapped", "reason"),
    [
        ({}, (), ""),
        ({"payment": PaymentStatus.PARTLY_REFUNDED}, (), ""),
        ({"payment": PaymentStatus.UNPAID}, (), "the order is not paid"),
        ({"payment": PaymentStatus.AUTHORIZED}, (), "the payment is authorised but not captured"),
        ({"payment": PaymentStatus.FAILED}, (), "the payment failed"),
        ({"on_hold": True}, (), "the platform holds the order back"),
        ({"currency": "XQQ"}, (), "currency 'XQQ' is not an ISO 4217 code"),
        ({"total": Decimal(3)}, (), "the parts add up to 1 EUR, the platform charged 3 EUR"),
        ({}, ("1", "7"), "no SKU is mapped for line 1, 7"),
    ],
)
def test_an_order_says_why_it_does_not_go_to_the_erp(
    changes: dict[str, Any], unmapped: tuple[str, ...], reason: str
) -> None:
    assert orders.waits(order(**changes), STORE, unmapped) == ((reason,) if reason else ())


def test_every_difference_is_told_with_its_path() -> None:
    before = {"a": 1, "b": {"c": [1, 2]}, "lines": [{"id": "1", "n": 1}, {"id": "2", "n": 2}]}
    after = {"a": 1, "b": {"c": [1, 3, 4]}, "lines": [{"id": "2", "n": 2}, {"id": "1", "n": 5}], "new": True}
    assert set(orders.differences(before, after)) == {
        ("b.c.1", 2, 3),
        ("b.c.2", None, 4),
        ("lines.1.n", 1, 5),
        ("new", None, True),
    }


json = st.recursive(
    st.booleans() | st.integers(), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
)


@given(json, json)
def test_documents_differ_exactly_when_a_difference_is_told(before: Any, after: Any) -> None:
    assert bool(list(orders.differences(before, after))) == (before != after)
