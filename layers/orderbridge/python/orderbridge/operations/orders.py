"""One order with all that happened to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from orderbridge import money
from orderbridge.bridge import Bridge
from orderbridge.errors import NotFound
from orderbridge.model import Order
from orderbridge.operations.inputs import valid
from orderbridge.orders import StoredOrder
from orderbridge.oversold import oversold
from orderbridge.tables.handed import Handed, HandOvers
from orderbridge.tables.items import Item
from orderbridge.tables.orders import unpacked


@dataclass(frozen=True)
class Event:
    """What reached us (`delivery`) or what it changed (`revision`).

    outcome   of a delivery: applied, stale, repeat
    seen      how often the very same thing was delivered
    changes   of a revision: field -> [before, after]
    """

    at: datetime
    what: str
    source: str
    topic: str
    outcome: str = ""
    seen: int = 1
    revision: int = 0
    changes: Mapping[str, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class HeldUnits:
    """Units of one SKU that the order wants; `missing` of them are not there: oversold."""

    sku: str
    pool: str
    units: int
    shipped: int
    missing: int


@dataclass(frozen=True)
class Balance:
    """Law 6. `parts` is what lines, shipping, fees, taxes and discounts add up to."""

    currency: str
    parts: Decimal
    charged: Decimal
    problem: str


@dataclass(frozen=True)
class OrderView:
    order: Order
    revision: int
    money: Balance
    holds: tuple[HeldUnits, ...]
    waits: tuple[str, ...]
    unmapped: tuple[str, ...]
    erp: Handed | None  # what the merchant's ERP knows of it, None if it was never told
    timeline: tuple[Event, ...]


def show(bridge: Bridge, store: str, order: str) -> OrderView:
    """Holds a buyer's data: for operators only. Raises NotFound, InvalidInput."""
    valid("store", store)
    stored = bridge.orders.load(store, valid("order id", order))
    if stored is None:
        raise NotFound(f"store {store} has no order {order!r} that we know", store=store)
    rows = [row for row in bridge.orders.rows(store, order) if "at" in row]
    document = stored.order
    proof = Balance(document.currency, money.charged_sum(document), document.total, money.problem(document) or "")
    return OrderView(
        document,
        stored.revision,
        proof,
        tuple(_held(bridge, stored)),
        stored.waits,
        stored.unmapped,
        HandOvers(bridge.orders).load(store, order)[1],
        tuple(sorted(map(_event, rows), key=lambda e: (e.at, e.what, e.revision))),
    )


def _held(bridge: Bridge, stored: StoredOrder) -> list[HeldUnits]:
    found, store, order = [], stored.order.store, stored.order.id
    for sku in sorted({sku for sku, _ in stored.holds}):
        missing = oversold(bridge.stock.level(sku), bridge.stock.open_holds(sku))
        found += [
            HeldUnits(sku, pool, units, stored.shipped.get((sku, pool), 0), missing.get((store, order, pool), 0))
            for (s, pool), units in sorted(stored.holds.items())
            if s == sku
        ]
    return found


def _event(row: Item) -> Event:
    delivery = row["sk"].startswith("DELIVERY#")
    return Event(
        datetime.fromisoformat(row["at"]),
        "delivery" if delivery else "revision",
        row["source"],
        row["topic"],
        row.get("outcome", ""),
        row.get("seen", 1),
        row.get("revision", 0) if delivery else int(row["sk"].split("#")[1]),
        json.loads(unpacked(row.get("changes", "{}"))),
    )
