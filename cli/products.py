"""`orderbridge product`: what SKUs are called, their barcodes and weights."""

from pathlib import Path
from typing import Annotated, Any

import typer

from cli.output import AsJson, as_json, connection, say, table
from cli.prices import read
from orderbridge.errors import InvalidInput
from orderbridge.operations import products

app = typer.Typer(help="Products: names by language, barcode, weight.", no_args_is_help=True)
Sku = Annotated[str, typer.Argument(metavar="SKU")]


@app.command("set")
def set_product(
    ctx: typer.Context,
    sku: Sku,
    name: Annotated[list[str] | None, typer.Option(metavar="LANGUAGE=NAME", help="en='Stoneware mug'")] = None,
    barcode: Annotated[str, typer.Option(help="EAN, UPC, ISBN")] = "",
    grams: Annotated[int | None, typer.Option(help="Weight of one unit.")] = None,
    json: AsJson = False,
) -> None:
    """Say what a SKU is; what is not named stays as it was."""
    pairs = [text.partition("=") for text in name or []]
    if wrong := [language for language, equals, _ in pairs if not equals]:
        raise InvalidInput(f"{wrong[0][:40]!r}: write a name as en='Stoneware mug'")
    said: dict[str, Any] = {"sku": sku, "names": {language: text for language, _, text in pairs}}
    said |= {"barcode": barcode} if barcode else {}
    said |= {"grams": grams} if grams is not None else {}
    new = products.say(connection(ctx).bridge, said)
    if json:
        as_json({"entered": new})
    else:
        say("entered" if new else "it was known; nothing has changed")


@app.command("import")
def import_sheet(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, UTF-8")],
    json: AsJson = False,
) -> None:
    """Enter a sheet with the columns sku and any of barcode, grams, name_en, name_de, ..."""
    read(products.read(connection(ctx).bridge, file.read_bytes()), json)


@app.command()
def show(ctx: typer.Context, sku: Sku, json: AsJson = False) -> None:
    """What is said of a SKU, and what shops show."""
    found = products.show(connection(ctx).bridge, sku)
    if json:
        as_json(found)
        return
    product = found.product
    table(("language", "name"), sorted(product.names.items()), title=f"{sku}, said by {found.source}", empty="no name")
    say(
        f"barcode {product.barcode or 'unknown'}, {'weight unknown' if product.grams is None else f'{product.grams} g'}"
    )
    rows = [(where, tag.state, tag.shown, tag.at, tag.trouble) for where, tag in found.listings.items()]
    table(("listing", "state", "shows", "at (UTC)", "trouble"), rows, title="shops", empty="no shop offers it")
