"""Signed, and nonsense all the same: accepted, kept, named, and in nobody's way."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.operations import quarantine
from orderbridge.signatures import sign
from tests.lambdas import Lambdas, Reply, Sandbox
from tests.laws import assert_all_true, orders
from tests.world import World

MUG = "HP-MUG-01"
Document = dict[str, Any]

RUBBISH: dict[bytes, str] = {
    b"": "the body is empty",
    b" \n": "the body is empty",
    b"hello": "the body is not JSON",
    b'{"id": 1': "the body is not JSON",
    b"\xff\xfe\x00{}": "not UTF-8",
    '{"id": "\ud800"}'.encode(errors="surrogatepass"): "not UTF-8",
    b"null": "the payload does not fit: the document: Input should be a valid dict",
    b"[1, 2]": "the payload does not fit: the document: Input should be a valid dict",
    b'"an order"': "the payload does not fit: the document: Input should be a valid dict",
    b"{}": "the payload does not fit: id: Field required",
    b'{"id": 1, "id": 2}': "the same key twice",
    b'{"id": 1, "total_price": NaN, "total": NaN}': "NaN",
    b'{"id": 1' + b"0" * 50 + b"}": "absurdly long",
    b'{"id": ' + b"[" * 100_000 + b"]" * 100_000 + b"}": "nested too deeply",
    b'{"x": "' + b"y" * 4_000_000 + b'"}': "the payload does not fit: id: Field required",
}


def _line(**changes: Any) -> Callable[[Document], Document]:
    def change(document: Document) -> Document:
        document["line_items"][0] |= changes
        return document

    return change


def _order(**changes: Any) -> Callable[[Document], Document]:
    return lambda document: document | changes


WRONG: dict[str, Callable[[Document], Document]] = {
    "line_items: Input should be a valid tuple": _order(line_items="none"),
    "line_items.0: Input should be a valid dictionary": _order(line_items=[[]]),
    "line_items.0.quantity: Input should be greater": _line(quantity=-1),
    "line_items.0.quantity: Input should be less": _line(quantity=10**9),
    "line_items.0.quantity: Input should be a valid integer": _line(quantity=1.5),
    "line_items.0.sku: String should have at most": _line(sku="x" * 20_000),
    "line_items.0.sku: Input should be a valid string": _line(sku={"a": 1}),
    "currency: Input should be a valid string": _order(currency=["USD"]),
    "id: String should match pattern": _order(id="../../etc"),
    "total_tax: Input should be a finite number": _order(total_tax="NaN"),
    "total_tax: Decimal input should have no more than 28 digits": _order(total_tax="0." + "1" * 30),
    "total_tax: Input should be less than 1000000000000000000": _order(total_tax="9" * 20),
    "total_tax: Input should be a valid decimal": _order(total_tax="1,50"),
}


@dataclass
class Line:
    """A shop whose webhooks go through the real receiver, and the function that takes them from the queue."""

    world: World
    shop: Shop
    processor: Sandbox

    def order(self) -> Document:
        """What the shop would have sent for a sale of one mug; it is not sent."""
        self.shop.webhook_faults.drop = 1
        self.shop.sell(MUG)
        document: Document = json.loads(self.shop.webhooks.attempts[-1].body)
        return document

    def send(self, body: bytes, topic: str = "") -> int:
        """The status that the shop gets for a signed delivery."""
        woo = self.shop.platform == "woocommerce"
        signature, kind = ("X-WC-Webhook-Signature", "X-WC-Webhook-Topic") if woo else (
            "X-Shopify-Hmac-Sha256",
            "X-Shopify-Topic",
        )  # fmt: skip
        headers = {
            signature: sign("hmac-sha256-base64", self.shop.webhook_secret, body),
            kind: topic or ("order.updated" if woo else "orders/updated"),
            "Content-Type": "application/json",
        }
        url = self.world.gateway.url(f"token-{self.shop.name}")
        return requests.post(url, body, headers=headers, timeout=10).status_code

    def process(self) -> list[Reply]:
        """Empty the queue, ten at a time."""
        replies = []
        while records := self.world.inbound():
            replies.append(self.processor.call({"Records": records}))
            for record in records:
                if record["messageId"] not in replies[-1].failures:
                    self.world.forget(record)
        return replies

    def quarantined(self) -> dict[bytes, str]:
        """Raw body -> reason."""
        found = quarantine.listed(self.world.bridge)
        return {quarantine.raw(self.world.bridge, entry.id): entry.reason for entry in found}


@pytest.fixture(params=["shopify", "woocommerce"])
def line(world: World, lambdas: Lambdas, request: pytest.FixtureRequest) -> Iterator[Line]:
    offered = PRODUCTS[:1]
    shop = ShopifyShop("shop", offered, locations=("HAM",)) if request.param == "shopify" else WooShop("shop", offered)
    world.connect(shop)
    world.stock({MUG: 10})
    world.settle()
    with lambdas.start("process_deliveries", world.aws.env_of("process_deliveries")) as processor:
        yield Line(world, shop, processor)


def test_rubbish_is_kept_with_a_reason_and_stops_no_good_order(line: Line) -> None:
    good = line.order()
    for body in RUBBISH:
        assert line.send(body) == 200, body[:60]
    assert line.send(json.dumps(good).encode()) == 200
    replies = line.process()
    assert [reply.failures for reply in replies] == [[]] * len(replies)
    found = line.quarantined()
    assert found.keys() == RUBBISH.keys()
    for body, reason in RUBBISH.items():
        assert reason in found[body], body[:60]
    assert [stored.order.id for stored in orders(line.world)] == [str(good["id"])]


def test_a_wrong_field_is_named_and_its_value_is_not(line: Line) -> None:
    good, expected = line.order(), {}
    for reason, change in WRONG.items():
        body = json.dumps(change(copy.deepcopy(good))).encode()
        expected[body] = reason
        assert line.send(body) == 200
    replies = line.process()
    assert [reply.failures for reply in replies] == [[]] * len(replies)
    found = line.quarantined()
    assert {found.get(body, ""): reason for body, reason in expected.items() if reason not in found.get(body, "")} == {}
    assert orders(line.world) == []
    for private in ("../../etc", "example.com"):
        assert private not in "".join(reply.log for reply in replies) + "".join(found.values())


def test_a_topic_that_nobody_knows_is_kept(line: Line) -> None:
    body = b'{"id": 7}'
    assert line.send(body, "volcanoes/erupt") == 200
    line.process()
    assert "'volcanoes/erupt' is not in the table" in line.quarantined()[body]


def test_the_same_rubbish_again_is_one_entry_and_release_tries_it_again(line: Line) -> None:
    for _ in range(3):
        line.send(b"hello")
        line.process()
    (entry,) = quarantine.listed(line.world.bridge)
    quarantine.release(line.world.bridge, entry.id)
    assert line.quarantined() == {}
    line.process()
    assert line.quarantined().keys() == {b"hello"}


def test_an_unknown_currency_is_stored_holds_stock_and_waits(line: Line) -> None:
    line.send(json.dumps(line.order() | {"currency": "XQQ"}).encode())
    line.process()
    (stored,) = orders(line.world)
    assert stored.waits == ("currency 'XQQ' is not an ISO 4217 code",)
    assert stored.holds == {(MUG, "*"): 1}
    line.world.settle()
    assert_all_true(line.world)


def test_money_that_does_not_add_up_is_stored_with_both_sums_and_waits(line: Line) -> None:
    total = {"shopify": "total_price", "woocommerce": "total"}[line.shop.platform]
    line.send(json.dumps(line.order() | {total: "999.99"}).encode())
    line.process()
    (stored,) = orders(line.world)
    (reason,) = stored.waits
    assert "the platform charged 999.99" in reason
    assert stored.holds == {(MUG, "*"): 1}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": "JPY"}, "JPY is not an amount of that currency"),
        ({"total": "-5.00", "total_price": "-5.00"}, "the total is below zero: -5 "),
    ],
)
def test_money_that_cannot_be_is_stored_as_it_came_and_waits(line: Line, changes: Document, reason: str) -> None:
    line.send(json.dumps(line.order() | changes).encode())
    line.process()
    (stored,) = orders(line.world)
    assert reason in stored.waits[0]
    assert line.quarantined() == {}
    line.world.settle()
    assert_all_true(line.world)


@pytest.mark.parametrize("sku", ["", " ", "\x00\x1b", "a|b#c", "x" * 3000, "名" * 100, "half \ud800"])
def test_an_odd_sku_without_a_product_is_an_unmapped_line(line: Line, sku: str) -> None:
    document = line.order()
    document["line_items"][0] |= {"sku": sku, "product_id": None, "variant_id": None, "variation_id": 0}
    assert line.send(json.dumps(document).encode()) == 200
    assert [reply.failures for reply in line.process()] == [[]]
    (stored,) = orders(line.world)
    assert stored.holds == {}
    assert len(stored.unmapped) == 1
    assert line.world.sweep().rechecked == 0
