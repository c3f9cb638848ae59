"""A Shopify order document becomes a canonical order."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from orderbridge import model
from orderbridge.model import Order, OrderStatus, PaymentStatus, ReturnStatus
from orderbridge.platforms.base import Hint
from orderbridge.platforms.payloads import fields, invalid, read
from orderbridge.platforms.shopify.buyer import Buyers, buyers
from orderbridge.platforms.shopify.documents import (
    PLATFORM,
    Fulfilment,
    Line,
    OrderDocument,
    Part,
    Place,
    ReturnShown,
    ShippingLine,
    Tax,
)
from orderbridge.platforms.shopify.refunds import refunds_of, restocks, unknown_restocks

_PAYMENT = {
    "pending": PaymentStatus.UNPAID,
    "authorized": PaymentStatus.AUTHORIZED,
    "partially_paid": PaymentStatus.PARTLY_PAID,
    "paid": PaymentStatus.PAID,
    "partially_refunded": PaymentStatus.PARTLY_REFUNDED,
    "refunded": PaymentStatus.REFUNDED,
    "voided": PaymentStatus.FAILED,
    "expired": PaymentStatus.FAILED,
}  # an unknown word counts as unpaid: the order holds its stock and waits, visibly
_RETURN = {
    "requested": ReturnStatus.REQUESTED,
    "open": ReturnStatus.OPEN,
    "closed": ReturnStatus.CLOSED,
    "declined": ReturnStatus.DECLINED,
    "canceled": ReturnStatus.CANCELLED,
}
_NOTHING = Decimal(0)
_PARCEL = {"", "pending", "open", "success", "cancelled", "error", "failure"}


def told(document: Any, store: str) -> Order | Hint:
    """What a webhook tells. Where the buyer pays in another currency it does not show refunds in both: the order is
    fetched."""
    shown = read(OrderDocument, document, PLATFORM, store)
    home = ("", shown.currency)
    moved = [made for refund in shown.refunds for made in refund.transactions]
    if any(shown.presentment_currency not in home or made.currency not in home for made in moved):
        return Hint(shown.id, shown.updated_at)
    return _canonical(document, shown, store)


def canonical(document: Any, store: str) -> Order:
    """Raises InvalidPayload, and nothing else, for a document that is no order or an absurd one."""
    return _canonical(document, read(OrderDocument, document, PLATFORM, store), store)


def _canonical(document: Any, shown: OrderDocument, store: str) -> Order:
    seen = buyers(document, shown, store)
    try:
        return _order(shown, seen, refunds_of(document, shown, store), store)
    except ValidationError as error:
        raise invalid(error, PLATFORM, store) from None


def _order(shown: OrderDocument, seen: Buyers, refunds: tuple[model.Refund, ...], store: str) -> Order:
    return Order(
        store=store,
        platform=PLATFORM,
        id=shown.id,
        number=shown.name,
        version=shown.updated_at,
        created_at=shown.created_at,
        status=_status(shown),
        payment=_PAYMENT.get(shown.financial_status, PaymentStatus.UNPAID),
        source_status=f"{shown.financial_status}{', cancelled' if shown.cancelled_at else ''}",
        test=shown.test,
        on_hold=shown.fulfillment_status == "on_hold",
        currency=shown.currency,
        tax_included=shown.taxes_included,
        lines=tuple(_line(line, shown) for line in shown.line_items if line.quantity),
        shipping=sum([line.price for line in shown.shipping_lines], _NOTHING),
        shipping_discount=sum([_sum(line.discount_allocations) for line in shown.shipping_lines], _NOTHING),
        shipping_tax=_shipping_tax(shown.shipping_lines),
        tax=shown.total_tax,
        tax_withheld=sum([_withheld(line.tax_lines or ()) for line in _taxed(shown)], _NOTHING),
        fees=_fees(shown),
        total=shown.total_price,
        standing=shown.current_total_price,
        paid=_paid(shown, refunds),
        buyer_total=seen.total,
        buyer_parts=seen.parts,
        buyer=_buyer(shown),
        ship_to=_address(shown.shipping_address),
        bill_to=_address(shown.billing_address),
        shipping_method=shown.shipping_lines[0].title if shown.shipping_lines else "",
        note=shown.note,
        fields=fields(attribute.pair for attribute in shown.note_attributes),
        cancel_reason=shown.cancel_reason,
        unknown=tuple(_unknown(shown, seen)),
        refunds=refunds,
        returns=tuple(_return(made) for made in shown.returns),
        restocks=tuple(restocks(shown.refunds)),
        shipments=tuple(_shipment(parcel) for parcel in shown.fulfillments),
    )


def _paid(shown: OrderDocument, refunds: Sequence[model.Refund]) -> Decimal | None:
    """What was received: a webhook does not say it. Outstanding is what the order is worth now less what was received
    and not paid back (https://shopify.dev/docs/api/admin-graphql/2026-07/objects/Order, totalOutstandingSet)."""
    if shown.current_total_price is None or shown.total_outstanding is None:
        return None
    return shown.current_total_price - shown.total_outstanding + sum([r.amount for r in refunds], _NOTHING)


def _unknown(shown: OrderDocument, seen: Buyers) -> Iterator[str]:
    """Words that Shopify has added since, and currencies that cannot be in one order."""
    yield from (f"an amount in {word[:12]!r} among those in {shown.presentment_currency!r}" for word in seen.strange)
    if shown.financial_status not in _PAYMENT:
        yield f"financial status {shown.financial_status[:40]!r}"
    yield from (f"fulfillment status {p.status[:40]!r}" for p in shown.fulfillments if p.status not in _PARCEL)
    yield from (f"return status {r.status[:40]!r}" for r in shown.returns if r.status not in _RETURN)
    yield from (f"restock type {kind[:40]!r}" for kind in unknown_restocks(shown.refunds))


def _status(shown: OrderDocument) -> OrderStatus:
    if shown.cancelled_at:
        return OrderStatus.CANCELLED
    return OrderStatus.COMPLETED if shown.closed_at else OrderStatus.OPEN


def _line(line: Line, shown: OrderDocument) -> model.OrderLine:
    shipped = _shipped(line.id, shown.fulfillments)
    return model.OrderLine(
        id=line.id,
        product_id=line.product_id or "",
        variant_id=line.variant_id or "",
        sku=line.sku,
        title=line.name,
        options=_options(line),
        quantity=line.quantity,
        cancelled=_cancelled(line, shown, shipped),
        shipped=shipped,
        unit_price=line.price,
        subtotal=line.price * line.quantity,
        discount=_sum(line.discount_allocations),
        tax=sum([tax.price for tax in line.tax_lines], _NOTHING),
        tax_withheld=_withheld(line.tax_lines),
        requires_shipping=line.requires_shipping,
    )


def _options(line: Line) -> tuple[tuple[str, str], ...]:
    """The variant ("Red / L"), then what the buyer chose or wrote."""
    if not (line.variant_title or line.properties):
        return ()
    return fields([("variant", line.variant_title), *(attribute.pair for attribute in line.properties)])


def _shipped(line: str, parcels: Sequence[Fulfilment]) -> int:
    """Units in parcels that left; a cancelled or failed fulfilment gave its units back."""
    left = [packed for parcel in parcels if parcel.status == "success" for packed in parcel.line_items]
    return sum(packed.quantity for packed in left if packed.id == line) if left else 0


def _cancelled(line: Line, shown: OrderDocument, shipped: int) -> int:
    """Units that will never be shipped: cancelled, removed by an edit, or refunded before they were shipped.

    By definition `cancel` restocks unshipped units and `return` shipped ones
    (https://shopify.dev/docs/api/admin-graphql/2026-07/enums/RefundLineItemRestockType); without a restock
    (`no_restock`, the old `legacy_restock`) only what has not left can have been called off.
    """
    unshipped = max(0, line.quantity - shipped)
    if shown.cancelled_at:
        return unshipped
    if not shown.refunds and line.current_quantity in (None, line.quantity):
        return 0
    refunded = [part for refund in shown.refunds for part in refund.refund_line_items if part.line_item_id == line.id]
    cancelled = sum(part.quantity for part in refunded if part.restock_type == "cancel")
    returned = sum(part.quantity for part in refunded if part.restock_type == "return")
    unclear = sum(part.quantity for part in refunded) - cancelled - returned
    gone = line.quantity - line.current_quantity if line.current_quantity is not None else 0
    certain = cancelled + max(0, gone - cancelled - returned - unclear)
    return min(line.quantity, certain + min(unclear, max(0, unshipped - certain)))


def _sum(parts: Sequence[Part]) -> Decimal:
    return sum([part.amount for part in parts], _NOTHING)


def _taxed(shown: OrderDocument) -> tuple[Line | ShippingLine, ...]:
    return *shown.line_items, *shown.shipping_lines


def _withheld(taxes: Sequence[Tax]) -> Decimal:
    return sum([tax.price for tax in taxes if tax.channel_liable], _NOTHING)


def _shipping_tax(lines: Sequence[ShippingLine]) -> Decimal | None:
    if any(line.tax_lines is None for line in lines):
        return None
    return sum([tax.price for line in lines for tax in line.tax_lines or ()], _NOTHING)


def _fees(shown: OrderDocument) -> tuple[model.Fee, ...]:
    """Nobody says how much of the order's tax is on duties and additional fees; tips are not taxed."""
    fees = {"tip": shown.total_tip_received, "additional": shown.original_total_additional_fees_set}
    if not shown.duties_included:
        fees["duty"] = shown.original_total_duties_set
    taxes = {"tip": _NOTHING}
    return tuple(model.Fee(kind=kind, amount=amount, tax=taxes.get(kind)) for kind, amount in fees.items() if amount)


def _buyer(shown: OrderDocument) -> model.Buyer | None:
    person = shown.customer
    if not (person or shown.email or shown.phone):
        return None
    return model.Buyer(
        id=person.id if person else "",
        name=f"{person.first_name} {person.last_name}".strip() if person else "",
        email=shown.email,
        phone=shown.phone,
        locale=shown.customer_locale,
    )


def _address(place: Place | None) -> model.Address | None:
    if place is None:
        return None
    return model.Address(
        name=place.name,
        company=place.company,
        lines=tuple(line for line in (place.address1, place.address2) if line),
        city=place.city,
        region=place.province,
        region_code=place.province_code,
        postcode=place.zip,
        country=place.country_code,
        phone=place.phone,
    )


def _return(made: ReturnShown) -> model.Return:
    return model.Return(
        id=made.id,
        number=made.name,
        status=_RETURN.get(made.status, ReturnStatus.OPEN),
        reason=", ".join(sorted({line.reason for line in made.lines if line.reason})),
        lines=tuple(model.Part(line_id=line.line_item_id, quantity=line.quantity) for line in made.lines),
        replacements=made.replacements,
    )


def _shipment(parcel: Fulfilment) -> model.Shipment:
    return model.Shipment(
        id=parcel.id,
        status=parcel.status,
        delivered=parcel.shipment_status == "delivered",
        carrier=parcel.tracking_company,
        tracking=parcel.tracking_numbers,
        tracking_urls=parcel.tracking_urls,
        lines=tuple(model.Part(line_id=line.id, quantity=line.quantity) for line in parcel.line_items),
    )
