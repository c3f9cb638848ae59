"""Shipments of an ERP that cannot be recorded yet: they wait in the quarantine, and leave it by themselves.

A shipment of an order that we do not know holds nothing up: its units are gone from the shelf, which is all there is
to know of them until the order comes. A line that contradicts what we know (more came back than left, another content
than before) holds its SKU up: whether the shelf has it in is not known, so the shelf is not written.
"""

import hashlib
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from orderbridge.movements import Movement
from orderbridge.tables.control import PULL, STOCK, Todo
from orderbridge.tables.items import Item
from orderbridge.tables.movements import ship_key
from orderbridge.tables.orders import order_key
from orderbridge.tables.stock import sku_key

SHIPMENT = "shipment"  # kind of a quarantined row
_UNKNOWN = "Nothing, if the order still comes. If it never will, discard it: the shelf has counted these units already."
_CONTRADICTS = (
    "Correct it in the ERP: the SKU's stock is not read before. If the ERP is right, discard it and count the SKU."
)


def park(bridge: Bridge, erp: str, line: Movement, snapshot: int, error: InvalidInput, *, unknown: bool) -> bool:
    """Keep a line visible; False when a person has given it up, or it left before its store was connected: orders of
    that time hold nothing.

    snapshot  number of the one that met it
    unknown   the order is not there, else the line contradicts what is
    """
    id = _id(erp, line)
    if bridge.control.discarded(id) or (unknown and _before_our_time(bridge, line)):
        return False
    row = {
        "kind": SHIPMENT,
        "topic": f"{line.reference} line {line.line}",
        "store": line.store,
        "order": line.order,
        "sku": line.sku,
        "erp": erp,
        "move": line.reference,
        "line": line.line,
        "units": -line.units,
        "location": line.location,
        "snapshot": snapshot,
        "unknown": unknown,
        "error": error.name,
        "reason": error.reason,
        "next_action": _UNKNOWN if unknown else _CONTRADICTS,
        "raw": "",
    }
    bridge.control.quarantine(id, row)
    return True


def accounted(bridge: Bridge, erp: str, line: Movement) -> bool:
    """Whether a line that is not recorded is known for that: it waits here, was given up, or is none of our time."""
    id = _id(erp, line)
    waits = bridge.control.quarantined_one(id) is not None
    return waits or bridge.control.discarded(id) or _before_our_time(bridge, line)


def look_again(bridge: Bridge, rows: Sequence[Item]) -> list[str]:
    """Of parked shipments: take off the list what is settled, put SKUs whose order has come on the list of the pull.

    Returns these SKUs.
    """
    unknown, contradicting = [r for r in rows if r["unknown"]], [r for r in rows if not r["unknown"]]
    ships = {r["sk"]: (sku_key(r["sku"]), ship_key(r["erp"], r["move"], r["line"])) for r in unknown}
    recorded = bridge.stock.table.get_many(list(ships.values())) if ships else {}
    levels = bridge.stock.levels({row["sku"] for row in contradicting})
    # The SKU is not written while the line contradicts: a later snapshot that was written found nothing wrong with it.
    settled = [r for r in contradicting if (levels[r["sku"]].snapshot or 0) > r["snapshot"]]
    settled += [r for r in unknown if ships[r["sk"]] in recorded]
    for row in settled:
        bridge.control.recovered(row["sk"])
    waiting = [row for row in unknown if ships[row["sk"]] not in recorded]
    return _ordered_since(bridge, waiting)


def _ordered_since(bridge: Bridge, waiting: Sequence[Item]) -> list[str]:
    keys = {row["sk"]: (order_key(row["store"], row["order"]), "ORDER") for row in waiting}
    orders = bridge.orders.table.get_many(list(keys.values())) if keys else {}
    skus = sorted({row["sku"] for row in waiting if "document" in orders.get(keys[row["sk"]], {})})
    for sku in skus:
        read_again(bridge, sku, "the order of a shipment has come")
    return skus


def read_again(bridge: Bridge, sku: str, reason: str) -> None:
    """Put a SKU on the list of the pull, for its next run."""
    bridge.control.keep_todo(Todo(PULL, STOCK, "sku", sku, uuid.uuid4().hex, datetime.now(UTC), None, reason))


def _before_our_time(bridge: Bridge, line: Movement) -> bool:
    """As for a bridge that was set up anew beside an ERP which has worked with an earlier one."""
    found = bridge.control.stores().get(line.store)
    return found is not None and line.at < found[0].connected_at


def _id(erp: str, line: Movement) -> str:
    name = "\n".join((erp, line.sku, line.reference, line.line))
    return f"shipment-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
