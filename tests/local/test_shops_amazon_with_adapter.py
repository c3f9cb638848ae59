"""The bridge's own Amazon module against the demo shop: what one writes, the other must read."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import pytest

from local.shops.amazon import AmazonShop
from local.shops.catalogue import PRODUCTS
from local.shops.sales import Tax
from orderbridge import platforms
from orderbridge.http import Http
from orderbridge.model import Listing, Part, Store
from orderbridge.platforms.base import Cursor, Parcel
from orderbridge.platforms.listings import Outcome, PriceRow, StockRow
from tests.local.amazon_calls import ARN, Queues, units

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytest.importorskip("orderbridge.platforms.amazon", reason="the bridge has no module for Amazon")
PEN, MUG, LAMP = "HP-PEN-01", "HP-MUG-01", "HP-LAMP-01"


@pytest.fixture(params=["DE", "US", "JP"])
def shop(request: pytest.FixtureRequest) -> Iterator[AmazonShop]:
    tax = Tax("Sales tax", Decimal("0.08"), False) if request.param == "US" else Tax("VAT", Decimal("0.1"), True)
    queues = cast("SQSClient", Queues())
    made = AmazonShop("amazon", PRODUCTS, place=request.param, tax=tax, fba=frozenset({LAMP}), sqs=queues)
    made.settles_after, made.shipping, made.search_lag = timedelta(0), Decimal(5), timedelta(0)
    with made:
        yield made


@pytest.fixture
def bridge(shop: AmazonShop) -> Any:
    """The module, with the shop's own credentials."""
    kind = platforms.load("amazon")
    store = Store(
        id=shop.name,
        platform="amazon",
        url=shop.url,
        currency=shop.currency,
        locations={"": ()},
        connected_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    return kind(store, kind.Credentials.model_validate(shop.credentials), Http(shop.url, "amazon", shop.name))


def _listing(sku: str) -> Listing:
    return Listing(store="amazon", item_id=sku, product_id=sku, sku=sku)


def test_orders_of_every_kind_are_read_and_balance(shop: AmazonShop, bridge: Any) -> None:
    sold = shop.sell_basket({PEN: 2, MUG: 1}, discount=Decimal(3))
    pending, theirs = shop.sell_basket({PEN: 1}, paid=False), shop.sell(LAMP)
    found = {one.id: one for one in bridge.orders_since(Cursor(datetime(2020, 1, 1, tzinfo=UTC))).items}
    assert set(found) == {sold, pending, theirs}
    order = bridge.fetch(sold)
    assert order == found[sold]
    shown = shop.sale(sold)
    assert (order.total, order.currency) == (shown.total, shop.currency)
    assert [line.quantity for line in order.lines] == [2, 1]
    shop.edit(sold, MUG, 0)
    shop.cancel(pending)
    assert bridge.fetch(sold).version >= order.version
    assert bridge.fetch(pending).status != found[pending].status
    assert bridge.fetch("000-0000000-0000000") is None


def test_stock_is_written_and_read(shop: AmazonShop, bridge: Any) -> None:
    rows = [StockRow(_listing(PEN), "", 7), StockRow(_listing(MUG), "", 0)]
    for call in bridge.stock_calls(rows, "push"):
        assert {result.outcome for result in bridge.push_stock(call).values()} == {Outcome.ACCEPTED}
    shown = bridge.read_listings([_listing(PEN), _listing(MUG), _listing("HP-NO")])
    assert {sku: one.quantity for (sku, _), one in shown.items()} == {PEN: 7, MUG: 0}
    assert units(shop, PEN) == 7


def test_what_lies_in_amazons_warehouses_is_not_listed(shop: AmazonShop, bridge: Any) -> None:
    shop.quotas.off = True
    page, offered = bridge.list_products(), set[str]()
    while page.token:
        offered |= {offer.sku for offer in page.offers}
        page = bridge.list_products(page.token)
    offered |= {offer.sku for offer in page.offers}
    assert offered == {product.sku for product in PRODUCTS} - {LAMP}


def test_a_feed_is_written(shop: AmazonShop, bridge: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.platforms.amazon.listings.FEED_FROM", 2)
    shop.feeds_take = timedelta(0)
    rows = [StockRow(_listing(PEN), "", 7), StockRow(_listing(MUG), "", 3)]
    (call,) = bridge.stock_calls(rows, "push")
    assert {result.outcome for result in bridge.push_stock(call).values()} == {Outcome.ACCEPTED}
    assert (units(shop, PEN), units(shop, MUG)) == (7, 3)


def test_a_price_and_a_sale_are_written_and_read(shop: AmazonShop, bridge: Any) -> None:
    row = PriceRow(_listing(PEN), Decimal(40), sale=Decimal(35))
    for call in bridge.price_calls([row], "push"):
        assert {result.outcome for result in bridge.push_prices(call).values()} == {Outcome.ACCEPTED}
    shown = bridge.read_prices([_listing(PEN)])[PEN]
    assert (shown.price, shown.sale) == (40, 35)
    assert shop.listing(PEN).price == 35


def test_a_parcel_is_told_once_however_often_it_is_told(shop: AmazonShop, bridge: Any) -> None:
    number = shop.sell(PEN, 2)
    order = bridge.fetch(number)
    (line,) = order.lines
    parcel = Parcel("p-1", (Part(line_id=line.id, quantity=2),), datetime.now(UTC), "DHL", "HP0001")
    bridge.push_shipment(order, parcel)
    bridge.push_shipment(order, parcel)
    assert [sum(n for _, n in x.lines) for x in shop.sale(number).parcels] == [2]


def test_subscriptions_are_made_seen_and_ended(shop: AmazonShop, bridge: Any) -> None:
    shop.quotas.off = True  # its subscriptions are looked at twice within a second here
    assert bridge.check() == []
    for topic in bridge.wanted_topics(stock=True):
        bridge.subscribe(topic, ARN, "")
    made = bridge.subscriptions()
    assert {one.topic for one in made} == set(bridge.wanted_topics(stock=True))
    assert {one.address for one in made} == {ARN}
    shop.sell(PEN)
    assert shop.webhooks.idle(5)
    told = {bridge.notified(json.loads(attempt.body)).topic for attempt in shop.webhooks.attempts}
    assert told == {"ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"}
    for one in made:
        bridge.unsubscribe(one)
    assert bridge.subscriptions() == []
