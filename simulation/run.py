"""One simulation from the first order to the verdict.

`simulate(plan)` is what the command line, the tests and the mutants call; `Plan.code` lets it run another copy of the
functions and the library than this one.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO

from orderbridge.pulling import pull
from simulation.calm import sell_outs
from simulation.checks import Verdict, check
from simulation.drive import Show, StillMoving
from simulation.faults import Faults, Moment
from simulation.measures import Machine, course, percentiles
from simulation.merchant import stocked
from simulation.operator import Operator
from simulation.people import People
from simulation.plan import Plan, Trouble
from simulation.serial import SerialShow
from simulation.stage import Stage, staged
from simulation.warehouse import Clerk

TRACE = "trace"  # of a serial run, in the folder that it is given
_BUDGET = 60.0  # seconds for one step of the first pull
log = logging.getLogger(__name__)
Look = Callable[[int], None]


@dataclass
class Outcome:
    """`numbers` are the measurements, by name, as build/simulate.json has them; `trace` the steps of a serial run."""

    plan: Plan
    verdict: Verdict
    numbers: dict[str, Any] = field(default_factory=dict)
    trace: str = ""

    @property
    def violations(self) -> list[str]:
        """What broke a law, the first few of each, in words; none when all held."""
        return self.verdict.violations


def simulate(plan: Plan, look: Look = lambda placed: None) -> Outcome:
    """Run it; `look` is called now and then with the number of orders placed."""
    began = time.monotonic()
    with _folder() as folder, staged(plan, folder) as stage, (folder / TRACE).open("w+", buffering=1) as trace:
        run = _Run(stage, look)
        run.open()
        log.info("open after %.1f s", time.monotonic() - began)
        left = run.play(trace)
        played = time.monotonic() - began
        log.info("played after %.1f s", played)
        verdict = check(stage, left)
        trace.seek(0)
        return Outcome(plan, verdict, {"seconds": round(time.monotonic() - began, 1), **run.numbers()}, trace.read())


@contextmanager
def _folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="orderbridge-simulation-") as folder:
        yield Path(folder)


class _Run:
    """The cast of one run."""

    def __init__(self, stage: Stage, look: Look) -> None:
        self.stage, self._look, self._looked, self.machine = stage, look, 0.0, Machine()
        self.faults = Faults(stage.plan, stage.shops, stage.erp)
        seed, time = stage.plan.seed, stage.clock.seconds
        self.clerk = Clerk(stage.erp, stocked(stage.parts), stage.book, f"{seed}/warehouse", time)
        shares = _shares(stage.plan.orders, len(stage.shops))
        self.people = [
            People(shop, orders, stage.parts, stage.book, f"{seed}/{shop.name}", time, stage.plan.buys)
            for shop, orders in zip(stage.shops, shares, strict=True)
        ]
        self.loaded: list[float] = []  # seconds, see `calm`
        self.calm: list[float] = []

    def open(self) -> None:
        """The opening stock, known to every shop before the first order."""
        for n, sku in enumerate(self.clerk.skus):
            self.clerk.put(sku, 4 + (7 * n) % 23)
        while pull(self.stage.bridge, _BUDGET, full=True).more:
            pass
        self.stage.world.settle()

    def play(self, trace: TextIO) -> list[str]:
        """Until all is at rest; returns what was still to be done when patience was over."""
        stage, operator = self.stage, Operator(self.stage, self.faults)
        self.faults.begin()
        if stage.plan.has(Trouble.CRASH):
            stage.environments.crash.set()
        try:
            if stage.plan.serial:
                cast = stage, self.people, self.clerk, operator, self._moments(), self._watch
                SerialShow(*cast, trace).play(self._end_of_faults)
            else:
                show = Show(stage, self.people, self.clerk, operator, self._moments(), self._watch)
                show.play(self._end_of_faults, lambda: self._measure(show))
        except StillMoving as reason:
            return [str(reason)]
        return []

    def numbers(self) -> dict[str, Any]:
        stage, tally, orders = self.stage, self.stage.tally, max(1, sum(one.placed for one in self.people))
        return {
            "sale to zero on every shop, s": percentiles(self.calm),
            "the same under load and faults, s": percentiles(self.loaded),
            "pushes per sale": round(stage.book.writes / orders, 2),
            "AWS requests per order": round(sum(tally.calls.values()) / orders, 1),
            "requests to shops and ERP per order": round(sum(tally.outside.values()) / orders, 1),
            "oversold units, in flight": stage.book.oversold,
            "conflicts met": dict(tally.conflicts.most_common()),
            "events": dict(tally.events),
            "AWS requests of": dict(tally.calls),
            "deaths": dict(tally.deaths),
            "killed at their timeout": dict(tally.timeouts),
            "errors that functions logged": dict(tally.errors),
            "processor time of the functions per order, s": round(self.machine.functions_used / orders, 3),
            "memory of a function, MB": course(self.machine.environments),
            "memory of shops, people and triggers, MB": course(self.machine.simulation),
        }

    def _measure(self, show: Show) -> None:
        rate, book = self.stage.clock.rate, self.stage.book
        self.loaded = [seconds / rate for seconds in book.latencies]
        if not self.stage.plan.calm:
            return
        self.calm = sell_outs(self.stage, self.people, self.clerk, show.rest)
        show.rest()

    def _moments(self) -> list[Moment]:
        bulk = [Moment(0.5, "everything is counted", self.clerk.count_all)]
        found = [*self.faults.moments(), *(bulk if self.stage.plan.has(Trouble.BULK) else [])]
        return sorted(found, key=lambda moment: moment.share)

    def _end_of_faults(self) -> None:
        log.info("all orders are placed, the faults end")
        self.faults.end()
        self.stage.environments.crash.clear()

    def _watch(self, placed: int) -> None:
        """Memory is looked at every two seconds."""
        if time.monotonic() - self._looked > 2:
            self._looked = time.monotonic()
            self.machine.look(self.stage.lambdas.group)
            log.info("%d orders, %s", placed, dict(self.stage.tally.events))
        self._look(placed)


def _shares(orders: int, shops: int) -> list[int]:
    return [orders // shops + (n < orders % shops) for n in range(shops)]
