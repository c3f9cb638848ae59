"""What happens to an order of a demo shop after its sale, as the bridge's platform modules read it over HTTP."""

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from local.shops.demo import demo_shops
from local.shops.sales import ShopRefuses
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import orders
from orderbridge.model import OrderStatus, Part, PaymentStatus, ReturnStatus
from orderbridge.platforms.base import Hint
from tests.local.listener import Listener
from tests.local.test_shops_with_adapters import Pair

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
MUG, BAG, PEN = "HP-MUG-01", "HP-BAG-02", "HP-PEN-02"


@pytest.fixture
def us() -> Iterator[Pair]:
    with ExitStack() as ends:
        shop = ends.enter_context(demo_shops()["shopify-us"])
        yield Pair(shop, ends.enter_context(Listener()))


@pytest.fixture
def eu() -> Iterator[Pair]:
    with ExitStack() as ends:
        shop = ends.enter_context(demo_shops()["woo-eu"])
        yield Pair(shop, ends.enter_context(Listener()))


def shopify(pair: Pair) -> ShopifyShop:
    assert isinstance(pair.shop, ShopifyShop)
    return pair.shop


def told(pair: Pair, topic: str) -> list[object]:
    """What the module makes of the webhooks of one topic."""
    spec = pair.platform.INBOUND
    assert spec
    header = spec.topic_header
    return [item for r in pair.deliveries() if r.headers[header] == topic for item in pair.parsed(r)]


def test_a_hold_names_only_its_fulfilment_order(us: Pair) -> None:
    order = us.shop.sell(MUG)
    us.shop.hold(order, "high_risk_of_fraud")
    assert us.fetched(order).on_hold
    (hint,) = told(us, "fulfillment_orders/placed_on_hold")
    assert isinstance(hint, Hint)
    assert (hint.order_id, us.platform.order_of(hint.part)) == ("", order)
    with pytest.raises(ShopRefuses, match="on hold"):
        us.shop.fulfil(order)
    us.shop.release(order)
    assert not us.fetched(order).on_hold
    assert len(told(us, "fulfillment_orders/hold_released")) == 1
    assert us.platform.order_of("gid://shopify/FulfillmentOrder/404404") is None


def test_parcels_arrive_one_by_one(us: Pair) -> None:
    order = us.shop.sell(MUG, 2)
    first = us.shop.fulfil(order, MUG, 1)
    us.shop.fulfil(order)
    us.shop.deliver(order, first)
    assert [parcel.delivered for parcel in us.fetched(order).shipments] == [True, False]
    assert told(us, "fulfillments/update") == [Hint(order)]
    assert us.fetched(order) in told(us, "orders/updated")  # which of them came last, nobody promises


def test_a_return_has_its_own_life(us: Pair) -> None:
    shop = shopify(us)
    order = shop.sell(MUG, 3)
    with pytest.raises(ShopRefuses, match="only units that were shipped"):
        shop.request_return(order, MUG)
    shop.fulfil(order, MUG, 2)
    first = shop.request_return(order, MUG, 1, "Wrong colour")
    (asked,) = us.fetched(order).returns
    line = us.fetched(order).lines[0].id
    assert (asked.id, asked.status, asked.reason) == (first, ReturnStatus.REQUESTED, "wrong colour")
    assert asked.lines == (Part(line_id=line, quantity=1),)
    shop.decline_return(order, first)
    second = shop.open_return(order, MUG, 2)
    shop.close_return(order, second)
    declined, closed = us.fetched(order).returns
    assert (declined.status, closed.status) == (ReturnStatus.DECLINED, ReturnStatus.CLOSED)
    assert us.fetched(order).lines[0].wanted == 3, "a return changes no hold"
    topics = ("returns/request", "returns/decline", "returns/approve", "returns/close")
    assert [told(us, topic) for topic in topics] == [[Hint(order)]] * 4
    assert us.platform.order_of(f"gid://shopify/Return/{second}") == order
    with pytest.raises(ShopRefuses, match="only units that were shipped"):
        shop.open_return(order, MUG)


def test_an_exchange_adds_a_line_that_costs_nothing(us: Pair) -> None:
    order = us.shop.sell(MUG)
    us.shop.fulfil(order)
    us.shop.exchange(order, MUG, 1, PEN)
    found = us.fetched(order)
    assert (found.returns[0].replacements, found.lines[1].sku) == ((found.lines[1].id,), PEN)
    assert (found.lines[1].subtotal, found.lines[1].wanted) == (found.lines[1].discount, 1)
    assert (found.status, list(orders.doubts(found))) == (OrderStatus.OPEN, [])


def test_restocks_are_facts_of_their_own_on_both_platforms(us: Pair, eu: Pair) -> None:
    for pair in (us, eu):
        seconds = itertools.count()
        pair.shop.now = lambda seconds=seconds: NOON + timedelta(seconds=next(seconds))  # type: ignore[misc]
        order = pair.shop.sell_basket({MUG: 3, BAG: 1})
        pair.shop.refund(order, MUG, 1)  # not shipped yet: called off
        pair.shop.fulfil(order)
        pair.shop.refund(order, MUG, 1)
        pair.shop.refund(order, MUG, 1, restock=False)
        found = pair.fetched(order)
        mug = next(line for line in found.lines if line.sku == MUG)
        assert (len(found.refunds), mug.wanted, mug.shipped) == (3, 2, 2)
        assert sum(restock.quantity for restock in found.restocks) == 2
        assert {restock.line_id for restock in found.restocks} == {mug.id}
        assert len({restock.id for restock in found.restocks}) == len(found.restocks)
        assert found.paid is not None
        assert sum(refund.amount for refund in found.refunds) < found.paid
        assert list(orders.doubts(found)) == []


def test_a_discount_after_the_sale_is_owed_to_the_buyer(us: Pair) -> None:
    order = us.shop.sell(MUG, 2)
    before = us.fetched(order)
    us.shop.rediscount(order, MUG, Decimal(5))
    after = us.fetched(order)
    assert (after.paid, after.payment) == (before.total, PaymentStatus.PAID)
    assert after.total < before.total
    assert told(us, "orders/edited") == [Hint(order)]


def test_what_was_done_is_opened_again(us: Pair, eu: Pair) -> None:
    for pair in (us, eu):
        order = pair.shop.sell(MUG)
        pair.shop.fulfil(order)
        assert pair.fetched(order).status is OrderStatus.COMPLETED
        pair.shop.reopen(order)
        assert pair.fetched(order).status is OrderStatus.OPEN
        with pytest.raises(ShopRefuses):
            pair.shop.reopen(pair.shop.sell(PEN))


def test_woocommerce_holds_by_its_status_and_knows_no_parcels(eu: Pair) -> None:
    assert isinstance(eu.shop, WooShop)
    order = eu.shop.sell(MUG)
    eu.shop.hold(order)
    held = eu.fetched(order)
    assert (held.on_hold, held.payment) == (True, PaymentStatus.PAID)
    eu.shop.release(order)
    assert not eu.fetched(order).on_hold
    for refused in (eu.shop.deliver, lambda o: eu.shop.exchange(o, MUG, 1, PEN), lambda o: eu.shop.open_return(o, MUG)):
        with pytest.raises(ShopRefuses, match="WooCommerce knows no"):
            refused(order)
    eu.shop.trash(order)
    assert eu.fetched(order).status is OrderStatus.DELETED
    eu.shop.restore(order)
    assert eu.fetched(order).status is OrderStatus.OPEN
