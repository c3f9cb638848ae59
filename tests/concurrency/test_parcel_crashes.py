"""update_store dies before and after every call by which it tells a parcel: the shop has it once, and we know it."""

import itertools
from collections import Counter

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from orderbridge.erps.ledger import Ledger
from orderbridge.operations import orders
from orderbridge.tables.control import counterparty
from tests.lambdas import Died, Lambdas
from tests.world import World

MUG = "HP-MUG-01"
OFFERED = [product for product in PRODUCTS if product.sku == MUG]


@pytest.fixture(params=["shopify", "woocommerce"])
def shop(request: pytest.FixtureRequest, world: World) -> Shop:
    us = ShopifyShop("shopify-us", OFFERED, locations=("HAM",))
    us.graphql.bucket = Bucket(10**6, 10**6)
    made: Shop = us if request.param == "shopify" else WooShop("woo-eu", OFFERED)
    world.bridge.control.add_location("HAM")
    world.stock({MUG: 1000})
    world.connect(made)
    world.settle()
    return made


def left(world: World, shop: Shop) -> str:
    """An order that is here, of which everything has left."""
    order = shop.sell(MUG, 2)
    world.settle()
    Ledger(world.bridge).ship(shop.name, order, MUG, "HAM", 2, f"P-{order}", way=("DHL", f"00{order}", ""))
    return order


def test_update_store_tells_each_parcel_once(world: World, lambdas: Lambdas, shop: Shop) -> None:
    env, sold, again = world.aws.env_of("update_store"), list[str](), 0
    for after in (False, True):
        for number in itertools.count(1):
            sold.append(left(world, shop))
            with lambdas.start("update_store", env, number, after=after, reads=False) as sandbox:
                try:
                    whole = sandbox.call({"Records": [{"body": counterparty(shop.name)}]}).calls
                except Died:
                    whole = []
            there = _told(shop, sold[-1])
            world.recover()
            world.arrive()
            world.process()
            assert _told(shop, sold[-1]) == 1, f"call {number}"
            again += not whole and there
            if whole:
                break
    print(f"{shop.platform} died {len(sold) - 2} times, {again} of them with the parcel in the shop; {Counter(whole)}")
    assert again >= 2, "no crash came between the call and the record: nothing was shown"
    for order in sold:
        view = orders.show(world.bridge, shop.name, order)
        assert [event.what for event in view.timeline].count("told") >= 1
        assert view.order.status == "completed"
        if isinstance(shop, ShopifyShop):
            assert [parcel.tracking for parcel in view.order.shipments] == [(f"00{order}",)]


def _told(shop: Shop, order: str) -> int:
    sale = shop.sale(order)
    return len(sale.parcels) if isinstance(shop, ShopifyShop) else len(sale.notes)
