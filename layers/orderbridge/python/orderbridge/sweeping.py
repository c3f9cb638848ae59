"""Every minute: find what stayed undone and ring again. A lost message costs a minute, never the truth."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orderbridge.announcing import announce, left_behind
from orderbridge.bridge import Bridge
from orderbridge.lookup import look_up
from orderbridge.model import Store
from orderbridge.parking import SHIPMENT, look_again
from orderbridge.polling import age
from orderbridge.publishing import Changed, publish
from orderbridge.queues import RECHECK, Inbound
from orderbridge.tables.control import CREATE, ERP, PARCEL, PUSH, Todo, counterparty
from orderbridge.tables.decisions import open_decisions
from orderbridge.tables.items import Conflict, Item
from orderbridge.tags import REJECTED
from orderbridge.telling import TAG

_AT_ONCE = 500  # dirty rows of one shard handled in one run


@dataclass
class Swept:
    """Counts of one run: they are the live metrics."""

    dirty: int = 0
    unfinished: int = 0
    todos: int = 0
    erp_todos: int = 0
    rejected: int = 0
    braked: int = 0
    held_prices: int = 0
    open_pushes: int = 0
    rechecked: int = 0
    listings: int = 0
    oldest_todo_seconds: int = 0
    oldest_poll_seconds: int = 0
    oldest_decision_seconds: int = 0
    rung: list[str] = field(default_factory=list)

    @property
    def share_true(self) -> float:
        return share_true(self.listings, self.todos + self.rejected)


def share_true(listings: int, untrue: int) -> float:
    """Share of listings that nothing is known to be wrong with or left to do for; 1.0 without listings."""
    return 1.0 if not listings else max(0.0, 1 - untrue / listings)


def sweep(bridge: Bridge, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Swept:
    """Go through everything that can have been left behind by a crash or a lost message."""
    swept = Swept()
    dirty = list(dict.fromkeys(bridge.stock.dirty_rows(_AT_ONCE)))
    skus = [sku for sku, what in dirty if what == "LEVEL"]
    publish(bridge, [Changed(sku, level) for sku in skus if (level := bridge.stock.level(sku)).dirty])
    announce(bridge, left_behind(bridge, dirty))
    swept.dirty = len(dirty)
    for store_id, order in list(bridge.orders.unfinished(_AT_ONCE)):
        with suppress(Conflict):  # somebody else is just finishing it
            bridge.orders.finish(store_id, order)
        swept.unfinished += 1
    quarantined = list(bridge.control.quarantined())
    swept.rejected = _rejected(bridge, [row for row in quarantined if row["kind"] == PUSH])
    swept.rejected += _refused(bridge, [row for row in quarantined if row["kind"] == TAG])
    look_again(bridge, [row for row in quarantined if row["kind"] == SHIPMENT])
    swept.braked = len(bridge.brakes.stopped())
    swept.held_prices = len(bridge.held.waiting())
    asked = [now() - since for *_, since in open_decisions(bridge.control.table)]
    swept.oldest_decision_seconds = int(max(asked).total_seconds()) if asked else 0
    polls = bridge.polls.all()
    for store, listings in bridge.control.stores().values():
        swept.listings += listings
        unpolled = int(age(polls.get(store.id), store, now()).total_seconds())
        swept.oldest_poll_seconds = max(swept.oldest_poll_seconds, unpolled)
        _sweep_store(bridge, store, now(), swept)
    _sweep_erp(bridge, now(), swept)
    return swept


def _rejected(bridge: Bridge, refused: Iterable[Item]) -> int:
    """Number of listings whose push a shop refused; rows of those that it took since are removed."""
    count = 0
    for row in refused:
        shelved = bridge.stock.shelved(row["store"], [(row["sku"], row["item"])])
        if any(s.shelf.state == "rejected" for s in shelved.values()):
            count += 1
        else:
            bridge.control.recovered(row["sk"])
    return count


def _refused(bridge: Bridge, rows: Iterable[Item]) -> int:
    """The same for prices, contents and new listings."""
    count = 0
    for row in rows:
        key, store = (row["sku"], row["item"]), row["store"]
        if row["topic"] == CREATE:
            still = not any(one.listing.store == store for one in bridge.stock.listings(row["sku"]))
        else:
            still = bridge.goods.tags(row["topic"], store, [key])[key].state == REJECTED
        count += still
        if not still:
            bridge.control.recovered(row["sk"])
    return count


def _sweep_store(bridge: Bridge, store: Store, now: datetime, swept: Swept) -> None:
    who = counterparty(store.id)
    todos = [todo for todo in bridge.control.todos(who) if todo.since <= now]  # the others are of a day to come
    pushes = bridge.control.open_pushes(store.id)
    swept.todos += len({(t.kind, t.id) for t in todos if t.kind != PARCEL})
    swept.open_pushes += len(pushes)
    if (_due(todos, now, swept) or pushes) and not store.paused:
        bridge.queues.ring(who)
        swept.rung.append(who)
    swept.rechecked += recheck_waiting(bridge, store, now)


def _sweep_erp(bridge: Bridge, now: datetime, swept: Swept) -> None:
    """Orders that should be in the ERP."""
    todos = list(bridge.control.todos(ERP))
    swept.erp_todos = len(todos)
    if _due(todos, now, swept) and not bridge.control.erp_paused():
        bridge.queues.ring_erp()
        swept.rung.append(ERP)


def _due(todos: list[Todo], now: datetime, swept: Swept) -> bool:
    """Whether the time of one of them has come; the oldest counts also while its counterparty is paused."""
    age = max(((now - t.since).total_seconds() for t in todos), default=0)
    swept.oldest_todo_seconds = max(swept.oldest_todo_seconds, int(age))
    return any(t.retry_at is None or t.retry_at <= now for t in todos)


def recheck_waiting(bridge: Bridge, store: Store, now: datetime) -> int:
    """Send every order whose missing mapping has come back to be looked at; returns how many."""
    waiting = list(bridge.control.waiting(store.id))
    if not waiting:
        return 0
    found, _ = look_up(bridge, store, {(row["reference"], row["sku"]) for row in waiting})
    orders = {row["order"] for row in waiting if found.sku(row["reference"], row["sku"])}
    for order in sorted(orders):
        bridge.queues.deliver(Inbound(RECHECK, store.id, "mapping", now, order.encode()))
    return len(orders)
