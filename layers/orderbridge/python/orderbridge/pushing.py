"""Flow 3, second half: one worker serves one store's to-dos, most urgent first.

No message and no to-do carries a number: levels are read when the push is made. An attempt is written down,
bytes and idempotency key, before it is sent; after a crash the same bytes go out under the same key. Only a
read of the shop makes a quantity verified.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from orderbridge import shelves
from orderbridge.bridge import Bridge
from orderbridge.errors import Rejected
from orderbridge.model import Store
from orderbridge.platforms.base import Outcome, Platform, RowResult, StockCall, StockRow
from orderbridge.polling import poll
from orderbridge.serving import Shift, utc_now
from orderbridge.shelves import Action, Plan
from orderbridge.tables.control import PUSH, Todo, counterparty

_TRIES = 5  # how often one listing is tried in one run before it waits for the sweep
_POLL_BACK = timedelta(minutes=15)
_POLL_PAGES = 3
_WAIT = timedelta(seconds=60)

Rows = dict[tuple[str, str], int]  # (item id, platform location) -> units


@dataclass
class Served:
    """What one run did; may be logged. `more` asks for another bell."""

    store: str
    outcome: str = "done"
    pushed: int = 0
    verified: int = 0
    rejected: int = 0
    stale: int = 0
    drift: int = 0
    more: bool = False


def serve(bridge: Bridge, store: str, budget: float, now: Callable[[], datetime] = utc_now) -> Served:
    """Serve a store's to-dos for at most about `budget` seconds."""
    record = bridge.control.store(store)
    if record.paused:
        return Served(store, "paused")
    shift = Shift(bridge.control, counterparty(store), now, now() + timedelta(seconds=budget))
    worker = Worker(bridge, record, shift)
    outcome = shift.serve(worker.run, lambda reason: bridge.control.pause(store, reason))
    return replace(worker.served, outcome=outcome, more=shift.more(outcome))


@dataclass
class Worker:
    bridge: Bridge
    store: Store
    shift: Shift
    served: Served = field(init=False)
    tried: dict[tuple[str, str], int] = field(default_factory=dict)
    polled: bool = False

    def __post_init__(self) -> None:
        self.served, self.now = Served(self.store.id), self.shift.now

    @property
    def shop(self) -> Platform:
        return self.bridge.shop(self.store.id)

    def run(self) -> None:
        """Work until the list is empty or time is up."""
        self._send_again()
        while self.now() < self.shift.until and (todos := self.shift.due(self.shop.STOCK_BATCH)):
            self._batch(todos)

    def _send_again(self) -> None:
        """Attempts whose outcome was not recorded: the same bytes under the same key."""
        for push in self.bridge.control.open_pushes(self.store.id):
            rows = tuple((item, place) for item, place in push["rows"])
            call = StockCall(push["path"], push["request"], push["key"], rows)
            plans = self._plans([(sku, item) for sku, item in push["listings"]]).values()
            sent = {(item, place): n for item, place, n in push["quantities"]}
            self._send(call, [_as_sent(plan, sent, push["counts"]) for plan in plans])

    def _batch(self, todos: list[Todo]) -> None:
        """Plan, write what must be written, read what must be read, and take off the list what was seen to be right."""
        plans = self._plans([_listed(todo.id) for todo in todos])
        self.served.drift += sum(plan.drift for plan in plans.values())
        done = {todo.id for todo in todos} - plans.keys()  # the listing is gone
        rejected = self._write([p for p in plans.values() if p.action is Action.WRITE])
        settled, unseen = self._read(plans, rejected)
        done |= rejected | settled
        for todo in todos:
            self.tried[todo.mark, todo.sk] = self.tried.get((todo.mark, todo.sk), 0) + 1
            if todo.id in done:
                self.bridge.control.done(todo)
            elif todo.id in unseen or self.tried[todo.mark, todo.sk] >= _TRIES:
                self.bridge.control.later(todo, self.now() + _WAIT)

    def _plans(self, listed: Sequence[tuple[str, str]]) -> dict[str, Plan]:
        """Decisions by the id of the to-do, for (SKU, item id) of listings that are still there."""
        shelved = self.bridge.stock.shelved(self.store.id, listed)
        snapshots = self.bridge.stock.snapshots({sku for sku, _ in shelved})
        compare_and_set, now = self.shop.COMPARE_AND_SET, self.now()
        return {
            f"{sku}#{item}": shelves.decide(one, *snapshots[sku], self.store, now, compare_and_set=compare_and_set)
            for (sku, item), one in shelved.items()
        }

    def _write(self, plans: Sequence[Plan]) -> set[str]:
        """Push in calls of the platform's size; returns ids of to-dos that need no more (their row was rejected)."""
        rows = [
            StockRow(p.listed.listing, place, p.targets[place], p.expected[place]) for p in plans for place in p.targets
        ]
        rejected: set[str] = set()
        for call in self.shop.stock_calls(rows, uuid.uuid4().hex) if rows else []:
            items = {item for item, _ in call.rows}
            rejected |= self._push(call, [p for p in plans if _item(p) in items])
        return rejected

    def _push(self, call: StockCall, plans: Sequence[Plan]) -> set[str]:
        """One call: written down, sent, its outcome recorded."""
        details: dict[str, Any] = {
            **asdict(call),
            "listings": [[p.listed.listing.sku, _item(p)] for p in plans],
            "quantities": [[_item(p), place, n] for p in plans for place, n in p.targets.items()],
            "counts": {_item(p): [p.sold, p.back] for p in plans},
            "at": self.now().isoformat(),
        }
        self.bridge.control.open_push(self.store.id, call.key, details)
        rejected, again = self._send(call, plans)
        if len(again) < len(plans):  # the row that stopped them is not among them any more
            rejected |= self._write(again)
        return rejected

    def _send(self, call: StockCall, plans: Sequence[Plan]) -> tuple[set[str], list[Plan]]:
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
            outcomes = [results.get((_item(plan), place), RowResult(Outcome.RETRY)) for place in plan.targets]
            bad = next((r for r in outcomes if r.outcome is Outcome.REJECTED), None)
            if bad:
                rejected |= self._reject(plan, bad.words)
            elif all(r.outcome is Outcome.ACCEPTED for r in outcomes):
                self.bridge.stock.save_shelf(plan.listed.listing, shelves.accepted(plan, push_id, self.now()))
            elif any(r.outcome is Outcome.STALE for r in outcomes):
                self.served.stale += 1
            else:
                again.append(plan)
        return rejected, again

    def _reject(self, plan: Plan, words: str) -> set[str]:
        """Keep the bad row visible with the platform's words; the next change of its level tries again."""
        listing, error = plan.listed.listing, Rejected("")
        shelf = replace(plan.listed.shelf, state="rejected", trouble=words, verified=False)
        self.bridge.stock.save_shelf(listing, shelf)
        entry = {"store": self.store.id, "kind": PUSH, "topic": "stock", "sku": listing.sku, "item": _item(plan)}
        said = {"error": error.name, "reason": words, "next_action": error.next_action, "raw": ""}
        self.bridge.control.quarantine(f"push-{self.store.id}-{_item(plan)}", {**entry, **said})
        self.served.rejected += 1
        return {f"{listing.sku}#{_item(plan)}"}

    def _read(self, plans: Mapping[str, Plan], rejected: Set[str]) -> tuple[set[str], set[str]]:
        """Verify by reading the shop; returns ids of to-dos that are settled, and of those that wait for an order."""
        unseen, done = set[str](), {id for id, plan in plans.items() if plan.action is Action.SKIP}
        ask = {id: plan for id, plan in plans.items() if plan.action is not Action.SKIP and id not in rejected}
        if not ask:
            return done, unseen
        shown = self.shop.read_listings([plan.listed.listing for plan in ask.values()])
        current = self.bridge.stock.shelved(self.store.id, [_listed(id) for id in ask])
        for id, plan in ask.items():
            listing = plan.listed.listing
            seen = {p: s.quantity for p in plan.targets if (s := shown.get((_item(plan), p))) is not None}
            if len(seen) < len(plan.targets):
                done |= self._reject(plan, "the shop does not show this listing at the store's locations")
                continue
            after = current.get(_listed(id))
            if after is None:
                continue
            written = after.shelf if after.shelf.push_id != plan.listed.shelf.push_id else None
            shelf = shelves.observed(plan, written, seen, self.now())
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
        """The shop sold what we have not heard of: read its orders now, once per run."""
        if not self.polled and self.shop.supports("orders_since"):
            self.polled = True
            poll(self.bridge, self.store.id, self.now() - _POLL_BACK, _POLL_PAGES)


def _listed(id: str) -> tuple[str, str]:
    """(SKU, item id) that the id of a to-do names."""
    sku, _, item = id.rpartition("#")
    return sku, item


def _item(plan: Plan) -> str:
    return plan.listed.listing.item_id


def _as_sent(plan: Plan, sent: Rows, counts: Mapping[str, Sequence[int]]) -> Plan:
    """The plan of an earlier attempt: what it offered, and what the shop had sold by then."""
    sold, back = counts[_item(plan)]
    targets = {place: n for (item, place), n in sent.items() if item == _item(plan)}
    return replace(plan, targets=targets, sold=sold, back=back)
