"""/wp-json/wc/v3/webhooks of the demo WooCommerce shop.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks and class-wc-rest-webhooks-v1-controller.php
(2026-11). Unlike the shop's own screens, the API saves a webhook whose ping is not answered well.
"""

import re
from typing import TYPE_CHECKING

from local.shops.webhooks import Subscription
from local.shops.woocommerce_orders import Document

if TYPE_CHECKING:
    from local.shops.woocommerce import WooShop

_RESOURCES = ("coupon", "customer", "order", "product")
_EVENTS = ("created", "updated", "deleted", "restored")
_STATUSES = ("active", "paused", "disabled")


class HookRefused(Exception):
    """(status, WordPress code, words)"""


def shown(hook: Subscription) -> Document:
    (topic,) = hook.topics
    resource, _, event = topic.partition(".")
    status = "paused" if hook.paused else "active" if hook.active else "disabled"
    return {
        "id": hook.id, "name": f"Webhook {hook.id}", "status": status, "topic": topic, "resource": resource,
        "event": event, "hooks": [], "delivery_url": hook.url,
    }  # fmt: skip


def create(shop: "WooShop", given: Document) -> Document:
    _check(given, {"topic", "delivery_url"})
    hook = Subscription(shop.next_id(), given["delivery_url"], frozenset({given["topic"].lower()}))
    _write(hook, given)
    shop.subscriptions.append(hook)
    shop.ping(hook)
    return shown(hook)


def update(shop: "WooShop", number: str, given: Document) -> Document:
    """Its count of failures stays: only a delivery that succeeds takes it back."""
    hook = _find(shop, number, 400)
    _check(given, set())
    _write(hook, given)
    return shown(hook)


def delete(shop: "WooShop", number: str, force: str) -> Document:
    if force not in {"true", "1"}:
        raise HookRefused(501, "woocommerce_rest_trash_not_supported", "Webhooks do not support trashing.")
    hook = _find(shop, number, 404)
    shop.subscriptions.remove(hook)
    return shown(hook)


def _find(shop: "WooShop", number: str, status: int) -> Subscription:
    for hook in shop.subscriptions:
        if str(hook.id) == number:
            return hook
    raise HookRefused(status, "woocommerce_rest_shop_webhook_invalid_id", "Invalid ID.")


def _check(given: Document, needed: set[str]) -> None:
    resource, _, event = str(given.get("topic", "")).lower().partition(".")
    known = bool(event) if resource == "action" else resource in _RESOURCES and event in _EVENTS
    if not known and (given.get("topic") or "topic" in needed):
        words = "Webhook topic is required and must be valid."
        raise HookRefused(400, "woocommerce_rest_shop_webhook_invalid_topic", words)
    url = str(given.get("delivery_url", ""))
    if not re.match("https?://.", url) and (url or "delivery_url" in needed):
        words = "Webhook delivery URL must be a valid URL starting with http:// or https://."
        raise HookRefused(400, "woocommerce_rest_shop_webhook_invalid_delivery_url", words)
    if given.get("status", "active") not in _STATUSES:
        raise HookRefused(400, "woocommerce_rest_shop_webhook_invalid_status", "Webhook status must be valid.")


def _write(hook: Subscription, given: Document) -> None:
    hook.url, hook.secret = given.get("delivery_url", hook.url), given.get("secret", hook.secret)
    if status := given.get("status"):
        hook.active, hook.paused = status == "active", status == "paused"
