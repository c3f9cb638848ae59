"""The receiver, called as API Gateway calls it."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import receiving
from orderbridge.operations import stores
from orderbridge.queues import inbound
from orderbridge.signatures import sign
from tests.gateway import event_of
from tests.lambdas import Lambdas, Sandbox
from tests.laws import orders
from tests.world import World

SCHEME = "hmac-sha256-base64"
BODY = '{"id":1,"note":"grüße 茶 \\/ "}'.encode()
MUG = "HP-MUG-01"


@pytest.fixture
def us(world: World) -> ShopifyShop:
    shop = ShopifyShop("shopify-us", PRODUCTS[:1], locations=("HAM",))
    world.connect(shop)
    return shop


@pytest.fixture
def receiver(world: World, lambdas: Lambdas) -> Iterator[Sandbox]:
    with lambdas.start("receive_webhook", world.aws.env_of("receive_webhook")) as sandbox:
        yield sandbox


def signed(shop: Shop, body: bytes = BODY, topic: str = "orders/create", key: str = "") -> dict[str, Any]:
    """The event of a Shopify webhook."""
    signature = sign(SCHEME, key or shop.webhook_secret, body)
    headers = {"X-Shopify-Topic": topic, "X-Shopify-Hmac-Sha256": signature, "Content-Type": "application/json"}
    return event_of(f"/webhooks/token-{shop.name}", headers, body)


def test_the_answer_comes_after_the_message_lies_on_the_queue(world: World, us: ShopifyShop, receiver: Sandbox) -> None:
    reply = receiver.call(signed(us))
    assert reply.answer == {"statusCode": 200, "body": ""}
    assert reply.calls == ["GetSecretValue", "SendMessage"]
    (record,) = world.inbound()
    message = inbound(record)
    assert (message.store, message.topic, message.body, message.kind) == (
        "shopify-us",
        "orders/create",
        BODY,
        "webhook",
    )


@pytest.mark.parametrize("encoded", [True, False])
def test_the_raw_bytes_count_however_the_gateway_hands_them_over(
    world: World, us: ShopifyShop, receiver: Sandbox, encoded: bool
) -> None:
    event = signed(us)
    if not encoded:
        event |= {"body": BODY.decode(), "isBase64Encoded": False}
    assert receiver.call(event).answer["statusCode"] == 200
    assert inbound(world.inbound()[0]).body == BODY


def test_an_unknown_address_and_a_bad_signature_get_the_same_answer(
    world: World, us: ShopifyShop, receiver: Sandbox
) -> None:
    unknown = {**signed(us), "pathParameters": {"token": "token-nobody"}}
    unsigned = signed(us)
    del unsigned["headers"]["x-shopify-hmac-sha256"]
    flipped = {**signed(us), "body": base64.b64encode(BODY + b" ").decode()}
    no_address = {**signed(us), "pathParameters": None}
    events = [unknown, signed(us, key="not the key"), unsigned, flipped, no_address]
    answers = [receiver.call(event).answer for event in events]
    assert answers == [answers[0]] * len(events)
    assert answers[0]["statusCode"] == 401
    assert world.inbound() == []


def test_a_body_over_4_mb_is_too_large(world: World, us: ShopifyShop, receiver: Sandbox) -> None:
    largest = b"x" * receiving.LARGEST
    assert receiver.call(signed(us, largest)).answer["statusCode"] == 200
    assert receiver.call(signed(us, largest + b"x")).answer["statusCode"] == 413
    assert len(world.inbound()) == 1


def test_what_is_marked_as_base64_and_is_not_is_refused(us: ShopifyShop, receiver: Sandbox) -> None:
    assert receiver.call({**signed(us), "body": "no base64!"}).answer["statusCode"] == 400


def test_half_a_character_is_no_reason_to_fail(us: ShopifyShop, receiver: Sandbox) -> None:
    assert receiver.call({**signed(us), "body": "\ud800", "isBase64Encoded": False}).answer["statusCode"] == 401


def test_a_large_body_goes_by_the_bucket(world: World, us: ShopifyShop, receiver: Sandbox) -> None:
    us.webhook_faults.drop = 1
    us.sell(MUG)
    document = json.loads(us.webhooks.attempts[0].body)
    body = json.dumps({**document, "note_attributes": [{"name": "x", "value": "y" * 200_000}]}).encode()
    reply = receiver.call(signed(us, body))
    assert reply.answer["statusCode"] == 200
    assert reply.calls == ["GetSecretValue", "PUT object", "SendMessage"]
    (record,) = world.inbound()
    assert len(record["body"]) < 100
    world.come_back()
    assert [done.outcome for done in world.process()] == ["applied"]
    (stored,) = orders(world)
    assert stored.order.id == str(document["id"])


def test_both_secrets_of_a_rotation_are_accepted(world: World, us: ShopifyShop, lambdas: Lambdas) -> None:
    old = us.webhook_secret
    new = us.rotate_secret()
    secret = world.bridge.vault.inbound("token-shopify-us")
    world.bridge.vault.put_inbound("token-shopify-us", {**secret, "keys": [new, old]})
    with lambdas.start("receive_webhook", world.aws.env_of("receive_webhook")) as receiver:
        statuses = [receiver.call(signed(us, key=key)).answer["statusCode"] for key in (old, new, "older still")]
    assert statuses == [200, 200, 401]


def test_a_paused_store_still_accepts(world: World, us: ShopifyShop, receiver: Sandbox) -> None:
    stores.pause(world.bridge, "shopify-us", "holidays")
    assert receiver.call(signed(us)).answer["statusCode"] == 200
    assert len(world.inbound()) == 1


def test_without_the_queue_nothing_is_answered_with_success(world: World, us: ShopifyShop, lambdas: Lambdas) -> None:
    told = world.aws.env_of("receive_webhook")
    broken = told | {"INBOUND_QUEUE_URL": told["INBOUND_QUEUE_URL"] + "-gone"}
    with lambdas.start("receive_webhook", broken) as receiver:
        reply = receiver.call(signed(us))
    assert reply.answer is None, "the gateway makes a 5xx of this, and the shop sends it again"
    assert reply.calls[-1] == "SendMessage"
    assert "ClientError" in reply.error


def test_woocommerce_is_answered_at_its_handshake(world: World, receiver: Sandbox) -> None:
    eu = WooShop("woo-eu", PRODUCTS[:1])
    world.connect(eu)  # refuses to save its webhooks unless their pings are answered with 200
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    ping = event_of("/webhooks/token-woo-eu", form, b"webhook_id=7")
    reply = receiver.call(ping)
    assert (reply.answer["statusCode"], reply.calls) == (200, ["GetSecretValue"])
    strangers = [
        {**ping, "pathParameters": {"token": "token-nobody"}},
        event_of("/webhooks/token-woo-eu", {"Content-Type": "application/json"}, b"webhook_id=7"),
        event_of("/webhooks/token-woo-eu", form, b"order_id=7"),
        event_of("/webhooks/token-woo-eu", {**form, "X-WC-Webhook-Signature": "x"}, b"webhook_id=7"),
    ]
    assert [receiver.call(event).answer["statusCode"] for event in strangers] == [401] * len(strangers)
    assert world.inbound() == []


def test_shopify_has_no_handshake(us: ShopifyShop, receiver: Sandbox) -> None:
    ping = event_of(
        "/webhooks/token-shopify-us", {"Content-Type": "application/x-www-form-urlencoded"}, b"webhook_id=7"
    )
    assert receiver.call(ping).answer["statusCode"] == 401


def test_the_log_holds_neither_body_nor_token_nor_key(us: ShopifyShop, receiver: Sandbox) -> None:
    buyer = b'{"email":"ada@example.com"}'
    logs = receiver.call(signed(us, buyer)).log + receiver.call(signed(us, buyer, key="wrong")).log
    assert "shopify-us" in logs
    for private in ("ada@example.com", "token-shopify-us", us.webhook_secret, sign(SCHEME, us.webhook_secret, buyer)):
        assert private not in logs


def test_it_imports_neither_pydantic_nor_a_platform(world: World) -> None:
    """What it need not import, it need not wait for when it starts cold."""
    program = "import sys, functions.receive_webhook.app; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    modules = done.stdout.split()
    assert "orderbridge.receiving" in modules
    assert [m for m in modules if m.startswith(("pydantic", "orderbridge.platforms", "orderbridge.model"))] == []
