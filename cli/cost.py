"""`orderbridge cost`: what it saves in a year, and what it costs."""

from typing import Annotated

import typer

from cli.output import AsJson, as_json, connection, say
from orderbridge.operations.cost import cost
from orderbridge.rates import Stamp


def show(
    ctx: typer.Context,
    orders_per_day: Annotated[str, typer.Option(help="How many orders come on an average day: 1000")],
    cost_now: Annotated[str, typer.Option(help="What handling one order costs now: 5")],
    cost_then: Annotated[str, typer.Option(help="What it costs, or will cost, with Orderbridge: 3")],
    currency: Annotated[str, typer.Option(help="Of both costs: CNY")],
    json: AsJson = False,
) -> None:
    """What Orderbridge saves in a year, and what it costs by this account's own measured requests."""
    found = cost(connection(ctx).bridge, orders_per_day, cost_now, cost_then, currency)
    if json:
        as_json(found)
        return
    orders = 365 * found.orders_per_day
    say(f"saved a year: {found.saved.amount:,} {currency} = {orders:,} orders x ({cost_now} - {cost_then})")
    say(f"Orderbridge costs a year: {found.dollars.amount:,} USD at AWS's list prices; {found.basis}")
    if found.costs is None or found.left is None or found.rate is None:
        say(f"no exchange rate of USD and {currency} is known: `orderbridge rates fix` gives one")
    else:
        say(f"which is {found.costs.amount:,} {currency}, at {_said(found.rate)}")
        say(f"left a year: {found.left.amount:,} {currency}")


def _said(rate: Stamp) -> str:
    return f"1 {rate.currency} = {rate.rate:.6g} {rate.base} ({rate.source}, {rate.date})"
