"""The demo ERP itself: its documents and shelves, and all that people who work in it may do."""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from local.erp.documents import Document, Line, Refused
from local.erp.goods import Cards
from local.erp.stock import Kind, Move, Shelves


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Office:
    """
    confirms          documents are confirmed as they come; else people do it with `confirm`
    negative_allowed  more may be shipped than lies there
    Methods raise Refused, as the API does, and change nothing then.
    """

    def __init__(
        self, skus: Iterable[str], locations: Sequence[str], *, seed: int = 1, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        self.lock = threading.RLock()
        self.skus = sorted(set(skus))
        self.shelves = Shelves(locations, clock, seed)
        self.cards = Cards(self.skus, clock, seed)
        self.documents: dict[str, Document] = {}
        self.confirms, self.negative_allowed = True, False
        self._by_reference: dict[tuple[str, str], str] = {}
        self._by_sku: dict[str, dict[str, Document]] = {sku: {} for sku in self.skus}
        self._shipped: dict[str, list[Move]] = {sku: [] for sku in self.skus}
        self._parcels: dict[str, Move] = {}
        self._ways: dict[str, tuple[str, str, str]] = {}

    # Prices and product data

    def price(
        self,
        sku: str,
        currency: str,
        price: str,
        store: str | None = None,
        compare_at: str | None = None,
        sale: str | None = None,
        sale_from: str | None = None,
        sale_until: str | None = None,
    ) -> None:
        with self.lock:
            more = {"compare_at": compare_at, "sale": sale, "sale_from": sale_from, "sale_until": sale_until}
            self.cards.price(sku, currency, price, store, **more)

    def end_price(self, sku: str, currency: str, store: str | None = None) -> None:
        with self.lock:
            self.cards.end_price(sku, currency, store)

    def describe(self, sku: str, names: dict[str, str], barcode: str | None = None, grams: int | None = None) -> None:
        with self.lock:
            self.cards.describe(sku, names, barcode, grams)

    # Documents, as the API and people write them

    def create(self, channel: str, reference: str, lines: list[Line], told: int, head: dict[str, Any]) -> Document:
        with self.lock:
            if taken := self._by_reference.get((channel, reference)):
                raise Refused(409, "duplicate", f"Reference {reference} is already used by {taken}.")
            self._check(lines)
            document = Document(f"SO-{len(self.documents) + 1:06}", channel, reference, lines, told, head)
            document.confirmed = self.confirms
            self.documents[document.id] = document
            if reference:
                self._by_reference[channel, reference] = document.id
            self._index(document)
            return document

    def change(self, id: str, revision: int, lines: list[Line], told: int, head: dict[str, Any]) -> Document:
        """Replace the lines; `revision` is the one that the caller has seen."""
        with self.lock:
            document = self._at(id, revision)
            self._check(lines)
            gone = {(line.sku, line.location): line.shipped for line in document.lines if line.shipped}
            left = {(line.sku, line.location): line.quantity for line in lines}
            for (sku, location), shipped in gone.items():
                if left.get((sku, location), 0) < shipped:
                    words = f"{shipped} of {sku} have been shipped: the line cannot be reduced to less."
                    raise Refused(409, "shipped", words)
            for line in lines:
                line.shipped = gone.get((line.sku, line.location), 0)
            skus = {line.sku for line in document.lines}
            document.lines, document.told, document.head, document.cancelled = lines, told, head, False
            self._changed(document, skus)
            return document

    def cancel(self, id: str, revision: int, told: int) -> Document:
        with self.lock:
            document = self._at(id, revision)
            if any(line.shipped for line in document.lines):
                raise Refused(409, "shipped", f"{id} has been shipped in part and cannot be cancelled.")
            document.cancelled, document.told = True, told
            self._changed(document, set())
            return document

    def knows(self, sku: str) -> bool:
        return sku in self._by_sku

    def by_reference(self, channel: str, reference: str) -> Document | None:
        with self.lock:
            id = self._by_reference.get((channel, reference))
            return self.documents[id] if id else None

    def open_documents(self, sku: str) -> list[Document]:
        """Those that can still ship some of it."""
        return [document for document in self._by_sku.get(sku, {}).values() if document.open_units(sku)]

    def promised(self, sku: str, but_not: str) -> dict[str, int]:
        """Location -> units that open documents of all channels but one will take from there."""
        units = dict.fromkeys(self.shelves.locations, 0)
        for document in self.open_documents(sku):
            for line in document.lines if document.channel != but_not else ():
                if line.sku == sku:
                    units[line.location or self.shelves.locations[0]] += line.open
        return units

    def shipments(self, sku: str) -> list[Move]:
        return self._shipped.get(sku, [])

    # What people do

    def confirm(self, document: str) -> None:
        with self.lock:
            found = self._document(document)
            found.confirmed = True
            self._changed(found, set())

    def ship(self, document: str, sku: str, quantity: int, location: str, parcel: str = "") -> str:
        """Post a shipment line, also of more than was ordered; returns "<shipment>.<line>", which names it."""
        with self.lock:
            found = self._document(document)
            self._check([Line(sku, quantity, location)])
            if not found.confirmed or found.cancelled:
                raise Refused(409, "state", f"{document} is {found.state}: nothing can be shipped for it.")
            if quantity < 1:
                raise Refused(422, "quantity", "A shipment has at least one unit.")
            if self.shelves.booked(sku, location) < quantity and not self.negative_allowed:
                raise Refused(409, "stock", f"Only {self.shelves.booked(sku, location)} of {sku} are at {location}.")
            return self._post(Kind.SHIPMENT, found, sku, location, quantity, parcel)

    def track(self, parcel: str, carrier: str, tracking: str, url: str = "") -> None:
        """The carrier has taken a shipment over: all its lines are on this way. `parcel` is one of them."""
        with self.lock:
            if parcel not in self._parcels:
                raise Refused(404, "unknown", f"There is no shipment line {parcel}.")
            self._ways[_shipment(parcel)] = carrier, tracking, url
            for line, move in self._parcels.items():
                if _shipment(line) == _shipment(parcel):
                    self.shelves.note(move.sku)

    def way(self, parcel: str) -> tuple[str, str, str]:
        """Carrier, tracking number and address of a shipment line, "" as long as they are not known."""
        return self._ways.get(_shipment(parcel), ("", "", ""))

    def reverse(self, parcel: str, quantity: int | None = None) -> str:
        """Take a shipment line back, whole or in part, by a new line."""
        with self.lock:
            move = self._parcels.get(parcel)
            if move is None or move.kind is not Kind.SHIPMENT:
                raise Refused(404, "unknown", f"There is no shipment line {parcel}.")
            before = [m.quantity for m in self._shipped[move.sku] if m.parcel.startswith(f"{parcel}-R")]
            left = -move.quantity - sum(before)
            units = left if quantity is None else quantity
            if not 0 < units <= left:
                raise Refused(409, "quantity", f"{left} of {parcel} can be taken back.")
            document, name = self.documents[move.document], f"{parcel}-R{len(before) + 1}"
            return self._post(Kind.REVERSAL, document, move.sku, move.location, -units, name)

    def receive(self, sku: str, location: str, quantity: int) -> None:
        with self.lock:
            self._check([Line(sku, quantity, location)])
            self.shelves.book(Kind.RECEIPT, sku, location, quantity)

    def count(self, sku: str, location: str, counted: int) -> None:
        with self.lock:
            self._check([Line(sku, counted, location)])
            self.shelves.book(Kind.COUNT, sku, location, counted - self.shelves.booked(sku, location))

    def promise(self, customer: str, sku: str, location: str, quantity: int) -> str:
        """A sale of the merchant's own, outside of the shops; returns its document."""
        return self.create("counter", "", [Line(sku, quantity, location)], 0, {"customer": customer}).id

    def _post(self, kind: Kind, document: Document, sku: str, location: str, quantity: int, parcel: str) -> str:
        line = document.line_for(sku, location, quantity)
        if line is None:
            line = Line(sku, 0)
            document.lines.append(line)
        line.shipped += quantity
        parcel = parcel or f"SH-{len(self._parcels) + 1:06}.1"
        move = self.shelves.book(kind, sku, location, -quantity, document.id, parcel)
        self._shipped[sku].append(move)
        self._parcels[parcel] = move
        self._changed(document, {sku})
        return parcel

    def _at(self, id: str, revision: int) -> Document:
        document = self._document(id)
        if document.revision != revision:
            raise Refused(409, "changed", f"{id} was changed by somebody else: it is at revision {document.revision}.")
        return document

    def _document(self, id: str) -> Document:
        if id not in self.documents:
            raise Refused(404, "unknown", f"There is no document {id}.")
        return self.documents[id]

    def _check(self, lines: list[Line]) -> None:
        for line in lines:
            if not self.knows(line.sku):
                raise Refused(422, "product", f"Product {line.sku} does not exist.")
            if line.location is not None and line.location not in self.shelves.locations:
                raise Refused(422, "location", f"Location {line.location} does not exist.")
            if line.quantity < 0:
                raise Refused(422, "quantity", f"A quantity of {line.quantity} is not possible.")

    def _changed(self, document: Document, skus: set[str]) -> None:
        document.revision += 1
        for sku in skus:
            self._by_sku[sku].pop(document.id, None)
        self._index(document)

    def _index(self, document: Document) -> None:
        """Find the open documents of a SKU without looking at all; the feed tells of promises to others."""
        for sku in {line.sku for line in document.lines}:
            if document.open_units(sku):
                self._by_sku[sku][document.id] = document
            else:
                self._by_sku[sku].pop(document.id, None)
            if document.channel == "counter":
                self.shelves.note(sku)


def _shipment(parcel: str) -> str:
    """Of "<shipment>.<line>"."""
    return parcel.partition(".")[0]
