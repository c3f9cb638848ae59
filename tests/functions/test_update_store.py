"""One worker serves one store's to-dos: what happens around it while it works."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.server import Answer, Request
from local.shops.shopify import ShopifyShop
from orderbridge.pushing import serve
from orderbridge.tables.control import counterparty
from tests.lambdas import Lambdas
from tests.laws import assert_all_true
from tests.world import AFTER_A_CRASH, World

MUG, WHO = "HP-MUG-01", counterparty("shop")


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    made = ShopifyShop("shop", PRODUCTS[:1], locations=("HAM",))
    world.connect(made)
    world.stock({MUG: 10})
    world.settle()
    made.calls.clear()
    return made


def during_the_next_call(shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """The shop's answer waits until `act` has happened."""
    answer = shop.api

    def api(request: Request) -> Answer:
        monkeypatch.undo()
        act()
        return answer(request)

    monkeypatch.setattr(shop, "api", api)


def test_the_function_serves_the_store_that_the_bell_names(world: World, shop: ShopifyShop, lambdas: Lambdas) -> None:
    world.stock({MUG: -4})
    world.publish()
    with lambdas.start("update_store", world.aws.env_of("update_store")) as function:
        first = function.call({"Records": [{"body": WHO}]})
        calls = len(shop.calls)
        again = function.call({"Records": [{"body": WHO}]})
    assert first.failures == again.failures == []
    assert world.shown(MUG) == {"shop": 6}
    assert calls == 2, "one write, one read"
    assert [call for call in again.calls if call.startswith("POST")] == [], "nothing to do, nothing asked"
    assert_all_true(world)


def test_a_change_during_the_call_is_pushed_as_well(
    world: World, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change() -> None:
        world.stock({MUG: -1})
        world.publish()

    world.stock({MUG: -4})
    world.publish()
    during_the_next_call(shop, monkeypatch, change)
    world.push()
    assert world.shown(MUG) == {"shop": 5}
    assert_all_true(world)


def test_a_second_worker_leaves_at_once_and_its_bell_is_not_lost(
    world: World, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def ring_again() -> None:
        world.stock({MUG: -1})
        world.publish()
        seen.append(serve(world.bridge, "shop", 20).outcome)

    world.stock({MUG: -4})
    world.publish()
    during_the_next_call(shop, monkeypatch, ring_again)
    served = serve(world.bridge, "shop", 20)
    assert seen == ["another worker is at it"]
    assert served.outcome == "done"
    assert world.shown(MUG) == {"shop": 5}
    assert_all_true(world)


def test_a_dead_worker_holds_the_store_only_for_the_time_of_its_lease(world: World, shop: ShopifyShop) -> None:
    now = datetime.now(UTC)
    assert world.bridge.control.lease(WHO, "the dead", now, 45)
    world.stock({MUG: -4})
    world.publish()
    assert world.push()[0].outcome == "another worker is at it"
    assert world.push(timedelta(seconds=30))[0].outcome == "another worker is at it"
    assert world.push(AFTER_A_CRASH)[0].outcome == "done"
    assert_all_true(world)


def test_whoever_lost_the_lease_does_not_release_it(world: World) -> None:
    now = datetime.now(UTC)
    assert world.bridge.control.lease(WHO, "slow", now, 45)
    assert world.bridge.control.lease(WHO, "next", now + timedelta(minutes=1), 45)
    world.bridge.control.release(WHO, "slow")
    assert not world.bridge.control.lease(WHO, "third", now + timedelta(minutes=1), 45)


def test_out_of_time_it_asks_for_another_bell(world: World, shop: ShopifyShop) -> None:
    world.stock({MUG: -4})
    world.publish()
    served = serve(world.bridge, "shop", budget=0)
    assert (served.more, served.pushed, len(shop.calls)) == (True, 0, 0)
    assert serve(world.bridge, "shop", budget=20).more is False
    assert_all_true(world)


def test_a_listing_that_is_gone_has_nothing_to_be_told(world: World, shop: ShopifyShop) -> None:
    world.stock({MUG: -4})
    world.publish()
    (shelved,) = world.bridge.stock.listings(MUG)
    world.bridge.stock.table.write(
        world.bridge.stock.table.delete(f"SKU#{MUG}", f"LISTING#shop#{shelved.listing.item_id}")
    )
    world.push()
    assert world.todos() == []
    assert not shop.calls
