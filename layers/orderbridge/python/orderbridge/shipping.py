"""Rule 2: units of an order left, told by the embedded ledger or by an ERP. Once, however often it is told."""

from collections.abc import Set
from contextlib import suppress
from dataclasses import replace

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound, UnknownStore
from orderbridge.model import Store
from orderbridge.movements import Movement
from orderbridge.orders import StoredOrder, holds_nothing
from orderbridge.patience import until_written
from orderbridge.stock import ANY
from orderbridge.tables.control import counterparty, parcel_todo
from orderbridge.tables.items import Conflict
from orderbridge.tables.movements import EMBEDDED, Movements, gone_at_once, ship_row

_SHIPMENT = 0  # position of the shipment's own row in the transaction


def record(bridge: Bridge, erp: str, shipment: Movement, *, beyond: bool = True) -> bool:
    """Write a shipment line, or the tracking of one that was written without; False when all of it was there before.

    In the same transaction goes the to-do of the order's shop. No bell is rung: a parcel of several lines is told once
    they are all there, by whoever rings next, see `ring`, or by the sweep within a minute.
    beyond  units that the order does not hold (cancelled, or never ordered) may have left as well: an ERP tells
            facts; a person is asked twice
    Raises NotFound (no such order), InvalidInput (a reversal of more than left; the same line told before with other
    content; more than the order holds).
    """
    shop = _told_shop(bridge, shipment.store)  # read before: what lies between read and write is another's chance
    return until_written(
        lambda: _once(bridge, erp, shipment, beyond, shop), f"order {shipment.order} of store {shipment.store}"
    )


def _once(bridge: Bridge, erp: str, shipment: Movement, beyond: bool, shop: Store | None) -> bool:
    stored = _load(bridge, shipment)
    tell = shop is not None and not holds_nothing(stored.order, shop)
    # After the order: a line that is not there now cannot be part of what the order says.
    if told := Movements(bridge.stock).shipped(shipment.sku, erp, shipment.reference, shipment.line):
        return _same(told, shipment) and _track(bridge, erp, told, shipment, tell)
    pool = pool_of(stored, shipment.sku, shipment.location, -shipment.units)
    _allow(stored, shipment, pool, beyond)
    shipment = replace(shipment, pool=pool)
    level = gone_at_once(shipment) if erp == EMBEDDED else {}
    try:
        bridge.orders.ship(stored, ship_row(erp, shipment), level, shipment.entered, tell=tell)
    except Conflict as conflict:
        if _SHIPMENT in conflict.refused:
            return _once(bridge, erp, shipment, beyond, shop)  # told twice at the same time: the row is there now
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
    """Another content under the same name is refused. Returns whether more is known of its way than before."""
    if not told.same_as(shipment):
        raise InvalidInput(
            f"shipment {shipment.reference} line {shipment.line} is known already with other content: "
            f"{-told.units} of {told.sku} from {told.location or 'anywhere'} for order {told.order} of {told.store}"
        )
    return shipment.tells_more_than(told)


def _track(bridge: Bridge, erp: str, known: Movement, told: Movement, tell: bool) -> bool:
    todo = [parcel_todo(bridge.control.table, told.store, told.order)] if tell else []
    Movements(bridge.stock).track(erp, known, told, todo)
    return True


def _told_shop(bridge: Bridge, id: str) -> Store | None:
    """The store, if it is told of parcels; one that is not (any more) there is told nothing."""
    with suppress(UnknownStore):
        store = bridge.control.store(id)
        return store if tells(store) else None
    return None


def tells(store: Store) -> bool:
    return store.tells_parcels and platforms.load(store.platform).supports("push_shipment")


def ring(bridge: Bridge, stores: Set[str]) -> None:
    """Ring the bells of those of these stores that are told of parcels."""
    known = bridge.control.stores() if stores else {}
    if told := [counterparty(id) for id in sorted(stores & known.keys()) if tells(known[id][0])]:
        bridge.queues.ring_all(told)


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
