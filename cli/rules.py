"""`orderbridge rule`: how a shop writes SKUs."""

from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from cli.refusals import REFUSED
from cli.stores import StoreId
from orderbridge.model import Rules
from orderbridge.operations import rules

app = typer.Typer(help="How a shop writes SKUs: prefix, suffix, case, and a mapping file.", no_args_is_help=True)
_WORDS = {
    "strip_prefix": "prefix {!r} off",
    "add_prefix": "prefix {!r} on",
    "strip_suffix": "suffix {!r} off",
    "add_suffix": "suffix {!r} on",
    "ignore_case": "capitals do not count",
}


@app.command()
def show(ctx: typer.Context, store: StoreId, json: AsJson = False) -> None:
    """The rules of a store, and its mapping file."""
    found = rules.show(connection(ctx).bridge, store)
    if json:
        as_json(found)
        return
    say(f"{store}: {_words(found.rules)}")
    table(("as the shop writes it", "SKU"), sorted(found.rows.items()), title="mapping file", empty="no rows")


@app.command("set")
def set_rules(
    ctx: typer.Context,
    store: StoreId,
    strip_prefix: Annotated[str, typer.Option(metavar="TEXT", help="Taken off: US- of US-HP-MUG-01.")] = "",
    add_prefix: Annotated[str, typer.Option(metavar="TEXT", help="Put on, in place of what is stripped.")] = "",
    strip_suffix: Annotated[str, typer.Option(metavar="TEXT", help="Taken off the end.")] = "",
    add_suffix: Annotated[str, typer.Option(metavar="TEXT", help="Put on the end, in place of what is stripped.")] = "",
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="hp-mug-01 is HP-MUG-01.")] = False,
    json: AsJson = False,
) -> None:
    """Say how the store writes our SKUs; what was said before is forgotten. An exact SKU still comes first."""
    said = {"strip_prefix": strip_prefix, "add_prefix": add_prefix}
    said |= {"strip_suffix": strip_suffix, "add_suffix": add_suffix}
    done = rules.change(connection(ctx).bridge, store, {**said, "ignore_case": ignore_case})
    _changed(store, done, json)
    if done.mixed_case and not json:
        say(f"{len(done.mixed_case)} SKUs of ours have capitals and small letters and need the mapping file where a")
        say(f"shop writes them otherwise: {', '.join(done.mixed_case[:5])}")


@app.command()
def clear(ctx: typer.Context, store: StoreId, json: AsJson = False) -> None:
    """Forget the rules; the mapping file stays, and what is listed stays listed."""
    _changed(store, rules.clear(connection(ctx).bridge, store), json)


@app.command("import")
def import_file(
    ctx: typer.Context,
    store: StoreId,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, UTF-8")],
    json: AsJson = False,
) -> None:
    """Enter a mapping file with the columns shop_sku and sku; rows that it does not name stay."""
    done = rules.read(connection(ctx).bridge, store, file.read_bytes())
    if json:
        as_json(done)
    else:
        say(f"{done.entered} rows entered, {done.repeats} had been entered before, {len(done.faults)} refused")
        for fault in done.faults:
            say(f"  line {fault.line}: {fault.reason}")
        _then(store, done.orders_looked_at_again)
    if done.faults:
        raise typer.Exit(REFUSED)


@app.command()
def forget(
    ctx: typer.Context,
    store: StoreId,
    written: Annotated[str, typer.Argument(metavar="SHOP_SKU", help="As the shop writes it.")],
    json: AsJson = False,
) -> None:
    """Take a row off the mapping file."""
    rules.forget(connection(ctx).bridge, store, written)
    if json:
        as_json({"store": store, "forgotten": written})
    else:
        say(f"{store}: the mapping file says nothing of {written} any more")


def freed(orders: int) -> None:
    """Say what a change does for orders that waited."""
    if orders:
        say(f"{orders} orders that waited for a SKU are looked at again")


def _then(store: str, orders: int) -> None:
    freed(orders)
    say(f"`orderbridge listing import {store}` lists what the shop offers by it")


def _changed(store: str, done: rules.Changed, json: bool) -> None:
    if json:
        as_json(done)
        return
    say(f"{store}: {_words(done.rules)}")
    _then(store, done.orders_looked_at_again)


def _words(said: Rules) -> str:
    found = [_WORDS[name].format(value) for name, value in said.model_dump().items() if value]
    return ", ".join(found) or "SKUs are written as ours"
