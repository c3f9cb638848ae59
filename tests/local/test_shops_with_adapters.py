"""The demo shops against the bridge's own platform modules: they must understand each other over HTTP only."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from local.shops.buyers import BUYERS
from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.demo import demo_shops
from local.shops.faults import Fault
from local.shops.server import Request
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import balance, platforms, signatures
from orderbridge.errors import AuthFailed, RateLimited, TemporaryFailure
from orderbridge.http import Http
from orderbridge.model import Listing, Order, OrderStatus, PaymentStatus, Store
from orderbridge.platforms.base import Cursor, Delivery, Hint, Look, Platform, Seen
from orderbridge.platforms.listings import Outcome, StockRow
from tests.local.listener import Listener

NAMES = ("shopify-us", "woo-eu", "shopify-jp")


class Pair:
    """A running demo shop, the bridge's platform for it, and a listener for its webhooks."""

    def __init__(self, shop: Shop, listener: Listener) -> None:
        self.shop, self.listener = shop, listener
        shop.subscribe(listener.url)
        listener.requests.clear()
        kind = platforms.load(shop.platform)
        self.store = Store(
            id=shop.name,
            platform=shop.platform,
            url=shop.url,
            currency=shop.currency,
            locations=dict.fromkeys(shop.locations, ()),
            connected_at=datetime(2020, 1, 1, tzinfo=UTC),
        )
        http = Http(shop.url, shop.platform, shop.name)
        self.platform: Platform = kind(self.store, kind.Credentials(**shop.credentials), http)

    def deliveries(self) -> list[Request]:
        assert self.shop.webhooks.idle(10)
        return self.listener.requests

    def parsed(self, request: Request) -> Sequence[Order | Hint | Seen | Look]:
        spec = self.platform.INBOUND
        assert spec
        given = next(request.headers[name] for name in spec.signature_headers if name in request.headers)
        key = self.platform.signing_key(self.shop.webhook_secret)
        assert signatures.verify(spec.scheme, [key], request.body, given)
        topic = request.headers[spec.topic_header]
        return self.platform.parse(Delivery(self.shop.name, self.shop.platform, topic, request.body, datetime.now(UTC)))

    def fetched(self, order: str) -> Order:
        found = self.platform.fetch(order)
        assert found is not None
        assert balance.problem(found) is None
        return found

    def listing(self, sku: str) -> Listing:
        known = self.shop.listing(sku)
        variant = str(known.variant_id) if known.variant_id else ""
        return Listing(
            store=self.shop.name, sku=sku, product_id=str(known.product_id), variant_id=variant,
            item_id=str(known.item_id),
        )  # fmt: skip

    def push(self, *rows: StockRow, push_id: str = "push-1") -> list[Outcome]:
        calls = self.platform.stock_calls(rows, push_id)
        return [result.outcome for call in calls for result in self.platform.push_stock(call).values()]


@pytest.fixture(params=NAMES)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with ExitStack() as ends:
        shop = ends.enter_context(demo_shops()[request.param])
        yield Pair(shop, ends.enter_context(Listener()))


TWO_SKUS = {"HP-MUG-01": 2, "HP-BAG-02": 1}

STEPS: dict[str, Callable[[Shop], str]] = {
    "sold": lambda shop: shop.sell("HP-MUG-01", 2),
    "unpaid": lambda shop: shop.sell_basket({"HP-MUG-01": 1}, paid=False),
    "discounted": lambda shop: shop.sell_basket({"HP-MUG-01": 3, "HP-BAG-02": 1, "HP-PEN-02": 7}, discount=Decimal(7)),
    "test order": lambda shop: shop.sell_basket({"HP-MUG-01": 1}, test=True),
    "guest": lambda shop: shop.sell_basket({"HP-MUG-01": 1}, buyer=BUYERS[-1]),
    "blank sku": lambda shop: shop.sell("HP-CLOCK-01"),
    "kit": lambda shop: shop.sell("HP-KIT-TEA"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_webhook_and_a_fetch_tell_the_same_order(pair: Pair, step: str) -> None:
    order = STEPS[step](pair.shop)
    fetched = pair.fetched(order)
    parsed = [found for request in pair.deliveries() for found in pair.parsed(request)]
    assert len(parsed) >= 2
    assert all(found == fetched for found in parsed)
    assert fetched.total == pair.shop.sale(order).total


def test_every_buyer_arrives_as_written(pair: Pair) -> None:
    for buyer in BUYERS:
        order = pair.fetched(pair.shop.sell_basket({"HP-PEN-02": 1}, buyer=buyer))
        assert order.ship_to is not None
        assert (order.ship_to.name, order.ship_to.lines) == (buyer.name, buyer.lines)
        assert (order.ship_to.city, order.ship_to.country) == (buyer.city, buyer.country)


def test_the_life_of_an_order(pair: Pair) -> None:
    shop = pair.shop
    order = shop.sell_basket(TWO_SKUS, paid=False)
    assert pair.fetched(order).payment is PaymentStatus.UNPAID
    shop.pay(order)
    assert pair.fetched(order).payment is PaymentStatus.PAID
    shop.edit(order, "HP-MUG-01", 1)
    shop.edit(order, "HP-PEN-02", 4)
    edited = pair.fetched(order)
    assert [line.wanted for line in edited.lines] == [1, 1, 4]
    assert edited.total == shop.sale(order).total
    shop.refund(order, "HP-PEN-02", 1)
    refunded = pair.fetched(order)
    assert [line.wanted for line in refunded.lines] == [1, 1, 3]
    assert refunded.payment is PaymentStatus.PARTLY_REFUNDED
    assert refunded.refunds[0].amount == shop.sale(order).paid_back > 0
    shop.fulfil(order)
    assert pair.fetched(order).status is OrderStatus.COMPLETED
    assert {type(found) for request in pair.deliveries() for found in pair.parsed(request)} == {Order, Hint}


def test_a_cancelled_order_wants_nothing_and_its_units_are_on_sale_again(pair: Pair) -> None:
    before = pair.shop.quantities()
    order = pair.shop.sell_basket(TWO_SKUS)
    assert pair.shop.quantities() != before
    pair.shop.cancel(order)
    cancelled = pair.fetched(order)
    assert cancelled.status is OrderStatus.CANCELLED
    assert [line.wanted for line in cancelled.lines] == [0, 0]
    assert pair.shop.quantities() == before


def test_a_deleted_order_is_hinted_and_then_gone(pair: Pair) -> None:
    order = pair.shop.sell("HP-MUG-01")
    pair.deliveries()
    pair.listener.requests.clear()
    pair.shop.delete(order)
    hints = [found for request in pair.deliveries() for found in pair.parsed(request)]
    assert [hint for hint in hints if isinstance(hint, Hint)] == hints
    assert {hint.order_id for hint in hints if isinstance(hint, Hint)} == {order}
    assert pair.platform.fetch(order) is None


def test_a_poll_finds_every_order_once_over_several_pages(pair: Pair) -> None:
    start = datetime.now(UTC).replace(microsecond=0)
    seconds = iter(range(10_000))
    pair.shop.now = lambda: start + timedelta(seconds=next(seconds))
    pair.shop.allow_oversell = True
    sold = {pair.shop.sell("HP-PEN-02") for _ in range(120)}
    cursor: Cursor | None = Cursor(start)
    found: list[str] = []
    while cursor:
        page = pair.platform.orders_since(cursor)
        found += [order.order_id if isinstance(order, Hint) else order.id for order in page.items]
        cursor = page.next
    assert set(found) == sold
    assert pair.platform.orders_since(Cursor(start + timedelta(days=1))).items == []


def test_stock_is_written_and_read_back(pair: Pair) -> None:
    skus = ["HP-MUG-01", "HP-BAG-01", "HP-BAG-02", "HP-KIT-TEA"]
    place = pair.shop.locations[0]
    rows = [StockRow(pair.listing(sku), place, n) for n, sku in enumerate(skus)]
    assert set(pair.push(*rows)) == {Outcome.ACCEPTED}
    shown = pair.platform.read_listings([row.listing for row in rows])
    assert [shown[row.key].quantity for row in rows] == [0, 1, 2, 3]
    assert [pair.shop.quantities()[sku][place] for sku in skus] == [0, 1, 2, 3]


def test_an_unknown_listing_hurts_no_other_for_ever(pair: Pair) -> None:
    place = pair.shop.locations[0]
    good, gone = pair.listing("HP-MUG-01"), pair.listing("HP-BOWL-01").model_copy(update={"item_id": "1"})
    rows = [StockRow(good, place, 7), StockRow(gone, place, 7)]
    (call,) = pair.platform.stock_calls(rows, "push-1")
    results = pair.platform.push_stock(call)
    assert results[rows[1].key].outcome is Outcome.REJECTED
    # Shopify applies nothing when one row is bad, WooCommerce all the others.
    expected = Outcome.RETRY if pair.platform.COMPARE_AND_SET else Outcome.ACCEPTED
    assert results[rows[0].key].outcome is expected
    assert (pair.shop.quantities()["HP-MUG-01"][place] == 7) is (expected is Outcome.ACCEPTED)
    assert rows[1].key not in pair.platform.read_listings([good, gone])


def test_the_same_push_again_changes_nothing_that_was_sold_in_between() -> None:
    with demo_shops()["shopify-us"] as shop, Listener() as listener:
        pair = Pair(shop, listener)
        row = StockRow(pair.listing("HP-MUG-01"), shop.locations[0], 5, expected=40)
        (call,) = pair.platform.stock_calls([row], "push-1")
        assert [r.outcome for r in pair.platform.push_stock(call).values()] == [Outcome.ACCEPTED]
        shop.sell("HP-MUG-01", 2)
        assert [r.outcome for r in pair.platform.push_stock(call).values()] == [Outcome.ACCEPTED]
        assert shop.quantities()["HP-MUG-01"][shop.locations[0]] == 3


def test_a_sale_that_the_bridge_has_not_seen_makes_its_push_stale() -> None:
    with demo_shops()["shopify-us"] as shop, Listener() as listener:
        pair = Pair(shop, listener)
        shop.sell("HP-MUG-01")
        row = StockRow(pair.listing("HP-MUG-01"), shop.locations[0], 5, expected=40)
        other = StockRow(pair.listing("HP-BOWL-01"), shop.locations[0], 5)
        assert pair.push(row, other) == [Outcome.STALE, Outcome.RETRY]
        assert shop.quantities()["HP-BOWL-01"][shop.locations[0]] == 25
        assert pair.push(row, other) == [Outcome.RETRY, Outcome.RETRY]  # the key of a refused call is used up


def test_the_catalogue_lists_every_offer_once(pair: Pair) -> None:
    token, offers = "", []
    while True:
        page = pair.platform.list_products(token)
        offers += page.offers
        if not (token := page.token):
            break
    assert len(offers) == len({offer.item_id for offer in offers}) == len(pair.shop.listings)
    assert {o.sku for o in offers} == {x.sku for x in pair.shop.listings}


def test_a_healthy_store_has_no_problems(pair: Pair) -> None:
    assert pair.platform.check() == []


def test_missing_rights_and_a_wrong_currency_are_named(pair: Pair) -> None:
    if isinstance(pair.shop, ShopifyShop):
        pair.shop.scopes.discard("write_inventory")
    elif isinstance(pair.shop, WooShop):
        pair.shop.rest.permissions = "read"
    pair.shop.currency = "EUR" if pair.shop.currency != "EUR" else "USD"
    assert pair.platform.check() != []


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault.THROTTLED, RateLimited),
        (Fault.UNAVAILABLE, TemporaryFailure),
        (Fault.BROKEN, TemporaryFailure),
        (Fault.UNREACHED, TemporaryFailure),
        (Fault.LOST, TemporaryFailure),
        (Fault.REVOKED, AuthFailed),
    ],
)
def test_a_fault_of_the_shop_is_the_error_that_says_what_to_do(pair: Pair, fault: Fault, error: type) -> None:
    place = pair.shop.locations[0]
    row = StockRow(pair.listing("HP-MUG-01"), place, 7)
    pair.shop.api_faults.script.append(fault)
    with pytest.raises(error):
        pair.push(row)
    assert (pair.shop.quantities()["HP-MUG-01"][place] == 7) is (fault is Fault.LOST)
    assert pair.push(row) == [Outcome.ACCEPTED]
    assert pair.shop.quantities()["HP-MUG-01"][place] == 7


def test_accepted_but_not_applied_shows_only_in_a_read(pair: Pair) -> None:
    place = pair.shop.locations[0]
    row = StockRow(pair.listing("HP-MUG-01"), place, 7)
    pair.shop.api_faults.script.append(Fault.IGNORED)
    assert pair.push(row) == [Outcome.ACCEPTED]
    assert pair.platform.read_listings([row.listing])[row.key].quantity != 7


def test_a_buyer_in_another_currency() -> None:
    with demo_shops()["shopify-us"] as shop, Listener() as listener:
        pair = Pair(shop, listener)
        order = pair.fetched(shop.sell_basket({"HP-MUG-01": 1}, presentment=("EUR", Decimal("0.92"))))
        assert order.currency == "USD"
        assert order.buyer_total is not None
        assert (order.buyer_total.currency, order.buyer_total.amount) == ("EUR", Decimal("24.12"))
        shop.refund(order.id, quantity=1)
        [refund] = pair.fetched(order.id).refunds
        assert refund.buyer_amount is not None
        assert sum(part.amount for part in refund.buyer_made_of) == refund.buyer_amount.amount > 0


def test_the_whole_assortment_can_be_sold(pair: Pair) -> None:
    pair.shop.allow_oversell = True
    order = pair.fetched(pair.shop.sell_basket({x.product.sku: 3 for x in pair.shop.listings}))
    assert len(order.lines) == len(pair.shop.listings) <= len(PRODUCTS) + len(KIT_PRODUCTS)
    assert json.loads(order.model_dump_json())["currency"] == pair.shop.currency
