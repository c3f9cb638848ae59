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
from orderbridge.stock import Level, available

PATIENCE = timedelta(minutes=10)  # how long an unseen sale may stay without an order


@dataclass(frozen=True)
class Shelf:
    """What we believe a shop shows for one listing, and since when.

    quantities    platform location -> units at the last write or read
    sold          units the shop had sold then, in the count of Level.sold (unseen sales included)
    verified      quantities were read from the platform, not only written
    unseen_since  since when the shop has sold units whose order we have not seen
    state         "new", "accepted", "verified" or "rejected"; `trouble` says why in the platform's words
    """

    quantities: Mapping[str, int] = field(default_factory=dict)
    sold: int = 0
    verified: bool = False
    unseen_since: datetime | None = None
    state: str = "new"
    trouble: str = ""
    target: int | None = None
    push_id: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Shelved:
    listing: Listing
    shelf: Shelf


class Action(StrEnum):
    SKIP = "skip"  # read from the shop, right, and nothing happened since
    WAIT = "wait"  # right as far as we know, but an order has still to come
    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Plan:
    """The decision for one listing; `targets` and `expected` by platform location.

    sold    units the shop has sold by now as far as anyone knows, unseen ones included
    known   units of these whose orders we have
    """

    listed: Shelved
    action: Action
    targets: Mapping[str, int]
    expected: Mapping[str, int | None]
    sold: int
    known: int
    drift: bool = False
    why: tuple[str, ...] = ()


def decide(
    listed: Shelved, levels: Mapping[str, Level], kit: Kit | None, store: Store, now: datetime, *, compare_and_set: bool
) -> Plan:
    """What to do about one listing now."""
    sku, shelf = listed.listing.sku, listed.shelf
    known = levels[sku].sold.get(store.id, 0)
    sold, unseen, drift = max(shelf.sold, known), max(0, shelf.sold - known), False
    if unseen and shelf.unseen_since and now - shelf.unseen_since > PATIENCE:
        sold, unseen, drift = known, 0, True
    offers = {place: available(sku, levels, kit, store, place) for place in store.locations}
    targets = {place: max(0, offer.number - unseen) for place, offer in offers.items()}
    expected = _expected(shelf, store, max(0, known - shelf.sold))
    if not all(place in shelf.quantities for place in store.locations):
        action = Action.READ if compare_and_set else Action.WRITE
    elif expected != targets:
        action = Action.READ if None in expected.values() else Action.WRITE
    elif shelf.verified and shelf.sold == known:
        action = Action.SKIP
    else:
        action = Action.WAIT if shelf.verified and unseen else Action.READ
    return Plan(
        listed, action, targets, expected, sold, known, drift, tuple(s for o in offers.values() for s in o.steps)
    )


def _expected(shelf: Shelf, store: Store, gone: int) -> dict[str, int | None]:
    """What the shop should show at each location; None where it cannot be known without a read."""
    if gone and len(store.locations) > 1:
        return dict.fromkeys(store.locations)  # sold since, and nobody says at which location
    return {place: q - gone if (q := shelf.quantities.get(place)) is not None else None for place in store.locations}


def accepted(plan: Plan, push_id: str, now: datetime) -> Shelf:
    """The shelf after the shop took the targets."""
    return Shelf(
        plan.targets,
        plan.sold,
        verified=False,
        unseen_since=_since(plan.listed.shelf, plan.sold > plan.known, now),
        state="accepted",
        target=sum(plan.targets.values()),
        push_id=push_id,
        at=now,
    )


def observed(plan: Plan, before: Shelf, shown: Mapping[str, int], now: datetime) -> Shelf:
    """The shelf after a read. `before` is the shelf the read is compared with: as written, or as expected."""
    missing = sum(before.quantities.values()) - sum(shown.values()) if before.quantities else 0
    sold = max(plan.known, before.sold + missing)
    return replace(
        before,
        quantities=dict(shown),
        sold=sold,
        verified=True,
        unseen_since=_since(plan.listed.shelf, sold > plan.known, now),
        state="verified",
        trouble="",
        target=sum(plan.targets.values()),
        at=now,
    )


def as_expected(plan: Plan) -> Shelf:
    """The shelf as it should be by now, before a read that follows no write."""
    known = {place: n for place, n in plan.expected.items() if n is not None}
    complete = len(known) == len(plan.expected)
    return replace(plan.listed.shelf, quantities=known if complete else {}, sold=plan.sold)


def settled(plan: Plan, shelf: Shelf) -> bool:
    """Whether the shop was seen to show what it should, with every sale accounted for."""
    return shelf.verified and dict(shelf.quantities) == dict(plan.targets) and shelf.sold == plan.known


def _since(shelf: Shelf, unseen: bool, now: datetime) -> datetime | None:
    return (shelf.unseen_since or now) if unseen else None
