"""`make simulate [ORDERS=n] [SEED=s] [FAULTS=a,b|all|none] [SERIAL=1]`: exit code 0 only if every law held."""

import json
import logging
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from simulation.plan import Plan, troubles
from simulation.report import document, markdown, table
from simulation.run import simulate

_BUILD = Path("build")
_PATIENCE = 300  # seconds


def main(
    orders: Annotated[int, typer.Option(help="how many orders the buyers place")] = 1500,
    seed: Annotated[int, typer.Option(help="the same seed gives the same people and the same faults")] = 1,
    faults: Annotated[str, typer.Option(help="all, none, or names with commas")] = "all",
    serial: Annotated[bool, typer.Option(help="one step at a time: the same run, call by call")] = False,
    rate: Annotated[float, typer.Option(help="how much faster than ours the clock runs")] = 3.0,
) -> None:
    """Sell, cancel, refund, edit, ship and restock under faults; then see whether the laws held."""
    try:
        plan = Plan(orders, seed, troubles(faults), serial, rate=rate, patience=_PATIENCE + orders / 20)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    _BUILD.mkdir(exist_ok=True)
    logging.basicConfig(
        filename=_BUILD / "simulate.log", filemode="w", level=logging.WARNING, format="%(asctime)s %(message)s"
    )
    logging.getLogger("simulation").setLevel(logging.INFO)
    console = Console()
    bar = Progress(TextColumn("orders"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)
    with bar:
        task = bar.add_task("orders", total=orders)
        outcome = simulate(plan, lambda placed: bar.update(task, completed=placed))
    console.print(table(outcome))
    if serial:
        (_BUILD / "simulate.trace").write_text(outcome.trace)
    (_BUILD / "simulate.json").write_text(json.dumps(document(outcome), indent=2, ensure_ascii=False) + "\n")
    (_BUILD / "simulate.md").write_text(markdown(outcome))
    raise typer.Exit(0 if outcome.verdict.held else 1)


if __name__ == "__main__":
    typer.run(main)
