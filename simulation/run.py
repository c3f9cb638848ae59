"""One simulation from the first order to the verdict.

`simulate(plan)` is what the command line, the tests and the mutants call; `Plan.code` lets it run another copy of the
functions and the library than this one.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from simulation.checks import Verdict, check
from simulation.drive import Show, StillMoving
from simulation.faults import Faults, Moment
from simulation.measures import Memory, percentiles
from simulation.operator import Operator
from simulation.people import People
from simulation.plan import Plan, Trouble
from simulation.stage import Stage, staged
from simulation.warehouse import LedgerClerk

log = logging.getLogger("simulation")


@dataclass
class Outcome:
    """`numbers` are the measurements, by name, as build/simulate.json has them."""

    plan: Plan
    verdict: Verdict
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def violations(self) -> list[str]:
        """What broke a law, the first few of each, in words; none when all held."""
        return self.verdict.violations


def simulate(plan: Plan, look: Callable[[int], None] = lambda placed: None) -> Outcome:
    """Run it; `look` is called now and then with the number of orders placed."""
    began = time.monotonic()
    with TemporaryDirectory(prefix="orderbridge-simulation-") as folder, staged(plan, Path(folder)) as stage:
        memory, faults = Memory(), Faults(plan, stage.shops)
        clerk = LedgerClerk(stage.bridge, _stocked(stage), stage.book, f"{plan.seed}/warehouse", stage.clock.seconds)
        _open(stage, clerk)
        people = _people(stage)
        show = Show(
            stage, people, clerk, Operator(stage, faults), _moments(stage, faults, clerk), _looking(stage, memory, look)
        )
        log.info("open after %.1f s", time.monotonic() - began)
        started, left = time.monotonic(), list[str]()
        faults.begin()
        if plan.has(Trouble.CRASH):
            stage.environments.crash.set()
        try:
            show.play(lambda: _calm(stage, faults), lambda: None)
        except StillMoving as reason:
            left = [str(reason)]
        played = time.monotonic() - started
        verdict = check(stage, left)
        return Outcome(plan, verdict, _numbers(stage, people, memory, played, time.monotonic() - began))


def _stocked(stage: Stage) -> list[str]:
    """SKUs that lie on shelves: no kits."""
    return sorted({sku for parts in stage.parts.values() for sku in parts})


def _people(stage: Stage) -> list[People]:
    """Staff and buyers of every shop, who share the orders."""
    plan, shops = stage.plan, stage.shops
    shares = [plan.orders // len(shops) + (n < plan.orders % len(shops)) for n in range(len(shops))]
    return [
        People(shop, orders, stage.parts, stage.book, f"{plan.seed}/{shop.name}", stage.clock.seconds)
        for shop, orders in zip(shops, shares, strict=True)
    ]


def _open(stage: Stage, clerk: LedgerClerk) -> None:
    """The opening stock, known to every shop before the first order."""
    for n, sku in enumerate(_stocked(stage)):
        clerk.put(sku, 4 + (7 * n) % 23)
    stage.world.settle()
    for shop in stage.shops:
        shop.calls.clear()


def _moments(stage: Stage, faults: Faults, clerk: LedgerClerk) -> list[Moment]:
    bulk = [Moment(0.5, "everything is counted", clerk.count_all)] if stage.plan.has(Trouble.BULK) else []
    return sorted([*faults.moments(), *bulk], key=lambda moment: moment.share)


def _calm(stage: Stage, faults: Faults) -> None:
    log.info("all orders are placed, the faults end")
    faults.end()
    stage.environments.crash.clear()


def _looking(stage: Stage, memory: Memory, look: Callable[[int], None]) -> Callable[[int], None]:
    """Memory is looked at every two seconds."""
    last = [0.0]

    def looked(placed: int) -> None:
        if time.monotonic() - last[0] > 2:
            last[0] = time.monotonic()
            memory.look(stage.lambdas.group)
            log.info("%d orders, %d messages, deaths %s", placed, stage.waiting(), dict(stage.tally.deaths))
        look(placed)

    return looked


def _numbers(stage: Stage, people: list[People], memory: Memory, played: float, whole: float) -> dict[str, Any]:
    tally, orders = stage.tally, max(1, sum(one.placed for one in people))
    return {
        "orders": orders,
        "seconds": round(played, 1),
        "seconds with set-up and checks": round(whole, 1),
        "events": dict(tally.events),
        "AWS requests per order": round(sum(tally.calls.values()) / orders, 1),
        "requests to shops and ERP per order": round(sum(tally.outside.values()) / orders, 1),
        "pushes per sale": round(stage.book.writes / orders, 2),
        "conflicts met": dict(tally.conflicts.most_common()),
        "deaths": dict(tally.deaths),
        "timeouts": dict(tally.timeouts),
        "errors": dict(tally.errors),
        "oversold units": stage.book.oversold,
        "sell-outs under load": percentiles(seconds / stage.clock.rate for seconds in stage.book.latencies),
        "memory of a function, MB": memory.course(memory.environments),
        "memory of the simulation, MB": memory.course(memory.simulation),
    }
