"""What we read of an Amazon order document, Orders API 2026-01-01, as `getOrder` and `searchOrders` show it.

Only five fields are always there (model of 2026-08-05): the rest depends on the roles of the application, on who
fulfils the order, and on its status: a PENDING order has neither amounts nor address.
"""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel

from orderbridge import model
from orderbridge.money import Amount
from orderbridge.platforms.payloads import Many, Moment, Note, Payload, Text

PLATFORM = "amazon"
FACILITATOR = "MARKETPLACE_FACILITATOR"

OrderId = Annotated[Text, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,50}$")]
Sku = Annotated[Text, StringConstraints(pattern=r"^[^\x00-\x1f]{1,100}$")]
Quantity = Annotated[int, Field(strict=True, ge=0, le=model.MAX_UNITS)]


class Document(Payload):
    model_config = ConfigDict(alias_generator=to_camel)


class Money(Document):
    amount: Amount
    currency: Text = Field(validation_alias="currencyCode")


class Detail(Document):
    subtype: Text = ""
    value: Money | None = None


class Breakdown(Document):
    """One part of what is charged. `status` is that of a tip: PENDING until it is charged."""

    type: Text
    subtotal: Money
    status: Text = ""
    detailed_breakdowns: Many[Detail] = ()


class Proceeds(Document):
    """Of an item `proceeds_total`, of the order `grand_total`."""

    proceeds_total: Money | None = None
    grand_total: Money | None = None
    breakdowns: Many[Breakdown] = ()


class Price(Document):
    unit_price: Money | None = None


class Customization(Document):
    customized_url: Text = ""


class Product(Document):
    asin: Text = ""
    title: Text = ""
    seller_sku: Text = ""
    price: Price | None = None
    customization: Customization | None = None


class CancellationNote(Document):
    requester: Text = ""
    cancelled_by: Text = ""
    cancel_reason: Note = ""


class Cancellation(Document):
    cancellation_request: CancellationNote | None = None
    cancellation_execution: CancellationNote | None = None


class GiftOption(Document):
    gift_message: Note = ""
    gift_wrap_level: Text = ""


class Packing(Document):
    gift_option: GiftOption | None = None


class ItemFulfillment(Document):
    quantity_fulfilled: Quantity = 0
    quantity_unfulfilled: Quantity | None = None
    packing: Packing | None = None


class TaxCollection(Document):
    model: Text = ""


class ItemTax(Document):
    tax_collections: Many[TaxCollection] = ()


class Item(Document):
    order_item_id: OrderId
    quantity_ordered: Quantity
    product: Product
    proceeds: Proceeds | None = None
    cancellation: Cancellation | None = None
    fulfillment: ItemFulfillment | None = None
    tax: ItemTax | None = None

    @property
    def withheld(self) -> bool:
        """Whether Amazon collects the tax of this item and passes it on itself."""
        return self.tax is not None and any(one.model == FACILITATOR for one in self.tax.tax_collections)


class Address(Document):
    name: Text = ""
    company_name: Text = ""
    address_line1: Text = ""
    address_line2: Text = ""
    address_line3: Text = ""
    city: Text = ""
    district_or_county: Text = ""
    municipality: Text = ""
    state_or_region: Text = ""
    postal_code: Text = ""
    country_code: Text = ""
    phone: Text = ""


class DeliveryPreference(Document):
    drop_off_location: Text = ""
    address_instruction: Note = ""


class Recipient(Document):
    delivery_address: Address | None = None
    delivery_preference: DeliveryPreference | None = None


class Buyer(Document):
    buyer_name: Text = ""
    buyer_email: Text = ""
    buyer_company_name: Text = ""
    buyer_purchase_order_number: Text = ""


class Window(Document):
    latest_date_time: Text = ""


class Fulfillment(Document):
    fulfillment_status: Text = ""
    fulfilled_by: Text = ""
    fulfillment_service_level: Text = ""
    ship_by_window: Window | None = None


class PackageStatus(Document):
    status: Text = ""
    detailed_status: Text = ""


class PackageItem(Document):
    order_item_id: OrderId
    quantity: Quantity


class Package(Document):
    package_reference_id: OrderId
    package_status: PackageStatus | None = None
    carrier: Text = ""
    tracking_number: Text = ""
    package_items: Many[PackageItem] = ()


class Channel(Document):
    channel_name: Text = ""
    marketplace_id: Text = ""


class Alias(Document):
    alias_id: Text = ""
    alias_type: Text = ""


class Associated(Document):
    order_id: Text = ""
    association_type: Text = ""


class OrderVersion(Document):
    order_id: OrderId
    last_updated_time: Moment


class OrderDocument(OrderVersion):
    created_time: Moment
    order_aliases: Many[Alias] = ()
    programs: Many[Text] = ()
    associated_orders: Many[Associated] = ()
    sales_channel: Channel
    buyer: Buyer | None = None
    recipient: Recipient | None = None
    proceeds: Proceeds | None = None
    fulfillment: Fulfillment | None = None
    order_items: tuple[Item, ...]
    packages: Many[Package] = ()
