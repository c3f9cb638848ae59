"""A shop's own number moved and we do not know why: what it is offered meanwhile, and how it comes right."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.polling import poll
from orderbridge.pushing import Served
from tests.laws import assert_all_true, orders
from tests.world import World

MUG = "HP-MUG-01"
LATER = timedelta(minutes=11)  # longer than an order may be missing


FIRST: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("first", PRODUCTS[:1], locations=("HAM",)),
    "two locations": lambda: ShopifyShop("first", PRODUCTS[:1], locations=("HAM", "SZX")),
    "woocommerce": lambda: WooShop("first", PRODUCTS[:1]),
}
Shops = tuple[Shop, Shop]
only_shopify = pytest.mark.parametrize("shops", ["shopify"], indirect=True)


@pytest.fixture(params=FIRST)
def shops(world: World, request: pytest.FixtureRequest) -> Shops:
    """The shop in question, and another one that sells the same mugs."""
    first, other = FIRST[request.param](), ShopifyShop("other", PRODUCTS[:1], locations=("HAM",), currency="JPY")
    world.connect(first)
    world.connect(other)
    world.stock({MUG: 10})
    world.settle()
    return first, other


def lower_by_hand(shop: Shop, units: int) -> None:
    """A person corrects the number in the shop's own screens."""
    with shop.lock:
        place = next(iter(shop.listing(MUG).quantities))
        shop.listing(MUG).quantities[place] -= units


def push_after_a_sale_elsewhere(world: World, other: Shop) -> Served:
    """Sell one unit in the other shop and push once; what that did to the first shop."""
    other.sell(MUG)
    assert other.webhooks.idle()
    world.process()
    world.publish()
    return next(run for run in world.push() if run.store == "first")


@only_shopify
def test_a_sale_is_found_by_a_push_and_its_order_by_the_poll(world: World, shops: Shops) -> None:
    first, other = shops
    first.webhook_faults.held = True
    order = first.sell(MUG, 2)
    assert push_after_a_sale_elsewhere(world, other).stale == 1, "the compare-and-set did not notice the sale"
    assert world.shown(MUG) == {"first": 7, "other": 9}, "9 are to be sold, 2 of them were sold unseen"
    (polled,) = [done for done in world.process() if done.order == order]
    assert polled.outcome == "applied"
    world.publish()
    world.push()
    assert world.shown(MUG) == {"first": 7, "other": 7}
    assert_all_true(world)
    first.webhooks.resume()
    world.arrive()
    assert {done.outcome for done in world.process()} <= {"repeat", "stale"}
    assert len(orders(world)) == 2
    world.settle()
    assert_all_true(world)


def test_a_late_webhook_puts_it_right(world: World, shops: Shops) -> None:
    first, other = shops
    first.webhook_faults.held = True
    first.sell(MUG, 2)
    push_after_a_sale_elsewhere(world, other)
    first.webhooks.resume()
    world.settle()
    assert world.shown(MUG) == {"first": 7, "other": 7}
    assert_all_true(world)


@only_shopify
def test_what_was_no_sale_is_drift_after_ten_minutes(world: World, shops: Shops) -> None:
    first, other = shops
    lower_by_hand(first, 4)
    push_after_a_sale_elsewhere(world, other)
    assert world.shown(MUG) == {"first": 5, "other": 9}, "9 are to be sold, 4 seem to be sold unseen"
    assert world.push(timedelta(minutes=9))[0].drift == 0
    assert world.shown(MUG) == {"first": 5, "other": 9}
    assert world.push(LATER)[0].drift == 1
    assert world.shown(MUG) == {"first": 9, "other": 9}
    assert_all_true(world)


@pytest.mark.parametrize("restock", [True, False])
def test_a_cancelled_order_gives_its_units_back_whatever_the_shop_does(
    world: World, shops: Shops, restock: bool
) -> None:
    first, _ = shops
    order = first.sell(MUG, 4)
    world.settle()
    assert world.shown(MUG) == {"first": 6, "other": 6}
    first.cancel(order, restock=restock)
    world.settle()
    assert world.shown(MUG) == {"first": 10, "other": 10}
    assert world.bridge.stock.open_holds(MUG) == []
    assert_all_true(world)


def test_a_returned_unit_comes_back_only_through_the_erp(world: World, shops: Shops) -> None:
    first, _ = shops
    order = first.sell(MUG, 4)
    first.fulfil(order)
    world.settle()
    first.refund(order, MUG, 4, restock=True)
    world.settle()
    assert world.shown(MUG) == {"first": 6, "other": 6}, "the shop had put 4 on sale again that nobody has counted"
    assert_all_true(world)


@only_shopify
def test_a_search_in_haste_passes_on_only_what_is_news(world: World, shops: Shops) -> None:
    first, other = shops
    first.sell(MUG)
    world.arrive()
    world.process()
    first.webhook_faults.held = True
    unheard = first.sell(MUG, 2)
    assert push_after_a_sale_elsewhere(world, other).stale == 1
    assert {done.order for done in world.process()} == {unheard}
    first.sell(MUG)
    assert push_after_a_sale_elsewhere(world, other).stale == 1
    assert world.process() == [], "a second search within ten seconds"
    assert poll(world.bridge, "first", datetime.now(UTC) - timedelta(hours=1), 1) == 1, "that sale"
    assert world.process()[0].outcome == "applied"
    assert poll(world.bridge, "first", datetime.now(UTC) - timedelta(hours=1), 1) == 0
