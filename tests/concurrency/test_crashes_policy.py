"""A store's policy changes, and whoever tells its listings dies at every call."""

import itertools

from local.shops.shop import Shop
from local.shops.woocommerce import WooShop
from orderbridge.operations import policies
from tests.concurrency.test_crashes import MUG, Event, die_everywhere, shops
from tests.lambdas import Lambdas
from tests.world import World

__all__ = ["shops"]


def test_update_store_after_a_change_of_the_stores_policy(
    world: World, lambdas: Lambdas, shops: tuple[Shop, WooShop]
) -> None:
    buffers = itertools.count(1)

    def change() -> Event:
        policies.change(world.bridge, "", "woo-eu", {"buffer": next(buffers)})
        return {"Records": [{"body": "store#woo-eu"}]}

    calls = die_everywhere(world, lambdas, "update_store", change, reads=False)
    assert calls.count("UpdateItem") >= 4
    last = next(buffers) - 1
    assert world.shown(MUG) == {"shopify-us": 1000, "woo-eu": 1000 - last}
