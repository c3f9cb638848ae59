"""The reconciliation, run by run: store by store and page by page, through a queue of its own.

A run is begun at night or by a person. Whoever takes it up goes on where the last page was written down. A counterparty
that fails waits until the others are done; after some tries it is left out of this run, with the reason.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from orderbridge import erps, platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError
from orderbridge.model import Store
from orderbridge.reconcile.erp import documents, parcels
from orderbridge.reconcile.orders import listed
from orderbridge.reconcile.pages import TRIES, Page, compared_until
from orderbridge.reconcile.prices import priced
from orderbridge.reconcile.record import held
from orderbridge.reconcile.runs import Run, Runs, Step
from orderbridge.reconcile.shelves import shown
from orderbridge.serving import DONE, Shift, utc_now

LISTED, HELD, SHOWN, DOCUMENTS, PARCELS = "orders", "record", "quantities", "documents", "parcels"
PRICED = "prices"
_LEASE = 190  # seconds; longer than the function may run
_ENDLESS = timedelta(hours=20)  # a run that is older than this is given up for a new one
_PHASES: dict[str, Callable[[Bridge, Run, Step], Page]] = {
    LISTED: listed,
    HELD: held,
    SHOWN: shown,
    PRICED: priced,
    DOCUMENTS: documents,
    PARCELS: parcels,
}


@dataclass
class Went:
    """What one invocation did; may be logged. `more` asks for another one at once, `wait` for one in a while.

    for_a_person  differences of the whole run that were not repaired, once it has come to its end
    """

    run: str = ""
    outcome: str = "goes on"
    pages: int = 0
    differences: int = 0
    repaired: int = 0
    for_a_person: int = 0
    more: bool = False
    wait: bool = False


def begin(bridge: Bridge, now: datetime, days: int | None = None) -> Run:
    """The run under way, or a new one.

    days  have orders of so many days compared, also those that were compared before
    """
    runs = Runs(bridge.control)
    last = runs.latest()
    if last and not last.complete and now - last.started < _ENDLESS:
        return last
    stores = [store for store, _ in bridge.control.stores().values()]
    steps = (
        *(_step(LISTED, store, "orders_since") for store in stores),
        Step(HELD),
        *(_step(SHOWN, store, "read_listings") for store in stores),
        *(_step(PRICED, store, "read_prices") for store in stores if store.prices),
        *_of_erp(bridge),
    )
    since = now - timedelta(days=days) if days else None
    run = Run(f"{now:%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:4]}", now, steps, since)
    return runs.save(run) or run


def go_on(bridge: Bridge, budget: float, now: Callable[[], datetime] = utc_now) -> Went:
    """Go on with the run under way for at most about `budget` seconds."""
    run = Runs(bridge.control).latest()
    if run is None or run.complete:
        return Went(outcome="nothing is under way")
    worker = _Worker(bridge, run, now, now() + timedelta(seconds=budget))
    worker.work()
    return worker.went


def _step(phase: str, store: Store, capability: str) -> Step:
    if store.paused:
        return Step(phase, store.id, trouble=f"paused: {store.paused}", done=True)
    able = platforms.load(store.platform).supports(capability)
    return Step(phase, store.id, trouble="" if able else f"{store.platform} cannot show them", done=not able)


def _of_erp(bridge: Bridge) -> list[Step]:
    """An ERP that writes into our tables itself has no record of its own to compare."""
    kind, paused = erps.load(bridge.control.erp()), bridge.control.erp_paused()
    able = [phase for phase, needs in ((DOCUMENTS, "our_documents"), (PARCELS, "posted")) if kind.supports(needs)]
    return [Step(phase, trouble=f"paused: {paused}" if paused else "", done=bool(paused)) for phase in able]


@dataclass
class _Worker:
    """
    failed  steps that got no further in this invocation
    tried   whether the counterparty of the last one was asked at all: it may want to be left alone for a while
    lost    somebody else goes on with the run
    """

    bridge: Bridge
    run: Run
    now: Callable[[], datetime]
    until: datetime
    failed: set[int] = field(default_factory=set)
    tried: bool = False
    lost: bool = False

    def __post_init__(self) -> None:
        self.runs, self.went = Runs(self.bridge.control), Went(self.run.id)

    def work(self) -> None:
        """At least one page, then more until the budget ends."""
        while not self.lost and (left := self._left()):
            self._serve(left[0])
            if self.now() >= self.until:
                break
        if self.lost:
            self.went.outcome = "another one was faster"
        elif not self.run.pending:
            if self._save(replace(self.run, complete=self.now())):
                self.went.outcome, self.went.for_a_person = DONE, self.run.unrepaired
        else:
            self.went.wait = not self.went.pages and not self._left()
            self.went.more = not self.went.wait

    def _left(self) -> list[int]:
        return [n for n in self.run.pending if n not in self.failed]

    def _serve(self, n: int) -> None:
        step, self.tried = self.run.steps[n], False
        shift = Shift(self.bridge.control, f"reconcile#{step.store or step.phase}", self.now, self.until, _LEASE)
        refused = False

        def pause(reason: str) -> None:
            nonlocal refused
            refused = True
            self._pause(step.store, reason)

        try:
            outcome = shift.serve(partial(self._pages, n), pause)
        except BridgeError as error:
            outcome, refused = error.reason, True  # it would say the same again
        if outcome != DONE:
            self.failed.add(n)
        if self.tried and outcome != DONE:
            self._failed(n, outcome, refused)

    def _pause(self, store: str, reason: str) -> None:
        if store:
            self.bridge.store_refuses_us(store, reason)
        else:
            self.bridge.erp_refuses_us(reason)

    def _pages(self, n: int) -> None:
        while not self.lost:
            step, self.tried = self.run.steps[n], True
            page = _PHASES[step.phase](self.bridge, self.run, step)
            self._written(n, step, page)
            if page.place is None or self.now() >= self.until:
                return

    def _written(self, n: int, step: Step, page: Page) -> None:
        """Repairs were asked for, then what was found is kept, then the page counts as read: a crash repeats it."""
        self.runs.keep(self.run, page.findings)
        done = page.place is None
        if done and step.phase == LISTED:
            self.runs.save_compared(step.store, compared_until(self.run))
        checked = step.checked + page.checked
        step = replace(step, place=page.place or "", tries=0, checked=checked, skipped=page.skipped, done=done)
        noted = self.run.noted if page.noted is None else page.noted
        if self._save(replace(self.run.counted(page.findings).with_step(n, step), noted=noted)):
            self.went.pages += 1
            self.went.differences += len(page.findings)
            self.went.repaired += sum(bool(finding.repair) for finding in page.findings)

    def _failed(self, n: int, reason: str, final: bool) -> None:
        step = self.run.steps[n]
        tries = step.tries + 1
        given_up = final or tries >= TRIES
        step = replace(step, tries=tries, trouble=reason if given_up else "", done=given_up)
        self._save(self.run.with_step(n, step))

    def _save(self, run: Run) -> bool:
        saved = self.runs.save(run)
        self.run, self.lost = saved or self.run, saved is None
        return saved is not None
