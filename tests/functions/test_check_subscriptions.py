"""The schedule that looks after subscriptions: what platforms delete or switch off comes back, with what was missed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from local.deploy import STACK
from local.engine import session
from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import platforms
from orderbridge.operations import stores, subscriptions
from orderbridge.platforms.base import Platform
from orderbridge.polling import answer
from orderbridge.subscribing import Checked, check_all
from orderbridge.tables.subscriptions import Sight, Sights
from tests.lambdas import Lambdas
from tests.laws import orders
from tests.operations.conftest import store_of
from tests.world import World

MUG = "HP-MUG-01"
SECRET = 'harbour &amp; "pine" &lt;1&gt;'  # as the merchant sees it; WooCommerce signs with what it decodes to
SHOPS: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("shop", PRODUCTS[:3], locations=("HAM",), retries=()),
    "woocommerce": lambda: WooShop("shop", PRODUCTS[:3]),
}
HOUR = timedelta(hours=1)
TOPICS = ("orders/create",)


def connect(world: World, shop: Shop) -> Shop:
    """Added as an operator would, and not subscribed to anything."""
    world.ends.enter_context(shop)
    secret = SECRET if shop.platform == "woocommerce" else shop.webhook_secret
    stores.add(world.bridge, store_of(shop), shop.credentials, secret)
    world.shops[shop.name] = shop
    url = world.gateway.url("").removesuffix("/")
    world.bridge.settings = replace(world.bridge.settings, webhook_url=url)
    return shop


def register(world: World, shop: Shop) -> None:
    list(polls(world))  # `add` asks for one
    assert subscriptions.register(world.bridge, shop.name, world.bridge.settings.webhook_url).left == []
    assert [json.loads(one) for one in polls(world)] == [{"store": shop.name, "since": None}]


def rewind(world: World, shop: Shop, looked: datetime, seen: datetime) -> None:
    sights = Sights(world.bridge.control)
    sights.save(shop.name, replace(sights.all()[shop.name], looked=looked, seen=seen))


@pytest.fixture(params=SHOPS)
def shop(world: World, request: pytest.FixtureRequest) -> Shop:
    made = connect(world, SHOPS[request.param]())
    register(world, made)
    return made


@pytest.fixture
def woo(world: World) -> WooShop:
    made = connect(world, WooShop("woo", PRODUCTS[:3]))
    assert isinstance(made, WooShop)
    return made


def check(world: World, later: timedelta = HOUR) -> Checked:
    return check_all(world.bridge, 60, lambda: datetime.now(UTC) + later)


def polls(world: World) -> Iterator[str]:
    url = world.aws.settings.polls_queue_url
    while found := world.aws.sqs.receive_message(QueueUrl=url).get("Messages"):
        world.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])
        yield found[0]["Body"]


def test_what_was_deleted_comes_back_and_what_was_missed_is_polled_for(world: World, shop: Shop) -> None:
    (sight,) = Sights(world.bridge.control).all().values()
    shop.subscriptions.clear()
    missed = shop.sell(MUG)
    checked = check(world)
    assert (checked.repaired, checked.failed) == (len(platforms.load(shop.platform).wanted_topics()), 0)
    asked = list(polls(world))
    assert [json.loads(one)["since"] for one in asked] == [sight.seen and sight.seen.isoformat()]
    assert answer(world.bridge, asked[0], 15).passed_on == 1
    heard = shop.sell(MUG)
    world.arrive()
    world.process()
    assert {stored.order.id for stored in orders(world)} == {missed, heard}
    assert check(world, 2 * HOUR) == Checked({"shop": ["well"]})
    assert list(polls(world)) == [], "nothing was wrong, nothing is polled for"


def test_what_woocommerce_switched_off_is_on_again_and_what_a_person_paused_is_told(world: World, woo: WooShop) -> None:
    register(world, woo)
    first, second = woo.subscriptions[:2]
    first.active, second.paused = False, True
    checked = check(world)
    assert (first.active, second.paused) == (True, True)
    assert (checked.repaired, checked.failed) == (1, 1)
    assert "a person has paused it in the shop: switch it on" in " ".join(checked.stores["woo"])
    (sight,) = Sights(world.bridge.control).all().values()
    assert sight.seen
    assert sight.seen < sight.looked, "it was not seen to be well"


def test_what_we_did_not_register_is_only_switched_on_again(world: World, woo: WooShop) -> None:
    token = world.bridge.vault.api("woo")["webhook_token"]
    (hook,) = woo.subscribe(world.gateway.url(token), ["order.created"])
    assert check(world) == Checked({"woo": ["well"]})
    hook.active = False
    assert check(world, 2 * HOUR).repaired == 1
    assert (woo.subscriptions, hook.active) == ([hook], True)


def test_a_shop_that_is_down_stops_no_other_and_is_told(world: World, shop: Shop, woo: WooShop) -> None:
    register(world, woo)
    woo.subscriptions.clear()
    shop.api_faults.shares = {Fault.UNAVAILABLE: 1}
    checked = check(world)
    assert checked.stores["shop"] == ["TemporaryFailure: the platform answered 503"]
    assert (checked.failed, len(woo.subscriptions)) == (1, 4)


def test_who_is_not_looked_at(world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.subscriptions.clear()
    assert check(world, timedelta(minutes=5)) == Checked(), "ten minutes apart: another run may be at it"
    assert check_all(world.bridge, 0) == Checked(more=1), "no time is left"
    stores.pause(world.bridge, shop.name, "stock taking")
    assert check(world) == Checked()
    stores.resume(world.bridge, shop.name)
    with monkeypatch.context() as patched:
        patched.setattr(platforms.load(shop.platform), "subscriptions", Platform.subscriptions)
        assert check(world) == Checked()
    assert check(world).repaired


def test_the_longest_unseen_store_is_first_and_only_one_run_has_it(world: World) -> None:
    sights, now = Sights(world.bridge.control), datetime.now(UTC)
    old = Sight(now - HOUR, seen=now - HOUR, topics=TOPICS)
    sights.save("shop", old)
    assert sights.claim("shop", old, now)
    assert not sights.claim("shop", old, now), "another run has begun"
    assert sights.all()["shop"] == replace(old, looked=now)
    sights.save("shop", Sight(now + HOUR, topics=TOPICS))
    sights.finish("shop", Sight(now, seen=now))
    assert sights.all()["shop"].topics, "a register in between is not forgotten"
    assert not sights.claim("shop", None, now)


def test_a_store_that_was_not_well_for_long_is_not_polled_for_all_of_it(world: World, shop: Shop) -> None:
    now = datetime.now(UTC)
    rewind(world, shop, now - HOUR, now - timedelta(days=90))
    shop.subscriptions.pop()
    check(world, timedelta(0))
    (asked,) = polls(world)
    assert timedelta(days=1) < now - datetime.fromisoformat(json.loads(asked)["since"]) < timedelta(days=3)


def test_the_function_may_do_what_it_must(world: World, shop: Shop, woo: WooShop, lambdas: Lambdas) -> None:
    """With its own role: it repairs one store, cannot repair the other, and says so without the address."""
    register(world, woo)
    for registered in (shop, woo):
        rewind(world, registered, datetime.now(UTC) - HOUR, datetime.now(UTC) - HOUR)
    woo.subscriptions[0].active, woo.subscriptions[1].paused = False, True
    shop.subscriptions.clear()
    env = {**world.aws.env_of("check_subscriptions"), "WEBHOOK_URL": world.bridge.settings.webhook_url}
    with lambdas.start("check_subscriptions", env) as sandbox:
        reply = sandbox.call({})
    assert (reply.error, reply.refused) == ("", [])
    assert reply.answer["repaired"] == 1 + len(platforms.load(shop.platform).wanted_topics())
    assert '"SubscriptionsFailed":[1.0]' in reply.log.replace(" ", "")
    assert "a person has paused it" in reply.log
    for store in ("shop", "woo"):
        assert world.bridge.vault.api(store)["webhook_token"] not in reply.log
    assert sorted(json.loads(one)["store"] for one in polls(world)) == ["shop", "woo"]


def test_the_deployed_function_is_told_the_address_that_shops_are_given(stack: dict[str, str]) -> None:
    """Otherwise it would lead every registered shop away from it."""
    cloudformation: Any = session().client("cloudformation", endpoint_url=stack["EngineUrl"])
    functions: Any = session().client("lambda", endpoint_url=stack["EngineUrl"])
    made = cloudformation.describe_stack_resource(StackName=STACK, LogicalResourceId="CheckSubscriptions")
    name = made["StackResourceDetail"]["PhysicalResourceId"]
    told = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    assert told["WEBHOOK_URL"] == stack["WebhookUrl"]
    assert requests.post(f"{told['WEBHOOK_URL']}/nobody", b"{}", timeout=30).status_code == 401
