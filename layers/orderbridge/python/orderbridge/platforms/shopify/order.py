"""A Shopify order document, as a webhook brings it or as `queries.ORDER` asks for it, becomes a canonical order."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, ValidationError

from orderbridge import model
from orderbridge.model import Amount, Order, OrderStatus, PaymentStatus, Units
from orderbridge.platforms.base import Many, Moment, Payload, Text, invalid, read

PLATFORM = "shopify"


def number(value: object) -> object:
    """GraphQL writes gid://shopify/Order/1 where REST writes 1; we keep "1"."""
    if isinstance(value, str):
        return re.sub(r"^gid://shopify/\w+/(\d+)(\?.*)?$", r"\1", value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _shop_amount(value: object) -> object:
    """The amount in the shop's own currency out of GraphQL's MoneyBag or REST's *_set; null is nothing."""
    if isinstance(value, dict):
        bag = value.get("shopMoney", value.get("shop_money"))
        return bag.get("amount") if isinstance(bag, dict) else bag
    return 0 if value is None else value


Id = Annotated[str, BeforeValidator(number), Field(pattern=r"^[0-9]{1,30}$")]
Word = Annotated[Text, BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value)]
ShopAmount = Annotated[Amount, BeforeValidator(_shop_amount)]


class Part(Payload):
    """A tax (`price`) or a discount (`amount`)."""

    amount: ShopAmount = Field(validation_alias=AliasChoices("amount", "price"))


class Person(Payload):
    id: Id
    first_name: Text = ""
    last_name: Text = ""


class Place(Payload):
    name: Text = ""
    company: Text = ""
    address1: Text = ""
    address2: Text = ""
    city: Text = ""
    province: Text = ""
    province_code: Text = ""
    zip: Text = ""
    country_code: Text = ""
    phone: Text = ""


class Line(Payload):
    id: Id
    product_id: Id | None = None
    variant_id: Id | None = None  # null for a custom line, and once the variant is deleted
    sku: Text = ""
    name: Text = ""
    quantity: Units
    current_quantity: Units | None = None
    price: ShopAmount
    requires_shipping: bool = True
    tax_lines: Many[Part] = ()
    discount_allocations: Many[Part] = ()


class ShippingLine(Payload):
    price: ShopAmount
    discount_allocations: Many[Part] = ()


class Transaction(Payload):
    kind: Word
    status: Word
    # REST's plain amount is in the currency of the payment, which need not be the shop's.
    amount: ShopAmount = Field(validation_alias=AliasChoices("amount_set", "amount"))


class RefundedLine(Payload):
    line_item_id: Id
    quantity: Units
    restock_type: Word = ""


class Refund(Payload):
    id: Id
    note: Text = ""
    created_at: Moment | None = None
    refund_line_items: Many[RefundedLine] = ()
    transactions: Many[Transaction] = ()


class PackedLine(Payload):
    id: Id
    quantity: Units


class Fulfilment(Payload):
    id: Id
    status: Word = ""
    tracking_company: Text = ""
    tracking_numbers: Many[Text] = ()
    tracking_urls: Many[Text] = ()
    line_items: Many[PackedLine] = ()


class Presentment(Payload):
    amount: Amount


class TotalSet(Payload):
    buyer: Presentment = Field(validation_alias=AliasChoices("presentment_money", "presentmentMoney"))


class OrderDocument(Payload):
    id: Id
    name: Text
    updated_at: Moment
    created_at: Moment
    cancelled_at: Moment | None = None
    closed_at: Moment | None = None
    cancel_reason: Word = ""
    test: bool = False
    currency: Text
    presentment_currency: Text = ""
    taxes_included: bool
    duties_included: bool = False
    financial_status: Word = ""
    note: Text = ""
    email: Text = ""
    phone: Text = ""
    customer_locale: Text = ""
    customer: Person | None = None
    shipping_address: Place | None = None
    billing_address: Place | None = None
    total_price: ShopAmount
    total_price_set: TotalSet | None = None
    total_tax: ShopAmount
    total_tip_received: ShopAmount = Decimal(0)
    original_total_duties_set: ShopAmount = Decimal(0)
    original_total_additional_fees_set: ShopAmount = Decimal(0)
    line_items: Many[Line]
    shipping_lines: Many[ShippingLine] = ()
    refunds: Many[Refund] = ()
    fulfillments: Many[Fulfilment] = ()


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


def canonical(document: Any, store: str) -> Order:
    """Raises InvalidPayload, and nothing else, for a document that is no order or an absurd one."""
    shown = read(OrderDocument, document, PLATFORM, store)
    try:
        return _order(shown, store)
    except ValidationError as error:
        raise invalid(error, PLATFORM, store) from None


def _order(shown: OrderDocument, store: str) -> Order:
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
        currency=shown.currency,
        tax_included=shown.taxes_included,
        lines=tuple(_line(line, shown) for line in shown.line_items if line.quantity),
        shipping=sum((line.price - _sum(line.discount_allocations) for line in shown.shipping_lines), Decimal(0)),
        tax=shown.total_tax,
        fees=_fees(shown),
        total=shown.total_price,
        buyer_total=_buyer_total(shown),
        buyer=_buyer(shown),
        ship_to=_address(shown.shipping_address),
        bill_to=_address(shown.billing_address),
        note=shown.note,
        cancel_reason=shown.cancel_reason,
        refunds=tuple(_refund(refund) for refund in shown.refunds),
        shipments=tuple(_shipment(parcel) for parcel in shown.fulfillments),
    )


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
        quantity=line.quantity,
        cancelled=_cancelled(line, shown, shipped),
        shipped=shipped,
        unit_price=line.price,
        subtotal=line.price * line.quantity,
        discount=_sum(line.discount_allocations),
        tax=_sum(line.tax_lines),
        requires_shipping=line.requires_shipping,
    )


def _shipped(line: str, parcels: Sequence[Fulfilment]) -> int:
    """Units in parcels that left; a cancelled or failed fulfilment gave its units back."""
    left = [parcel for parcel in parcels if parcel.status == "success"]
    return sum(packed.quantity for parcel in left for packed in parcel.line_items if packed.id == line)


def _cancelled(line: Line, shown: OrderDocument, shipped: int) -> int:
    """Units that will never be shipped: cancelled, removed by an edit, or refunded before they were shipped.

    By definition `cancel` restocks unshipped units and `return` shipped ones
    (https://shopify.dev/docs/api/admin-graphql/2026-07/enums/RefundLineItemRestockType); without a restock
    (`no_restock`, the old `legacy_restock`) only what has not left can have been called off.
    """
    unshipped = max(0, line.quantity - shipped)
    if shown.cancelled_at:
        return unshipped
    refunded = [part for refund in shown.refunds for part in refund.refund_line_items if part.line_item_id == line.id]
    cancelled = sum(part.quantity for part in refunded if part.restock_type == "cancel")
    returned = sum(part.quantity for part in refunded if part.restock_type == "return")
    unclear = sum(part.quantity for part in refunded) - cancelled - returned
    gone = line.quantity - line.current_quantity if line.current_quantity is not None else 0
    certain = cancelled + max(0, gone - cancelled - returned - unclear)
    return min(line.quantity, certain + min(unclear, max(0, unshipped - certain)))


def _sum(parts: Sequence[Part]) -> Decimal:
    return sum((part.amount for part in parts), Decimal(0))


def _fees(shown: OrderDocument) -> tuple[model.Fee, ...]:
    fees = {"tip": shown.total_tip_received, "additional": shown.original_total_additional_fees_set}
    if not shown.duties_included:
        fees["duty"] = shown.original_total_duties_set
    return tuple(model.Fee(kind=kind, amount=amount) for kind, amount in fees.items() if amount)


def _buyer_total(shown: OrderDocument) -> model.Money | None:
    if shown.total_price_set is None or shown.presentment_currency in ("", shown.currency):
        return None
    return model.Money(amount=shown.total_price_set.buyer.amount, currency=shown.presentment_currency)


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


def _refund(refund: Refund) -> model.Refund:
    paid = [part.amount for part in refund.transactions if (part.kind, part.status) == ("refund", "success")]
    lines = tuple(
        model.RefundLine(
            line_id=part.line_item_id,
            quantity=part.quantity,
            restocked=part.restock_type in ("cancel", "return", "legacy_restock"),
        )
        for part in refund.refund_line_items
    )
    return model.Refund(
        id=refund.id, amount=sum(paid, Decimal(0)), reason=refund.note, created_at=refund.created_at, lines=lines
    )


def _shipment(parcel: Fulfilment) -> model.Shipment:
    return model.Shipment(
        id=parcel.id,
        status=parcel.status,
        carrier=parcel.tracking_company,
        tracking=parcel.tracking_numbers,
        tracking_urls=parcel.tracking_urls,
        lines=tuple(model.ShipmentLine(line_id=line.id, quantity=line.quantity) for line in parcel.line_items),
    )
