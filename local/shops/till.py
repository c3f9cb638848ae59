"""What people do in a demo shop: order, pay, edit, cancel, refund, ship, delete.

A shop lowers its own stock in the same moment and only then tells anybody. One lock guards the whole state: a
shop never shows half a sale. Platforms differ in what some of these steps mean; they override the hooks.
"""

import itertools
import random
import threading
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum, auto

from local.shops.buyers import BUYERS, Buyer
from local.shops.sales import Edit, Line, Listing, Parcel, Refund, RefundLine, Sale, ShopRefuses, SoldOut, Tax


class Event(Enum):
    CREATED = auto()
    PAID = auto()
    EDITED = auto()
    CANCELLED = auto()
    REFUNDED = auto()
    SHIPPED = auto()
    UPDATED = auto()
    DELETED = auto()
    HELD = auto()
    RELEASED = auto()
    DELIVERED = auto()
    TRACKED = auto()
    RETURN_REQUESTED = auto()
    RETURN_APPROVED = auto()
    RETURN_DECLINED = auto()
    RETURN_CLOSED = auto()


class Till(ABC):
    """The state of one shop and what may happen to it.

    locations       the platform's location ids, in the order in which the shop takes units from them
    shipping        what every order is charged for shipping, as the shop shows its prices
    allow_oversell  sell although the own quantity is used up
    now             the shop's clock, may be replaced
    """

    def __init__(self, name: str, currency: str, tax: Tax, locations: Sequence[str], seed: int) -> None:
        self.name, self.currency, self.tax, self.locations = name, currency, tax, tuple(locations)
        self.lock = threading.RLock()
        self.listings: list[Listing] = []
        self.sales: dict[int, Sale] = {}
        self.shipping = Decimal(0)
        self.allow_oversell = False
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._ids = itertools.count(self.first_id(name))
        self._numbers = itertools.count(1001)
        self._random = random.Random(seed)

    @staticmethod
    def first_id(name: str) -> int:
        """Ids of different shops do not meet, and one shop has the same ones each time."""
        return zlib.crc32(name.encode()) % 9000 * 1_000_000 + 1_000_000

    @abstractmethod
    def announce(self, event: Event, sale: Sale) -> None:
        """Queue the webhooks of an event; the lock is held and the stock is already changed."""

    # selling

    def sell(self, sku: str, quantity: int = 1) -> str:
        """A buyer orders and pays; returns the order id. Raises SoldOut."""
        return self.sell_basket({sku: quantity})

    def sell_basket(
        self,
        basket: Mapping[str, int],
        *,
        buyer: Buyer | None = None,
        paid: bool = True,
        test: bool = False,
        discount: Decimal = Decimal(0),
        note: str = "",
        presentment: tuple[str, Decimal] | None = None,
    ) -> str:
        """As `sell`, of several SKUs at once. `discount` is off the whole order, `presentment` the buyer's
        currency and its rate (units of it for one unit of the shop's)."""
        with self.lock:
            lines = [Line(next(self._ids), self.listing(s), n, self.listing(s).price) for s, n in basket.items()]
            for line in lines:
                self._refuse_unless_available(line.listing, line.quantity)
            now = self.second()
            sale = Sale(
                next(self._ids), next(self._numbers), buyer or self._random.choice(BUYERS), self.currency,
                self.tax, lines, self.shipping, now, now, now if paid else None, test, note,
                "HARBOUR" if discount else "", presentment,
            )  # fmt: skip
            self._allot(sale, discount)
            for line in lines:
                self._take(line, line.quantity)
            self._collect(sale)
            self.sales[sale.id] = sale
            self.announce(Event.CREATED, sale)
            return str(sale.id)

    def pay(self, order: str) -> None:
        with self.lock:
            sale = self._standing(order)
            self._touch(sale)
            sale.paid_at = sale.version
            self._collect(sale)
            self.announce(Event.PAID, sale)

    def edit(self, order: str, sku: str, quantity: int) -> None:
        """Change how many of a SKU an order is for: more, fewer, 0, or one that was not in it."""
        with self.lock:
            sale, listing = self._standing(order), self.listing(sku)
            line = next((x for x in sale.lines if x.listing is listing), None)
            if line is None:
                line = Line(next(self._ids), listing, 0, listing.price)
            change = quantity - sale.current(line)
            if not change:
                return
            if change > 0:
                self._refuse_unless_available(listing, change)
                self._take(line, change)
                line.quantity += change
                if line not in sale.lines:
                    sale.lines.append(line)
            elif -change > sale.open(line):
                raise ShopRefuses("only units that were not shipped can be removed")
            else:
                self._put_back(line, -change)
                self.removing(sale, line, -change)
            self._touch(sale)
            sale.edits.append(Edit(next(self._ids), sale.version, line, change))
            self._collect(sale)
            self.announce(Event.EDITED, sale)

    def cancel(self, order: str, reason: str = "customer", restock: bool = True) -> None:
        """Cancel the whole order, pay everything back and, if `restock`, put its units on sale again."""
        with self.lock:
            sale = self._standing(order)
            self._touch(sale)
            self.cancelling(sale, restock)
            sale.cancelled_at, sale.cancel_reason = sale.version, reason
            self.announce(Event.CANCELLED, sale)

    def refund(self, order: str, sku: str = "", quantity: int = 0, restock: bool = True, reason: str = "") -> str:
        """Pay back units of one SKU, or with sku "" all that is left; returns the refund's id."""
        with self.lock:
            sale = self.sale(order)
            lines = [x for x in sale.lines if sku in {"", x.listing.product.sku} and sale.current(x)]
            if not lines or (quantity and quantity > sale.current(lines[0])):
                raise ShopRefuses("there are not so many units left to refund")
            self._touch(sale)
            rows = [row for x in lines for row in self._refund_rows(sale, x, quantity or sale.current(x), restock)]
            refund = self.record_refund(sale, rows, reason)
            self.announce(Event.REFUNDED, sale)
            return str(refund.id)

    def fulfil(self, order: str, sku: str = "", quantity: int = 0, tracking: str = "") -> str:
        """Ship units of one SKU, or with sku "" all that is open, in one parcel; returns the parcel's id."""
        with self.lock:
            sale = self._standing(order)
            if sale.held:
                raise ShopRefuses("the order is on hold")
            open_lines = [x for x in sale.lines if sku in {"", x.listing.product.sku} and sale.open(x)]
            if not open_lines or (quantity and quantity > sale.open(open_lines[0])):
                raise ShopRefuses("there are not so many units left to ship")
            sent = [(x, quantity or sale.open(x)) for x in open_lines]
            return str(self.pack(sale, sent, "Harbour Post", tracking or f"HP{sale.id}").id)

    def pack(self, sale: Sale, sent: list[tuple[Line, int]], carrier: str, tracking: str, url: str = "") -> Parcel:
        """Units left in one parcel, whoever says so; the lock is held."""
        self._touch(sale)
        parcel = Parcel(next(self._ids), sale.version, sent, self.locations[0], carrier, tracking, url=url)
        sale.parcels.append(parcel)
        if not any(sale.open(x) for x in sale.lines):
            sale.completed_at = sale.version
        self.announce(Event.SHIPPED, sale)
        return parcel

    def delete(self, order: str) -> None:
        """Remove the order from the shop for good. Neither platform puts its units back."""
        with self.lock:
            sale = self.sale(order)
            self._touch(sale)
            sale.deleted = True
            self.announce(Event.DELETED, sale)

    # looking

    def listing(self, sku: str) -> Listing:
        """By the merchant's SKU, also where the shop itself shows none."""
        for listing in self.listings:
            if listing.product.sku == sku:
                return listing
        raise ShopRefuses(f"this shop does not sell {sku!r}")

    def sale(self, order: str) -> Sale:
        sale = self.sales.get(int(order)) if order.isdecimal() else None
        if sale is None or sale.deleted:
            raise ShopRefuses(f"there is no order {order!r}")
        return sale

    def quantities(self) -> dict[str, dict[str, int]]:
        """The shop's own numbers: merchant's SKU -> platform location id -> units."""
        with self.lock:
            return {x.product.sku: dict(x.quantities) for x in self.listings}

    def second(self) -> datetime:
        """Both platforms tell time in whole seconds."""
        return self.now().replace(microsecond=0)

    # inside

    def cancelling(self, sale: Sale, restock: bool) -> None:
        """What a cancellation does to stock and money; platforms add to it."""
        rows = [row for x in sale.lines for row in self._refund_rows(sale, x, sale.current(x), restock)]
        self.record_refund(sale, rows, "Order canceled")

    def removing(self, sale: Sale, line: Line, quantity: int) -> None:
        """What an edit that removes units leaves of the line."""
        line.removed += quantity

    def record_refund(self, sale: Sale, rows: list[RefundLine], reason: str) -> Refund:
        everything = not any(sale.current(x) - sum(r.quantity for r in rows if r.line is x) for x in sale.lines)
        owed = sum((r.amount + (0 if sale.tax.included else r.tax) for r in rows), Decimal(0))
        left = sale.total - sale.paid_back if sale.paid_at else Decimal(0)
        amount = left if everything else min(owed, left)
        refund = Refund(next(self._ids), sale.version, reason, amount, rows)
        sale.refunds.append(refund)
        return refund

    def _refund_rows(self, sale: Sale, line: Line, quantity: int, restock: bool) -> list[RefundLine]:
        unshipped = min(quantity, sale.open(line))
        rows: list[RefundLine] = []
        before = sale.refunded(line)
        for units, word in ((unshipped, "cancel"), (quantity - unshipped, "return")):
            places = self._put_back(line, units) if restock else {"": units}
            for location, part in places.items():
                if part:
                    amount = sale.share(line, line.charged, before, part)
                    tax = sale.share(line, sale.tax.of(line.charged, sale.currency), before, part)
                    before += part
                    kind = word if restock else "no_restock"
                    rows.append(RefundLine(next(self._ids), line, part, kind, location, amount, tax))
        return rows

    def _refuse_unless_available(self, listing: Listing, quantity: int) -> None:
        if quantity < 1:
            raise ShopRefuses("a quantity must be at least 1")
        if listing.tracked and not self.allow_oversell and listing.available < quantity:
            raise SoldOut(f"{self.name} has {listing.available} of {listing.product.sku}, not {quantity}")

    def _allot(self, sale: Sale, discount: Decimal) -> None:
        """Spread an order discount over the lines by their worth; the last line takes what rounding leaves."""
        worth, left = sum((x.charged for x in sale.lines), Decimal(0)), discount
        for line in sale.lines[:-1]:
            line.discount = (discount * line.charged / worth).quantize(line.unit_price)
            left -= line.discount
        sale.lines[-1].discount = left

    def _take(self, line: Line, quantity: int) -> None:
        if not line.listing.tracked:
            return
        shelf = line.listing.quantities
        for location in shelf:
            part = min(quantity, max(0, shelf[location]))
            quantity -= part
            shelf[location] -= part
            line.taken[location] = line.taken.get(location, 0) + part
        first = next(iter(shelf))  # what nobody has is owed by the first location: it goes below zero
        shelf[first] -= quantity
        line.taken[first] += quantity

    def _put_back(self, line: Line, quantity: int) -> dict[str, int]:
        """Return units to the locations they came from; how many went where."""
        places: dict[str, int] = {}
        for location, held in line.taken.items():
            places[location] = part = min(quantity, held)
            quantity -= part
            line.taken[location] -= part
            line.listing.quantities[location] += part
        return places

    def _standing(self, order: str) -> Sale:
        sale = self.sale(order)
        if sale.cancelled_at:
            raise ShopRefuses("the order is cancelled")
        return sale

    def _collect(self, sale: Sale) -> None:
        """Who has paid pays at once what an edit adds; what it takes off is not paid back by itself."""
        if sale.paid_at:
            sale.received = max(sale.received, sale.total)

    def _touch(self, sale: Sale) -> None:
        sale.version = max(sale.version, self.second())
