"""Flow 4, back: what the ERP has on its shelves comes to us, by the stock rule.

Every minute the SKUs that changed, every night all of them, and in between those that could not be written before: it
moved while it was read, it was missing from the answer, or a shipment contradicts what we know. Such a SKU is a to-do
of the counterparty `pull`; the ERP's cursor moves on only when every SKU of a page was written or is such a to-do.

Pages between two ends are a run. What a run would let fall to zero is held back until its end and judged as a whole,
see `brake`; while a run is stopped nothing is read until a person has decided.
"""

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter, ValidationError

from orderbridge import brake, snapshot
from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp
from orderbridge.errors import AuthFailed, Braked, InvalidPayload, Rejected
from orderbridge.model import SkuId
from orderbridge.serving import DONE, Shift, utc_now
from orderbridge.snapshot import Snapshot
from orderbridge.tables.brakes import Stopped
from orderbridge.tables.control import PULL, STOCK, URGENT, Todo
from orderbridge.tables.pulls import CHANGES, FULL, Pulls, Run

KIND = "pull"  # of a run that the brake has stopped
SKU, FREE = "sku", "free"  # kinds of to-dos; one that is free may fall to zero
_BATCH = 100  # to-dos read together
_LEASE = 190  # seconds; longer than the function may run
_SOON, _LATEST = timedelta(seconds=15), timedelta(hours=6)  # until a SKU that could not be written is tried again
_SKU_ID: TypeAdapter[str] = TypeAdapter(SkuId)


@dataclass
class Pulled:
    """What one invocation did; may be logged. `more` asks for another one.

    kept       SKUs that could not be written and are tried again
    overtaken  those among them for which a newer snapshot was there
    unusable   SKUs whose name cannot be one of ours
    age        seconds since a run through the changes last came to its end
    """

    outcome: str = DONE
    pages: int = 0
    read: int = 0
    written: int = 0
    kept: int = 0
    overtaken: int = 0
    unusable: int = 0
    age: int = 0
    more: bool = False


@dataclass(frozen=True)
class _Page:
    """SKUs to be read together; `todos` are those that were on the list, `next` is the ERP's cursor behind the page."""

    skus: frozenset[str]
    next: str
    last: bool
    todos: tuple[Todo, ...] = ()


def pull(
    bridge: Bridge,
    budget: float,
    *,
    full: bool = False,
    now: Callable[[], datetime] = utc_now,
    sleep: Callable[[float], None] = time.sleep,
) -> Pulled:
    """Read from the merchant's ERP what is due, for at most about `budget` seconds and one page.

    full  begin a run through all SKUs, unless one is under way
    An ERP that writes into our tables itself, as the embedded ledger does, is not read.
    """
    try:
        erp = bridge.erp
    except AuthFailed as error:
        bridge.erp_refuses_us(error.reason)
        return Pulled(f"paused: {error.reason}")
    if not erp.supports("posted"):
        return Pulled("the ERP writes its stock itself")
    shift = Shift(bridge.control, PULL, now, now() + timedelta(seconds=budget), _LEASE)
    puller = Puller(bridge, erp, shift, sleep)
    if full:
        begin_full(bridge, erp.name)
    if paused := bridge.control.erp_paused():
        puller.pulled.outcome = f"paused: {paused}"
    elif any(stopped.kind == KIND for stopped in bridge.brakes.stopped()):
        puller.pulled.outcome = "the brake is on"
    else:
        outcome = shift.serve(puller.run, bridge.erp_refuses_us)
        if outcome != DONE:
            puller.pulled.outcome, puller.pulled.more = outcome, False
    puller.pulled.age = puller.age()
    return puller.pulled


def begin_full(bridge: Bridge, erp: str) -> bool:
    """Have all SKUs of an ERP read; False when that is under way."""
    pulls = Pulls(bridge.control)
    last = pulls.run(erp, FULL)
    under_way = last is not None and last.running
    return not under_way and pulls.begin(erp, _full_run(bridge, last.stocked if last else 0))


def _full_run(bridge: Bridge, stocked: int) -> Run:
    return Run(FULL, run_id(), "", bridge.control.next_snapshot(), stocked=stocked)


def run_id() -> str:
    return uuid.uuid4().hex[:12]


@dataclass
class Puller:
    bridge: Bridge
    erp: Erp
    shift: Shift
    sleep: Callable[[float], None]
    pulled: Pulled = field(default_factory=Pulled)

    def __post_init__(self) -> None:
        self.pulls = Pulls(self.bridge.control)

    def age(self) -> int:
        run = self.pulls.run(self.erp.name, CHANGES)
        return int((self.shift.now() - run.complete).total_seconds()) if run and run.complete else 0

    def run(self) -> None:
        """Changes first: a full run may take many invocations."""
        try:
            changes = self.pulls.run(self.erp.name, CHANGES) or self._first()
            self._freed()
            read = self._pages(changes, self._changed)
            full = self.pulls.run(self.erp.name, FULL) if read else None
            if full and full.running:
                self._pages(full, self._all)
        except (Braked, Rejected, InvalidPayload) as error:
            self.pulled.outcome, self.pulled.more = error.reason, False

    def _first(self) -> Run:
        """Begin with an ERP that was never read: what changes from now on, and beside it everything."""
        place, last = self.erp.changed("").next, self.pulls.run(self.erp.name, FULL)
        self.pulls.save(self.erp.name, _full_run(self.bridge, last.stocked if last else 0))
        run = Run(CHANGES, run_id(), place)
        self.pulls.save(self.erp.name, run)
        return run

    def _pages(self, run: Run, page: Callable[[Run], _Page]) -> bool:
        """At least one page, then more until the budget ends; False when there are more."""
        while True:
            found = page(run)
            before, run = run.id, self._read(run, found)
            saved = self.pulls.advance(self.erp.name, run, before)
            if saved and found.last:
                return True
            if not saved or self.shift.now() >= self.shift.until:
                self.pulled.more = True
                return False

    def _changed(self, run: Run) -> _Page:
        """What the ERP says has changed, and what is on our list."""
        found, todos = self.erp.changed(run.cursor), self._due(SKU)
        listed, last = tuple(todos[:_BATCH]), not found.more and len(todos) <= _BATCH
        return _Page(self._usable(found.skus) | {todo.id for todo in listed}, found.next, last, listed)

    def _all(self, run: Run) -> _Page:
        found = self.erp.skus(run.cursor)
        if run.stocked and not (found.skus or run.cursor or run.released):
            self._brake(run, f"the ERP lists no SKU at all, although {run.stocked} had stock", 0)
        return _Page(self._usable(found.skus), found.next, not found.more)

    def _read(self, run: Run, page: _Page) -> Run:
        """Read a page and write what may be written; returns the run as it goes on, which has then to be saved."""
        looks = self._look(page.skus)
        run, falls, earlier = self._judge(run, looks, page.last)
        todos = {todo.id: todo for todo in page.todos}
        back = set() if page.last else falls
        written = {sku for look in looks for sku in self._write(look, todos, back)}
        run = replace(run, cursor=page.next)
        if page.last:
            for sku in sorted(earlier - written):
                self._keep(Todo(PULL, URGENT, FREE, sku, "", self.shift.now(), reason="it falls to zero"))
            run = self._ended(run)
        self.pulled.pages += 1
        return run

    def _judge(self, run: Run, looks: Sequence[Snapshot], last: bool) -> tuple[Run, set[str], set[str]]:
        """The run with this page counted, SKUs that would fall to zero in it, and those held back before.

        Raises Braked when they are too many; before the run's end they are held back.
        """
        before = {sku: look.levels[sku] for look in looks for sku in look.skus}
        after = {sku: level for look in looks for sku, level in look.after().items()}
        earlier = self.bridge.brakes.kept(run.id) if run.had and not run.released else {}
        had, has = brake.in_stock(before.values()), brake.in_stock(after.values())
        run = replace(run, had=run.had + had, has=run.has + has)
        falls = {} if run.released else brake.falls(before, after)
        if fallen := len(falls.keys() | earlier.keys()):
            reason = brake.too_many(fallen, max(self._stocked(), run.had), self.bridge.brakes.limits())
            if reason or not last:
                self.bridge.brakes.keep(run.id, falls, self.shift.now())
            if reason:
                self._brake(run, reason, fallen)
        return run, set(falls), set(earlier)

    def _stocked(self) -> int:
        """How many SKUs are in stock, as far as we know: by the last full run, or the one under way."""
        full = self.pulls.run(self.erp.name, FULL)
        return max(full.stocked, full.had) if full else 0

    def _brake(self, run: Run, reason: str, fell: int) -> None:
        redo = {"erp": self.erp.name, "run": run.kind}
        self.bridge.brakes.stop(Stopped(run.id, KIND, reason, self.shift.now(), fell, redo))
        raise Braked(f"the brake is on: {reason}")

    def _look(self, skus: frozenset[str]) -> list[Snapshot]:
        """One SKU that the ERP refuses to tell of must not stop the others: halve until it stands alone."""
        if not skus:
            return []
        try:
            looks = [snapshot.look(self.bridge, self.erp, skus, self.sleep)]
        except (Rejected, InvalidPayload) as error:
            if len(skus) == 1:
                return [Snapshot(0, frozenset(), left_out=dict.fromkeys(skus, error.reason))]
            names, middle = sorted(skus), len(skus) // 2
            return [*self._look(frozenset(names[:middle])), *self._look(frozenset(names[middle:]))]
        self.pulled.read += len(skus)
        return looks

    def _write(self, look: Snapshot, todos: Mapping[str, Todo], back: Set[str]) -> frozenset[str]:
        """Step d for all that is not held back; whatever was not written is on the list afterwards, or in the run."""
        looked = snapshot.drop(look, look.skus & back, "held back")
        written = snapshot.write(looked, self.bridge.stock)
        overtaken = dict.fromkeys(looked.skus - written, snapshot.OVERTAKEN)
        for sku, reason in {**look.left_out, **overtaken}.items():
            todo = todos.get(sku) or Todo(PULL, STOCK, SKU, sku, "", self.shift.now())
            delay = min(max((self.shift.now() - todo.since) / 2, _SOON), _LATEST)
            self._keep(replace(todo, retry_at=self.shift.now() + delay, reason=reason))
        for sku in todos.keys() & written:
            self.bridge.control.done(todos[sku])
        for sku in todos.keys() & back:  # what holds it back counts only once the run is saved
            self.bridge.control.later(todos[sku], self.shift.now() + _SOON)
        self.pulled.written += len(written)
        self.pulled.kept += len(look.left_out) + len(overtaken)
        self.pulled.overtaken += len(overtaken)
        return written

    def _keep(self, todo: Todo) -> None:
        self.bridge.control.keep_todo(replace(todo, mark=uuid.uuid4().hex))

    def _ended(self, run: Run) -> Run:
        now = self.shift.now()
        if run.kind == CHANGES:
            return Run(CHANGES, run_id(), run.cursor, complete=now)
        self._ask_for_listed(run)
        return replace(run, running=False, stocked=run.has, complete=now)

    def _ask_for_listed(self, run: Run) -> None:
        """SKUs that shops offer and the ERP did not list are asked for by name: it may not know them at all."""
        control, stock = self.bridge.control, self.bridge.stock
        listed = {sku for store in control.stores() for sku in control.all_mapped(store).values()}
        _, kits = stock.known(listed)
        for sku, level in sorted(stock.levels(listed - kits.keys()).items()):
            if (level.snapshot or 0) < run.first:
                self._keep(Todo(PULL, STOCK, SKU, sku, "", self.shift.now(), reason="the ERP did not list it"))

    def _freed(self) -> None:
        """SKUs that may fall to zero: their run was right, or a person has said so."""
        while self.shift.now() < self.shift.until and (todos := self._due(FREE)):
            for look in self._look(frozenset(todo.id for todo in todos)):
                self._write(look, {todo.id: todo for todo in todos}, set())

    def _due(self, kind: str) -> list[Todo]:
        return [todo for todo in self.shift.due(_BATCH + 1) if todo.kind == kind]

    def _usable(self, skus: Iterable[str]) -> frozenset[str]:
        usable = frozenset(sku for sku in skus if can_be_ours(sku))
        self.pulled.unusable += len(frozenset(skus)) - len(usable)
        return usable


def can_be_ours(sku: str) -> bool:
    try:
        _SKU_ID.validate_python(sku)
    except ValidationError:
        return False
    return True
