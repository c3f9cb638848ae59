"""Rule 2: units of an order left, told by the embedded ledger or by an ERP. Once, however often it is told."""

from dataclasses import replace

from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.movements import Movement
from orderbridge.orders import StoredOrder
from orderbridge.patience import until_written
from orderbridge.stock import ANY
from orderbridge.tables.items import Conflict
from orderbridge.tables.movements import EMBEDDED, Movements, gone_at_once, ship_row

_SHIPMENT = 0  # position of the shipment's own row in the transaction


def record(bridge: Bridge, erp: str, shipment: Movement, *, beyond: bool = True) -> bool:
    """Write a shipment line; False when it was written before.

    beyond  units that the order does not hold (cancelled, or never ordered) may have left as well: an ERP tells
            facts; a person is asked twice
    Raises NotFound (no such order), InvalidInput (a reversal of more than left; the same line told before with other
    content; more than the order holds).
    """
    return until_written(
        lambda: _once(bridge, erp, shipment, beyond), f"order {shipment.order} of store {shipment.store}"
    )


def _once(bridge: Bridge, erp: str, shipment: Movement, beyond: bool) -> bool:
    stored = _load(bridge, shipment)
    # After the order: a line that is not there now cannot be part of what the order says.
    if told := Movements(bridge.stock).shipped(shipment.sku, erp, shipment.reference, shipment.line):
        return _same(told, shipment)
    pool = pool_of(stored, shipment.sku, shipment.location, -shipment.units)
    _allow(stored, shipment, pool, beyond)
    shipment = replace(shipment, pool=pool)
    level = gone_at_once(shipment) if erp == EMBEDDED else {}
    try:
        bridge.orders.ship(
            stored, shipment.sku, pool, -shipment.units, ship_row(erp, shipment), level, shipment.entered
        )
    except Conflict as conflict:
        if _SHIPMENT in conflict.refused:
            return _once(bridge, erp, shipment, beyond)  # told twice at the same time: the row is there now
        raise
    return True


def _load(bridge: Bridge, shipment: Movement) -> StoredOrder:
    stored = bridge.orders.load(shipment.store, shipment.order)
    if stored and stored.pending:
        bridge.orders.finish(shipment.store, shipment.order)
        stored = bridge.orders.load(shipment.store, shipment.order)
    if stored is None:
        raise NotFound(f"store {shipment.store} has no order {shipment.order}", store=shipment.store)
    return stored


def _same(told: Movement, shipment: Movement) -> bool:
    """A repeat is a no-op, another content under the same name is refused. Returns False: nothing was written."""
    if not told.same_as(shipment):
        raise InvalidInput(
            f"shipment {shipment.reference} line {shipment.line} is known already with other content: "
            f"{-told.units} of {told.sku} from {told.location or 'anywhere'} for order {told.order} of {told.store}"
        )
    return False


def pool_of(stored: StoredOrder, sku: str, location: str, units: int) -> str:
    """The pool of the hold that a shipment serves (a reversal: that it gives back to).

    With several: the one pinned to the shipment's location while it has units left for it, else the one with most.
    """
    counts = {
        pool: stored.shipped.get((s, pool), 0) if units < 0 else held - stored.shipped.get((s, pool), 0)
        for (s, pool), held in stored.holds.items()
        if s == sku
    }
    if counts.get(location, 0) >= abs(units):
        return location
    return max(sorted(counts), key=counts.__getitem__, default=ANY)


def _allow(stored: StoredOrder, shipment: Movement, pool: str, beyond: bool) -> None:
    gone, hold = stored.shipped.get((shipment.sku, pool), 0), stored.holds.get((shipment.sku, pool), 0)
    what = f"of {shipment.sku} for order {shipment.order} of {shipment.store}"
    if gone - shipment.units < 0:
        raise InvalidInput(f"only {gone} {what} were shipped: {shipment.units} cannot be taken back")
    left = max(0, hold - gone)
    if not beyond and -shipment.units > left:
        raise InvalidInput(
            f"there are {left} {what} left to ship, not {-shipment.units}; say `beyond` if more did leave"
        )
