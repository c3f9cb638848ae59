"""Subscriptions: every kind of trouble is found, named and put right; nothing of others is touched."""

from collections.abc import Callable
from typing import Any

import pytest

from local.shops.faults import Fault
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, Rejected, TemporaryFailure, UnknownStore
from orderbridge.operations import stores, subscriptions
from orderbridge.platforms.base import Platform, Sending, Subscription
from orderbridge.subscriptions import Finding, Wrong, findings
from tests.operations.conftest import store_of

URL = "http://localhost:1/webhooks"  # nobody listens there: only what the shops are told is looked at
HERE, ELSEWHERE = "https://new.example.com/webhooks/token", "https://old.example.com/webhooks/token"


def ours(state: Sending = Sending.ACTIVE, address: str = HERE, id: str = "1") -> Subscription:
    return Subscription(id, "orders/create", address, state)


@pytest.mark.parametrize(
    ("shown", "wrong", "about"),
    [
        ([ours()], [], []),
        ([], [Wrong.MISSING], [""]),
        ([ours(address="https://others.example.com/webhooks/another")], [Wrong.MISSING], [""]),
        ([Subscription("1", "orders/paid", HERE)], [Wrong.MISSING], [""]),
        ([ours(Sending.DISABLED)], [Wrong.DISABLED], ["1"]),
        ([ours(Sending.PAUSED)], [Wrong.PAUSED], ["1"]),
        ([ours(address=ELSEWHERE)], [Wrong.ASTRAY], ["1"]),
        ([ours(address=ELSEWHERE, id="old"), ours()], [Wrong.DOUBLED], ["old"]),
        ([ours(Sending.PAUSED, id="p"), ours(Sending.DISABLED, id="d"), ours()], [Wrong.DOUBLED] * 2, ["d", "p"]),
        ([ours(address=ELSEWHERE), ours(Sending.DISABLED, id="d")], [Wrong.DISABLED, Wrong.DOUBLED], ["d", "1"]),
        ([ours(Sending.PAUSED, id="p"), ours(address=ELSEWHERE)], [Wrong.ASTRAY, Wrong.DOUBLED], ["1", "p"]),
    ],
)
def test_each_finding(shown: list[Subscription], wrong: list[Wrong], about: list[str]) -> None:
    found = findings(["orders/create"], shown, HERE, {})
    assert [one.wrong for one in found] == wrong
    assert [one.subscription.id if one.subscription else "" for one in found] == about


def test_a_scope_that_is_missing_explains_the_rest() -> None:
    lacking = {"orders/create": "read_orders"}
    assert findings(["orders/create"], [], HERE, lacking) == [
        Finding("orders/create", Wrong.MISSING_SCOPE, "read_orders")
    ]


@pytest.fixture(params=["us", "eu"])
def shop(bridge: Bridge, request: pytest.FixtureRequest) -> Shop:
    made: Shop = request.getfixturevalue(request.param)
    stores.add(bridge, store_of(made), made.credentials, made.webhook_secret)
    return made


def wanted(shop: Shop) -> set[str]:
    return set(platforms.load(shop.platform).wanted_topics())


def sent(shop: Shop) -> list[str]:
    return sorted(topic for hook in shop.subscriptions if hook.active and not hook.paused for topic in hook.topics)


def test_register_subscribes_to_every_topic_and_a_second_time_to_nothing(bridge: Bridge, shop: Shop) -> None:
    assert {one.wrong for one in subscriptions.check(bridge, shop.name, URL)} == {Wrong.MISSING}
    done = subscriptions.register(bridge, shop.name, URL)
    assert ({one.topic for one in done.done}, done.left) == (wanted(shop), [])
    assert sent(shop) == sorted(wanted(shop))
    (address,) = {hook.url for hook in shop.subscriptions}
    token = bridge.vault.api(shop.name)["webhook_token"]
    assert address == f"{URL}/{token}"
    assert subscriptions.check(bridge, shop.name, URL) == []
    before = list(shop.subscriptions)
    assert subscriptions.register(bridge, shop.name, URL) == subscriptions.Repaired()
    assert shop.subscriptions == before


def _move(shop: Shop) -> None:
    for hook in shop.subscriptions:
        hook.url = hook.url.replace("localhost:1", "localhost:2")


def _double(shop: Shop) -> None:
    token = shop.subscriptions[0].url.rsplit("/", 1)[1]
    hook = type(shop.subscriptions[0])
    shop.subscriptions.append(hook(7, f"http://localhost:2/webhooks/{token}", shop.subscriptions[0].topics))


def test_quantities_are_sent_only_to_who_asks_for_them_and_then_for_good(bridge: Bridge, shop: Shop) -> None:
    subscriptions.register(bridge, shop.name, URL)
    assert shop.STOCK_TOPIC not in sent(shop)
    assert [one.topic for one in subscriptions.register(bridge, shop.name, URL, stock=True).done] == [shop.STOCK_TOPIC]
    shop.subscriptions.pop()
    assert [one.topic for one in subscriptions.check(bridge, shop.name, URL)] == [shop.STOCK_TOPIC]
    subscriptions.register(bridge, shop.name, URL)
    assert shop.STOCK_TOPIC in sent(shop)


@pytest.mark.parametrize(
    ("harm", "wrong"),
    [
        (lambda shop: shop.subscriptions.clear(), Wrong.MISSING),
        (_move, Wrong.ASTRAY),
        (_double, Wrong.DOUBLED),
    ],
)
def test_what_went_wrong_is_put_right(bridge: Bridge, shop: Shop, harm: Callable[[Shop], Any], wrong: Wrong) -> None:
    subscriptions.register(bridge, shop.name, URL)
    harm(shop)
    assert {one.wrong for one in subscriptions.check(bridge, shop.name, URL)} == {wrong}
    assert subscriptions.problems(bridge, shop.name, URL)
    assert subscriptions.register(bridge, shop.name, URL).left == []
    assert sent(shop) == sorted(wanted(shop))
    assert {hook.url.rsplit("/", 1)[0] for hook in shop.subscriptions} == {URL}
    assert subscriptions.problems(bridge, shop.name, URL) == []


def test_register_switches_on_what_woocommerce_or_a_person_switched_off(bridge: Bridge, eu: WooShop) -> None:
    stores.add(bridge, store_of(eu), eu.credentials, eu.webhook_secret)
    subscriptions.register(bridge, eu.name, URL)
    eu.subscriptions[0].active, eu.subscriptions[1].paused = False, True
    assert {one.wrong for one in subscriptions.check(bridge, eu.name, URL)} == {Wrong.DISABLED, Wrong.PAUSED}
    subscriptions.register(bridge, eu.name, URL)
    assert sent(eu) == sorted(wanted(eu))


def test_a_missing_scope_is_named_with_its_topics(bridge: Bridge, us: ShopifyShop) -> None:
    """Shopify itself does not say which."""
    stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    us.scopes -= {"read_fulfillments"}
    done = subscriptions.register(bridge, us.name, URL)
    assert {(one.topic, one.scope) for one, _ in done.left} == {
        ("fulfillments/create", "read_fulfillments"),
        ("fulfillments/update", "read_fulfillments"),
    }
    assert {one.topic for one in done.done} == wanted(us) - {"fulfillments/create", "fulfillments/update"}
    assert subscriptions.problems(bridge, us.name, URL) == [
        "webhooks: fulfillments/create, fulfillments/update: "
        "the shop does not send it, for these credentials lack the scope read_fulfillments"
    ]
    us.scopes |= {"read_fulfillments"}
    assert len(subscriptions.register(bridge, us.name, URL).done) == 2


def test_a_topic_that_is_refused_stops_no_other_and_the_address_stays_secret(bridge: Bridge, us: ShopifyShop) -> None:
    token = stores.add(bridge, store_of(us), us.credentials, us.webhook_secret).token
    done = subscriptions.register(bridge, us.name, "http://bridge.example.com/webhooks")
    assert {one.topic for one, _ in done.left} == wanted(us)
    assert all("http:// is not supported" in reason for _, reason in done.left)
    subscriptions.register(bridge, us.name, URL)
    seen = bridge.shop(us.name).subscriptions()
    for shown in (done, seen, subscriptions.line(bridge, us.name, URL)):
        assert token not in repr(shown)


def test_nothing_is_ended_before_the_one_to_be_kept_is_well(
    bridge: Bridge, eu: WooShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.add(bridge, store_of(eu), eu.credentials, eu.webhook_secret)
    subscriptions.register(bridge, eu.name, URL)
    eu.subscriptions[0].active = False
    _double(eu)
    to = subscriptions.line(bridge, eu.name, URL)

    def refuse(*given: object) -> None:
        raise Rejected("no", platform="woocommerce", store=eu.name)

    monkeypatch.setattr(to.shop, "repair", refuse)
    done = subscriptions.repair(to, subscriptions.look(to, to.shop.wanted_topics()))
    assert [finding.wrong for finding, _ in done.left] == [Wrong.DISABLED, Wrong.DOUBLED]
    assert sent(eu) == sorted(wanted(eu)), "the other one still sends it"


def test_a_shop_that_is_not_there_is_asked_once(bridge: Bridge, eu: WooShop) -> None:
    stores.add(bridge, store_of(eu), eu.credentials, eu.webhook_secret)
    eu.api_faults.script.extend(["", "", Fault.UNAVAILABLE])
    done = subscriptions.register(bridge, eu.name, URL)
    assert (len(done.done), len(done.left)) == (1, len(wanted(eu)) - 1)
    assert {reason for _, reason in done.left} == {"the platform answered 503"}
    eu.api_faults.script.append(Fault.UNAVAILABLE)
    with pytest.raises(TemporaryFailure):
        subscriptions.check(bridge, eu.name, URL)
    eu.api_faults.script.append(Fault.UNAVAILABLE)
    assert subscriptions.problems(bridge, eu.name, URL) == ["webhooks: the platform answered 503"]


def test_without_the_capability_or_an_address_nothing_is_claimed(
    bridge: Bridge, us: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    bridge.vault.put_api(us.name, us.credentials)
    with pytest.raises(InvalidInput, match="no webhook address"):
        subscriptions.register(bridge, us.name, URL)
    with pytest.raises(UnknownStore):
        subscriptions.problems(bridge, "nobody", URL)
    monkeypatch.setattr(platforms.load("shopify"), "subscriptions", Platform.subscriptions)
    with pytest.raises(InvalidInput, match="set them up in the shop"):
        subscriptions.register(bridge, us.name, URL)
    assert subscriptions.problems(bridge, us.name, URL) == []
