"""What a platform is: the contract that every one of them fulfils.

A platform declares plain tables and overrides the methods it supports. A method that is not overridden is
an unsupported capability, see `Platform.supports`. Everything that talks to the platform goes through
`orderbridge.http.Http`, which turns HTTP answers into the errors of `orderbridge.errors`.

Here are the words of orders and events. Those of stock, prices and contents are in `listings`; how a platform's
documents are read is in `payloads`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from orderbridge.errors import InvalidPayload
from orderbridge.model import Listing, Order, Part, Store
from orderbridge.platforms.listings import (
    Catalogue,
    Content,
    ContentRow,
    Offer,
    PriceRow,
    QuantityIs,
    RowResult,
    Shown,
    ShownPrice,
    StockRow,
    WriteCall,
)
from orderbridge.tokens import Tokens

if TYPE_CHECKING:
    from orderbridge.http import Http

T = TypeVar("T")


@dataclass(frozen=True)
class Inbound:
    """How the platform signs and expects to be answered; written as plain data beside the signing keys.

    scheme             a name in `orderbridge.signatures`
    signature_headers  lower case, the first one present counts
    topic_header       lower case header that names the event
    unsigned_ping      a handshake that the platform sends without signature: content type and body prefix
    """

    scheme: str
    signature_headers: tuple[str, ...]
    topic_header: str
    unsigned_ping: tuple[str, str] | None = None
    answer_status: int = 200


class Source(StrEnum):
    WEBHOOK = "webhook"
    POLL = "poll"
    TOLD = "told"  # fetched after the shop was told something


@dataclass(frozen=True)
class Delivery:
    """One webhook call or poll hit: the raw body as it came, and what came with it."""

    store: str
    platform: str
    topic: str
    body: bytes
    received_at: datetime
    source: Source = Source.WEBHOOK


class Event(StrEnum):
    """What we do with an event of the platform's table."""

    ORDER = "order"  # the body is the whole order
    ORDER_ID = "order_id"  # the body only names the order: fetch it
    STOCK = "stock"  # the body shows how many of a listing the shop has to sell
    LOOK = "look"  # the body says that something happened to a listing, and not what: read it
    IGNORED = "ignored"  # known, and nothing to do


@dataclass(frozen=True)
class Hint:
    """An order that has to be fetched: its id, and the version it must have reached, if that is known.

    deleted  the event says that the order is gone, so that its platform not knowing it is no surprise
    part     the platform's id of something of an order that the event names instead (`order_id` is ""):
             `Platform.order_of` finds its order
    """

    order_id: str
    version: datetime | None = None
    deleted: bool = False
    part: str = ""


@dataclass(frozen=True)
class Seen:
    """What the platform shows now of one listing at one of its locations ("" if it has none)."""

    item_id: str
    location: str
    units: int


@dataclass(frozen=True)
class Look:
    """Something was said about a listing: read it. `words` are the platform's, of errors; "" for none."""

    item_id: str
    words: str = ""


@dataclass(frozen=True)
class Notified:
    """What a message of a platform's own bus says of itself.

    account  whose it is, in the words of `Platform.account`; only the first of its parts where the message says no
             more, and then it is for all stores that have this part
    topic    a key of the platform's EVENTS
    """

    account: str
    topic: str


@dataclass(frozen=True)
class Cursor:
    """Where a list of orders continues: everything modified at or after `since`, at page `token`."""

    since: datetime
    token: str = ""


@dataclass(frozen=True)
class Page(Generic[T]):
    items: list[T]
    next: Cursor | None = None


@dataclass(frozen=True)
class Parcel:
    """Units of an order that left together, as the platform of the order is told.

    reference  ours, the same whenever the parcel is told
    lines      lines of the platform's order, with units
    carrier    its name as the ERP writes it
    location   the platform's location id that it left from, "" if it has none, or nobody knows which
    complete   with it everything has left that the order wants
    """

    reference: str
    lines: tuple[Part, ...]
    shipped_at: datetime
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""
    location: str = ""
    complete: bool = False


class Sending(StrEnum):
    ACTIVE = "active"
    DISABLED = "disabled"  # the platform has given up: too many deliveries failed
    PAUSED = "paused"  # a person in the shop wants it so


@dataclass(frozen=True)
class Subscription:
    """Where the platform sends the events of one topic. Our address ends with the store's token: it is a secret."""

    id: str
    topic: str
    address: str = field(repr=False)
    state: Sending = Sending.ACTIVE


class Platform:
    """One platform for one store. Subclasses are found by their module's name, see `orderbridge.platforms`.

    INBOUND         None for a platform that calls no address of ours: it writes to a bus, see `account` and `notified`
    EVENTS          topic -> what we do with it; the key "product.*" stands for every topic that begins with product.
    WEBHOOK_HIDES   fields of Order that a webhook's document never shows: an order that has them is fetched instead
    COMPARE_AND_SET whether a stock write names the quantity that it replaces, see `StockRow.expected`
    STOCK_BATCH     rows in one stock call at most; so PRICE_BATCH and CONTENT_BATCH
    PRICE_PARTS     what it keeps of a price beside the price itself: compare_at; sale, with its dates. Of what is not
                    there `PriceRow` holds nothing: a sale is then told as the price, when it begins and when it ends
    WRITES_SETTLE   how long after an accepted write a read may still show what was there before it
    SHOWS_PARCELS   whether a fetched order shows the parcels that were told; if not, `push_shipment` itself sees to it
                    that nothing is told twice
    VOID_PARCELS    words of `Shipment.status` for a parcel that did not leave after all
    ORDERS_PAGE     orders in one page of `orders_since`
    POLL_EVERY      how long after a complete poll the next one begins, where calls of `orders_since` are scarce; at
                    most 20 minutes, as `OldestPoll` alarms after 30; 0: with every schedule
    ORDERS_OVERLAP  how far before its last beginning a poll reads again: the most by which the platform's clock may be
                    behind ours, and by which its list of orders may be late in showing a change
    NUMBERS_FOLLOW  whether orders are numbered one by one, so that a number that is missing is an order that is missing
    Credentials     the fields of the store's `api` secret; secrets are SecretStr
    """

    name: ClassVar[str]
    INBOUND: ClassVar[Inbound | None]
    EVENTS: ClassVar[Mapping[str, Event]]
    WEBHOOK_HIDES: ClassVar[frozenset[str]] = frozenset()
    QUANTITY_IS: ClassVar[QuantityIs] = QuantityIs.SELLABLE
    COMPARE_AND_SET: ClassVar[bool] = False
    STOCK_BATCH: ClassVar[int] = 1
    PRICE_BATCH: ClassVar[int] = 1
    CONTENT_BATCH: ClassVar[int] = 1
    PRICE_PARTS: ClassVar[frozenset[str]] = frozenset({"compare_at"})
    WRITES_SETTLE: ClassVar[timedelta] = timedelta(0)
    SHOWS_PARCELS: ClassVar[bool] = True
    VOID_PARCELS: ClassVar[frozenset[str]] = frozenset()
    ORDERS_PAGE: ClassVar[int] = 50
    POLL_EVERY: ClassVar[timedelta] = timedelta(0)
    ORDERS_OVERLAP: ClassVar[timedelta] = timedelta(minutes=10)
    NUMBERS_FOLLOW: ClassVar[bool] = False
    Credentials: ClassVar[type[BaseModel]]

    def __init__(self, store: Store, credentials: BaseModel, http: "Http", tokens: Tokens | None = None) -> None:
        """`credentials` is an instance of this class's `Credentials`; `tokens` keeps those that live for an hour."""
        self.store, self.credentials, self.http = store, credentials, http
        self.tokens = tokens or Tokens()

    @classmethod
    def supports(cls, capability: str) -> bool:
        ours, theirs = getattr(Platform, capability), getattr(cls, capability)
        # A class method is another object each time one asks for it; what it calls is not.
        return getattr(theirs, "__func__", theirs) is not getattr(ours, "__func__", ours)

    @classmethod
    def signing_key(cls, secret: str) -> str:
        """The key that signs, made from the secret as the merchant sees it in the shop."""
        return secret

    def parse(self, delivery: Delivery) -> Sequence[Order | Hint | Seen | Look]:
        """Canonical orders of a delivery; a Hint where the body does not hold the whole order; what the shop shows of
        a listing, or that it is to be read; nothing for an event that is ignored. Raises InvalidPayload, and nothing
        else, for what it cannot understand."""
        raise self._unsupported("parse")

    def order_of(self, part: str) -> str | None:
        """The id of the order that a part belongs to, None when the platform does not show it (yet)."""
        raise self._unsupported("order_of")

    def fetch(self, order_id: str) -> Order | None:
        """The order as it is now, None when the platform says that it does not exist (any more)."""
        raise self._unsupported("fetch")

    def orders_since(self, cursor: Cursor) -> Page[Order | Hint]:
        """Orders of every status modified since, oldest modification first."""
        raise self._unsupported("orders_since")

    def still_there(self, order_ids: Sequence[str]) -> set[str]:
        """Which of these orders the platform shows, many in one call; of the others only `fetch` says that they are
        gone."""
        raise self._unsupported("still_there")

    def stock_calls(self, rows: Sequence[StockRow], push_id: str) -> list[WriteCall]:
        """The calls that write these rows, each within the platform's limits. Pure: sends nothing, and the same
        rows and push id give the same bytes. A new push, also of the same rows, needs a new push id."""
        raise self._unsupported("stock_calls")

    def push_stock(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        """Send one call; the same call may be sent again after a crash.

        Returns a result for every key in `call.rows`. Raises Rejected when the platform refuses the whole call
        without naming a row.
        """
        raise self._unsupported("push_stock")

    def read_listings(self, listings: Sequence[Listing]) -> dict[tuple[str, str], Shown]:
        """What the platform shows now, by (item id, location); a listing that is gone is left out."""
        raise self._unsupported("read_listings")

    def price_calls(self, rows: Sequence[PriceRow], push_id: str) -> list[WriteCall]:
        """As `stock_calls`, for prices; keys of rows are (item id, "")."""
        raise self._unsupported("price_calls")

    def push_prices(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        """As `push_stock`."""
        raise self._unsupported("push_prices")

    def read_prices(self, listings: Sequence[Listing]) -> dict[str, ShownPrice]:
        """What the platform shows now, by item id; a listing that is gone is left out."""
        raise self._unsupported("read_prices")

    def content_calls(self, rows: Sequence[ContentRow], push_id: str) -> list[WriteCall]:
        """As `stock_calls`, for titles, barcodes and weights; keys of rows are (item id, "")."""
        raise self._unsupported("content_calls")

    def push_contents(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        """As `push_stock`."""
        raise self._unsupported("push_contents")

    def read_contents(self, listings: Sequence[Listing]) -> dict[str, Content]:
        """What the platform shows now, by item id; a listing that is gone is left out."""
        raise self._unsupported("read_contents")

    def create_listing(self, content: Content, price: PriceRow | None) -> Offer:
        """Offer a SKU that the shop does not have, unpublished; one that is there already under this SKU is returned.

        Raises Rejected with the platform's words.
        """
        raise self._unsupported("create_listing")

    def push_shipment(self, order: Order, parcel: Parcel) -> None:
        """Tell the platform of a parcel. `order` is as `fetch` shows it now, and shows no such parcel.

        A parcel of which the platform shows a part is told with the rest, under the same tracking. Raises Rejected
        with the platform's words.
        """
        raise self._unsupported("push_shipment")

    def push_tracking(self, order: Order, shipment: str, parcel: Parcel) -> None:
        """Tell carrier and tracking, or others than before, of a parcel that the platform shows: its id is `shipment`.

        Without it what is found out later stays with us. Raises Rejected with the platform's words.
        """
        raise self._unsupported("push_tracking")

    @classmethod
    def account(cls, store: Store, credentials: BaseModel) -> str:
        """By which messages of the platform's bus that are for this store are known, part by part with # in between:
        seller#marketplace."""
        raise TypeError(f"{cls.name} does not support account; ask supports() first")

    @classmethod
    def notified(cls, document: Any) -> Notified:
        """Whose a message of the platform's bus is, and what it is about. Raises InvalidPayload."""
        raise TypeError(f"{cls.name} does not support notified; ask supports() first")

    def list_products(self, token: str = "") -> Catalogue:
        """One page of what the shop offers, for `orderbridge listing import`."""
        raise self._unsupported("list_products")

    def check(self) -> list[str]:
        """Problems with credentials, scopes, locations and currency in plain words; empty when all is well."""
        raise self._unsupported("check")

    @classmethod
    def wanted_topics(cls, *, stock: bool = False) -> list[str]:
        """What a store is to be subscribed to: all that tells of orders and of what became of our writes, and with
        `stock` of quantities as well.

        Quantities cost a call for every change, and most changes are our own.
        """
        wanted = {Event.ORDER, Event.ORDER_ID, Event.LOOK, Event.STOCK if stock else Event.ORDER}
        return [topic for topic, kind in cls.EVENTS.items() if kind in wanted]

    def subscriptions(self) -> list[Subscription]:
        """Every webhook that the platform shows to these credentials, to whatever address it goes."""
        raise self._unsupported("subscriptions")

    def missing_scopes(self) -> dict[str, str]:
        """Topic, also of quantities -> the scope that these credentials lack to be subscribed to it."""
        raise self._unsupported("missing_scopes")

    def subscribe(self, topic: str, address: str, key: str) -> None:
        """Have a topic sent to an address, signed with `key` where the platform lets us choose.

        Raises Rejected when the platform refuses this topic or address; so do the two below.
        """
        raise self._unsupported("subscribe")

    def repair(self, subscription: Subscription, address: str, key: str) -> None:
        """Make a subscription active, with this address and key."""
        raise self._unsupported("repair")

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a subscription."""
        raise self._unsupported("unsubscribe")

    def _unsupported(self, capability: str) -> Exception:
        return TypeError(f"{self.name} does not support {capability}; ask supports() first")


def event(events: Mapping[str, Event], delivery: Delivery) -> Event:
    """What to do with a delivery. Raises InvalidPayload for a topic that the platform's table does not know."""
    family = delivery.topic.partition(".")[0] + ".*"
    kind = events.get(delivery.topic) or events.get(family)
    if kind is None:
        reason = f"the topic {delivery.topic[:60]!r} is not in the table of this platform"
        raise InvalidPayload(reason, platform=delivery.platform, store=delivery.store)
    return kind
