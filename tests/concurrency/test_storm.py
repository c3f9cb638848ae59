"""Everything at once: buyers in three shops, parcels, late and doubled webhooks, many workers. Then the laws hold."""

import itertools
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest

from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.sales import ShopRefuses
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import InvalidInput
from tests.concurrency.crowd import WORKERS, Crowd, crowd, publish, refused, tell
from tests.lambdas import Lambdas
from tests.laws import assert_all_true, levels, orders
from tests.world import World

POT, MUG, KIT = "HP-TEA-01", "HP-MUG-01", "HP-KIT-TEA"
OFFERED = (*(p for p in PRODUCTS if p.sku in (MUG, POT, "HP-BOWL-01")), *(p for p in KIT_PRODUCTS if p.sku == KIT))
SECONDS, BUYERS = 3.0, 2
SOON = timedelta(minutes=2)  # what waits for an order is looked at again; nothing of this is old enough to be drift


@pytest.fixture
def shops(world: World) -> list[Shop]:
    Ledger(world.bridge).add_location("HAM")
    world.kit(KIT, {POT: 1, MUG: 2})
    made: list[Shop] = [
        ShopifyShop("shopify-us", OFFERED, locations=("HAM",)),
        ShopifyShop("shopify-jp", OFFERED, locations=("HAM",), currency="JPY", seed=2),
        WooShop("woo-eu", OFFERED, seed=3),
    ]
    for shop in made:
        world.connect(shop)
        shop.webhook_faults.duplicate, shop.webhook_faults.delay = 0.3, (0.0, 0.4)
        if isinstance(shop, ShopifyShop):
            shop.graphql.bucket = Bucket(10**6, 10**6)  # many calls at once, and here is not where it throttles
    world.stock({product.sku: 30 for product in OFFERED if product.sku != KIT})
    world.settle()
    return made


@pytest.fixture
def workers(world: World, lambdas: Lambdas, shops: list[Shop]) -> Iterator[Crowd]:
    with crowd(world, lambdas) as ready:
        yield ready


def buy(shop: Shop, seed: int, end: threading.Event) -> None:
    """A buyer of whim: orders, changes, cancels, returns."""
    chance, bought = random.Random(seed), list[str]()
    while not end.wait(chance.uniform(0, 0.2)):
        with suppress(ShopRefuses):  # sold out, or too late to cancel: buyers live with it
            sku = chance.choice(OFFERED).sku
            match chance.choice(["buy", "buy", "buy", "edit", "cancel", "refund"]) if bought else "buy":
                case "buy":
                    bought.append(shop.sell(sku, chance.randint(1, 2)))
                case "edit":
                    shop.edit(chance.choice(bought), sku, chance.randint(0, 2))
                case "cancel":
                    shop.cancel(chance.choice(bought), restock=chance.random() < 0.5)
                case "refund":
                    shop.refund(chance.choice(bought))


def pack(world: World, end: threading.Event) -> None:
    """The warehouse ships what is open, one unit after the other, and now and then receives one."""
    chance, ledger, lines = random.Random(7), Ledger(world.bridge), itertools.count()
    while not end.wait(0.05):
        sku = chance.choice([MUG, POT])
        holds = world.bridge.stock.open_holds(sku)
        if chance.random() < 0.3 or not holds:
            ledger.receive(sku, "HAM", 1, f"receipt-{next(lines)}")
            continue
        hold = chance.choice(holds)
        with suppress(InvalidInput):  # cancelled a moment ago: it stays here
            ledger.ship(hold["store"], hold["order"], sku, "HAM", 1, f"parcel-{next(lines)}")


def test_a_storm_of_buyers_ends_with_all_sides_in_agreement(
    world: World, lambdas: Lambdas, shops: list[Shop], workers: Crowd
) -> None:
    closed, end = threading.Event(), threading.Event()
    with ThreadPoolExecutor(32) as pool:
        running = [pool.submit(buy, shop, n, closed) for n, shop in enumerate(shops * BUYERS)]
        running += [pool.submit(pack, world, closed)]
        running += [pool.submit(tell, world, lambdas, store, end) for store in world.shops]
        running += [pool.submit(publish, world, end)]
        processed = pool.submit(workers.work_until, end)
        time.sleep(SECONDS)
        closed.set()
        world.arrive()
        end.set()
        for future in running:
            future.result()
        seen = processed.result()
    world.settle(SOON)
    shipped = sum(sum(level.shipped.values()) for level in levels(world))
    assert shipped > 0
    print(f"{len(orders(world))} orders, {shipped} units shipped in {SECONDS:.0f} s, {WORKERS} workers: {dict(seen)}")
    assert refused(seen) > 0, "nobody raced: the test showed nothing"
    assert_all_true(world)
