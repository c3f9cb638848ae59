"""`orderbridge order` and `orderbridge sku`: everything about one of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer

from cli.output import AsJson, as_json, connection, say, table
from cli.prices import in_stores
from cli.stores import StoreId
from orderbridge.balance import Proof
from orderbridge.model import Order, Part
from orderbridge.operations import orders as operations
from orderbridge.operations import shortages
from orderbridge.operations.skus import SkuView, explain
from orderbridge.operations.timeline import Event
from orderbridge.plain import Plain
from orderbridge.tables.handed import Handed

app = typer.Typer(help="Orders.", no_args_is_help=True)
skus = typer.Typer(help="Stock of one SKU.", no_args_is_help=True)


@app.command()
def show(
    ctx: typer.Context,
    store: StoreId,
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The shop's own id, not the number on the invoice.")],
    json: AsJson = False,
) -> None:
    """An order with its money, its holds and all that happened to it."""
    found = operations.show(connection(ctx).bridge, store, order)
    if json:
        as_json(found)
        return
    document, money = found.order, found.money
    say(f"{document.number} of {store}, {document.status.value}, {document.payment.value}: {document.source_status}")
    say(f"{money.charged} {money.currency} charged, the parts add up to {money.parts}. {money.problem}".rstrip())
    for proof in money.proofs:
        say(_reckoned(proof))
    for reason in found.waits:
        say(f"waits: {reason}")
    if found.erp:
        say(_known(found.erp))
    if found.decision:
        say(f"waits for a person: orderbridge decide show {found.decision}")
    table(
        ("line", "SKU", "title", "ordered", "cancelled", "shipped"),
        [(x.id, x.sku, x.title, x.quantity, x.cancelled, x.shipped) for x in document.lines],
    )
    for fact in (*_plain(found.plain), *_facts(document)):
        say(fact)
    holds = [(h.sku, h.pool, h.units, h.shipped, h.missing or "") for h in found.holds]
    table(("SKU", "pool", "held", "shipped", "oversold"), holds, title="holds", empty="none")
    events = [(e.at, e.what, e.source, e.topic, _what(e)) for e in found.timeline]
    table(("at (UTC)", "", "source", "topic", "what"), events, title="timeline")


@app.command()
def recheck(
    ctx: typer.Context,
    store: StoreId,
    order: Annotated[str, typer.Argument(metavar="ORDER", help="The shop's own id, not the number on the invoice.")],
) -> None:
    """Have an order that is held looked at again, after its store was given another tolerance."""
    operations.recheck(connection(ctx).bridge, store, order)
    say(f"{order} of {store} is looked at again; `orderbridge order show {store} {order}` says what became of it")


def _reckoned(proof: Proof) -> str:
    """What a sum is made of: "order #1001: lines 25.00, shipping 4.90 = 29.90 EUR"."""
    parts = ", ".join(f"{label} {amount}" for label, amount in proof.parts) or "nothing"
    within = "".join(f", {label} {amount} in it" for label, amount in proof.within)
    off = f", not {proof.total}" if proof.difference else ""
    return f"{proof.what}: {parts} = {proof.sum} {proof.currency}{off}{within}"


def _plain(plain: Plain) -> Iterator[str]:
    """What was made of the order for whoever reads it: texts in another language, addresses, phone."""
    for place, text in plain.texts.items():
        if text.by != "same":
            left = {"none": " (not translated)", "partial": " (in part)"}.get(text.by, "")
            yield f"{place} [{text.language or '?'}]: {text.original} -> {text.translated}{left}"
    for what, address in (("ship to", plain.ship_to), ("bill to", plain.bill_to)):
        if address:
            codes = ", ".join(filter(None, (address.country or "country not known", address.region)))
            yield f"{what}: {' | '.join(address.label)} ({codes})"
            yield from ([f"  for carriers: {' | '.join(address.latin)}"] if address.latin != address.label else [])
            yield from (f"  {note}" for note in address.notes)
    if plain.worth:
        by = f"{plain.worth.rate} ({plain.worth.source}, {plain.worth.date})"
        yield f"worth {plain.worth.amount} {plain.worth.currency} at {by}"
    else:
        yield "worth: no rate of its currency is known yet; it fills in by itself"
    if plain.phone:
        yield f"phone: {plain.phone.e164 or plain.phone.raw}{f', {plain.phone.problem}' if plain.phone.problem else ''}"


def _facts(order: Order) -> Iterator[str]:
    """What is left of the money, parcels, refunds, returns and restocks, each as the shop shows it."""
    if order.standing not in (None, order.total):
        yield f"{order.standing} {order.currency} of it stand after edits, refunds and cancellations"
    for parcel in order.shipments:
        about = " ".join((parcel.carrier, *parcel.tracking))
        state = "delivered" if parcel.delivered else parcel.status
        yield f"parcel {parcel.id} {about}, {state}: {_units(parcel.lines)}"
    for refund in order.refunds:
        yield f"refund {refund.id}: {refund.amount} {order.currency} for {_units(refund.lines) or 'nothing sent'}"
    for back in order.returns:
        instead = f", replaced by line {', '.join(back.replacements)}" if back.replacements else ""
        yield f"return {back.number or back.id} {back.status}: {_units(back.lines)}{instead}"
    for restock in order.restocks:
        yield f"the shop put back on its shelf: {restock.quantity} of line {restock.line_id}"


def _units(parts: Iterable[Part]) -> str:
    return ", ".join(f"{part.quantity} of line {part.line_id}" for part in parts)


def _known(erp: Handed) -> str:
    """What the ERP knows of the order."""
    beyond = ", ".join(f"{n} of {sku}" for (sku, _), n in erp.beyond.items())
    told = f"in the ERP: {erp.document or 'no document'}, {erp.state.value} at {erp.told_at:%Y-%m-%d %H:%M:%S} UTC"
    return told + (f"; {beyond} left though not wanted" if beyond else "") + (f": {erp.trouble}" if erp.trouble else "")


def _what(event: Event) -> str:
    said = f"{event.outcome}{f', {event.seen} times' if event.seen > 1 else ''}{f': {event.why}' if event.why else ''}"
    if event.what in ("revision", "shipment"):
        return f"revision {event.revision}: {_changes(event.changes) or 'new'}"
    return said


def _changes(changes: Mapping[str, list[Any]]) -> str:
    shown = [f"{path} {before!s:.40} -> {after!s:.40}" for path, (before, after) in list(changes.items())[:4]]
    return "; ".join(shown) + (f"; and {len(changes) - 4} more" if len(changes) > 4 else "")


@app.command()
def oversold(ctx: typer.Context, json: AsJson = False) -> None:
    """Orders that wait for units that are not there, the later one first; what comes in heals them by itself."""
    found = shortages.listed(connection(ctx).bridge)
    if json:
        as_json(found)
        return
    rows = [(s.sku, s.missing, s.units, s.store, s.order, s.number, ", ".join(s.lines), s.ordered_at) for s in found]
    columns = ("SKU", "missing", "of", "store", "order", "number", "lines", "ordered (UTC)")
    table(columns, rows, empty="every order can be served")


@skus.command("explain")
def explain_sku(ctx: typer.Context, sku: Annotated[str, typer.Argument(metavar="SKU")], json: AsJson = False) -> None:
    """What each store may offer, and why; what each shop shows; who waits for it."""
    found = explain(connection(ctx).bridge, sku)
    if json:
        as_json(found)
    else:
        _show(found)


def _show(found: SkuView) -> None:
    if found.components:
        say(f"{found.sku} is packed from " + ", ".join(f"{n} {part}" for part, n in found.components.items()))
    if found.oversold:
        say(f"{found.oversold} units more than there are were sold")
    for offer in found.offers:
        place = f" at {offer.location}" if offer.location else ""
        say(f"{offer.store}{place} may offer {offer.units}")
        for step in offer.why:
            say(f"  {step}")
    listed = [
        (s.store, s.title, s.state, ", ".join(f"{place or '-'}: {n}" for place, n in s.shows.items()), s.at, s.trouble)
        for s in found.listings
    ]
    table(("store", "title", "state", "shows", "at (UTC)", "trouble"), listed, title="shops", empty="none offers it")
    holds = [
        (part, h.store, h.order, h.pool, h.units, h.missing or "", h.ordered_at)
        for part, rows in found.holds.items()
        for h in rows
    ]
    for told in found.listings:
        if told.told:
            say(
                f"{told.store} was last told {told.told.units} at {told.told.at:%Y-%m-%d %H:%M:%S} UTC: {told.told.why}"
            )
    columns = ("SKU", "store", "order", "pool", "units", "oversold", "ordered (UTC)")
    table(columns, holds, title="orders that wait for it", empty="none")
    if found.prices.source or any(one.told_here for one in found.prices.stores):
        in_stores(found.prices)
