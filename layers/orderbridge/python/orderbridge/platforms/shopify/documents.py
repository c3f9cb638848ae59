"""What we read of a Shopify order document, as a webhook brings it or as `reading` unwraps GraphQL's answer."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field, StringConstraints

from orderbridge.lenient import Otherwise
from orderbridge.model import Units
from orderbridge.money import Amount
from orderbridge.platforms.payloads import TEXT, Many, Moment, Note, Payload, Text, spoken

PLATFORM = "shopify"
API = "/admin/api/2026-07/graphql.json"


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


def _buyers_amount(value: object) -> object:
    """The amount as the buyer saw it out of a bag; None where only the shop's is shown."""
    return value.get("presentmentMoney", value.get("presentment_money")) if isinstance(value, dict) else None


Id = Annotated[str, Field(pattern=r"^[0-9]{1,30}$", coerce_numbers_to_str=True), Otherwise(number)]
Word = Annotated[str, StringConstraints(max_length=10_000, to_lower=True), TEXT]
ShopAmount = Annotated[Amount, Otherwise(_shop_amount)]
ShownAmount = Annotated[Amount | None, Otherwise(_shop_amount)]


class Part(Payload):
    """A discount."""

    amount: ShopAmount


class Tax(Payload):
    price: ShopAmount
    channel_liable: bool | None = None  # whether the sales channel pays it to the authority; null: not determined


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


class Attribute(Payload):
    """REST has names, GraphQL keys; apps may put lists or numbers where people would put a text."""

    name: Text = Field("", validation_alias=AliasChoices("name", "key"))
    value: Any = None

    @property
    def pair(self) -> tuple[str, str]:
        return self.name, spoken(self.value)


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
    variant_title: Text = ""
    properties: Many[Attribute] = ()
    tax_lines: Many[Tax] = ()
    discount_allocations: Many[Part] = ()


class ShippingLine(Payload):
    title: Text = ""
    price: ShopAmount
    tax_lines: tuple[Tax, ...] | None = None
    discount_allocations: Many[Part] = ()


class Transaction(Payload):
    kind: Word
    status: Word
    amount_set: ShownAmount = None
    # REST's plain amount, in the currency of the payment, which need not be the shop's.
    amount: ShownAmount = None
    currency: Text = ""

    @property
    def paid(self) -> Decimal:
        return self.amount_set if self.amount_set is not None else self.amount or Decimal(0)


class RefundedLine(Payload):
    id: Id | None = None
    line_item_id: Id
    quantity: Units
    restock_type: Word = ""
    location_id: Id | None = None
    subtotal: ShownAmount = None
    total_tax: ShopAmount = Decimal(0)


class RefundedShipping(Payload):
    subtotal_amount_set: ShopAmount
    tax_amount_set: ShopAmount = Decimal(0)


class Adjustment(Payload):
    """What is taken off what a refund is for; below zero is paid back beyond it. REST shows refunded shipping as
    well, as a `shipping_refund`, which GraphQL does not (changelog of 2024-10, order adjustments connection)."""

    kind: Word = ""
    amount: ShopAmount
    tax_amount: ShopAmount = Decimal(0)


class Refund(Payload):
    id: Id
    note: Text = ""
    created_at: Moment | None = None
    refund_line_items: Many[RefundedLine] = ()
    refund_shipping_lines: Many[RefundedShipping] = ()
    order_adjustments: Many[Adjustment] = ()
    transactions: Many[Transaction] = ()


class ReturnedLine(Payload):
    line_item_id: Id
    quantity: Units
    reason: Word = ""


class ReturnShown(Payload):
    """GraphQL only: a webhook never shows a return, see `Shopify.WEBHOOK_HIDES`."""

    id: Id
    name: Text = ""
    status: Word
    lines: Many[ReturnedLine] = ()
    replacements: Many[Id] = ()


class PackedLine(Payload):
    id: Id
    quantity: Units


class Fulfilment(Payload):
    id: Id
    status: Word = ""
    shipment_status: Word = ""  # GraphQL: displayStatus; they share the word `delivered`, not all others
    tracking_company: Text = ""
    tracking_numbers: Many[Text] = ()
    tracking_urls: Many[Text] = ()
    line_items: Many[PackedLine] = ()


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
    # REST never says on_hold here, GraphQL does as long as nothing can be shipped.
    fulfillment_status: Word = ""
    note: Note = ""
    note_attributes: Many[Attribute] = ()
    email: Text = ""
    phone: Text = ""
    customer_locale: Text = ""
    customer: Person | None = None
    shipping_address: Place | None = None
    billing_address: Place | None = None
    total_price: ShopAmount
    total_tax: ShopAmount
    current_total_price: ShopAmount | None = None
    total_outstanding: ShopAmount | None = None
    total_tip_received: ShopAmount = Decimal(0)
    original_total_duties_set: ShopAmount = Decimal(0)
    original_total_additional_fees_set: ShopAmount = Decimal(0)
    line_items: Many[Line]
    shipping_lines: Many[ShippingLine] = ()
    refunds: Many[Refund] = ()
    returns: Many[ReturnShown] = ()
    fulfillments: Many[Fulfilment] = ()


class Bag(Payload):
    """An amount as the buyer saw it."""

    amount: Amount
    currency: Text = Field("", validation_alias=AliasChoices("currency_code", "currencyCode"))


Seen = Annotated[Bag | None, BeforeValidator(_buyers_amount)]


class SeenPart(Payload):
    amount: Seen = Field(None, validation_alias=AliasChoices("amount_set", "amount"))


class SeenLine(Payload):
    quantity: Units = 1  # of shipping
    price: Seen = Field(None, validation_alias=AliasChoices("price_set", "price"))
    discount_allocations: Many[SeenPart] = ()


class SeenOrder(Payload):
    """The same document in the buyer's currency: read only where that is another one, it takes as long again."""

    total: Seen = Field(None, validation_alias="total_price_set")
    tax: Seen = Field(None, validation_alias=AliasChoices("total_tax_set", "total_tax"))
    duties: Seen = Field(None, validation_alias="original_total_duties_set")
    additional: Seen = Field(None, validation_alias="original_total_additional_fees_set")
    line_items: Many[SeenLine]
    shipping_lines: Many[SeenLine] = ()
