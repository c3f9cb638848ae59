"""Orders written straight into the tables, for tests of what comes after them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from orderbridge.model import Order, OrderLine, OrderStatus, PaymentStatus
from orderbridge.stock import ANY
from orderbridge.tables.orders import Change, Orders, Origin

ORDERED_AT = datetime(2026, 11, 23, 10, tzinfo=UTC)


def order_of(store: str, id: str, units: Mapping[str, int], version: int = 0) -> Order:
    """A paid order of these SKUs at 10.00 each."""
    price = Decimal(10)
    lines = tuple(
        OrderLine(id=str(n), sku=sku, quantity=units, unit_price=price, subtotal=price * units)
        for n, (sku, units) in enumerate(units.items(), 1)
    )
    return Order(
        store=store,
        platform="shopify",
        id=id,
        number=f"#{id}",
        version=ORDERED_AT.replace(second=version),
        created_at=ORDERED_AT,
        status=OrderStatus.OPEN,
        payment=PaymentStatus.PAID,
        source_status="paid",
        currency="EUR",
        lines=lines,
        total=price * sum(units.values()),
    )


def ordered(orders: Orders, store: str, id: str, units: Mapping[str, int], pool: str = ANY) -> None:
    """The order exists and holds its units in one pool."""
    order = order_of(store, id, units)
    wants = {(sku, pool): n for sku, n in units.items()}
    orders.commit(
        Change(order, None, wants, wants, dict(units), {}, {}, (), Origin(id, "webhook", "orders/create", ORDERED_AT))
    )
