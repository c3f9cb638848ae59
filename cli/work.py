"""`orderbridge todo`, `quarantine`, `dlq` and `health`: what is left to do, and for whom."""

import getpass
import sys
from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from orderbridge.operations import dead_letters as letters
from orderbridge.operations import quarantine
from orderbridge.operations.health import StoreHealth, health
from orderbridge.operations.health import todos as all_todos
from orderbridge.tables.movements import EMBEDDED

todos = typer.Typer(help="What shops have still to be told.", no_args_is_help=True)
quarantined = typer.Typer(help="What could not be processed.", no_args_is_help=True)
dead_letters = typer.Typer(help="Messages that failed too often.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="ID")]


@todos.command("list")
def list_todos(ctx: typer.Context, json: AsJson = False) -> None:
    """Most urgent first."""
    found = all_todos(connection(ctx).bridge)
    if json:
        as_json(found)
        return
    rows = [(t.counterparty, t.urgency, t.kind, t.id, t.since, t.retry_at, t.reason) for t in found]
    columns = ("for", "urgency", "what", "SKU#listing", "since (UTC)", "not before", "because")
    table(columns, rows, empty="nothing is left to do")


@quarantined.command("list")
def list_quarantined(ctx: typer.Context, json: AsJson = False) -> None:
    """Oldest first."""
    found = quarantine.listed(connection(ctx).bridge)
    if json:
        as_json(found)
        return
    rows = [(q.id, q.at, q.store, f"{q.kind} {q.topic}", q.sku, q.reason, q.next_action) for q in found]
    table(("id", "since (UTC)", "store", "what", "SKU", "reason", "what to do"), rows, empty="nothing")


@quarantined.command("show")
def show_quarantined(ctx: typer.Context, id: Id) -> None:
    """The payload as it came, byte for byte. It may hold a buyer's data."""
    sys.stdout.buffer.write(quarantine.raw(connection(ctx).bridge, id))


@quarantined.command("release")
def release(ctx: typer.Context, id: Id, json: AsJson = False) -> None:
    """Try it again; if it fails again it comes back."""
    found = quarantine.release(connection(ctx).bridge, id)
    if json:
        as_json(found)
    else:
        say(f"{id} of {found.store} is tried again")


@quarantined.command("discard")
def discard(
    ctx: typer.Context,
    id: Id,
    why: Annotated[str, typer.Option(help="For whoever asks later.")],
    who: Annotated[str, typer.Option(help="Who gives it up; by default you.")] = "",
    json: AsJson = False,
) -> None:
    """Give it up for good."""
    found = quarantine.discard(connection(ctx).bridge, id, who or getpass.getuser(), why)
    if json:
        as_json(found)
    else:
        say(f"{id} of {found.store} is given up")


@dead_letters.command("list")
def list_dead(ctx: typer.Context, json: AsJson = False) -> None:
    """How many there are, and some of each queue; their contents are not shown."""
    piles = letters.piles(connection(ctx).dead_letters)
    if json:
        as_json(piles)
        return
    table(("queue", "messages"), [(pile.name, pile.count) for pile in piles])
    some = [(pile.name, x.sent_at, x.received, x.about) for pile in piles for x in pile.some]
    if some:
        table(("queue", "sent (UTC)", "tried", "about"), some)


@dead_letters.command("redrive")
def redrive(
    ctx: typer.Context,
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="inbound, bells, erp, polls, pulls or reconcile")],
    json: AsJson = False,
) -> None:
    """Send all of a queue's dead letters back to be tried again."""
    moved = letters.redrive(connection(ctx).dead_letters, queue)
    if json:
        as_json({"queue": queue, "moved": moved})
    else:
        say(f"{moved} messages sent back to {queue}")


def show_health(ctx: typer.Context, json: AsJson = False) -> None:
    """How much of what shops show is true, and what is left to do."""
    found = health(connection(ctx).bridge)
    if json:
        as_json(found)
        return
    say(f"{found.share_true:.1%} of the listings are as they should be")
    say(
        f"{found.dirty} SKUs to publish, {found.unfinished} orders half written, {found.quarantined} in quarantine, "
        f"{found.waiting_for_mapping} order lines wait for a SKU, {found.unread} SKUs to be read from the ERP"
    )
    if found.stock_read_at:
        say(f"the ERP's stock was last read at {found.stock_read_at:%Y-%m-%d %H:%M:%S} UTC")
    if found.braked:
        say(f"stopped, as it would empty too many SKUs at once: {found.braked}, see `orderbridge brake show`")
    if found.held_prices:
        say(f"prices that no shop is told before you say so: {found.held_prices}, see `orderbridge price held`")
    if found.decisions:
        say(f"{found.decisions} questions wait for a person since {found.oldest_decision_seconds} s: decide list")
    table(
        (
            *("store", "listings", "true", "to-dos", "oldest (s)", "refused", "outcome unknown"),
            *("orders read (s ago)", "poll", "paused", "waits until"),
        ),
        map(_store, found.stores),
        empty="no stores yet",
    )
    erp = found.erp
    if erp.name != EMBEDDED:
        paused = f" Paused: {erp.paused}" if erp.paused else ""
        say(f"ERP {erp.name}: {erp.todos} orders to tell, {erp.refused} refused.{paused}")


def _store(s: StoreHealth) -> tuple[object, ...]:
    share = f"{s.share_true:.1%}"
    told = s.store, s.listings, share, s.todos, s.oldest_todo_seconds, s.rejected, s.unknown
    return *told, s.unpolled, s.poll_trouble, s.paused, s.waiting_until
