"""Orders: what a platform lists against our record, and what we have against what the platform still shows.

Nothing is written here. What differs is put on the inbound queue, where it goes the way of every order.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import Rejected
from orderbridge.model import Order, OrderStatus
from orderbridge.platforms.base import Cursor, Hint, Platform
from orderbridge.polling import pass_on
from orderbridge.reconcile.pages import Page, settled
from orderbridge.reconcile.rules import FETCHED, Finding, Kind, Known, compare
from orderbridge.reconcile.runs import Run, Runs, Step
from orderbridge.tables.known import known

FIRST = timedelta(days=60)  # how far back a store is read that was never compared; Shopify shows no more to many apps


def listed(bridge: Bridge, run: Run, step: Step) -> Page:
    """A page of what the platform lists as modified since the last run. Raises the errors of the platform."""
    cursor, again = _cursor(bridge, run, step)
    found = bridge.shop(step.store).orders_since(cursor)
    items = {_id(item): item for item in found.items if _id(item) not in again and settled(item.version, run)}
    ours = known(bridge.orders, [(step.store, id) for id in items])
    differing = {id: compare(step.store, item, ours.get((step.store, id))) for id, item in items.items()}
    pass_on(bridge, step.store, [items[id] for id, finding in differing.items() if finding and finding.repair])
    findings = [finding for finding in differing.values() if finding]
    return Page(_place(found.next, found.items, again), len(items), findings)


def gone(bridge: Bridge, store: str, mine: Sequence[Known], seen: set[str]) -> Iterator[Finding]:
    """Open orders of ours that their platform does not show any more, each as soon as it is found. Raises the errors of
    the platform.

    seen  ids that were looked at; they are added here, so that whoever is refused in the middle can go on there
    """
    shop = bridge.shop(store)
    for one in _doubtful(shop, [one for one in mine if one.id not in seen]):
        try:
            order, repair, theirs = shop.fetch(one.id), FETCHED, "not shown any more"
        except Rejected as refusal:  # it may be too old to be shown to us: this one is for a person
            order, repair, theirs = None, "", refusal.reason
        if order is None or order.status is OrderStatus.DELETED:
            if repair:
                pass_on(bridge, store, [Hint(one.id)])
            yield Finding(Kind.DELETED, store, one.id, one.number, one.status, theirs, repair)
        seen.add(one.id)


def _doubtful(shop: Platform, mine: Sequence[Known]) -> list[Known]:
    if not (mine and shop.supports("still_there")):
        return list(mine)
    there = shop.still_there([one.id for one in mine])
    return [one for one in mine if one.id not in there]


def _cursor(bridge: Bridge, run: Run, step: Step) -> tuple[Cursor, list[str]]:
    """Where the list goes on, and ids that the page before has shown already."""
    if step.place:
        place = json.loads(step.place)
        return Cursor(datetime.fromisoformat(place["since"]), place["token"]), place["again"]
    store, before = bridge.control.store(step.store), Runs(bridge.control).compared(step.store)
    overlap = platforms.load(store.platform).ORDERS_OVERLAP
    since = before - overlap if before else max(store.connected_at, run.started - FIRST)
    return Cursor(min(since, run.since) if run.since else since), []


def _place(next: Cursor | None, items: Sequence[Order | Hint], again: list[str]) -> str | None:
    """A list that goes on by version shows the last ones once more."""
    if next is None:
        return None
    met = again if next.token else [_id(item) for item in items if item.version and item.version >= next.since]
    return json.dumps({"since": next.since.isoformat(), "token": next.token, "again": met})


def _id(item: Order | Hint) -> str:
    return item.order_id if isinstance(item, Hint) else item.id
