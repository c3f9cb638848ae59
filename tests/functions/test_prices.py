"""Prices from a record to the shops: told, seen there, put right, held; and stock goes first."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.server import Answer, Request
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.errors import InvalidInput
from orderbridge.operations import prices, products, quarantine
from orderbridge.tables.control import PRICE, TURN, counterparty
from orderbridge.tables.held import DISCARDED, RELEASED
from orderbridge.tags import ACCEPTED, VERIFIED
from tests.lambdas import Died, Lambdas, Sandbox
from tests.laws import assert_all_true
from tests.world import AFTER_A_CRASH, World

MUG, TEA = "HP-MUG-01", "HP-TEA-01"
BAGS = ("HP-BAG-01", "HP-BAG-02", "HP-BAG-03")
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, TEA, *BAGS)]
DAY = timedelta(days=1)


@pytest.fixture
def us(world: World) -> ShopifyShop:
    made = ShopifyShop("us", OFFERED, locations=("HAM",))
    world.connect(made)
    products.tell(world.bridge, "us", {"prices": True})
    world.stock({MUG: 10, TEA: 10})
    world.settle()
    return made


@pytest.fixture
def eu(world: World) -> WooShop:
    made = WooShop("eu", OFFERED)
    world.connect(made)
    products.tell(world.bridge, "eu", {"prices": True})
    world.settle()
    return made


def say(world: World, sku: str, currency: str, price: str, **more: object) -> None:
    prices.say(world.bridge, {"sku": sku, "currency": currency, "price": price, **more})


def told(world: World, sku: str = MUG) -> dict[str, prices.InStore]:
    return {one.store: one for one in prices.explain(world.bridge, sku).stores}


def costs(shop: ShopifyShop | WooShop, sku: str = MUG) -> list[object]:
    """What buyers pay, and what stands crossed out beside it."""
    return [shop.listing(sku).price, shop.listing(sku).compare_at]


def writes(shop: ShopifyShop | WooShop) -> int:
    """Calls that wrote a price."""
    return sum(b"price" in call.request.body.lower() and call.request.method == "POST" for call in shop.calls
               if b"BulkUpdate" in call.request.body or b"regular_price" in call.request.body)  # fmt: skip


def during_the_next_call(shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    answer = shop.api

    def api(request: Request) -> Answer:
        monkeypatch.undo()
        act()
        return answer(request)

    monkeypatch.setattr(shop, "api", api)


def test_a_price_reaches_every_shop_of_its_currency_and_is_seen_there(
    world: World, us: ShopifyShop, eu: WooShop
) -> None:
    say(world, MUG, "USD", "19.50", compare_at="24")
    say(world, MUG, "EUR", "17.20")
    world.settle()
    assert costs(us) == [Decimal("19.5"), Decimal(24)]
    assert costs(eu) == [Decimal("17.2"), None]
    assert {one.state for one in told(world).values()} == {VERIFIED}
    assert eu.listing(TEA).price == Decimal("72.00"), "nothing was said of it"
    us.calls.clear()
    say(world, MUG, "EUR", "17.30")
    world.settle()
    assert writes(us) == 0, "the dollar price is as it was"
    assert_all_true(world)


def test_many_prices_and_variants_go_in_one_call(world: World, us: ShopifyShop, eu: WooShop) -> None:
    us.calls.clear()
    eu.calls.clear()
    for sku in (MUG, TEA, *BAGS):
        for currency in ("USD", "EUR"):
            say(world, sku, currency, "25" if sku in BAGS else "70" if sku == TEA else "18.10")
    world.settle()
    assert [us.listing(sku).price for sku in BAGS] == [Decimal(25)] * 3
    assert [eu.listing(sku).price for sku in BAGS] == [Decimal(25)] * 3
    assert (writes(us), writes(eu)) == (1, 2), "products, and the variations of one"


def test_a_price_for_the_store_counts_before_the_one_for_its_currency(
    world: World, us: ShopifyShop, eu: WooShop
) -> None:
    say(world, MUG, "USD", "19")
    say(world, MUG, "USD", "21", store="us")
    world.settle()
    assert us.listing(MUG).price == 21
    assert prices.forget(world.bridge, MUG, "USD", "us")
    world.settle()
    assert us.listing(MUG).price == 19


def test_what_the_shop_shows_already_is_not_written(world: World, us: ShopifyShop) -> None:
    us.calls.clear()
    say(world, MUG, "USD", "18.00")
    world.settle()
    assert writes(us) == 0
    assert told(world)["us"].state == VERIFIED


def test_a_store_that_is_told_no_prices_keeps_its_own(world: World, us: ShopifyShop) -> None:
    products.tell(world.bridge, "us", {"prices": False})
    world.settle()
    us.calls.clear()
    say(world, MUG, "USD", "17")
    world.settle()
    assert not us.calls
    products.tell(world.bridge, "us", {"prices": True})
    world.settle()
    assert us.listing(MUG).price == 17


def test_a_sale_begins_and_ends_by_itself(world: World, us: ShopifyShop, eu: WooShop) -> None:
    now = datetime.now(UTC)
    sale = {"sale_from": (now + DAY).isoformat(), "sale_until": (now + 3 * DAY).isoformat()}
    say(world, MUG, "USD", "18", sale="12", **sale)
    say(world, MUG, "EUR", "16.90", sale="11.50", **sale)
    world.publish()
    world.push()
    assert [todo.kind for todo in world.todos()] == [TURN, TURN]
    assert world.sweep().todos == world.sweep().oldest_todo_seconds == 0, "of a day to come"
    calls = len(us.calls)
    world.push(DAY - timedelta(hours=1))
    assert (len(us.calls), costs(us)) == (calls, [18, None]), "nobody polls"
    world.push(DAY + timedelta(minutes=1))
    assert costs(us) == [12, 18]
    assert costs(eu) == [Decimal("11.5"), Decimal("16.9")]
    world.push(3 * DAY + timedelta(minutes=1))
    assert costs(us) == [18, None]
    assert costs(eu) == [Decimal("16.9"), None]
    assert world.todos() == []


def test_a_sale_that_is_called_off_never_begins(world: World, us: ShopifyShop) -> None:
    now = datetime.now(UTC)
    say(world, MUG, "USD", "18", sale="12", sale_from=(now + DAY).isoformat())
    world.publish()
    world.push()
    say(world, MUG, "USD", "18.50")
    world.publish()
    world.push()
    world.push(DAY + timedelta(minutes=1))
    assert costs(us) == [Decimal("18.5"), None]
    assert world.todos() == []


def test_dates_that_somebody_set_in_the_shop_are_cleared(world: World, eu: WooShop) -> None:
    listing = eu.listing(MUG)
    listing.compare_at, listing.price = Decimal("16.90"), Decimal(12)
    listing.sale_dates = ("2026-01-01T00:00:00", "2031-01-01T00:00:00")
    say(world, MUG, "EUR", "16.90")
    world.settle()
    assert costs(eu) == [Decimal("16.9"), None]
    assert listing.sale_dates == ("", "")


@pytest.mark.parametrize(
    ("price", "reason"),
    [("0", "cost nothing"), ("8.90", "more than 50 %"), ("180", "more than 50 %"), ("27.01", "more than 50 %")],
)
def test_a_price_that_jumps_is_held_and_the_others_are_told(
    world: World, us: ShopifyShop, price: str, reason: str
) -> None:
    say(world, MUG, "USD", price)
    say(world, TEA, "USD", "80")
    world.settle()
    assert [us.listing(sku).price for sku in (MUG, TEA)] == [18, 80]
    (held,) = prices.held(world.bridge)
    assert (held.sku, held.store, held.before) == (MUG, "us", "18.00 USD")
    assert reason in held.reason
    assert world.sweep().held_prices == 1
    prices.decide(world.bridge, [MUG], RELEASED, "Ada", "a new supplier")
    world.settle()
    assert us.listing(MUG).price == Decimal(price)
    assert prices.held(world.bridge) == []
    assert world.sweep().held_prices == 0


def test_a_discarded_price_is_not_told_and_the_next_one_is_judged_anew(world: World, us: ShopifyShop) -> None:
    say(world, MUG, "USD", "1.80")
    world.settle()
    prices.decide(world.bridge, [], DISCARDED, "Ada", "a point was missing")
    products.tell(world.bridge, "us", {"prices": True})
    world.settle()
    assert us.listing(MUG).price == 18
    assert prices.held(world.bridge) == []
    say(world, MUG, "USD", "0.18")
    world.settle()
    assert len(prices.held(world.bridge)) == 1
    say(world, MUG, "USD", "18.80")
    world.settle()
    assert us.listing(MUG).price == Decimal("18.8")
    assert prices.held(world.bridge) == []


def test_a_sale_that_takes_too_much_off_is_held_before_it_begins_and_its_end_is_no_jump(
    world: World, us: ShopifyShop
) -> None:
    now = datetime.now(UTC)
    dates = {"sale_from": (now + DAY).isoformat(), "sale_until": (now + 2 * DAY).isoformat()}
    say(world, MUG, "USD", "18", sale="5", **dates)
    world.publish()
    world.push()
    assert len(prices.held(world.bridge)) == 1
    prices.decide(world.bridge, [MUG], RELEASED, "Ada", "clearance")
    world.publish()
    world.push()
    world.push(DAY + timedelta(minutes=1))
    assert costs(us) == [5, 18]
    world.push(2 * DAY + timedelta(minutes=1))
    assert costs(us) == [18, None]
    assert prices.held(world.bridge) == []


def test_the_limit_is_the_merchants(world: World, us: ShopifyShop) -> None:
    prices.set_limit(world.bridge, 5)
    say(world, MUG, "USD", "19")
    world.settle()
    assert us.listing(MUG).price == 18
    assert len(prices.held(world.bridge)) == 1


def test_another_price_in_the_shop_is_drift_and_put_right_when_somebody_looks(world: World, us: ShopifyShop) -> None:
    say(world, MUG, "USD", "19")
    world.settle()
    us.reprice(MUG, "9.99", "30")
    products.tell(world.bridge, "us", {"prices": True})
    world.publish()
    served = world.push()
    assert [one.drift for one in served] == [1]
    assert costs(us) == [19, None]
    seen = told(world)["us"]
    assert seen.drift
    assert (seen.state, seen.trouble) == (VERIFIED, "")


def test_a_write_that_was_not_done_is_not_verified(world: World, us: ShopifyShop) -> None:
    us.api_faults.script.extend(["", Fault.IGNORED])  # the look, then the write
    say(world, MUG, "USD", "19")
    world.publish()
    us.calls.clear()
    world.push()
    assert us.listing(MUG).price == 19, "it is written again after the second look"
    assert told(world)["us"].state == VERIFIED


def test_a_crash_before_and_after_every_write_loses_no_price(world: World, us: ShopifyShop, lambdas: Lambdas) -> None:
    deaths, env, event = 0, world.aws.env_of("update_store"), {"Records": [{"body": counterparty("us")}]}
    for after in (False, True):
        for number in itertools.count(1):
            price = Decimal(19) + (deaths + after) % 7
            say(world, MUG, "USD", str(price))
            world.publish()
            with lambdas.start("update_store", env, number, after=after, reads=False) as sandbox:
                whole = survived(sandbox, event)
            world.recover()
            assert (us.listing(MUG).price, told(world)["us"].state) == (price, VERIFIED)
            assert_all_true(world)
            if whole:
                break
            deaths += 1
    assert deaths >= 10, "it hardly did anything"


def survived(sandbox: Sandbox, event: dict[str, Any]) -> bool:
    try:
        return not sandbox.call(event).failures
    except Died:
        return False


def test_a_lost_answer_sends_the_same_bytes_again(world: World, us: ShopifyShop) -> None:
    us.api_faults.script.extend(["", Fault.LOST, *[Fault.UNREACHED] * 3])
    say(world, MUG, "USD", "19")
    world.publish()
    us.calls.clear()
    world.push()
    assert us.listing(MUG).price == 19
    assert len(world.bridge.control.open_pushes("us")) == 1
    world.push(AFTER_A_CRASH)
    sent = [call.request.body for call in us.calls if b"BulkUpdate" in call.request.body and call.status != 0]
    lost = [call.request.body for call in us.calls if b"BulkUpdate" in call.request.body and call.status == 0]
    assert sent
    assert set(sent) <= set(lost)
    assert told(world)["us"].state == VERIFIED
    assert_all_true(world)


def test_a_refused_price_is_visible_and_the_others_are_told(
    world: World, us: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from local.shops import shopify_goods

    problem = shopify_goods._amounts_problem
    refused = ("price", "INVALID_VALUE", "Price is odd")
    monkeypatch.setattr(
        shopify_goods, "_amounts_problem", lambda row: refused if row.get("price") == "23" else problem(row)
    )
    say(world, BAGS[0], "USD", "23")
    say(world, BAGS[1], "USD", "24")
    say(world, TEA, "USD", "80")
    world.settle()
    assert [us.listing(sku).price for sku in (BAGS[0], BAGS[1], TEA)] == [26, 24, 80]
    (row,) = quarantine.listed(world.bridge)
    assert (row.sku, row.topic, row.reason) == (BAGS[0], PRICE, "Price is odd (INVALID_VALUE)")
    assert world.sweep().rejected == 1
    monkeypatch.undo()
    quarantine.release(world.bridge, row.id)
    world.settle()
    assert us.listing(BAGS[0]).price == 23
    world.sweep()
    assert quarantine.listed(world.bridge) == []


def test_a_listing_that_is_gone_in_the_shop_is_visible(world: World, us: ShopifyShop) -> None:
    us.listings = [listing for listing in us.listings if listing.sku != MUG]
    say(world, MUG, "USD", "19")
    world.publish()
    world.push()
    (row,) = quarantine.listed(world.bridge)
    assert (row.sku, row.reason) == (MUG, "the shop does not show this listing")


def test_a_shop_that_lets_us_write_no_prices_is_told_its_stock(world: World, us: ShopifyShop) -> None:
    us.scopes.remove("write_products")
    with pytest.raises(InvalidInput, match="lacks the scope write_products"):
        products.tell(world.bridge, "us", {"prices": True})
    say(world, MUG, "USD", "19")
    world.stock({MUG: -1})
    world.publish()
    world.push()
    assert (world.shown(MUG), world.bridge.control.store("us").paused) == ({"us": 9}, "")
    (row,) = quarantine.listed(world.bridge)
    assert "Required access: `write_products`" in row.reason
    us.scopes.add("write_products")
    quarantine.release(world.bridge, row.id)
    world.settle(timedelta(minutes=20))
    assert us.listing(MUG).price == 19
    assert quarantine.listed(world.bridge) == []


def test_a_lost_record_of_the_stream_costs_a_minute(world: World, us: ShopifyShop) -> None:
    say(world, MUG, "USD", "19")
    assert world.sweep().dirty == 1
    world.push()
    assert us.listing(MUG).price == 19
    assert world.sweep().dirty == 0


def test_stock_goes_before_prices(world: World, us: ShopifyShop, monkeypatch: pytest.MonkeyPatch) -> None:
    """What sells out while prices are looked at is told after at most one call of them."""

    def sell_out() -> None:
        world.stock({MUG: -10})
        world.publish()

    for sku, price in {MUG: "19", TEA: "81", BAGS[0]: "25"}.items():
        say(world, sku, "USD", price)
    world.publish()
    us.calls.clear()
    during_the_next_call(us, monkeypatch, sell_out)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("orderbridge.platforms.shopify.goods._PRODUCTS", 1)
        world.push()
    asked = [call.request.body for call in us.calls]
    stock = next(n for n, body in enumerate(asked) if b"inventorySetQuantities" in body)
    priced = [n for n, body in enumerate(asked) if b"BulkUpdate" in body]
    assert [n < stock for n in priced] == [True, False, False]
    assert world.shown(MUG) == {"us": 0}
    assert [us.listing(sku).price for sku in (MUG, TEA, BAGS[0])] == [19, 81, 25]
    assert_all_true(world)


def test_a_platform_that_shows_writes_late_is_looked_at_later(
    world: World, us: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(world.bridge.shop("us")), "WRITES_SETTLE", timedelta(minutes=10))
    say(world, MUG, "USD", "19")
    world.publish()
    us.calls.clear()
    world.push()
    assert (len(us.calls), told(world)["us"].state) == (2, ACCEPTED)
    us.listing(MUG).price = Decimal(18)  # what it would still show
    world.push(timedelta(minutes=5))
    assert (len(us.calls), told(world)["us"].state) == (2, ACCEPTED)
    us.listing(MUG).price = Decimal(19)
    world.push(timedelta(minutes=11))
    assert (len(us.calls), told(world)["us"].state) == (3, VERIFIED)
    assert world.todos() == []


def test_sales_cost_no_request_more(world: World, us: ShopifyShop, lambdas: Lambdas) -> None:
    """With prices told, and a sale to come on the list, a sold unit makes the very calls that it made before."""

    def sale() -> list[str]:
        world.stock({MUG: -1})
        world.publish()
        with lambdas.start("update_store", world.aws.env_of("update_store")) as function:
            calls = function.call({"Records": [{"body": counterparty("us")}]}).calls
        # How often it looks up while it waits for more to tell is a matter of the clock.
        return [call for call, _ in itertools.groupby(calls)]

    before = sale()
    say(world, MUG, "USD", "19", sale="15", sale_from=(datetime.now(UTC) + DAY).isoformat())
    world.publish()
    world.push()
    assert [todo.kind for todo in world.todos()] == [TURN]
    assert sale() == before
