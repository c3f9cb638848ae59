"""What to tell a shop about one listing: decided from what we know of its shelf. Pure, no I/O.

A shop lowers its own quantity at its own sale, before we hear of the order. So a quantity that we wrote is
remembered together with the number of units the shop had sold by then, in the count of `Level.sold`:

    what the shop should show now = quantity - (units sold that we know of now - units sold then)

When a read shows less, the shop has sold units whose order has not reached us: these are `unseen`, and the
shop is offered that much less until their orders come. An order that has not come after ten minutes was not
a sale: that is drift, and the number is put right.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from orderbridge.model import Kit, Listing, Store
from orderbridge.stock import Explanation, Level, available

PATIENCE = timedelta(minutes=10)  # how long an unseen sale may stay without an order
_LONGEST_WHY = 400  # characters; a listing should stay below 1 kB, the unit that DynamoDB charges for


@dataclass(frozen=True)
class Told:
    """The last number that a shop took from us: units over all locations, and how it came about."""

    units: int
    at: datetime
    why: str


@dataclass(frozen=True)
class Shelf:
    """What we believe a shop shows for one listing, and since when.

    quantities    platform location -> units at the last write or read
    sold, back    units the shop had sold and got back then, in the counts of Level; `sold` with unseen sales
    verified      quantities were read from the platform, not only written
    unseen_since  since when the shop has sold units whose order we have not seen
    state         "new", "accepted", "verified" or "rejected"; `trouble` says why in the platform's words
    target        units we wanted it to show, over all locations
    at            of the last write or read
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    sold: int = 0
    back: int = 0
    verified: bool = False
    unseen_since: datetime | None = None
    state: str = "new"
    trouble: str = ""
    target: int | None = None
    push_id: str = ""
    at: datetime | None = None
    told: Told | None = None


@dataclass(frozen=True)
class Shelved:
    listing: Listing
    shelf: Shelf


class Action(StrEnum):
    SKIP = "skip"  # read from the shop, right, and nothing happened since
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Plan:
    """The decision for one listing.

    targets   platform location -> units to offer
    expected  platform location -> units the shop should show now, None where only a read can tell
    sold      units the shop has sold by now as far as anyone knows, unseen ones included
    known     units of these whose orders we have
    back      units that its orders gave up
    least     units the shop should show now in total, if it put nothing that came back on sale again;
              None if it was never looked at
    returned  units that came back since: the shop may or may not have put them on sale
    drift     units were missing for so long that they were no sale
    why       how the targets came about, in plain words
    """

    listed: Shelved
    action: Action
    targets: Mapping[str, int]
    expected: Mapping[str, int | None]
    sold: int
    known: int
    back: int
    least: int | None
    returned: int
    drift: bool = False
    why: str = ""


def decide(
    listed: Shelved,
    levels: Mapping[str, Level],
    kits: Mapping[str, Kit],
    store: Store,
    now: datetime,
    *,
    compare_and_set: bool,
    look: bool = False,
) -> Plan:
    """What to do about one listing now.

    look  somebody has seen another number in the shop: read it, also where all seems well
    """
    sku, shelf, level = listed.listing.sku, listed.shelf, levels[listed.listing.sku]
    known, back = level.sold.get(store.id, 0), level.back.get(store.id, 0)
    gone, returned, unseen = max(0, known - shelf.sold), back - shelf.back, max(0, shelf.sold - known)
    drift = bool(unseen and shelf.unseen_since and now - shelf.unseen_since > PATIENCE)
    if drift:
        unseen = 0
    offers = {place: available(sku, levels, kits, store, place) for place in store.locations}
    targets = {place: max(0, offer.number - unseen) for place, offer in offers.items()}
    looked_at = all(place in shelf.quantities for place in store.locations)
    # What came back is on sale again or not, and with several locations nobody says where units were sold.
    sure = looked_at and not returned and not (gone and len(store.locations) > 1)
    expected = {place: shelf.quantities[place] - gone if sure else None for place in store.locations}
    # Orders that came may be those of the unseen units, or of later ones: look once more.
    settled = shelf.verified and not (gone or returned or unseen or drift or shelf.unseen_since)
    least = sum(shelf.quantities.values()) - gone if looked_at else None
    blind = not looked_at and not compare_and_set  # nothing to compare with, and nothing that would compare
    action = Action.SKIP if sure and settled and not look else Action.READ
    if blind or (sure and expected != targets):
        action = Action.WRITE
    why = _words(offers, unseen)
    return Plan(listed, action, targets, expected, known + unseen, known, back, least, returned, drift, why)


def accepted(plan: Plan, push_id: str, now: datetime) -> Shelf:
    """The shelf after the shop took the targets."""
    return Shelf(
        plan.targets,
        plan.sold,
        plan.back,
        unseen_since=_since(plan.listed.shelf, plan.sold > plan.known, now),
        state="accepted",
        target=sum(plan.targets.values()),
        push_id=push_id,
        at=now,
        told=Told(sum(plan.targets.values()), now, plan.why),
    )


def observed(plan: Plan, written: Shelf | None, shown: Mapping[str, int], now: datetime) -> Shelf:
    """The shelf after a read; `written` is the shelf as a write of this plan left it, None when there was none.

    Less than there should be was sold unseen. More is units that came back, or an end to what was thought unseen.
    """
    before = written or plan.listed.shelf
    should = sum(written.quantities.values()) if written else plan.least
    missing = 0 if should is None else should - sum(shown.values())
    if missing < 0 and not written:
        missing = min(0, missing + plan.returned)
    sold = max(plan.known, plan.sold + missing)
    return replace(
        before,
        quantities=dict(shown),
        sold=sold,
        back=plan.back,
        verified=True,
        unseen_since=_since(plan.listed.shelf, sold > plan.known, now),
        state="verified",
        trouble="",
        target=sum(plan.targets.values()),
        at=now,
    )


def settled(plan: Plan, shelf: Shelf) -> bool:
    """Whether the shop was seen to show what it should, with every sale accounted for."""
    return shelf.verified and shelf.quantities == plan.targets and shelf.sold == plan.known


def _words(offers: Mapping[str, Explanation], unseen: int) -> str:
    """Short enough to be kept with every listing: a kit of many parts is explained in full by `sku explain`."""
    parts = [(f"at {place}: " if len(offers) > 1 else "") + "; ".join(offer.steps) for place, offer in offers.items()]
    if unseen:
        parts.append(f"sold in the shop, their orders have not come: -{unseen}")
    text = "; ".join(filter(None, parts)) or "there is no stock of it yet"
    return text if len(text) <= _LONGEST_WHY else text[:_LONGEST_WHY] + " ..."


def _since(shelf: Shelf, unseen: bool, now: datetime) -> datetime | None:
    return (shelf.unseen_since or now) if unseen else None
