"""A shop tells of every number that changes, our own writes among them. Only a stranger's is looked at, and cheaply."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.tables.control import LOOK
from tests.laws import assert_all_true
from tests.world import World

MUG = "HP-MUG-01"
BOTTLE = next(product.sku for product in PRODUCTS if product.family)  # a variation, where the platform has them
SOON = timedelta(minutes=1)  # the next sweep but one
LATER = timedelta(minutes=12)  # longer than an order may be missing
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, BOTTLE)]
KNOWN, OURS = "ignored: it shows what we know", "ignored: our own write"
every_shop = pytest.mark.parametrize(
    "shop",
    [lambda: ShopifyShop("shop", OFFERED, locations=("HAM",)), lambda: WooShop("shop", OFFERED)],
    ids=["shopify", "woocommerce"],
    indirect=True,
)


@pytest.fixture
def shop(world: World, request: pytest.FixtureRequest) -> Shop:
    """Has told of nothing yet; from now on it tells of everything."""
    made: Shop = request.param()
    world.connect(made)
    world.stock({MUG: 10, BOTTLE: 10})
    world.settle()
    made.watch_stock(world.gateway.url("token-shop"))
    made.calls.clear()
    return made


def heard(world: World) -> list[str]:
    """What became of the events that arrived."""
    world.arrive()
    return [done.outcome for done in world.process()]


def asked(shop: Shop) -> int:
    return len(shop.calls)


@every_shop
@pytest.mark.parametrize("sku", [MUG, BOTTLE])
def test_our_own_write_comes_back_and_starts_nothing(world: World, shop: Shop, sku: str) -> None:
    world.stock({sku: -3})
    world.publish()
    world.push()
    calls = asked(shop)
    assert heard(world) == [KNOWN]
    world.sweep(SOON)
    world.push(SOON)
    assert asked(shop) == calls, "no push, no read, no poll"
    assert_all_true(world)


@every_shop
def test_it_may_come_before_we_have_written_down_that_the_shop_took_it(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    save = world.bridge.stock.save_shelf

    def save_late(*given: object) -> None:
        said.extend(heard(world))
        save(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(world.bridge.stock, "save_shelf", save_late)
    world.stock({MUG: -3})
    world.publish()
    world.push()
    assert said == [OURS]
    assert_all_true(world)


@every_shop
def test_a_sale_is_not_looked_at_a_second_time(world: World, shop: Shop) -> None:
    """The shop tells of the lower number and of the order; the order has the shop read."""
    shop.sell(MUG, 2)
    outcomes = heard(world)
    assert outcomes.count("looked at later: it shows another number") <= 1
    world.publish()
    world.push()
    calls = asked(shop)
    assert heard(world) == []
    world.sweep(SOON)
    world.push(SOON)
    assert asked(shop) == calls
    assert_all_true(world)


def raised(shop: Shop) -> None:
    shop.correct(MUG, 50)


def lowered(shop: Shop) -> None:
    shop.correct(MUG, 4)


@every_shop
@pytest.mark.parametrize("by_hand", [raised, lowered])
def test_a_number_written_by_hand_in_the_shop_is_found_and_put_right(
    world: World, shop: Shop, by_hand: Callable[[Shop], None]
) -> None:
    by_hand(shop)
    assert heard(world) == ["looked at later: it shows another number"]
    assert [todo.kind for todo in world.todos()] == [LOOK]
    assert asked(shop) == 0, "an order may explain it yet"
    world.push(SOON)
    assert asked(shop) > 0
    world.settle(LATER)
    assert world.shown(MUG) == {"shop": 10}
    assert_all_true(world)


@every_shop
def test_a_sale_whose_order_never_comes_is_found_by_its_number(world: World, shop: Shop) -> None:
    orders = shop.subscriptions.copy()
    for subscription in orders:
        subscription.active = shop.STOCK_TOPIC in subscription.topics
    order = shop.sell(MUG, 2)
    assert heard(world) == ["looked at later: it shows another number"]
    world.push(SOON)
    polled = [done.order for done in world.process()]
    assert order in polled, "the read found units missing, and the poll their order"
    world.settle(2 * SOON)
    assert world.shown(MUG) == {"shop": 8}
    assert_all_true(world)


@every_shop
def test_events_of_what_is_not_ours_are_nothing(world: World, shop: Shop) -> None:
    table, item = world.bridge.control.table, str(shop.listing(MUG).item_id)
    table.write(table.delete(f"ITEM#{shop.name}", item))
    shop.correct(MUG, 3)
    assert heard(world) == ["ignored: not one of our listings"]
    assert world.todos() == []
