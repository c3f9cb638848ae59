"""The main path on one thread: a sale in one shop becomes true stock in all of them."""

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from tests.world import World

MUG = "HP-MUG-01"


def two_shops(world: World) -> tuple[ShopifyShop, ShopifyShop]:
    us = ShopifyShop("shopify-us", PRODUCTS[:5], locations=("HAM",))
    jp = ShopifyShop("shopify-jp", PRODUCTS[:5], locations=("HAM",), currency="JPY", seed=2)
    world.connect(us)
    world.connect(jp)
    world.stock({product.sku: 10 for product in PRODUCTS[:5]})
    world.settle()
    return us, jp


def test_a_sale_reaches_every_shop(world: World) -> None:
    us, jp = two_shops(world)
    assert world.shown(MUG) == {"shopify-us": 10, "shopify-jp": 10}
    us.sell(MUG, 3)
    world.settle()
    assert world.shown(MUG) == {"shopify-us": 7, "shopify-jp": 7}
    jp.sell(MUG, 7)
    world.settle()
    assert world.shown(MUG) == {"shopify-us": 0, "shopify-jp": 0}


def test_a_cancelled_order_gives_its_units_back(world: World) -> None:
    us, _ = two_shops(world)
    order = us.sell(MUG, 4)
    world.settle()
    us.cancel(order)
    world.settle()
    assert world.shown(MUG) == {"shopify-us": 10, "shopify-jp": 10}
    stored = world.bridge.orders.load("shopify-us", order)
    assert stored is not None
    assert stored.holds == {}
