"""What to tell a shop about one listing: decided from what we know of its shelf. Pure, no I/O.

A shop lowers its own quantity at its own sale, before we hear of the order. So a quantity that we wrote is
remembered together with the number of units the shop had sold by then, in the count of `Level.sold`:

    what the shop should show now = quantity - (units sold that we know of now - units sold then)

When a read shows less, the shop has sold units whose order has not reached us: these are `unseen`, and the
shop is offered that much less until their orders come. An order that has not come after ten minutes was not
a sale: that is drift, and the number is put right.

Some platforms take a number and show it minutes later. Until a write has settled a read tells nothing: the old number
is neither a sale nor drift, so nobody reads. What does not show then was not taken, whatever had been answered: it is
written again, and after some tries a person must look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from orderbridge.model import Kit, Listing, Store
from orderbridge.stock import Explanation, Level, available

UNSHOWN, UNSHOWN_WITH_WORDS = 3, 2  # writes in a row that do not show until a person must look; with words of errors
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
    unshown       how many writes in a row the platform accepted and did not show, once they should have settled
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
    unshown: int = 0

    def settles(self, time: timedelta) -> datetime | None:
        """Until when a read may still show what was there before the last write; None where nothing was written."""
        return self.told.at + time if self.state == "accepted" and self.told else None


@dataclass(frozen=True)
class Shelved:
    listing: Listing
    shelf: Shelf


class Action(StrEnum):
    SKIP = "skip"  # read from the shop, right, and nothing happened since
    READ = "read"
    WRITE = "write"
    WAIT = "wait"  # written, and not settled yet: a read would tell nothing


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
    until     when its last write has settled, where a read has to wait for that
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
    until: datetime | None = None

    @property
    def item(self) -> str:
        return self.listed.listing.item_id

    @property
    def id(self) -> str:
        """Of the to-do of its listing."""
        return f"{self.listed.listing.sku}#{self.item}"

    def as_sent(self, push: Mapping[str, Any]) -> "Plan":
        """The plan of an earlier attempt: what it offered and why, and what the shop had sold by then."""
        sold, back = push["counts"][self.item]
        targets = {place: units for row, place, units in push["quantities"] if row == self.item}
        return replace(self, targets=targets, sold=sold, back=back, why=push["why"][self.item])


def decide(
    listed: Shelved,
    levels: Mapping[str, Level],
    kits: Mapping[str, Kit],
    store: Store,
    now: datetime,
    *,
    compare_and_set: bool,
    look: bool = False,
    settle: timedelta = timedelta(0),
) -> Plan:
    """What to do about one listing now.

    look    somebody has seen another number in the shop: read it, also where all seems well
    settle  how long after a write a read may still show what was there before
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
    until = shelf.settles(settle)
    if action is Action.READ and until and now < until:
        # Whether what came back is on sale again cannot be asked yet; the right number can be written all the same.
        action = Action.WAIT if sure or compare_and_set or targets == shelf.quantities else Action.WRITE
    why = _words(offers, unseen)
    return Plan(listed, action, targets, expected, known + unseen, known, back, least, returned, drift, why, until)


def accepted(plan: Plan, push_id: str, now: datetime, *, late: bool = False) -> Shelf:
    """The shelf after the shop took the targets.

    late  it shows them later; and what drifted may be the number before, which its last write should have raised
    """
    before = plan.listed.shelf
    return Shelf(
        plan.targets,
        plan.sold,
        plan.back,
        unseen_since=_since(before, plan.sold > plan.known, now),
        state="accepted",
        trouble=before.trouble if before.unshown else "",
        target=sum(plan.targets.values()),
        push_id=push_id,
        at=now,
        told=Told(sum(plan.targets.values()), now, plan.why),
        unshown=before.unshown + (late and plan.drift),
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


def shown_late(plan: Plan, shelf: Shelf, shown: Mapping[str, int], words: str) -> Shelf:
    """What a read says of a write that should have settled; `shelf` is what `observed` makes of it.

    words  what the platform has said about the listing, kept with it while it does not show the target
    A write shows as its number, less what the shop sold since, or more by what came back, and begins the count anew.
    More than that is what was there before it. Less may be that as well, or be sold unseen: whichever is settled by
    orders, or by drift.
    """
    before, units = plan.listed.shelf, sum(shown.values())
    unshown, missed = before.unshown, not settled(plan, shelf)
    if before.state == "accepted" and plan.least is not None:
        if units > sum(before.quantities.values()) + plan.returned:
            unshown += 1
        elif units >= plan.least:
            unshown = 0
    trouble = (words or (before.trouble if unshown else "")) if missed else ""
    return replace(shelf, unshown=unshown if missed else 0, trouble=trouble)


def refused(shelf: Shelf) -> str:
    """Why nobody should go on writing the number, "" while there is hope: the platform accepts and does not show it."""
    if shelf.unshown < (UNSHOWN_WITH_WORDS if shelf.trouble else UNSHOWN):
        return ""
    reason = f"the platform accepted it {shelf.unshown} times and shows {sum(shelf.quantities.values())}"
    return f"{reason}: {shelf.trouble}" if shelf.trouble else reason


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
