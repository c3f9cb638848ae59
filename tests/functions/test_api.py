"""The operators' API: who may, what it shows, what it does, and a plain reason for whatever it cannot do."""

import base64
import json
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.model import Order
from orderbridge.operations import products
from orderbridge.queues import ORDER, Inbound
from orderbridge.routes import respond
from tests.lambdas import Lambdas
from tests.resources import Aws
from tests.world import CONNECTED, World

MUG = "HP-MUG-01"
LAST = "HP-LAMP-01"


def event(path: str, method: str = "GET", body: object = None, token: str = "") -> dict[str, Any]:
    """As an HTTP API makes it: the path is decoded, but for %25."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    text = body if isinstance(body, str) else json.dumps(body)
    return {"rawPath": path, "requestContext": {"http": {"method": method}}, "headers": headers, "body": text}


def ask(bridge: Bridge, path: str, method: str = "GET", body: object = None) -> tuple[int, Any]:
    answer = respond(bridge, event(path, method, body, bridge.vault.operator_token()))
    return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    """A store with five units of each SKU in the ledger."""
    us = ShopifyShop("shopify-us", PRODUCTS[:20], locations=("HAM",))
    world.connect(us)
    ledger = Ledger(world.bridge)
    ledger.add_location("HAM")
    for product in PRODUCTS[:20]:
        ledger.receive(product.sku, "HAM", 5, "opening")
    world.settle()
    return us


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", "Bearer ä", "Basic {token}", "{token}", "Bearer {token}x"]
)
def test_nobody_else_is_let_in(world: World, header: str) -> None:
    asked = event("/api/health")
    asked["headers"] = {"Authorization": header.format(token=world.bridge.vault.operator_token())}
    answer = respond(world.bridge, asked)
    assert answer["statusCode"] == 401
    assert answer["headers"]["www-authenticate"] == "Bearer"
    assert json.loads(answer["body"])["error"] == "Unauthorized"


def test_a_new_token_works_within_a_minute(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    bridge, clock = Bridge(aws.settings), [1000.0]
    monkeypatch.setattr("orderbridge.vault.time.monotonic", lambda: clock[0])
    old, secret = bridge.vault.operator_token(), f"{aws.settings.secret_prefix}/operator"
    aws.secrets.put_secret_value(SecretId=secret, SecretString=json.dumps({"token": "new"}))
    assert respond(bridge, event("/api/health", token="new"))["statusCode"] == 401
    clock[0] += 61
    assert respond(bridge, event("/api/health", token="new"))["statusCode"] == 200
    assert respond(bridge, event("/api/health", token=old))["statusCode"] == 401


def test_health_is_live(world: World, shop: ShopifyShop) -> None:
    status, well = ask(world.bridge, "/api/health")
    assert (status, well["share_true"], well["dirty"], well["oldest_todo_seconds"]) == (200, 1.0, 0, 0)
    shop.sell(MUG, 1)
    assert shop.webhooks.idle(10)
    world.process()
    assert ask(world.bridge, "/api/health")[1]["dirty"] == 1
    world.publish()
    busy = ask(world.bridge, "/api/health")[1]
    assert (busy["dirty"], busy["share_true"]) == (0, 1 - 1 / 20)
    assert busy["stores"][0]["todos"] == 1
    _, todos = ask(world.bridge, "/api/todos")
    assert [(t["counterparty"], t["kind"], t["id"].split("#")[0]) for t in todos] == [
        ("store#shopify-us", "stock", MUG)
    ]
    world.settle()
    assert ask(world.bridge, "/api/health")[1]["share_true"] == 1.0


def test_an_order_with_its_timeline(world: World, shop: ShopifyShop) -> None:
    order = shop.sell_basket({MUG: 3}, paid=False)
    world.settle()
    shop.pay(order)
    world.settle()
    status, shown = ask(world.bridge, f"/api/orders/shopify-us/{order}")
    assert status == 200
    assert shown["order"]["buyer"]["email"].endswith("@example.com"), "an operator sees the buyer"
    assert shown["holds"] == [{"sku": MUG, "pool": "*", "units": 3, "shipped": 0, "missing": 0}]
    assert (shown["money"]["parts"], shown["money"]["problem"]) == (shown["money"]["charged"], "")
    times = [e["at"] for e in shown["timeline"]]
    assert times == sorted(times)
    paid = [e["changes"]["payment"] for e in shown["timeline"] if "payment" in e["changes"]]
    assert paid == [["unpaid", "paid"]]
    assert {e["what"] for e in shown["timeline"]} == {"delivery", "revision"}


def test_a_sku_is_explained_and_the_later_order_is_short(world: World, shop: ShopifyShop) -> None:
    first = shop.sell(LAST, 4)
    world.settle()
    shop.allow_oversell = True
    second = shop.sell(LAST, 3)
    world.settle()
    status, shown = ask(world.bridge, f"/api/skus/{LAST}")
    assert (status, shown["oversold"], shown["offers"][0]["units"]) == (200, 2, 0)
    assert "on hand HAM: 5" in shown["offers"][0]["why"]
    assert [(h["order"], h["units"], h["missing"]) for h in shown["holds"][LAST]] == [(first, 4, 0), (second, 3, 2)]
    assert [(s["state"], sum(s["shows"].values())) for s in shown["listings"]] == [("verified", 0)]
    assert ask(world.bridge, f"/api/orders/shopify-us/{second}")[1]["holds"][0]["missing"] == 2


def test_an_order_that_is_held_for_five_cents_goes_on_when_they_are_tolerated(world: World, shop: ShopifyShop) -> None:
    sold = world.bridge.shop("shopify-us").fetch(shop.sell(MUG, 1))
    assert isinstance(sold, Order)
    odd = sold.model_copy(update={"id": "77", "total": sold.total + Decimal("0.05")})
    world.bridge.queues.deliver(Inbound(ORDER, "shopify-us", "", CONNECTED, odd.model_dump_json().encode()))
    world.settle()
    _, held = ask(world.bridge, "/api/orders/shopify-us/77")
    assert ["the parts add up to" in reason for reason in held["waits"]] == [True]
    store = world.bridge.control.store("shopify-us")
    world.bridge.control.save_store(store.model_copy(update={"tolerance": 5}))
    assert ask(world.bridge, "/api/orders/shopify-us/77/recheck", "POST") == (200, None)
    world.settle()
    _, shown = ask(world.bridge, "/api/orders/shopify-us/77")
    assert (shown["waits"], shown["order"]["fees"][-1]["kind"]) == ([], "rounding")


def test_what_orders_wait_for_is_suggested_without_asking_the_shop(world: World) -> None:
    us = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    world.connect(us)
    us.listing(MUG).sku, us.listing(MUG).variant_id = "MUG 1", 7
    us.allow_oversell = True
    order = us.sell(MUG, 1)
    world.settle()
    us.calls.clear()
    status, (left,) = ask(world.bridge, "/api/suggestions/shopify-us")
    assert (status, left["sku"], left["orders"], left["frees"], left["offered"]) == (200, "MUG 1", 1, 1, False)
    assert left["suggestions"][0]["sku"] == MUG
    assert ask(world.bridge, f"/api/orders/shopify-us/{order}")[1]["unmapped"] == [left["reference"]]
    assert not us.calls
    assert ask(world.bridge, "/api/suggestions/nobody")[0] == 404


@pytest.mark.parametrize("sku", ["A/B", "a b", "50% off", "A%2FB", "杯子", "x/movements"])
def test_any_sku_can_be_asked_for(world: World, sku: str) -> None:
    ledger = Ledger(world.bridge)
    ledger.add_location("HAM")
    ledger.receive(sku, "HAM", 2, "r1")
    escaped = sku.replace("%", "%25")
    assert ask(world.bridge, f"/api/skus/{escaped}")[1]["sku"] == sku
    assert ask(world.bridge, f"/api/skus/{quote(sku, safe='')}")[1]["sku"] == sku, "in case nothing was decoded"
    assert ask(world.bridge, f"/api/ledger/{escaped}/movements")[1][0]["balance"] == 2


def test_ledger_entries(world: World, shop: ShopifyShop) -> None:
    order = shop.sell(MUG, 2)
    world.settle()
    receipt = {"kind": "receipt", "sku": MUG, "location": "HAM", "quantity": 10, "reference": "DN-7"}
    ship = {"kind": "shipment", "sku": MUG, "location": "HAM", "quantity": 2, "reference": "P-1", "store": "shopify-us"}
    count = {"kind": "count", "sku": MUG, "location": "HAM", "quantity": 12, "reference": "C-1"}
    path = "/api/ledger/movements"
    assert ask(world.bridge, path, "POST", receipt) == (200, {"entered": True})
    assert ask(world.bridge, path, "POST", receipt) == (200, {"entered": False})
    assert ask(world.bridge, path, "POST", {**receipt, "quantity": 11})[0] == 400
    assert ask(world.bridge, path, "POST", {**ship, "order": order}) == (200, {"entered": True})
    assert ask(world.bridge, path, "POST", {**ship, "order": "none", "reference": "P-2"})[0] == 404
    assert ask(world.bridge, path, "POST", count) == (200, {"entered": True})
    moved = ask(world.bridge, f"/api/ledger/{MUG}/movements")[1]
    assert [(m["kind"], m["units"], m["balance"]) for m in moved] == [
        ("receipt", 5, 5),
        ("receipt", 10, 15),
        ("shipment", -2, 13),
        ("count", -1, 12),
    ]
    assert {m["who"] for m in moved[1:]} == {"api"}


GOOD = {"kind": "receipt", "sku": MUG, "location": "HAM", "quantity": 1, "reference": "r"}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "empty"),
        ("{", "not JSON"),
        ("[]", "dictionary"),
        ('{"kind": "receipt", "kind": "count"}', "twice"),
        ({**GOOD, "quantity": 1.5}, "quantity"),
        ({**GOOD, "quantity": "5"}, "quantity"),
        ({**GOOD, "quantity": -1}, "at least 1"),
        ({**GOOD, "quantity": 10**9}, "absurd"),
        ({**GOOD, "quantity": 10**30}, "quantity|absurd"),
        ({**GOOD, "location": "HMA"}, "no location 'HMA', there are: HAM"),
        ({**GOOD, "sku": "A#B"}, "no SKU"),
        ({**GOOD, "sku": ""}, "no SKU"),
        (json.dumps(GOOD).replace(MUG, "\\ud800"), "no SKU"),
        ({**GOOD, "reference": "x" * 101}, "no reference"),
        ({**GOOD, "kind": "theft"}, "kind"),
        ({**GOOD, "extra": 1}, "extra"),
        ({**GOOD, "at": "2026-11-23T10:00:00"}, "at"),
        ({**GOOD, "at": "9999-11-23T10:00:00Z"}, "future"),
        ({**GOOD, "at": "0001-01-01T00:00:00+14:00"}, "at"),
        ({**GOOD, "kind": "shipment"}, "no store"),
        ({**GOOD, "kind": "shipment", "store": "shopify-us"}, "no order id"),
        ({**GOOD, "kind": "shipment", "store": "shopify-us", "order": "1", "quantity": 0}, "none"),
    ],
)
def test_bad_entries_have_a_reason(world: World, body: object, reason: str) -> None:
    Ledger(world.bridge).add_location("HAM")
    status, answer = ask(world.bridge, "/api/ledger/movements", "POST", body)
    assert status == 400
    assert set(answer) == {"error", "reason", "next_action"}
    assert any(part in answer["reason"] for part in reason.split("|")), answer["reason"]
    assert world.bridge.stock.level(MUG).version == 0


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/orders/shopify-us/1", 404),
        ("POST", "/api/orders/shopify-us/1/recheck", 404),
        ("GET", "/api/orders/Shopify US/1", 400),
        ("GET", f"/api/orders/shopify-us/{'9' * 201}", 400),
        ("GET", "/api/skus/none", 404),
        ("GET", "/api/skus/a#b", 400),
        ("GET", "/api/skus/", 404),
        ("GET", f"/api/skus/{'x' * 3000}", 400),
        ("GET", "/api/ledger/none/movements", 404),
        ("POST", "/api/quarantine/none/release", 404),
        ("POST", f"/api/quarantine/{'x' * 3000}/release", 400),
        ("DELETE", "/api/health", 404),
        ("GET", "/api/nothing", 404),
    ],
)
def test_unknown_and_impossible_things(world: World, method: str, path: str, status: int) -> None:
    got, answer = ask(world.bridge, path, method)
    assert got == status
    assert answer["reason"]
    assert answer["next_action"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST"]),
    start=st.sampled_from(["orders/shopify-us", "decisions/shopify-us/1", "skus", "ledger", "quarantine"]),
    end=st.text(max_size=20),
    last=st.sampled_from(["", "/movements", "/release", "/00000001"]),
    body=st.binary(max_size=30),
)
def test_no_input_is_our_failure(aws: Aws, method: str, start: str, end: str, last: str, body: bytes) -> None:
    bridge = Bridge(aws.settings)
    asked = event(f"/api/{start}/{end}{last}", method, token=bridge.vault.operator_token())
    asked |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
    assert respond(bridge, asked)["statusCode"] < 500


def test_bad_base64_is_refused(world: World) -> None:
    asked = event("/api/ledger/movements", "POST", "@@@", world.bridge.vault.operator_token())
    assert respond(world.bridge, {**asked, "isBase64Encoded": True})["statusCode"] == 400


def test_the_function_logs_no_buyer(world: World, shop: ShopifyShop, lambdas: Lambdas) -> None:
    order = shop.sell(MUG, 1)
    world.settle()
    asked = event(f"/api/orders/shopify-us/{order}", token=world.bridge.vault.operator_token())
    with lambdas.start("api", world.aws.env_of("api")) as function:
        reply = function.call(asked)
    buyer = json.loads(reply.answer["body"])["order"]["buyer"]
    assert "asked" in reply.log
    for hidden in (*buyer.values(), world.bridge.vault.operator_token()):
        assert not hidden or hidden not in reply.log


def test_a_decision_is_made(world: World, shop: ShopifyShop) -> None:
    order = shop.sell(MUG, 1)
    world.settle()
    Ledger(world.bridge).ship(shop.name, order, MUG, "HAM", 1, "P-1")
    shop.cancel(order)
    world.settle()
    status, (asked,) = ask(world.bridge, "/api/decisions")
    path = f"/api/decisions/{asked['id']}"
    assert (status, ask(world.bridge, path)) == (200, (200, asked))
    made = {"who": "Mara", "why": "the parcel service has it"}
    wrong: list[object] = ["no JSON", [], {"who": "Mara"}, {**made, "why": " "}]
    for body in wrong:
        assert ask(world.bridge, f"{path}/return", "POST", body)[0] == 400, body
    assert ask(world.bridge, f"{path}/burn", "POST", made)[0] == 400
    status, found = ask(world.bridge, f"{path}/return", "POST", made)
    assert (status, found["state"], {name: found[name] for name in made}) == (200, "made", made)
    assert found["choice"] == "return"
    assert ask(world.bridge, f"{path}/return", "POST", made)[0] == 400, "once"
    assert ask(world.bridge, "/api/decisions") == (200, [])
    assert ask(world.bridge, "/api/decisions/a/b/00000001")[0] == 404
    for id in ("a/b/1", "1", "A B/c/00000001", f"a/{'x' * 2000}/00000001"):
        assert ask(world.bridge, f"/api/decisions/{id}")[0] == 400, id


def test_the_policy_is_said_and_shown(world: World, shop: ShopifyShop) -> None:
    said = {"sku": MUG, "store": "shopify-us", "buffer": 2, "cap": 1}
    status, terms = ask(world.bridge, "/api/policy", "POST", said)
    assert (status, terms["buffer"], terms["cap"]) == (200, 2, 1)
    asked = {**event("/api/policy", token=world.bridge.vault.operator_token()), "queryStringParameters": {"sku": MUG}}
    shown = json.loads(respond(world.bridge, asked)["body"])
    assert shown["counts"] == {"shopify-us": terms}
    world.settle()
    assert world.shown(MUG) == {"shopify-us": 1}
    refusals: list[Any] = [{"sku": MUG, "cap": -1}, {"sku": MUG, "cap": "all"}, {"buffer": 1}, {"sku": 7}, []]
    for wrong in refusals:
        status, refused = ask(world.bridge, "/api/policy", "POST", wrong)
        assert (status, refused["error"]) == (400, "InvalidInput")
    assert ask(world.bridge, "/api/policy", "POST", {"store": "nobody", "buffer": 1})[0] == 404


def test_oversold_orders_are_listed(world: World, shop: ShopifyShop) -> None:
    shop.allow_oversell = True
    order = shop.sell(MUG, 7)
    world.settle()
    status, found = ask(world.bridge, "/api/oversold")
    assert (status, [(one["order"], one["missing"]) for one in found]) == (200, [(order, 2)])


def test_its_role_may_say_a_policy_and_list_what_is_oversold(world: World, shop: ShopifyShop, lambdas: Lambdas) -> None:
    token = world.bridge.vault.operator_token()
    calls = [
        event("/api/policy", "POST", {"store": shop.name, "percent": 50}, token),
        event("/api/policy", "POST", {"sku": MUG, "buffer": 1}, token),
        event("/api/policy", token=token),
        event("/api/oversold", token=token),
    ]
    with lambdas.start("api", world.aws.env_of("api")) as function:
        replies = [function.call(asked) for asked in calls]
    assert [(reply.error, reply.answer["statusCode"]) for reply in replies] == [("", 200)] * len(calls)
    world.settle()
    assert world.shown(MUG) == {shop.name: 2}, "half of 4"


def test_prices_and_products_are_said_seen_and_decided(world: World, shop: ShopifyShop) -> None:
    products.tell(world.bridge, "shopify-us", {"prices": True})
    price = {"sku": MUG, "currency": "USD", "price": "1.80"}
    assert ask(world.bridge, "/api/prices", "POST", price) == (200, {"entered": True})
    assert ask(world.bridge, "/api/prices", "POST", price) == (200, {"entered": False})
    world.settle()
    status, (held,) = ask(world.bridge, "/api/held-prices")
    assert (status, held["sku"], held["before"], held["after"]) == (200, MUG, "18.00 USD", "1.8 USD")
    assert ask(world.bridge, f"/api/held-prices/{MUG}/released", "POST", {"who": "Ada"})[0] == 400
    word = {"who": "Ada", "why": "clearance"}
    assert ask(world.bridge, f"/api/held-prices/{MUG}/released", "POST", word)[0] == 200
    assert ask(world.bridge, f"/api/held-prices/{MUG}/released", "POST", word)[0] == 404
    world.settle()
    _, seen = ask(world.bridge, f"/api/prices/{MUG}")
    assert [(one["shall"], one["state"]) for one in seen["stores"]] == [("1.8 USD", "verified")]
    assert ask(world.bridge, f"/api/skus/{MUG}")[1]["prices"] == seen
    assert ask(world.bridge, "/api/products", "POST", {"sku": MUG, "names": {"en": "Mug"}}) == (200, {"entered": True})
    assert ask(world.bridge, f"/api/products/{MUG}")[1]["product"]["names"] == {"en": "Mug"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/prices", []),
        ("/api/prices", {"sku": MUG}),
        ("/api/prices", {"sku": MUG, "currency": "USD", "price": "-1"}),
        ("/api/prices", {"sku": MUG, "currency": 5, "price": {}}),
        ("/api/prices", {"sku": MUG, "currency": "USD", "price": "1", "sale": "0.5", "sale_from": "tomorrow"}),
        ("/api/products", {"sku": MUG, "names": ["Mug"]}),
        ("/api/products", {"sku": MUG, "grams": "heavy"}),
        ("/api/products", {"sku": "a#b"}),
    ],
)
def test_what_cannot_be_said_of_a_price_or_product(world: World, path: str, body: object) -> None:
    status, answer = ask(world.bridge, path, "POST", body)
    assert (status, bool(answer["reason"])) == (400, True)
