"""Flow 3, second half: one worker serves one store's to-dos, most urgent first.

No message and no to-do carries a number: levels are read when the push is made. An attempt is written down,
bytes and idempotency key, before it is sent; after a crash the same bytes go out under the same key. Only a
read of the shop makes a quantity verified.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Any

from orderbridge import dispatching, shelves
from orderbridge.bridge import Bridge
from orderbridge.errors import RateLimited, Rejected
from orderbridge.model import Store
from orderbridge.platforms.base import Platform
from orderbridge.platforms.listings import Outcome, RowResult, StockRow, WriteCall
from orderbridge.polling import poll
from orderbridge.publishing import retell
from orderbridge.serving import Shift, utc_now
from orderbridge.shelves import Action, Plan
from orderbridge.tables.control import LOOK, PARCEL, PUSH, RETELL, STOCK, URGENT, Todo, counterparty

_TRIES = 5  # how often one listing is tried in one run before it waits for the sweep
_POLL_BACK = timedelta(minutes=15)
_POLL_PAGES = 3
_POLL_EVERY = timedelta(seconds=10)
_WAIT = timedelta(seconds=60)
REST = timedelta(seconds=1.5)  # after a listing was told; 1,000 sales of one SKU in 10 s are then 8 calls per store
_LOOK_UP = 0.1  # seconds; how often a worker looks for something urgent while all that is due rests
_GLANCE = 25  # to-dos


@dataclass
class Served:
    """What one run did; may be logged. `more` asks for another bell; `held` prices wait for a person from now on."""

    store: str
    outcome: str = "done"
    pushed: int = 0
    verified: int = 0
    rejected: int = 0
    stale: int = 0
    drift: int = 0
    parcels: int = 0
    held: int = 0
    more: bool = False


def serve(
    bridge: Bridge, store: str, budget: float, now: Callable[[], datetime] = utc_now, rest: timedelta = REST
) -> Served:
    """Serve a store's to-dos for at most about `budget` seconds.

    rest  how long a listing is left alone after it was told, unless it sells out or comes back
    """
    record = bridge.control.store(store)
    if record.paused:
        return Served(store, "paused")
    shift = Shift(bridge.control, counterparty(store), now, now() + timedelta(seconds=budget))
    if not shift.due(limit=1) and not bridge.control.open_pushes(store):
        return Served(store)  # the bell before this one did it: most bells of a sale end here, without a lease
    bridge.renew(record)
    worker = Worker(bridge, record, shift, rest)
    outcome = shift.serve(worker.run, partial(bridge.store_refuses_us, store))
    return replace(worker.served, outcome=outcome, more=shift.more(outcome))


@dataclass
class Worker:
    """
    tried   (mark, key) of a to-do -> how often, in this run
    told    id of a to-do -> when the shop was told of its listing last
    missed  ids of to-dos whose write met another number than expected, the last time
    beside  whether something is due that is not about stock: prices, contents
    """

    bridge: Bridge
    store: Store
    shift: Shift
    rest: timedelta
    served: Served = field(init=False)
    tried: dict[tuple[str, str], int] = field(default_factory=dict)
    told: dict[str, datetime] = field(default_factory=dict)
    missed: set[str] = field(default_factory=set)
    polled: bool = False
    beside: bool = False

    def __post_init__(self) -> None:
        self.served, self.now = Served(self.store.id), self.shift.now

    @property
    def shop(self) -> Platform:
        return self.bridge.shop(self.store.id)

    def run(self) -> None:
        """Work until the list is empty or time is up: first all stock and parcels, then what else there is to tell."""
        pushes = self.bridge.control.open_pushes(self.store.id)
        self._send_again([push for push in pushes if "kind" not in push])
        others = [push for push in pushes if "kind" in push]
        while True:
            while self._in_time() and (todos := self._next()):
                self._tell(todos)
            if not (self._in_time() and (self.beside or others) and self._tell_beside(others)):
                return
            others = []

    def _tell(self, todos: Sequence[Todo]) -> None:
        for todo in todos:
            if todo.kind == RETELL:
                self._renew(self.bridge.control.store(self.store.id))
                retell(self.bridge, todo, self.now())
        self._batch([todo for todo in todos if todo.kind not in (RETELL, PARCEL)])
        self._tell_parcels([todo for todo in todos if todo.kind == PARCEL])

    def _tell_parcels(self, todos: Sequence[Todo]) -> None:
        """What sells out meanwhile goes first."""

        def goes_on() -> bool:
            return self._in_time() and not self._something_urgent(todos)

        for done in dispatching.tell_all(self.bridge, self.store, todos, self.now, goes_on, self.tried):
            self.served.parcels += done.told
            self.served.rejected += done.refused

    def _tell_beside(self, pushes: Sequence[Mapping[str, Any]]) -> bool:
        """Prices and contents; True when it stopped for stock that has to be told. No sale comes here: what it needs
        is imported only where it does."""
        from orderbridge.beside import tell

        self._renew(self.bridge.control.store(self.store.id))
        told = tell(self.bridge, self.store, self.shift, pushes)
        for name in ("pushed", "verified", "rejected", "drift", "held"):
            setattr(self.served, name, getattr(self.served, name) + getattr(told, name))
        self.beside = False
        return told.left

    def _renew(self, store: Store) -> None:
        """What the store may offer, and where, is read after the to-do that says that it has changed."""
        self.store = store
        self.bridge.renew(store)

    def _in_time(self) -> bool:
        return self.now() < self.shift.until

    def _next(self) -> list[Todo]:
        """The most urgent to-dos, at most what one call takes; while there are only listings that rest, wait."""
        most = max(1, self.shop.STOCK_BATCH // len(self.store.locations))
        while self._in_time() and (due := self.shift.due(most)):
            self.beside = due[-1].urgency > STOCK
            due = [todo for todo in due if todo.urgency <= STOCK]
            if not due:
                return []
            if ready := [todo for todo in due if not self._rests(todo)]:
                return ready
            time.sleep(_LOOK_UP)
        return []

    def _rests(self, todo: Todo) -> bool:
        """A SKU that sells many times a second is told once in a while, and at once when it sells out or comes back."""
        told = self.told.get(todo.id)
        if todo.urgency == URGENT or told is None:
            return False
        return timedelta(0) <= self.now() - told < self.rest  # not yet: by another machine's clock, do not wait for it

    def _send_again(self, pushes: Iterable[Mapping[str, Any]]) -> None:
        """Attempts whose outcome was not recorded: the same bytes under the same key."""
        for push in pushes:
            rows = tuple((item, place) for item, place in push["rows"])
            call = WriteCall(push["path"], push["request"], push["key"], rows)
            plans = self._plans([f"{sku}#{item}" for sku, item in push["listings"]]).values()
            self._send(call, [plan.as_sent(push) for plan in plans])

    def _batch(self, todos: Sequence[Todo]) -> None:
        """Plan, then call by call: write, read what was written, and take off the list what was seen to be right.

        What sells out meanwhile goes with the very next call: the rest of the batch stays on the list until then.
        """
        looks = {todo.id: todo.since for todo in todos if todo.kind == LOOK}
        words = {todo.id: todo.reason for todo in todos if todo.kind == LOOK}
        plans = self._plans([todo.id for todo in todos], looks)
        ready = self._settle([todo for todo in todos if not self._rests(todo)], plans)
        asked = {t.id: plan for t in ready if (plan := plans.get(t.id)) and plan.action is not Action.SKIP}
        idle = [todo for todo in ready if todo.id not in asked]
        self._take_off(idle, {todo.id for todo in idle})  # right as it is, or gone
        self.served.drift += sum(plan.drift for plan in asked.values())
        for n, group in enumerate(self._groups(asked)):
            if n and (not self._in_time() or self._something_urgent(todos)):
                return
            now = self._plans(list(group), looks) if n else group  # levels are read when the push is made
            rejected = self._write([plan for plan in now.values() if plan.action is Action.WRITE])
            settled, unseen = self._read(
                {id: plan for id, plan in now.items() if self._shows(id, plan, rejected)}, words
            )
            gone = group.keys() - now.keys()
            left = [todo for todo in ready if todo.id in group]
            left = self._settle(left, self._plans(list(now), looks)) if self.late else left
            self._take_off(left, rejected | settled | gone, unseen)

    @property
    def late(self) -> bool:
        """Whether the platform shows what it took only after a while."""
        return bool(self.shop.WRITES_SETTLE)

    def _shows(self, id: str, plan: Plan, rejected: Set[str]) -> bool:
        """Whether a read can tell something now."""
        written = plan.action in (Action.WRITE, Action.WAIT)
        return id not in rejected and not (self.late and written)

    def _settle(self, todos: Sequence[Todo], plans: Mapping[str, Plan]) -> list[Todo]:
        """Leave alone what was written a moment ago until it shows; returns the others."""
        left = []
        for todo in todos:
            plan = plans.get(todo.id)
            if plan and plan.action is Action.WAIT and plan.until:
                self.bridge.control.told(todo, self.now(), plan.until)
            else:
                left.append(todo)
        return left

    def _groups(self, plans: Mapping[str, Plan]) -> Iterator[dict[str, Plan]]:
        """The plans by the calls that would write them."""
        for call in self.shop.stock_calls(_rows(plans.values()), "") if plans else []:
            items = {item for item, _ in call.rows}
            yield {id: plan for id, plan in plans.items() if plan.item in items}

    def _something_urgent(self, todos: Sequence[Todo]) -> bool:
        """Whether something sold out or came back since these to-dos were read."""
        known = {(todo.sk, todo.mark) for todo in todos}
        urgent = (todo for todo in self.shift.due(_GLANCE) if todo.urgency == URGENT and todo.kind != PARCEL)
        return any((todo.sk, todo.mark) not in known for todo in urgent)

    def _take_off(self, todos: Sequence[Todo], done: Set[str], unseen: Set[str] = frozenset()) -> None:
        """Remove what is done; what waits for an order, or was tried in vain, is left for a while."""
        for todo in todos:
            key = todo.mark, todo.sk
            if todo.id in done:
                self.bridge.control.done(todo)
                continue
            self.tried[key] = self.tried.get(key, 0) + 1
            if todo.id in unseen or self.tried[key] >= _TRIES:
                self.bridge.control.later(todo, self.now() + _WAIT)

    def _plans(self, ids: Sequence[str], looks: Mapping[str, datetime] = MappingProxyType({})) -> dict[str, Plan]:
        """Decisions by the id of the to-do, for listings that are still there.

        looks  id -> when the shop told us a number that we did not expect
        """
        shelved = self.bridge.stock.shelved(self.store.id, map(_listed, ids))
        snapshots = self.bridge.stock.snapshots({sku for sku, _ in shelved})
        compare_and_set, now, plans = self.shop.COMPARE_AND_SET, self.now(), dict[str, Plan]()
        for (sku, item), one in shelved.items():
            id = f"{sku}#{item}"
            look = id in looks and not (one.shelf.verified and one.shelf.at and one.shelf.at >= looks[id])
            plans[id] = shelves.decide(
                one,
                *snapshots[sku],
                self.store,
                now,
                compare_and_set=compare_and_set,
                look=look,
                settle=self.shop.WRITES_SETTLE,
            )
            if one.shelf.told and plans[id].action is Action.WRITE:
                self.told[id] = max(one.shelf.told.at, self.told.get(id, one.shelf.told.at))
        return plans

    def _write(self, plans: Sequence[Plan]) -> set[str]:
        """Push in calls of the platform's size; returns ids of to-dos that need no more (their row was rejected)."""
        rejected: set[str] = set()
        for call in self.shop.stock_calls(_rows(plans), uuid.uuid4().hex) if plans else []:
            items = {item for item, _ in call.rows}
            rejected |= self._push(call, [p for p in plans if p.item in items])
        return rejected

    def _push(self, call: WriteCall, plans: Sequence[Plan]) -> set[str]:
        """One call: written down, sent, its outcome recorded."""
        details: dict[str, Any] = {
            **asdict(call),
            "listings": [[p.listed.listing.sku, p.item] for p in plans],
            "quantities": [[p.item, place, n] for p in plans for place, n in p.targets.items()],
            "counts": {p.item: [p.sold, p.back] for p in plans},
            "why": {p.item: p.why for p in plans},
            "at": self.now().isoformat(),
        }
        self.bridge.control.open_push(self.store.id, call.key, details)
        rejected, again = self._send(call, plans)
        if len(again) < len(plans):  # the row that stopped them is not among them any more
            rejected |= self._write(again)
        return rejected

    def _send(self, call: WriteCall, plans: Sequence[Plan]) -> tuple[set[str], list[Plan]]:
        """Send an attempt that is written down; it stays open when no outcome is known.

        Returns ids of to-dos whose row was rejected, and the plans that were not written through no fault of theirs.
        """
        self.served.pushed += len(call.rows)
        try:
            outcome = self._record(plans, self.shop.push_stock(call), call.key)
        except Rejected as error:
            self.bridge.control.close_push(self.store.id, call.key)
            return self._bisect(plans, error), []
        self.bridge.control.close_push(self.store.id, call.key)
        return outcome

    def _bisect(self, plans: Sequence[Plan], error: Rejected) -> set[str]:
        """One bad row must not stop the others: halve until it stands alone."""
        if len(plans) == 1:
            return self._reject(plans[0], error.reason)
        middle = len(plans) // 2
        return self._write(plans[:middle]) | self._write(plans[middle:])

    def _record(
        self, plans: Sequence[Plan], results: Mapping[tuple[str, str], RowResult], push_id: str
    ) -> tuple[set[str], list[Plan]]:
        rejected, again = set[str](), list[Plan]()
        for plan in plans:
            outcomes = [results.get((plan.item, place), RowResult(Outcome.RETRY)) for place in plan.targets]
            bad = next((r for r in outcomes if r.outcome is Outcome.REJECTED), None)
            if bad:
                rejected |= self._reject(plan, bad.words)
            elif all(r.outcome is Outcome.ACCEPTED for r in outcomes):
                shelf = shelves.accepted(plan, push_id, self.now(), late=self.late)
                self.bridge.stock.save_shelf(plan.listed.listing, shelf)
                self.missed.discard(plan.id)
            elif any(r.outcome is Outcome.STALE for r in outcomes):
                self._stale(plan)
            else:
                again.append(plan)
        return rejected, again

    def _stale(self, plan: Plan) -> None:
        """The shop shows another number than we thought: look and write again, once at once. A shop that sells so
        fast that no number of ours ever fits shows what it sells by itself."""
        self.served.stale += 1
        if plan.id in self.missed:
            self.told[plan.id] = self.now()
        self.missed ^= {plan.id}

    def _reject(self, plan: Plan, words: str) -> set[str]:
        """Keep the bad row visible with the platform's words; the next change of its level tries again."""
        listing, error = plan.listed.listing, Rejected("")
        shelf = replace(plan.listed.shelf, state="rejected", trouble=words, verified=False)
        self.bridge.stock.save_shelf(listing, shelf)
        entry = {"store": self.store.id, "kind": PUSH, "topic": "stock", "sku": listing.sku, "item": plan.item}
        said = {"error": error.name, "reason": words, "next_action": error.next_action, "raw": ""}
        self.bridge.control.quarantine(f"push-{self.store.id}-{plan.item}", {**entry, **said})
        self.served.rejected += 1
        return {plan.id}

    def _read(self, plans: Mapping[str, Plan], words: Mapping[str, str]) -> tuple[set[str], set[str]]:
        """Verify by reading the shop; returns ids of to-dos that are settled, and of those that wait for an order.

        words  id -> what the platform has said about the listing
        """
        unseen, done = set[str](), set[str]()
        shown = self.shop.read_listings([plan.listed.listing for plan in plans.values()]) if plans else {}
        current = self.bridge.stock.shelved(self.store.id, [_listed(id) for id in plans])
        for id, plan in plans.items():
            listing = plan.listed.listing
            seen = {p: s.quantity for p in plan.targets if (s := shown.get((plan.item, p))) is not None}
            if len(seen) < len(plan.targets):
                done |= self._reject(plan, "the shop does not show this listing at the store's locations")
                continue
            after = current.get(_listed(id))
            if after is None:
                continue
            written = after.shelf if after.shelf.push_id != plan.listed.shelf.push_id else None
            shelf = shelves.observed(plan, written, seen, self.now())
            if self.late or words.get(id):
                shelf = shelves.shown_late(plan, shelf, seen, words.get(id, ""))
            if self.late and (reason := shelves.refused(shelf)):
                fresh = replace(plan.listed, shelf=replace(shelf, unshown=0))
                done |= self._reject(replace(plan, listed=fresh), reason)
                continue
            self.bridge.stock.save_shelf(listing, shelf)
            if shelf.sold > plan.known:
                self._poll()
                if shelf.sold == plan.sold:  # else it was found only now, and the shop is offered less first
                    unseen.add(id)
            if shelves.settled(plan, shelf):
                done.add(id)
                self.served.verified += 1
        return done, unseen

    def _poll(self) -> None:
        """The shop sold what we have not heard of: read its orders now, once per run, and no more often than it may
        be searched. In a rush nearly every push meets a sale whose webhook is still on its way."""
        if self.polled or not self.shop.supports("orders_since"):
            return
        self.polled, scarce, who = True, self.shop.POLL_EVERY, f"unseen#{self.store.id}"
        waits = self.bridge.control.waiting_until(who)
        if waits and waits > self.now():
            return
        with suppress(RateLimited):  # what a search may not tell now, the schedule's poll will
            poll(self.bridge, self.store.id, self.now() - _POLL_BACK, 1 if scarce else _POLL_PAGES)
        # Last, for who dies on the way must be able to search again.
        self.bridge.control.wait_until(who, self.now() + (scarce or _POLL_EVERY), "searched for unseen sales")


def _listed(id: str) -> tuple[str, str]:
    """(SKU, item id) that the id of a to-do names; an item id of a platform's may hold any sign, a SKU of ours no #."""
    sku, _, item = id.partition("#")
    return sku, item


def _rows(plans: Iterable[Plan]) -> list[StockRow]:
    return [
        StockRow(p.listed.listing, place, p.targets[place], p.expected[place]) for p in plans for place in p.targets
    ]
