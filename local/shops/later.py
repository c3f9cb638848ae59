"""What may happen to an order of a demo shop after its sale beyond money and parcels: holds, returns, exchanges,
deliveries, reopening, later discounts. Platforms that know no such thing refuse it."""

from decimal import Decimal

from local.shops.sales import Edit, Line, Parcel, Return, Sale, ShopRefuses
from local.shops.till import Event, Till


class Later(Till):
    def hold(self, order: str, reason: str = "other") -> None:
        """Nothing of the order may be shipped until it is released."""
        with self.lock:
            sale = self._standing(order)
            if sale.held:
                raise ShopRefuses("the order is on hold already")
            self._touch(sale)
            sale.held = reason
            self.announce(Event.HELD, sale)

    def release(self, order: str) -> None:
        with self.lock:
            sale = self._standing(order)
            if not sale.held:
                raise ShopRefuses("the order is not on hold")
            self._touch(sale)
            sale.held = ""
            self.announce(Event.RELEASED, sale)

    def reopen(self, order: str) -> None:
        """An order that was archived as done is open again."""
        with self.lock:
            sale = self._standing(order)
            if sale.completed_at is None:
                raise ShopRefuses("the order is open")
            self._touch(sale)
            sale.completed_at = None
            self.announce(Event.UPDATED, sale)

    def rediscount(self, order: str, sku: str, discount: Decimal) -> None:
        """Set the discount of one line, after the sale."""
        with self.lock:
            sale = self._standing(order)
            line = self._line(sale, sku)
            if not 0 <= discount <= line.unit_price * line.quantity:
                raise ShopRefuses("a discount is at least 0 and at most what the line costs")
            self._touch(sale)
            line.discount = discount
            sale.coupon = sale.coupon or "GOODWILL"
            sale.edits.append(Edit(next(self._ids), sale.version, line, 0))
            self.announce(Event.EDITED, sale)

    def deliver(self, order: str, parcel: str = "") -> None:
        """The carrier says that a parcel, by default the last, has arrived."""
        with self.lock:
            sale = self.sale(order)
            found = [x for x in sale.parcels if parcel in ("", str(x.id))]
            if not found:
                raise ShopRefuses("there is no such parcel")
            self._touch(sale)
            found[-1].delivered = True
            sale.told = found[-1]
            self.announce(Event.DELIVERED, sale)

    def track(self, sale: Sale, parcel: Parcel, carrier: str, tracking: str, url: str) -> None:
        """A parcel gets another carrier and tracking; the lock is held."""
        self._touch(sale)
        parcel.carrier, parcel.tracking, parcel.url = carrier, tracking, url
        sale.told = parcel
        self.announce(Event.TRACKED, sale)

    def request_return(self, order: str, sku: str, quantity: int = 1, reason: str = "Unwanted") -> str:
        """The buyer wants to send units back; returns the return's id."""
        return self._begin_return(order, sku, quantity, reason, "requested", Event.RETURN_REQUESTED)

    def open_return(self, order: str, sku: str, quantity: int = 1, reason: str = "Unwanted") -> str:
        """The shop itself notes that units come back; returns the return's id."""
        return self._begin_return(order, sku, quantity, reason, "open", Event.RETURN_APPROVED)

    def exchange(self, order: str, sku: str, quantity: int, for_sku: str) -> str:
        """Units come back and as many of another SKU are sent in their place, for nothing; returns the return's id."""
        with self.lock:
            sale, listing = self._standing(order), self.listing(for_sku)
            self._refuse_more_than_shipped(sale, self._line(sale, sku), quantity)
            self._refuse_unless_available(listing, quantity)
            line = Line(next(self._ids), listing, quantity, listing.price, listing.price * quantity)
            self._take(line, quantity)
            sale.lines.append(line)
            sale.completed_at = None
            return self._begin_return(order, sku, quantity, "Exchange", "open", Event.RETURN_APPROVED, [line])

    def approve_return(self, order: str, number: str) -> None:
        self._move_return(order, number, "requested", "open", Event.RETURN_APPROVED)

    def decline_return(self, order: str, number: str) -> None:
        self._move_return(order, number, "requested", "declined", Event.RETURN_DECLINED)

    def close_return(self, order: str, number: str) -> None:
        self._move_return(order, number, "open", "closed", Event.RETURN_CLOSED)

    # inside

    def _begin_return(
        self,
        order: str,
        sku: str,
        quantity: int,
        reason: str,
        status: str,
        event: Event,
        sent: list[Line] | None = None,
    ) -> str:
        with self.lock:
            sale = self.sale(order)
            line = self._line(sale, sku)
            self._refuse_more_than_shipped(sale, line, quantity)
            self._touch(sale)
            name = f"#{sale.number}-R{len(sale.returns) + 1}"
            made = Return(next(self._ids), name, status, reason, line, quantity, next(self._ids), sent or [])
            sale.returns.append(made)
            sale.told = made
            self.announce(event, sale)
            return str(made.id)

    def _move_return(self, order: str, number: str, before: str, after: str, event: Event) -> None:
        with self.lock:
            sale = self.sale(order)
            made = next((r for r in sale.returns if str(r.id) == number), None)
            if made is None or made.status != before:
                raise ShopRefuses(f"there is no return {number!r} that is {before}")
            self._touch(sale)
            made.status = after
            sale.told = made
            self.announce(event, sale)

    def _line(self, sale: Sale, sku: str) -> Line:
        listing = self.listing(sku)
        line = next((x for x in sale.lines if x.listing is listing), None)
        if line is None:
            raise ShopRefuses(f"the order has no {sku!r}")
        return line

    def _refuse_more_than_shipped(self, sale: Sale, line: Line, quantity: int) -> None:
        coming = sum(r.quantity for r in sale.returns if r.line is line and r.status not in ("declined", "cancelled"))
        if not 1 <= quantity <= sale.shipped(line) - coming:
            raise ShopRefuses("only units that were shipped can be returned")


def told_return(sale: Sale) -> Return:
    assert isinstance(sale.told, Return)
    return sale.told


def told_parcel(sale: Sale) -> Parcel:
    assert isinstance(sale.told, Parcel)
    return sale.told
