"""Entries of the embedded ledger as documents: the body of an API call, or a row of a sheet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.model import Time
from orderbridge.movements import Kind
from orderbridge.operations.inputs import faults, valid


class Entry(BaseModel):
    """quantity   units received, counted or shipped; a negative shipment takes one back
    reference  names the entry: told again it is a no-op
    at         when it was received, or as of when it was counted; by default now
    store, order, line, beyond, carrier, tracking, tracking_url   of a shipment, see Ledger.ship
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: Kind
    sku: str
    location: str
    quantity: StrictInt
    reference: str
    at: Time | None = None
    store: str = ""
    order: str = ""
    line: str = "1"
    beyond: bool = False
    carrier: str = Field("", max_length=100)
    tracking: str = Field("", max_length=100)
    tracking_url: str = Field("", max_length=500)


@dataclass(frozen=True)
class Line:
    """One movement; `units` is what it added to on hand, `balance` what its location held after it."""

    at: datetime
    kind: str
    location: str
    units: int
    balance: int
    reference: str
    counted: int | None
    store: str
    order: str
    who: str


def entry_of(document: Any) -> Entry:
    """Raises InvalidInput."""
    try:
        return Entry.model_validate(document)
    except ValidationError as error:
        raise InvalidInput(faults(error)) from None


def enter(bridge: Bridge, entry: Entry, who: str) -> bool:
    """False when it was entered before. Raises InvalidInput, NotFound, TemporaryFailure."""
    ledger = Ledger(bridge)
    match entry.kind:
        case Kind.RECEIPT:
            return ledger.receive(entry.sku, entry.location, entry.quantity, entry.reference, entry.at, who)
        case Kind.COUNT:
            return ledger.count(entry.sku, entry.location, entry.quantity, entry.at, entry.reference, who)
        case Kind.SHIPMENT:
            if entry.at:
                raise InvalidInput("a shipment is entered when it leaves: it takes no `at`")
            return ledger.ship(
                valid("store", entry.store),
                valid("order id", entry.order),
                entry.sku,
                entry.location,
                entry.quantity,
                entry.reference,
                entry.line,
                beyond=entry.beyond,
                who=who,
                way=(entry.carrier, entry.tracking, entry.tracking_url),
            )


def movements(bridge: Bridge, sku: str) -> list[Line]:
    """Oldest first. Raises NotFound, InvalidInput."""
    found = Ledger(bridge).movements(valid("SKU", sku))
    if not found and sku not in bridge.stock.known([sku])[0]:
        raise NotFound(f"there is no SKU {sku!r}")
    return [
        Line(m.at, m.kind, m.location, m.units, balance, m.reference, m.counted, m.store, m.order, m.who)
        for m, balance in found
    ]
