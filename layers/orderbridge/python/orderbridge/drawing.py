"""What the ERP says of prices and products comes to us: every minute what changed there, every night all of it.

Beside `pulling`, with a cursor of its own, so that a sale costs nothing here. A row is written on the condition that it
is as it was read and that the ERP's revision is not older; an answer without a SKU, or a SKU without prices, changes
nothing. What cannot be a price is left as it was, and is in the quarantine with the reason.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from orderbridge.bridge import Bridge
from orderbridge.erps.base import Changes, Described, Erp, Quote
from orderbridge.errors import AuthFailed, InvalidInput, InvalidPayload, Rejected, TemporaryFailure
from orderbridge.pulling import can_be_ours, run_id
from orderbridge.serving import DONE, Shift, utc_now
from orderbridge.tables.control import STOCK, Todo
from orderbridge.tables.goods import Kept
from orderbridge.tables.pulls import ALL_GOODS, Pulls, Run
from orderbridge.tables.pulls import GOODS as CHANGED

DRAW = "draw"  # the counterparty whose to-dos are SKUs that were missing from an answer
GOODS = "goods"  # kind of a quarantined row: what the ERP says, and what cannot be
SKU = "sku"
_LEASE = 190  # seconds; longer than the function may run
_BATCH = 100  # SKUs
_TRIES = 5
_SOON, _LATEST, _GIVE_UP = timedelta(minutes=1), timedelta(hours=1), timedelta(days=2)  # every night all are read


@dataclass
class Drawn:
    """What one invocation did; may be logged. `more` asks for another one.

    read, written  SKUs; a SKU whose revision was known is not written
    missing        SKUs that the answer lacked, and that are asked for again
    refused        prices and products that cannot be
    """

    outcome: str = DONE
    read: int = 0
    written: int = 0
    missing: int = 0
    refused: int = 0
    more: bool = False


def draw(bridge: Bridge, budget: float, *, full: bool = False, now: Callable[[], datetime] = utc_now) -> Drawn:
    """Read what is due, for at most about `budget` seconds and one page. An ERP without prices is not read."""
    try:
        erp, source = bridge.connected_erp()
    except AuthFailed as error:
        bridge.erp_refuses_us(error.reason)
        return Drawn(f"paused: {error.reason}")
    if not erp.supports("revalued"):
        return Drawn("the ERP keeps no prices")
    if paused := bridge.control.erp_paused():
        return Drawn(f"paused: {paused}")
    shift = Shift(bridge.control, DRAW, now, now() + timedelta(seconds=budget), _LEASE)
    worker = _Drawer(bridge, erp, shift, source)
    if full:
        Pulls(bridge.control).begin(erp.name, Run(ALL_GOODS, run_id(), ""))
    outcome = shift.serve(worker.run, bridge.erp_refuses_us)
    if outcome != DONE:
        worker.drawn.outcome, worker.drawn.more = outcome, False
    return worker.drawn


def draw_again(bridge: Bridge, sku: str) -> None:
    """Have one SKU asked for with the next minute."""
    now = utc_now()
    bridge.control.keep_todo(Todo(DRAW, STOCK, SKU, sku, uuid.uuid4().hex, now, None, "a person wants it so"))


@dataclass
class _Drawer:
    """source  whose revisions these are: another connection counts anew"""

    bridge: Bridge
    erp: Erp
    shift: Shift
    source: str
    drawn: Drawn = field(default_factory=Drawn)

    def __post_init__(self) -> None:
        self.pulls, self.goods = Pulls(self.bridge.control), self.bridge.goods

    def run(self) -> None:
        try:
            changes = self.pulls.run(self.erp.name, CHANGED) or self._first()
            self._missing()
            read = self._pages(changes, self.erp.revalued)
            full = self.pulls.run(self.erp.name, ALL_GOODS) if read else None
            if full and full.running:
                self._pages(full, self.erp.skus)
        except (Rejected, InvalidPayload) as error:
            self.drawn.outcome, self.drawn.more = error.reason, False

    def _first(self) -> Run:
        """Begin with an ERP that was never read: what changes from now on, and beside it everything."""
        place = self.erp.revalued("").next
        self.pulls.save(self.erp.name, Run(ALL_GOODS, run_id(), ""))
        run = Run(CHANGED, run_id(), place)
        self.pulls.save(self.erp.name, run)
        return run

    def _pages(self, run: Run, page: Callable[[str], Changes]) -> bool:
        """At least one page, then more until the budget ends; False when there are more. The cursor moves on only when
        everything before it is written, or on our list."""
        while True:
            found = page(run.cursor)
            self._read(found.skus)
            running = run.kind == CHANGED or found.more
            after = Run(run.kind, run.id, found.next, running=running, complete=None if found.more else self._now())
            if after.cursor != run.cursor or not running:
                self.pulls.advance(self.erp.name, after, run.id)
            run = after
            if not found.more:
                return True
            if self._now() >= self.shift.until:
                self.drawn.more = True
                return False

    def _missing(self) -> None:
        """What an answer lacked is asked for again."""
        todos = {todo.id: todo for todo in self.shift.due(_BATCH) if todo.kind == SKU}
        found = self._read(frozenset(todos))
        for sku, todo in todos.items():
            if sku in found or self._now() - todo.since > _GIVE_UP:
                self.bridge.control.done(todo)
            else:
                delay = min(max((self._now() - todo.since) / 2, _SOON), _LATEST)
                self.bridge.control.later(todo, self._now() + delay)

    def _read(self, skus: Iterable[str]) -> set[str]:
        """Returns those that the ERP's answers held."""
        wanted, found = sorted(sku for sku in skus if can_be_ours(sku)), set[str]()
        for at in range(0, len(wanted), _BATCH):
            found |= self._batch(wanted[at : at + _BATCH])
        for sku in set(wanted) - found:
            todo = Todo(DRAW, STOCK, SKU, sku, uuid.uuid4().hex, self._now(), self._now() + _SOON, "not in the answer")
            self.bridge.control.keep_todo(todo)
            self.drawn.missing += 1
        return found

    def _batch(self, skus: list[str]) -> set[str]:
        """One SKU that the ERP refuses to tell of must not stop the others: halve until it stands alone."""
        if not skus:
            return set()
        try:
            quotes, described = self.erp.prices(skus), self.erp.products(skus)
        except (Rejected, InvalidPayload):
            if len(skus) == 1:
                return set()
            middle = len(skus) // 2
            return self._batch(skus[:middle]) | self._batch(skus[middle:])
        self.drawn.read += len(skus)
        self._write(skus, quotes, described)
        return quotes.keys() & described.keys()

    def _write(self, skus: list[str], quotes: Mapping[str, Quote], described: Mapping[str, Described]) -> None:
        prices, products = self.goods.prices(skus), self.goods.products(skus)
        for sku in skus:
            if quote := quotes.get(sku):
                self._until_written(sku, prices[sku], partial(self._price, sku, quote), self.goods.prices)
            if said := described.get(sku):
                self._until_written(sku, products[sku], partial(self._product, sku, said), self.goods.products)

    def _until_written(
        self,
        sku: str,
        before: Kept,
        write: Callable[[Kept], bool | None],
        read: Callable[[list[str]], Mapping[str, Kept]],
    ) -> None:
        """`write` says None for nothing to write, False when somebody else has written since."""
        for _ in range(_TRIES):
            if (written := write(before)) is not False:
                self.drawn.written += written is not None
                return
            before = read([sku])[sku]
        raise TemporaryFailure(f"the record of {sku} is being changed by others")

    def _price(self, sku: str, quote: Quote, before: Kept) -> bool | None:
        if self._older(quote.revision, before) or not (quote.prices or quote.refused):
            return None
        stays = [price for price in before.prices if price.key in quote.refused]
        ids = {self._refused("price", sku, key, reason): key for key, reason in quote.refused.items()}
        prices = tuple(sorted((*quote.prices, *stays), key=lambda price: price.key))
        after = Kept(prices, None, self.source, quote.revision, refused=tuple(sorted(ids)))
        return self._save(sku, after, before, self.goods.save_prices)

    def _product(self, sku: str, said: Described, before: Kept) -> bool | None:
        if self._older(said.revision, before):
            return None
        ids = (self._refused("product", sku, ("", ""), said.refused),) if said.refused else ()
        after = Kept((), said.product or before.product, self.source, said.revision, refused=ids)
        return self._save(sku, after, before, self.goods.save_product)

    def _older(self, revision: int, before: Kept) -> bool:
        return bool(before.version) and before.source == self.source and revision < before.revision

    def _save(self, sku: str, after: Kept, before: Kept, save: Callable[[str, Kept, Kept], bool]) -> bool | None:
        """What was refused once and is right now leaves the quarantine."""
        if before.version and after == replace(before, version=0, dirty=False):
            return None
        if written := save(sku, after, before):
            for id in set(before.refused) - set(after.refused):
                self.bridge.control.recovered(id)
        return written

    def _refused(self, topic: str, sku: str, key: tuple[str, str], reason: str) -> str:
        currency, store = key
        id = "-".join(filter(None, (GOODS, topic, sku, currency, store)))
        where = f" in {currency}{f' for {store}' if store else ''}" if currency else ""
        entry = {"store": store, "kind": GOODS, "topic": topic, "sku": sku, "raw": "", "error": InvalidInput.__name__}
        action = "Correct it in the ERP; what was known before stays until then."
        said = {"reason": f"the {topic} of {sku}{where}: {reason}", "next_action": action}
        self.bridge.control.quarantine(id, {**entry, **said})
        self.drawn.refused += 1
        return id

    def _now(self) -> datetime:
        return self.shift.now()
