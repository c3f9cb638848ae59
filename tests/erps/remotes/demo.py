"""The demo ERP as the conformance suite drives it."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.erp.erp import DemoErp
from local.erp.faults import Fault
from tests.erps.remote import Remote, Trouble

_FAULTS = {
    Trouble.BUSY: Fault.THROTTLED,
    Trouble.DOWN: Fault.UNAVAILABLE,
    Trouble.UNREACHED: Fault.UNREACHED,
    Trouble.LOST: Fault.LOST,
    Trouble.REVOKED: Fault.REVOKED,
    Trouble.HALF: Fault.HALF,
    Trouble.TORN: Fault.TORN,
    Trouble.EMPTY: Fault.EMPTY,
}


class DemoRemote(Remote):
    def __init__(self, erp: DemoErp) -> None:
        self.erp, self.office = erp, erp.office
        self.secret = erp.credentials

    def stock(self, sku: str, location: str, units: int) -> None:
        self.office.receive(sku, location, units)

    def promise(self, sku: str, location: str, units: int) -> None:
        self.office.promise("a walk-in customer", sku, location, units)

    def ship(self, document: str, sku: str, location: str, units: int) -> str:
        return self.office.ship(document, sku, units, location)

    def reverse(self, shipment: str) -> None:
        self.office.reverse(shipment)

    def wanted(self, reference: str) -> list[dict[tuple[str, str | None], int]]:
        with self.office.lock:
            found = [d for d in self.office.documents.values() if d.reference == reference]
            return [
                {(line.sku, line.location): line.quantity for line in d.lines} if not d.cancelled else {} for d in found
            ]

    def price(self, sku: str, currency: str, amount: str, store: str | None = None, **more: str) -> None:
        self.office.price(sku, currency, amount, store, **more)

    def describe(self, sku: str, names: dict[str, str], barcode: str, grams: int) -> None:
        self.office.describe(sku, names, barcode, grams)

    def trouble(self, *coming: Trouble | None) -> None:
        self.erp.faults.script.clear()
        self.erp.faults.script.extend(_FAULTS[trouble] if trouble else "" for trouble in coming)

    def closed(self) -> None:
        self.erp.stop()


@contextmanager
def remote(skus: tuple[str, ...], locations: tuple[str, ...]) -> Iterator[Remote]:
    with DemoErp(skus, locations) as erp:
        yield DemoRemote(erp)
