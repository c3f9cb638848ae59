"""What a run is measured by, beside the laws: memory, latencies, requests."""

import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_MB = 1024


@dataclass
class Memory:
    """Megabytes: of the largest environment of a function, and of this process with shops and people in it."""

    environments: list[float] = field(default_factory=list)
    simulation: list[float] = field(default_factory=list)

    def look(self, group: int) -> None:
        self.environments.append(max(map(_rss, _members(group)), default=0.0))
        self.simulation.append(_rss(os.getpid()))

    def course(self, values: Sequence[float]) -> list[int]:
        """At the start, after a quarter, in the middle, after three quarters, at the end."""
        last = len(values) - 1
        return [round(values[last * n // 4]) for n in range(5)] if values else []


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """p50, p95 and p99, none without values."""
    found = sorted(values)
    if len(found) < 2:
        return {}
    cuts = statistics.quantiles(found, n=100, method="inclusive")
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3)}


def _members(group: int) -> list[int]:
    """Processes of a group; one may end while we look."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            found.append(int(entry.parent.name))
    return found


def _rss(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / _MB for line in status.splitlines() if line.startswith("VmRSS")), 0.0)
