"""`make simulate MUTANTS=1`: one bug at a time, each until a seed shows it; exit code 0 only if every one is found and
the code without bugs holds every law under the same seeds."""

import json
import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from local.template import ROOT
from simulation.mutants import machines
from simulation.mutants.bugs import BUGS, Bug
from simulation.mutants.copies import copy_with
from simulation.mutants.scenarios import plan
from simulation.run import simulate

SEEDS = 3  # tried for each bug
_BUILD = Path("build")


@dataclass(frozen=True)
class Hunt:
    """What became of one bug, or of the code without any; `found` is what broke first, in words, "" if nothing did."""

    name: str
    breaks: str
    scenario: str
    found: str
    seed: int
    seconds: float


def main(only: Annotated[str, typer.Option(help="names of bugs, or parts of them, with commas")] = "") -> None:
    """Show that the laws find each named bug, and nothing where there is none."""
    logging.basicConfig(filename=_log(), filemode="w", level=logging.INFO, format="%(asctime)s %(message)s")
    chosen = [bug for bug in BUGS if any(part in bug.name for part in only.split(","))]
    console, hunts = Console(), list[Hunt]()
    for hunt in _hunts(chosen):
        hunts.append(hunt)
        console.print(f"{hunt.name}: {hunt.found or 'nothing found'} (seed {hunt.seed}, {hunt.seconds:.0f} s)")
    console.print(_table(hunts))
    (_BUILD / "mutants.json").write_text(json.dumps([asdict(hunt) for hunt in hunts], indent=2) + "\n")
    raise typer.Exit(0 if all(bool(hunt.found) == bool(hunt.breaks) for hunt in hunts) else 1)


def _hunts(bugs: list[Bug]) -> Iterator[Hunt]:
    """Every bug, then the code as it is under each scenario and seed that has found one."""
    used: dict[tuple[str, int], None] = {}
    for bug in bugs:
        hunt = _hunt(bug)
        used[hunt.scenario, hunt.seed] = None
        yield hunt
    for scenario, seed in used:
        began = time.monotonic()
        found = _violations(scenario, seed, ROOT)
        yield Hunt("no bug", "", scenario, found[0] if found else "", seed, time.monotonic() - began)


def _hunt(bug: Bug) -> Hunt:
    began, found, seed = time.monotonic(), list[str](), 0
    with copy_with(bug) as code:
        while not found and seed < SEEDS:
            seed += 1
            found = _violations(bug.scenario, seed, code)
    return Hunt(bug.name, bug.law, bug.scenario, _first(found, bug.law), seed, time.monotonic() - began)


def _violations(scenario: str, seed: int, code: Path) -> list[str]:
    if scenario in machines.TESTS:
        return machines.violations(scenario, code, seed)
    return simulate(plan(scenario, seed, code)).violations


def _first(found: list[str], law: str) -> str:
    """Of the law that the bug breaks, if it is among them."""
    return next((words for words in found if words.startswith(law)), found[0] if found else "")


def _table(hunts: list[Hunt]) -> Table:
    table = Table(title="Mutants", title_justify="left")
    for column in ("bug", "breaks law", "scenario", "found by", "seed", "s"):
        table.add_column(column, justify="right" if column in ("seed", "s") else "left")
    for hunt in hunts:
        row = (hunt.breaks, hunt.scenario, hunt.found or "nothing", str(hunt.seed), f"{hunt.seconds:.0f}")
        table.add_row(hunt.name, *row)
    return table


def _log() -> Path:
    _BUILD.mkdir(exist_ok=True)
    return _BUILD / "mutants.log"


if __name__ == "__main__":
    typer.run(main)
