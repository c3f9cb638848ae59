"""`make bench`: figures beside their floors; the exit code is 0 only when every goal is met.

`python -m bench order start` measures these groups alone.
"""

import sys
from collections.abc import Callable, Iterable, Iterator

from bench import package, starting, whole
from bench.figures import Figure, Goal, publish
from bench.init import init
from bench.normalising import normalising
from bench.reading import reading
from bench.runtime import RUNTIME
from local.template import ROOT

_FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/app.py"))


def order() -> Iterator[Figure]:
    yield Figure("an order of 10 lines normalised, checked, ready to write", *_in("ms", normalising()), 2.0)
    yield Figure("an order made readable, warm: texts, addresses, phone", *_in("ms", reading()), 1.0, Goal.MOST)


def start() -> Iterator[Figure]:
    """Cold starts and calls, in AWS's own runtime where it is there."""
    goals = {"receive_webhook": (starting.webhook(), 1.0), "process_deliveries": (starting.delivery(), 1.75)}
    for function, (event, goal) in goals.items():
        if (RUNTIME / "awslambdaric").exists():
            measured = starting.first_answers(function, event)
            yield Figure(f"{function}, cold, until its first answer", *_in("s of CPU", measured), goal)
        else:
            note = "imports alone: awslambdaric, Lambda's own runtime, could not be installed into build/runtime"
            yield Figure(f"{function}, cold", *_in("s of CPU", init(function)), goal, note=note)
    for function in _FUNCTIONS:
        if function not in goals:
            yield Figure(f"{function}, imports", *_in("s of CPU", init(function)))
    yield Figure("receive_webhook, a call when it is warm", *_in("ms of CPU", starting.calls()), 1.15)


def packages() -> Iterator[Figure]:
    yield package.layer()
    yield package.second_run()


GROUPS: dict[str, Callable[[], Iterable[Figure]]] = {
    "order": order,
    "start": start,
    "whole": whole.figures,
    "package": packages,
}


def _in(unit: str, measured: tuple[float, float]) -> tuple[float, str, float]:
    value, floor = measured
    return value, unit, floor


if __name__ == "__main__":
    wanted = sys.argv[1:] or list(GROUPS)
    sys.exit(0 if publish([figure for name in wanted for figure in GROUPS[name]()]) else 1)
