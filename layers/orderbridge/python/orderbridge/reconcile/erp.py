"""The ERP: orders that it should have, documents of ours that no order has, shipments that we have not heard of."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from orderbridge.bridge import Bridge
from orderbridge.movements import Movement
from orderbridge.parking import accounted, read_again
from orderbridge.queues import RECHECK, Inbound
from orderbridge.reconcile.pages import Page, settled
from orderbridge.reconcile.rules import Finding, Kind, Known
from orderbridge.reconcile.runs import Run, Step
from orderbridge.tables.control import ERP, ORDER, STOCK
from orderbridge.tables.handed import Handed, HandOvers, State
from orderbridge.tables.known import known
from orderbridge.tables.movements import Movements

_UNTOLD = (State.ASKED, State.CANCELLED)  # of an order that wants something, and has no to-do
_TOLD, _AGAIN, _READ = "the ERP is told", "the order is told to the ERP anew", "the SKU is read from the ERP again"


def untold(bridge: Bridge, orders: Sequence[Known]) -> list[Finding]:
    """Orders of which the ERP should have a document and has none. Raises the errors of the ERP.

    To-dos are read before what became of them: one that is done in between is not missed.
    """
    wanted = {(one.store, one.id): one for one in orders if one.unshipped and not one.waits}
    waiting = bridge.control.listed(ERP, [_todo(store, id) for store, id in wanted])
    quiet = {key: one for key, one in wanted.items() if _todo(*key) not in waiting}
    handed = HandOvers(bridge.orders).of(quiet)
    since = bridge.control.erp_since()
    never = [one for key, one in quiet.items() if key not in handed and _since(one, since)]
    never += [one for key, one in quiet.items() if key in handed and handed[key].state in _UNTOLD]
    for one in never:
        bridge.control.add_todo(ERP, STOCK, ORDER, f"{one.store}#{one.id}", uuid.uuid4().hex, datetime.now(UTC))
    if never:
        bridge.queues.ring_erp()
    findings = [Finding(Kind.UNTOLD, one.store, one.id, one.number, one.status, "not told", _TOLD) for one in never]
    if not bridge.erp.supports("documents_of"):
        return findings
    return findings + _lost(bridge, {key: row for key, row in handed.items() if row.state is State.TAKEN}, quiet)


def documents(bridge: Bridge, run: Run, step: Step) -> Page:
    """A page of the ERP's documents of ours: each must be of an order that we have."""
    page = bridge.erp.our_documents(step.place)
    named = {one: one.reference.partition("/") for one in page.rows if one.open}
    ours = known(bridge.orders, {(store, order) for store, _, order in named.values()})
    strange = [
        Finding(Kind.STRANGER, store, one.id, one.reference, "no such order", f"document {one.id}")
        for one, (store, _, order) in named.items()
        if (store, order) not in ours or ours[store, order].buried
    ]
    return Page(page.next, len(page.rows), strange)


def parcels(bridge: Bridge, run: Run, step: Step) -> Page:
    """A page of the ERP's SKUs: each shipment line for an order of ours must be in our record."""
    page = bridge.erp.skus(step.place)
    posted = bridge.erp.posted(page.skus)
    lines = [line for one in posted.values() for line in one.lines if settled(line.at, run)]
    recorded = Movements(bridge.stock).recorded(bridge.erp.name, lines)
    missing = [x for x in lines if x not in recorded and not accounted(bridge, bridge.erp.name, x)]
    for sku in sorted({line.sku for line in missing}):
        read_again(bridge, sku, "a shipment of it is missing in our record")
    if missing:
        bridge.queues.pull_on()
    findings = [
        Finding(Kind.PARCEL, x.store, f"{x.reference}/{x.line}", x.order, _lacks(x), f"{-x.units} of {x.sku}", _READ)
        for x in missing
    ]
    return Page(page.next if page.more else None, len(lines), findings)


def _lacks(line: Movement) -> str:
    return f"not recorded, or not its tracking {line.tracking}" if line.tracking else "not recorded"


def _lost(
    bridge: Bridge, taken: Mapping[tuple[str, str], Handed], orders: Mapping[tuple[str, str], Known]
) -> list[Finding]:
    """Orders whose document the ERP has no more. One of which something has left is for a person: a new document
    would want that again."""
    names = {key: "/".join(key) for key in taken}
    there = bridge.erp.documents_of(names.values()) if names else {}
    findings = []
    for key in [key for key, name in names.items() if name not in there]:
        (store, id), one = key, orders[key]
        repair = "" if any(one.shipped.values()) else _AGAIN
        said = f"told as {taken[key].document}"
        findings.append(Finding(Kind.UNTOLD, store, id, one.number, said, "no document", repair))
        if repair:
            bridge.queues.deliver(Inbound(RECHECK, store, "reconcile", datetime.now(UTC), id.encode()))
    return findings


def _todo(store: str, order: str) -> str:
    return f"{STOCK}#{ORDER}#{store}#{order}"


def _since(order: Known, connected: datetime | None) -> bool:
    """An order from before the ERP was connected goes to it only when a person says so."""
    return connected is not None and order.created_at is not None and order.created_at >= connected
