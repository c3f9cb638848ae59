"""Oversold orders: what is missing and of which lines, the later order first; what comes in heals them by itself."""

import pytest

from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.erps.ledger import Ledger
from orderbridge.operations import shortages
from tests.laws import assert_all_true
from tests.world import World

POT, MUG, KIT = "HP-TEA-01", "HP-MUG-01", "HP-KIT-TEA"
OFFERED = (*(p for p in PRODUCTS if p.sku in (POT, MUG)), *(p for p in KIT_PRODUCTS if p.sku == KIT))
Short = tuple[str, str, int, tuple[str, ...]]


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    """Sells whatever is asked for: five mugs, and pots enough."""
    made = ShopifyShop("shop", OFFERED, locations=("HAM",))
    made.allow_oversell = True
    world.kit("SET", {MUG: 2})
    world.kit(KIT, {"SET": 1, POT: 1})
    world.connect(made)
    ledger = Ledger(world.bridge)
    ledger.add_location("HAM")
    ledger.receive(MUG, "HAM", 5, "opening")
    ledger.receive(POT, "HAM", 9, "opening")
    world.settle()
    return made


def short(world: World) -> list[Short]:
    return [(one.order, one.sku, one.missing, one.lines) for one in shortages.listed(world.bridge)]


def test_the_later_order_is_short_and_a_receipt_heals_it(world: World, shop: ShopifyShop) -> None:
    first = shop.sell(MUG, 3)
    world.settle()
    later = shop.sell_basket({KIT: 2, MUG: 1, POT: 1})
    world.settle()
    assert short(world) == [(later, MUG, 3, (f"2 x {KIT}", f"1 x {MUG}"))]
    assert world.shown(MUG) == {"shop": 0}
    assert_all_true(world)
    ledger = Ledger(world.bridge)
    ledger.receive(MUG, "HAM", 2, "DN-1")
    assert short(world) == [(later, MUG, 1, (f"2 x {KIT}", f"1 x {MUG}"))]
    ledger.ship("shop", first, MUG, "HAM", 3, "P-1")
    assert short(world) == [(later, MUG, 1, (f"2 x {KIT}", f"1 x {MUG}"))], "what left was his"
    ledger.receive(MUG, "HAM", 1, "DN-2")
    assert short(world) == []
    world.settle()
    assert world.shown(MUG) == {"shop": 0}
    assert_all_true(world)


def test_a_cancelled_order_makes_room(world: World, shop: ShopifyShop) -> None:
    first = shop.sell(MUG, 3)
    world.settle()
    shop.sell(MUG, 4)
    world.settle()
    assert [(sku, missing) for _, sku, missing, _ in short(world)] == [(MUG, 2)]
    shop.cancel(first)
    world.settle()
    assert short(world) == []
    assert world.shown(MUG) == {"shop": 1}
