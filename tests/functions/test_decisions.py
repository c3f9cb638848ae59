"""Units that left although nobody wants them (any more): asked once, answered with who and why, settled by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import shipping
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.movements import Kind, Movement
from orderbridge.operations import decisions, orders
from orderbridge.operations.health import health
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


def test_health_the_sweep_and_the_timeline_tell_of_it(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, 2)
    ship(world, order, 2, "1")
    shop.cancel(order)
    world.settle()
    (asked,) = decisions.listed(world.bridge)
    assert health(world.bridge).decisions == 1
    assert 0 <= health(world.bridge).oldest_decision_seconds < 60
    assert world.sweep(timedelta(hours=1)).oldest_decision_seconds >= 3600
    assert orders.show(world.bridge, US, order).decision == asked.id
    decisions.make(world.bridge, asked.id, "let-go", "Mara", "too late to stop it")
    told = orders.show(world.bridge, US, order)
    assert (told.decision, health(world.bridge).decisions) == ("", 0)
    shipped, question, answer = (
        next(e for e in told.timeline if e.what == what) for what in ("shipment", "question", "answer")
    )
    assert (shipped.source, shipped.topic, shipped.changes[f"shipped.{KEY}"]) == ("demo", "D-1 line 1", [0, 2])
    assert (question.topic, question.outcome) == (asked.question, "made")
    assert (answer.source, answer.topic, answer.why) == ("Mara", "let-go", "too late to stop it")
    assert [e.source for e in told.timeline if e.what == "revision"][-1] == "person"


def test_what_only_the_shop_calls_sent_can_be_let_go_of(world: World) -> None:
    """WooCommerce: completed by mistake, then cancelled. Nobody recorded a shipment."""
    woo = WooShop("woo-eu", PRODUCTS[:4])
    world.connect(woo)
    world.stock({MUG: 5})
    order = woo.sell(MUG, 2)
    woo.set_status(order, "completed")
    world.settle()
    woo.cancel(order)
    world.settle()
    (asked,) = decisions.listed(world.bridge)
    assert asked.units == {KEY: 2}
    assert world.bridge.orders.load("woo-eu", order).holds == {(MUG, "*"): 2}  # type: ignore[union-attr]
    decisions.make(world.bridge, asked.id, "not-sent", "Mara", "clicked the wrong button")
    assert world.bridge.orders.load("woo-eu", order).holds == {}  # type: ignore[union-attr]
    for note in ("called back", "and again"):  # saved once more in the shop: the answer stands
        woo.sale(order).note = note
        woo.now = lambda: datetime.now(UTC) + timedelta(seconds=2)
        woo.set_status(order, "cancelled")
        world.settle()
        assert world.bridge.orders.load("woo-eu", order).holds == {}  # type: ignore[union-attr]
    assert decisions.listed(world.bridge) == []
    assert_conserved(world)
    woo.reopen(order)
    world.settle()
    stored = world.bridge.orders.load("woo-eu", order)
    assert stored is not None
    assert (stored.holds, stored.asked.choice) == ({(MUG, "*"): 2}, "")
    assert_conserved(world)
