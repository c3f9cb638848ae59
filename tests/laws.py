"""What must be true once input has stopped, read from the tables and from the shops' own HTTP APIs.

Each law is a walk over what there is to check, that yields for each thing what is wrong with it, or "".
"""

from collections import Counter
from collections.abc import Iterator

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
    assert list(filter(None, conserved(world))) == []


def assert_agreed(world: World) -> None:
    assert list(filter(None, agreed(world))) == []


def conserved(world: World) -> Iterator[str]:
    """Records add up to balances: orders' holds to what levels want, shipments to what left, open holds to the rest."""
    wanted = Counter[tuple[str, str]]()
    for order in stored(world):
        wanted.update(order.holds)
        yield f"order {order.order.id} of {order.order.store} is still pending" if order.pending else ""
    leave, left = Counter[str](), Counter[tuple[str, str]]()
    for row in scan(world.bridge.stock.table):
        if row["sk"].startswith("HOLD#"):
            leave[_sku(row)] += row["quantity"] - row["shipped"]
            yield "" if row["quantity"] > row["shipped"] else f"{row['pk']} {row['sk']} holds nothing any more"
        elif row["sk"].startswith("SHIP#"):
            left[_sku(row), row["pool"]] += row["quantity"]
    for level in levels(world):
        yield _conserved(level, wanted, left, leave)
    missing = {sku for sku, _ in wanted} | set(leave) | {sku for sku, _ in left}
    for sku in sorted(missing - {level.sku for level in levels(world)}):
        yield f"{sku} has rows and no level"


def _conserved(
    level: Level, wanted: Counter[tuple[str, str]], left: Counter[tuple[str, str]], leave: Counter[str]
) -> str:
    sku, sums = level.sku, {"wanted": wanted, "shipped": left}
    for name, rows in sums.items():
        balance = {pool: n for pool, n in getattr(level, name).items() if n}
        added = {pool: n for (of, pool), n in rows.items() if of == sku and n}
        if balance != added:
            return f"{sku}: {name} is {balance}, its records add up to {added}"
    if any(n > left[sku, pool] for pool, n in level.counted.items()):
        return f"{sku}: more is counted as gone than was shipped"
    open_units = sum(level.wanted.values()) - sum(level.shipped.values())
    return "" if leave[sku] == open_units else f"{sku}: {open_units} have still to leave, its holds say {leave[sku]}"


def agreed(world: World) -> Iterator[str]:
    """Every shop shows what may be sold, for every SKU and location."""
    listings = [shelved_of(row).listing for row in scan(world.bridge.stock.table) if row["sk"].startswith("LISTING#")]
    snapshots = {sku: world.bridge.stock.snapshot(sku) for sku in {listing.sku for listing in listings}}
    for store_id in world.shops:
        store, mine = world.bridge.control.store(store_id), [x for x in listings if x.store == store_id]
        if not mine:
            yield f"{store_id} offers nothing"
        shown = {key: seen.quantity for key, seen in world.bridge.shop(store_id).read_listings(mine).items()}
        for x in mine:
            for place in store.locations:
                right, seen = available(x.sku, *snapshots[x.sku], store, place).number, shown.get((x.item_id, place))
                yield "" if seen == right else f"{store_id} shows {seen} of {x.sku} at {place!r}, {right} may be sold"


def orders(world: World) -> list[StoredOrder]:
    return list(stored(world))


def stored(world: World) -> Iterator[StoredOrder]:
    """One by one: a long run has more orders than should be held at once."""
    keys = (row["pk"].split("#", 2) for row in scan(world.bridge.orders.table) if row["sk"] == "ORDER")
    return (order for _, store, id in keys if (order := world.bridge.orders.load(store, id)))


def levels(world: World) -> list[Level]:
    return [level_of(_sku(row), row) for row in scan(world.bridge.stock.table) if row["sk"] == "LEVEL"]


def scan(table: Table) -> Iterator[Item]:
    pages = table.client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True)
    return (unpack_item(item) for page in pages for item in page["Items"])


def _sku(row: Item) -> str:
    return str(row["pk"]).removeprefix("SKU#")
