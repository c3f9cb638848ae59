"""`orderbridge listing` and `orderbridge kit`: which SKU each thing is that a shop offers."""

from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from cli.rules import freed
from cli.stores import StoreId
from orderbridge.errors import InvalidInput
from orderbridge.model import Kit
from orderbridge.operations import listings, suggestions
from orderbridge.operations.inputs import made
from orderbridge.operations.kits import define as define_kit

app = typer.Typer(help="What shops offer, and which SKU it is.", no_args_is_help=True)
kits = typer.Typer(help="SKUs that are packed from others.", no_args_is_help=True)


@app.command("import")
def import_all(
    ctx: typer.Context,
    store: StoreId,
    create: Annotated[bool, typer.Option("--create", help="Take SKUs that we do not know yet as ours.")] = False,
    json: AsJson = False,
) -> None:
    """List everything whose SKU in the shop is one of ours: exactly, or by the store's mapping file and rules."""
    done = listings.import_all(connection(ctx).bridge, store, create=create)
    if json:
        as_json(done)
        return
    say(f"{done.offers} offers: {done.listed} newly listed, {done.known_before} were listed before")
    say(f"  of the new ones {done.exact} by exactly our SKU, {len(done.by_rule)} by the store's mapping file and rules")
    for what, found in (
        ("by a rule", done.by_rule),
        ("new SKUs", done.created),
        ("offered more than once", done.duplicates),
        ("without a SKU: `orderbridge listing map`", done.blank),
        ("that could be two SKUs: `orderbridge listing map`", done.ambiguous),
        ("with a SKU that we do not stock: receive it, or use --create", done.unmatched),
        ("with a SKU that cannot be one of ours", done.unusable),
        ("not listed, its ids are those of something else", done.refused),
    ):
        for row in found:
            say(f"  {what}: {row}")
    if done.blank or done.ambiguous or done.unmatched or done.unusable:
        say(f"what is left may be: `orderbridge listing suggest {store}`")
    freed(done.orders_looked_at_again)


@app.command("map")
def map_one(
    ctx: typer.Context,
    store: StoreId,
    product: Annotated[str, typer.Argument(metavar="PRODUCT[#VARIANT]", help="The shop's ids.")],
    sku: Annotated[str, typer.Argument(metavar="SKU")],
    json: AsJson = False,
) -> None:
    """Say which SKU an offer is, whatever the shop calls it."""
    product_id, _, variant = product.partition("#")
    listing = listings.map_one(connection(ctx).bridge, store, product_id, variant, sku)
    if json:
        as_json(listing)
    else:
        say(f"{store}: {product} {listing.title} is {sku}")


@app.command("suggest")
def suggest(
    ctx: typer.Context,
    store: StoreId,
    orders: Annotated[bool, typer.Option("--orders", help="Only what orders wait for; ask the shop nothing.")] = False,
    json: AsJson = False,
) -> None:
    """What is no SKU of ours yet, which it may be, and how many waiting orders each would free. Maps nothing."""
    found = suggestions.listed(connection(ctx).bridge, store, catalogue=not orders)
    if json:
        as_json(found)
        return
    if not found:
        say("everything is mapped")
    for left in found:
        what = " ".join(filter(None, (left.reference, left.sku.strip(), left.name)))
        waiting = f"; {left.orders} orders wait for it, {left.frees} for nothing else" if left.orders else ""
        say(f"{what}: {left.problem}{waiting}")
        for one in left.suggestions:
            say(f"  {one.score:3} {one.sku}: {'; '.join(one.why)}")
    if found:
        say(f"what the shop still offers is mapped with `orderbridge listing map {store} PRODUCT#VARIANT SKU`,")
        say(f"what only orders have by the SKU on them, with `orderbridge rule import {store} FILE`")


@kits.command("define")
def define(
    ctx: typer.Context,
    sku: Annotated[str, typer.Argument(metavar="SKU")],
    components: Annotated[list[str], typer.Argument(metavar="SKU=UNITS...", help="What one kit is packed from.")],
    json: AsJson = False,
) -> None:
    """Define or change a kit; orders hold its components."""
    kit = made(Kit, sku=sku, components=dict(map(_component, components)))
    define_kit(connection(ctx).bridge, kit)
    if json:
        as_json(kit)
    else:
        table(("component", "units"), kit.components.items(), title=f"kit {sku}")


def _component(text: str) -> tuple[str, int]:
    sku, _, units = text.rpartition("=")
    if not (sku and units.isascii() and units.isdecimal()):
        raise InvalidInput(f"{text!r} is no component; write SKU=2")
    return sku, int(units)
