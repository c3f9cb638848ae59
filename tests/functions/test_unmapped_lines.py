"""A line that nobody can place: the order is kept, what is known of it is held, and it goes on once it is mapped, by a
listing, by the store's rules or by its mapping file."""

from collections.abc import Callable

import pytest

from local.erp.erp import DemoErp
from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.operations import rules, suggestions
from orderbridge.operations.listings import map_one
from orderbridge.orders import StoredOrder
from tests.laws import assert_all_true
from tests.world import World

MUG, BOWL = "HP-MUG-01", "HP-BOWL-01"
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, BOWL)]
BLANK = frozenset({BOWL})
SHOPS: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("shop", OFFERED, locations=("HAM",), blank_skus=BLANK),
    "woocommerce": lambda: WooShop("shop", OFFERED, blank_skus=BLANK),
}


@pytest.fixture(params=SHOPS)
def shop(world: World, request: pytest.FixtureRequest) -> Shop:
    """The merchant left the SKU of the bowl blank in this shop."""
    made = SHOPS[request.param]()
    world.connect(made)
    world.stock({MUG: 10, BOWL: 10})
    world.settle()
    return made


def stored(world: World, order: str) -> StoredOrder:
    found = world.bridge.orders.load("shop", order)
    assert found is not None
    return found


def map_the_bowl(world: World, shop: Shop) -> None:
    listing = shop.listing(BOWL)
    variant = str(listing.variant_id) if listing.variant_id else ""
    map_one(world.bridge, "shop", str(listing.product_id), variant, BOWL)


def test_the_order_is_stored_and_waits_while_its_known_lines_are_held(world: World, shop: Shop) -> None:
    order = shop.sell_basket({MUG: 2, BOWL: 1})
    world.settle()
    assert stored(world, order).holds == {(MUG, "*"): 2}
    (reason,) = stored(world, order).waits
    assert reason.startswith("no SKU is mapped for line")
    assert world.shown(MUG) == {"shop": 8}
    assert world.sweep().rechecked == 0, "nothing was mapped yet"
    map_the_bowl(world, shop)
    world.sweep()
    world.settle()
    assert stored(world, order).holds == {(MUG, "*"): 2, (BOWL, "*"): 1}
    assert stored(world, order).waits == ()
    assert world.shown(BOWL) == {"shop": 9}
    assert world.sweep().rechecked == 0, "it waits no more"
    assert_all_true(world)


def test_a_change_of_the_order_before_the_mapping_is_not_lost(world: World, shop: Shop) -> None:
    order = shop.sell_basket({MUG: 1, BOWL: 1})
    world.settle()
    shop.edit(order, BOWL, 3)
    world.settle()
    map_the_bowl(world, shop)
    world.sweep()
    world.sweep()  # a second look is asked for before the first one happened
    world.settle()
    assert stored(world, order).holds == {(MUG, "*"): 1, (BOWL, "*"): 3}
    assert_all_true(world)


def test_a_cancelled_order_waits_for_no_mapping(world: World, shop: Shop) -> None:
    order = shop.sell_basket({BOWL: 1})
    world.settle()
    shop.cancel(order)
    world.settle()
    map_the_bowl(world, shop)
    world.sweep()
    world.settle()
    assert stored(world, order).holds == {}
    assert_all_true(world)


def by_rule(world: World) -> None:
    rules.change(world.bridge, "shop", {"strip_prefix": "US-"})


def by_file(world: World) -> None:
    rules.read(world.bridge, "shop", f"shop_sku,sku\nUS-{BOWL},{BOWL}\n".encode())


@pytest.mark.parametrize("say", [by_rule, by_file])
def test_rules_and_the_mapping_file_free_what_waits(world: World, say: Callable[[World], None]) -> None:
    erp = DemoErp([MUG, BOWL], ("HAM",))
    world.connect_erp(erp)
    shop = ShopifyShop("shop", OFFERED, locations=("HAM",), blank_skus=BLANK)
    world.connect(shop)
    shop.listing(BOWL).sku = f"US-{BOWL}"
    world.stock({MUG: 10, BOWL: 10})
    world.settle()
    order = shop.sell_basket({MUG: 2, BOWL: 1})
    world.settle()
    assert stored(world, order).holds == {(MUG, "*"): 2}, "stored and held"
    assert erp.office.documents == {}, "only the ERP's part is parked"
    (left,) = suggestions.listed(world.bridge, "shop")
    assert (left.sku, left.orders, left.frees) == (f"US-{BOWL}", 1, 1)
    say(world)
    world.settle()
    assert stored(world, order).holds == {(MUG, "*"): 2, (BOWL, "*"): 1}
    assert stored(world, order).waits == ()
    assert world.shown(MUG) == {"shop": 8}
    assert [d.reference for d in erp.office.documents.values()] == [f"shop/{order}"]
    assert suggestions.listed(world.bridge, "shop") == []
    assert world.sweep().rechecked == 0
    another = shop.sell_basket({BOWL: 2})
    world.settle()
    assert stored(world, another).waits == (), "the next one waits for nothing"
    rules.clear(world.bridge, "shop")
    for written in rules.show(world.bridge, "shop").rows:
        rules.forget(world.bridge, "shop", written)
    shop.edit(order, BOWL, 3)
    world.settle()
    assert stored(world, order).holds == {(MUG, "*"): 2, (BOWL, "*"): 3}, "what is sold stays sold"
    later = shop.sell_basket({BOWL: 1})
    world.settle()
    assert stored(world, later).waits != ()
    assert_all_true(world)


def test_a_sku_that_the_shop_corrects_is_waited_for_by_its_new_name(world: World, shop: Shop) -> None:
    order = shop.sell_basket({BOWL: 1})
    world.settle()
    shop.listing(BOWL).sku = "BOWL-NEW"
    shop.edit(order, BOWL, 2)
    world.settle()
    (row,) = world.bridge.control.waiting("shop")
    assert row["sku"] == "BOWL-NEW"
    rules.read(world.bridge, "shop", f"shop_sku,sku\nBOWL-NEW,{BOWL}\n".encode())
    world.settle()
    assert stored(world, order).holds == {(BOWL, "*"): 2}
    assert world.sweep().rechecked == 0
