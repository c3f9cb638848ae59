"""WooCommerce: webhooks and the REST API v3 of a shop that the merchant hosts.

https://woocommerce.github.io/woocommerce-rest-api-docs/ · plugin source: includes/class-wc-webhook.php

Quirks, seen with 10.0 and in the source of 11.x by 2026-10:
- On save a webhook pings: an unsigned form `webhook_id=1` that must be answered with exactly 200.
- No retry, and after more than five failures in a row the webhook is switched off silently: polls must back it up.
- `X-WC-Webhook-Delivery-ID` is a hash of webhook and second: two orders may share one. It identifies nothing.
- `order.created` carries the order as it is when the webhook runs, often minutes later, not as it was.
- Line amounts are per line and without tax, also in a shop whose prices include it; each is shown rounded.
- The order shows of a refund only its amount: units are in the list of refunds, so such an order is fetched.
- Lists leave out the trash. A deleted order names only its id; it then reads as `trash`, or not at all.
- There is no compare-and-set and no idempotency key: a stock write is absolute, the last one wins.
- A webhook that is switched on again keeps its count of failures until a delivery succeeds: the next failure ends it.
- It knows no parcels. What left is an order note, which Woo sends to the buyer as an e-mail if it is a customer's, and
  once all has left the status `completed`, of which Woo writes to the buyer by itself.
- List pages are offsets and shift while orders change, so a poll goes on from the last version it saw.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel, Field

from orderbridge import jsontext
from orderbridge.errors import AuthFailed, Rejected
from orderbridge.http import Http, NotFound
from orderbridge.model import Listing, Order, Store
from orderbridge.platforms import base
from orderbridge.platforms.base import Delivery, Event, Hint, Parcel, Seen, Sending, Subscription
from orderbridge.platforms.listings import (
    Catalogue,
    Content,
    ContentRow,
    Offer,
    PriceRow,
    RowResult,
    Shown,
    ShownPrice,
    StockRow,
    WriteCall,
)
from orderbridge.platforms.payloads import Note, Payload, Text, read
from orderbridge.platforms.woocommerce import goods
from orderbridge.platforms.woocommerce.access import PAGE, Access, WooCommerceCredentials, is_gone, parts
from orderbridge.platforms.woocommerce.documents import PLATFORM, Gmt, Id
from orderbridge.platforms.woocommerce.order import canonical, document
from orderbridge.tokens import Tokens

# What WordPress decodes before it signs, https://developer.wordpress.org/reference/functions/wp_specialchars_decode/
_ENTITIES = re.compile(r"&(?:amp|lt|gt|quot|#0*(?:34|38|39|60|62)|#x0*(?:22|26|27));", re.IGNORECASE)


class OrderVersion(Payload):
    id: Id
    version: Gmt | None = Field(None, validation_alias="date_modified_gmt")


class OrderNote(Payload):
    note: Note


class Webhook(Payload):
    id: Id
    topic: Text
    delivery_url: Text
    status: Sending


class WooCommerce(base.Platform):
    """One WooCommerce site; it has no locations, so that the store's only one is ""."""

    name = PLATFORM
    INBOUND = base.Inbound(
        "hmac-sha256-base64",
        ("x-wc-webhook-signature",),
        "x-wc-webhook-topic",
        unsigned_ping=("application/x-www-form-urlencoded", "webhook_id="),
    )
    EVENTS: ClassVar = {
        "order.created": Event.ORDER,
        "order.updated": Event.ORDER,
        "order.restored": Event.ORDER,
        "order.deleted": Event.ORDER_ID,
        "product.updated": Event.STOCK,
        "product.*": Event.IGNORED,
        "customer.*": Event.IGNORED,
        "coupon.*": Event.IGNORED,
        "action.*": Event.IGNORED,
    }
    STOCK_BATCH = PRICE_BATCH = CONTENT_BATCH = PAGE
    SHOWS_PARCELS = False
    ORDERS_PAGE = 50
    ORDERS_OVERLAP = timedelta(minutes=15)  # the merchant's own host, with a clock that nobody may look after
    Credentials = WooCommerceCredentials
    credentials: WooCommerceCredentials

    def __init__(self, store: Store, credentials: BaseModel, http: Http, tokens: Tokens | None = None) -> None:
        super().__init__(store, credentials, http, tokens)
        self._api = Access(store, self.credentials, http)

    @classmethod
    def signing_key(cls, secret: str) -> str:
        return _ENTITIES.sub(lambda entity: html.unescape(entity[0]), secret)

    def parse(self, delivery: Delivery) -> list[Order | Hint | Seen]:
        kind = base.event(self.EVENTS, delivery)
        if kind is Event.IGNORED:
            return []
        body = jsontext.read(delivery.body, platform=PLATFORM, store=self.store.id)
        if kind is Event.ORDER_ID:
            return [Hint(read(OrderVersion, body, PLATFORM, self.store.id).id, deleted=True)]
        if kind is Event.STOCK:
            stock = read(goods.StockShown, body, PLATFORM, self.store.id)
            return [] if stock.units is None else [Seen(stock.id, "", stock.units)]
        shown = document(body, self.store.id)
        if shown.refunds:
            return [Hint(shown.id, shown.date_modified_gmt)]
        return [canonical(shown, self.store.id)]

    def fetch(self, order_id: str) -> Order | None:
        try:
            body = self._api.call("GET", f"/orders/{order_id}")
        except NotFound as missing:
            if is_gone(missing):
                return None
            raise
        if body.get("refunds"):
            body["refunds"] = list(self._api.all(f"/orders/{order_id}/refunds"))
        return canonical(document(body, self.store.id), self.store.id)

    def orders_since(self, cursor: base.Cursor) -> base.Page[Order | Hint]:
        """Ids and versions only: most orders of a poll are known already and need no second look."""
        page = int(cursor.token or 1)
        query = {
            "modified_after": (cursor.since - timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S"),  # exclusive
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": str(self.ORDERS_PAGE),
            "page": str(page),
            "_fields": "id,date_modified_gmt",
        }
        found = [read(OrderVersion, o, PLATFORM, self.store.id) for o in self._api.call("GET", "/orders", query)]
        hints: list[Order | Hint] = [Hint(order.id, order.version) for order in found]
        if len(found) < self.ORDERS_PAGE:
            return base.Page(hints)
        last = found[-1].version
        if last and last > cursor.since:
            return base.Page(hints, base.Cursor(last))
        return base.Page(hints, base.Cursor(cursor.since, str(page + 1)))

    def still_there(self, order_ids: Sequence[str]) -> set[str]:
        """The list leaves out the trash, which `fetch` shows: the order is cancelled, not gone."""
        found: set[str] = set()
        for ids in parts(order_ids):
            query = {"include": ",".join(ids), "per_page": str(PAGE), "_fields": "id"}
            rows = self._api.call("GET", "/orders", query)
            found |= {read(OrderVersion, row, PLATFORM, self.store.id).id for row in rows}
        return found

    def stock_calls(self, rows: Sequence[StockRow], push_id: str) -> list[WriteCall]:
        return goods.calls(rows, push_id)

    def push_stock(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return goods.push(self._api, call)

    def read_listings(self, listings: Sequence[Listing]) -> dict[tuple[str, str], Shown]:
        return goods.stock(self._api, listings)

    def price_calls(self, rows: Sequence[PriceRow], push_id: str) -> list[WriteCall]:
        return goods.calls(rows, push_id)

    def push_prices(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return goods.push(self._api, call)

    def read_prices(self, listings: Sequence[Listing]) -> dict[str, ShownPrice]:
        return goods.prices(self._api, listings)

    def content_calls(self, rows: Sequence[ContentRow], push_id: str) -> list[WriteCall]:
        return goods.calls(rows, push_id)

    def push_contents(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return goods.push(self._api, call)

    def read_contents(self, listings: Sequence[Listing]) -> dict[str, Content]:
        return goods.contents(self._api, listings)

    def create_listing(self, content: Content, price: PriceRow | None) -> Offer:
        return goods.create(self._api, content, price)

    def push_shipment(self, order: Order, parcel: Parcel) -> None:
        """A note, once: it is looked for first. Only what is paid and being worked on becomes completed: Woo would take
        anything else for paid."""
        path, text = f"/orders/{order.id}", _note(order, parcel)
        shown = [read(OrderNote, row, PLATFORM, self.store.id) for row in self._api.call("GET", f"{path}/notes")]
        if text not in [html.unescape(note.note) for note in shown]:
            note = {"note": text, "customer_note": self.store.notifies_buyer}
            self._api.call("POST", f"{path}/notes", body=json.dumps(note))
        if parcel.complete and order.source_status == "processing":
            self._api.call("PUT", path, body=json.dumps({"status": "completed"}))

    def list_products(self, token: str = "") -> Catalogue:
        page = int(token or 1)
        query = {"per_page": str(self.ORDERS_PAGE), "page": str(page), "orderby": "id", "order": "asc"}
        products = self._api.call("GET", "/products", query)
        offers: list[Offer] = []
        for product in products:
            variable = product["type"] == "variable"
            variations = self._api.all(f"/products/{product['id']}/variations") if variable else [{}]
            offers += [goods.offer(product, variation) for variation in variations]
        return Catalogue(offers, str(page + 1) if len(products) == self.ORDERS_PAGE else "")

    def check(self) -> list[str]:
        one = {"per_page": "1", "_fields": "id"}
        problems = self._refusal("read orders", "GET", "/orders", one)
        # An empty batch needs the right to write and writes nothing.
        problems += self._refusal("write products", "POST", "/products/batch", body='{"update": []}')
        currency = "/settings/general/woocommerce_currency"
        problems += self._refusal("read settings, to compare the currency", "GET", currency)
        if not problems:
            sold_in = self._api.call("GET", currency)["value"]
            if sold_in != self.store.currency:
                problems.append(f"the shop's currency is {sold_in}, the store was added with {self.store.currency}")
        if set(self.store.locations) != {""}:
            problems.append("WooCommerce has no locations: the store's only location must be the empty one")
        return problems

    def subscriptions(self) -> list[Subscription]:
        hooks = [read(Webhook, hook, PLATFORM, self.store.id) for hook in self._api.all("/webhooks")]
        return [Subscription(hook.id, hook.topic, hook.delivery_url, hook.status) for hook in hooks]

    def subscribe(self, topic: str, address: str, key: str) -> None:
        hook = {"name": f"Orderbridge: {topic}", "topic": topic, **_goes(address, key)}
        self._api.call("POST", "/webhooks", body=json.dumps(hook))

    def repair(self, subscription: Subscription, address: str, key: str) -> None:
        self._api.call("PUT", f"/webhooks/{subscription.id}", body=json.dumps(_goes(address, key)))

    def unsubscribe(self, subscription: Subscription) -> None:
        self._api.call("DELETE", f"/webhooks/{subscription.id}", {"force": "true"})

    def _refusal(
        self, what: str, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None
    ) -> list[str]:
        try:
            self._api.call(method, path, query, body)
        except AuthFailed as refused:
            return [f"the key may not {what}: {refused.reason}"]
        except Rejected as refused:
            return [f"cannot {what}, is the address right? {refused.reason}"]
        return []


def _goes(address: str, key: str) -> dict[str, str]:
    """WooCommerce decodes the secret before it signs, see `signing_key`: the key must still be itself after that."""
    return {"status": Sending.ACTIVE, "delivery_url": address, "secret": key.replace("&", "&amp;")}


def _note(order: Order, parcel: Parcel) -> str:
    """What left and how, without words of any language; the same each time it is told."""
    titles = {line.id: line.title for line in order.lines}
    units = ", ".join(f"{part.quantity} x {' '.join(titles[part.line_id].split())}" for part in parcel.lines)
    way = " ".join(filter(None, (parcel.carrier, parcel.tracking)))
    return " - ".join(filter(None, (parcel.reference, way, parcel.tracking_url, units)))
