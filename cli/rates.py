"""`orderbridge rates`: what orders in other currencies are worth."""

from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say, table
from orderbridge.operations import rates

app = typer.Typer(help="Exchange rates: what is known, and rates of your own.", no_args_is_help=True)
Currency = Annotated[str, typer.Argument(metavar="CURRENCY", help="Three capitals, as VND.")]


@app.command()
def show(ctx: typer.Context, json: AsJson = False) -> None:
    """What counts now, and how many orders wait for a rate."""
    known = rates.show(connection(ctx).bridge)
    if json:
        as_json(known)
        return
    rows = [(code, found.rate, found.date, found.source) for code, found in known.stamps.items()]
    table(("currency", f"in {known.base}", "of", "by"), rows, title="what 1 is worth", empty="no rate is known")
    say("newest day: " + ", ".join(f"{source} {day}" for source, day in known.sources.items()))
    for code, orders in known.unrated.items():
        say(f"{orders} orders in {code} wait for a rate; `orderbridge rates fix {code} RATE` gives one")


@app.command()
def fix(
    ctx: typer.Context,
    currency: Currency,
    rate: Annotated[str, typer.Argument(metavar="RATE", help="What 1 of it is worth in your base currency.")],
    json: AsJson = False,
) -> None:
    """Set a rate of your own: within ten minutes it comes before all others; orders that have a rate keep it."""
    done = rates.fix(connection(ctx).bridge, currency, rate)
    if json:
        as_json(done)
        return
    say(f"1 {currency} is {done.fixed.rate} {done.fixed.base} for orders that come from now on")
    if done.orders_looked_at_again:
        say(f"{done.orders_looked_at_again} orders that waited for a rate are looked at again")


@app.command()
def unfix(ctx: typer.Context, currency: Currency, json: AsJson = False) -> None:
    """Forget a rate of your own; orders that have it keep it."""
    rates.unfix(connection(ctx).bridge, currency)
    if json:
        as_json({"currency": currency, "fixed": False})
    else:
        say(f"{currency}: what the sources say counts again")
