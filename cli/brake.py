"""`orderbridge brake`: runs that would have emptied too many SKUs at once."""

import getpass
from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from orderbridge.errors import InvalidInput
from orderbridge.operations import brake

app = typer.Typer(help="Runs that would have emptied too many SKUs at once.", no_args_is_help=True)
Run = Annotated[str, typer.Argument(metavar="[RUN]", help="By default the only one that was stopped.")]
Who = Annotated[str, typer.Option(help="Who decides; by default you.")]
Why = Annotated[str, typer.Option(help="For whoever asks later.")]


@app.command()
def show(ctx: typer.Context, json: AsJson = False) -> None:
    """What was stopped and what it would have done, the limits, and what was decided before."""
    found = brake.show(connection(ctx).bridge)
    if json:
        as_json(found)
        return
    say(
        f"a run is stopped that would empty more than {found.limits.share} % of the SKUs in stock, "
        f"{found.limits.least} of them at least, or more than {found.limits.number}"
    )
    for stopped, falls in found.stopped:
        say(f"{stopped.run}, a {stopped.kind}, stopped at {stopped.at:%Y-%m-%d %H:%M} UTC: {stopped.reason}")
        table(("SKU", "before", "after"), [(sku, f.before, f.after) for sku, f in sorted(falls.items())])
    if not found.stopped:
        say("nothing is stopped")
    rows = [(d.at, d.stopped.run, d.stopped.reason, d.outcome, d.who, d.why) for d in found.decided]
    table(("at (UTC)", "run", "reason", "outcome", "who", "why"), rows, title="decided", empty="nothing yet")


@app.command()
def release(ctx: typer.Context, why: Why, run: Run = "", who: Who = "", json: AsJson = False) -> None:
    """It is right: do it, with what is true now."""
    found = brake.release(connection(ctx).bridge, run or _only(ctx), who or getpass.getuser(), why)
    _done(found.stopped.run, "released", json)
    for fault in found.refused:
        say(f"  line {fault.line}: {fault.reason}")


@app.command()
def discard(ctx: typer.Context, why: Why, run: Run = "", who: Who = "", json: AsJson = False) -> None:
    """It was a mistake: forget it. Where the source still says so, it is stopped again."""
    stopped = brake.discard(connection(ctx).bridge, run or _only(ctx), who or getpass.getuser(), why)
    _done(stopped.run, "discarded", json)


@app.command("set")
def set_limits(
    ctx: typer.Context,
    share: Annotated[int, typer.Option(help="Percent of the SKUs in stock that one run may empty.")] = 25,
    least: Annotated[int, typer.Option(help="So few are never too many.")] = 20,
    number: Annotated[int, typer.Option(help="More are too many, whatever their share.")] = 500,
    json: AsJson = False,
) -> None:
    """How many SKUs one run may empty by itself."""
    limits = brake.set_limits(connection(ctx).bridge, share, least, number)
    if json:
        as_json(limits)
    else:
        say(f"{limits.share} %, {limits.least} SKUs at least, {limits.number} at most")


def _only(ctx: typer.Context) -> str:
    stopped = brake.show(connection(ctx).bridge).stopped
    if len(stopped) != 1:
        names = ", ".join(one.run for one, _ in stopped)
        raise InvalidInput(f"name the run, there are: {names}" if names else "nothing is stopped")
    return stopped[0][0].run


def _done(run: str, what: str, json: bool) -> None:
    if json:
        as_json({"run": run, "done": what})
    else:
        say(f"{run} is {what}")
