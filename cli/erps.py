"""`orderbridge erp`: the merchant's ERP."""

from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr

from cli.credentials import ask_for
from cli.output import AsJson, as_json, connection, say
from cli.stores import StoreId
from orderbridge import erps
from orderbridge.errors import InvalidInput
from orderbridge.operations import erps as operations

app = typer.Typer(help="The merchant's ERP.", no_args_is_help=True)


@app.command()
def connect(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of: {', '.join(erps.names())}")],
    url: Annotated[str, typer.Option(help="https://erp.example.com")] = "",
    given: Annotated[
        list[str] | None, typer.Option("--with", metavar="FIELD=VALUE", help="Another field that is no secret.")
    ] = None,
    credentials_file: Annotated[
        Path | None, typer.Option(help="JSON with the secret fields; otherwise they are asked for.")
    ] = None,
    check: Annotated[bool, typer.Option(help="Ask the ERP first whether it answers.")] = True,
    json: AsJson = False,
) -> None:
    """Make an ERP the merchant's, or renew its credentials; orders that come or change from now on go to it."""
    kind = erps.load(name)
    credentials: dict[str, Any] = dict(map(_pair, given or ()))
    if kind.Credentials:
        credentials |= {"url": url} if url else {}
        secret = [field for field, about in kind.Credentials.model_fields.items() if about.annotation is SecretStr]
        credentials |= ask_for(secret, credentials_file, may_be_empty=False)
    on = connection(ctx)
    token = operations.connect(on.bridge, name, credentials, check=check)
    _done(name, "connected", json)
    if token and not json:
        say("If it can call when something changes, this is its address; keep it as secret as a key:")
        say(f"{on.outputs['WebhookUrl']}/erp/{token}")


@app.command()
def show(ctx: typer.Context, json: AsJson = False) -> None:
    """Which it is, and what it has still to be told."""
    found = operations.show(connection(ctx).bridge)
    if json:
        as_json(found)
        return
    say(f"{found.name}: {found.todos} orders to tell, the oldest for {found.oldest_todo_seconds} s")
    if found.refused:
        say(f"it refuses {found.refused} orders: `orderbridge quarantine list`")
    if found.paused:
        say(f"paused: {found.paused}")
        say("renew its credentials with `orderbridge erp connect`, or go on with `orderbridge erp resume`")
    if found.waiting_until:
        say(f"waits until {found.waiting_until:%H:%M:%S} UTC")


@app.command()
def resume(ctx: typer.Context, json: AsJson = False) -> None:
    """Serve it again after a pause, and at once everything that waited."""
    bridge = connection(ctx).bridge
    operations.resume(bridge)
    _done(bridge.control.erp(), "resumed", json)


@app.command()
def pull(
    ctx: typer.Context,
    full: Annotated[bool, typer.Option("--full", help="Everything, as in the night.")] = False,
    json: AsJson = False,
) -> None:
    """Read its stock now, without waiting for the schedule."""
    bridge = connection(ctx).bridge
    operations.pull(bridge, full=full)
    _done(bridge.control.erp(), "its stock is read", json)


@app.command()
def tell(
    ctx: typer.Context,
    store: StoreId,
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The shop's own id.")],
    json: AsJson = False,
) -> None:
    """Have it told of an order that it does not know because it was connected later."""
    operations.tell(connection(ctx).bridge, store, order)
    _done(order, "will be told", json)


def _pair(text: str) -> tuple[str, str]:
    field, found, value = text.partition("=")
    if not found:
        raise InvalidInput(f"{text!r} is no field: write FIELD=VALUE")
    return field, value


def _done(what: str, done: str, json: bool) -> None:
    if json:
        as_json({"name": what, "done": done})
    else:
        say(f"{what}: {done}")
