"""`orderbridge decide`: what only a person can decide about an order."""

from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from orderbridge.operations import decisions as operations
from orderbridge.operations.decisions import Decision

app = typer.Typer(help="What only a person can decide about an order.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="ID", help="As the list shows it: store/order/number.")]


@app.command("list")
def list_open(ctx: typer.Context, json: AsJson = False) -> None:
    """What waits for an answer, oldest first."""
    found = operations.listed(connection(ctx).bridge)
    if json:
        as_json(found)
        return
    table(("id", "since (UTC)", "question"), [(d.id, d.at, d.question) for d in found], empty="nothing to decide")


@app.command()
def show(ctx: typer.Context, id: Id, json: AsJson = False) -> None:
    """One question with its choices, or the answer that it got."""
    _shown(operations.show(connection(ctx).bridge, id), json)


@app.command()
def make(
    ctx: typer.Context,
    id: Id,
    choice: Annotated[str, typer.Argument(metavar="CHOICE", help="One of those that `decide show` names.")],
    who: Annotated[str, typer.Option(help="Who decides.")],
    why: Annotated[str, typer.Option(help="The reason, for whoever looks at the order later.")],
    json: AsJson = False,
) -> None:
    """Answer a question, for good."""
    _shown(operations.make(connection(ctx).bridge, id, choice, who, why), json)


def _shown(found: Decision, json: bool) -> None:
    if json:
        as_json(found)
        return
    say(f"{found.id}, asked {found.at:%Y-%m-%d %H:%M:%S} UTC: {found.question}")
    if found.ended is None:
        table(("choice", "what it means"), found.choices.items())
        return
    answer = f"{found.state} at {found.ended:%Y-%m-%d %H:%M:%S} UTC"
    say(f"{answer} by {found.who}: {found.choice}, because {found.why}" if found.choice else answer)
