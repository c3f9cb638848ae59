"""The merchant's ERP: connect it, see how it is served, go on after a pause."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderbridge import erps, pulling
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, InvalidInput, NotFound
from orderbridge.operations.inputs import valid
from orderbridge.tables.control import ERP
from orderbridge.tables.movements import EMBEDDED
from orderbridge.tables.pulls import Pulls


@dataclass(frozen=True)
class ErpHealth:
    """
    paused         why it is left alone, "" when it is served
    waiting_until  it asked us to wait, None when it did not or the time is over
    todos          orders that it has still to be told of
    refused        orders that it refuses, see the quarantine
    """

    name: str
    paused: str
    waiting_until: datetime | None
    todos: int
    oldest_todo_seconds: int
    refused: int


def health(bridge: Bridge, refused: int) -> ErpHealth:
    now, todos, wait = datetime.now(UTC), list(bridge.control.todos(ERP)), bridge.control.waiting_until(ERP)
    return ErpHealth(
        bridge.control.erp(),
        bridge.control.erp_paused(),
        wait if wait and wait > now else None,
        len(todos),
        int((now - min(todo.since for todo in todos)).total_seconds()) if todos else 0,
        refused,
    )


def show(bridge: Bridge) -> ErpHealth:
    return health(bridge, sum(1 for row in bridge.control.quarantined() if row["kind"] == ERP))


def connect(bridge: Bridge, name: str, credentials: Mapping[str, Any], *, check: bool = True) -> str:
    """Make an ERP the merchant's, or change its credentials; orders that come or change from now on go to it.

    Returns the end of the address that it may call when something changes, POST <WebhookUrl>/erp/<token>; "" for the
    embedded ledger.
    check  ask it first, and write nothing if it does not answer as it should
    Raises InvalidInput (no such ERP; it does not answer).
    """
    if name == EMBEDDED:
        bridge.control.save_erp(name)
        return ""
    kind = erps.load(name)
    try:
        erp = kind(bridge, dict(credentials))
        if check:
            erp.skus("")
    except BridgeError as error:
        raise InvalidInput(f"{name} cannot be connected: {error.reason}") from error
    token = bridge.vault.put_erp(name, dict(credentials))
    bridge.control.save_erp(name)
    if kind.supports("posted"):
        Pulls(bridge.control).forget(name)  # all of it is read: stock may have moved while another was the merchant's
    bridge.queues.ring_erp()
    return token


def resume(bridge: Bridge) -> None:
    """Serve it again, at once and everything that waited."""
    bridge.control.pause_erp("")
    bridge.control.wait_until(ERP, datetime.now(UTC), "resumed by an operator")
    bridge.queues.ring_erp()


def pull(bridge: Bridge, *, full: bool = False) -> None:
    """Have its stock read now: what changed, or with `full` all of it. Raises InvalidInput for an ERP of ours."""
    if not bridge.erp.supports("posted"):
        raise InvalidInput(f"{bridge.erp.name} writes its stock itself: there is nothing to read")
    if full:
        pulling.begin_full(bridge, bridge.erp.name)
    bridge.queues.pull_on()


def tell(bridge: Bridge, store: str, order: str) -> None:
    """Have the ERP told of an order that it does not know because it was connected later.

    Raises NotFound, InvalidInput (the ERP takes no orders).
    """
    if bridge.orders.load(valid("store", store), valid("order id", order)) is None:
        raise NotFound(f"store {store} has no order {order!r} that we know", store=store)
    if not bridge.erp_takes_orders():
        raise InvalidInput("the embedded ledger needs no copy of an order; connect an ERP first")
    bridge.control.table.write(bridge.orders.erp_todo(store, order))
    bridge.queues.ring_erp()
