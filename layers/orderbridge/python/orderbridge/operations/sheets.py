"""Stock as CSV, in and out."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from orderbridge import brake
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, InvalidInput
from orderbridge.movements import Kind
from orderbridge.operations.bulk import guard
from orderbridge.operations.inputs import moment
from orderbridge.operations.ledger import Entry, enter, entry_of
from orderbridge.operations.tabular import Fault, Read, rows
from orderbridge.stock import ANY, Level

NEEDED, OPTIONAL = ("sku", "location", "quantity"), ("kind", "reference", "at")
COLUMNS = ("sku", "location", "on_hand", "wanted", "shipped", "available")
KIND = "sheet"  # of a run that the brake has stopped
_WHOLE = re.compile(r"-?[0-9]{1,12}")


def read(bridge: Bridge, content: bytes, who: str, kind: str = "count", *, released: bool = False) -> Read:
    """Enter a sheet with the columns sku, location, quantity and, if you like, kind, reference and at.

    kind      of rows that do not say theirs: a sheet of counts may be read twice without harm
    released  a person has said that it may let any number of SKUs fall to zero
    A row without a reference gets one from the content of the file and its line, so that the same file read again
    changes nothing. Raises InvalidInput when the file as a whole cannot be read, Braked before it would do too much.
    """
    done, name = Read(), hashlib.sha256(content).hexdigest()[:12]
    entries = list(_entries(bridge, content, kind, name, done))
    falls = {} if released else _falls(bridge, [entry for _, entry in entries])
    if falls:
        redo = {"content": bridge.archive.park(f"sheet-{name}", content), "who": who, "kind": kind}
        guard(bridge, f"sheet-{name}", KIND, falls, redo)
    return done.all(entries, lambda entry: enter(bridge, entry, who))


def _entries(bridge: Bridge, content: bytes, kind: str, name: str, done: Read) -> Iterator[tuple[int, Entry]]:
    """What the rows say, each with its line of the file."""
    for line, row in rows(content, NEEDED, OPTIONAL, done.faults):
        try:
            yield line, entry_of(_document(row, kind, f"sheet-{name}-{line}", bridge.settings.time_zone))
        except BridgeError as error:
            done.faults.append(Fault(line, error.reason))


def _falls(bridge: Bridge, entries: list[Entry]) -> dict[str, brake.Fall]:
    """SKUs that these entries, taken as of now, would let fall to zero."""
    before = bridge.stock.levels({entry.sku for entry in entries})
    shelves = {sku: dict(level.on_hand) for sku, level in before.items()}
    places = set(bridge.control.locations())  # a row for any other place will be refused
    for entry in (entry for entry in entries if entry.location in places):
        shelf = shelves[entry.sku]
        shelf[entry.location] = entry.quantity + (shelf.get(entry.location, 0) if entry.kind is Kind.RECEIPT else 0)
    return brake.falls(before, {sku: replace(before[sku], on_hand=shelf) for sku, shelf in shelves.items()})


def _document(row: Mapping[str, str], kind: str, reference: str, zone: str) -> dict[str, object]:
    """A row as an entry's document; `entry_of` says what is wrong with the rest."""
    kind, quantity, at = row.get("kind", "").lower() or kind, row["quantity"], row.get("at", "")
    if kind == Kind.SHIPMENT:
        raise InvalidInput("a sheet holds receipts and counts; a shipment is of an order: `orderbridge stock ship`")
    if not _WHOLE.fullmatch(quantity):
        raise InvalidInput(f"the quantity {quantity[:20]!r} is not a whole number")
    return {
        "kind": kind,
        "sku": row["sku"],
        "location": row["location"],
        "quantity": int(quantity),
        "reference": row.get("reference") or reference,
        "at": moment(at, zone) if at else None,
    }


def write(bridge: Bridge) -> str:
    """All SKUs: a row per location with what its own orders want, and a row `*` for orders that pin no location.

    `available` is what may still be sold from there; in the row `*` it and `on_hand` are of all locations together.
    """
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(COLUMNS)
    for level in sorted(bridge.stock.all_levels(), key=lambda level: level.sku):
        sheet.writerows(_lines(level))
    return out.getvalue()


def _lines(level: Level) -> Iterator[tuple[str | int, ...]]:
    total = max(0, level.balance())
    places = level.on_hand.keys() | level.wanted.keys() | level.shipped.keys()
    for place in sorted(places - {ANY}):
        here = (level.on_hand.get(place, 0), level.wanted.get(place, 0), level.shipped.get(place, 0))
        yield level.sku, place, *here, max(0, min(level.balance_at([place]), total))
    yield level.sku, ANY, sum(level.on_hand.values()), level.wanted.get(ANY, 0), level.shipped.get(ANY, 0), total
