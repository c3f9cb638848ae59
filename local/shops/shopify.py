"""A demo shop that behaves like a Shopify store towards its apps (Admin API 2026-07).

https://shopify.dev/docs/api/admin-graphql and https://shopify.dev/docs/apps/build/webhooks (2026-08).
GraphQL at /admin/api/2026-07/graphql.json; webhooks in the REST shape, signed, tried again with the bytes of
the first try, a subscription deleted when a delivery has failed for good.
"""

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from local.shops.catalogue import LOCATIONS, Product, sellable
from local.shops.faults import Fault
from local.shops.later import told_parcel, told_return
from local.shops.sales import Listing, Sale, ShopRefuses, Tax
from local.shops.server import Answer, Request, json_answer
from local.shops.shop import Shop
from local.shops.shopify_api import Api
from local.shops.shopify_later import hold_event, return_event
from local.shops.shopify_orders import order
from local.shops.shopify_parts import fulfillment, gid, refund, stamped
from local.shops.till import Event
from local.shops.webhooks import Rules, Subscription

VERSION = "2026-07"
PATH = f"/admin/api/{VERSION}/graphql.json"
SCOPES = tuple(
    """read_all_orders read_customers read_fulfillments read_inventory read_locations
    read_merchant_managed_fulfillment_orders read_orders read_products read_returns write_inventory
    write_merchant_managed_fulfillment_orders write_products""".split()
)
# Shopify tries a failed delivery 8 more times over 4 hours; a demo has no hours.
RETRIES = (0.2, 0.5, 1.0, 2.0, 4.0, 4.0, 8.0, 8.0)
_WRONG_TOKEN = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}


class ShopifyShop(Shop):
    """`secrets` sign webhooks: after `rotate_secret` the old and the new one by turns, as Shopify does for up
    to an hour, until `end_rotation`. `scopes` and `token` may be changed to see the API refuse."""

    platform: ClassVar[str] = "shopify"
    STOCK_TOPIC: ClassVar[str] = "inventory_levels/update"

    def __init__(
        self,
        name: str,
        products: Sequence[Product],
        *,
        currency: str = "USD",
        tax: Tax | None = None,
        locations: Sequence[str] = ("HAM", "SZX"),
        zone: str = "America/New_York",
        blank_skus: frozenset[str] = frozenset(),
        retries: tuple[float, ...] = RETRIES,
        seed: int = 1,
        port: int = 0,
    ) -> None:
        first = self.first_id(name)
        self.places = {str(first + i): place for i, place in enumerate(locations, 1)}
        rules = Rules(lambda status: 200 <= status < 300, (1, 5), self._forget, retries)
        super().__init__(
            name, currency, tax or Tax("Sales tax", Decimal("0.07"), False), list(self.places), rules=rules,
            seed=seed, port=port,
        )  # fmt: skip
        self.zone, self.domain = ZoneInfo(zone), f"{name}.example.com"
        self.token, self.scopes = f"demo-token-{secrets.token_hex(12)}", set(SCOPES)
        self.secrets = [secrets.token_hex(16)]
        for product in products:
            self.listings.append(self._listing(product, blank_skus))
        self.handles: dict[int, str] = {}
        self.graphql = Api(self)

    @property
    def location_map(self) -> dict[str, tuple[str, ...]]:
        return {place: (code,) if code in LOCATIONS else () for place, code in self.places.items()}

    @property
    def credentials(self) -> dict[str, str]:
        return {"access_token": self.token}

    @property
    def webhook_secret(self) -> str:
        return self.secrets[0]

    def subscribe(self, url: str, topics: Sequence[str] = ()) -> list[Subscription]:
        """What an app does with webhookSubscriptionCreate; no topics means all about orders."""
        with self.lock:
            subscription = Subscription(next(self._ids), url, frozenset(topics))
            self.subscriptions.append(subscription)
            return [subscription]

    def rotate_secret(self) -> str:
        with self.lock:
            self.secrets = [secrets.token_hex(16), self.secrets[0]]
            return self.secrets[0]

    def end_rotation(self) -> None:
        with self.lock:
            del self.secrets[1:]

    def send_rubbish(self, body: bytes, topic: str = "orders/create") -> None:
        """A correctly signed delivery with any body, to see what the receiver does with it."""
        with self.lock:
            self._post(topic, body, {})

    def stock_changed(self, listing: Listing, place: str) -> None:
        level = {
            "inventory_item_id": listing.item_id,
            "location_id": int(place),
            "available": listing.quantities[place],
            "updated_at": stamped(self.second(), self),
            "admin_graphql_api_id": gid("InventoryLevel", f"{place}?inventory_item_id={listing.item_id}"),
        }
        self._post(self.STOCK_TOPIC, _written(level), {})

    def announce(self, event: Event, sale: Sale) -> None:
        self.tell_stock()
        if event is Event.DELETED:
            self._send("orders/delete", {"id": sale.id}, sale)
            return
        if event is Event.EDITED:
            self._send("orders/edited", self._edited(sale), sale)
        if event is Event.REFUNDED or (event is Event.CANCELLED and sale.refunds):
            self._send("refunds/create", stamped(refund(sale, sale.refunds[-1]), self), sale)
        if event is Event.SHIPPED:
            self._send("fulfillments/create", stamped(fulfillment(sale, sale.parcels[-1]), self), sale)
        if event in (Event.DELIVERED, Event.TRACKED):
            self._send("fulfillments/update", stamped(fulfillment(sale, told_parcel(sale)), self), sale)
        if event in _RETURNS:
            self._send(_RETURNS[event], return_event(sale, told_return(sale)), sale)
        if event in _HOLDS:
            self._send(_HOLDS[event], hold_event(sale), sale)
        document = order(sale, self)
        for topic in _topics(event, sale):
            self._send(topic, document, sale)

    def cancelling(self, sale: Sale, restock: bool) -> None:
        if sale.parcels:
            raise ShopRefuses("Shopify does not cancel an order that has fulfillments")
        super().cancelling(sale, restock)

    def api(self, request: Request) -> Answer:
        if request.method != "POST" or request.path != PATH:
            return json_answer({"errors": "Not Found"}, 404)
        if not hmac.compare_digest(request.headers.get("x-shopify-access-token", ""), self.token):
            return json_answer(_WRONG_TOKEN, 401)
        return json_answer(self.graphql.answer(request.body))

    def failure(self, fault: Fault) -> Answer:
        if fault is Fault.REVOKED:
            return json_answer(_WRONG_TOKEN, 401)
        if fault is Fault.THROTTLED:
            return json_answer(self.graphql.throttled(cost=10))
        return json_answer({"errors": "Service Unavailable"}, 503 if fault is Fault.UNAVAILABLE else 500)

    # inside

    def _listing(self, product: Product, blank_skus: frozenset[str]) -> Listing:
        """Variants of one family share a product; the inventory item has an id of its own."""
        family = [x for x in self.listings if product.family and x.product.family == product.family]
        product_id = family[0].product_id if family else next(self._ids)
        # A shop with one location sells what the merchant has anywhere.
        alone = len(self.places) == 1
        stock = {place: sellable(product, "" if alone else code) for place, code in self.places.items()}
        sku = "" if product.sku in blank_skus else product.sku
        price = product.prices[self.currency]
        return Listing(product, sku, product_id, next(self._ids), next(self._ids), price, stock)

    def _edited(self, sale: Sale) -> dict[str, Any]:
        edit = sale.edits[-1]
        change = {"id": edit.line.id, "delta": abs(edit.delta)}
        return {
            "order_edit": {
                "id": edit.id,
                "app_id": None,
                "created_at": stamped(edit.at, self),
                "notify_customer": False,
                "order_id": sale.id,
                "staff_note": "",
                "user_id": None,
                "line_items": {
                    "additions": [change] if edit.delta > 0 else [],
                    "removals": [change] if edit.delta < 0 else [],
                },
                "discounts": {"line_item": {"additions": [] if edit.delta else [{"id": edit.id + 1}], "removals": []}},
                "shipping_lines": {"additions": [], "removals": []},
            }
        }

    def _send(self, topic: str, document: dict[str, Any], sale: Sale) -> None:
        about = {"X-Shopify-Order-Id": str(sale.id), "X-Shopify-Test": str(sale.test).lower()}
        self._post(topic, _written(document), about)

    def _post(self, topic: str, body: bytes, about: dict[str, str]) -> None:
        at = self.now().astimezone(UTC)
        for subscription in self.subscriptions:
            asked_for = subscription.topics or {topic} - {self.STOCK_TOPIC}
            if not subscription.active or topic not in asked_for:
                continue
            headers = {
                "Content-Type": "application/json",
                "X-Shopify-Topic": topic,
                "X-Shopify-Shop-Domain": self.domain,
                "X-Shopify-API-Version": VERSION,
                "X-Shopify-Webhook-Id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                "X-Shopify-Event-Id": str(uuid.UUID(int=self._random.getrandbits(128), version=4)),
                "X-Shopify-Triggered-At": at.strftime("%Y-%m-%dT%H:%M:%S.%f000Z"),
                "X-Shopify-Hmac-Sha256": self._signature(body),
                **about,
            }
            self.webhooks.send(subscription, topic, lambda headers=headers: (headers, body))  # type: ignore[misc]

    def _signature(self, body: bytes) -> str:
        key = self._random.choice(self.secrets)
        return base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()

    def _forget(self, subscription: Subscription) -> None:
        with self.lock:
            subscription.active = False
            self.subscriptions = [s for s in self.subscriptions if s is not subscription]


def _written(document: dict[str, Any]) -> bytes:
    """Shopify escapes every slash, so a receiver that serialises the body again breaks the signature."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).replace("/", "\\/").encode()


_HOLDS = {Event.HELD: "fulfillment_orders/placed_on_hold", Event.RELEASED: "fulfillment_orders/hold_released"}
_RETURNS = {
    Event.RETURN_REQUESTED: "returns/request",
    Event.RETURN_APPROVED: "returns/approve",
    Event.RETURN_DECLINED: "returns/decline",
    Event.RETURN_CLOSED: "returns/close",
}


def _topics(event: Event, sale: Sale) -> list[str]:
    """The order topics of one event; Shopify follows nearly everything with orders/updated."""
    shipped_all = sale.completed_at is not None
    first = {
        Event.CREATED: ["orders/create", "orders/paid"] if sale.paid_at else ["orders/create"],
        Event.PAID: ["orders/paid"],
        Event.CANCELLED: ["orders/cancelled"],
        Event.SHIPPED: ["orders/fulfilled" if shipped_all else "orders/partially_fulfilled"],
    }
    return [*first.get(event, []), "orders/updated"]
