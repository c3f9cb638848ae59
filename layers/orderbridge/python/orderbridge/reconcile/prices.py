"""Prices: what each listing costs in its shop against what it is to cost now. A difference becomes a to-do."""

import uuid
from datetime import UTC, datetime

from orderbridge.bridge import Bridge
from orderbridge.reconcile.pages import Page
from orderbridge.reconcile.rules import LOOKED_AT, Finding, Kind
from orderbridge.reconcile.runs import Run, Step
from orderbridge.repricing import Prices
from orderbridge.tables.control import PRICE, PRICES, TURN, counterparty
from orderbridge.tags import HELD, REJECTED

_BATCH = 100  # listings


def priced(bridge: Bridge, run: Run, step: Step) -> Page:
    """A page of a store's listings, in the order of their item ids. Raises the errors of the platform."""
    listed = bridge.control.items(step.store, step.place, _BATCH)
    findings = _differing(bridge, step.store, listed)
    who, now, mark = counterparty(step.store), datetime.now(UTC), uuid.uuid4().hex
    for finding in findings:
        bridge.control.add_todo(who, PRICES, PRICE, finding.about, mark, now)
    if findings:
        bridge.queues.ring(who)
    return Page(max(listed) if len(listed) == _BATCH else None, len(listed), findings)


def _differing(bridge: Bridge, store: str, listed: dict[str, str]) -> list[Finding]:
    """Listings that show what they should not, and that nobody is about to tell, and no person is asked about."""
    aspect = Prices(bridge, bridge.control.store(store), bridge.shop(store))
    known = bridge.stock.shelved(store, [(sku, item) for item, sku in listed.items()]) if listed else {}
    now = datetime.now(UTC)
    wants = aspect.wants({key: one.listing for key, one in known.items()}, now)
    quiet = [want for want in wants.values() if want.tag.state not in (REJECTED, HELD)]
    settle = aspect.shop.WRITES_SETTLE
    quiet = [want for want in quiet if (at := want.tag.settles_until(settle)) is None or at <= now]
    shown = aspect.read([want.listing for want in quiet]) if quiet else {}
    found = []
    for want in quiet:
        seen = shown.get(want.listing.item_id)
        if seen is None or not aspect.agrees(want, seen):
            theirs = aspect.words(seen) if seen else "not shown"
            ours = aspect.words(want.value)
            found.append(Finding(Kind.PRICE, store, want.id, want.listing.sku, ours, theirs, LOOKED_AT))
    busy = _busy(bridge, store, [finding.about for finding in found])
    return [finding for finding in found if finding.about not in busy]


def _busy(bridge: Bridge, store: str, ids: list[str]) -> set[str]:
    """Those of which a to-do says that they are not told yet; a sale that is due but not told is one of them."""
    who, now = counterparty(store), datetime.now(UTC)
    keys = {f"{PRICES}#{PRICE}#{id}" for id in ids}
    busy = {sk.split("#", 2)[2] for sk in bridge.control.listed(who, keys)}
    due = {t.id for t in bridge.control.todos(who) if t.kind == TURN and t.since <= now} if ids else set()
    return busy | due
