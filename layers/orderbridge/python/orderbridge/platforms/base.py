"""What a platform is: the contract that every module beside this one fulfils.

A platform declares plain tables and overrides the methods it supports. A method that is not overridden is
an unsupported capability, see `Platform.supports`. Everything that talks to the platform goes through
`orderbridge.http.Http`, which turns HTTP answers into the errors of `orderbridge.errors`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from orderbridge.errors import InvalidPayload
from orderbridge.lenient import Otherwise, problems
from orderbridge.model import LONGEST_FIELD, MAX_FIELDS, Listing, Order, Part, Store, Time
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

    def create_listing(self, content: Content, price: PriceRow | None) -> "Offer":
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

    def list_products(self, token: str = "") -> "Catalogue":
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


@dataclass(frozen=True)
class Catalogue:
    """A page of a shop's offers; `token` is "" on the last page. `sku` is the platform's and may be blank."""

    offers: list["Offer"] = field(default_factory=list)
    token: str = ""


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


class Payload(BaseModel):
    """Base of tolerant payload models: only the fields we use, unknown ones ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True)


P = TypeVar("P", bound=Payload)


def read(model: type[P], document: Any, platform: str, store: str) -> P:
    """Validate a parsed JSON document; a failure becomes InvalidPayload that names fields but quotes no values."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise invalid(error, platform, store) from None


def invalid(error: ValidationError, platform: str, store: str) -> InvalidPayload:
    """The plain reason of a pydantic error: field and problem, never the value (it may be a buyer's)."""
    where = "; ".join(f"{field or 'the document'}: {words}" for field, words in problems(error)[:3])
    return InvalidPayload(f"the payload does not fit: {where[:300]}", platform=platform, store=store)


def spoken(value: object) -> str:
    """A value of a custom field as text; "" for lists and the like, which are for programs."""
    text = _text(value)
    return text if isinstance(text, str) else ""


def fields(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Options or custom fields for people: without blank ones and those that begin with "_", which platforms hide.

    What no person reads to its end is cut, and what is beyond `MAX_FIELDS` left out; the raw document has it all.
    """
    shown = ((name.strip()[:LONGEST_FIELD], value.strip()[:LONGEST_FIELD]) for name, value in rows)
    return tuple((name, value) for name, value in shown if value and not name.startswith("_"))[:MAX_FIELDS]


def event(events: Mapping[str, Event], delivery: Delivery) -> Event:
    """What to do with a delivery. Raises InvalidPayload for a topic that the platform's table does not know."""
    family = delivery.topic.partition(".")[0] + ".*"
    kind = events.get(delivery.topic) or events.get(family)
    if kind is None:
        reason = f"the topic {delivery.topic[:60]!r} is not in the table of this platform"
        raise InvalidPayload(reason, platform=delivery.platform, store=delivery.store)
    return kind


def _text(value: object) -> object:
    """Platforms write null, and now and then a bare number, where a text is missing or looks like a number.

    Half of a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes "?": one broken letter in a note
    must not cost an order.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _iso(value: object) -> object:
    """Only text is a time: pydantic alone would take any number for seconds since 1970."""
    if value is not None and not isinstance(value, str):
        raise ValueError("a time that is no text")
    return value


TEXT = Otherwise(_text, null="")  # behind the constraints of any other text
# The field types of payload models. A text longer than any field of a shop is a mistake or an attack, not data.
Moment = Annotated[Time, BeforeValidator(_iso)]
Text = Annotated[str, StringConstraints(max_length=10_000), TEXT]
Note = Annotated[str, StringConstraints(max_length=200_000), TEXT]  # people paste whole mails there
Many = Annotated[tuple[T, ...], BeforeValidator(lambda value: () if value is None else value)]  # null is no list
