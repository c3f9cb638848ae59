"""Units that left although nobody wants them (any more): asked once, answered with who and why, settled by itself."""

from datetime import UTC, datetime

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge import shipping
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.movements import Kind, Movement
from orderbridge.operations import decisions
from tests.laws import assert_conserved
from tests.world import World

MUG, US = "HP-MUG-01", "shopify-us"
KEY = f"{MUG}|*"


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    us = ShopifyShop(US, PRODUCTS[:4], locations=("HAM",))
    world.connect(us)
    world.stock({MUG: 10})
    return us


def ship(world: World, order: str, units: int, line: str) -> None:
    at = datetime.now(UTC)
    moved = Movement(MUG, "HAM", Kind.SHIPMENT, -units, "D-1", at, at, store=US, order=order, line=line)
    shipping.record(world.bridge, "demo", moved)


def sold(world: World, shop: ShopifyShop, units: int) -> str:
    order = shop.sell(MUG, units)
    world.settle()
    return order


def test_a_cancellation_after_the_shipment_is_asked_about_once(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, 3)
    ship(world, order, 2, "1")
    assert decisions.listed(world.bridge) == []
    shop.cancel(order)
    world.settle()
    (asked,) = decisions.listed(world.bridge)
    assert (asked.units, asked.state) == ({KEY: 2}, "open")
    assert f"2 of {MUG} left, but order #1001 was cancelled" in asked.question
    made = decisions.make(world.bridge, asked.id, "return", "Mara", "the parcel service brings it back")
    assert (made.state, made.choice, made.who) == ("made", "return", "Mara")
    assert made.ended is not None
    assert decisions.listed(world.bridge) == []
    assert world.bridge.orders.load(US, order).holds == {(MUG, "*"): 2}  # type: ignore[union-attr]
    with pytest.raises(InvalidInput, match="is made by Mara"):
        decisions.make(world.bridge, asked.id, "let-go", "Tom", "no")
    ship(world, order, 1, "2")
    (again,) = decisions.listed(world.bridge)
    assert (again.units, again.id != asked.id) == ({KEY: 3}, True)
    assert_conserved(world)


def test_a_shipment_of_a_cancelled_order_asks_and_its_reversal_settles(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, 3)
    shop.cancel(order)
    world.settle()
    assert decisions.listed(world.bridge) == []
    ship(world, order, 3, "1")
    (asked,) = decisions.listed(world.bridge)
    ship(world, order, -1, "2")
    assert decisions.show(world.bridge, asked.id).units == {KEY: 2}
    ship(world, order, -2, "3")
    assert decisions.listed(world.bridge) == []
    settled = decisions.show(world.bridge, asked.id)
    assert (settled.state, settled.who) == ("settled by itself", "")
    assert_conserved(world)


def test_too_many_units_are_asked_about_and_an_edit_settles(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, 1)
    ship(world, order, 2, "1")
    (asked,) = decisions.listed(world.bridge)
    assert "1 of HP-MUG-01 left, but order #1001 does not want so many" in asked.question
    shop.edit(order, MUG, 2)
    world.settle()
    assert decisions.show(world.bridge, asked.id).state == "settled by itself"


def test_what_is_no_decision_is_refused_in_words(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, 1)
    with pytest.raises(NotFound, match="has no decision"):
        decisions.show(world.bridge, f"{US}/{order}/00000007")
    with pytest.raises(InvalidInput, match="is no decision"):
        decisions.show(world.bridge, "what")
    ship(world, order, 2, "1")
    (asked,) = decisions.listed(world.bridge)
    with pytest.raises(InvalidInput, match="is no choice; there are: return, let-go, not-sent"):
        decisions.make(world.bridge, asked.id, "burn", "Mara", "why not")
    with pytest.raises(InvalidInput, match="who made it and why"):
        decisions.make(world.bridge, asked.id, "let-go", "Mara", " ")
    assert len(decisions.listed(world.bridge)) == 1
