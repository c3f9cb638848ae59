"""What one page of a phase gave, and what all phases share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from orderbridge.reconcile.rules import Finding
from orderbridge.reconcile.runs import Run

FRESH = timedelta(minutes=2)  # what is younger may still be on its way to us, and is left to the next run
TRIES = 3  # how often a counterparty may fail before the run leaves it out


@dataclass(frozen=True)
class Page:
    """`place` is where the next page begins, None after the last one.

    skipped  store (or "erp") -> why it is left out of the rest of the phase
    noted  what the phases keep of each store until they end, None where that is as it was
    """

    place: str | None
    checked: int
    findings: Sequence[Finding] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    noted: dict[str, dict[str, Any]] | None = None


def compared_until(run: Run) -> datetime:
    return run.started - FRESH


def settled(at: datetime | None, run: Run) -> bool:
    """Whether what happened then must have reached everybody by the time the run began."""
    return at is None or at <= compared_until(run)
