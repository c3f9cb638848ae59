"""Quantities: what each listing shows against what may be offered now. A difference becomes a to-do of its store."""

import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.platforms.base import Platform
from orderbridge.reconcile.pages import Page
from orderbridge.reconcile.rules import Finding, compare_shelf
from orderbridge.reconcile.runs import Run, Step
from orderbridge.shelves import Plan, decide
from orderbridge.tables.control import LOOK, STOCK, URGENT, counterparty

_BATCH = 100  # listings
_A_MOMENT = 3.0  # seconds, in which most orders come of what a shop has just sold


def shown(bridge: Bridge, run: Run, step: Step) -> Page:
    """A page of a store's listings, in the order of their item ids. Raises the errors of the platform."""
    listed = {item: f"{sku}#{item}" for item, sku in bridge.control.items(step.store, step.place, _BATCH).items()}
    findings = _differing(bridge, step.store, listed.values())
    if findings:
        time.sleep(_A_MOMENT)
        findings = _differing(bridge, step.store, [finding.about for finding in findings])
    for finding in findings:
        now, mark = datetime.now(UTC), uuid.uuid4().hex
        bridge.control.look_at(counterparty(step.store), finding.about, mark, now, now)
    if findings:
        bridge.queues.ring(counterparty(step.store))
    return Page(max(listed) if len(listed) == _BATCH else None, len(listed), findings)


def _differing(bridge: Bridge, store: str, ids: Iterable[str]) -> list[Finding]:
    """Listings, by the ids of their to-dos, that show what they should not, and that nobody is about to tell."""
    plans = _plans(bridge, store, bridge.shop(store), ids)
    busy = _busy(bridge, store, plans)
    return [finding for id, (plan, finding) in plans.items() if finding and id not in busy and _quiet(plan)]


def _plans(bridge: Bridge, store: str, shop: Platform, ids: Iterable[str]) -> dict[str, tuple[Plan, Finding | None]]:
    """By the id of the to-do: what should be told now, and what is wrong with what is shown. The shop is read first:
    a sale that comes in between is then in our numbers, and in a to-do."""
    known = bridge.stock.shelved(store, [(id.partition("#")[0], id.partition("#")[2]) for id in ids])
    shown = shop.read_listings([one.listing for one in known.values()]) if known else {}
    record, now = bridge.control.store(store), datetime.now(UTC)
    fresh = bridge.stock.shelved(store, known)
    snapshots = bridge.stock.snapshots({sku for sku, _ in fresh})
    found = {}
    for (sku, item), one in fresh.items():
        kind = platforms.load(record.platform)
        plan = decide(one, *snapshots[sku], record, now, compare_and_set=kind.COMPARE_AND_SET)
        seen = {place: s.quantity for place in plan.targets if (s := shown.get((item, place))) is not None}
        dirty = any(level.dirty for level in snapshots[sku][0].values())
        found[f"{sku}#{item}"] = plan, None if dirty else compare_shelf(store, sku, item, plan.targets, seen)
    return found


def _busy(bridge: Bridge, store: str, ids: Iterable[str]) -> set[str]:
    """Listings of which a to-do says that they are not told yet; all of them while a change of policy goes round."""
    ids, who = list(ids), counterparty(store)
    if bridge.control.retells(who):
        return set(ids)
    keys = {f"{urgency}#{kind}#{id}": id for id in ids for urgency in (URGENT, STOCK) for kind in ("stock", LOOK)}
    return {keys[sk] for sk in bridge.control.listed(who, keys)}


def _quiet(plan: Plan) -> bool:
    """One that the shop refuses is in the quarantine, and known to be wrong."""
    return plan.listed.shelf.state != "rejected"
