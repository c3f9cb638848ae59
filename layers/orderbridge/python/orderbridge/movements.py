"""What moved on the shelves of the embedded ledger, and the balance at any time. Pure, no I/O."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    RECEIPT = "receipt"
    COUNT = "count"
    SHIPMENT = "shipment"


@dataclass(frozen=True)
class Movement:
    """One entry of the ledger.

    units     what it added to on hand, in whole units; negative for what left
    at        when it happened on the shelf; for a count the time as of which was counted
    entered   when it was written down
    counted   units that a count found, None for anything else
    store, order, pool, line   of a shipment
    parcel    what the ERP calls the parcel that the line left in, "" where that is `reference`
    carrier, tracking, tracking_url   of a shipment, "" as long as they are not known
    earlier   tracking numbers that it had before
    """

    sku: str
    location: str
    kind: Kind
    units: int
    reference: str
    at: datetime
    entered: datetime
    who: str = ""
    counted: int | None = None
    store: str = ""
    order: str = ""
    pool: str = ""
    line: str = ""
    parcel: str = ""
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""
    earlier: tuple[str, ...] = ()

    @property
    def parcel_name(self) -> str:
        return self.parcel or self.reference

    @property
    def way(self) -> tuple[str, str, str]:
        """How it travels."""
        return self.carrier, self.tracking, self.tracking_url

    def same_as(self, told: "Movement") -> bool:
        """Whether two shipment lines of one name say the same."""
        known, given = ((m.store, m.order, m.location, m.units) for m in (self, told))
        return known == given

    def tells_more_than(self, known: "Movement") -> bool:
        """Whether carrier or tracking are news. Units leave first; and what was known once is not forgotten."""
        return any(self.way) and self.way != known.way


def in_order(movements: Iterable[Movement]) -> list[Movement]:
    return sorted(movements, key=lambda m: (m.at, m.entered, m.reference))


def balance(movements: Iterable[Movement], location: str, at: datetime) -> int:
    """Units at a location right after everything that happened there until `at`."""
    return sum(m.units for m in movements if m.location == location and m.at <= at)


def last_count(movements: Iterable[Movement], location: str) -> datetime | None:
    counts = [m.at for m in movements if m.location == location and m.kind is Kind.COUNT]
    return max(counts, default=None)


def running(movements: Iterable[Movement]) -> Iterator[tuple[Movement, int]]:
    """Oldest first, each with the balance of its location after it."""
    balances: dict[str, int] = {}
    for movement in in_order(movements):
        balances[movement.location] = balances.get(movement.location, 0) + movement.units
        yield movement, balances[movement.location]
