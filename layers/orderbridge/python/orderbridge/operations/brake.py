"""Runs that the brake has stopped: what they would have done, and a person's word on it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from orderbridge import pulling
from orderbridge.brake import Fall, Limits
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.operations import policies, sheets
from orderbridge.operations.tabular import Fault
from orderbridge.tables.brakes import Decided, Stopped
from orderbridge.tables.control import PULL, STOCK, URGENT, Todo
from orderbridge.tables.pulls import Pulls


@dataclass(frozen=True)
class View:
    """`stopped` waits for a person, with what it would have done by SKU; `decided` is over, newest last."""

    limits: Limits
    stopped: tuple[tuple[Stopped, Mapping[str, Fall]], ...]
    decided: tuple[Decided, ...]


@dataclass(frozen=True)
class Released:
    """`refused` are rows of a sheet that could not be entered; all others were."""

    stopped: Stopped
    refused: tuple[Fault, ...]


def show(bridge: Bridge) -> View:
    stopped = tuple((one, bridge.brakes.kept(one.run)) for one in bridge.brakes.stopped())
    return View(bridge.brakes.limits(), stopped, tuple(bridge.brakes.decided()))


def release(bridge: Bridge, run: str, who: str, why: str) -> Released:
    """Let it be done. A pull reads the ERP anew: what it said when it was stopped is not written.

    A sheet is kept for 15 days. Raises NotFound, InvalidInput.
    """
    stopped, refused = _stopped(bridge, run, who, why), list[Fault]()
    match stopped.kind:
        case pulling.KIND:
            Pulls(bridge.control).release(stopped.redo["erp"], run, stopped.redo["run"])
            _list(bridge, run, URGENT, pulling.FREE, "a person has released it")
        case sheets.KIND:
            content = bridge.archive.read(stopped.redo["content"])
            done = sheets.read(bridge, content, stopped.redo["who"], stopped.redo["kind"], released=True)
            refused = done.faults
        case policies.KIND:
            policies.apply(bridge, stopped.redo)
    bridge.brakes.decide(stopped, "released", who, why)
    return Released(stopped, tuple(refused))


def discard(bridge: Bridge, run: str, who: str, why: str) -> Stopped:
    """Forget it. A pull goes on with its next read, and stops again if the ERP still says the same.

    Raises NotFound, InvalidInput.
    """
    stopped = _stopped(bridge, run, who, why)
    if stopped.kind == pulling.KIND:
        Pulls(bridge.control).give_up(stopped.redo["erp"], run, stopped.redo["run"], pulling.run_id())
        _list(bridge, run, STOCK, pulling.SKU, "its run was discarded")
    bridge.brakes.decide(stopped, "discarded", who, why)
    return stopped


def set_limits(bridge: Bridge, share: int, least: int, number: int) -> Limits:
    """Raises InvalidInput."""
    if not 1 <= share <= 100:
        raise InvalidInput(f"a share of {share} %: from 1 to 100 is expected")
    if least < 1 or number < least:
        raise InvalidInput("at least 1 SKU, and a number that is not below it, is expected")
    limits = Limits(share, least, number)
    bridge.brakes.save_limits(limits)
    return limits


def _stopped(bridge: Bridge, run: str, who: str, why: str) -> Stopped:
    if not (who.strip() and why.strip()):
        raise InvalidInput("it is recorded who decides, and why: both are needed")
    waiting = {stopped.run: stopped for stopped in bridge.brakes.stopped()}
    if run not in waiting:
        raise NotFound(f"no run {run[:40]!r} was stopped; there are: {', '.join(waiting) or 'none'}")
    return waiting[run]


def _list(bridge: Bridge, run: str, urgency: int, kind: str, reason: str) -> None:
    """Have the SKUs that the run held back read again."""
    now = datetime.now(UTC)
    for sku in bridge.brakes.kept(run):
        bridge.control.keep_todo(Todo(PULL, urgency, kind, sku, f"{kind}-{run}", now, None, reason))
