"""The live log: tells what changed in the bridge's tables and in the shops since the last look.

Nothing reports to it; whatever happens between two looks is told as one change.
"""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from local.demo import scan
from local.demo.scan import LiveStock
from local.demo.screen import Screen
from local.demo.words import Words
from local.shops.sales import Sale
from local.shops.shop import Shop
from orderbridge.bridge import Bridge
from orderbridge.model import Store
from orderbridge.orders import StoredOrder
from orderbridge.shelves import Shelf
from orderbridge.stock import ANY, Level
from orderbridge.tables.items import Item

News = tuple[str, str, str]  # kind, store or SKU, text
_PAUSE = 0.25  # seconds between two looks


@dataclass
class Watch:
    bridge: Bridge
    stock: LiveStock
    shops: Mapping[str, Shop]
    stores: Mapping[str, Store]
    screen: Screen
    webhooks: int = 0
    repeats: int = 0
    late: int = 0
    pushes: int = 0
    waiting: set[tuple[str, str]] = field(default_factory=set)
    quarantined: set[str] = field(default_factory=set)
    _told: set[tuple[str, str]] = field(default_factory=set)
    _seen: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _revisions: dict[tuple[str, str], int] = field(default_factory=dict)
    _shelves: dict[tuple[str, str], str] = field(default_factory=dict)
    _levels: dict[str, str] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Look again and again; once more after `stop` is set, so that nothing is left untold."""
        while not stop.wait(_PAUSE):
            self.look()
        self.look()

    def take_in(self) -> None:
        """Look without telling: the stock as it is, is no news."""
        list(self._stock())
        self.pushes = 0

    def look(self) -> None:
        for news in (self._shop_side(), self._orders(), self._stock(), self._quarantine()):
            for kind, where, text in news:
                self.screen.event(kind, where, text)

    def _shop_side(self) -> Iterator[News]:
        for store, shop in self.shops.items():
            with shop.lock:
                events = [(sale, *event) for sale in shop.sales.values() for event in _happened(sale)]
            for sale, id, key, values in events:
                if (store, id) not in self._told:
                    self._told.add((store, id))
                    text = self.screen.words(key, number=f"#{sale.number}", **values)
                    yield "sold" if key == "sells" else "did", store, text

    def _orders(self) -> Iterator[News]:
        for (store, order), rows in scan.orders(self.bridge).items():
            head = next((row for row in rows if row["sk"] == "ORDER"), None)
            if head is None:
                continue
            for row in rows:
                if row["sk"].startswith("DELIVERY#"):
                    yield from self._delivery(store, order, head["number"], row)
            if self._revisions.get((store, order)) != head["revision"]:
                self._revisions[store, order] = head["revision"]
                yield from self._order(store, order)

    def _delivery(self, store: str, order: str, number: str, row: Item) -> Iterator[News]:
        key, words = (store, order, row["sk"]), self.screen.words
        before, seen = self._seen.get(key, 0), row.get("seen", 1)
        self._seen[key] = seen
        self.webhooks += seen - before
        for again in range(before, seen):
            outcome = "repeat" if again else row["outcome"]
            self.repeats += outcome == "repeat"
            self.late += outcome == "stale"
            told = words(outcome) if outcome in ("applied", "repeat", "stale") else outcome
            yield "webhook", store, f"{number}  {row['topic']}: {told}"

    def _order(self, store: str, order: str) -> Iterator[News]:
        stored, words = self.bridge.orders.load(store, order), self.screen.words
        if stored is None:
            return
        yield "order", store, f"{_canonical(stored, words)}; {_holds(stored, words)}"
        if stored.waits:
            self.waiting.add((store, order))
            reasons = "; ".join(map(words.bridge, stored.waits))
            yield "waits", store, f"{stored.order.number}  {words('to_erp', reasons=reasons)}"
        else:
            self.waiting.discard((store, order))

    def _stock(self) -> Iterator[News]:
        self.stock.catch_up()
        own = {store: shop.quantities() for store, shop in self.shops.items()}
        for sku, listed in sorted(self.stock.listed.items()):
            for one in listed.values():
                yield from self._push(one.listing.store, sku, one.shelf)
            text = self._level(sku, {store: sum(own[store].get(sku, {}).values()) for store in own})
            if self._levels.get(sku) != text:
                self._levels[sku] = text
                yield "stock", sku, text

    def _push(self, store: str, sku: str, shelf: Shelf) -> Iterator[News]:
        now, words = f"{shelf.push_id}{shelf.trouble}", self.screen.words
        if now and self._shelves.get((store, sku)) != now:
            self._shelves[store, sku] = now
            self.pushes += 1
            text = words("rejected", words=shelf.trouble) if shelf.trouble else words("told", quantity=shelf.target)
            yield "push", store, f"{sku}: {text}"

    def _level(self, sku: str, own: Mapping[str, int]) -> str:
        """What the bridge knows of a SKU, and what each shop shows of itself: ✓ where it was read and is right."""
        cells, ats, words = [], 0, self.screen.words
        for one in self.stock.listed[sku].values():
            store = one.listing.store
            ats = self.stock.ats(sku, self.stores[store])
            right = own[store] == ats and one.shelf.state == "verified"
            cells.append(f"{store} {own[store]} {'✓' if right else '…'}")
        level = self.stock.levels.get(sku, Level(sku))
        wanted, on_hand = sum(map(level.open_units, level.wanted)), sum(level.on_hand.values())
        kit = sku in self.stock.kits
        said = words("kit", ats=ats) if kit else words("level", on_hand=on_hand, wanted=wanted, ats=ats)
        return f"{said}   {'  '.join(cells)}"

    def _quarantine(self) -> Iterator[News]:
        for row in self.bridge.control.quarantined():
            if row["sk"] not in self.quarantined:
                self.quarantined.add(row["sk"])
                yield "quarantine", row["store"], f"{row['topic']}: {row['error']}: {row['reason']}"


def _happened(sale: Sale) -> Iterator[tuple[str, str, dict[str, object]]]:
    """What people did to a sale: an id of the deed, the key of the words for it and their values."""
    basket = ", ".join(f"{line.quantity} x {line.listing.product.sku}" for line in sale.lines)
    yield f"{sale.id}", "sells", {"basket": basket}
    for edit in sale.edits:
        yield f"{edit.id}", "edits", {"sku": edit.line.listing.product.sku, "delta": edit.delta}
    if sale.cancelled_at:
        yield f"{sale.id} cancelled", "cancels", {}
        return
    for refund in sale.refunds:
        units = ", ".join(f"{row.quantity} x {row.line.listing.product.sku}" for row in refund.lines)
        yield f"{refund.id}", "refunds", {"units": units}


def _canonical(stored: StoredOrder, words: Words) -> str:
    order = stored.order
    lines = ", ".join(f"{line.quantity} x {line.sku or line.title}" for line in order.lines)
    state = f"{words.bridge(order.status)}, {words.bridge(order.payment)}"
    return f"{order.number}  {state}, {order.total} {order.currency}: {lines}"


def _holds(stored: StoredOrder, words: Words) -> str:
    holds = ", ".join(
        f"{units} x {sku}" + ("" if pool == ANY else f" @ {pool}") for (sku, pool), units in stored.holds.items()
    )
    return words("holds", holds=holds) if holds else words("holds_nothing")
