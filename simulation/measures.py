"""What a run is measured by, beside the laws: memory, processor time, latencies."""

import os
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

_MB = 1024
_TICKS = os.sysconf("SC_CLK_TCK")


class Machine:
    """Memory and processor time of our processes: the functions' environments, and this one with shops and people.

    An environment that dies takes what it used since the last look with it.
    """

    def __init__(self) -> None:
        self.environments: list[float] = []  # MB, the largest
        self.simulation: list[float] = []  # MB
        self._used: dict[tuple[int, int], float] = {}  # (process, when it began) -> seconds

    def look(self, group: int) -> None:
        members = [process for process in _processes() if process.group == group]
        self.environments.append(max((_rss(process.id) for process in members), default=0.0))
        self.simulation.append(_rss(os.getpid()))
        self._used |= {(process.id, process.began): process.used for process in members}

    @property
    def functions_used(self) -> float:
        """Seconds of processor time."""
        return sum(self._used.values())


def course(values: Sequence[float]) -> list[int]:
    """Rounded, at the start, after a quarter, in the middle, after three quarters, at the end."""
    last = len(values) - 1
    return [round(values[last * n // 4]) for n in range(5)] if values else []


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """p50, p95 and p99, none without values."""
    found = sorted(values)
    if len(found) < 2:
        return {}
    cuts = statistics.quantiles(found, n=100, method="inclusive")
    return {"p50": round(cuts[49], 3), "p95": round(cuts[94], 3), "p99": round(cuts[98], 3)}


class _Process:
    def __init__(self, id: int, stat: str) -> None:
        fields = stat.rpartition(")")[2].split()
        self.id, self.group, self.began = id, int(fields[2]), int(fields[19])
        self.used = (int(fields[11]) + int(fields[12])) / _TICKS


def _processes() -> list[_Process]:
    """All that run; one may end while we look."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append(_Process(int(entry.parent.name), entry.read_text()))
        except OSError:
            continue
    return found


def _rss(process: int) -> float:
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / _MB for line in status.splitlines() if line.startswith("VmRSS")), 0.0)
