"""What must be true once input has stopped, read from the tables and from the shops' own HTTP APIs."""

from collections import Counter
from collections.abc import Iterator

from orderbridge.orders import StoredOrder
from orderbridge.stock import Level, available
from orderbridge.tables.items import Item, Table, unpack_item
from tests.world import World


def assert_all_true(world: World) -> None:
    """Laws 4 and 5, and nothing left to be done."""
    assert_conserved(world)
    assert_agreed(world)
    assert world.todos() == []
    assert [world.bridge.control.open_pushes(store) for store in world.shops] == [[]] * len(world.shops)
    assert list(world.bridge.stock.dirty_skus(1000)) == []
    assert list(world.bridge.orders.unfinished(1000)) == []


def assert_conserved(world: World) -> None:
    """Records add up to balances: what orders hold is what levels want, and the open holds are what is to leave."""
    wanted: Counter[tuple[str, str]] = Counter()
    for order in orders(world):
        wanted.update(order.holds)
    leave: Counter[str] = Counter()
    for row in _scan(world.bridge.stock.table):
        if row["sk"].startswith("HOLD#"):
            assert row["quantity"] > row["shipped"], row
            leave[row["pk"].removeprefix("SKU#")] += row["quantity"] - row["shipped"]
    found = levels(world)
    assert {key: n for key, n in wanted.items() if n} == {
        (level.sku, pool): n for level in found for pool, n in level.wanted.items() if n
    }
    assert dict(leave) == {
        level.sku: n for level in found if (n := sum(level.wanted.values()) - sum(level.shipped.values()))
    }


def assert_agreed(world: World) -> None:
    """Every shop shows what may be sold, for every SKU and location."""
    for store_id in world.shops:
        store, shop = world.bridge.control.store(store_id), world.bridge.shop(store_id)
        listings = [s.listing for level in levels(world) for s in world.bridge.stock.listings(level.sku)]
        listings = [listing for listing in listings if listing.store == store_id]
        assert listings, f"{store_id} offers nothing"
        shown = {key: seen.quantity for key, seen in shop.read_listings(listings).items()}
        expected = {}
        for listing in listings:
            parts, kit = world.bridge.stock.snapshot(listing.sku)
            for place in store.locations:
                expected[listing.item_id, place] = available(listing.sku, parts, kit, store, place).number
        assert shown == expected, store_id


def orders(world: World) -> list[StoredOrder]:
    found = []
    for row in _scan(world.bridge.orders.table):
        if row["sk"] == "ORDER":
            _, store, order = row["pk"].split("#", 2)
            stored = world.bridge.orders.load(store, order)
            assert stored is not None
            found.append(stored)
    return found


def levels(world: World) -> list[Level]:
    skus = [row["pk"].removeprefix("SKU#") for row in _scan(world.bridge.stock.table) if row["sk"] == "LEVEL"]
    return [world.bridge.stock.level(sku) for sku in skus]


def oversold(world: World, sku: str) -> list[str]:
    """Order ids, the last sold first, that the stock of a SKU does not reach for."""
    short, found = -world.bridge.stock.level(sku).balance(), []
    for hold in sorted(world.bridge.stock.open_holds(sku), key=lambda hold: hold["created_at"], reverse=True):
        if short > 0:
            found.append(hold["order"])
            short -= hold["quantity"] - hold["shipped"]
    return found


def _scan(table: Table) -> Iterator[Item]:
    for page in table.client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True):
        yield from map(unpack_item, page["Items"])
