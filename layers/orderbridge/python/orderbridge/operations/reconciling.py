"""Reconcile on demand, and what the last run found."""

from dataclasses import dataclass
from datetime import UTC, datetime

from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.reconcile.rules import Finding, Kind
from orderbridge.reconcile.running import begin
from orderbridge.reconcile.runs import Run, Runs
from orderbridge.reconcile.words import WORDS

_MOST_DAYS = 3650


@dataclass(frozen=True)
class Compared:
    """One phase with one counterparty; `left_out` says why it, or store by store a part of it, was not compared."""

    phase: str
    store: str
    checked: int
    done: bool
    left_out: str


@dataclass(frozen=True)
class Count:
    kind: str
    title: str
    found: int
    repaired: int
    for_a_person: int


@dataclass(frozen=True)
class Report:
    """
    complete   when the run came to its end, None while it is under way
    repaired   differences whose repair was asked for; the next run shows whether it was done
    findings   the first few hundred, one by one; `counts` has them all
    """

    run: str
    started: datetime
    complete: datetime | None
    checked: int
    found: int
    repaired: int
    for_a_person: int
    counts: tuple[Count, ...]
    compared: tuple[Compared, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Explanation:
    finding: Finding
    title: str
    means: str
    next_action: str


def run(bridge: Bridge, days: int | None = None) -> Run:
    """Begin a run now, or go on with the one under way. Raises InvalidInput.

    days  compare orders of so many days, also those that were compared before
    """
    if days is not None and not 1 <= days <= _MOST_DAYS:
        raise InvalidInput(f"days are 1 to {_MOST_DAYS}")
    begun = begin(bridge, datetime.now(UTC), days)
    bridge.queues.reconcile_on()
    return begun


def report(bridge: Bridge, id: str = "") -> Report:
    """Of one run, or of the last. Raises NotFound."""
    runs = Runs(bridge.control)
    found = runs.run(id) if id else runs.latest()
    if found is None:
        raise NotFound(f"there is no run {id!r}" if id else "nothing was reconciled yet")
    counts = tuple(_count(Kind(kind), *pair) for kind, pair in sorted(found.counts.items()))
    compared = tuple(
        Compared(step.phase, step.store, step.checked, step.done, _left_out(step.trouble, step.skipped))
        for step in found.steps
    )
    return Report(
        found.id,
        found.started,
        found.complete,
        sum(step.checked for step in found.steps),
        found.found,
        sum(count.repaired for count in counts),
        sum(count.for_a_person for count in counts),
        counts,
        compared,
        tuple(runs.findings(found.id)),
    )


def explain(bridge: Bridge, id: str, run: str = "") -> Explanation:
    """What a finding means, and what is done about it. Raises NotFound."""
    runs = Runs(bridge.control)
    latest = runs.run(run) if run else runs.latest()
    found = runs.finding(latest.id, id) if latest else None
    if found is None:
        raise NotFound(f"the run has no finding {id!r}; `orderbridge reconcile report` lists them")
    words = WORDS[found.kind]
    repaired = f"Nothing: {found.repair}. The next run shows whether that was enough. If not: {words.person}"
    return Explanation(found, words.title, words.means, repaired if found.repair else words.person)


def _count(kind: Kind, found: int, repaired: int) -> Count:
    return Count(kind.value, WORDS[kind].title, found, repaired, found - repaired)


def _left_out(trouble: str, skipped: dict[str, str]) -> str:
    return "; ".join(filter(None, (trouble, *(f"{store}: {reason}" for store, reason in sorted(skipped.items())))))
