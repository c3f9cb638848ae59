"""What a demo shop remembers: its listings with their own quantities, its sales, and what became of them.

Nothing here belongs to one platform; the documents that a platform shows are made from this, see
`shopify_orders` and `woocommerce_orders`. Amounts are Decimal in the shop's currency.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from local.shops.buyers import Buyer
from local.shops.catalogue import Product

NO_DECIMALS = frozenset({"JPY"})


class ShopRefuses(Exception):
    """The shop does not do what a person asked for; its text says why."""


class SoldOut(ShopRefuses):
    """The shop's own quantity is too small."""


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the minor unit of the currency, as shops round: half up."""
    return amount.quantize(Decimal(1) if currency in NO_DECIMALS else Decimal("0.01"), ROUND_HALF_UP)


@dataclass(frozen=True)
class Tax:
    """The shop's one tax: `rate` is a share (0.19), `included` says whether shown prices already hold it."""

    title: str
    rate: Decimal
    included: bool

    def of(self, amount: Decimal, currency: str) -> Decimal:
        """The tax in (or on top of) a shown amount, rounded per line as both platforms do by default."""
        share = self.rate / (1 + self.rate) if self.included else self.rate
        return rounded(amount * share, currency)


@dataclass
class Listing:
    """One thing offered. `sku` is what the platform shows ("" where the merchant left it blank), `quantities`
    are units by the platform's location id ("" in a shop without locations) and may be negative.

    price       what buyers pay; `compare_at` stands crossed out beside it
    sale_dates  from and until, as somebody typed them in a shop that has such dates
    named, coded, grams  what was written over the merchant's own title, barcode and weight; "" and None for nothing
    draft       it is not on sale yet
    """

    product: Product
    sku: str
    product_id: int
    variant_id: int
    item_id: int
    price: Decimal
    quantities: dict[str, int]
    tracked: bool = True
    compare_at: Decimal | None = None
    sale_dates: tuple[str, str] = ("", "")
    named: str = ""
    coded: str = ""
    grams: int | None = None
    draft: bool = False

    @property
    def title(self) -> str:
        """Of its product."""
        return self.named or self.product.family or self.product.title

    @property
    def barcode(self) -> str:
        return self.coded or self.product.barcode

    @property
    def weight(self) -> int:
        return self.product.grams if self.grams is None else self.grams

    @property
    def available(self) -> int:
        return sum(self.quantities.values())


@dataclass
class Line:
    """`quantity` is as ordered, with units that an edit removed; `taken` are the units it holds, by location."""

    id: int
    listing: Listing
    quantity: int
    unit_price: Decimal
    discount: Decimal = Decimal(0)
    removed: int = 0
    taken: dict[str, int] = field(default_factory=dict)

    @property
    def charged(self) -> Decimal:
        return self.unit_price * self.quantity - self.discount


@dataclass
class RefundLine:
    """`restock` is Shopify's word: cancel, return or no_restock; `amount` is without `tax` unless it is included."""

    id: int
    line: Line
    quantity: int
    restock: str
    location: str
    amount: Decimal
    tax: Decimal


@dataclass
class Refund:
    id: int
    at: datetime
    reason: str
    amount: Decimal  # paid back, 0 when there was nothing to pay back
    lines: list[RefundLine]


@dataclass
class Parcel:
    id: int
    at: datetime
    lines: list[tuple[Line, int]]
    location: str
    carrier: str
    tracking: str
    delivered: bool = False
    url: str = ""


@dataclass
class Return:
    """Units of one line that come back, or that a buyer wants to send back; `sent` are lines sent in their place."""

    id: int
    name: str
    status: str  # requested, open, closed, declined
    reason: str
    line: Line
    quantity: int
    row: int  # the id of its one line
    sent: list[Line]


@dataclass(frozen=True)
class Note:
    """What a person or a program wrote beside an order; `to_buyer` was sent to the buyer as well."""

    id: int
    at: datetime
    text: str
    to_buyer: bool


@dataclass(frozen=True)
class Edit:
    """A change of one line's quantity by `delta` units after the sale; 0 where its discount changed."""

    id: int
    at: datetime
    line: Line
    delta: int


@dataclass
class Sale:
    """One order of a demo shop. `version` is what the platform shows as its time of modification (whole seconds)."""

    id: int
    number: int
    buyer: Buyer
    currency: str
    tax: Tax
    lines: list[Line]
    shipping: Decimal
    created_at: datetime
    version: datetime
    paid_at: datetime | None = None
    test: bool = False
    note: str = ""
    coupon: str = ""
    presentment: tuple[str, Decimal] | None = None  # the buyer's currency, and how much of it one of ours is
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    completed_at: datetime | None = None
    deleted: bool = False
    status: str = ""  # set by hand in the shop, where the platform lets people do that
    edits: list[Edit] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    parcels: list[Parcel] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    held: str = ""  # why nothing may be shipped
    notes: list[Note] = field(default_factory=list)
    received: Decimal = Decimal(0)  # from the buyer, before anything was paid back
    told: "Parcel | Return | None" = None  # what the last event about a parcel or a return was about

    @property
    def line_tax(self) -> Decimal:
        return sum((self.tax.of(line.charged, self.currency) for line in self.lines), Decimal(0))

    @property
    def shipping_tax(self) -> Decimal:
        return self.tax.of(self.shipping, self.currency)

    @property
    def total(self) -> Decimal:
        """What is charged for everything ordered."""
        parts = sum((line.charged for line in self.lines), self.shipping)
        return parts if self.tax.included else parts + self.line_tax + self.shipping_tax

    @property
    def paid_back(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), Decimal(0))

    def refunded(self, line: Line) -> int:
        return sum(r.quantity for r in self._refund_lines() if r.line is line)

    def shipped(self, line: Line) -> int:
        return sum(n for parcel in self.parcels for sent, n in parcel.lines if sent is line)

    def open(self, line: Line) -> int:
        """Units of the line that have still to be shipped."""
        gone = sum(r.quantity for r in self._refund_lines() if r.line is line and r.restock != "return")
        return max(0, line.quantity - line.removed - gone - self.shipped(line))

    def current(self, line: Line) -> int:
        """Units that are left after edits and refunds."""
        return max(0, line.quantity - line.removed - self.refunded(line))

    def share(self, line: Line, amount: Decimal, start: int, quantity: int) -> Decimal:
        """What `quantity` units of a line's amount are worth when `start` units went before: shares add up."""
        upto = rounded(amount * (start + quantity) / line.quantity, self.currency)
        return upto - rounded(amount * start / line.quantity, self.currency)

    def _refund_lines(self) -> Iterator[RefundLine]:
        return (row for refund in self.refunds for row in refund.lines)
