"""Stock rule 3: what an ERP has on its shelves, at one instant of its own.

The ERP's shelves and our record of what left them are read one after the other, and the ERP ships in between. The
steps make both belong to one instant: whatever left before is in neither, whatever leaves after is in both. They are
functions of their own because a test exhausts what may happen between any two of them.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp, Posted
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.movements import Movement
from orderbridge.shipping import record
from orderbridge.stock import Level
from orderbridge.tables.stock import Stock


@dataclass(frozen=True)
class Snapshot:
    """What was read so far. `skus` are those that can still be written; an answer that lacks one drops it."""

    number: int
    skus: frozenset[str]
    posted: Mapping[str, Posted] = field(default_factory=dict)
    levels: Mapping[str, Level] = field(default_factory=dict)
    on_hand: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    promised: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def lines(self) -> list[Movement]:
        """In the order in which they were posted: a reversal takes back what left before it."""
        found = [line for sku in self.skus for line in self.posted[sku].lines]
        return sorted(found, key=lambda line: (line.at, line.units, line.reference, line.line))


def take(bridge: Bridge, erp: Erp, skus: Iterable[str], sleep: Callable[[float], None] = time.sleep) -> frozenset[str]:
    """Returns the SKUs that were written; the others moved meanwhile, or the ERP did not answer for them: try again.

    Raises the errors of the ERP; then nothing was written.
    """
    snapshot = look_at_documents(begin(bridge, skus), erp)
    snapshot = drop(snapshot, {line.sku for line in snapshot.lines if not known(bridge, erp, line)})
    snapshot = note_shipped(snapshot, bridge.stock)
    sleep(erp.SETTLES_AFTER)
    return write(confirm(look_at_shelves(snapshot, erp), erp), bridge.stock)


def begin(bridge: Bridge, skus: Iterable[str]) -> Snapshot:
    """The number comes before anything is read: of two snapshots the one that began later is kept."""
    return Snapshot(bridge.control.next_snapshot(), frozenset(skus))


def look_at_documents(snapshot: Snapshot, erp: Erp) -> Snapshot:
    """Step a, first half."""
    posted = erp.posted(snapshot.skus)
    return drop(replace(snapshot, posted=posted), snapshot.skus - posted.keys())


def known(bridge: Bridge, erp: Erp, line: Movement) -> bool:
    """Step a, second half: see to it that one line is recorded. False when it contradicts what we know."""
    try:
        record(bridge, erp.name, line)
    except NotFound:
        # An order that never reached us holds nothing: the shelf alone tells the truth about its units.
        return True
    except InvalidInput:
        return False
    return True


def note_shipped(snapshot: Snapshot, stock: Stock) -> Snapshot:
    """Step b, first half: what is known to have left, before the shelves are looked at."""
    return replace(snapshot, levels={sku: stock.level(sku) for sku in snapshot.skus})


def look_at_shelves(snapshot: Snapshot, erp: Erp) -> Snapshot:
    """Step b, second half."""
    on_hand, promised = erp.on_hand(snapshot.skus), erp.promised(snapshot.skus)
    silent = snapshot.skus - (on_hand.keys() & promised.keys())
    return drop(replace(snapshot, on_hand=on_hand, promised=promised), silent)


def confirm(snapshot: Snapshot, erp: Erp) -> Snapshot:
    """Step c: whatever shipped, or was about to, since step a may or may not be missing from the shelves we saw."""
    again = erp.posted(snapshot.skus)
    return drop(snapshot, {sku for sku in snapshot.skus if again.get(sku) != snapshot.posted[sku]})


def write(snapshot: Snapshot, stock: Stock) -> frozenset[str]:
    """Step d; returns the SKUs that were written, the others had another snapshot meanwhile."""
    written = set()
    for sku in sorted(snapshot.skus):
        level = snapshot.levels[sku]
        on_hand = {**dict.fromkeys(level.on_hand, 0), **snapshot.on_hand[sku]}  # a closed location keeps nothing
        others = {**dict.fromkeys(level.others, 0), **snapshot.promised[sku]}
        if stock.put_snapshot(level, snapshot.number, on_hand, others, level.shipped):
            written.add(sku)
    return frozenset(written)


def drop(snapshot: Snapshot, skus: Iterable[str]) -> Snapshot:
    return replace(snapshot, skus=snapshot.skus - set(skus))
