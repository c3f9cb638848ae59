"""Flow 3, first half: a level that changed becomes to-dos for every store that lists it, and bells."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderbridge.bridge import Bridge
from orderbridge.model import Kit, Store
from orderbridge.shelves import Shelved
from orderbridge.stock import Level, available
from orderbridge.tables.control import RETELL, STOCK, URGENT, Todo, counterparty, store_of
from orderbridge.tables.items import unpack_item
from orderbridge.tables.stock import level_of

_PAGE = 100  # listings


@dataclass(frozen=True)
class Changed:
    """A dirty level: `before` is None when only the level as it is now is known."""

    sku: str
    level: Level
    before: Level | None = None


def changes_of(record: Mapping[str, Any]) -> Changed | None:
    """A record of the table's stream; None for what is no dirty level."""
    images = record["dynamodb"]
    new = unpack_item(images.get("NewImage", {}))
    if new.get("sk") != "LEVEL" or "dirty" not in new:
        return None
    sku = str(new["pk"]).removeprefix("SKU#")
    old = images.get("OldImage")
    return Changed(sku, level_of(sku, new), level_of(sku, unpack_item(old)) if old else Level(sku))


def publish(bridge: Bridge, changes: Iterable[Changed]) -> dict[str, int]:
    """Write to-dos, ring one bell per store, and only then take the dirty marks off.

    Several changes of one SKU count as one. Returns the number of to-dos by counterparty. A crash in between leaves
    the marks, and the sweep goes on.
    """
    changed, rung = _merged(changes), dict[str, int]()
    stores = {id: store for id, (store, _) in bridge.control.stores().items()}
    for change in changed:
        for who in _tell(bridge, change, stores):
            rung[who] = rung.get(who, 0) + 1
    bridge.queues.ring_all(rung)
    for change in changed:
        bridge.stock.clean(change.sku, change.level.version)
    return rung


def retell(bridge: Bridge, todo: Todo, now: datetime) -> None:
    """A page of all listings of a store, whose policy or locations changed, becomes to-dos; the next page one more.

    `todo` names the listing after which the page begins; it stays until all of this is written.
    """
    who, mark = todo.counterparty, uuid.uuid4().hex
    page = bridge.control.items(store_of(who), todo.id, _PAGE)
    for item, sku in page.items():
        bridge.control.add_todo(who, STOCK, "stock", f"{sku}#{item}", mark, now)
    if len(page) == _PAGE:
        bridge.control.add_todo(who, STOCK, RETELL, max(page), mark, now)
    bridge.control.done(todo)


def _merged(changes: Iterable[Changed]) -> list[Changed]:
    """One change per SKU: from the level before the first to the level after the last."""
    merged: dict[str, Changed] = {}
    for change in changes:
        first = merged.get(change.sku)
        merged[change.sku] = Changed(change.sku, change.level, first.before) if first else change
    return list(merged.values())


def _tell(bridge: Bridge, change: Changed, stores: Mapping[str, Store]) -> Iterable[str]:
    now, mark = datetime.now(UTC), uuid.uuid4().hex
    for sku in (change.sku, *bridge.stock.kits_with(change.sku)):
        shelved = [one for one in bridge.stock.listings(sku) if one.listing.store in stores]
        for listed, urgency in zip(shelved, _urgencies(bridge, change, sku, shelved, stores), strict=True):
            who, id = counterparty(listed.listing.store), f"{sku}#{listed.listing.item_id}"
            bridge.control.add_todo(who, urgency, "stock", id, mark, now)
            yield who


def _urgencies(
    bridge: Bridge, change: Changed, sku: str, shelved: Sequence[Shelved], stores: Mapping[str, Store]
) -> list[int]:
    """Whether this SKU, which may be a kit that is packed from the changed one, sells out or comes back in a store.

    A level without a past counts when it is sold out.
    """
    levels: Mapping[str, Level] = {}
    kits: Mapping[str, Kit] = {}
    # A kit has no stock of its own: only what has none may be one.
    if shelved and (sku != change.sku or not change.level.on_hand):
        levels, kits = bridge.stock.snapshot(sku)

    def empty(store: Store, level: Level) -> bool:
        seen = {**levels, change.sku: level}
        return not any(available(sku, seen, kits, store, place).number for place in store.locations)

    def urgency(store: Store) -> int:
        crosses = empty(store, change.level) != (change.before is not None and empty(store, change.before))
        return URGENT if crosses else STOCK

    return [urgency(stores[one.listing.store]) for one in shelved]
