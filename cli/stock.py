"""`orderbridge stock`: the embedded ledger."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from cli.refusals import REFUSED
from cli.stores import StoreId
from orderbridge.erps.ledger import Ledger
from orderbridge.movements import Kind
from orderbridge.operations import ledger as operations
from orderbridge.operations import sheets
from orderbridge.operations.inputs import moment

app = typer.Typer(help="Receipts, counts and shipments of the embedded ledger.", no_args_is_help=True)
Sku = Annotated[str, typer.Argument(metavar="SKU")]
Place = Annotated[str, typer.Argument(metavar="LOCATION")]
Units = Annotated[int, typer.Argument(metavar="UNITS")]
Reference = Annotated[str, typer.Option(help="Names the entry: a delivery note, a counting sheet. Once is enough.")]
At = Annotated[str, typer.Option(metavar="TIME", help="2026-11-23T14:00, in the merchant's time zone; by default now.")]


@app.command()
def location(ctx: typer.Context, name: Place, json: AsJson = False) -> None:
    """Add a place where stock lies; elsewhere none is taken."""
    Ledger(connection(ctx).bridge).add_location(name)
    if json:
        as_json({"location": name})
    else:
        say(f"{name} is a location")


@app.command()
def receive(
    ctx: typer.Context, sku: Sku, location: Place, units: Units, reference: Reference, at: At = "", json: AsJson = False
) -> None:
    """Units came in."""
    bridge = connection(ctx).bridge
    when = moment(at, bridge.settings.time_zone) if at else None
    _entered(Ledger(bridge).receive(sku, location, units, reference, when, _who()), json)


@app.command()
def count(
    ctx: typer.Context,
    sku: Sku,
    location: Place,
    units: Units,
    reference: Reference,
    as_of: At = "",
    json: AsJson = False,
) -> None:
    """So many units lay there; what moved since is kept."""
    bridge = connection(ctx).bridge
    when = moment(as_of, bridge.settings.time_zone) if as_of else None
    _entered(Ledger(bridge).count(sku, location, units, when, reference, _who()), json)


@app.command(context_settings={"ignore_unknown_options": True})
def ship(
    ctx: typer.Context,
    store: StoreId,
    order: Annotated[str, typer.Argument(metavar="ORDER")],
    sku: Sku,
    location: Place,
    units: Annotated[int, typer.Argument(metavar="UNITS", help="Negative: a shipment is taken back.")],
    reference: Reference,
    line: Annotated[str, typer.Option(help="Line of the parcel, where one parcel has several.")] = "1",
    beyond: Annotated[bool, typer.Option("--beyond", help="They left although the order holds fewer.")] = False,
    carrier: Annotated[str, typer.Option(help="Who carries it: DHL.")] = "",
    tracking: Annotated[str, typer.Option(help="Tracking number; may be entered later, with the same line.")] = "",
    tracking_url: Annotated[str, typer.Option(help="Where the buyer can follow it.")] = "",
    json: AsJson = False,
) -> None:
    """Units left for an order; its shop is told."""
    ledger = Ledger(connection(ctx).bridge)
    way = carrier, tracking, tracking_url
    new = ledger.ship(store, order, sku, location, units, reference, line, beyond=beyond, who=_who(), way=way)
    _entered(new, json)


@app.command()
def movements(ctx: typer.Context, sku: Sku, json: AsJson = False) -> None:
    """Everything that came, was counted and left, with the balance after it."""
    found = operations.movements(connection(ctx).bridge, sku)
    if json:
        as_json(found)
        return
    columns = ("at (UTC)", "what", "location", "units", "balance", "reference", "order", "by")
    rows = [(m.at, m.kind, m.location, m.units, m.balance, m.reference, m.order, m.who) for m in found]
    table(columns, rows, empty="nothing moved yet")


@app.command("import")
def import_sheet(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, UTF-8")],
    kind: Annotated[Kind, typer.Option(help="Of rows that have no column `kind`.")] = Kind.COUNT,
    json: AsJson = False,
) -> None:
    """Enter a sheet with the columns sku, location, quantity and maybe kind, reference, at."""
    done = sheets.read(connection(ctx).bridge, file.read_bytes(), _who(), kind.value)
    if json:
        as_json(done)
    else:
        say(f"{done.entered} rows entered, {done.repeats} had been entered before, {len(done.faults)} refused")
        for fault in done.faults:
            say(f"  line {fault.line}: {fault.reason}")
    if done.faults:
        raise typer.Exit(REFUSED)


@app.command("export")
def export_sheet(
    ctx: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="By default the screen.")] = None,
) -> None:
    """All SKUs as CSV: what is on hand, wanted, shipped and available, by location."""
    text = sheets.write(connection(ctx).bridge)
    if file:
        file.write_text(text, encoding="utf-8-sig", newline="")  # with the mark by which Excel knows UTF-8
    else:
        sys.stdout.write(text)


def _who() -> str:
    return f"{getpass.getuser()} (command line)"


def _entered(new: bool, json: bool) -> None:
    if json:
        as_json({"entered": new})
    else:
        say("entered" if new else "it was entered before; nothing has changed")
