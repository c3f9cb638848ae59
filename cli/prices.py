"""`orderbridge price`: what SKUs cost, what shops show, and prices that a person should see first."""

import getpass
from pathlib import Path
from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from cli.refusals import REFUSED
from orderbridge.operations import prices
from orderbridge.operations.tabular import Read
from orderbridge.tables.held import DISCARDED, RELEASED, HeldPrice

app = typer.Typer(help="Prices: say them, see them, and let held ones go.", no_args_is_help=True)
Sku = Annotated[str, typer.Argument(metavar="SKU")]
Currency = Annotated[str, typer.Argument(metavar="CURRENCY", help="EUR, USD, JPY")]
In = Annotated[str, typer.Option(metavar="STORE", help="In this store only; by default in every one of the currency.")]
Which = Annotated[list[str] | None, typer.Argument(metavar="[SKU]...", help="By default all that are held.")]
Who = Annotated[str, typer.Option(help="Who decides; by default you.")]
Why = Annotated[str, typer.Option(help="For whoever asks later.")]


@app.command("set")
def set_price(
    ctx: typer.Context,
    sku: Sku,
    currency: Currency,
    price: Annotated[str, typer.Argument(metavar="PRICE", help="12.50")],
    store: In = "",
    compare_at: Annotated[str, typer.Option(metavar="PRICE", help="A higher one, shown crossed out.")] = "",
    sale: Annotated[str, typer.Option(metavar="PRICE", help="A lower one while the sale lasts.")] = "",
    sale_from: Annotated[str, typer.Option(metavar="TIME", help="2026-11-27T00:00; by default now.")] = "",
    sale_until: Annotated[str, typer.Option(metavar="TIME", help="By default it has no end.")] = "",
    json: AsJson = False,
) -> None:
    """Say what a SKU costs; what was said before for the same currency and store is forgotten."""
    said = {"sku": sku, "currency": currency, "price": price, "store": store, "compare_at": compare_at}
    new = prices.say(connection(ctx).bridge, {**said, "sale": sale, "sale_from": sale_from, "sale_until": sale_until})
    _entered(new, json)


@app.command()
def forget(ctx: typer.Context, sku: Sku, currency: Currency, store: In = "", json: AsJson = False) -> None:
    """Say nothing any more of what a SKU costs there; shops keep what they show."""
    _entered(prices.forget(connection(ctx).bridge, sku, currency, store), json)


@app.command("import")
def import_sheet(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="CSV, UTF-8")],
    json: AsJson = False,
) -> None:
    """Enter a sheet with the columns sku, currency, price and maybe store, compare_at, sale, sale_from, sale_until."""
    read(prices.read(connection(ctx).bridge, file.read_bytes()), json)


@app.command()
def show(ctx: typer.Context, sku: Sku, json: AsJson = False) -> None:
    """All prices of a SKU, by currency and store."""
    found = prices.explain(connection(ctx).bridge, sku)
    if json:
        as_json(found)
        return
    rows = [
        (p.currency, p.store or "every store", p.price, p.compare_at, p.sale, p.sale_from, p.sale_until)
        for p in found.prices
    ]
    columns = ("currency", "in", "price", "crossed out", "sale", "from (UTC)", "until (UTC)")
    table(columns, rows, title=f"{sku}, said by {found.source or 'nobody'}", empty="no price")


@app.command()
def explain(ctx: typer.Context, sku: Sku, json: AsJson = False) -> None:
    """What a SKU is to cost in each shop and why, and what the shop shows."""
    found = prices.explain(connection(ctx).bridge, sku)
    if json:
        as_json(found)
    else:
        in_stores(found)


def in_stores(found: prices.View) -> None:
    for one in found.stores:
        said = "" if one.told_here else ", but it is told no prices (`orderbridge store tell`)"
        say(f"{one.store} shall show {one.shall}{said}")
        for step in one.why:
            say(f"  {step}")
        if one.changes_at:
            say(f"  changes by itself at {one.changes_at:%Y-%m-%d %H:%M} UTC")
    rows = [(s.store, s.state, s.told, s.shows, s.at, s.drift, s.trouble) for s in found.stores]
    columns = ("store", "state", "last told", "shows", "at (UTC)", "drift (UTC)", "trouble")
    table(columns, rows, title="prices in shops", empty="no shop offers it")


@app.command("held")
def show_held(ctx: typer.Context, json: AsJson = False) -> None:
    """Prices that jumped or would be nothing: no shop is told before somebody decides."""
    bridge = connection(ctx).bridge
    found = prices.held(bridge)
    if json:
        as_json(found)
        return
    say(f"a price is held that changes by more than {bridge.held.limits().percent} %, or is 0")
    rows = [(h.sku, h.store, h.before, h.after, h.reason, h.at) for h in found]
    table(("SKU", "store", "shows", "would show", "why", "since (UTC)"), rows, empty="no price is held")


@app.command()
def release(ctx: typer.Context, why: Why, which: Which = None, who: Who = "", json: AsJson = False) -> None:
    """They are right: tell the shops."""
    _decided(prices.decide(connection(ctx).bridge, which or [], RELEASED, who or getpass.getuser(), why), json)


@app.command()
def discard(ctx: typer.Context, why: Why, which: Which = None, who: Who = "", json: AsJson = False) -> None:
    """They are wrong: shops keep what they show until the price is another one."""
    _decided(prices.decide(connection(ctx).bridge, which or [], DISCARDED, who or getpass.getuser(), why), json)


@app.command()
def limit(
    ctx: typer.Context,
    percent: Annotated[int, typer.Argument(metavar="PERCENT", help="Up or down, and off in a sale.")],
    json: AsJson = False,
) -> None:
    """By how much a price may change by itself; 50 where nobody has said."""
    limits = prices.set_limit(connection(ctx).bridge, percent)
    if json:
        as_json(limits)
    else:
        say(f"a price that changes by more than {limits.percent} % is held")


def read(done: Read, json: bool) -> None:
    """Say what became of a sheet."""
    if json:
        as_json(done)
    else:
        say(f"{done.entered} rows entered, {done.repeats} said what was known, {len(done.faults)} refused")
        for fault in done.faults:
            say(f"  line {fault.line}: {fault.reason}")
    if done.faults:
        raise typer.Exit(REFUSED)


def _entered(new: bool, json: bool) -> None:
    if json:
        as_json({"entered": new})
    else:
        say("entered" if new else "it was known; nothing has changed")


def _decided(found: list[HeldPrice], json: bool) -> None:
    if json:
        as_json(found)
        return
    for one in found:
        say(f"{one.sku} in {one.store}: {one.after} is {one.word}")
    if not found:
        say("no price is held")
