"""A shop that fails, refuses, forgets or lies: nothing is sent twice as two things, nothing else waits for it."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from orderbridge.operations import stores
from orderbridge.pushing import Served
from orderbridge.tables.control import counterparty
from tests.laws import assert_all_true
from tests.world import World

MUG, BOWL, BAGS = "HP-MUG-01", "HP-BOWL-01", ("HP-BAG-01", "HP-BAG-02")
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, BOWL, *BAGS)]
SOON = timedelta(seconds=20)  # longer than any wait after a failure that names none

SHOPS: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("shop", OFFERED, locations=("HAM",)),
    "woocommerce": lambda: WooShop("shop", OFFERED),
}
only_shopify = pytest.mark.parametrize("shop", ["shopify"], indirect=True)
only_woocommerce = pytest.mark.parametrize("shop", ["woocommerce"], indirect=True)


@pytest.fixture(params=SHOPS)
def shop(world: World, request: pytest.FixtureRequest) -> Shop:
    """Shows 10 of everything."""
    made = SHOPS[request.param]()
    world.connect(made)
    world.stock({product.sku: 10 for product in OFFERED})
    world.settle()
    made.calls.clear()
    return made


def change_and_push(world: World, *skus: str) -> Served:
    """Three units less of these; one run of the store's worker."""
    world.stock(dict.fromkeys(skus or [MUG], -3))
    world.publish()
    return world.push()[0]


def stock_calls(shop: Shop) -> list[str]:
    """Bodies of the stock writes that came in."""
    bodies = [call.request.body.decode() for call in shop.calls]
    return [body for body in bodies if "inventorySetQuantities(input" in body or '"stock_quantity"' in body]


def test_accepted_and_not_applied_is_seen_by_the_read_and_written_anew(world: World, shop: Shop) -> None:
    shop.api_faults.script.append(Fault.IGNORED)
    served = change_and_push(world)
    assert served.verified == 1
    first, second = stock_calls(shop)
    if shop.platform == "shopify":
        assert json.loads(first)["variables"]["key"] != json.loads(second)["variables"]["key"]
    assert world.shown(MUG) == {"shop": 7}
    assert_all_true(world)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.BROKEN, Fault.UNREACHED, Fault.LOST])
def test_without_an_answer_the_same_bytes_go_out_again_later(world: World, shop: Shop, fault: Fault) -> None:
    shop.api_faults.script.extend([fault] * 3)
    served = change_and_push(world)
    assert served.outcome != "done"
    assert len(world.bridge.control.open_pushes("shop")) == 1
    assert world.push()[0].outcome == "waits for the platform"
    assert len(shop.calls) == 3, "after two more tries the shop is left alone for a while"
    assert [todo.retry_at for todo in world.todos()] == [None], "waiting is the store's, it spends no attempt"
    world.push(SOON)
    assert len(stock_calls(shop)) == 4
    assert len(set(stock_calls(shop))) == 1
    assert world.shown(MUG) == {"shop": 7}
    assert_all_true(world)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.UNREACHED, Fault.LOST])
def test_a_single_failure_is_over_in_the_same_run(world: World, shop: Shop, fault: Fault) -> None:
    shop.api_faults.script.append(fault)
    assert change_and_push(world).outcome == "done"
    first, second = stock_calls(shop)
    assert first == second
    assert_all_true(world)


def test_a_sale_between_a_lost_answer_and_the_repeat_is_not_undone(world: World, shop: Shop) -> None:
    shop.api_faults.script.extend([Fault.LOST] * 3)
    change_and_push(world)
    shop.sell(MUG, 2)
    world.settle(SOON)
    assert world.shown(MUG) == {"shop": 5}
    assert_all_true(world)


@only_shopify
def test_one_stale_row_does_not_hold_the_others_back(world: World, shop: Shop) -> None:
    shop.webhook_faults.held = True
    shop.sell(MUG, 2)  # which we do not know of: the row is stale, and Shopify writes no row of the call
    world.stock({MUG: -3, BOWL: -3})
    world.publish()
    served = world.push()[0]
    assert served.stale == 1
    writes = [json.loads(body)["variables"]["input"]["quantities"] for body in stock_calls(shop)]
    assert [len(rows) for rows in writes] == [2, 1, 1]
    assert writes[1][0]["quantity"] == 7, "the bowl goes out again at once"
    assert world.shown(BOWL) == {"shop": 7}
    shop.webhooks.resume()
    world.settle(SOON)
    assert_all_true(world)


def test_a_short_wait_is_slept_out(world: World, shop: Shop) -> None:
    shop.api_faults.script.append(Fault.THROTTLED)
    assert change_and_push(world).outcome == "done"
    first, second = stock_calls(shop)
    assert first == second
    assert_all_true(world)


@only_shopify
def test_a_long_wait_is_written_down_and_left_to_the_sweep(world: World, shop: ShopifyShop) -> None:
    shop.graphql.bucket = Bucket(maximum=1000, restore_rate=1)
    shop.graphql.bucket.available = 1
    assert change_and_push(world).outcome == "the platform asks to slow down"
    waiting = world.bridge.control.waiting_until(counterparty("shop"))
    assert waiting is not None
    assert world.push()[0].outcome == "waits for the platform"
    assert len(shop.calls) == 1
    shop.graphql.bucket = Bucket()
    assert "store#shop" in world.sweep(timedelta(minutes=1)).rung
    world.push(timedelta(minutes=1))
    first, second = stock_calls(shop)
    assert first == second
    assert_all_true(world)


def test_refused_credentials_pause_the_store_and_resuming_catches_up(world: World, shop: Shop) -> None:
    shop.api_faults.shares = {Fault.REVOKED: 1.0}
    served = change_and_push(world)
    paused = world.bridge.control.store("shop").paused
    assert "refuses our credentials" in paused
    assert served.outcome == f"paused: {paused}"
    calls = len(shop.calls)
    shop.sell(MUG)
    world.arrive()
    assert {done.outcome for done in world.process()} <= {"applied", "repeat"}, "orders still come in"
    world.publish()
    assert world.push(SOON)[0].outcome == "paused"
    assert world.sweep().rung == []
    assert len(shop.calls) == calls, "nobody knocks at a closed door"
    shop.api_faults.shares = {}
    stores.resume(world.bridge, "shop")
    world.settle(SOON)
    assert world.shown(MUG) == {"shop": 6}
    assert_all_true(world)


def test_a_delivery_that_needed_the_refused_keys_is_looked_at_after_the_resume(world: World, shop: Shop) -> None:
    order = shop.sell(MUG, 2)
    world.settle()
    shop.api_faults.shares = {Fault.REVOKED: 1.0}
    shop.refund(order, MUG, 1)  # names its order only, or lacks the units: it must be fetched
    world.arrive()
    assert [done.outcome for done in world.process() if done.quarantined]
    shop.api_faults.shares = {}
    assert stores.resume(world.bridge, "shop") >= 1
    world.settle(SOON)
    stored = world.bridge.orders.load("shop", order)
    assert stored is not None
    assert stored.holds == {(MUG, "*"): 1}
    assert list(world.bridge.control.quarantined()) == []


def remove_from_sale(shop: Shop, *skus: str) -> None:
    with shop.lock:
        shop.listings = [x for x in shop.listings if x.product.sku not in skus]


def assert_only_rejected(world: World, *skus: str) -> None:
    """The bad rows lie in quarantine with the platform's words; the others show what they should."""
    rejected = {row["sku"]: row for row in world.bridge.control.quarantined()}
    assert rejected.keys() == set(skus)
    for sku, row in rejected.items():
        (shelved,) = world.bridge.stock.listings(sku)
        assert shelved.shelf.state == "rejected"
        assert shelved.shelf.trouble == row["reason"] != ""
        assert row["error"] == "Rejected"
    for product in OFFERED:
        if product.sku not in skus:
            assert world.shown(product.sku) == {"shop": 7}
    assert world.todos() == []
    assert world.bridge.control.open_pushes("shop") == []


def test_a_product_that_is_gone_does_not_stop_the_others(world: World, shop: Shop) -> None:
    remove_from_sale(shop, MUG)
    served = change_and_push(world, MUG, BOWL, *BAGS)
    assert served.rejected == 1
    assert_only_rejected(world, MUG)


@only_shopify
def test_a_product_that_is_not_stocked_there_does_not_stop_the_others(world: World, shop: ShopifyShop) -> None:
    with shop.lock:
        shop.listing(BOWL).quantities.clear()
    change_and_push(world, MUG, BOWL, *BAGS)
    assert_only_rejected(world, BOWL)
    (row,) = world.bridge.control.quarantined()
    assert "ITEM_NOT_STOCKED_AT_LOCATION" in row["reason"], "the platform's own words"


@only_woocommerce
def test_a_call_that_is_refused_as_a_whole_is_halved_until_each_row_stands_alone(world: World, shop: Shop) -> None:
    remove_from_sale(shop, *BAGS)  # variations are written below their product, and its address is gone with it
    change_and_push(world, MUG, BOWL, *BAGS)
    assert_only_rejected(world, *BAGS)


def test_a_rejected_row_is_tried_again_when_its_level_changes(world: World, shop: Shop) -> None:
    listing = shop.listing(MUG)
    remove_from_sale(shop, MUG)
    change_and_push(world, MUG)
    assert [shelved.shelf.state for shelved in world.bridge.stock.listings(MUG)] == ["rejected"]
    with shop.lock:
        shop.listings.append(listing)
    change_and_push(world, MUG)
    assert world.shown(MUG) == {"shop": 4}
    world.sweep()
    assert list(world.bridge.control.quarantined()) == []
    assert_all_true(world)
