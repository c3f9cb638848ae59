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
- Plain http takes OAuth 1.0a only, https takes Basic.
- A webhook that is switched on again keeps its count of failures until a delivery succeeds: the next failure ends it.
- It knows no parcels. What left is an order note, which Woo sends to the buyer as an e-mail if it is a customer's, and
  once all has left the status `completed`, of which Woo writes to the buyer by itself.
- List pages are offsets and shift while orders change, so a poll goes on from the last version it saw.
"""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, Field, SecretStr
from requests.auth import AuthBase, HTTPBasicAuth

from orderbridge import jsontext
from orderbridge.errors import AuthFailed, Rejected, TemporaryFailure
from orderbridge.http import NotFound
from orderbridge.model import Listing, Order
from orderbridge.oauth1 import OAuth1
from orderbridge.platforms import base
from orderbridge.platforms.base import (
    Delivery,
    Event,
    Hint,
    Outcome,
    Parcel,
    RowResult,
    Seen,
    Sending,
    StockRow,
    Subscription,
    WriteCall,
)
from orderbridge.platforms.woocommerce.documents import PLATFORM, Gmt, Id
from orderbridge.platforms.woocommerce.goods import API, PAGE, Goods, list_of, offer, parts, result, row_id
from orderbridge.platforms.woocommerce.order import canonical, document

# What WordPress decodes before it signs, https://developer.wordpress.org/reference/functions/wp_specialchars_decode/
_ENTITIES = re.compile(r"&(?:amp|lt|gt|quot|#0*(?:34|38|39|60|62)|#x0*(?:22|26|27));", re.IGNORECASE)

T = TypeVar("T")


class OrderVersion(base.Payload):
    id: Id
    version: Gmt | None = Field(None, validation_alias="date_modified_gmt")


class StockShown(base.Payload):
    """manage_stock: true, false, or "parent" for a variation that shares its product's stock."""

    id: Id
    manage_stock: bool | str = False
    stock_quantity: int | None = None

    @property
    def units(self) -> int | None:
        """None where the shop does not count."""
        return self.stock_quantity if self.manage_stock is True else None


class Note(base.Payload):
    note: base.Note


class Webhook(base.Payload):
    id: Id
    topic: base.Text
    delivery_url: base.Text
    status: Sending


class WooCommerceCredentials(BaseModel):
    """A REST API key with the permission Read/Write."""

    consumer_key: SecretStr
    consumer_secret: SecretStr


class WooCommerce(Goods):
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
    STOCK_BATCH = 100
    SHOWS_PARCELS = False
    ORDERS_PAGE = 50
    ORDERS_OVERLAP = timedelta(minutes=15)  # the merchant's own host, with a clock that nobody may look after
    Credentials = WooCommerceCredentials
    credentials: WooCommerceCredentials

    @classmethod
    def signing_key(cls, secret: str) -> str:
        return _ENTITIES.sub(lambda entity: html.unescape(entity[0]), secret)

    def parse(self, delivery: Delivery) -> list[Order | Hint | Seen]:
        kind = base.event(self.EVENTS, delivery)
        if kind is Event.IGNORED:
            return []
        body = jsontext.read(delivery.body, platform=PLATFORM, store=self.store.id)
        if kind is Event.ORDER_ID:
            return [Hint(base.read(OrderVersion, body, PLATFORM, self.store.id).id, deleted=True)]
        if kind is Event.STOCK:
            stock = base.read(StockShown, body, PLATFORM, self.store.id)
            return [] if stock.units is None else [Seen(stock.id, "", stock.units)]
        shown = document(body, self.store.id)
        if shown.refunds:
            return [Hint(shown.id, shown.date_modified_gmt)]
        return [canonical(shown, self.store.id)]

    def fetch(self, order_id: str) -> Order | None:
        try:
            body = self._call("GET", f"/orders/{order_id}")
        except NotFound as missing:
            if _is_gone(missing):
                return None
            raise
        if body.get("refunds"):
            body["refunds"] = list(self._all(f"/orders/{order_id}/refunds"))
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
        found = [base.read(OrderVersion, o, PLATFORM, self.store.id) for o in self._call("GET", "/orders", query)]
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
        for ids in parts(order_ids, PAGE):
            query = {"include": ",".join(ids), "per_page": str(PAGE), "_fields": "id"}
            rows = self._call("GET", "/orders", query)
            found |= {base.read(OrderVersion, row, PLATFORM, self.store.id).id for row in rows}
        return found

    def stock_calls(self, rows: Sequence[StockRow], push_id: str) -> list[WriteCall]:
        groups: dict[str, list[StockRow]] = {}
        for row in rows:
            groups.setdefault(list_of(row.listing), []).append(row)
        batches = [(path, batch) for path, group in groups.items() for batch in parts(group, self.STOCK_BATCH)]
        return [_stock_call(path, batch, f"{push_id}.{n}") for n, (path, batch) in enumerate(batches)]

    def push_stock(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        answer = self._send("POST", call.path, body=call.request)
        told = {str(row["id"]): result(row) for row in answer.get("update", [])}
        # A row that the shop does not mention was, as far as we know, not written.
        return {row: told.get(row[0], RowResult(Outcome.RETRY)) for row in call.rows}

    def read_listings(self, listings: Sequence[Listing]) -> dict[tuple[str, str], base.Shown]:
        """A product whose stock Woo does not manage shows no quantity: it is left out until the first push."""
        groups: dict[str, list[str]] = {}
        for listing in listings:
            groups.setdefault(list_of(listing), []).append(listing.item_id)
        shown = {}
        for path, ids in ((path, ids) for path, group in groups.items() for ids in parts(group, PAGE)):
            query = {"include": ",".join(ids), "per_page": str(PAGE), "_fields": "id,manage_stock,stock_quantity"}
            for row in self._rows(path, query):
                stock = base.read(StockShown, row, PLATFORM, self.store.id)
                if stock.units is not None:
                    shown[stock.id, ""] = base.Shown(stock.units)
        return shown

    def push_shipment(self, order: Order, parcel: Parcel) -> None:
        """A note, once: it is looked for first. Only what is paid and being worked on becomes completed: Woo would take
        anything else for paid."""
        path, text = f"/orders/{order.id}", _note(order, parcel)
        shown = [base.read(Note, row, PLATFORM, self.store.id) for row in self._call("GET", f"{path}/notes")]
        if text not in [html.unescape(note.note) for note in shown]:
            note = {"note": text, "customer_note": self.store.notifies_buyer}
            self._call("POST", f"{path}/notes", body=json.dumps(note))
        if parcel.complete and order.source_status == "processing":
            self._call("PUT", path, body=json.dumps({"status": "completed"}))

    def list_products(self, token: str = "") -> base.Catalogue:
        page = int(token or 1)
        query = {"per_page": str(self.ORDERS_PAGE), "page": str(page), "orderby": "id", "order": "asc"}
        products = self._call("GET", "/products", query)
        offers: list[base.Offer] = []
        for product in products:
            variable = product["type"] == "variable"
            variations = self._all(f"/products/{product['id']}/variations") if variable else [{}]
            offers += [offer(product, variation) for variation in variations]
        return base.Catalogue(offers, str(page + 1) if len(products) == self.ORDERS_PAGE else "")

    def check(self) -> list[str]:
        one = {"per_page": "1", "_fields": "id"}
        problems = self._refusal("read orders", "GET", "/orders", one)
        # An empty batch needs the right to write and writes nothing.
        problems += self._refusal("write products", "POST", "/products/batch", body='{"update": []}')
        currency = "/settings/general/woocommerce_currency"
        problems += self._refusal("read settings, to compare the currency", "GET", currency)
        if not problems:
            sold_in = self._call("GET", currency)["value"]
            if sold_in != self.store.currency:
                problems.append(f"the shop's currency is {sold_in}, the store was added with {self.store.currency}")
        if set(self.store.locations) != {""}:
            problems.append("WooCommerce has no locations: the store's only location must be the empty one")
        return problems

    def subscriptions(self) -> list[Subscription]:
        hooks = [base.read(Webhook, hook, PLATFORM, self.store.id) for hook in self._all("/webhooks")]
        return [Subscription(hook.id, hook.topic, hook.delivery_url, hook.status) for hook in hooks]

    def subscribe(self, topic: str, address: str, key: str) -> None:
        hook = {"name": f"Orderbridge: {topic}", "topic": topic, **_goes(address, key)}
        self._call("POST", "/webhooks", body=json.dumps(hook))

    def repair(self, subscription: Subscription, address: str, key: str) -> None:
        self._call("PUT", f"/webhooks/{subscription.id}", body=json.dumps(_goes(address, key)))

    def unsubscribe(self, subscription: Subscription) -> None:
        self._call("DELETE", f"/webhooks/{subscription.id}", {"force": "true"})

    def _refusal(
        self, what: str, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None
    ) -> list[str]:
        try:
            self._call(method, path, query, body)
        except AuthFailed as refused:
            return [f"the key may not {what}: {refused.reason}"]
        except Rejected as refused:
            return [f"cannot {what}, is the address right? {refused.reason}"]
        return []

    def _rows(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """One page of a list; empty when the product that it belongs to is gone."""
        try:
            rows: list[dict[str, Any]] = self._call("GET", path, query)
        except NotFound as missing:
            if _is_gone(missing):
                return []
            raise
        return rows

    def _all(self, path: str) -> Iterable[dict[str, Any]]:
        """Every entry of a short list: what belongs to one order or product, the webhooks."""
        page = 1
        while rows := self._call("GET", path, {"per_page": str(PAGE), "page": str(page)}):
            yield from rows
            if len(rows) < PAGE:
                return
            page += 1

    def _call(self, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None) -> Any:
        return self._send(method, API + path, query, body)

    def _send(self, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None) -> Any:
        key = self.credentials.consumer_key.get_secret_value()
        secret = self.credentials.consumer_secret.get_secret_value()
        safe = self.store.url.startswith("https://")
        auth: AuthBase = HTTPBasicAuth(key, secret) if safe else OAuth1(key, secret)
        answer = self.http.call(method, path, query=query, body=body, auth=auth).json()
        if not isinstance(answer, dict | list):
            raise TemporaryFailure(
                "the shop's answer is no document", platform=PLATFORM, store=self.store.id, status=200
            )
        return answer


def _is_gone(missing: NotFound) -> bool:
    """Whether WooCommerce itself says so. Without the plugin, or with broken permalinks, WordPress answers 404 to
    every call (`rest_no_route`), and no order may count as deleted for that."""
    return missing.code.startswith("woocommerce_rest_")


def _goes(address: str, key: str) -> dict[str, str]:
    """WooCommerce decodes the secret before it signs, see `signing_key`: the key must still be itself after that."""
    return {"status": Sending.ACTIVE, "delivery_url": address, "secret": key.replace("&", "&amp;")}


def _note(order: Order, parcel: Parcel) -> str:
    """What left and how, without words of any language; the same each time it is told."""
    titles = {line.id: line.title for line in order.lines}
    units = ", ".join(f"{part.quantity} x {' '.join(titles[part.line_id].split())}" for part in parcel.lines)
    way = " ".join(filter(None, (parcel.carrier, parcel.tracking)))
    return " - ".join(filter(None, (parcel.reference, way, parcel.tracking_url, units)))


def _stock_call(path: str, rows: Sequence[StockRow], key: str) -> WriteCall:
    update = [{"id": row_id(row.listing), "manage_stock": True, "stock_quantity": row.quantity} for row in rows]
    return WriteCall(f"{API}{path}/batch", json.dumps({"update": update}), key, tuple(row.key for row in rows))
