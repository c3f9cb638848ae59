"""Flow 4: one worker hands orders to the merchant's ERP.

A to-do only names an order. The order is read right before the call, so an order that was cancelled meanwhile is not
created, and one that changes during the call has a fresh to-do and is told again. That the ERP has one document for an
order, however often the call is repeated, is the ERP's unique key; see `Erp.save_order`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orderbridge.bridge import Bridge
from orderbridge.erps.base import Sale
from orderbridge.errors import RateLimited, Rejected, TemporaryFailure
from orderbridge.orders import Holds, StoredOrder
from orderbridge.plain import of_stored
from orderbridge.serving import DONE, Shift, utc_now
from orderbridge.tables.control import ERP, ORDER, Todo
from orderbridge.tables.handed import Handed, HandOvers, State

_LEASE = 60  # seconds; longer than the function may run
_AT_ONCE = 25  # to-dos read at a time
_WAIT = timedelta(seconds=60)
_NEXT_ACTION = "Read the ERP's words, correct the order in the shop or the product in the ERP, then release it."


@dataclass
class Served:
    """What one run did; may be logged. `more` asks for another bell, `beyond` counts orders of which more has left,
    `untranslated` texts that were told in the original only."""

    outcome: str = DONE
    told: int = 0
    refused: int = 0
    beyond: int = 0
    untranslated: int = 0
    more: bool = False


def serve(bridge: Bridge, budget: float, now: Callable[[], datetime] = utc_now) -> Served:
    """Tell the ERP what it has to be told, for at most about `budget` seconds."""
    if bridge.control.erp_paused():
        return Served("paused")
    if not bridge.erp_takes_orders():
        return Served("the ERP takes no orders")
    shift = Shift(bridge.control, ERP, now, now() + timedelta(seconds=budget), _LEASE)
    worker = Worker(bridge, shift)
    outcome = shift.serve(worker.run, bridge.erp_refuses_us)
    return replace(worker.served, outcome=outcome, more=shift.more(outcome))


@dataclass
class Worker:
    bridge: Bridge
    shift: Shift
    served: Served = field(default_factory=Served)
    failed: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Work until the list is empty or time is up."""
        while todos := self.shift.due(_AT_ONCE):
            for todo in todos:
                if self.shift.now() >= self.shift.until:
                    return
                self._tell(todo)

    def _tell(self, todo: Todo) -> None:
        """One order; its to-do goes if nobody wrote it again meanwhile."""
        store, _, order = todo.id.partition("#")
        stored, handed = HandOvers(self.bridge.orders).load(store, order)
        if stored and _has_news(stored, handed):
            try:
                self._hand_over(stored, handed)
            except TemporaryFailure as failure:
                self._set_aside(todo, failure)
                raise
        self.bridge.control.done(todo)

    def _hand_over(self, stored: StoredOrder, handed: Handed | None) -> None:
        store, order, rows = stored.order.store, stored.order.id, HandOvers(self.bridge.orders)
        told = of_stored(self.bridge, stored)
        sale = Sale(f"{store}/{order}", stored.revision, _units(stored, handed), stored.order, told)
        if handed is None:
            rows.ask(store, order)
        try:
            taken = self.bridge.erp.save_order(sale)
        except Rejected as error:
            document = handed.document if handed else ""
            refused = Handed(State.REFUSED, document, sale.revision, self.shift.now(), trouble=error.reason)
            rows.save(store, order, refused)
            self.bridge.control.quarantine(quarantine_id(store, order), _entry(store, order, error))
            self.served.refused += 1
            return
        state = State.TAKEN if sale.units else State.CANCELLED
        rows.save(store, order, Handed(state, taken.document, sale.revision, self.shift.now(), taken.beyond))
        if handed and handed.state is State.REFUSED:
            self.bridge.control.recovered(quarantine_id(store, order))
        self.served.told += 1
        self.served.untranslated += sum(text.by == "none" for text in told.texts.values())
        self.served.beyond += bool(taken.beyond)

    def _set_aside(self, todo: Todo, failure: TemporaryFailure) -> None:
        """What fails twice in one run waits longer than the ERP does: perhaps only this one cannot be taken."""
        if todo.sk in self.failed and not isinstance(failure, RateLimited):
            self.bridge.control.later(todo, self.shift.now() + _WAIT)
        self.failed.add(todo.sk)


def quarantine_id(store: str, order: str) -> str:
    return f"erp-{store}-{order}"


def _has_news(stored: StoredOrder, handed: Handed | None) -> bool:
    """What waits, or wants nothing (any more), does not go to the ERP; what is there follows every change."""
    if handed is None:
        return bool(stored.wants) and not stored.waits
    return handed.revision < stored.revision or handed.state is State.REFUSED


def _units(stored: StoredOrder, handed: Handed | None) -> Holds:
    """Nothing for an order that waits, unless the ERP has it: where a first call may have reached the ERP without our
    knowing, this cancels what it has made, until the order waits no more."""
    there = handed is not None and handed.document and handed.state is not State.CANCELLED
    return stored.wants if there or not stored.waits else {}


def _entry(store: str, order: str, error: Rejected) -> dict[str, str]:
    what = {"store": store, "kind": ERP, "topic": ORDER, "order": order, "raw": ""}
    return {**what, "error": error.name, "reason": error.reason, "next_action": _NEXT_ACTION}
