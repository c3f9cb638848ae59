"""One order with all that happened to it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from orderbridge import balance
from orderbridge.balance import Proof
from orderbridge.bridge import Bridge
from orderbridge.errors import NotFound
from orderbridge.model import Order
from orderbridge.operations.inputs import valid
from orderbridge.operations.timeline import Event, timeline
from orderbridge.orders import StoredOrder
from orderbridge.oversold import oversold
from orderbridge.plain import Plain, of_stored
from orderbridge.queues import RECHECK, Inbound
from orderbridge.tables.handed import Handed, handed_of


@dataclass(frozen=True)
class HeldUnits:
    """Units of one SKU that the order wants; `missing` of them are not there: oversold."""

    sku: str
    pool: str
    units: int
    shipped: int
    missing: int


@dataclass(frozen=True)
class Balance:
    """Law 6. `parts` is what lines, shipping, fees, taxes and discounts add up to; `proofs` say it one by one, for the
    order, for what its buyer saw, and for its refunds."""

    currency: str
    parts: Decimal
    charged: Decimal
    problem: str
    proofs: tuple[Proof, ...]


@dataclass(frozen=True)
class OrderView:
    order: Order
    plain: Plain
    revision: int
    money: Balance
    holds: tuple[HeldUnits, ...]
    waits: tuple[str, ...]
    unmapped: tuple[str, ...]
    erp: Handed | None  # what the merchant's ERP knows of it, None if it was never told
    decision: str  # id of the question to a person that is open, see `operations.decisions`
    timeline: tuple[Event, ...]


def recheck(bridge: Bridge, store: str, order: str) -> None:
    """Have an order looked at again as it is stored, because what it is judged by has changed: its store's tolerance.

    Raises NotFound, InvalidInput.
    """
    _load(bridge, store, order)
    bridge.queues.deliver(Inbound(RECHECK, store, "operator", datetime.now(UTC), order.encode()))


def show(bridge: Bridge, store: str, order: str) -> OrderView:
    """Holds a buyer's data: for operators only. Raises NotFound, InvalidInput."""
    stored = _load(bridge, store, order)
    rows = list(bridge.orders.rows(store, order))
    erp = next((handed_of(row) for row in rows if row["sk"] == "ERP"), None)
    kept_back = [r for r in bridge.control.quarantined() if (r["store"], r.get("order")) == (store, order)]
    document = stored.order
    first, *others = balance.proofs(document)
    said = balance.problem(document) or ""
    money = Balance(document.currency, first.sum, document.total, said, (first, *others))
    return OrderView(
        document,
        of_stored(bridge, stored),
        stored.revision,
        money,
        tuple(_held(bridge, stored)),
        stored.waits,
        stored.unmapped,
        erp,
        f"{store}/{order}/{stored.asked.open}" if stored.asked.open else "",
        tuple(timeline(rows, erp, bridge.control.erp(), kept_back)),
    )


def _held(bridge: Bridge, stored: StoredOrder) -> list[HeldUnits]:
    found, store, order = [], stored.order.store, stored.order.id
    for sku in sorted({sku for sku, _ in stored.holds}):
        missing = oversold(bridge.stock.level(sku), bridge.stock.open_holds(sku))
        found += [
            HeldUnits(sku, pool, units, stored.shipped.get((sku, pool), 0), missing.get((store, order, pool), 0))
            for (s, pool), units in sorted(stored.holds.items())
            if s == sku
        ]
    return found


def _load(bridge: Bridge, store: str, order: str) -> StoredOrder:
    stored = bridge.orders.load(valid("store", store), valid("order id", order))
    if stored is None:
        raise NotFound(f"store {store} has no order {order!r} that we know", store=store)
    return stored
