"""What is told to a shop of its listings and read back: quantities, prices, contents, and what it has on offer."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from orderbridge.model import Listing


class QuantityIs(StrEnum):
    SELLABLE = "sellable"  # the platform lowers it at its own sale
    PHYSICAL = "physical"  # the platform subtracts its own open orders itself


@dataclass(frozen=True)
class StockRow:
    """One quantity to be written: `quantity` sellable units of a listing at a platform location ("" if none).

    expected  the quantity that the platform shows now as far as we know, None when we never saw one;
              platforms with compare-and-set send it along
    """

    listing: Listing
    location: str
    quantity: int
    expected: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.listing.item_id, self.location


@dataclass(frozen=True)
class WriteCall:
    """One call that writes stock, prices or contents, exactly as it goes out and goes out again after a crash: store
    it, then send it.

    path      path below `Store.url`
    request   the raw request body, JSON text; it holds the idempotency key where the platform takes one
    key       the idempotency key: the push id and the number of the call in it
    rows      keys (item id, location) of the rows it writes, in order
    """

    path: str
    request: str
    key: str
    rows: tuple[tuple[str, str], ...]


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    STALE = "stale"  # compare-and-set failed: the platform holds another quantity than we expected
    REJECTED = "rejected"
    RETRY = "retry"  # not written, and not to blame: another row failed the call; send it again in a new push


@dataclass(frozen=True)
class RowResult:
    outcome: Outcome
    words: str = ""  # the platform's own, for a rejected row


@dataclass(frozen=True)
class Shown:
    """What a read of the platform showed for one listing at one location."""

    quantity: int


@dataclass(frozen=True)
class PriceRow:
    """What one listing shall cost, in the store's currency and in major units.

    compare_at  the higher price that the shop shows crossed out beside it, None for none
    sale        a lower price from `sale_from` (now, if None) until `sale_until` (open, if None); None for none
    """

    listing: Listing
    price: Decimal
    compare_at: Decimal | None = None
    sale: Decimal | None = None
    sale_from: datetime | None = None
    sale_until: datetime | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.listing.item_id, ""


@dataclass(frozen=True)
class ShownPrice:
    """What a read of the platform showed of one listing's price; fields as in `PriceRow`."""

    price: Decimal | None
    compare_at: Decimal | None = None
    sale: Decimal | None = None
    sale_from: datetime | None = None
    sale_until: datetime | None = None


@dataclass(frozen=True)
class Content:
    """What one listing shall say; a field that is empty is left as the shop has it.

    title   in the language of the store; a read leaves it empty where the listing has none of its own to be changed
    grams   weight of one unit; None in a read where the platform does not show it
    """

    sku: str
    title: str = ""
    barcode: str = ""
    grams: int | None = None


@dataclass(frozen=True)
class ContentRow:
    listing: Listing
    content: Content

    @property
    def key(self) -> tuple[str, str]:
        return self.listing.item_id, ""


@dataclass(frozen=True)
class Offer:
    """options  what the buyer chooses ("navy", "0.5 l"), also part of the title; barcode  GTIN, UPC, EAN, ISBN"""

    sku: str
    product_id: str
    variant_id: str
    item_id: str
    title: str
    options: tuple[str, ...] = ()
    barcode: str = ""


@dataclass(frozen=True)
class Catalogue:
    """A page of a shop's offers; `token` is "" on the last page. `sku` is the platform's and may be blank."""

    offers: list[Offer] = field(default_factory=list)
    token: str = ""
