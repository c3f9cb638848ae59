"""A demo shop that behaves like a WooCommerce site towards its API clients (REST v3, WooCommerce 10).

https://woocommerce.github.io/woocommerce-rest-api-docs/ and class-wc-webhook.php (2026-08). Webhooks are sent
once and never again, show the order as it is when they leave, and switch themselves off after too many
failures. Plain http takes OAuth 1.0a only, see `oauth`.
"""

import base64
import hashlib
import hmac
import html
import secrets
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import ClassVar
from zoneinfo import ZoneInfo

import requests

from local.shops import woocommerce_products
from local.shops.catalogue import Product, sellable
from local.shops.faults import Fault
from local.shops.sales import Line, Listing, Note, Sale, ShopRefuses, Tax
from local.shops.server import Answer, Request
from local.shops.shop import Shop
from local.shops.till import Event
from local.shops.webhooks import Delivery, Rules, Subscription, post
from local.shops.woocommerce_api import Api, failure, php_json
from local.shops.woocommerce_orders import order

TOPICS = ("order.created", "order.updated", "order.deleted", "order.restored")
MOST_FAILURES = 5
_AGENT = {"User-Agent": "WooCommerce/10.0.2 Hookshot (WordPress/6.8)"}
_RESERVING = frozenset({"on-hold", "processing", "completed"})  # an order in one of these has taken its units
# An order is "updated" more than once at a checkout: its status moves as the payment arrives.
_SENT = {
    Event.CREATED: ("order.created", "order.updated"),
    Event.DELETED: ("order.deleted",),
}


class WooShop(Shop):
    """One site without locations (all stock under ""). `secret` signs; set it to change it in the shop."""

    platform: ClassVar[str] = "woocommerce"
    STOCK_TOPIC: ClassVar[str] = "product.updated"

    def __init__(
        self,
        name: str,
        products: Sequence[Product],
        *,
        currency: str = "EUR",
        tax: Tax | None = None,
        zone: str = "Europe/Berlin",
        blank_skus: frozenset[str] = frozenset(),
        seed: int = 1,
        port: int = 0,
    ) -> None:
        rules = Rules(lambda status: 200 <= status < 303, (5, 60), self._count_failure)
        tax = tax or Tax("MwSt.", Decimal("0.19"), True)
        super().__init__(name, currency, tax, ("",), rules=rules, seed=seed, port=port)
        self.zone = ZoneInfo(zone)
        self.consumer_key, self.consumer_secret = f"ck_{secrets.token_hex(20)}", f"cs_{secrets.token_hex(20)}"
        self.secret = secrets.token_hex(16)
        self.rest = Api(self)
        for product in products:
            self.listings.append(self._listing(product, blank_skus))

    @staticmethod
    def first_id(name: str) -> int:
        return Shop.first_id(name) // 1_000_000 * 1000  # WordPress ids are small and shared by all its things

    def offer(self, sku: str, title: str) -> Listing:
        """A simple product that the merchant has not had here before, without stock and price."""
        product = Product(sku, title, "", {}, 0, {})
        return Listing(product, sku, number := next(self._ids), 0, number, Decimal(0), {"": 0}, tracked=False)

    def variations(self, product_id: int) -> list[Listing]:
        return [x for x in self.listings if x.product_id == product_id and x.variant_id]

    @property
    def credentials(self) -> dict[str, str]:
        return {"consumer_key": self.consumer_key, "consumer_secret": self.consumer_secret}

    @property
    def webhook_secret(self) -> str:
        return self.secret

    def subscribe(self, url: str, topics: Sequence[str] = ()) -> list[Subscription]:
        """Save one webhook per topic. Each is pinged and must be answered with exactly 200, or it stays off."""
        made = []
        for topic in topics or TOPICS:
            hook = Subscription(next(self._ids), url, frozenset({topic}))
            if (status := self.ping(hook)) != 200:
                raise ShopRefuses(f"Error: Delivery URL returned response code: {status}")
            made.append(hook)
        with self.lock:
            self.subscriptions.extend(made)
        return made

    def ping(self, hook: Subscription) -> int:
        """What every saved webhook sends first, unsigned; the status of the answer."""
        with requests.Session() as session:
            form = {**_AGENT, "Content-Type": "application/x-www-form-urlencoded"}
            return post(session, hook.url, form, f"webhook_id={hook.id}".encode(), (5, 60))

    def stock_changed(self, listing: Listing, place: str) -> None:
        variation = bool(listing.variant_id)
        shown = woocommerce_products.variation(listing) if variation else woocommerce_products.product(listing, self)
        self._post(self.STOCK_TOPIC, lambda: shown)

    def announce(self, event: Event, sale: Sale) -> None:
        self.tell_stock()
        if event in {Event.PAID, Event.SHIPPED, Event.CANCELLED, Event.REFUNDED}:
            sale.status = ""  # what was set by hand is over: the status follows what happened
        for topic in _SENT.get(event, ("order.updated",)):
            self._send(topic, sale)

    def write_note(self, order_id: str, text: str, *, to_buyer: bool) -> None:
        """A note beside the order; the order itself is as it was, and nobody is told."""
        with self.lock:
            self.sale(order_id).notes.append(Note(next(self._ids), self.second(), text, to_buyer))

    def set_status(self, order_id: str, status: str) -> None:
        """Set the status by hand: pending, on-hold, processing, completed, failed, or a plugin's own word."""
        with self.lock:
            sale = self.sale(order_id)
            self._touch(sale)
            if sale.cancelled_at and status in _RESERVING:  # reopened: it wants its units again
                sale.cancelled_at, sale.cancel_reason = None, ""
                for line in sale.lines:
                    self._take(line, sale.current(line))
            if status in {"processing", "completed"}:
                sale.paid_at = sale.paid_at or sale.version
            if status == "completed":
                sale.completed_at = sale.completed_at or sale.version
            sale.status = status
            self.announce(Event.UPDATED, sale)

    def hold(self, order: str, reason: str = "") -> None:
        self.set_status(order, "on-hold")

    def release(self, order: str) -> None:
        self.set_status(order, "processing")

    def reopen(self, order: str) -> None:
        """By hand a cancelled or completed order is simply given another status."""
        if not (self.sale(order).cancelled_at or self.sale(order).completed_at):
            raise ShopRefuses("the order is open")
        self.set_status(order, "processing")

    def deliver(self, order: str, parcel: str = "") -> None:
        raise ShopRefuses("WooCommerce knows no parcels")

    def exchange(self, order: str, sku: str, quantity: int, for_sku: str) -> str:
        raise ShopRefuses("WooCommerce knows no exchanges")

    def _begin_return(self, order: str, *about: object) -> str:
        raise ShopRefuses("WooCommerce knows no returns, only refunds")

    def trash(self, order_id: str) -> None:
        with self.lock:
            sale = self.sale(order_id)
            self._touch(sale)
            sale.status = "trash"
            self._send("order.deleted", sale)

    def restore(self, order_id: str) -> None:
        with self.lock:
            sale = self.sale(order_id)
            self._touch(sale)
            sale.status = ""
            self._send("order.restored", sale)

    def cancelling(self, sale: Sale, restock: bool) -> None:
        """Only the status changes; WooCommerce pays nothing back by itself, and puts back what it had taken."""
        for line in sale.lines if restock else []:
            self._put_back(line, sum(line.taken.values()))

    def removing(self, sale: Sale, line: Line, quantity: int) -> None:
        """An edited line simply has another quantity; what was there before is not kept."""
        line.quantity -= quantity
        if not line.quantity:
            sale.lines.remove(line)

    def api(self, request: Request) -> Answer:
        return self.rest.answer(request)

    def failure(self, fault: Fault) -> Answer:
        if fault is Fault.REVOKED:
            return failure(401, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
        if fault is Fault.THROTTLED:  # WooCommerce has no limit of its own; a host's firewall answers in HTML
            return Answer(
                429, "<html><body>Too many requests</body></html>", {"Content-Type": "text/html", "Retry-After": "1"}
            )
        status = 503 if fault is Fault.UNAVAILABLE else 500
        return Answer(status, "<html><body>Error</body></html>", {"Content-Type": "text/html"})

    # inside

    def _listing(self, product: Product, blank_skus: frozenset[str]) -> Listing:
        family = [x for x in self.listings if product.family and x.product.family == product.family]
        product_id = family[0].product_id if family else next(self._ids)
        variant_id = next(self._ids) if product.family else 0
        sku = "" if product.sku in blank_skus else product.sku
        price = product.prices[self.currency]
        return Listing(product, sku, product_id, variant_id, variant_id or product_id, price, {"": sellable(product)})

    def _send(self, topic: str, sale: Sale) -> None:
        self._post(topic, lambda: self._payload(topic, sale))

    def _post(self, topic: str, payload: Callable[[], object]) -> None:
        for hook in self.subscriptions:
            if hook.active and not hook.paused and topic in hook.topics:
                self.webhooks.send(hook, topic, self._delivery(topic, hook, payload))

    def _delivery(self, topic: str, hook: Subscription, payload: Callable[[], object]) -> Delivery:
        def make() -> tuple[dict[str, str], bytes]:
            with self.lock:
                body = php_json(payload()).encode()
            resource, event = topic.split(".")
            # The id is a hash of hook and second: two deliveries of one second share it.
            unique = hashlib.md5(f"{hook.id}{self.second().timestamp():.0f}".encode(), usedforsecurity=False)
            return {
                **_AGENT,
                "Content-Type": "application/json",
                "X-WC-Webhook-Source": f"{self.url}/",
                "X-WC-Webhook-Topic": topic,
                "X-WC-Webhook-Resource": resource,
                "X-WC-Webhook-Event": event,
                "X-WC-Webhook-Signature": self._signature(hook, body),
                "X-WC-Webhook-ID": str(hook.id),
                "X-WC-Webhook-Delivery-ID": unique.hexdigest(),
            }, body

        return make

    def _payload(self, topic: str, sale: Sale) -> object:
        if topic == "order.deleted":
            return {"id": sale.id}
        if sale.deleted:  # gone before the delivery left: WooCommerce sends what its own API now says
            return {"code": "woocommerce_rest_shop_order_invalid_id", "message": "Invalid ID.", "data": {"status": 404}}
        return order(sale, self)

    def _signature(self, hook: Subscription, body: bytes) -> str:
        secret = html.unescape(hook.secret) or self.secret
        return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()

    def _count_failure(self, hook: Subscription) -> None:
        if hook.failures > MOST_FAILURES:
            hook.active = False
        else:
            hook.failures += 1
