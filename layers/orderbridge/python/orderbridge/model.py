"""The canonical model: what every platform's documents become.

All models are frozen and refuse unknown fields. Quantities are whole units, amounts are `Decimal` in
major units of the order's one `currency` (so that currencies cannot be mixed inside an order), times are
aware and in UTC, ids are text because platforms use numbers beyond 2**53. Names of people are never split.
"""

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from orderbridge.money import Amount, Money

MAX_UNITS = 1_000_000  # a line above this is a mistake or an attack: no shop sells a million of one SKU at once
MAX_LINES = 1000  # Shopify ends at 500; what is far beyond does not fit into one item of a table


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    try:
        return value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error


Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Time = Annotated[datetime, AfterValidator(_utc)]
Units = Annotated[int, Field(ge=0, le=MAX_UNITS, strict=True)]
Percent = Annotated[int, Field(ge=0, le=100, strict=True)]
Tolerance = Annotated[int, Field(ge=0, le=100, strict=True)]  # minor units; more than one euro is no rounding
SHARES = ("cap", "percent", "fixed")
TERMS = ("buffer", "cap", "percent")  # a store's own policy, see `Store.terms`
# What a shop adds to a line or an order: (name, value) as people read them, in the shop's order.
MAX_FIELDS, LONGEST_FIELD = 50, 2000
Fields = Annotated[tuple[tuple[str, str], ...], Field(max_length=MAX_FIELDS)]
StoreId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
LONGEST_SKU = 100
# Separators of our table keys must not occur inside an id that becomes part of a key.
SkuId = Annotated[str, StringConstraints(pattern=rf"^[^#|\x00-\x1f]{{1,{LONGEST_SKU}}}$")]
Affix = Annotated[str, StringConstraints(pattern=r"^[^#|\x00-\x1f]{0,40}$")]
Location = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]


class Canonical(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class OrderStatus(StrEnum):
    """Whether the order still stands; what happened to its money and parcels is said apart."""

    DRAFT = "draft"  # not an order yet: a checkout that may never complete; wants nothing
    OPEN = "open"
    COMPLETED = "completed"  # the platform has nothing left to do with it
    CANCELLED = "cancelled"
    DELETED = "deleted"  # gone at the source


class PaymentStatus(StrEnum):
    UNPAID = "unpaid"
    AUTHORIZED = "authorized"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    FAILED = "failed"


class FulfilledBy(StrEnum):
    MERCHANT = "merchant"
    PLATFORM = "platform"  # FBA, WFS, FBT, Full: the platform's own stock, holds nothing of ours


class Address(Canonical):
    """As the buyer wrote it; `country` is ISO 3166-1 alpha-2 where the platform gives a code, else its words."""

    name: str = ""
    company: str = ""
    lines: tuple[str, ...] = ()
    district: str = ""
    city: str = ""
    region: str = ""
    region_code: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


class Buyer(Canonical):
    id: str = ""  # "" for a guest
    name: str = ""
    email: str = ""
    phone: str = ""
    locale: str = ""


class OrderLine(Canonical):
    """One thing ordered.

    quantity   units as ordered, removed and cancelled ones included
    cancelled  units cancelled, or removed by an edit, before they were shipped
    shipped    units that the platform shows as shipped
    subtotal   quantity x price before any discount, as charged
    discount   all discounts that the platform allots to this line (its own and its share of the order's)
    platform_discount  the part of `discount` that the platform pays, not the seller
    tax_withheld       the part of `tax` that the platform collects and passes on itself: not the seller's money
    """

    id: Id
    unit_ids: tuple[str, ...] = ()  # the platform's row per unit, where it sells units as rows of their own
    product_id: str = ""
    variant_id: str = ""
    sku: str = ""  # as the platform wrote it; may be blank, may be unknown to us
    title: str = ""
    options: Fields = ()  # the variant, and what the buyer chose or wrote for this line
    quantity: Annotated[Units, Field(gt=0)]
    cancelled: Units = 0
    shipped: Units = 0
    unit_price: Amount
    subtotal: Amount
    discount: Amount = Decimal(0)
    platform_discount: Amount = Decimal(0)
    tax: Amount = Decimal(0)
    tax_withheld: Amount = Decimal(0)
    location: str = ""  # the platform's location id that this line is bound to, "" if it may ship from any
    fulfilled_by: FulfilledBy = FulfilledBy.MERCHANT
    requires_shipping: bool = True

    @property
    def wanted(self) -> int:
        """Units that the buyer still wants or already got."""
        return max(0, self.quantity - self.cancelled)


class Fee(Canonical):
    """Anything charged or credited that is neither line, shipping, tax nor discount: tip, duty, gift card (< 0), and
    `rounding`, see `balance.settled`. `tax` is its share of the order's, None where the platform does not say."""

    kind: str
    title: str = ""
    amount: Amount
    tax: Amount | None = None


class Entry(Canonical):
    """One part of a sum that the platform itself shows: what it is for, and how much; what it takes off is negative."""

    kind: str
    amount: Amount


class Part(Canonical):
    """Units of one line, as a refund, a return or a parcel names them."""

    line_id: Id
    quantity: Units


class Refund(Canonical):
    """Money given back. That units come back, or stand on the shop's shelf again, are facts of their own.

    amount   >= 0, paid back to the buyer
    made_of  what the platform says the amount is for; empty where it does not, or not yet
    buyer_amount, buyer_made_of  the same in the buyer's currency, where that is another and the platform shows it
    """

    id: Id
    amount: Amount
    made_of: tuple[Entry, ...] = ()
    buyer_amount: Money | None = None
    buyer_made_of: tuple[Entry, ...] = ()
    reason: str = ""
    created_at: Time | None = None
    lines: tuple[Part, ...] = ()


class ReturnStatus(StrEnum):
    REQUESTED = "requested"
    OPEN = "open"  # agreed to, the units are on their way or being looked at
    CLOSED = "closed"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class Return(Canonical):
    """Units that a buyer sends back, or wants to. They are stock again when the ERP has received them, not before.

    lines         what comes back
    replacements  lines of this order that are sent in its place (an exchange)
    """

    id: Id
    number: str = ""  # what people call it: "#1001-R1"
    status: ReturnStatus
    reason: str = ""
    lines: tuple[Part, ...] = ()
    replacements: tuple[Id, ...] = ()


class Restock(Canonical):
    """Units that the platform put back on its own shelf. It tells when the shop's quantity moved, nothing else."""

    id: Id
    line_id: Id
    quantity: Units
    location: str = ""  # the platform's location id, "" if it has none


class Shipment(Canonical):
    """One parcel as the platform shows it; `delivered` says that its carrier handed it over."""

    id: Id
    status: str = ""
    delivered: bool = False
    carrier: str = ""
    tracking: tuple[str, ...] = ()
    tracking_urls: tuple[str, ...] = ()
    lines: tuple[Part, ...] = ()


class Order(Canonical):
    """One order of one store, whole, as its source showed it at `version`.

    version       the source's own modification time; states are compared by it, never by arrival
    tax_included  whether lines, shipping and fees already contain `tax`
    discount      order discount that the platform does not allot to lines
    platform_discount  the part of `discount` that the platform pays
    shipping      charged for shipping, before its own discount
    shipping_tax  the part of `tax` that is on shipping; None where the platform does not say
    tax_withheld  the part of `tax`, that of the lines included, that the platform collects and passes on itself
    total         what the platform charged for the order as ordered (before refunds)
    standing      what of the total edits, refunds and cancellations have left; None where the platform does not say
    paid          what was received from the buyer, before refunds; None where the platform does not say
    buyer_total   what the buyer saw, where it is another currency; `buyer_parts` is what it is made of, empty where the
                  platform does not say
    unknown       words of the platform that its module does not know, each with what it stands for
    deducted      the platform has lowered its own quantity for this order
    """

    store: StoreId
    platform: str
    id: Id
    number: str  # what people call it: "#1001"
    group: str = ""  # the platform's cart or pack that joins several orders
    version: Time
    created_at: Time
    status: OrderStatus
    payment: PaymentStatus
    source_status: str  # the platform's own words, for people
    test: bool = False
    on_hold: bool = False
    deducted: bool = True
    currency: Annotated[str, StringConstraints(max_length=12)]
    tax_included: bool = False
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=MAX_LINES)]
    discount: Amount = Decimal(0)
    platform_discount: Amount = Decimal(0)
    shipping: Amount = Decimal(0)
    shipping_discount: Amount = Decimal(0)
    shipping_tax: Amount | None = None
    tax: Amount = Decimal(0)
    tax_withheld: Amount = Decimal(0)
    fees: tuple[Fee, ...] = ()
    total: Amount
    standing: Amount | None = None
    paid: Amount | None = None
    buyer_total: Money | None = None
    buyer_parts: tuple[Entry, ...] = ()
    buyer: Buyer | None = None
    ship_to: Address | None = None
    bill_to: Address | None = None
    shipping_method: str = ""
    note: str = ""
    fields: Fields = ()  # custom fields of the order
    cancel_reason: str = ""
    unknown: tuple[str, ...] = ()
    refunds: tuple[Refund, ...] = ()
    returns: tuple[Return, ...] = ()
    restocks: tuple[Restock, ...] = ()
    shipments: tuple[Shipment, ...] = ()


class Terms(Canonical):
    """What of a SKU's stock may be offered; what is None is not said here, see `orderbridge.stock.terms`.

    buffer   units that are never offered
    cap, percent, fixed   the share, one of them at most: at most so many units; at most such a part of what there is,
             rounded down; so many units, set apart: no other store offers these
    """

    buffer: Units | None = None
    cap: Units | None = None
    percent: Percent | None = None
    fixed: Units | None = None

    @model_validator(mode="after")
    def _one_share(self) -> Self:
        if len(given := [name for name in SHARES if getattr(self, name) is not None]) > 1:
            raise ValueError(f"a share is one of {', '.join(SHARES)}; here are {' and '.join(given)}")
        return self

    @property
    def shares(self) -> bool:
        return any(getattr(self, name) is not None for name in SHARES)


class Rules(Canonical):
    """How a store writes SKUs otherwise than we do, see `orderbridge.matching`.

    strip_*, add_*  taken off the written SKU, and put on it; both: one in place of the other, where it is there
    ignore_case     the written SKU may be in capitals or small letters, whatever ours is
    """

    strip_prefix: Affix = ""
    add_prefix: Affix = ""
    strip_suffix: Affix = ""
    add_suffix: Affix = ""
    ignore_case: bool = False

    @property
    def said(self) -> bool:
        return self != Rules()


class Store(Canonical):
    """One of the merchant's shops.

    locations     the platform's location id -> our locations whose units it may sell: one, the sum of some, or with
                  an empty tuple all of them; a platform without locations uses the single key ""
    buffer        units per SKU that this store never offers
    cap, percent  the store's share of each SKU, see `Terms`; one of them at most
    connected_at  orders created before it hold nothing and go nowhere
    prices, products, creates  whether we tell it prices and contents, and offer there what it does not have yet; only
                  where the merchant has said so
    language      of the names of products that it is told
    rules, mapping_file  how it writes SKUs: by rules; whether rows of a mapping file say it, see `tables.spellings`
    tolerance     minor units by which an order's parts may differ from its total: up to it the difference becomes a
                  rounding line of the order, above it the order is held. 1 by default: a total that is rounded once
                  differs from a sum of rounded parts by that much at least now and then
    tells_parcels   the shop is told what left for its orders, where its platform can be
    notifies_buyer  and is asked to write to the buyer about it
    """

    id: StoreId
    platform: str
    name: str = ""
    url: str
    currency: str
    locations: dict[str, tuple[Location, ...]] = {"": ()}
    buffer: Units = 0
    cap: Units | None = None
    percent: Percent | None = None
    tolerance: Tolerance = 1
    connected_at: Time
    paused: str = ""  # why we do not push to it at present, "" when we do
    rules: Rules = Rules()
    mapping_file: bool = False
    tells_parcels: bool = True
    notifies_buyer: bool = True
    prices: bool = False
    products: bool = False
    creates: bool = False
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] = "en"

    @property
    def terms(self) -> Terms:
        return Terms(buffer=self.buffer, cap=self.cap, percent=self.percent)

    @model_validator(mode="after")
    def _one_share(self) -> Self:
        if self.cap is not None and self.percent is not None:
            raise ValueError("a share is a cap or a percentage, not both")
        return self


class Kit(Canonical):
    """A SKU that is packed from others, which may be kits, when it is sold: component SKU -> units in one kit."""

    sku: SkuId
    components: dict[SkuId, Annotated[int, Field(gt=0, le=MAX_UNITS, strict=True)]] = Field(min_length=1)


class Listing(Canonical):
    """A SKU offered in a store, by the platform's own ids.

    item_id  the id that stock is written to (Shopify: inventory item); where a platform has none of its
             own it is the variant or else the product
    barcode  as the shop shows it; only suggestions look at it
    """

    store: StoreId
    sku: SkuId
    product_id: Id
    variant_id: str = ""
    item_id: Id
    title: str = ""
    barcode: str = ""
