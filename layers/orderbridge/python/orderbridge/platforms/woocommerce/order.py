"""A WooCommerce order document (REST v3, as webhooks and API show it) becomes a canonical order."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from orderbridge import model
from orderbridge.balance import ROUNDING
from orderbridge.model import Order, OrderStatus, PaymentStatus
from orderbridge.platforms.payloads import fields, invalid, read, spoken
from orderbridge.platforms.woocommerce.documents import (
    PLATFORM,
    FeeLine,
    Line,
    OrderDocument,
    Person,
    Refund,
    RefundLine,
)

# https://woocommerce.com/document/managing-orders/order-statuses/ · "processing" is paid, or cash on delivery: go.
_STATUS = {
    "pending": (OrderStatus.OPEN, PaymentStatus.UNPAID),
    "on-hold": (OrderStatus.OPEN, PaymentStatus.UNPAID),
    "processing": (OrderStatus.OPEN, PaymentStatus.PAID),
    "completed": (OrderStatus.COMPLETED, PaymentStatus.PAID),
    "cancelled": (OrderStatus.CANCELLED, PaymentStatus.UNPAID),
    "trash": (OrderStatus.DELETED, PaymentStatus.UNPAID),  # until it is restored
    "failed": (OrderStatus.CANCELLED, PaymentStatus.FAILED),
    "draft": (OrderStatus.DRAFT, PaymentStatus.UNPAID),
    "auto-draft": (OrderStatus.DRAFT, PaymentStatus.UNPAID),
    "checkout-draft": (OrderStatus.DRAFT, PaymentStatus.UNPAID),
}
_KNOWN = {*_STATUS, "refunded"}
_GONE = (OrderStatus.CANCELLED, OrderStatus.DELETED)
_UNKNOWN = (OrderStatus.OPEN, PaymentStatus.UNPAID)  # a plugin's own status: holds its stock and waits, visibly


# Woo lowers its stock when an order gets on-hold, processing or completed, and gives it back on pending and cancelled
# (wc-stock-functions.php, wc_maybe_reduce_stock_levels, 10.0). A plugin's own status leaves it as it was.
# What counts as paid there, WC_Order::is_paid; cash on delivery is processing and has no date of payment yet.
_PAID = {"processing", "completed"}
_NOT_DEDUCTED = {"pending", "cancelled", "failed", "draft", "auto-draft", "checkout-draft"}


def document(body: Any, store: str) -> OrderDocument:
    """Raises InvalidPayload, and nothing else, for a document that is no order or an absurd one."""
    return read(OrderDocument, body, PLATFORM, store)


def canonical(shown: OrderDocument, store: str) -> Order:
    """`shown.refunds` must have their lines. Raises InvalidPayload for absurd amounts, and nothing else."""
    try:
        return _order(shown, store)
    except ValidationError as error:
        raise invalid(error, PLATFORM, store) from None


def _order(shown: OrderDocument, store: str) -> Order:
    status, payment = _state(shown)
    return Order(
        store=store,
        platform=PLATFORM,
        id=shown.id,
        number=shown.number,
        version=shown.date_modified_gmt,
        created_at=shown.date_created_gmt,
        status=status,
        payment=payment,
        source_status=shown.status,
        unknown=() if shown.status in _KNOWN else (f"status {shown.status[:40]!r}",),
        test=any((meta.key, meta.value) == ("_wcpay_mode", "test") for meta in shown.meta_data),
        on_hold=shown.status == "on-hold",
        deducted=shown.status not in _NOT_DEDUCTED,
        currency=shown.currency,
        tax_included=False,
        lines=tuple(_line(line, shown, status) for line in shown.line_items if line.quantity),
        shipping=shown.shipping_total,
        shipping_tax=shown.shipping_tax,
        tax=shown.total_tax,
        fees=_fees(shown),
        total=shown.total,
        paid=shown.total if shown.date_paid_gmt or shown.status in _PAID else Decimal(0),
        buyer=_buyer(shown),
        ship_to=_address(shown.shipping),
        bill_to=_address(shown.billing),
        shipping_method=shown.shipping_lines[0].method_title if shown.shipping_lines else "",
        note=shown.customer_note,
        fields=fields((meta.key, spoken(meta.value)) for meta in shown.meta_data),
        refunds=tuple(_refund(refund) for refund in shown.refunds),
        restocks=tuple(_restocks(shown.line_items)),
    )


def _state(shown: OrderDocument) -> tuple[OrderStatus, PaymentStatus]:
    """A refunded order that was never completed was called off; after completion its units had left."""
    if shown.status == "refunded":
        status = OrderStatus.COMPLETED if shown.date_completed_gmt else OrderStatus.CANCELLED
        return status, PaymentStatus.REFUNDED
    status, payment = _STATUS.get(shown.status, _UNKNOWN)
    if (status in _GONE or shown.status == "on-hold") and shown.date_paid_gmt and payment is PaymentStatus.UNPAID:
        payment = PaymentStatus.PAID
    back = sum(abs(refund.amount) for refund in shown.refunds)
    if back:
        payment = PaymentStatus.REFUNDED if back >= shown.total else PaymentStatus.PARTLY_REFUNDED
    return status, payment


def _line(line: Line, shown: OrderDocument, status: OrderStatus) -> model.OrderLine:
    early = _taken_back(line, shown)
    # Woo shows no parcels: its word for "all has left" is completed, and the date stays when the order is reopened.
    shipped = line.quantity - early if shown.date_completed_gmt else 0
    return model.OrderLine(
        id=line.id,
        product_id=line.product_id,
        variant_id=line.variation_id,
        sku=line.sku,
        title=line.name,
        options=line.meta.options,
        quantity=line.quantity,
        cancelled=line.quantity - shipped if status in _GONE else early,
        shipped=shipped,
        # For people only: Woo's own `price` is after discounts, and a share of a line need not be whole cents.
        unit_price=round(line.subtotal / line.quantity, 6),
        subtotal=line.subtotal,
        discount=line.subtotal - line.total,
        tax=line.total_tax,
    )


def _taken_back(line: Line, shown: OrderDocument) -> int:
    """Units refunded before the order was completed: they were never sent. Later ones are returns."""
    completed = shown.date_completed_gmt
    early = [r for r in shown.refunds if not (completed and r.date_created_gmt and r.date_created_gmt >= completed)]
    taken = sum(-part.quantity for refund in early for part in refund.line_items if part.line_id == line.id)
    return max(0, min(line.quantity, taken))


def _fees(shown: OrderDocument) -> tuple[model.Fee, ...]:
    fees = [model.Fee(kind="fee", title=fee.name, amount=fee.total, tax=fee.total_tax) for fee in shown.fee_lines]
    # The code of a gift card is money: it stays out of our tables.
    fees += [model.Fee(kind="gift_card", amount=-card.amount, tax=Decimal(0)) for card in shown.gift_cards]
    unitless = [line for line in shown.line_items if not line.quantity]
    fees += [model.Fee(kind="line_without_units", amount=line.total, tax=line.total_tax) for line in unitless]
    rounding = _rounding(shown, fees)
    return tuple(fees + ([model.Fee(kind=ROUNDING, amount=rounding, tax=Decimal(0))] if rounding else []))


def _rounding(shown: OrderDocument, fees: Sequence[model.Fee]) -> Decimal:
    """What is lost because Woo adds exact amounts up and then shows each rounded.

    With prices that include tax a line of 17.647059 shows as 17.65: three such lines differ from the total by a
    cent. Half a minor unit per shown amount is the most that this can explain; anything beyond stays a difference.
    """
    lines = [line.total for line in shown.line_items if line.quantity]
    shares = [*lines, *(fee.amount for fee in fees), shown.shipping_total, shown.total_tax]
    missing = shown.total - sum(shares, Decimal(0))
    half_unit = Decimal(5).scaleb(min(0, int(shown.total.as_tuple().exponent)) - 1)
    return missing if abs(missing) <= half_unit * len(shares) else Decimal(0)


def _buyer(shown: OrderDocument) -> model.Buyer | None:
    person = shown.billing
    if not (shown.customer_id or person.name or person.email or person.phone):
        return None
    return model.Buyer(id=shown.customer_id, name=person.name, email=person.email, phone=person.phone)


def _address(person: Person) -> model.Address | None:
    """None where the shop asked for no address: it sends a form of blanks."""
    if not any(person.model_dump(exclude={"email", "phone"}).values()):
        return None
    return model.Address(
        name=person.name,
        company=person.company,
        lines=tuple(line for line in (person.address_1, person.address_2) if line),
        city=person.city,
        region=person.state,
        postcode=person.postcode,
        country=person.country,
        phone=person.phone,
    )


def _refund(refund: Refund) -> model.Refund:
    lines = [model.Part(line_id=r.line_id, quantity=abs(r.quantity)) for r in refund.line_items if r.line_id]
    return model.Refund(
        id=refund.id,
        amount=abs(refund.amount),
        made_of=_made_of(refund),
        reason=refund.reason,
        created_at=refund.date_created_gmt,
        lines=tuple(line for line in lines if line.quantity),
    )


def _made_of(refund: Refund) -> tuple[model.Entry, ...]:
    """People may type the amount, with no line or another sum beside it: Woo itself says what is left over only by
    that amount. Nothing where no line is named."""
    rows: dict[str, Sequence[RefundLine | FeeLine]] = {
        "lines": refund.line_items,
        "shipping": refund.shipping_lines,
        "fees": refund.fee_lines,
    }
    if not any(rows.values()):
        return ()
    amounts = {kind: -_total(part.total for part in parts) for kind, parts in rows.items()}
    amounts["tax"] = -_total(part.total_tax for parts in rows.values() for part in parts)
    amounts["amount_without_lines"] = abs(refund.amount) - _total(amounts.values())
    return tuple(model.Entry(kind=kind, amount=amount) for kind, amount in amounts.items() if amount)


def _total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal(0))


def _restocks(lines: Sequence[Line]) -> Iterator[model.Restock]:
    for line in lines:
        yield from (model.Restock(id=id, line_id=line.id, quantity=units) for id, units in line.meta.restocked)
