"""A WooCommerce order document (REST v3, as webhooks and API show it) becomes a canonical order."""

import html
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, ValidationError

from orderbridge import model
from orderbridge.model import Amount, Order, OrderStatus, PaymentStatus
from orderbridge.platforms.base import Many, Moment, Note, Payload, Text, fields, invalid, read, spoken

PLATFORM = "woocommerce"


def _gmt(value: object) -> object:
    """The *_gmt twin of every date is UTC and does not say so."""
    return f"{value}Z" if isinstance(value, str) and re.search(r"T[0-9:.]+$", value) else value


def _whole(value: object) -> object:
    """Quantities come as 2, "2" and, with plugins for weights, 1.5: a part of a unit is refused."""
    number = Decimal(value) if isinstance(value, str) and re.fullmatch(r"-?\d{1,12}(\.\d{1,12})?", value) else value
    return int(number) if isinstance(number, Decimal) and number == int(number) else number


def _named(value: object) -> object:
    """An id; 0 and null stand for none."""
    return "" if value in (0, "0", None) else value


Gmt = Annotated[Moment, BeforeValidator(_gmt)]
Id = Annotated[Text, Field(pattern=r"^[1-9][0-9]{0,29}$")]
OptionalId = Annotated[Text, BeforeValidator(_named), Field(pattern=r"^([1-9][0-9]{0,29})?$")]
Quantity = Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=0, le=model.MAX_UNITS)]
Taken = Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=-model.MAX_UNITS, le=model.MAX_UNITS)]


class Meta(Payload):
    key: Text = ""
    value: Any = None


def _line_meta(value: object) -> object:
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return {"restocked": _restocked(rows), "options": _options(rows)}


def _restocked(rows: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    """(id, units) that refunds put back on Woo's shelf. It keeps one running number per line
    (wc_restock_refunded_items, 10.0)."""
    found = [(str(row.get("id")), _whole(row.get("value"))) for row in rows if row.get("key") == _RESTOCKED]
    return tuple((id, units) for id, units in found if isinstance(units, int) and 0 < units <= model.MAX_UNITS)


def _options(rows: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """(name, value) as the shop shows them; both may hold HTML."""
    return fields((_shown(row, "key"), _shown(row, "value")) for row in rows if not _hidden(row.get("key")))


def _hidden(key: object) -> bool:
    return not isinstance(key, str) or key.startswith("_")


def _shown(row: dict[str, Any], part: str) -> str:
    words = spoken(row.get(f"display_{part}")) or spoken(row.get(part))
    return html.unescape(re.sub(r"<[^<>]*>", "", words)) if "<" in words or "&" in words else words


_RESTOCKED = "_restock_refunded_items"


class LineMeta(Payload):
    restocked: tuple[tuple[str, int], ...] = ()
    options: model.Fields = ()


class Line(Payload):
    id: Id
    name: Text = ""
    product_id: OptionalId = ""  # 0 once the product is deleted
    variation_id: OptionalId = ""
    sku: Text = ""
    quantity: Quantity
    subtotal: Amount
    total: Amount
    total_tax: Amount = Decimal(0)
    meta: Annotated[LineMeta, BeforeValidator(_line_meta)] = Field(LineMeta(), alias="meta_data")


class ShippingLine(Payload):
    method_title: Text = ""


class FeeLine(Payload):
    name: Text = ""
    total: Amount


class GiftCard(Payload):
    amount: Amount


class RefundLine(Payload):
    quantity: Taken
    meta_data: Many[Meta] = ()

    @property
    def line_id(self) -> str:
        return next((str(meta.value) for meta in self.meta_data if meta.key == "_refunded_item_id"), "")


class Refund(Payload):
    """A refund: an order only has its `total` (negative), the list of refunds has `amount` and lines."""

    id: Id
    reason: Text = ""
    amount: Amount = Field(validation_alias=AliasChoices("amount", "total"))
    date_created_gmt: Gmt | None = None
    line_items: Many[RefundLine] = ()


class Person(Payload):
    first_name: Text = ""
    last_name: Text = ""
    company: Text = ""
    address_1: Text = ""
    address_2: Text = ""
    city: Text = ""
    state: Text = ""
    postcode: Text = ""
    country: Text = ""
    email: Text = ""
    phone: Text = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class OrderDocument(Payload):
    id: Id
    number: Text
    status: Text
    currency: Text
    date_created_gmt: Gmt
    date_modified_gmt: Gmt
    date_paid_gmt: Gmt | None = None
    date_completed_gmt: Gmt | None = None
    total: Amount
    total_tax: Amount
    shipping_total: Amount
    customer_id: OptionalId = ""
    customer_note: Note = ""
    billing: Person = Person()
    shipping: Person = Person()
    # Some plugins list a line twice, under its one id (seen in fixtures of woocommerce-ios, "broken orders").
    line_items: Annotated[Many[Line], AfterValidator(lambda lines: tuple(dict.fromkeys(lines)))]
    shipping_lines: Many[ShippingLine] = ()
    fee_lines: Many[FeeLine] = ()
    gift_cards: Many[GiftCard] = ()  # the plugin Gift Cards
    refunds: Many[Refund] = ()
    meta_data: Many[Meta] = ()


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
    fees = [model.Fee(kind="fee", title=fee.name, amount=fee.total) for fee in shown.fee_lines]
    # The code of a gift card is money: it stays out of our tables.
    fees += [model.Fee(kind="gift_card", amount=-card.amount) for card in shown.gift_cards]
    fees += [model.Fee(kind="line_without_units", amount=line.total) for line in shown.line_items if not line.quantity]
    rounding = _rounding(shown, fees)
    return tuple(fees + ([model.Fee(kind="rounding", amount=rounding)] if rounding else []))


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
        reason=refund.reason,
        created_at=refund.date_created_gmt,
        lines=tuple(line for line in lines if line.quantity),
    )


def _restocks(lines: Sequence[Line]) -> Iterator[model.Restock]:
    for line in lines:
        yield from (model.Restock(id=id, line_id=line.id, quantity=units) for id, units in line.meta.restocked)
