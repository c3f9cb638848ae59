"""What is left unmapped, what it may be, and what waits for it: shown, and never done by itself."""

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.operations import listings, rules, suggestions
from orderbridge.operations.suggestions import Left
from tests.world import World

MUG, NAVY, PINE, CLOCK = "HP-MUG-01", "HP-BAG-02", "HP-BAG-03", "HP-CLOCK-01"
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, NAVY, PINE, CLOCK)]


@pytest.fixture
def eu(world: World) -> WooShop:
    """A shop in which everything is mapped: what it calls our SKUs is what we call them."""
    made = WooShop("woo-eu", OFFERED)
    world.connect(made)
    return made


@pytest.fixture
def us(world: World, eu: WooShop) -> ShopifyShop:
    """One without the SKUs of two things, and with a word of its own for the third."""
    made = ShopifyShop("shop", OFFERED, locations=("HAM",), blank_skus=frozenset({NAVY, CLOCK}))
    world.connect(made)
    made.listing(MUG).sku, made.listing(MUG).variant_id = "STONEWARE-SEA", 99
    return made


def left_of(world: World, **how: bool) -> dict[str, Left]:
    return {left.name: left for left in suggestions.listed(world.bridge, "shop", **how)}


def test_each_thing_that_is_left_with_what_it_may_be(world: World, us: ShopifyShop) -> None:
    found = left_of(world)
    assert found.keys() == {"Stoneware mug, sea", "Canvas tote - navy", "Tide clock"}
    navy, mug = found["Canvas tote - navy"], found["Stoneware mug, sea"]
    assert (navy.problem, navy.offered, navy.orders) == ("it has no SKU", True, 0)
    assert (mug.problem, mug.sku) == ("there is no such SKU", "STONEWARE-SEA")
    first, second = navy.suggestions[:2]
    assert (first.sku, first.why) == (NAVY, ("the same barcode", "100 % of the name: Canvas tote - navy"))
    assert (second.sku, second.why[-2:]) == (PINE, ("but another barcode", "but not navy"))
    assert (first.score, second.score < 40) == (98, True)
    listing = us.listing(NAVY)
    assert navy.reference == f"{listing.product_id}#{listing.variant_id}"
    listings.map_one(world.bridge, "shop", str(listing.product_id), str(listing.variant_id), NAVY)
    assert "Canvas tote - navy" not in left_of(world)


def test_nothing_is_mapped_by_being_suggested(world: World, us: ShopifyShop) -> None:
    before = world.bridge.control.all_mapped("shop")
    assert max(left.suggestions[0].score for left in left_of(world).values()) == 98
    world.sweep()
    listings.import_all(world.bridge, "shop")
    assert world.bridge.control.all_mapped("shop") == before


def test_how_many_waiting_orders_each_would_free(world: World, us: ShopifyShop) -> None:
    world.stock({NAVY: 9, CLOCK: 9, PINE: 9})
    world.settle()
    for basket in ({NAVY: 1}, {NAVY: 2, PINE: 1}, {NAVY: 1, CLOCK: 1}, {CLOCK: 1}, {PINE: 1}):
        us.sell_basket(basket)
    world.settle()
    found = suggestions.listed(world.bridge, "shop")
    assert [(left.name, left.orders, left.frees) for left in found] == [
        ("Canvas tote - navy", 3, 2),
        ("Tide clock", 2, 1),
        ("Stoneware mug, sea", 0, 0),
    ]
    assert left_of(world, catalogue=False).keys() == {"Canvas tote, navy - navy", "Tide clock"}, "as its orders say"
    clock = us.listing(CLOCK)
    listings.map_one(world.bridge, "shop", str(clock.product_id), str(clock.variant_id), CLOCK)
    world.settle()
    assert left_of(world)["Canvas tote - navy"].frees == 3, "the one that waited for both waits for one"


def test_what_the_shop_offers_no_more_is_known_from_its_orders(world: World, us: ShopifyShop) -> None:
    us.sell(MUG, 1)
    world.settle()
    us.listings.remove(us.listing(MUG))
    mug = left_of(world)["Stoneware mug, sea"]
    assert (mug.offered, mug.sku, mug.orders, mug.frees) == (False, "STONEWARE-SEA", 1, 1)
    assert mug.suggestions[0].sku == MUG
    rules.read(world.bridge, "shop", f"shop_sku,sku\nSTONEWARE-SEA,{MUG}\n".encode())
    assert "Stoneware mug, sea" not in left_of(world), "its order is on its way"


def test_what_could_be_two_says_so(world: World, us: ShopifyShop) -> None:
    rules.change(world.bridge, "shop", {"ignore_case": True})
    for sku in ("stoneware-pot", "STONEWARE-POT"):
        world.bridge.stock.table.write(world.bridge.stock.change_level(sku, {}))
    us.listing(MUG).sku = "Stoneware-Pot"
    assert left_of(world)["Stoneware mug, sea"].problem == "it could be STONEWARE-POT or stoneware-pot"


def test_a_store_where_all_is_mapped(world: World, eu: WooShop) -> None:
    assert suggestions.listed(world.bridge, "woo-eu") == []
