"""1,000 sales of one SKU in ten seconds, over five shops: few calls tell the shops, and the first sale is told at once.

Naive is a push to every shop for every sale. Bells ring here every 50 ms, which is more often than the stream rings
them, so that the worker's own restraint is what is measured.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.server import Answer, Request
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from orderbridge.patience import until_written
from tests.concurrency.crowd import publish, tell
from tests.lambdas import Lambdas
from tests.laws import assert_agreed, assert_conserved
from tests.orders import ordered
from tests.world import World

MUG = "HP-MUG-01"
SALES, SECONDS, SHOPS = 1000, 10.0, 5
SHARE = 0.02  # of the naive pushes


class Counter:
    """When a shop was told a quantity of the one SKU that it offers, and how often it was asked."""

    def __init__(self, shop: Shop) -> None:
        self.pushes, self.reads = list[float](), 0
        answer = shop.api

        def api(request: Request) -> Answer:
            if b"inventorySetQuantities(" in request.body or b'"update": [{' in request.body:
                self.pushes.append(time.monotonic())
            elif b"nodes(ids" in request.body or "/products" in request.path:
                self.reads += 1
            return answer(request)

        setattr(shop, "api", api)  # noqa: B010 - a method of the class, replaced in this one shop


@pytest.fixture
def shops(world: World) -> Iterator[list[Shop]]:
    made: list[Shop] = [
        *(ShopifyShop(f"shopify-{n}", PRODUCTS[:1], locations=("HAM",), seed=n) for n in range(3)),
        *(WooShop(f"woo-{n}", PRODUCTS[:1], seed=n) for n in range(2)),
    ]
    for shop in made:
        world.connect(shop)
        if isinstance(shop, ShopifyShop):
            shop.graphql.bucket = Bucket(10**6, 10**6)  # here is not where it throttles
    world.stock({MUG: 5 * SALES})
    world.settle()
    for shop in made:
        shop.webhook_faults.held = True  # the orders are written straight into the table
    yield made
    for shop in made:
        shop.webhooks.resume()


def sell(world: World, shop: Shop, start: float) -> None:
    for n in range(SALES // SHOPS):
        time.sleep(max(0.0, start + n * SECONDS * SHOPS / SALES - time.monotonic()))
        order = shop.sell(MUG)
        until_written(lambda order=order: ordered(world.bridge.orders, shop.name, order, {MUG: 1}), order)  # type: ignore[misc]


def test_a_sku_that_sells_fast_is_told_seldom(world: World, lambdas: Lambdas, shops: list[Shop]) -> None:
    counters, closed = [Counter(shop) for shop in shops], threading.Event()
    with ThreadPoolExecutor(16) as pool:
        running = [pool.submit(publish, world, closed)]
        running += [pool.submit(tell, world, lambdas, shop.name, closed) for shop in shops]
        time.sleep(4)  # until the functions are warm, and the listings have rested
        start = time.monotonic()
        for sales in [pool.submit(sell, world, shop, start) for shop in shops]:
            sales.result()
        lasted = time.monotonic() - start
        deadline = time.monotonic() + 30
        while (world.todos() or world.bridge.stock.level(MUG).dirty) and time.monotonic() < deadline:
            time.sleep(0.2)
        closed.set()
        for one in running:
            one.result()
    pushes, reads = sum(len(c.pushes) for c in counters), sum(c.reads for c in counters)
    first = max(min(c.pushes) for c in counters) - start
    print(
        f"{SALES} sales in {lasted:.1f} s over {SHOPS} shops: {pushes} pushes, {100 * pushes / SALES / SHOPS:.2f} % of "
        f"the naive {SALES * SHOPS}, and {reads} reads; every shop was told after {first:.2f} s for the first time"
    )
    assert pushes <= SHARE * SALES * SHOPS
    assert first < SECONDS / 2, "the first sale does not wait for the last"
    assert_conserved(world)
    assert_agreed(world)
