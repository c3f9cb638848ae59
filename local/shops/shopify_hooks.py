"""Webhook subscriptions of the demo Shopify shop, as its app makes them by the API.

https://shopify.dev/docs/api/admin-graphql/2026-07/objects/WebhookSubscription and, for what each topic requires,
.../enums/WebhookSubscriptionTopic (2026-11). Who lacks a scope is refused without being told which one.
"""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local.shops.shopify_parts import gid
from local.shops.shopify_views import connection
from local.shops.webhooks import Subscription

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

Node = dict[str, Any]
_EVENTS = {
    "orders": ("read_orders", "create updated paid cancelled fulfilled partially_fulfilled edited delete"),
    "refunds": ("read_orders", "create"),
    "order_transactions": ("read_orders", "create"),
    "fulfillments": ("read_fulfillments", "create update"),
    "fulfillment_orders": ("read_merchant_managed_fulfillment_orders", "placed_on_hold hold_released"),
    "returns": ("read_returns", "request approve decline update cancel close reopen"),
    "inventory_levels": ("read_inventory", "update"),
}
SCOPES = {f"{what}/{event}": scope for what, (scope, events) in _EVENTS.items() for event in events.split()}
_TOPICS = {topic.upper().replace("/", "_"): topic for topic in SCOPES}
_LOCAL = ("127.0.0.1", "localhost")


class Hooks:
    def __init__(self, shop: "ShopifyShop") -> None:
        self._shop = shop

    def page(self, asked: Node) -> Node:
        self._split()
        return connection(self._shop.subscriptions, asked, _node, lambda one: str(one.id))

    def create(self, topic: str, uri: str) -> Node:
        known = _TOPICS[topic]
        if SCOPES[known] not in self._shop.scopes:
            return _refused("You cannot create a webhook subscription with the specified topic")
        if wrong := self._wrong(known, uri):
            return _refused(wrong)
        made = Subscription(self._shop.next_id(), uri, frozenset({known}))
        self._shop.subscriptions.append(made)
        return {"webhookSubscription": _node(made), "userErrors": []}

    def update(self, id: str, uri: str) -> Node:
        found = self._find(id)
        if found is None:
            return _refused("Webhook subscription does not exist")
        (topic,) = found.topics
        if wrong := self._wrong(topic, uri):
            return _refused(wrong)
        found.url = uri
        return {"webhookSubscription": _node(found), "userErrors": []}

    def delete(self, id: str) -> Node:
        found = self._find(id)
        if found is None:
            return _refused("Webhook subscription does not exist")
        self._shop.subscriptions.remove(found)
        return {"deletedWebhookSubscriptionId": id, "userErrors": []}

    def _wrong(self, topic: str, uri: str) -> str:
        self._split()
        parts = urlsplit(uri)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOCAL):
            return f"Address protocol {parts.scheme}:// is not supported"
        taken = any(one.url == uri and topic in one.topics for one in self._shop.subscriptions)
        return "Address for this topic has already been taken" if taken else ""

    def _find(self, id: str) -> Subscription | None:
        self._split()
        return next((one for one in self._shop.subscriptions if gid("WebhookSubscription", one.id) == id), None)

    def _split(self) -> None:
        """A person's short form for several topics is, to the API, one subscription for each."""
        for one in [one for one in self._shop.subscriptions if len(one.topics) != 1]:
            self._shop.subscriptions.remove(one)
            topics = one.topics or SCOPES.keys() - {self._shop.STOCK_TOPIC}
            self._shop.subscriptions += [
                Subscription(self._shop.next_id(), one.url, frozenset({topic})) for topic in sorted(topics)
            ]


def _node(one: Subscription) -> Node:
    (topic,) = one.topics
    return {"id": gid("WebhookSubscription", one.id), "topic": topic.upper().replace("/", "_"), "uri": one.url}


def _refused(words: str) -> Node:
    return {"userErrors": [{"field": ["webhookSubscription"], "message": words}]}
