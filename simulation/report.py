"""The outcome as a table for people, as a document for programs, and as text for docs/proof.md."""

from typing import Any

from rich.console import Group
from rich.table import Table

from simulation.run import Outcome


def table(outcome: Outcome) -> Group:
    laws = Table(title=f"Laws, seed {outcome.plan.seed}", title_justify="left")
    for column in ("law", "checked", "violated", "first counterexample"):
        laws.add_column(column, justify="right" if column in ("checked", "violated") else "left")
    for finding in outcome.verdict.findings:
        example = f"seed {outcome.plan.seed}: {finding.examples[0]}" if finding.examples else ""
        laws.add_row(finding.law, str(finding.checked), str(finding.violated), example)
    numbers = Table(title="Measured", title_justify="left", show_header=False)
    for name, value in {**_verdict(outcome), **outcome.numbers}.items():
        numbers.add_row(name, _said(value))
    return Group(laws, numbers)


def document(outcome: Outcome) -> dict[str, Any]:
    plan = outcome.plan
    return {
        "orders": plan.orders,
        "seed": plan.seed,
        "faults": sorted(plan.faults),
        "serial": plan.serial,
        "held": outcome.verdict.held,
        "laws": [vars(finding) for finding in outcome.verdict.findings],
        **_verdict(outcome),
        "measured": outcome.numbers,
    }


def markdown(outcome: Outcome) -> str:
    laws = [
        [f.law, str(f.checked), str(f.violated), f.examples[0] if f.examples else ""] for f in outcome.verdict.findings
    ]
    rows = [["law", "checked", "violated", "first counterexample"], ["---"] * 4, *laws]
    numbers = {**_verdict(outcome), **outcome.numbers}
    measured = [["measured", ""], ["---"] * 2, *([name, _said(value)] for name, value in numbers.items())]
    return "\n".join([*map(_row, rows), "", *map(_row, measured), ""])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cell.replace(chr(10), '; ') for cell in cells)} |"


def _verdict(outcome: Outcome) -> dict[str, Any]:
    verdict = outcome.verdict
    return {
        "lost": verdict.lost,
        "doubled": verdict.doubled,
        "oversold beyond the in-flight bound": verdict.beyond,
        "converged, %": round(verdict.converged, 3),
        "deletions that nobody told us": verdict.unheard_deletions,
    }


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return "\n".join(f"{name}  {inner}" for name, inner in value.items()) or "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
