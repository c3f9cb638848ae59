"""Amazon: the Selling Partner API, for one seller in one marketplace.

https://developer-docs.amazon.com/sp-api · models: selling-partner-api-models of 2026-08-05

Quirks, by 2026-08:
- Amazon calls no address of ours. It writes to a queue or an event bus (`notifications.py`), without a signature: who
  may write there is all that guards it. A message names what changed; the order is fetched.
- A search is worth three minutes (0.0056 a second, 20 at once) and holds whole orders; `getOrder` two seconds. So
  messages are followed by `getOrder`, and the search is for polls alone. It shows nothing of the last two minutes.
- Orders of every marketplace of the seller come from one address; an order that another shop sold and Amazon only sends
  (NON_AMAZON) is among them, and is no sale of this store.
- A write of a listing is taken (ACCEPTED) and done minutes later; what is wrong with it comes as a message
  (LISTINGS_ITEM_ISSUES_CHANGE), or never. There is no compare-and-set and no idempotency key. A call holds absolute
  numbers, so the same call again says the same again; whoever repeats one does so before any newer one is made
  (`pushing`), and what a sale took in between is seen by the read after it.
- A 429 has no Retry-After, and only sometimes the rate. An expired token is a 403 like any other.
- A listing is known by the seller's SKU; an ASIN may be offered under several, so it identifies nothing of ours.
- Searches of listings end at 1,000: a longer catalogue is read by the time of creation.
- Titles belong to the product page, which all sellers of an ASIN share: what one of them writes need not be what is
  shown. So contents are not written, and listings are not created: that needs the attributes of a product type.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from pydantic import BaseModel

from orderbridge import jsontext
from orderbridge.errors import AuthFailed, InvalidPayload, Rejected, TemporaryFailure
from orderbridge.http import NotFound
from orderbridge.model import Listing, Order, Store
from orderbridge.platforms import base
from orderbridge.platforms.amazon import listings as offers
from orderbridge.platforms.amazon import notifications, parcels, subscribing
from orderbridge.platforms.amazon.access import Access, AmazonCredentials
from orderbridge.platforms.amazon.documents import PLATFORM, OrderVersion
from orderbridge.platforms.amazon.order import canonical, document
from orderbridge.platforms.base import Delivery, Event, Hint, Look, Notified, Parcel, Seen, Subscription
from orderbridge.platforms.listings import (
    Catalogue,
    Outcome,
    PriceRow,
    RowResult,
    Shown,
    ShownPrice,
    StockRow,
    WriteCall,
)
from orderbridge.platforms.payloads import read

if TYPE_CHECKING:
    from orderbridge.http import Http
    from orderbridge.tokens import Tokens

_ORDERS = "/orders/2026-01-01/orders"
_ALL = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
_SEARCH_REST = 180.0  # seconds that one search costs; see Quirks
_FEED_REST = 120.0
_UNSEEN = timedelta(minutes=3)  # what a search leaves out, and a little for clocks
_PAGE = 20  # listings in one answer, and SKUs in one question
_MOST = 1000  # listings that one search pages through


class Amazon(base.Platform):
    """One seller in one marketplace; it has no locations, so that the store's only one is ""."""

    name = PLATFORM
    INBOUND = None
    EVENTS: ClassVar = notifications.EVENTS
    STOCK_BATCH = 2000  # a feed takes 25,000; an attempt is written down as one item of a table, of 400 kB
    PRICE_BATCH = 2000
    PRICE_PARTS = frozenset({"sale"})
    # "It takes few minutes" (selling-partner-api-docs issue 2167); a feed longer, as it waits for others before it.
    WRITES_SETTLE = timedelta(minutes=15)
    ORDERS_PAGE = 100
    ORDERS_OVERLAP = timedelta(minutes=15)
    POLL_EVERY = timedelta(minutes=10)  # of 483 searches a day 144 are for polls, the rest for pages and for haste
    Credentials = AmazonCredentials
    credentials: AmazonCredentials

    def __init__(self, store: Store, credentials: BaseModel, http: "Http", tokens: "Tokens | None" = None) -> None:
        super().__init__(store, credentials, http, tokens)
        self._api = Access(store, self.credentials, http, self.tokens)

    @classmethod
    def account(cls, store: Store, credentials: BaseModel) -> str:
        assert isinstance(credentials, AmazonCredentials)
        return f"{credentials.seller_id}#{credentials.marketplace_id}"

    @classmethod
    def notified(cls, document: Any) -> Notified:
        return notifications.notified(document)

    def parse(self, delivery: Delivery) -> list[Order | Hint | Seen | Look]:
        kind = base.event(self.EVENTS, delivery)
        if kind is Event.IGNORED:
            return []
        body = jsontext.read(delivery.body, platform=PLATFORM, store=self.store.id)
        return [*notifications.items(kind, delivery.topic, body, self.store.id)]

    def fetch(self, order_id: str) -> Order | None:
        try:
            answer = self._api.call("GET", f"{_ORDERS}/{quote(order_id, safe='')}", {"includedData": _ALL})
        except NotFound as missing:
            if missing.code:
                return None
            raise
        return canonical(document(self._read(answer).get("order"), self.store), self.store)

    def orders_since(self, cursor: base.Cursor) -> base.Page[Order | Hint]:
        """Whole orders: the search has them anyway, and a second look at each would cost two seconds."""
        since = min(cursor.since, datetime.now(UTC) - _UNSEEN)
        query = {
            "lastUpdatedAfter": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "marketplaceIds": self.credentials.marketplace_id,
            "maxResultsPerPage": str(self.ORDERS_PAGE),
            "includedData": _ALL,
            **({"paginationToken": cursor.token} if cursor.token else {}),
        }
        page = self._read(self._api.call("GET", _ORDERS, query, patience=_SEARCH_REST))
        token = (page.get("pagination") or {}).get("nextToken") or ""
        if token and token == cursor.token:
            # Going on would read this page for ever; ending here would say that all was read.
            raise TemporaryFailure("the platform's list of orders comes to the same page again", **self._where)
        found = [self._listed(order) for order in page.get("orders") or ()]
        return base.Page(found, base.Cursor(since, token) if token else None)

    def _listed(self, order: Any) -> Order | Hint:
        """An order of a list; one that cannot be read is fetched later, and quarantined by itself."""
        try:
            return canonical(document(order, self.store), self.store)
        except InvalidPayload:
            known = read(OrderVersion, order, PLATFORM, self.store.id)
            return Hint(known.order_id, known.last_updated_time)

    def stock_calls(self, rows: Sequence[StockRow], push_id: str) -> list[WriteCall]:
        patches = [(row.listing, offers.stock_patch(row)) for row in rows]
        return self._calls(patches, push_id, self.STOCK_BATCH)

    def price_calls(self, rows: Sequence[PriceRow], push_id: str) -> list[WriteCall]:
        marketplace, currency = self.credentials.marketplace_id, self.store.currency
        patches = [(row.listing, offers.price_patch(row, marketplace, currency)) for row in rows]
        return self._calls(patches, push_id, self.PRICE_BATCH)

    def _calls(self, patches: Sequence[tuple[Listing, dict[str, Any]]], push_id: str, batch: int) -> list[WriteCall]:
        return offers.calls(patches, self.credentials.seller_id, self.credentials.marketplace_id, push_id, batch)

    def push_stock(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return self._push(call)

    def push_prices(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return self._push(call)

    def _push(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        if call.path == offers.FEEDS:
            self._feed(call.request)
            return {row: RowResult(Outcome.ACCEPTED) for row in call.rows}
        answer = self._api.call("PATCH", call.path, body=call.request)
        result = offers.result(self._api.document(answer))
        if result is None:
            raise self._api.failure("the platform's answer does not say what became of the change", answer)
        return dict.fromkeys(call.rows, result)

    def _feed(self, text: str) -> None:
        """Upload the document to the place that Amazon names, without our token, and have it worked off."""
        wanted = jsontext.write({"contentType": "application/json"})
        place = self._read(self._api.call("POST", "/feeds/2021-06-30/documents", body=wanted))
        try:
            uploaded = self.http.at(str(place["url"])).call("PUT", "", body=text)
        except AuthFailed as late:
            # The address itself is the right to write there, for five minutes: nothing is wrong with our credentials.
            raise TemporaryFailure(f"the feed's document is refused: {late.reason}", **self._where) from None
        if uploaded.content:
            raise self._api.failure("the feed's document went to somebody who answers", uploaded)
        feed = {
            "feedType": "JSON_LISTINGS_FEED",
            "marketplaceIds": [self.credentials.marketplace_id],
            "inputFeedDocumentId": str(place["feedDocumentId"]),
        }
        self._read(self._api.call("POST", offers.FEEDS, body=jsontext.write(feed), patience=_FEED_REST))

    def read_listings(self, listings: Sequence[Listing]) -> dict[tuple[str, str], Shown]:
        found = self._items([one.item_id for one in listings], "fulfillmentAvailability")
        known = {sku: offers.units(item) for sku, item in found.items()}
        return {(sku, ""): Shown(units) for sku, units in known.items() if units is not None}

    def read_prices(self, listings: Sequence[Listing]) -> dict[str, ShownPrice]:
        found = self._items([one.item_id for one in listings], "attributes")
        return {sku: offers.shown_price(item, self.credentials.marketplace_id) for sku, item in found.items()}

    def _items(self, skus: Sequence[str], part: str) -> dict[str, dict[str, Any]]:
        """Listings by SKU. What a search leaves out, or cannot be asked for, is asked for by itself: a listing is gone
        only when Amazon says so."""
        found: dict[str, dict[str, Any]] = {}
        plain = offers.quotable(skus)
        for start in range(0, len(plain), _PAGE):
            asked = {"identifiers": ",".join(plain[start : start + _PAGE]), "identifiersType": "SKU"}
            page = self._search({**asked, "includedData": part})
            found |= {str(item["sku"]): item for item in page.get("items") or ()}
        for sku in [sku for sku in skus if sku not in found]:
            if item := self._item(sku, part):
                found[sku] = item
        return {sku: found[sku] for sku in skus if sku in found}

    def _item(self, sku: str, part: str) -> dict[str, Any] | None:
        path = offers.item_path(self.credentials.seller_id, sku, self.credentials.marketplace_id)
        try:
            return self._read(self._api.call("GET", f"{path}&includedData={part}"))
        except NotFound as missing:
            if not missing.code:
                raise
            return None

    def _search(self, query: Mapping[str, str]) -> dict[str, Any]:
        path = f"{offers.ITEMS}/{quote(self.credentials.seller_id, safe='')}"
        common = {"marketplaceIds": self.credentials.marketplace_id, "pageSize": str(_PAGE)}
        return self._read(self._api.call("GET", path, {**common, **query}))

    def list_products(self, token: str = "") -> Catalogue:
        """The token is: created after, listings seen since then, Amazon's own token.

        What lies in Amazon's warehouses is left out: a quantity of ours would take it out of them (see `listings`).
        """
        after, seen, page_token = token.split("|", 2) if token else ("", "0", "")
        query = {
            "includedData": "summaries,attributes,fulfillmentAvailability",
            "sortBy": "createdDate",
            "sortOrder": "ASC",
        }
        query |= {"createdAfter": after} if after else {}
        page = self._search(query | ({"pageToken": page_token} if page_token else {}))
        items = page.get("items") or []
        ours = [offers.offer_of(item) for item in items if not offers.sent_by_amazon(item)]
        count, more = int(seen) + len(items), (page.get("pagination") or {}).get("nextToken") or ""
        if count < _MOST:
            return Catalogue(ours, f"{after}|{count}|{more}" if more else "")
        last = str(items[-1]["summaries"][0]["createdDate"]) if items else after
        if last == after:
            raise Rejected(f"more listings than Amazon shows were created at {last[:40]}", **self._where)
        return Catalogue(ours, f"{last}|0|")

    def push_shipment(self, order: Order, parcel: Parcel) -> None:
        """Told again, the same parcel is changed and not doubled, see `parcels.reference`."""
        path = f"/orders/v0/orders/{quote(order.id, safe='')}/shipmentConfirmation"
        answer = self._api.call("POST", path, body=parcels.body(parcel, self.credentials.marketplace_id))
        if answer.status != 204:
            raise self._api.failure("the platform's answer does not confirm the parcel", answer)

    def check(self) -> list[str]:
        try:
            shown = self._read(self._api.call("GET", "/sellers/v1/marketplaceParticipations"))
        except AuthFailed as refused:
            return [f"the credentials do not work: {refused.reason}"]
        except Rejected as refused:
            return [f"Amazon does not say where the seller sells, is the address right? {refused.reason}"]
        problems = [*self._participation(shown.get("payload") or [])]
        problems += self._refusal("read its listings", self._search, {"includedData": "summaries"})
        # No order has this number: who may read orders is told so, who may not is refused.
        problems += self._refusal("read orders", self.fetch, "000-0000000-0000000")
        if set(self.store.locations) != {""}:
            problems.append("Amazon has no locations here: the store's only location must be the empty one")
        return problems

    def _participation(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
        marketplace = self.credentials.marketplace_id
        here = next((row for row in rows if row["marketplace"]["id"] == marketplace), None)
        if here is None:
            yield f"the seller has no marketplace {marketplace} at this address"
            return
        if not here["participation"]["isParticipating"]:
            yield f"the seller does not sell in marketplace {marketplace}"
        if here["participation"].get("hasSuspendedListings"):
            yield "Amazon has suspended listings of the seller"
        currency = here["marketplace"]["defaultCurrencyCode"]
        if currency != self.store.currency:
            yield f"the marketplace's currency is {currency}, the store was added with {self.store.currency}"

    def _refusal(self, what: str, ask: Any, *arguments: Any) -> list[str]:
        try:
            ask(*arguments)
        except AuthFailed as refused:
            return [f"the application may not {what}, it lacks a role: {refused.reason}"]
        except NotFound as missing:
            return [] if missing.code else [f"cannot {what}: {missing.reason}"]
        except Rejected as refused:
            return [] if refused.status == 400 else [f"cannot {what}: {refused.reason}"]
        return []

    def subscriptions(self) -> list[Subscription]:
        return [*subscribing.shown(self._api, self.wanted_topics(stock=True))]

    def subscribe(self, topic: str, address: str, key: str) -> None:
        """`key` is of no use: Amazon signs nothing."""
        subscribing.subscribe(self._api, topic, address)

    def repair(self, subscription: Subscription, address: str, key: str) -> None:
        """A subscription cannot be changed: it is ended and made again; after a crash in between it is missing, and
        made by the next look."""
        subscribing.unsubscribe(self._api, subscription)
        subscribing.subscribe(self._api, subscription.topic, address)

    def unsubscribe(self, subscription: Subscription) -> None:
        subscribing.unsubscribe(self._api, subscription)

    def _read(self, answer: Any) -> dict[str, Any]:
        return self._api.document(answer)

    @property
    def _where(self) -> dict[str, Any]:
        return {"platform": PLATFORM, "store": self.store.id, "status": 200}
