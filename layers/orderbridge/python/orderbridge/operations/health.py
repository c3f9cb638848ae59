"""How the bridge is: live from the tables, no number is kept anywhere else."""

from dataclasses import dataclass
from datetime import UTC, datetime

from orderbridge.bridge import Bridge
from orderbridge.drawing import DRAW
from orderbridge.model import Store
from orderbridge.operations import erps
from orderbridge.operations.erps import ErpHealth
from orderbridge.polling import age
from orderbridge.sweeping import share_true
from orderbridge.tables.control import ERP, PARCEL, PULL, PUSH, Todo, counterparty
from orderbridge.tables.decisions import open_decisions
from orderbridge.tables.polls import Progress
from orderbridge.tables.pulls import CHANGES, Pulls
from orderbridge.telling import TAG

_ENOUGH = 500  # dirty rows of one shard that are counted: more than that is an alarm anyway


@dataclass(frozen=True)
class StoreHealth:
    """
    paused          why nothing is pushed, "" when it is
    waiting_until   the shop asked us to wait, None when it did not or the time is over
    todos           listings that have still to be told something
    rejected        listings whose stock, price or content the shop refuses, see the quarantine
    unknown         attempts whose outcome is not known yet
    unpolled        seconds since the last complete poll of its orders began
    poll_trouble    why the last poll came to no end, "" when it did
    """

    store: str
    platform: str
    paused: str
    waiting_until: datetime | None
    listings: int
    todos: int
    oldest_todo_seconds: int
    rejected: int
    unknown: int
    unpolled: int
    poll_trouble: str
    share_true: float


@dataclass(frozen=True)
class Health:
    """
    share_true            share of listings that show what they should, as far as we know; 0 to 1
    oldest_todo_seconds   how long the oldest thing has to be told
    dirty                 SKUs whose change is not published yet
    unfinished            orders of which a part is not written yet
    quarantined           things that need a person
    waiting_for_mapping   order lines whose SKU nobody knows
    unread                SKUs whose stock could not be read from the ERP yet, see the to-dos of `pull`
    braked                runs that would empty too many SKUs and wait for a person
    held_prices           prices that a person should see before shops do, see `orderbridge price held`
    stock_read_at         when the ERP's stock was last read to the end, None where it never was
    decisions             questions about orders that wait for a person, the oldest for `oldest_decision_seconds`
    """

    share_true: float
    oldest_todo_seconds: int
    dirty: int
    unfinished: int
    quarantined: int
    waiting_for_mapping: int
    unread: int
    braked: int
    held_prices: int
    stock_read_at: datetime | None
    decisions: int
    oldest_decision_seconds: int
    erp: ErpHealth
    stores: tuple[StoreHealth, ...]


def health(bridge: Bridge) -> Health:
    quarantined = list(bridge.control.quarantined())
    rejected = [row["store"] for row in quarantined if row["kind"] in (PUSH, TAG)]
    polls = bridge.polls.all()
    stores = [
        _store(bridge, store, listings, rejected.count(store.id), polls.get(store.id))
        for store, listings in bridge.control.stores().values()
    ]
    decisions = [since for *_, since in open_decisions(bridge.control.table)]
    untrue = sum(s.todos + s.rejected for s in stores)
    erp = erps.health(bridge, sum(1 for row in quarantined if row["kind"] == ERP))
    pulled = Pulls(bridge.control).run(erp.name, CHANGES)
    return Health(
        share_true(sum(s.listings for s in stores), untrue),
        max((erp.oldest_todo_seconds, *(s.oldest_todo_seconds for s in stores))),
        len(set(bridge.stock.dirty_skus(_ENOUGH))),
        sum(1 for _ in bridge.orders.unfinished(_ENOUGH)),
        len(quarantined),
        sum(1 for s in stores for _ in bridge.control.waiting(s.store)),
        sum(1 for _ in bridge.control.todos(PULL)),
        len(bridge.brakes.stopped()),
        len(bridge.held.waiting()),
        pulled.complete if pulled else None,
        len(decisions),
        int((datetime.now(UTC) - min(decisions)).total_seconds()) if decisions else 0,
        erp,
        tuple(stores),
    )


def todos(bridge: Bridge) -> list[Todo]:
    """What every store and the ERP have still to be told, and what is still to be read from it; most urgent first."""
    tellable = [*map(counterparty, bridge.control.stores()), ERP, PULL, DRAW]
    found = [todo for who in tellable for todo in bridge.control.todos(who)]
    return sorted(found, key=lambda todo: (todo.urgency, todo.since))


def _store(bridge: Bridge, store: Store, listings: int, rejected: int, polled: Progress | None) -> StoreHealth:
    now, who = datetime.now(UTC), counterparty(store.id)
    todos = [todo for todo in bridge.control.todos(who) if todo.since <= now]  # the others are of a day to come
    wait = bridge.control.waiting_until(who)
    untold = len({(todo.kind, todo.id) for todo in todos if todo.kind != PARCEL})
    return StoreHealth(
        store.id,
        store.platform,
        store.paused,
        wait if wait and wait > now else None,
        listings,
        untold,
        int((now - min(todo.since for todo in todos)).total_seconds()) if todos else 0,
        rejected,
        len(bridge.control.open_pushes(store.id)),
        int(age(polled, store, now).total_seconds()),
        polled.trouble if polled else "",
        share_true(listings, untold + rejected),
    )
