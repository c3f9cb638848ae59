"""A shop whose totals are off by some cents: a rounding line up to the store's tolerance, held above it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.sales import Sale
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.orders import StoredOrder
from orderbridge.queues import HINT, Inbound
from tests.laws import orders
from tests.world import World

MUG = "HP-MUG-01"
SHOPS: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("shop", PRODUCTS[:1], locations=("HAM",)),
    "woocommerce": lambda: WooShop("shop", PRODUCTS[:1]),
}


@pytest.fixture(params=SHOPS)
def shop(world: World, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """Charges two cents more than what it shows: more than WooCommerce's own rounding explains of three amounts."""
    made = SHOPS[request.param]()
    world.connect(made)
    world.stock({MUG: 10})
    world.settle()
    honest = Sale.total
    monkeypatch.setattr(Sale, "total", property(lambda sale: honest.__get__(sale) + Decimal("0.02")))
    return made


def tolerate(world: World, minor_units: int) -> None:
    store = world.bridge.control.store("shop")
    world.bridge.control.save_store(store.model_copy(update={"tolerance": minor_units}))


def fetch(world: World, order: str) -> StoredOrder:
    """The order after it was read from the shop, which shows the same version as before."""
    body = json.dumps([order, None]).encode()
    world.bridge.queues.deliver(Inbound(HINT, "shop", "poll", datetime.now(UTC), body))
    world.settle()
    (stored,) = orders(world)
    return stored


def test_within_the_tolerance_a_webhook_and_a_fetch_give_the_same_rounding_line(world: World, shop: Shop) -> None:
    tolerate(world, 2)
    order = shop.sell(MUG)
    world.settle()
    (told,) = orders(world)
    assert [(fee.kind, fee.amount) for fee in told.order.fees] == [("rounding", Decimal("0.02"))]
    assert (told.waits, told.revision) == ((), 1)
    assert fetch(world, order) == told, "it says what is known already"


def test_above_it_the_order_is_held_until_a_person_tolerates_more(world: World, shop: Shop) -> None:
    order = shop.sell(MUG)
    world.settle()
    (held,) = orders(world)
    (reason,) = held.waits
    assert f"the platform charged {held.order.total} " in reason
    assert held.order.fees == ()
    assert held.holds == {(MUG, "*"): 1}
    tolerate(world, 2)
    assert (fetch(world, order).waits, fetch(world, order).order.total) == ((), held.order.total)
