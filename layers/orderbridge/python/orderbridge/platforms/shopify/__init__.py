"""Shopify: webhooks in REST shape, everything outbound by the GraphQL Admin API 2026-07.

https://shopify.dev/docs/api/webhooks/latest · https://shopify.dev/docs/api/admin-graphql/2026-07

Quirks, seen by 2026-10:
- A webhook holds the REST document of an order, but the REST API is legacy since 2024-10. `fetch` asks GraphQL, names
  every field as REST does and unwraps the rest, so that one mapping serves both and both give equal orders.
- `total_price`, `quantity`, taxes and discount allocations are as ordered: with what an edit added, and without
  taking off what an edit or a refund removed. The money proof is therefore over all units ever ordered, and
  `current_quantity` says what is left. An edit that removes units usually shows as a refund without money.
- `discount_allocations` hold a line's own discounts and its share of the order's; `total_discount` only its own.
- Cash rounding belongs to the payment, not to the total (objects/CashRoundingAdjustment): it is no fee.
- A buyer may pay in another currency (`presentment_money`); the shop's amounts are then conversions, each rounded. A
  webhook's refund shows its transactions in the currency of the payment only, and tips in the shop's only.
- Refunded shipping is an order adjustment and a shipping line of the refund in REST, the line alone in GraphQL
  (https://shopify.dev/changelog/exposing-the-order-adjustments-connection-on-a-refund).
- Gift cards that pay an order are transactions, not part of its total: no document that we read shows them.
- `orders/edited` carries the edit, not the order; deletions, refunds, fulfilments, transactions, returns only name it,
  and holds (`fulfillment_orders/*`) not even that.
- A webhook's order shows neither returns (`returns` is always empty) nor holds: an order that has some is fetched.
- Since 2026-04 a stock write needs `@idempotent` and an explicit `changeFromQuantity`; one refused row refuses all.
- Throttling, missing scopes and other failures come as errors inside HTTP 200.
- A list of orders is a search that follows the orders with a delay which Shopify states nowhere, and it ends after
  25,000 orders, so a poll goes on from the last version it saw.
- Orders older than 60 days are shown only to an app with `read_all_orders`; to others they look deleted.
- A fulfilment has no reference of ours, and telling it twice makes two as long as units are left.
- Webhooks made by the API are signed with the app's client secret, those made by hand in the admin with the shop's own;
  the API shows only the first, and of these none from the app's configuration. After eight failures in a row one is
  deleted. A missing scope is refused in words that do not name it. The version of their documents is set in the app.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field, SecretStr

from orderbridge import jsontext
from orderbridge.errors import AuthFailed, BridgeError, InvalidPayload, RateLimited, Rejected, TemporaryFailure
from orderbridge.http import words
from orderbridge.model import Listing, Order
from orderbridge.platforms import base
from orderbridge.platforms.base import Delivery, Event, Hint, Parcel, Seen, Subscription
from orderbridge.platforms.listings import (
    Catalogue,
    Content,
    ContentRow,
    Offer,
    Outcome,
    PriceRow,
    RowResult,
    Shown,
    ShownPrice,
    StockRow,
    WriteCall,
)
from orderbridge.platforms.payloads import Moment, Payload, Text, read
from orderbridge.platforms.shopify import fulfilling, goods, queries
from orderbridge.platforms.shopify.documents import API, PLATFORM, Id, number
from orderbridge.platforms.shopify.order import canonical, told
from orderbridge.platforms.shopify.reading import owner, to_fulfil, whole_order

_TOPICS = {
    Event.ORDER: """orders/create orders/updated orders/paid orders/cancelled orders/fulfilled
        orders/partially_fulfilled""",
    Event.ORDER_ID: """orders/edited orders/delete refunds/create fulfillments/create fulfillments/update
        order_transactions/create fulfillment_orders/placed_on_hold fulfillment_orders/hold_released
        returns/request returns/approve returns/decline returns/update returns/cancel returns/close returns/reopen""",
    Event.STOCK: "inventory_levels/update",
    Event.IGNORED: """app/uninstalled customers/data_request customers/redact shop/redact
        inventory_items/create inventory_items/update inventory_items/delete
        inventory_levels/connect inventory_levels/disconnect
        locations/create locations/update locations/delete locations/activate locations/deactivate
        products/create products/update products/delete variants/in_stock variants/out_of_stock""",
}
_SCOPES = tuple(
    """read_orders read_all_orders read_customers read_returns read_fulfillments
    read_merchant_managed_fulfillment_orders read_products read_locations read_inventory write_inventory""".split()
)
# What the first word of a topic needs: https://shopify.dev/docs/api/admin-graphql/2026-07/enums/WebhookSubscriptionTopic
_SCOPE_OF = {
    "orders": "read_orders",
    "refunds": "read_orders",
    "order_transactions": "read_orders",
    "fulfillments": "read_fulfillments",
    "fulfillment_orders": "read_merchant_managed_fulfillment_orders",
    "returns": "read_returns",
    "inventory_levels": "read_inventory",
}
_PART = re.compile(r"gid://shopify/(FulfillmentOrder|Return)/[0-9]{1,30}")
PartId = Annotated[Text, Field(pattern=_PART.pattern)]
_PASSING = ("INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE")


class InventoryLevel(Payload):
    """`available` is null where the shop does not count the item."""

    item: Id = Field(validation_alias="inventory_item_id")
    location: Id = Field(validation_alias="location_id")
    available: int | None


class Named(Payload):
    id: Id


class OrderEdit(Payload):
    order_id: Id


class FulfillmentOrder(Payload):
    id: PartId


class EventDocument(Payload):
    """How an event that does not carry the order names it: deletions by `id`, refunds, fulfilments, transactions and
    most events of a return by `order_id`, a return that is asked for or answered by `order`, edits by `order_edit`.
    A hold names only the fulfilment order, an updated return only itself: Shopify must be asked for their order."""

    id: Id | None = None
    order_id: Id | None = None
    order: Named | None = None
    order_edit: OrderEdit | None = None
    fulfillment_order: FulfillmentOrder | None = None
    admin_graphql_api_id: Text = ""

    def item(self, topic: str) -> Hint | None:
        if topic == "orders/delete":
            return Hint(self.id, deleted=True) if self.id else None
        if id := self.order_id or (self.order and self.order.id) or (self.order_edit and self.order_edit.order_id):
            return Hint(id)
        part = self.fulfillment_order.id if self.fulfillment_order else self.admin_graphql_api_id
        return Hint("", part=part) if _PART.fullmatch(part) else None


class OrderVersion(Payload):
    id: Id
    updated_at: Moment = Field(validation_alias="updatedAt")


class ShopifyCredentials(BaseModel):
    """access_token: the Admin API access token of the merchant's custom app."""

    access_token: SecretStr


class Shopify(base.Platform):
    """One Shopify store; `Store.locations` are Shopify's location ids, the digits only."""

    name = PLATFORM
    INBOUND = base.Inbound("hmac-sha256-base64", ("x-shopify-hmac-sha256",), "x-shopify-topic")
    EVENTS: ClassVar = {topic: kind for kind, topics in _TOPICS.items() for topic in topics.split()}
    WEBHOOK_HIDES = frozenset({"on_hold", "returns"})
    COMPARE_AND_SET = True
    STOCK_BATCH = 250
    PRICE_BATCH = CONTENT_BATCH = 100
    ORDERS_PAGE = 250
    ORDERS_OVERLAP = timedelta(minutes=5)  # its clocks are right, its search may be late
    VOID_PARCELS = frozenset({"cancelled", "error", "failure"})
    NUMBERS_FOLLOW = True  # https://shopify.dev/docs/api/admin-graphql/2026-07/objects/Order#field-Order.fields.number
    Credentials = ShopifyCredentials
    credentials: ShopifyCredentials

    def parse(self, delivery: Delivery) -> list[Order | Hint | Seen]:
        kind = base.event(self.EVENTS, delivery)
        if kind is Event.IGNORED:
            return []
        document = jsontext.read(delivery.body, platform=PLATFORM, store=self.store.id)
        if kind is Event.ORDER:
            return [told(document, self.store.id)]
        if kind is Event.STOCK:
            level = read(InventoryLevel, document, PLATFORM, self.store.id)
            return [] if level.available is None else [Seen(level.item, level.location, level.available)]
        found = read(EventDocument, document, PLATFORM, self.store.id).item(delivery.topic)
        if found is None:
            raise InvalidPayload("the payload names no order", platform=PLATFORM, store=self.store.id)
        return [found]

    def fetch(self, order_id: str) -> Order | None:
        order = whole_order(self._graphql, _gid("Order", order_id))
        if order is None:
            self._refuse_if_hidden(order_id)
            return None
        return canonical(order, self.store.id)

    def order_of(self, part: str) -> str | None:
        order = owner(self._graphql, part)
        return str(number(order)) if order else None

    def _refuse_if_hidden(self, order_id: str) -> None:
        """Nothing shown is a deletion only if we would see the order, however old, were it there. Raises Rejected."""
        if "read_all_orders" not in _granted(self._graphql(queries.ACCESS, {})):
            reason = f"order {order_id} is not shown: deleted, or over 60 days old and the app lacks read_all_orders"
            raise Rejected(reason, **self._where)

    def orders_since(self, cursor: base.Cursor) -> base.Page[Order | Hint]:
        """Ids and versions only: most orders of a poll are known already and need no second look."""
        since = cursor.since.strftime("%Y-%m-%dT%H:%M:%SZ")
        variables = {"query": f"updated_at:>='{since}'", "first": self.ORDERS_PAGE, "after": cursor.token or None}
        page = self._graphql(queries.ORDERS, variables)["orders"]
        found = [read(OrderVersion, node, PLATFORM, self.store.id) for node in page["nodes"]]
        hints: list[Order | Hint] = [Hint(order.id, order.updated_at) for order in found]
        token = _next(page)
        if token and found[-1].updated_at > cursor.since:
            return base.Page(hints, base.Cursor(found[-1].updated_at))
        return base.Page(hints, base.Cursor(cursor.since, token) if token else None)

    def still_there(self, order_ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for start in range(0, len(order_ids), 250):  # the most that an array argument may hold
            ids = [_gid("Order", id) for id in order_ids[start : start + 250]]
            nodes = self._graphql(queries.ORDER_IDS, {"ids": ids})["nodes"]
            found |= {str(number(node["id"])) for node in nodes if node}
        return found

    def stock_calls(self, rows: Sequence[StockRow], push_id: str) -> list[WriteCall]:
        batches = [rows[start : start + self.STOCK_BATCH] for start in range(0, len(rows), self.STOCK_BATCH)]
        return [_stock_call(batch, f"{push_id}.{n}") for n, batch in enumerate(batches)]

    def push_stock(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        refusals = self._send(call.request)["inventorySetQuantities"]["userErrors"]
        if not refusals:
            return {row: RowResult(Outcome.ACCEPTED) for row in call.rows}
        results = {row: RowResult(Outcome.RETRY) for row in call.rows}
        for refusal in refusals:
            code, where, said = refusal["code"], refusal["field"] or [], words(refusal["message"])
            if code == "IDEMPOTENCY_CONCURRENT_REQUEST":
                raise TemporaryFailure("the same stock call is still running", **self._where)
            if code == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED":
                return results  # this key is burnt: nothing was written, and every row needs a new push
            if where[:2] != ["input", "quantities"] or len(where) < 3:
                raise Rejected(f"the platform refuses the stock call: {said} ({code})", **self._where)
            outcome = Outcome.STALE if code == "CHANGE_FROM_QUANTITY_STALE" else Outcome.REJECTED
            results[call.rows[int(where[2])]] = RowResult(outcome, f"{said} ({code})")
        return results

    def read_listings(self, listings: Sequence[Listing]) -> dict[tuple[str, str], Shown]:
        locations = list(self.store.locations)
        query = queries.levels(locations)
        # A point per object, and a query may cost 1000; an array argument may hold 250.
        size = max(1, min(250, 900 // (1 + 2 * len(locations))))
        shown = {}
        for start in range(0, len(listings), size):
            ids = [_gid("InventoryItem", listing.item_id) for listing in listings[start : start + size]]
            for item in filter(None, self._graphql(query, {"ids": ids})["nodes"]):
                for n, location in enumerate(locations):
                    if level := item[f"at{n}"]:
                        shown[str(number(item["id"])), location] = Shown(level["quantities"][0]["quantity"])
        return shown

    def price_calls(self, rows: Sequence[PriceRow], push_id: str) -> list[WriteCall]:
        return goods.calls(rows, push_id)

    def push_prices(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return goods.push(self._send, call)

    def read_prices(self, listings: Sequence[Listing]) -> dict[str, ShownPrice]:
        return goods.prices(self._graphql, listings)

    def content_calls(self, rows: Sequence[ContentRow], push_id: str) -> list[WriteCall]:
        return goods.calls(rows, push_id)

    def push_contents(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return goods.push(self._send, call)

    def read_contents(self, listings: Sequence[Listing]) -> dict[str, Content]:
        return goods.contents(self._graphql, listings)

    def create_listing(self, content: Content, price: PriceRow | None) -> Offer:
        return goods.create(self._graphql, content, price, self._where)

    def push_shipment(self, order: Order, parcel: Parcel) -> None:
        found = to_fulfil(self._graphql, _gid("Order", order.id))
        fulfilling.send(self._settle, found, parcel, notify=self.store.notifies_buyer, where=self._where)

    def push_tracking(self, order: Order, shipment: str, parcel: Parcel) -> None:
        gid = _gid("Fulfillment", shipment)
        fulfilling.track(self._settle, gid, parcel, notify=self.store.notifies_buyer)

    def list_products(self, token: str = "") -> Catalogue:
        page = self._graphql(queries.VARIANTS, {"after": token or None})["productVariants"]
        return Catalogue([goods.offer(variant) for variant in page["nodes"]], _next(page))

    def check(self) -> list[str]:
        try:
            answer = self._graphql(queries.ACCESS, {})
        except AuthFailed as refused:
            return [f"the access token does not work: {refused.reason}"]
        granted = _granted(answer)
        store = self.store
        writes_products = store.prices or store.products or store.creates
        needed = (*_SCOPES, *[fulfilling.SCOPE] * store.tells_parcels, *["write_products"] * writes_products)
        problems = [f"the app lacks the scope {scope}" for scope in needed if scope not in granted]
        currency = answer["shop"]["currencyCode"]
        if currency != self.store.currency:
            problems.append(f"the shop's currency is {currency}, the store was added with {self.store.currency}")
        return problems + (self._unknown_locations() if "read_locations" in granted else [])

    def _unknown_locations(self) -> list[str]:
        ids = list(self.store.locations)
        nodes = self._graphql(queries.LOCATIONS, {"ids": [_gid("Location", id) for id in ids]})["nodes"]
        return [f"the shop has no location {id!r}" for id, node in zip(ids, nodes, strict=True) if not node]

    def subscriptions(self) -> list[Subscription]:
        known, found, after = {_constant(topic): topic for topic in self.EVENTS}, list[Subscription](), ""
        while True:
            page = self._graphql(queries.SUBSCRIPTIONS, {"after": after or None})["webhookSubscriptions"]
            nodes = page["nodes"]
            found += [Subscription(node["id"], known.get(node["topic"], node["topic"]), node["uri"]) for node in nodes]
            after = _next(page)
            if not after:
                return found

    def missing_scopes(self) -> dict[str, str]:
        granted = _granted(self._graphql(queries.ACCESS, {}))
        needed = {topic: _SCOPE_OF[topic.partition("/")[0]] for topic in self.wanted_topics(stock=True)}
        return {topic: scope for topic, scope in needed.items() if scope not in granted}

    def subscribe(self, topic: str, address: str, key: str) -> None:
        """Whatever `key` is, Shopify signs with the client secret of the app."""
        self._settle(queries.SUBSCRIBE, {"topic": _constant(topic), "to": {"uri": address}})

    def repair(self, subscription: Subscription, address: str, key: str) -> None:
        self._settle(queries.REDIRECT, {"id": subscription.id, "to": {"uri": address}})

    def unsubscribe(self, subscription: Subscription) -> None:
        self._settle(queries.UNSUBSCRIBE, {"id": subscription.id})

    def _settle(self, query: str, variables: Mapping[str, Any], what: str = "the subscription") -> None:
        (answer,) = self._graphql(query, variables).values()
        if refusals := answer["userErrors"]:
            said = words("; ".join(refusal["message"] for refusal in refusals))
            raise Rejected(f"the platform refuses {what}: {said}", **self._where)

    def _graphql(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        return self._send(json.dumps({"query": query, "variables": variables}))

    def _send(self, request: str) -> dict[str, Any]:
        token = self.credentials.access_token.get_secret_value()
        answer = self.http.call("POST", API, body=request, headers={"X-Shopify-Access-Token": token}).json()
        if not isinstance(answer, dict) or not ("data" in answer or answer.get("errors")):
            raise TemporaryFailure("the platform's answer is no answer of GraphQL", **self._where)
        if answer.get("errors"):
            raise self._failure(answer)
        data: dict[str, Any] = answer["data"]
        return data

    def _failure(self, answer: Mapping[str, Any]) -> BridgeError:
        """The error inside an HTTP 200: https://shopify.dev/docs/api/admin-graphql/2026-07#status_and_error_codes"""
        first = answer["errors"][0]
        code, said = first.get("extensions", {}).get("code", ""), words(first["message"])
        if code == "THROTTLED":
            return RateLimited("the platform asks to slow down", retry_after=_wait(answer), **self._where)
        if code == "ACCESS_DENIED":
            return AuthFailed(f"the app may not do this: {said}", **self._where)
        if code in _PASSING:
            return TemporaryFailure(f"the platform failed by itself: {said}", **self._where)
        return Rejected(f"the platform refuses the call: {said}", **self._where)

    @property
    def _where(self) -> dict[str, Any]:
        return {"platform": PLATFORM, "store": self.store.id, "status": 200}


def _wait(answer: Mapping[str, Any]) -> float:
    """Seconds until the bucket holds what the call costs, https://shopify.dev/docs/api/usage/limits"""
    cost = answer["extensions"]["cost"]
    bucket = cost["throttleStatus"]
    missing = float(cost["requestedQueryCost"]) - float(bucket["currentlyAvailable"])
    return max(1.0, missing / float(bucket["restoreRate"]))


def _granted(answer: Mapping[str, Any]) -> set[str]:
    """Scopes in the answer to `queries.ACCESS`; who may write may read."""
    scopes = {scope["handle"] for scope in answer["currentAppInstallation"]["accessScopes"]}
    return scopes | {scope.replace("write_", "read_") for scope in scopes}


def _constant(topic: str) -> str:
    """orders/create as GraphQL writes it: ORDERS_CREATE."""
    return topic.upper().replace("/", "_")


def _gid(kind: str, id: str) -> str:
    return f"gid://shopify/{kind}/{id}"


def _next(page: Mapping[str, Any]) -> str:
    return str(page["pageInfo"]["endCursor"]) if page["pageInfo"]["hasNextPage"] else ""


def _stock_call(rows: Sequence[StockRow], key: str) -> WriteCall:
    quantities = [
        {
            "inventoryItemId": _gid("InventoryItem", row.listing.item_id),
            "locationId": _gid("Location", row.location),
            "quantity": row.quantity,
            "changeFromQuantity": row.expected,
        }
        for row in rows
    ]
    stock = {"name": "available", "reason": "correction", "quantities": quantities}
    request = json.dumps({"query": queries.SET_STOCK, "variables": {"input": stock, "key": key}})
    return WriteCall(API, request, key, tuple(row.key for row in rows))
