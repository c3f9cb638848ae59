"""What we read of a Shopify order document, as a webhook brings it or as `reading` unwraps GraphQL's answer."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AliasChoices, BeforeValidator, Field

from orderbridge.model import Amount, Units
from orderbridge.platforms.base import Many, Moment, Note, Payload, Text, spoken

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
    tax_lines: Many[Part] = ()
    discount_allocations: Many[Part] = ()


class ShippingLine(Payload):
    title: Text = ""
    price: ShopAmount
    discount_allocations: Many[Part] = ()


class Transaction(Payload):
    kind: Word
    status: Word
    # REST's plain amount is in the currency of the payment, which need not be the shop's.
    amount: ShopAmount = Field(validation_alias=AliasChoices("amount_set", "amount"))


class RefundedLine(Payload):
    id: Id | None = None
    line_item_id: Id
    quantity: Units
    restock_type: Word = ""
    location_id: Id | None = None


class Refund(Payload):
    id: Id
    note: Text = ""
    created_at: Moment | None = None
    refund_line_items: Many[RefundedLine] = ()
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
    total_price_set: TotalSet | None = None
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
