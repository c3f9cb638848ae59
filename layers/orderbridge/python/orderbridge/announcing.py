"""Flow 3, first half, for prices and products: what changed becomes to-dos of stores that are told of it, and bells.

As `publishing` for levels: to-dos, then bells, then the marks come off, so a crash in between loses nothing.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from orderbridge.bridge import Bridge
from orderbridge.model import Store
from orderbridge.pricing import counts
from orderbridge.tables import goods
from orderbridge.tables.control import CREATE, PRICE, PRICES, PRODUCT, PRODUCTS, counterparty
from orderbridge.tables.goods import Kept
from orderbridge.tables.items import unpack_item


@dataclass(frozen=True)
class Marked:
    """A dirty row; `what` is that of `tables.goods`, `before` None when only the row as it is now is known."""

    sku: str
    what: str
    kept: Kept
    before: Kept | None = None


def marks_of(record: Mapping[str, Any]) -> Marked | None:
    """A record of the table's stream; None for what is no dirty price or product."""
    images = record["dynamodb"]
    new, old = unpack_item(images.get("NewImage", {})), images.get("OldImage")
    if new.get("sk") not in (goods.PRICE, goods.PRODUCT) or "dirty" not in new:
        return None
    before = goods.kept_of(unpack_item(old)) if old else Kept()
    return Marked(str(new["pk"]).removeprefix("SKU#"), str(new["sk"]), goods.kept_of(new), before)


def left_behind(bridge: Bridge, dirty: Iterable[tuple[str, str]]) -> list[Marked]:
    """Of rows that are said to be dirty, see `Stock.dirty_rows`, those of ours that are, as they are now."""
    rows = [(sku, what) for sku, what in dict.fromkeys(dirty) if what in (goods.PRICE, goods.PRODUCT)]
    kept = {
        goods.PRICE: bridge.goods.prices(sku for sku, what in rows if what == goods.PRICE),
        goods.PRODUCT: bridge.goods.products(sku for sku, what in rows if what == goods.PRODUCT),
    }
    return [Marked(sku, what, kept[what][sku]) for sku, what in rows if kept[what][sku].dirty]


def announce(bridge: Bridge, marks: Iterable[Marked]) -> dict[str, int]:
    """Returns the number of to-dos by counterparty."""
    last, rung = dict[tuple[str, str], Marked](), dict[str, int]()
    for mark in marks:
        first = last.get((mark.sku, mark.what))
        last[mark.sku, mark.what] = replace(mark, before=first.before) if first else mark
    if not last:
        return rung
    stores = {id: store for id, (store, _) in bridge.control.stores().items()}
    for mark in last.values():
        for who in _tell(bridge, mark, stores):
            rung[who] = rung.get(who, 0) + 1
    bridge.queues.ring_all(rung)
    for mark in last.values():
        bridge.goods.clean(mark.sku, mark.what, mark.kept.version)
    return rung


def _tell(bridge: Bridge, mark: Marked, stores: Mapping[str, Store]) -> Iterator[str]:
    now, token, listed = datetime.now(UTC), uuid.uuid4().hex, set[str]()
    for one in bridge.stock.listings(mark.sku):
        store = stores.get(one.listing.store)
        listed.add(one.listing.store)
        if store and _concerns(mark, store):
            who, id = counterparty(store.id), f"{mark.sku}#{one.listing.item_id}"
            urgency, kind = (PRICES, PRICE) if mark.what == goods.PRICE else (PRODUCTS, PRODUCT)
            bridge.control.add_todo(who, urgency, kind, id, token, now)
            yield who
    for store in stores.values():
        if mark.what == goods.PRODUCT and store.creates and store.id not in listed:
            bridge.control.add_todo(counterparty(store.id), PRODUCTS, CREATE, mark.sku, token, now)
            yield counterparty(store.id)


def _concerns(mark: Marked, store: Store) -> bool:
    if mark.what == goods.PRODUCT:
        return store.products
    now, before = counts(mark.kept.prices, store), mark.before and counts(mark.before.prices, store)
    return store.prices and now is not None and now != before
