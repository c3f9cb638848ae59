"""`orderbridge reconcile`: do platforms, our record and the ERP agree?"""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from orderbridge.operations import reconciling
from orderbridge.operations.reconcile_page import page

app = typer.Typer(help="Compare platforms, our record and the ERP, as every night.", no_args_is_help=True)
RunId = Annotated[str, typer.Option("--run", metavar="RUN", help="An earlier run; by default the last.")]


@app.command("run")
def run_now(
    ctx: typer.Context,
    days: Annotated[
        int | None, typer.Option(metavar="DAYS", help="Orders of so many days, also those compared before.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Begin now, without waiting for the night, or go on with the run under way."""
    begun = reconciling.run(connection(ctx).bridge, days)
    if json:
        as_json({"run": begun.id, "started": begun.started})
    else:
        say(f"{begun.id} is under way; `orderbridge reconcile report` shows how far it is")


@app.command()
def report(
    ctx: typer.Context,
    run: RunId = "",
    html: Annotated[Path | None, typer.Option(help="Write it as one HTML file.")] = None,
    json: AsJson = False,
) -> None:
    """What the last run compared and found."""
    found = reconciling.report(connection(ctx).bridge, run)
    if html:
        html.write_text(page(found), encoding="utf-8")
    if json:
        as_json(found)
        return
    state = f"ended {found.complete:%Y-%m-%d %H:%M:%S} UTC" if found.complete else "under way"
    say(f"{found.run}, {state}: {found.checked} compared, {found.found} differences, ")
    say(f"{found.repaired} being repaired, {found.for_a_person} for a person")
    table(("phase", "store", "compared", "done", "left out"), [_compared(c) for c in found.compared])
    table(
        ("finding", "number", "ours", "theirs", "repair"),
        [(f.id, f.number, f.ours, f.theirs, f.repair or "for a person") for f in found.findings],
        empty="no difference",
    )
    if html:
        say(f"written to {html}")


@app.command()
def explain(
    ctx: typer.Context,
    finding: Annotated[str, typer.Argument(metavar="FINDING", help="As `report` names it.")],
    run: RunId = "",
    json: AsJson = False,
) -> None:
    """What a finding means, and what is done about it."""
    found = reconciling.explain(connection(ctx).bridge, finding, run)
    if json:
        as_json(found)
        return
    one = found.finding
    say(f"{found.title}: {one.number or one.about} of {one.store or 'all stores'}")
    say(found.means)
    say(f"ours: {one.ours or 'nothing'}; theirs: {one.theirs or 'nothing'}")
    say(f"what to do: {found.next_action}")


def _compared(c: reconciling.Compared) -> tuple[object, ...]:
    return c.phase, c.store or "all", c.checked, "yes" if c.done else "not yet", c.left_out
