"""What must be true once input has stopped, read from the tables and from the shops' own HTTP APIs."""

from collections import Counter
from collections.abc import Iterable

from orderbridge.orders import StoredOrder
from orderbridge.stock import Level, available
from orderbridge.tables.items import Item, Table, unpack_item
from orderbridge.tables.stock import level_of, shelved_of
from tests.world import World


def assert_all_true(world: World) -> None:
    """Laws 4 and 5, and nothing left to be done."""
    assert_conserved(world)
    assert [level.sku for level in levels(world) if level.dirty] == []
    assert_agreed(world)
    assert world.todos() == []
    assert [world.bridge.control.open_pushes(store) for store in world.shops] == [[]] * len(world.shops)


def assert_conserved(world: World) -> None:
    """Records add up to balances: orders' holds to what levels want, shipments to what left, open holds to the rest."""
    wanted = Counter[tuple[str, str]]()
    for order in orders(world):
        wanted.update(order.holds)
        assert not order.pending, order
    leave, left = Counter[str](), Counter[tuple[str, str]]()
    for row in scan(world.bridge.stock.table):
        if row["sk"].startswith("HOLD#"):
            assert row["quantity"] > row["shipped"], row
            leave[_sku(row)] += row["quantity"] - row["shipped"]
        elif row["sk"].startswith("SHIP#"):
            left[_sku(row), row["pool"]] += row["quantity"]
    found = levels(world)
    assert {key: n for key, n in left.items() if n} == _by_pool(found, "shipped")
    assert all(n <= left[level.sku, pool] for level in found for pool, n in level.counted.items())
    assert {key: n for key, n in wanted.items() if n} == _by_pool(found, "wanted")
    assert dict(leave) == {
        level.sku: n for level in found if (n := sum(level.wanted.values()) - sum(level.shipped.values()))
    }


def assert_agreed(world: World) -> None:
    """Every shop shows what may be sold, for every SKU and location."""
    listings = [shelved_of(row).listing for row in scan(world.bridge.stock.table) if row["sk"].startswith("LISTING#")]
    snapshots = {sku: world.bridge.stock.snapshot(sku) for sku in {listing.sku for listing in listings}}
    for store_id in world.shops:
        store, mine = world.bridge.control.store(store_id), [x for x in listings if x.store == store_id]
        assert mine, f"{store_id} offers nothing"
        shown = {key: seen.quantity for key, seen in world.bridge.shop(store_id).read_listings(mine).items()}
        assert shown == {
            (x.item_id, place): available(x.sku, *snapshots[x.sku], store, place).number
            for x in mine
            for place in store.locations
        }, store_id


def orders(world: World) -> list[StoredOrder]:
    keys = [row["pk"].split("#", 2) for row in scan(world.bridge.orders.table) if row["sk"] == "ORDER"]
    return [order for _, store, id in keys if (order := world.bridge.orders.load(store, id))]


def levels(world: World) -> list[Level]:
    return [level_of(_sku(row), row) for row in scan(world.bridge.stock.table) if row["sk"] == "LEVEL"]


def _by_pool(levels: Iterable[Level], name: str) -> dict[tuple[str, str], int]:
    return {(level.sku, pool): n for level in levels for pool, n in getattr(level, name).items() if n}


def scan(table: Table) -> list[Item]:
    pages = table.client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True)
    return [unpack_item(item) for page in pages for item in page["Items"]]


def _sku(row: Item) -> str:
    return str(row["pk"]).removeprefix("SKU#")
