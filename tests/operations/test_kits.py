"""Kits at any depth: what may be defined, who is told when a part changes, and what an order keeps."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import InvalidInput
from orderbridge.kits import way
from orderbridge.model import Kit
from orderbridge.operations import kits
from orderbridge.publishing import Changed, publish
from orderbridge.tables.control import STOCK, URGENT
from tests.laws import assert_all_true, assert_conserved
from tests.world import World

POT, MUG, KIT = "HP-TEA-01", "HP-MUG-01", "HP-KIT-TEA"
OFFERED = (*(p for p in PRODUCTS if p.sku in (POT, MUG)), *(p for p in KIT_PRODUCTS if p.sku == KIT))


def define(bridge: Bridge, sku: str, **components: int) -> None:
    kits.define(bridge, Kit(sku=sku, components=components))


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    """Offers pots, mugs and a kit of a set of two mugs and a pot."""
    made = ShopifyShop("shop", OFFERED, locations=("HAM",))
    world.kit("SET", {MUG: 2})
    world.kit(KIT, {"SET": 1, POT: 1})
    world.connect(made)
    world.stock({POT: 10, MUG: 10})
    world.settle()
    return made


def test_a_cycle_is_refused_with_its_way(bridge: Bridge) -> None:
    define(bridge, "C", B=1, D=2)
    define(bridge, "B", A=1)
    for sku, component, words in (("A", "C", "A -> C -> B -> A"), ("A", "A", "A -> A"), ("B", "C", "B -> C -> B")):
        with pytest.raises(InvalidInput, match=f"{words};"):
            define(bridge, sku, **{component: 1})
    define(bridge, "A", D=1)
    assert bridge.stock.known(["C"])[1].keys() == {"A", "B", "C"}


def test_what_has_stock_is_no_kit(bridge: Bridge) -> None:
    bridge.stock.table.write(bridge.stock.change_level("D", {"on_hand#HAM": 3}))
    with pytest.raises(InvalidInput, match="stock of its own"):
        define(bridge, "D", A=1)


def test_what_we_could_not_read_at_once_is_refused(bridge: Bridge) -> None:
    for n in range(kits.DEEPEST):
        define(bridge, f"K{n + 1}", **{f"K{n}": 1})
    with pytest.raises(InvalidInput, match="9 kits deep; 8 are the most"):
        define(bridge, "K9", K8=1)
    with pytest.raises(InvalidInput, match="K8 would be 9 kits deep"):
        define(bridge, "K0", A=1)
    with pytest.raises(InvalidInput, match="41 components; 40 are the most"):
        define(bridge, "WIDE", **{f"P{n}": 1 for n in range(41)})
    define(bridge, "DEAR", A=1_000_000)
    with pytest.raises(InvalidInput, match="would need 2000000 of a SKU"):
        define(bridge, "DEARER", DEAR=2)


def test_two_definitions_at_the_same_time_make_no_cycle(bridge: Bridge) -> None:
    """Each of them alone is right: only the counter of definitions sees that together they are not."""
    for n in range(10):
        start, a, b = threading.Barrier(2), f"A{n}", f"B{n}"

        def attempt(sku: str, part: str, start: threading.Barrier = start) -> str:
            start.wait(timeout=10)
            try:
                define(bridge, sku, **{part: 1})
            except InvalidInput as refused:
                return refused.reason
            return ""

        with ThreadPoolExecutor(2) as pool:
            said = list(pool.map(attempt, (a, b), (b, a)))
        assert sorted(map(bool, said)) == [False, True], said
        known = bridge.stock.known([a, b])[1]
        assert len(known) == 1
        assert not any(way(part, kit.sku, known) for kit in known.values() for part in kit.components)


def test_a_part_of_a_part_holds_and_is_told(world: World, shop: ShopifyShop) -> None:
    assert world.shown(KIT) == {"shop": 5}
    shop.sell(KIT, 2)
    world.settle()
    assert world.bridge.stock.level(MUG).wanted == {"*": 4}
    assert (world.shown(MUG), world.shown(KIT), world.shown(POT)) == ({"shop": 6}, {"shop": 3}, {"shop": 8})
    world.stock({MUG: -4})
    world.settle()
    assert world.shown(KIT) == {"shop": 1}, "the kit is told when a part of its part changes"
    assert_all_true(world)


def test_a_kit_that_can_no_longer_be_packed_is_as_urgent_as_what_sold_out(world: World, shop: ShopifyShop) -> None:
    def urgencies(units: int) -> dict[str, int]:
        before = world.bridge.stock.level(MUG)
        world.stock({MUG: units})
        publish(world.bridge, [Changed(MUG, world.bridge.stock.level(MUG), before)])
        found = {todo.id.split("#")[0]: todo.urgency for todo in world.todos()}
        world.settle()
        return found

    assert urgencies(-9) == {KIT: URGENT, MUG: STOCK}, "one mug is left, and no set of two"
    assert world.shown(KIT) == {"shop": 0}
    assert urgencies(3) == {KIT: URGENT, MUG: STOCK}, "the kit comes back"
    assert urgencies(-4) == {KIT: URGENT, MUG: URGENT}


def packed_otherwise(world: World, shop: ShopifyShop, order: str) -> None:
    world.kit("SET", {POT: 3})
    world.settle()


def shipped(world: World, shop: ShopifyShop, order: str) -> None:
    ledger = Ledger(world.bridge)
    ledger.add_location("HAM")
    for sku, units in ((MUG, 4), (POT, 2)):
        ledger.ship("shop", order, sku, "HAM", units, f"parcel-{sku}")
    shop.fulfil(order)
    world.settle()


@pytest.mark.parametrize("steps", [(packed_otherwise, shipped), (shipped, packed_otherwise)])
def test_an_order_keeps_the_kit_that_it_was_sold(
    world: World, shop: ShopifyShop, steps: tuple[Callable[[World, ShopifyShop, str], None], ...]
) -> None:
    order = shop.sell(KIT, 2)
    world.settle()
    for step in steps:
        step(world, shop, order)
        stored = world.bridge.orders.load("shop", order)
        assert stored
        assert stored.holds == {(MUG, "*"): 4, (POT, "*"): 2}
        assert_conserved(world)
    shop.refund(order, KIT, 1, restock=False)
    world.settle()
    assert world.bridge.stock.open_holds(MUG) == world.bridge.stock.open_holds(POT) == []
    assert_all_true(world)
    shop.sell(KIT, 1)
    world.settle()
    assert world.bridge.stock.level(POT).wanted == {"*": 2 + 4}, "the next order gets what a kit is now"
    assert_all_true(world)
