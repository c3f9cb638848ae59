"""All oversold orders: what is missing, and of which lines. Derived each time, so a receipt heals them by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from orderbridge import mapping
from orderbridge.bridge import Bridge
from orderbridge.kits import explode
from orderbridge.lookup import look_up
from orderbridge.orders import StoredOrder
from orderbridge.oversold import oversold
from orderbridge.stock import Level


@dataclass(frozen=True)
class Shortage:
    """Units of one SKU that an order waits for and that are not there.

    units    that have still to be shipped; `missing` of them are short
    lines    the order's lines that need the SKU, "2 x HP-KIT-TEA", where a kit needs it
    """

    sku: str
    store: str
    order: str
    number: str
    pool: str
    units: int
    missing: int
    lines: tuple[str, ...]
    ordered_at: datetime


def listed(bridge: Bridge) -> list[Shortage]:
    """By SKU, the later order first. Goes through the whole table: not for the way of the data."""
    found = [one for level in bridge.stock.all_levels() if level.balance() < 0 for one in _of(bridge, level)]
    return sorted(found, key=lambda one: (one.sku, -one.ordered_at.timestamp()))


def _of(bridge: Bridge, level: Level) -> Iterator[Shortage]:
    rows = bridge.stock.open_holds(level.sku)
    missing = oversold(level, rows)
    for row in rows:
        store, order, pool = row["store"], row["order"], row["pool"]
        stored = bridge.orders.load(store, order)
        if (short := missing.get((store, order, pool), 0)) and stored:
            ordered_at, left = datetime.fromisoformat(row["created_at"]), row["quantity"] - row["shipped"]
            lines, number = tuple(_lines(bridge, stored, level.sku)), stored.order.number
            yield Shortage(level.sku, store, order, number, pool, left, short, lines, ordered_at)


def _lines(bridge: Bridge, stored: StoredOrder, sku: str) -> Iterator[str]:
    """The lines whose SKU is this one, or a kit that is packed from it."""
    lines, store = stored.order.lines, bridge.control.store(stored.order.store)
    skus, _ = mapping.resolve(lines, look_up(bridge, store, mapping.things(lines))[0], stored.by_rule)
    for line in lines:
        if line.wanted and line.id in skus and sku in stored.packed.get(skus[line.id], explode(skus[line.id], {})):
            yield f"{line.wanted} x {skus[line.id]}"
