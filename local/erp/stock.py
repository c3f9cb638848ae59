"""What lies on the demo ERP's shelves: moves in a journal, units by location, and a feed of what changed."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice


class Kind(StrEnum):
    RECEIPT = "receipt"
    COUNT = "count"
    SHIPMENT = "shipment"
    REVERSAL = "reversal"


@dataclass(frozen=True)
class Move:
    """One line of the journal; it is never changed. `quantity` is what it adds to the shelf, `parcel` is
    "<shipment>.<line>", `document` what it left for."""

    id: int
    at: datetime
    kind: Kind
    sku: str
    location: str
    quantity: int
    document: str = ""
    parcel: str = ""


@dataclass(frozen=True)
class Changed:
    """A row of the feed. Ids rise with the time of writing, but a row is seen only from `seen` on: as in an ERP that
    gives out ids when a transaction begins, a later row may be seen before an earlier one."""

    id: int
    at: datetime
    sku: str
    seen: datetime


class Shelves:
    """
    settles_after  seconds until units that left are gone from `on_hand`; the journal shows them at once
    late           seconds that a row of the feed may take to be seen
    """

    def __init__(self, locations: Iterable[str], clock: Callable[[], datetime], seed: int) -> None:
        self.locations, self.clock = tuple(locations), clock
        self.settles_after = self.late = 0.0
        self.journal: list[Move] = []
        self.feed: list[Changed] = []
        self._booked: dict[tuple[str, str], int] = {}
        self._shown: dict[tuple[str, str], int] = {}
        self._settling: list[tuple[datetime, Move]] = []
        self._random = random.Random(seed)

    def book(self, kind: Kind, sku: str, location: str, quantity: int, document: str = "", parcel: str = "") -> Move:
        """Write a line of the journal; what is shipped shows on the shelf after `settles_after`."""
        now, key = self.clock(), (sku, location)
        move = Move(len(self.journal) + 1, now, kind, sku, location, quantity, document, parcel)
        self.journal.append(move)
        self._booked[key] = self._booked.get(key, 0) + quantity
        gap = self.settles_after if kind in (Kind.SHIPMENT, Kind.REVERSAL) else 0
        self._settling.append((now + timedelta(seconds=gap), move))
        self.note(sku)
        return move

    def note(self, sku: str) -> None:
        """Tell the feed that a shelf or a promise changed."""
        now = self.clock()
        seen = now + timedelta(seconds=self._random.uniform(0, self.late))
        self.feed.append(Changed(len(self.feed) + 1, now, sku, seen))

    def booked(self, sku: str, location: str) -> int:
        """Units that are left to take, whatever the shelf still shows."""
        return self._booked.get((sku, location), 0)

    def on_hand(self, sku: str) -> dict[str, int]:
        """Location -> units, every location."""
        now = self.clock()
        waiting = [(at, move) for at, move in self._settling if at > now]
        for at, move in self._settling:
            if at <= now:
                key = move.sku, move.location
                self._shown[key] = self._shown.get(key, 0) + move.quantity
        self._settling = waiting
        return {place: self._shown.get((sku, place), 0) for place in self.locations}

    def changes(self, after: int, limit: int) -> tuple[list[Changed], bool]:
        """Rows of the feed behind an id that can be seen by now, and whether there are more."""
        now = self.clock()
        behind = (row for row in islice(self.feed, after, None) if row.seen <= now)
        rows = list(islice(behind, limit + 1))
        return rows[:limit], len(rows) > limit
