"""`orderbridge policy`: what is kept back of a SKU or in a store, and a store's share."""

from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from orderbridge.model import Terms
from orderbridge.operations import policies

app = typer.Typer(help="Buffers and shares: of a SKU, of a store, or of a SKU in a store.", no_args_is_help=True)
Sku = Annotated[str, typer.Option(metavar="SKU", help="Of this SKU only.")]
Store = Annotated[str, typer.Option(metavar="STORE", help="In this store only.")]


@app.command()
def show(ctx: typer.Context, sku: Sku = "", store: Store = "", json: AsJson = False) -> None:
    """What was said, and for a SKU what of it counts in each store."""
    found = policies.show(connection(ctx).bridge, sku, store)
    if json:
        as_json(found)
        return
    said = [(one.sku or "every SKU", one.store or "every store", _words(one.terms)) for one in found.said]
    table(("of", "in", "said"), said, empty="no stores yet")
    if found.counts:
        table(("store", "counts"), [(one, _words(counts)) for one, counts in found.counts.items()], title=sku)


@app.command("set")
def set_policy(
    ctx: typer.Context,
    sku: Sku = "",
    store: Store = "",
    buffer: Annotated[int | None, typer.Option(metavar="UNITS", help="Never offered.")] = None,
    cap: Annotated[int | None, typer.Option(metavar="UNITS", help="At most so many.")] = None,
    percent: Annotated[
        int | None, typer.Option(metavar="PERCENT", help="At most such a part of what there is.")
    ] = None,
    fixed: Annotated[int | None, typer.Option(metavar="UNITS", help="Set apart: no other store offers them.")] = None,
    json: AsJson = False,
) -> None:
    """Say what counts from now on; what was said before of the same SKU and store is forgotten."""
    given = {"buffer": buffer, "cap": cap, "percent": percent, "fixed": fixed}
    said = {name: units for name, units in given.items() if units is not None}
    if not said:
        raise typer.BadParameter("say a buffer or a share, or use `orderbridge policy clear`")
    _changed(ctx, sku, store, said, json)


@app.command()
def clear(ctx: typer.Context, sku: Sku = "", store: Store = "", json: AsJson = False) -> None:
    """Forget what was said of a SKU, of a store, or of a SKU in a store."""
    _changed(ctx, sku, store, {}, json)


def _changed(ctx: typer.Context, sku: str, store: str, said: dict[str, int], json: bool) -> None:
    new = policies.change(connection(ctx).bridge, sku, store, said)
    if json:
        as_json({"sku": sku, "store": store, "terms": new})
    else:
        say(f"{sku or 'every SKU'} in {store or 'every store'}: {_words(new)}")


def _words(terms: Terms) -> str:
    said = terms.model_dump(exclude_none=True)
    words = {"buffer": "buffer {}", "cap": "at most {}", "percent": "at most {} %", "fixed": "{} set apart"}
    return ", ".join(words[name].format(units) for name, units in said.items()) or "nothing"
