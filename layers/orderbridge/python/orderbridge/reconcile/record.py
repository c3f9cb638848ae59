"""Our own orders, page by page through the whole table: the platform must show them, and the ERP have them."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, TemporaryFailure
from orderbridge.reconcile.erp import untold
from orderbridge.reconcile.habits import Habit, unpacked
from orderbridge.reconcile.orders import gone
from orderbridge.reconcile.pages import TRIES, Page, settled
from orderbridge.reconcile.rules import Finding, Kind, Known
from orderbridge.reconcile.runs import Run, Step
from orderbridge.tables.control import ERP
from orderbridge.tables.known import page

_ROWS = 400  # rows of table Orders in one page


def held(bridge: Bridge, run: Run, step: Step) -> Page:
    """A page of the table. Raises TemporaryFailure while there is hope that a counterparty answers."""
    at = json.loads(step.place) if step.place else {"after": None, "asked": []}
    seen = {store: set(ids) for store, ids in at.get("seen", {}).items()}  # of a store that refused in the middle
    before = _count(seen)
    orders, last = page(bridge.orders, tuple(at["after"]) if at["after"] else None, _ROWS)
    orders = [one for one in orders if not one.buried and settled(one.version, run)]
    stores, asked = bridge.control.stores(), _Asked(step, dict(step.skipped), set(at["asked"]))
    for store in sorted({one.store for one in orders} & stores.keys()):
        mine = [one for one in orders if one.store == store and one.open]
        asked.ask(store, stores[store][0].paused, partial(gone, bridge, store, mine, seen.setdefault(store, set())))
    if bridge.erp_takes_orders():
        asked.ask(ERP, bridge.control.erp_paused(), partial(untold, bridge, orders))
    if asked.failure and not asked.findings and _count(seen) == before:
        raise asked.failure
    if asked.failure:  # what was found is kept, and who was asked is not asked again
        left = {store: sorted(ids) for store, ids in seen.items() if store not in asked.done}
        place = {**at, "asked": sorted(asked.done), "seen": left}
        return Page(json.dumps(place), 0, asked.findings, asked.skipped)
    habits = _counted(bridge, run, orders)
    if last is None:
        return Page(None, len(orders), [*asked.findings, *_unusual(bridge, run, habits)], asked.skipped, {})
    noted = {store: habit.packed() for store, habit in habits.items()}
    return Page(json.dumps({"after": last, "asked": []}), len(orders), asked.findings, asked.skipped, noted)


def _count(seen: Mapping[str, set[str]]) -> int:
    return sum(map(len, seen.values()))


def _counted(bridge: Bridge, run: Run, orders: Sequence[Known]) -> dict[str, Habit]:
    """What the pages so far say of each store's hours and numbers, with these orders."""
    zone = ZoneInfo(bridge.settings.time_zone)
    habits = {store: unpacked(kept) for store, kept in run.noted.items()}
    for one in orders:
        if one.created_at:
            habits.setdefault(one.store, Habit()).count(one.created_at, one.number, run.started, zone)
    return habits


def _unusual(bridge: Bridge, run: Run, habits: Mapping[str, Habit]) -> Iterator[Finding]:
    """Stores that are silent, and gaps in the numbers of those whose platform counts one by one."""
    zone = ZoneInfo(bridge.settings.time_zone)
    for store, (record, _) in bridge.control.stores().items():
        habit = habits.get(store, Habit())
        if found := habit.silent(run.started, zone, record.connected_at):
            since, usual = found
            ours = f"none since {since.astimezone(zone):%a %Y-%m-%d %H:%M}"
            yield Finding(Kind.SILENT, store, "orders", "", ours, f"usually {usual:.0f} in such a time")
        if platforms.load(record.platform).NUMBERS_FOLLOW:
            for first, last in habit.numbers.gaps():
                name = str(first) if first == last else f"{first}-{last}"
                yield Finding(Kind.GAP, store, name, name, "no order of this number", "")


@dataclass
class _Asked:
    """Asks one counterparty after the other about one page; one that cannot be asked does not keep the others.

    done     those that were asked
    failure  of one that may answer later
    """

    step: Step
    skipped: dict[str, str]
    done: set[str]
    findings: list[Finding] = field(default_factory=list)
    failure: TemporaryFailure | None = None

    def ask(self, who: str, paused: str, about: Callable[[], Iterable[Finding]]) -> None:
        if paused:
            self.skipped.setdefault(who, f"paused: {paused}")
        if who in self.skipped or who in self.done:
            return
        try:
            for finding in about():
                self.findings.append(finding)
            self.done.add(who)
        except BridgeError as error:
            if isinstance(error, TemporaryFailure) and self.step.tries + 1 < TRIES:
                self.failure = error
            else:
                self.skipped[who] = error.reason
