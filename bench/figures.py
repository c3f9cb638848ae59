"""What `make bench` shows: each figure beside its bare floor, measured in the same run.

These machines are shared and noisy, so a ratio to the floor says more than the figure itself.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULT = Path("build/bench.json")


@dataclass(frozen=True)
class Figure:
    """
    floor  the least that the same machine needs for it, in the same unit
    goal   the most that is allowed: `times` the floor, or so many units
    """

    name: str
    value: float
    unit: str
    floor: float
    goal: float
    times: bool = True

    @property
    def ratio(self) -> float:
        return self.value / self.floor

    @property
    def met(self) -> bool:
        return (self.ratio if self.times else self.value) <= self.goal

    def document(self) -> dict[str, Any]:
        said = {"name": self.name, "value": round(self.value, 4), "unit": self.unit, "floor": round(self.floor, 4)}
        return {**said, "ratio": round(self.ratio, 3), "goal": self._goal, "met": self.met}

    @property
    def _goal(self) -> str:
        return f"<= {self.goal:g} {'x floor' if self.times else self.unit}"

    @property
    def row(self) -> tuple[str, ...]:
        shown = (f"{self.value:.3f} {self.unit}", f"{self.floor:.3f}", f"{self.ratio:.2f}", self._goal)
        return self.name, *shown, "yes" if self.met else "NO"


def publish(figures: Sequence[Figure]) -> bool:
    """Print the table and write build/bench.json; whether every goal was met."""
    table = Table("figure", "measured", "floor", "ratio", "goal", "met")
    for figure in figures:
        table.add_row(*figure.row)
    Console().print(table)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps([figure.document() for figure in figures], indent=2) + "\n")
    return all(figure.met for figure in figures)
