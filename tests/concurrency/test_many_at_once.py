"""Real concurrency: processes race for the same order, the same unit, the same store."""

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from orderbridge.operations.skus import explain
from tests.concurrency.crowd import WORKERS, Crowd, all_at_once, crowd, refused
from tests.lambdas import Lambdas
from tests.laws import assert_all_true, orders
from tests.world import World

MUG = "HP-MUG-01"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def shops(world: World) -> list[Shop]:
    """Three shops that offer the same mugs."""
    made: list[Shop] = [
        ShopifyShop("shopify-us", PRODUCTS[:2], locations=("HAM",)),
        ShopifyShop("shopify-jp", PRODUCTS[:2], locations=("HAM",), currency="JPY"),
        WooShop("woo-eu", PRODUCTS[:2]),
    ]
    for shop in made:
        world.connect(shop)
        if isinstance(shop, ShopifyShop):
            shop.graphql.bucket = Bucket(10**6, 10**6)  # many calls at once, and here is not where it throttles
    world.settle()
    return made


@pytest.fixture
def workers(world: World, lambdas: Lambdas, shops: list[Shop]) -> Iterator[Crowd]:
    with crowd(world, lambdas) as ready:
        yield ready


def test_64_identical_deliveries_are_one_order_and_one_hold(world: World, workers: Crowd, shops: list[Shop]) -> None:
    world.stock({MUG: 10})
    world.settle()
    us = shops[0]
    us.webhook_faults.drop = 1
    order = us.sell(MUG, 2)
    delivery = us.webhooks.attempts[-1]
    url = us.subscriptions[0].url
    with ThreadPoolExecutor(16) as pool:
        posts = [
            pool.submit(requests.post, url, delivery.body, headers=delivery.headers, timeout=10) for _ in range(64)
        ]
    assert {post.result().status_code for post in posts} == {200}
    seen = workers.drain()
    print(f"64 deliveries by {WORKERS} workers: {dict(seen)}")
    assert refused(seen) > 0, "nobody raced: the test showed nothing"
    (stored,) = orders(world)
    assert (stored.order.id, stored.revision, stored.holds) == (order, 1, {(MUG, "*"): 2})
    (hold,) = world.bridge.stock.open_holds(MUG)
    assert hold["quantity"] == 2
    level = world.bridge.stock.level(MUG)
    assert (level.wanted, level.sold) == ({"*": 2}, {"shopify-us": 2})
    told = [row for row in world.bridge.orders.rows("shopify-us", order) if row["sk"].startswith("DELIVERY#")]
    assert [row["outcome"] for row in told] == ["applied"]
    world.settle()
    assert_all_true(world)


def test_three_shops_sell_the_last_unit_at_once(world: World, workers: Crowd, shops: list[Shop]) -> None:
    world.stock({MUG: 1})
    world.settle()
    assert world.shown(MUG) == {"shopify-us": 1, "shopify-jp": 1, "woo-eu": 1}
    for seconds, shop in enumerate(shops):
        shop.now = lambda at=NOON + timedelta(seconds=seconds): at  # type: ignore[misc]
    start = threading.Barrier(len(shops))

    def buy(shop: Shop) -> str:
        start.wait(timeout=30)
        return shop.sell(MUG)

    with ThreadPoolExecutor(len(shops)) as pool:
        first, *later = pool.map(buy, shops)
    world.arrive()
    seen = workers.drain()
    print(f"the last unit sold three times, {WORKERS} workers: {dict(seen)}")
    assert refused(seen) > 0, "nobody raced: the test showed nothing"
    assert {stored.order.id: stored.holds for stored in orders(world)} == {
        id: {(MUG, "*"): 1} for id in (first, *later)
    }
    found = explain(world.bridge, MUG)
    assert found.oversold == 2
    assert {hold.order: hold.missing for hold in found.holds[MUG]} == {first: 0, **dict.fromkeys(later, 1)}
    world.settle()
    assert world.shown(MUG) == {"shopify-us": 0, "shopify-jp": 0, "woo-eu": 0}
    assert_all_true(world)


def test_many_states_of_one_order_at_once_end_in_the_newest(world: World, workers: Crowd, shops: list[Shop]) -> None:
    world.stock({MUG: 100})
    world.settle()
    us, seconds = shops[0], itertools.count()
    us.now = lambda: NOON + timedelta(seconds=next(seconds) // 4)  # some states share their second
    order = us.sell(MUG, 1)
    for quantity in [*range(2, 20), 5, 8]:
        us.edit(order, MUG, quantity)
    world.arrive()
    seen = workers.drain()
    print(f"21 states of one order, {WORKERS} workers: {dict(seen)}")
    assert seen["done again"] > 0, "nobody had to try again: the test showed nothing"
    (stored,) = orders(world)
    assert stored.order == world.bridge.shop("shopify-us").fetch(order)
    assert stored.holds == {(MUG, "*"): 8}
    world.settle()
    assert_all_true(world)


def test_bells_of_one_store_at_once_are_one_worker(world: World, lambdas: Lambdas, shops: list[Shop]) -> None:
    world.stock({MUG: 5})
    world.settle()
    us = shops[0]
    us.calls.clear()
    world.stock({MUG: 3})
    world.publish()
    replies = all_at_once(world, lambdas, "update_store", [{"Records": [{"body": "store#shopify-us"}]}] * WORKERS)
    seen = Counter(refusal for reply in replies for refusal in reply.refused)
    print(f"{WORKERS} bells at once: {dict(seen)}")
    assert refused(seen) > 0, "nobody raced: the test showed nothing"
    writes = [call for call in us.calls if b"inventorySetQuantities(input" in call.request.body]
    assert len(writes) == 1
    world.settle()
    assert_all_true(world)
