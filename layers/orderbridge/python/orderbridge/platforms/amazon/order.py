"""An Amazon order document (Orders API 2026-01-01) becomes a canonical order.

What Amazon's order never shows: refunds and returns (they are in its Finances API), what was paid, the buyer's id, and
the address of who pays. So a refund changes nothing here, and no hold ever depended on one.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from orderbridge import model
from orderbridge.model import FulfilledBy, Order, OrderStatus, PaymentStatus, Store
from orderbridge.platforms.amazon import proceeds
from orderbridge.platforms.amazon.documents import (
    PLATFORM,
    Address,
    Buyer,
    Fulfillment,
    Item,
    OrderDocument,
    Package,
    Recipient,
)
from orderbridge.platforms.amazon.proceeds import Bill, Charged, Tax
from orderbridge.platforms.payloads import fields, invalid, read

# FulfillmentStatus of the model. A pending order took its units off the listing and may still come to nothing; Amazon
# asks not to prepare it. https://developer-docs.amazon.com/sp-api/docs/orders-api
_STATUS = {
    "PENDING_AVAILABILITY": (OrderStatus.OPEN, PaymentStatus.UNPAID),  # a pre-order
    "PENDING": (OrderStatus.OPEN, PaymentStatus.UNPAID),
    "UNSHIPPED": (OrderStatus.OPEN, PaymentStatus.PAID),
    "PARTIALLY_SHIPPED": (OrderStatus.OPEN, PaymentStatus.PAID),
    "SHIPPED": (OrderStatus.COMPLETED, PaymentStatus.PAID),
    "CANCELLED": (OrderStatus.CANCELLED, PaymentStatus.UNPAID),
    "UNFULFILLABLE": (OrderStatus.CANCELLED, PaymentStatus.UNPAID),
}
_UNKNOWN = (OrderStatus.OPEN, PaymentStatus.UNPAID)  # holds its stock and waits, visibly
_PENDING = ("PENDING", "PENDING_AVAILABILITY")
_NOTHING = Decimal(0)


def document(body: Any, store: Store) -> OrderDocument:
    """Raises InvalidPayload, and nothing else, for a document that is no order or an absurd one."""
    return read(OrderDocument, body, PLATFORM, store.id)


def canonical(shown: OrderDocument, store: Store) -> Order:
    """Raises InvalidPayload for absurd amounts, and nothing else."""
    try:
        return _order(shown, store)
    except ValidationError as error:
        raise invalid(error, PLATFORM, store.id) from None


def _order(shown: OrderDocument, store: Store) -> Order:
    fulfillment = shown.fulfillment or Fulfillment()
    word = fulfillment.fulfillment_status
    status, payment = _STATUS.get(word, _UNKNOWN)
    if shown.sales_channel.channel_name == "NON_AMAZON":
        status = OrderStatus.DRAFT  # another shop's sale that Amazon only sends: its own store has the order
    bill = proceeds.bill(shown)
    strange = tuple(proceeds.strange(shown, word in _PENDING))
    return Order(
        store=store.id,
        platform=PLATFORM,
        id=shown.order_id,
        number=shown.order_id,
        version=shown.last_updated_time,
        created_at=shown.created_time,
        status=status,
        payment=payment,
        source_status=word,
        currency=proceeds.currency(shown) or store.currency,
        **_money(shown, bill),
        buyer=_buyer(shown.buyer or Buyer()),
        ship_to=_address(shown.recipient or Recipient()),
        shipping_method=fulfillment.fulfillment_service_level,
        note=_note(shown.recipient or Recipient()),
        fields=fields(_fields(shown, fulfillment, bill)),
        cancel_reason=_cancel_reason(shown.order_items),
        unknown=strange if word in _STATUS else (f"status {word[:40]!r}", *strange),
        shipments=tuple(_shipment(package) for package in shown.packages),
    )


def _money(shown: OrderDocument, bill: Bill) -> dict[str, Any]:
    """The fields of Order that hold amounts, its lines among them."""
    pairs, counts = list(zip(shown.order_items, bill.parts, strict=True)), bill.counts_tax
    fees = [fee if counts else fee.model_copy(update={"tax": _NOTHING}) for part in bill.parts for fee in part.fees]
    fees += [_without_units(part, counts) for item, part in pairs if not item.quantity_ordered and part.item]
    return {
        "tax_included": bill.kind is Tax.INCLUDED,
        "lines": tuple(_line(item, part, shown, counts) for item, part in pairs if item.quantity_ordered),
        "shipping": sum((part.shipping for part in bill.parts), _NOTHING),
        "shipping_discount": sum((part.shipping_discount for part in bill.parts), _NOTHING),
        "shipping_tax": bill.shipping_tax if counts else _NOTHING,
        "tax": bill.tax if counts else _NOTHING,
        "tax_withheld": bill.withheld if counts else _NOTHING,
        "fees": (*fees, *bill.tips),
        "total": bill.total,
    }


def _without_units(part: Charged, counts: bool) -> model.Fee:
    """What is still charged for an item of which no unit is left."""
    tax = part.line_tax if counts else _NOTHING
    return model.Fee(kind="line_without_units", amount=part.item - part.discount, tax=tax)


def _line(item: Item, part: Charged, shown: OrderDocument, counts: bool) -> model.OrderLine:
    """The listing of a line is its seller SKU: one ASIN may be offered under several, each with stock of its own."""
    fulfillment = shown.fulfillment or Fulfillment()
    price = proceeds.unit_price(item)
    tax = part.line_tax if counts else _NOTHING
    fba = fulfillment.fulfilled_by == "AMAZON"
    return model.OrderLine(
        id=item.order_item_id,
        product_id=item.product.seller_sku[:100],
        sku=item.product.seller_sku,
        title=item.product.title,
        options=fields(_options(item)),
        quantity=item.quantity_ordered,
        cancelled=_cancelled(item, fulfillment.fulfillment_status),
        shipped=_shipped(item, fulfillment.fulfillment_status),
        unit_price=price.amount if price else round(part.item / item.quantity_ordered, 6),
        subtotal=part.item,
        discount=part.discount,
        tax=tax,
        tax_withheld=tax if item.withheld else _NOTHING,
        fulfilled_by=FulfilledBy.PLATFORM if fba else FulfilledBy.MERCHANT,
    )


def _shipped(item: Item, status: str) -> int:
    if item.fulfillment is None:
        return item.quantity_ordered if status == "SHIPPED" else 0
    return item.fulfillment.quantity_fulfilled


def _cancelled(item: Item, status: str) -> int:
    """Units that will never leave. Amazon counts those that are still to be sent; what is neither sent nor to be sent
    is called off, where it also says that somebody has called something off. A pending order counts nothing yet."""
    left = item.quantity_ordered - _shipped(item, status)
    if status in ("CANCELLED", "UNFULFILLABLE"):
        return max(0, left)
    done = item.cancellation and item.cancellation.cancellation_execution
    if status in _PENDING or not done or item.fulfillment is None:
        return 0
    return max(0, left - (item.fulfillment.quantity_unfulfilled or 0))


def _options(item: Item) -> Iterator[tuple[str, str]]:
    yield "ASIN", item.product.asin
    if item.product.customization:
        yield "customisation", item.product.customization.customized_url
    packing = item.fulfillment.packing if item.fulfillment else None
    if packing and packing.gift_option:
        yield "gift wrap", packing.gift_option.gift_wrap_level
        yield "gift message", packing.gift_option.gift_message
    if item.cancellation and (asked := item.cancellation.cancellation_request):
        yield "asks to cancel", asked.requester


def _cancel_reason(items: Sequence[Item]) -> str:
    notes = [item.cancellation for item in items if item.cancellation]
    told = [note.cancellation_execution or note.cancellation_request for note in notes]
    return next((note.cancel_reason for note in told if note and note.cancel_reason), "")


def _fields(shown: OrderDocument, fulfillment: Fulfillment, bill: Bill) -> Iterator[tuple[str, str]]:
    yield "programs", ", ".join(shown.programs)
    yield from ((alias.alias_type.replace("_", " ").lower(), alias.alias_id) for alias in shown.order_aliases)
    yield from ((one.association_type.replace("_", " ").lower(), one.order_id) for one in shown.associated_orders)
    if shown.buyer:
        yield "purchase order", shown.buyer.buyer_purchase_order_number
    if fulfillment.ship_by_window:
        yield "ship by", fulfillment.ship_by_window.latest_date_time
    if not bill.counts_tax:
        yield "tax collected by Amazon, not in the total", f"{bill.tax} {proceeds.currency(shown)}"


def _buyer(buyer: Buyer) -> model.Buyer | None:
    name = buyer.buyer_name or buyer.buyer_company_name
    return model.Buyer(name=name, email=buyer.buyer_email) if name or buyer.buyer_email else None


def _address(recipient: Recipient) -> model.Address | None:
    address = recipient.delivery_address or Address()
    if not any(address.model_dump().values()):
        return None
    lines = (address.address_line1, address.address_line2, address.address_line3)
    return model.Address(
        name=address.name,
        company=address.company_name,
        lines=tuple(line for line in lines if line),
        district=address.district_or_county or address.municipality,
        city=address.city,
        region=address.state_or_region,
        postcode=address.postal_code,
        country=address.country_code,
        phone=address.phone,
    )


def _note(recipient: Recipient) -> str:
    wish = recipient.delivery_preference
    return "\n".join(filter(None, (wish.address_instruction, wish.drop_off_location))) if wish else ""


def _shipment(package: Package) -> model.Shipment:
    status = package.package_status
    return model.Shipment(
        id=package.package_reference_id,
        status=(status.detailed_status or status.status) if status else "",
        delivered=bool(status and status.status == "DELIVERED"),
        carrier=package.carrier,
        tracking=(package.tracking_number,) if package.tracking_number else (),
        lines=tuple(
            model.Part(line_id=one.order_item_id, quantity=one.quantity)
            for one in package.package_items
            if one.quantity
        ),
    )
