"""What could not be processed: look at it, and let it try again."""

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from orderbridge import notifying
from orderbridge.beside import ACCESS
from orderbridge.bridge import Bridge
from orderbridge.drawing import GOODS, draw_again
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.operations.inputs import valid
from orderbridge.parking import SHIPMENT, read_again
from orderbridge.queues import NOTIFICATION, Inbound
from orderbridge.tables.control import (
    CREATE,
    ERP,
    PARCEL,
    PRICE,
    PRICES,
    PRODUCTS,
    PUSH,
    STOCK,
    counterparty,
    parcel_todo,
)
from orderbridge.tables.items import Item
from orderbridge.telling import TAG


@dataclass(frozen=True)
class Quarantined:
    """`reason` and `next_action` are plain words; `kind` is a message's, or push, tag, access, goods, erp, shipment,
    tell-parcel."""

    id: str
    at: datetime
    store: str
    kind: str
    topic: str
    error: str
    reason: str
    next_action: str
    sku: str = ""


def listed(bridge: Bridge) -> list[Quarantined]:
    """Oldest first."""
    return sorted(map(_quarantined, bridge.control.quarantined()), key=lambda q: q.at)


def raw(bridge: Bridge, id: str) -> bytes:
    """The payload as it came; it may hold a buyer's data. Raises NotFound."""
    row = _row(bridge, id)
    if not row["raw"]:
        raise InvalidInput(f"{id} has no payload: it is something that a counterparty refused")
    return bridge.archive.read(row["raw"])


def release(bridge: Bridge, id: str) -> Quarantined:
    """Try it again; if it fails again it is back here. Raises NotFound."""
    row, mark = _row(bridge, id), uuid.uuid4().hex
    if not bridge.control.releasing(id, mark):
        raise NotFound(f"{id} was released by somebody else just now")
    if row["kind"] == PUSH:
        _push_again(bridge, row)
    elif row["kind"] == TAG:
        _tell_again(bridge, row)
    elif row["kind"] == ACCESS:
        bridge.control.save_tells(bridge.control.store(row["store"]))
        bridge.queues.ring(counterparty(row["store"]))
    elif row["kind"] == SHIPMENT:
        read_again(bridge, row["sku"], "its shipment was released")
    elif row["kind"] == GOODS:
        draw_again(bridge, row["sku"])
    elif row["kind"] == ERP:
        bridge.control.table.write(bridge.orders.erp_todo(row["store"], row["order"]))
        bridge.queues.ring_erp()
    elif row["kind"] == PARCEL:
        bridge.control.table.write(parcel_todo(bridge.control.table, row["store"], row["order"]))
        bridge.queues.ring(counterparty(row["store"]))
    elif row["kind"] == NOTIFICATION and not row["store"]:
        notifying.again(bridge, row)
    else:
        received = datetime.fromisoformat(row["received_at"])
        bridge.queues.deliver(Inbound(row["kind"], row["store"], row["topic"], received, b"", row["raw"]))
    bridge.control.released(id, mark)
    return _quarantined(row)


def discard(bridge: Bridge, id: str, who: str, why: str) -> Quarantined:
    """Give it up: it is not tried again, and who said so, and why, is kept with it. Raises NotFound, InvalidInput.

    Of a shipment only the line is given up. Its SKU is read again, and then the shelf alone tells of those units.
    """
    if not (who.strip() and why.strip()):
        raise InvalidInput("it is recorded who gives it up, and why: both are needed")
    row = _row(bridge, id)
    bridge.control.discard(row, who, why)
    if row["kind"] == SHIPMENT:
        read_again(bridge, row["sku"], "its shipment was discarded")
    return _quarantined(row)


def _push_again(bridge: Bridge, row: Item) -> None:
    """Forget what we believe of the shelf: it is read or written afresh."""
    store, sku, item = row["store"], row["sku"], row["item"]
    for shelved in bridge.stock.shelved(store, [(sku, item)]).values():
        fresh = replace(shelved.shelf, quantities={}, verified=False, state="new", trouble="")
        bridge.stock.save_shelf(shelved.listing, fresh)
    who, now = counterparty(store), datetime.now(UTC)
    bridge.control.add_todo(who, STOCK, "stock", f"{sku}#{item}", uuid.uuid4().hex, now)
    bridge.queues.ring(who)


def _tell_again(bridge: Bridge, row: Item) -> None:
    """A price, a content or a new listing that a shop has refused: looked at, and told, afresh."""
    who, topic = counterparty(row["store"]), row["topic"]
    id = row["sku"] if topic == CREATE else f"{row['sku']}#{row['item']}"
    urgency = PRICES if topic == PRICE else PRODUCTS
    bridge.control.add_todo(who, urgency, topic, id, uuid.uuid4().hex, datetime.now(UTC))
    bridge.queues.ring(who)


def _row(bridge: Bridge, id: str) -> Item:
    row = bridge.control.quarantined_one(valid("id", id))
    if row is None:
        raise NotFound(f"nothing with the id {id!r} is in quarantine")
    return row


def _quarantined(row: Item) -> Quarantined:
    return Quarantined(
        row["sk"],
        datetime.fromisoformat(row["at"]),
        row["store"],
        row["kind"],
        row["topic"],
        row["error"],
        row["reason"],
        row["next_action"],
        row.get("sku", ""),
    )
