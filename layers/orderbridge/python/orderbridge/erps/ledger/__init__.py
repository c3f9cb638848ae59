"""The embedded ledger: the ERP of a merchant who has none. Stock rule 2 and 4.

Receipts, counts and shipments are rows that are never changed; each adds to the level's on hand in the same
transaction, so that the rows always add up to it. A reference names an entry: told again with the same content it
is a no-op, with other content it is refused.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pydantic import TypeAdapter, ValidationError

from orderbridge import shipping
from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp
from orderbridge.errors import InvalidInput
from orderbridge.model import MAX_UNITS, Location, SkuId
from orderbridge.movements import Kind, Movement, balance, last_count, running
from orderbridge.patience import until_written
from orderbridge.tables.items import Conflict
from orderbridge.tables.movements import Movements

_CLOCKS = timedelta(minutes=5)  # how far the clocks of two machines may be apart
_ENTRY = 0  # position of the entry's own row in the transaction
_LOCATION: TypeAdapter[str] = TypeAdapter(Location)
_NAME: TypeAdapter[str] = TypeAdapter(SkuId)  # SKUs and references: both become part of a key


class Ledger(Erp):
    name: ClassVar[str] = "ledger"

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.rows = Movements(bridge.stock)

    def on_hand(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        levels = {sku: self.bridge.stock.level(sku) for sku in skus}
        places = self.locations()
        return {sku: {**dict.fromkeys(places, 0), **level.on_hand} for sku, level in levels.items() if level.version}

    def promised(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        """Nothing: the ledger knows no documents but ours."""
        return {sku: dict.fromkeys(places, 0) for sku, places in self.on_hand(skus).items()}

    def locations(self) -> list[str]:
        return self.bridge.control.locations()

    def add_location(self, location: str) -> None:
        """A place where stock lies, once; stock at a place that nobody added is refused as a slip of the pen."""
        _valid(_LOCATION, "location", location, "1 to 40 letters, digits, '_', '.' or '-'")
        self.bridge.control.add_location(location)

    def receive(
        self, sku: str, location: str, quantity: int, reference: str, at: datetime | None = None, who: str = ""
    ) -> bool:
        """Units came in: from a supplier, or back from a buyer. False when the reference was entered before.

        at  when, by default now. Before the location's last count it is refused: the count has found these units.
        Raises InvalidInput.
        """
        self._check(sku, location, quantity, reference, at)
        _at_least(quantity, 1)
        now = datetime.now(UTC)
        entry = Movement(sku, location, Kind.RECEIPT, quantity, reference, _utc(at) or now, now, who)
        return self._enter(entry, lambda: self._received_at(entry) if at else self.rows.write(entry))

    def count(
        self, sku: str, location: str, counted: int, as_of: datetime | None, reference: str, who: str = ""
    ) -> bool:
        """So many units lay there at `as_of`, by default now; what happened since is kept. False for a repeat.

        Adds counted - balance at `as_of` to on hand. Raises InvalidInput.
        """
        self._check(sku, location, counted, reference, as_of)
        _at_least(counted, 0)
        now = datetime.now(UTC)
        entry = Movement(sku, location, Kind.COUNT, 0, reference, _utc(as_of) or now, now, who, counted=counted)
        return self._enter(entry, lambda: self._counted(entry, counted))

    def ship(
        self,
        store: str,
        order: str,
        sku: str,
        location: str,
        quantity: int,
        reference: str,
        line: str = "1",
        *,
        beyond: bool = False,
        who: str = "",
        way: tuple[str, str, str] = ("", "", ""),
    ) -> bool:
        """Units left for an order; a negative quantity takes a shipment back, as a new line. False for a repeat.

        beyond  they left although the order does not (any more) hold so many
        way     carrier, tracking number, address to track it at; may be told later, by the same line once more
        Raises NotFound (no such order), InvalidInput.
        """
        self._check(sku, location, quantity, reference, None)
        _name("line", line)
        if quantity == 0:
            raise InvalidInput("a shipment of 0 units is none")
        now = datetime.now(UTC)
        entry = Movement(
            sku,
            location,
            Kind.SHIPMENT,
            -quantity,
            reference,
            now,
            now,
            who,
            store=store,
            order=order,
            line=line,
            carrier=way[0],
            tracking=way[1],
            tracking_url=way[2],
        )
        return shipping.record(self.bridge, self.name, entry, beyond=beyond)

    def movements(self, sku: str) -> list[tuple[Movement, int]]:
        """Receipts, counts and shipments, oldest first, each with the balance of its location after it."""
        return list(running(self.rows.all(sku)))

    def _enter(self, entry: Movement, write: Callable[[], None]) -> bool:
        """Write an entry once; `write` reads what it must and may raise Conflict."""

        def attempt() -> bool:
            if told := self.rows.one(entry.sku, entry.reference):
                return _same(told, entry)
            try:
                write()
            except Conflict as conflict:
                if _ENTRY in conflict.refused:
                    return attempt()  # entered twice at the same time: the row is there now
                raise
            return True

        return until_written(attempt, f"the stock of {entry.sku}")

    def _received_at(self, entry: Movement) -> None:
        moves = self.rows.moves(entry.sku)
        self._after_last_count(entry, self.rows.all(entry.sku))
        self.rows.write(entry, moves)

    def _counted(self, entry: Movement, counted: int) -> None:
        moves = self.rows.moves(entry.sku)  # before the rows: none of them may be missing from what follows
        rows = self.rows.all(entry.sku)
        self._after_last_count(entry, rows)
        self.rows.write(replace(entry, units=counted - balance(rows, entry.location, entry.at)), moves)

    def _after_last_count(self, entry: Movement, rows: list[Movement]) -> None:
        counted = last_count([m for m in rows if m.reference != entry.reference], entry.location)
        if counted and entry.at <= counted:
            raise InvalidInput(
                f"{entry.sku} at {entry.location} was counted as of {counted:%Y-%m-%d %H:%M:%S} UTC: what happened "
                f"until then is in that count, and a {entry.kind.value} of {entry.at:%Y-%m-%d %H:%M:%S} changes nothing"
            )

    def _check(self, sku: str, location: str, quantity: int, reference: str, at: datetime | None) -> None:
        _name("SKU", sku)
        _name("reference", reference)
        if abs(quantity) > MAX_UNITS:
            raise InvalidInput(f"a quantity of {quantity} is absurd: at most {MAX_UNITS} units in one entry")
        if at and at.tzinfo is None:
            raise InvalidInput(f"the time {at.isoformat()} has no zone; write 2026-11-23T14:00:00+01:00 or ...Z")
        if at and at > datetime.now(UTC) + _CLOCKS:
            raise InvalidInput(f"the time {at.isoformat()} lies in the future")
        known = self.locations()
        if location not in known:
            there = f"there are: {', '.join(known)}" if known else "there are none yet"
            raise InvalidInput(f"there is no location {location!r}, {there}; add one with `orderbridge stock location`")
        if sku in self.bridge.stock.known([sku])[1]:
            raise InvalidInput(f"{sku} is a kit: it has no stock of its own, only its components have")


def _name(what: str, text: str) -> None:
    _valid(_NAME, what, text, "1 to 100 characters, without #, | and line breaks")


def _valid(kind: TypeAdapter[str], what: str, text: str, rule: str) -> None:
    try:
        kind.validate_python(text)
    except ValidationError:
        raise InvalidInput(f"{text[:120]!r} is no {what}: {rule}") from None


def _utc(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at else None


def _at_least(quantity: int, least: int) -> None:
    if quantity < least:
        raise InvalidInput(f"a quantity of {quantity}: at least {least} is expected")


def _same(told: Movement, entry: Movement) -> bool:
    """A repeat is a no-op, another content under the same reference is refused. Returns False: nothing was written."""
    known, given = ((m.kind, m.location, m.units if m.counted is None else m.counted) for m in (told, entry))
    if known != given:
        raise InvalidInput(
            f"the reference {told.reference} of {told.sku} is taken: a {told.kind.value} of {known[2]} at "
            f"{told.location} as of {told.at:%Y-%m-%d %H:%M:%S} UTC"
        )
    return False
