"""The demo shops take webhook subscriptions by their APIs, and refuse what the real ones refuse."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from local.shops.shopify_hooks import SCOPES
from local.shops.woocommerce import WooShop
from tests.local.listener import Listener
from tests.local.shopify_calls import ask
from tests.local.test_shops_webhooks import signature
from tests.local.woo_calls import call

CREATE = """mutation($topic: WebhookSubscriptionTopic!, $to: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $to) {
    webhookSubscription { id topic uri } userErrors { field message } } }"""
UPDATE = """mutation($id: ID!, $to: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $to) { userErrors { message } } }"""
DELETE = (
    "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }"
)
LIST = "{ webhookSubscriptions(first: 50) { nodes { id topic uri } } }"
HERE, THERE = "https://bridge.example.com/webhooks/1", "https://bridge.example.com/webhooks/2"


@pytest.fixture
def shopify() -> Iterator[ShopifyShop]:
    with ShopifyShop("shopify-us", PRODUCTS[:2]) as shop:
        yield shop


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop("woo-eu", PRODUCTS[:2]) as shop:
        yield shop


def create(shop: ShopifyShop, topic: str, uri: str) -> dict[str, Any]:
    made: dict[str, Any] = ask(shop, CREATE, topic=topic, to={"uri": uri})["data"]["webhookSubscriptionCreate"]
    return made


def refused(answer: dict[str, Any]) -> str:
    ((said),) = answer["userErrors"]
    return str(said["message"])


def test_a_subscription_of_shopify_is_made_moved_and_ended(shopify: ShopifyShop) -> None:
    made = create(shopify, "ORDERS_CREATE", HERE)["webhookSubscription"]
    assert ask(shopify, LIST)["data"]["webhookSubscriptions"]["nodes"] == [made]
    assert "already been taken" in refused(create(shopify, "ORDERS_CREATE", HERE))
    ask(shopify, UPDATE, id=made["id"], to={"uri": THERE})
    assert shopify.subscriptions[0].url == THERE
    assert ask(shopify, DELETE, id=made["id"])["data"]["webhookSubscriptionDelete"]["userErrors"] == []
    assert shopify.subscriptions == []
    for gone in (
        ask(shopify, DELETE, id=made["id"])["data"]["webhookSubscriptionDelete"],
        ask(shopify, UPDATE, id=made["id"], to={"uri": HERE})["data"]["webhookSubscriptionUpdate"],
    ):
        assert "does not exist" in refused(gone)


def test_what_shopify_refuses(shopify: ShopifyShop) -> None:
    shopify.scopes -= {"read_returns"}
    assert "with the specified topic" in refused(create(shopify, "RETURNS_REQUEST", HERE))
    assert "http:// is not supported" in refused(create(shopify, "ORDERS_CREATE", "http://bridge.example.com/1"))
    assert create(shopify, "ORDERS_CREATE", "http://127.0.0.1:1/1")["userErrors"] == [], "our own machine has no TLS"
    unknown = ask(shopify, CREATE, topic="ORDERS_EATEN", to={"uri": HERE})
    assert "ORDERS_EATEN" in unknown["errors"][0]["message"]


def test_a_subscription_to_all_topics_is_many_to_the_api(shopify: ShopifyShop) -> None:
    shopify.subscribe(HERE)
    nodes = ask(shopify, LIST)["data"]["webhookSubscriptions"]["nodes"]
    assert len(nodes) == len(SCOPES) - 1, "all but the one of quantities"
    assert len({node["id"] for node in nodes}) == len(nodes)
    assert {node["uri"] for node in nodes} == {HERE}


def test_a_webhook_of_woocommerce_is_made_changed_and_ended(woo: WooShop) -> None:
    with Listener() as listener:
        hook = {"topic": "order.created", "delivery_url": listener.url, "secret": "a &amp; b"}
        made = call(woo, "POST", "/webhooks", hook)
        assert (made.status_code, made.json()["status"]) == (201, "active")
        assert [request.body for request in listener.requests] == [f"webhook_id={made.json()['id']}".encode()]
        woo.sell("HP-MUG-01")
        assert woo.webhooks.idle(10)
        delivery = listener.requests[-1]
        assert delivery.headers["x-wc-webhook-signature"] == signature("a & b", delivery.body)
    path = f"/webhooks/{made.json()['id']}"
    for status in ("paused", "disabled", "active"):
        assert call(woo, "PUT", path, {"status": status}).json()["status"] == status
        assert [row["status"] for row in call(woo, "GET", "/webhooks").json()] == [status]
    assert call(woo, "DELETE", path).status_code == 501, "there is no trash for webhooks"
    assert call(woo, "DELETE", path, force="true").status_code == 200
    assert call(woo, "GET", "/webhooks").json() == []
    assert call(woo, "DELETE", path, force="true").status_code == 404


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"topic": "order.eaten", "delivery_url": HERE}, "invalid_topic"),
        ({"delivery_url": HERE}, "invalid_topic"),
        ({"topic": "order.created", "delivery_url": "ftp://bridge.example.com"}, "invalid_delivery_url"),
        ({"topic": "order.created"}, "invalid_delivery_url"),
        ({"topic": "order.created", "delivery_url": HERE, "status": "asleep"}, "invalid_status"),
    ],
)
def test_what_woocommerce_refuses(woo: WooShop, given: dict[str, str], code: str) -> None:
    answer = call(woo, "POST", "/webhooks", given)
    assert (answer.status_code, answer.json()["code"]) == (400, f"woocommerce_rest_shop_webhook_{code}")
    assert woo.subscriptions == []


def test_a_webhook_that_is_switched_on_again_has_one_try(woo: WooShop) -> None:
    """The count of failures stays: only a delivery that succeeds takes it back."""
    with Listener(503) as listener:
        hook = {"topic": "order.created", "delivery_url": listener.url}
        number = call(woo, "POST", "/webhooks", hook).json()["id"]
        for _ in range(7):
            woo.sell("HP-MUG-01")
            assert woo.webhooks.idle(10)
        assert not woo.subscriptions[0].active
        call(woo, "PUT", f"/webhooks/{number}", {"status": "active"})
        woo.sell("HP-MUG-01")
        assert woo.webhooks.idle(10)
    assert not woo.subscriptions[0].active
