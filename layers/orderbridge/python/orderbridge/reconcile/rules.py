"""What two sides say of the same thing, compared. Pure, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from orderbridge.model import Order, OrderStatus
from orderbridge.orders import Holds
from orderbridge.platforms.base import Hint

FETCHED, LOOKED_AT = "the order is fetched again", "the shop is looked at and told again"


class Kind(StrEnum):
    """A difference, by its name in reports and in the ids of findings."""

    MISSING = "missing-order"
    OLDER = "older-order"
    DELETED = "deleted-order"
    QUANTITY = "wrong-quantity"
    UNLISTED = "hidden-listing"
    PRICE = "wrong-price"
    UNTOLD = "not-in-erp"
    STRANGER = "unknown-document"
    PARCEL = "missing-parcel"
    GAP = "number-gap"
    SILENT = "silent-store"


@dataclass(frozen=True)
class Finding:
    """
    about   what differs: the platform's id of an order, a SKU and the id of its listing, the ERP's id of a document
    number  what people call it, "" where nobody does
    ours, theirs  what each side says, in plain words
    repair  what was asked for to put it right, "" where only a person can
    """

    kind: Kind
    store: str
    about: str
    number: str = ""
    ours: str = ""
    theirs: str = ""
    repair: str = ""

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.store}/{self.about}"


@dataclass(frozen=True)
class Known:
    """What our record of an order says without its document; `buried`: it was deleted before it was known."""

    store: str
    id: str
    version: datetime | None = None
    status: str = ""
    number: str = ""
    created_at: datetime | None = None
    wants: Holds = field(default_factory=dict)
    shipped: Holds = field(default_factory=dict)
    waits: bool = False
    buried: bool = False

    @property
    def unshipped(self) -> bool:
        return any(units > self.shipped.get(key, 0) for key, units in self.wants.items())

    @property
    def open(self) -> bool:
        """Whether it would matter that the platform does not know it any more: nothing else is left to undo."""
        return self.status in (OrderStatus.DRAFT, OrderStatus.OPEN) or (
            self.status == OrderStatus.COMPLETED and self.unshipped
        )


def compare(store: str, item: Order | Hint, known: Known | None) -> Finding | None:
    """An order that the platform lists against our record of it; None where we have it as it is, or newer."""
    id = item.order_id if isinstance(item, Hint) else item.id
    theirs = f"of {item.version:%Y-%m-%d %H:%M:%S}" if item.version else "shown"
    if known is None:
        return Finding(Kind.MISSING, store, id, "" if isinstance(item, Hint) else item.number, "", theirs, FETCHED)
    if known.buried:
        return Finding(Kind.MISSING, store, id, "", "deleted before it was known here", theirs)
    back = known.status == OrderStatus.DELETED and item.version == known.version
    if back or (item.version and known.version and item.version > known.version):
        ours = f"of {known.version:%Y-%m-%d %H:%M:%S}, {known.status}"
        return Finding(Kind.OLDER, store, id, known.number, ours, theirs, FETCHED)
    return None


def compare_shelf(
    store: str, sku: str, item: str, offered: Mapping[str, int], shown: Mapping[str, int]
) -> Finding | None:
    """What a listing should show, by location, against what it shows; None where that is the same."""
    about = f"{sku}#{item}"
    if offered.keys() - shown.keys():
        return Finding(Kind.UNLISTED, store, about, sku, _units(offered), "not shown", LOOKED_AT)
    if differing := [place for place, units in offered.items() if shown[place] != units]:
        ours, theirs = ({place: side[place] for place in differing} for side in (offered, shown))
        return Finding(Kind.QUANTITY, store, about, sku, _units(ours), _units(theirs), LOOKED_AT)
    return None


def _units(by_place: Mapping[str, int]) -> str:
    return ", ".join(f"{units} at {place}" if place else str(units) for place, units in sorted(by_place.items()))
