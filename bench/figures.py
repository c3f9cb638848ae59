"""What `make bench` shows: each figure beside its bare floor, measured in the same run.

These machines are shared and noisy, so a ratio to the floor says more than the figure itself.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

RESULT = Path("build/bench.json")


class Goal(StrEnum):
    TIMES = "times"  # at most so many times the floor
    MOST = "most"  # at most so many units
    LEAST = "least"  # at least so many units


@dataclass(frozen=True)
class Figure:
    """
    floor  the least that the same machine needs for it, or the most that it does, in the same unit; None for none
    goal   see `by`; None for a figure that is only shown
    note   what one must know to read it
    """

    name: str
    value: float
    unit: str
    floor: float | None = None
    goal: float | None = None
    by: Goal = Goal.TIMES
    note: str = ""

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def met(self) -> bool | None:
        """None where there is no goal."""
        if self.goal is None:
            return None
        if self.by is Goal.TIMES:
            return self.ratio is not None and self.ratio <= self.goal
        return self.value >= self.goal if self.by is Goal.LEAST else self.value <= self.goal

    def document(self) -> dict[str, Any]:
        floor, ratio = (None if x is None else round(x, 4) for x in (self.floor, self.ratio))
        said = {"name": self.name, "value": round(self.value, 4), "unit": self.unit, "floor": floor, "ratio": ratio}
        return {**said, "goal": self._goal, "met": self.met, **({"note": self.note} if self.note else {})}

    @property
    def _goal(self) -> str | None:
        if self.goal is None:
            return None
        sign, unit = (">=" if self.by is Goal.LEAST else "<="), "x floor" if self.by is Goal.TIMES else self.unit
        return f"{sign} {self.goal:g} {unit}"

    @property
    def row(self) -> tuple[str, ...]:
        shown = (f"{self.value:.3f} {self.unit}", _number(self.floor, 3), _number(self.ratio, 2), self._goal or "")
        return self.name, *shown, {None: "", True: "yes", False: "NO"}[self.met]


def publish(figures: Sequence[Figure]) -> bool:
    """Print the table and write build/bench.json; whether every goal was met."""
    table, console = Table("figure", "measured", "floor", "ratio", "goal", "met"), Console(soft_wrap=True)
    for figure in figures:
        table.add_row(*figure.row)
    console.print(table)
    for figure in (one for one in figures if one.note):
        console.print(f"{figure.name}: {figure.note}", highlight=False)
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps([figure.document() for figure in figures], indent=2) + "\n")
    return all(figure.met is not False for figure in figures)


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
