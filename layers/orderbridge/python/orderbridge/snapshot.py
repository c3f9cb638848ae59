"""Stock rule 3: what an ERP has on its shelves, at one instant of its own.

The ERP's shelves and our record of what left them are read one after the other, and the ERP ships in between. The
steps make both belong to one instant: whatever left before is in neither, whatever leaves after is in both. They are
functions of their own because a test exhausts what may happen between any two of them.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pydantic import TypeAdapter, ValidationError

from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp, Posted
from orderbridge.errors import InvalidInput, NotFound, TemporaryFailure
from orderbridge.model import Location
from orderbridge.movements import Movement
from orderbridge.parking import park
from orderbridge.shipping import record, ring
from orderbridge.stock import Level
from orderbridge.tables.movements import Movements
from orderbridge.tables.stock import Stock

UNKNOWN = "the ERP does not answer for it"
NOWHERE = "the ERP keeps it at a location whose name is none: 1 to 40 letters, digits, '_', '.' or '-'"
MOVED = "it moved in the ERP while it was read"
OVERTAKEN = "another snapshot was written meanwhile"
_LOCATION: TypeAdapter[str] = TypeAdapter(Location)


@dataclass(frozen=True)
class Snapshot:
    """What was read so far.

    skus      those that can still be written
    left_out  the others, each with the reason in plain words
    """

    number: int
    skus: frozenset[str]
    posted: Mapping[str, Posted] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    on_hand: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    promised: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> list[Movement]:
        """In the order in which they were posted: a reversal takes back what left before it."""
        found = [line for sku in self.skus for line in self.posted[sku].lines]
        return sorted(found, key=lambda line: (line.at, line.units, line.reference, line.line))

    def places(self, sku: str) -> set[str]:
        return {*self.on_hand[sku], *self.promised[sku]}

    def after(self) -> dict[str, Level]:
        """The levels as they would be written."""
        return {sku: self._after(self.levels[sku]) for sku in self.skus}

    def _after(self, level: Level) -> Level:
        on_hand = {**dict.fromkeys(level.on_hand, 0), **self.on_hand[level.sku]}  # a closed location keeps nothing
        others = {**dict.fromkeys(level.others, 0), **self.promised[level.sku]}
        return replace(level, on_hand=on_hand, others=others, counted=level.shipped, snapshot=self.number)


def take(bridge: Bridge, erp: Erp, skus: Iterable[str], sleep: Callable[[float], None] = time.sleep) -> frozenset[str]:
    """Returns the SKUs that were written; the others moved meanwhile, or the ERP did not answer for them: try again.

    Raises the errors of the ERP; then nothing was written.
    """
    return write(look(bridge, erp, skus, sleep), bridge.stock)


def look(bridge: Bridge, erp: Erp, skus: Iterable[str], sleep: Callable[[float], None] = time.sleep) -> Snapshot:
    """Steps a to c: shipments are recorded, no level is written. Raises the errors of the ERP."""
    snapshot = take_in(bridge, erp, look_at_documents(begin(bridge, skus), erp))
    snapshot = note_shipped(snapshot, bridge.stock)
    sleep(erp.SETTLES_AFTER)
    return confirm(look_at_shelves(snapshot, erp), erp)


def begin(bridge: Bridge, skus: Iterable[str]) -> Snapshot:
    """The number comes before anything is read: of two snapshots the one that began later is kept."""
    return Snapshot(bridge.control.next_snapshot(), frozenset(skus))


def look_at_documents(snapshot: Snapshot, erp: Erp) -> Snapshot:
    """Step a, first half."""
    posted = erp.posted(snapshot.skus)
    return drop(replace(snapshot, posted=posted), snapshot.skus - posted.keys(), UNKNOWN)


def take_in(bridge: Bridge, erp: Erp, snapshot: Snapshot) -> Snapshot:
    """Step a, second half: record every line that is new; a SKU with a line that cannot be is not written."""
    recorded = Movements(bridge.stock).recorded(erp.name, snapshot.lines)
    new = [line for line in snapshot.lines if line not in recorded]
    for line in new:
        if trouble := known(bridge, erp, line, snapshot.number):
            snapshot = drop(snapshot, {line.sku}, trouble)
    ring(bridge, {line.store for line in new})
    return snapshot


def known(bridge: Bridge, erp: Erp, line: Movement, number: int) -> str:
    """See to it that one line is recorded; returns why its SKU cannot be written, "" if it can."""
    try:
        record(bridge, erp.name, line)
    except NotFound as error:
        # An order that never reached us holds nothing: the shelf alone tells the truth about its units.
        park(bridge, erp.name, line, number, error, unknown=True)
    except InvalidInput as error:
        return error.reason if park(bridge, erp.name, line, number, error, unknown=False) else ""
    except TemporaryFailure as failure:
        return failure.reason  # our own: others keep the order busy, and the other SKUs need not wait for it
    return ""


def note_shipped(snapshot: Snapshot, stock: Stock) -> Snapshot:
    """Step b, first half: what is known to have left, before the shelves are looked at."""
    return replace(snapshot, levels=stock.levels(snapshot.skus))


def look_at_shelves(snapshot: Snapshot, erp: Erp) -> Snapshot:
    """Step b, second half."""
    on_hand, promised = erp.on_hand(snapshot.skus), erp.promised(snapshot.skus)
    silent = snapshot.skus - (on_hand.keys() & promised.keys())
    snapshot = drop(replace(snapshot, on_hand=on_hand, promised=promised), silent, UNKNOWN)
    return drop(snapshot, {sku for sku in snapshot.skus if not all(map(_is_location, snapshot.places(sku)))}, NOWHERE)


@lru_cache(maxsize=1000)
def _is_location(name: str) -> bool:
    try:
        _LOCATION.validate_python(name)
    except ValidationError:
        return False
    return True


def confirm(snapshot: Snapshot, erp: Erp) -> Snapshot:
    """Step c: whatever shipped, or was about to, since step a may or may not be missing from the shelves we saw."""
    again = erp.posted(snapshot.skus)
    return drop(snapshot, {sku for sku in snapshot.skus if again.get(sku) != snapshot.posted[sku]}, MOVED)


def write(snapshot: Snapshot, stock: Stock) -> frozenset[str]:
    """Step d; returns the SKUs that were written, the others had another snapshot meanwhile."""
    return frozenset(
        sku
        for sku, level in sorted(snapshot.after().items())
        if stock.put_snapshot(snapshot.levels[sku], snapshot.number, level.on_hand, level.others, level.counted)
    )


def drop(snapshot: Snapshot, skus: Iterable[str], reason: str) -> Snapshot:
    gone = dict.fromkeys(skus, reason)
    return replace(snapshot, skus=snapshot.skus.difference(gone), left_out={**snapshot.left_out, **gone})
