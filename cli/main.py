"""The `orderbridge` command."""

from typing import Annotated

import typer

from cli import (
    brake,
    check,
    cost,
    decisions,
    erps,
    listings,
    orders,
    policies,
    prices,
    products,
    rates,
    reconcile,
    rules,
    stock,
    stores,
    work,
)
from cli.connection import Connection
from cli.refusals import Group

app = typer.Typer(
    cls=Group,
    help="Shops, stock and orders of a bridge, on AWS or on the local engine (--local).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # its tracebacks show variables, and these may be secret
    add_completion=False,
)
app.add_typer(stores.app, name="store")
app.add_typer(listings.app, name="listing")
app.add_typer(rules.app, name="rule")
app.add_typer(listings.kits, name="kit")
app.add_typer(policies.app, name="policy")
app.add_typer(prices.app, name="price")
app.add_typer(products.app, name="product")
app.add_typer(orders.app, name="order")
app.add_typer(orders.skus, name="sku")
app.add_typer(decisions.app, name="decide")
app.add_typer(stock.app, name="stock")
app.add_typer(erps.app, name="erp")
app.add_typer(rates.app, name="rates")
app.add_typer(reconcile.app, name="reconcile")
app.add_typer(brake.app, name="brake")
app.add_typer(work.todos, name="todo")
app.add_typer(work.quarantined, name="quarantine")
app.add_typer(work.dead_letters, name="dlq")
app.command("health")(work.show_health)
app.command("cost")(cost.show)
app.command("check")(check.check)


@app.callback()
def choose(
    ctx: typer.Context,
    stack: Annotated[
        str, typer.Option(envvar="ORDERBRIDGE_STACK", help="Name of the CloudFormation stack.")
    ] = "orderbridge-dev",
    local: Annotated[bool, typer.Option("--local", help="The bridge that `make run` has started here.")] = False,
) -> None:
    ctx.obj = Connection(stack, local)
