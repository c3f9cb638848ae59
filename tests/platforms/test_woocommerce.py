"""WooCommerce: its secrets, its statuses, its rounding, and polls over pages that shift."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from orderbridge import balance
from orderbridge.http import Http
from orderbridge.model import Order, OrderStatus, PaymentStatus
from orderbridge.platforms.base import Cursor, Hint
from orderbridge.platforms.woocommerce import WooCommerce
from orderbridge.platforms.woocommerce.order import canonical, document
from tests.platforms import cases, replay


def _document(**changes: Any) -> dict[str, Any]:
    found = cases.Case("woocommerce", "order_created").document
    assert found
    return {**found, **changes}


def _order(**changes: Any) -> Order:
    return canonical(document(_document(**changes), "s"), "s")


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        ("plain", "plain"),
        ("R&amp;D &lt;1&gt; &quot;x&quot; it&#039;s", 'R&D <1> "x" it\'s'),
        ("&#38;&#x26;&#0039;", "&&'"),
        ("&amp;lt;", "&lt;"),  # decoded once
        ("&eacute;&copy;", "&eacute;&copy;"),  # WordPress decodes only the special ones
        ("a & b; &", "a & b; &"),
    ],
)
def test_the_secret_is_decoded_as_wordpress_does(secret: str, key: str) -> None:
    assert WooCommerce.signing_key(secret) == key


@pytest.mark.parametrize(
    ("changes", "status", "payment", "wanted"),
    [
        ({"status": "pending", "date_paid_gmt": None}, OrderStatus.OPEN, PaymentStatus.UNPAID, 3),
        ({"status": "on-hold", "date_paid_gmt": None}, OrderStatus.OPEN, PaymentStatus.UNPAID, 3),
        ({"status": "processing"}, OrderStatus.OPEN, PaymentStatus.PAID, 3),
        ({"status": "completed"}, OrderStatus.COMPLETED, PaymentStatus.PAID, 3),
        ({"status": "cancelled"}, OrderStatus.CANCELLED, PaymentStatus.PAID, 0),
        ({"status": "cancelled", "date_paid_gmt": None}, OrderStatus.CANCELLED, PaymentStatus.UNPAID, 0),
        ({"status": "trash", "date_paid_gmt": None}, OrderStatus.DELETED, PaymentStatus.UNPAID, 0),
        ({"status": "failed"}, OrderStatus.CANCELLED, PaymentStatus.FAILED, 0),
        ({"status": "refunded"}, OrderStatus.CANCELLED, PaymentStatus.REFUNDED, 0),
        (
            {"status": "refunded", "date_completed_gmt": "2026-10-06T08:00:00"},
            OrderStatus.COMPLETED,
            PaymentStatus.REFUNDED,
            3,
        ),
        ({"status": "auto-draft"}, OrderStatus.DRAFT, PaymentStatus.UNPAID, 3),
        ({"status": "checkout-draft"}, OrderStatus.DRAFT, PaymentStatus.UNPAID, 3),
        ({"status": "awaiting-moonrise"}, OrderStatus.OPEN, PaymentStatus.UNPAID, 3),
    ],
)
def test_statuses(changes: dict[str, Any], status: OrderStatus, payment: PaymentStatus, wanted: int) -> None:
    order = _order(**changes)
    assert (order.status, order.payment) == (status, payment)
    assert sum(line.wanted for line in order.lines) == wanted


def _refund(id: int, at: str, line: int, units: int) -> dict[str, Any]:
    meta = [{"id": 1, "key": "_refunded_item_id", "value": str(line)}]
    lines = [{"id": id + 1, "quantity": -units, "total": "-1.00", "meta_data": meta}]
    return {"id": id, "date_created_gmt": at, "amount": "1.00", "reason": "", "line_items": lines}


def test_units_refunded_before_completion_are_cancelled_and_later_ones_are_returns() -> None:
    line = _document()["line_items"][0]["id"]
    early, late = _refund(10, "2026-10-05T15:00:00", line, 1), _refund(20, "2026-10-07T15:00:00", line, 1)
    completed = {"status": "completed", "date_completed_gmt": "2026-10-06T08:00:00"}
    assert _order(refunds=[early, late], **completed).lines[0].cancelled == 1
    assert _order(refunds=[late], **completed).lines[0].cancelled == 0
    assert _order(refunds=[early, late], status="processing").lines[0].cancelled == 2
    assert _order(refunds=[early]).payment is PaymentStatus.PARTLY_REFUNDED
    assert [(r.id, r.amount, r.lines[0].quantity) for r in _order(refunds=[early]).refunds] == [("10", Decimal(1), 1)]


def _gone(total: str, tax: str) -> dict[str, Any]:
    """One line of a refund."""
    return {"quantity": -1, "total": total, "total_tax": tax}


def _thirds(total: str, shown: str = "8.40") -> Order:
    """Three lines of 10.00 with 19 % tax in it, each shown as 8.40 although it is 8.403361."""
    line = {"quantity": 1, "subtotal": shown, "total": shown, "total_tax": "1.60"}
    lines = [{"id": n, **line} for n in (1, 2, 3)]
    return _order(
        line_items=lines, shipping_total="0.00", shipping_tax="0.00", total_tax="4.79", total=total, fee_lines=[]
    )


def test_lost_fractions_of_cents_are_a_fee_of_their_own() -> None:
    order = _thirds("30.00")
    assert balance.problem(order) is None
    assert [(fee.kind, fee.amount) for fee in order.fees] == [("rounding", Decimal("0.01"))]


def test_more_than_rounding_can_explain_stays_a_difference() -> None:
    # Five shown amounts: at most two and a half cents.
    assert balance.problem(_thirds("30.01")) is None
    assert balance.problem(_thirds("30.02")) is not None
    assert balance.problem(_thirds("29.96")) is not None


@pytest.mark.parametrize("quantity", [2, "2", "2.0", "2.000"])
def test_whole_quantities_in_any_clothes(quantity: object) -> None:
    line = {**_document()["line_items"][0], "quantity": quantity}
    assert _order(line_items=[line]).lines[0].quantity == 2


def test_a_line_without_units_keeps_its_money() -> None:
    line, other = _document()["line_items"]
    order = _order(line_items=[{**line, "quantity": 0}, other])
    assert [kept.id for kept in order.lines] == [str(other["id"])]
    assert ("line_without_units", Decimal(line["total"])) in [(fee.kind, fee.amount) for fee in order.fees]
    assert balance.problem(order) is None


def test_a_line_listed_twice_counts_once() -> None:
    line, other = _document()["line_items"]
    assert _order(line_items=[line, line, other]).lines == _order(line_items=[line, other]).lines


def test_the_code_of_a_gift_card_is_not_kept() -> None:
    order = cases.Case("woocommerce", "order_created_fees")
    assert "HP7-GIFT" in order.event()["body"]
    assert "HP7-GIFT" not in order.golden.read_text()


class _Shop(BaseAdapter):
    """Orders in the order of their modification; between two calls somebody modifies the first one that was read."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.modified = {n: 10 * n for n in range(count)}  # order -> seconds after 14:00
        self.clock = 10 * count

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        query = replay.request_of(request)["query"]
        after = datetime.fromisoformat(query["modified_after"]).replace(tzinfo=UTC)
        known = sorted((at, n) for n, at in self.modified.items() if _at(at) > after)
        start, size = (int(query["page"]) - 1) * int(query["per_page"]), int(query["per_page"])
        shown = [{"id": n + 1, "date_modified_gmt": _at(at).strftime("%Y-%m-%dT%H:%M:%S")} for at, n in known]
        self.clock += 10
        self.modified[known[0][1]] = self.clock
        return replay.response(request, {"status": 200, "body": json.dumps(shown[start : start + size])})

    def close(self) -> None:
        """Nothing is open."""


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(1791208800 + seconds, UTC)


def test_a_poll_misses_nothing_while_orders_change() -> None:
    """With offsets alone each change in what was already read would push one order over the edge of its page."""
    platform = cases.connect("woocommerce")
    replay.mount(platform, _Shop(175))
    found, cursor = set(), Cursor(_at(0))
    for _ in range(20):
        page = platform.orders_since(cursor)
        found |= {item.order_id for item in page.items if isinstance(item, Hint)}
        if page.next is None:
            break
        cursor = page.next
    assert found == {str(n) for n in range(1, 176)}
    assert page.next is None, "the poll came to an end"


def test_plain_http_signs_and_never_sends_the_secret() -> None:
    given = cases.connect("woocommerce")
    plain = given.store.model_copy(update={"url": "http://hafen.example.com:8080"})
    platform = WooCommerce(plain, given.credentials, Http(plain.url, "woocommerce", plain.id))
    adapter = replay.Replay([{"response": {"status": 404, "body": {"code": "woocommerce_rest_shop_order_invalid_id"}}}])
    replay.mount(platform, adapter)
    assert platform.fetch("5") is None
    sent = adapter.sent[0]["headers"]["Authorization"]
    assert sent.startswith('OAuth oauth_consumer_key="ck_demo"')
    assert "cs_demo" not in json.dumps(adapter.sent)


@pytest.mark.parametrize(
    ("refund", "made_of"),
    [
        ({}, {}),
        ({"line_items": [_gone("-10.00", "-1.90")]}, {"lines": "10", "tax": "1.9", "amount_without_lines": "0.1"}),
        (
            {"line_items": [_gone("-5.00", "-0.95")], "shipping_lines": [{"total": "-5.00", "total_tax": "-0.95"}]},
            {"lines": "5", "shipping": "5", "tax": "1.9", "amount_without_lines": "0.1"},
        ),
        ({"fee_lines": [{"total": "-12.00"}]}, {"fees": "12"}),
        ({"line_items": [_gone("-15.00", "0")]}, {"lines": "15", "amount_without_lines": "-3"}),
    ],
)
def test_a_refund_says_what_was_typed_beside_its_lines(refund: dict[str, Any], made_of: dict[str, str]) -> None:
    [found] = _order(refunds=[{"id": 10, "amount": "12.00"} | refund], total="100.00").refunds
    assert {entry.kind: str(entry.amount) for entry in found.made_of} == made_of
    assert list(balance.refund_problems(_order(refunds=[{"id": 10, "amount": "12.00"} | refund]))) == []
