"""Credentials were renewed by a command elsewhere, and a warm environment still holds the old ones: it must not pause
again what an operator has just resumed."""

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.operations import stores
from tests.lambdas import Lambdas
from tests.world import World

MUG = "HP-MUG-01"
FUNCTIONS = {
    "update_store": {"Records": [{"messageId": "1", "body": "store#shop"}]},
    "poll_orders": {"Records": [{"messageId": "1", "body": '{"store": "shop", "since": null}'}]},
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_warm_environment(world: World, lambdas: Lambdas, function: str) -> None:
    shop, event = ShopifyShop("shop", PRODUCTS[:1], locations=("HAM",)), FUNCTIONS[function]
    world.connect(shop)
    world.stock({MUG: 10})
    world.settle()
    with lambdas.start(function, world.aws.env_of(function)) as warm:
        world.stock({MUG: -1})
        world.publish()
        assert not warm.call(event).error
        shop.token = "renewed"
        world.bridge.vault.put_api("shop", shop.credentials)
        stores.resume(world.bridge, "shop")
        world.stock({MUG: -1})
        world.publish()
        assert not warm.call(event).error
        assert world.bridge.control.store("shop").paused == "", "there are other credentials by now"
        shop.calls.clear()
        assert not warm.call(event).error
    assert {call.status for call in shop.calls} == {200}


def test_credentials_that_are_wrong_pause(world: World, lambdas: Lambdas) -> None:
    shop = ShopifyShop("shop", PRODUCTS[:1], locations=("HAM",))
    world.connect(shop)
    world.settle()
    shop.token = "revoked"
    world.stock({MUG: 1})
    world.publish()
    with lambdas.start("update_store", world.aws.env_of("update_store")) as function:
        assert not function.call(FUNCTIONS["update_store"]).error
    assert world.bridge.control.store("shop").paused
