"""What we read of a WooCommerce order document, REST v3, as webhooks and the API show it."""

import html
import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field

from orderbridge import model
from orderbridge.money import Amount
from orderbridge.platforms.payloads import Many, Moment, Note, Payload, Text, fields, spoken

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
    """A fee; in a refund, like its shipping, what of it is given back (negative)."""

    name: Text = ""
    total: Amount = Decimal(0)
    total_tax: Amount = Decimal(0)


class GiftCard(Payload):
    amount: Amount


class RefundLine(Payload):
    quantity: Taken
    total: Amount = Decimal(0)
    total_tax: Amount = Decimal(0)
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
    shipping_lines: Many[FeeLine] = ()
    fee_lines: Many[FeeLine] = ()


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
    shipping_tax: Amount | None = None
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
