"""How the demo shops send: signed, in the platform's own way of trying again, with the faults they are told."""

import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.sales import ShopRefuses
from local.shops.server import Request
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from tests.local.listener import Listener

TOPIC, WC_TOPIC = "x-shopify-topic", "x-wc-webhook-topic"


@pytest.fixture
def shopify() -> Iterator[ShopifyShop]:
    with ShopifyShop("shopify-us", PRODUCTS, retries=(0.01,) * 8) as shop:
        yield shop


@pytest.fixture
def woo() -> Iterator[WooShop]:
    with WooShop("woo-eu", PRODUCTS) as shop:
        yield shop


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listener:
        yield listener


def signature(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def sent(shop: ShopifyShop | WooShop, listener: Listener) -> list[Request]:
    assert shop.webhooks.idle(10)
    return listener.requests


# Shopify


def test_a_shopify_delivery_is_signed_over_its_raw_bytes(shopify: ShopifyShop, listener: Listener) -> None:
    shopify.subscribe(listener.url)
    order = shopify.sell("HP-MUG-01")
    requests = sent(shopify, listener)
    assert Counter(r.headers[TOPIC] for r in requests) == Counter(["orders/create", "orders/paid", "orders/updated"])
    for request in requests:
        assert request.headers["x-shopify-hmac-sha256"] == signature(shopify.secrets[0], request.body)
        assert request.headers["x-shopify-order-id"] == order
        assert b"\\/" in request.body
        assert b"/" not in request.body.replace(b"\\/", b"")
        again = json.dumps(json.loads(request.body), ensure_ascii=False, separators=(",", ":")).encode()
        assert again != request.body, "who serialises again gets other bytes"
    assert len({r.headers["x-shopify-webhook-id"] for r in requests}) == 3


@pytest.mark.parametrize(
    ("step", "topics"),
    [
        ("cancel", {"orders/cancelled", "refunds/create", "orders/updated"}),
        ("refund", {"refunds/create", "orders/updated"}),
        ("fulfil", {"orders/fulfilled", "fulfillments/create", "orders/updated"}),
        ("delete", {"orders/delete"}),
    ],
)
def test_the_topics_of_a_step(shopify: ShopifyShop, listener: Listener, step: str, topics: set[str]) -> None:
    order = shopify.sell("HP-MUG-01", 2)
    shopify.subscribe(listener.url)
    getattr(shopify, step)(order)
    assert {r.headers[TOPIC] for r in sent(shopify, listener)} == topics


def test_an_edit_carries_the_change_and_not_the_order(shopify: ShopifyShop, listener: Listener) -> None:
    order = shopify.sell("HP-MUG-01", 3)
    shopify.subscribe(listener.url, ["orders/edited"])
    shopify.edit(order, "HP-MUG-01", 1)
    (request,) = sent(shopify, listener)
    edit = json.loads(request.body)["order_edit"]
    assert edit["order_id"] == int(order)
    assert [row["delta"] for row in edit["line_items"]["removals"]] == [2]


def test_a_failed_delivery_comes_again_with_the_first_bytes(shopify: ShopifyShop) -> None:
    answers = count()
    with Listener(lambda request: 500 if next(answers) < 3 else 200) as listener:
        shopify.subscribe(listener.url, ["orders/create"])
        order = shopify.sell("HP-MUG-01")
        shopify.cancel(order)
        requests = sent(shopify, listener)
    assert len(requests) == 4
    assert len({(r.body, r.headers["x-shopify-webhook-id"]) for r in requests}) == 1
    assert json.loads(requests[-1].body)["cancelled_at"] is None
    assert len(shopify.subscriptions) == 1


def test_a_delivery_that_fails_nine_times_ends_the_subscription(shopify: ShopifyShop) -> None:
    with Listener(503) as listener:
        shopify.subscribe(listener.url, ["orders/create"])
        shopify.sell("HP-MUG-01")
        assert len(sent(shopify, listener)) == 9
        assert shopify.subscriptions == []
        shopify.sell("HP-MUG-01")
        assert len(sent(shopify, listener)) == 9


def test_a_redirect_is_a_failure_for_shopify(shopify: ShopifyShop) -> None:
    with Listener(302) as listener:
        shopify.subscribe(listener.url, ["orders/create"])
        shopify.sell("HP-MUG-01")
        assert len(sent(shopify, listener)) == 9


def test_during_a_rotation_both_secrets_sign(shopify: ShopifyShop, listener: Listener) -> None:
    shopify.subscribe(listener.url, ["orders/create"])
    old = shopify.webhook_secret
    new = shopify.rotate_secret()
    for _ in range(30):
        shopify.sell("HP-PEN-02")
    used = {
        secret
        for request in sent(shopify, listener)
        for secret in (old, new)
        if request.headers["x-shopify-hmac-sha256"] == signature(secret, request.body)
    }
    assert used == {old, new}
    shopify.end_rotation()
    listener.requests.clear()
    shopify.sell("HP-PEN-02")
    (request,) = sent(shopify, listener)
    assert request.headers["x-shopify-hmac-sha256"] == signature(new, request.body)


# WooCommerce


def test_a_hook_is_pinged_unsigned_and_stays_off_unless_the_answer_is_200(woo: WooShop, listener: Listener) -> None:
    listener.status = 202
    with pytest.raises(ShopRefuses, match="202"):
        woo.subscribe(listener.url)
    assert woo.subscriptions == []
    listener.status = 200
    listener.requests.clear()
    hooks = woo.subscribe(listener.url)
    pings = [r.body.decode() for r in listener.requests]
    assert pings == [f"webhook_id={hook.id}" for hook in hooks]
    assert all("x-wc-webhook-signature" not in r.headers for r in listener.requests)


def test_a_woocommerce_delivery_is_ascii_with_escaped_slashes(woo: WooShop, listener: Listener) -> None:
    woo.subscribe(listener.url, ["order.created"])
    woo.sell("HP-MUG-01")
    request = sent(woo, listener)[-1]
    assert request.headers[WC_TOPIC] == "order.created"
    assert request.headers["x-wc-webhook-signature"] == signature(woo.secret, request.body)
    assert request.body.isascii()
    assert b"\\u00dc" in request.body
    assert b"/" not in request.body.replace(b"\\/", b"")


def test_deliveries_of_one_hook_and_second_share_their_id(woo: WooShop, listener: Listener) -> None:
    woo.subscribe(listener.url, ["order.created"])
    at = woo.second()
    woo.now = lambda: at
    orders = {woo.sell("HP-PEN-02") for _ in range(3)}
    requests = sent(woo, listener)[1:]
    assert {str(json.loads(r.body)["id"]) for r in requests} == orders
    assert len({r.headers["x-wc-webhook-delivery-id"] for r in requests}) == 1


def test_a_woocommerce_delivery_shows_the_order_as_it_is_when_it_leaves(woo: WooShop, listener: Listener) -> None:
    woo.subscribe(listener.url, ["order.created"])
    woo.webhook_faults.held = True
    order, gone = woo.sell("HP-MUG-01"), woo.sell("HP-MUG-01")
    woo.cancel(order)
    woo.delete(gone)
    woo.webhooks.resume()
    bodies = [json.loads(r.body) for r in sent(woo, listener)[1:]]
    assert {body.get("status", body.get("code")) for body in bodies} == {
        "cancelled",
        "woocommerce_rest_shop_order_invalid_id",
    }


def test_woocommerce_never_tries_again_and_switches_the_hook_off(woo: WooShop, listener: Listener) -> None:
    (hook,) = woo.subscribe(listener.url, ["order.created"])
    listener.status = 500
    for sales in range(1, 10):
        woo.sell("HP-PEN-02")
        assert len(sent(woo, listener)) == 1 + min(sales, 7)
    assert not hook.active


def test_a_success_starts_the_count_of_failures_again(woo: WooShop, listener: Listener) -> None:
    (hook,) = woo.subscribe(listener.url, ["order.created"])
    for status in (500, 500, 500, 500, 302, 500, 500, 500, 500):
        listener.status = status
        woo.sell("HP-PEN-02")
        sent(woo, listener)
    assert (hook.active, hook.failures) == (True, 4)


# faults


def test_dropped_and_doubled_deliveries_have_their_share(woo: WooShop, listener: Listener) -> None:
    woo.subscribe(listener.url, ["order.created"])
    woo.webhook_faults.drop, woo.webhook_faults.duplicate = 0.3, 0.4
    orders = [woo.sell("HP-PEN-02") for _ in range(150)]
    came = Counter(str(json.loads(r.body)["id"]) for r in sent(woo, listener)[1:])
    never = sum(order not in came for order in orders)
    twice = sum(n == 2 for n in came.values())
    print(f"{never} never, {twice} twice of {len(orders)}")
    assert 30 <= never <= 60
    assert 25 <= twice <= 60
    assert never == sum(attempt.status == -1 for attempt in woo.webhooks.attempts)


def test_the_same_seed_makes_the_same_faults() -> None:
    def plans(seed: int) -> list[list[float]]:
        faults = ShopifyShop("shopify-us", PRODUCTS, seed=seed).webhook_faults
        faults.drop, faults.duplicate, faults.delay = 0.1, 0.2, (0.0, 1.0)
        return [faults.plan() for _ in range(50)]

    assert plans(7) == plans(7)
    assert plans(7) != plans(8)


def test_delays_put_deliveries_out_of_order(shopify: ShopifyShop, listener: Listener) -> None:
    shopify.subscribe(listener.url, ["orders/create"])
    shopify.webhook_faults.delay = (0.0, 0.3)
    orders = [shopify.sell("HP-PEN-02") for _ in range(30)]
    came = [str(json.loads(r.body)["id"]) for r in sent(shopify, listener)]
    assert came != orders
    assert sorted(came) == sorted(orders)


def test_held_deliveries_are_kept(shopify: ShopifyShop, listener: Listener) -> None:
    shopify.subscribe(listener.url, ["orders/create"])
    shopify.webhook_faults.held = True
    shopify.sell("HP-MUG-01")
    time.sleep(0.1)
    assert listener.requests == []
    assert not shopify.webhooks.idle(0.1)
    shopify.webhooks.resume()
    assert len(sent(shopify, listener)) == 1


def test_rubbish_can_be_sent_with_a_right_signature(shopify: ShopifyShop, listener: Listener) -> None:
    shopify.subscribe(listener.url)
    shopify.send_rubbish(b'{"id": ')
    (request,) = sent(shopify, listener)
    assert request.headers["x-shopify-hmac-sha256"] == signature(shopify.webhook_secret, b'{"id": ')
