"""The outcome as a table for people and as a document for programs."""

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
