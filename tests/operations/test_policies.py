"""The stock policy: what may be said, that it reaches the shop, and that a slip of the pen empties none."""

import pytest

from local.shops.catalogue import PRODUCTS, Product
from local.shops.server import Answer, Request
from local.shops.shopify import ShopifyShop
from orderbridge.brake import Limits
from orderbridge.errors import BridgeError, InvalidInput, NotFound, UnknownStore
from orderbridge.model import Terms
from orderbridge.operations import brake, policies
from orderbridge.operations.skus import explain
from orderbridge.tables.control import RETELL
from tests.laws import assert_all_true
from tests.world import World

MUG, POT = "HP-MUG-01", "HP-TEA-01"
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, POT)]
MANY = [Product(f"HP-BULK-{n:03}", f"Bulk {n}", "", PRODUCTS[0].prices, 10, {"HAM": 0}) for n in range(230)]


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    made = ShopifyShop("us", OFFERED, locations=("HAM",))
    world.connect(made)
    world.connect(ShopifyShop("jp", OFFERED[:1], locations=("HAM",), currency="JPY"))
    world.stock({MUG: 10, POT: 10, "UNLISTED": 5})
    world.settle()
    return made


def said(world: World, sku: str = "", store: str = "", **terms: int) -> None:
    policies.change(world.bridge, sku, store, terms)


def test_what_is_said_of_a_sku_reaches_the_shops(world: World, shop: ShopifyShop) -> None:
    said(world, MUG, buffer=2)
    said(world, MUG, "us", fixed=3)
    world.settle()
    assert world.shown(MUG) == {"us": 3, "jp": 5}
    assert_all_true(world)
    said(world, MUG)
    said(world, MUG, "us", cap=1)
    world.settle()
    assert world.shown(MUG) == {"us": 1, "jp": 10}
    assert_all_true(world)


def test_what_is_said_of_a_store_reaches_all_its_listings(world: World, shop: ShopifyShop) -> None:
    said(world, store="us", percent=50)
    assert [todo.kind for todo in world.todos()] == [RETELL], "one to-do stands for all"
    world.settle()
    assert (world.shown(MUG), world.shown(POT)) == ({"us": 5, "jp": 10}, {"us": 5})
    said(world, store="us")
    world.settle()
    assert world.shown(POT) == {"us": 10}
    assert_all_true(world)


def test_a_store_is_gone_through_page_by_page_and_sell_outs_go_first(world: World) -> None:
    shop = ShopifyShop("us", MANY, locations=("HAM",))
    world.connect(shop)
    world.settle()
    world.stock({product.sku: 6 for product in MANY})
    world.settle()
    said(world, store="us", buffer=1)
    (first,) = world.todos()
    shop.calls.clear()
    world.push()
    assert set(world.shown(MANY[-1].sku).values()) == {5}
    assert len([call for call in shop.calls if b"inventorySetQuantities" in call.request.body]) <= 4
    assert world.todos() == []
    assert first.id == ""
    assert_all_true(world)


def test_a_policy_that_changes_during_a_push_is_not_lost(
    world: World, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = shop.api

    def change_meanwhile(request: Request) -> Answer:
        monkeypatch.undo()
        said(world, store="us", buffer=3)
        return answer(request)

    monkeypatch.setattr(shop, "api", change_meanwhile)
    world.stock({MUG: -1})
    world.publish()
    world.push()
    assert (world.shown(MUG)["us"], world.shown(POT)["us"]) == (6, 7)
    assert_all_true(world)


def test_a_new_map_of_locations_is_used_at_once(world: World) -> None:
    shop = ShopifyShop("us", OFFERED, locations=("HAM", "SZX"))
    store = world.connect(shop)
    world.stock({MUG: 5})
    world.stock({MUG: 3}, "SZX")
    world.settle()
    ham, szx = shop.locations
    assert world.shown(MUG) == {"us": 8}
    world.bridge.control.save_store(store.model_copy(update={"locations": {szx: ("SZX",)}}), retell=True)
    world.settle()
    assert world.shown(MUG) == {"us": 3}
    world.bridge.control.save_store(store.model_copy(update={"locations": {ham: ("HAM", "SZX")}}), retell=True)
    world.settle()
    assert world.shown(MUG) == {"us": 8}


def test_the_next_page_goes_on_after_the_last(world: World, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.publishing._PAGE", 1)
    said(world, store="us", buffer=4)
    world.push()
    assert (world.shown(MUG)["us"], world.shown(POT)["us"]) == (6, 6)
    assert world.todos() == []


@pytest.mark.parametrize(
    ("where", "terms", "error", "words"),
    [
        ({}, {"buffer": 1}, InvalidInput, "name a SKU, a store, or both"),
        ({"sku": "NOBODY"}, {"buffer": 1}, NotFound, "no SKU 'NOBODY'"),
        ({"sku": "A#B"}, {"buffer": 1}, InvalidInput, "is no SKU"),
        ({"store": "nobody"}, {"buffer": 1}, UnknownStore, "no store 'nobody'"),
        ({"sku": MUG, "store": "nobody"}, {"buffer": 1}, UnknownStore, "no store 'nobody'"),
        ({"sku": MUG}, {"buffer": -1}, InvalidInput, "buffer: input should be greater than or equal to 0"),
        ({"store": "us"}, {"percent": 101}, InvalidInput, "percent: input should be less than or equal to 100"),
        ({"store": "us"}, {"cap": 5, "percent": 50}, InvalidInput, "a share is one of cap, percent, fixed"),
        ({"sku": MUG, "store": "us"}, {"cap": 5, "fixed": 5}, InvalidInput, "here are cap and fixed"),
        ({"sku": MUG}, {"fixed": 5}, InvalidInput, "name both"),
        ({"store": "us"}, {"fixed": 5}, InvalidInput, "name both"),
        ({"sku": POT, "store": "jp"}, {"fixed": 5}, InvalidInput, "jp does not offer HP-TEA-01"),
        ({"sku": MUG}, {"colour": 5}, InvalidInput, "colour: extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    world: World, shop: ShopifyShop, where: dict[str, str], terms: dict[str, int], error: type[BridgeError], words: str
) -> None:
    before = policies.show(world.bridge), world.bridge.stock.level(MUG)
    with pytest.raises(error, match=words):
        policies.change(world.bridge, where.get("sku", ""), where.get("store", ""), terms)
    assert (policies.show(world.bridge), world.bridge.stock.level(MUG)) == before
    assert world.todos() == []


def test_it_is_shown_where_it_was_said_and_what_counts(world: World, shop: ShopifyShop) -> None:
    said(world, MUG, buffer=2)
    said(world, MUG, "us", cap=3)
    said(world, store="us", buffer=1)
    found = policies.show(world.bridge, MUG)
    assert [(one.sku, one.store, one.terms.model_dump(exclude_none=True)) for one in found.said] == [
        ("", "jp", {"buffer": 0}),
        ("", "us", {"buffer": 1}),
        (MUG, "", {"buffer": 2}),
        (MUG, "us", {"cap": 3}),
    ]
    assert found.counts == {"us": Terms(buffer=2, cap=3), "jp": Terms(buffer=2)}


def test_why_a_number_was_told_is_kept_with_it(world: World, shop: ShopifyShop) -> None:
    said(world, MUG, "us", buffer=2)
    shop.sell(MUG, 1)
    world.settle()
    said(world, MUG, "us", buffer=9)
    (listed,) = [one for one in explain(world.bridge, MUG).listings if one.store == "us"]
    assert listed.told
    assert listed.told.units == 7, "the buffer of 9 is not told yet"
    assert listed.told.why == (
        "on hand HAM: 10; our orders want 1, 0 of them already gone from on hand: -1; buffer of us: -2"
    )


def test_a_policy_that_would_empty_a_shop_is_stopped(world: World, shop: ShopifyShop) -> None:
    world.bridge.brakes.save_limits(Limits(share=25, least=2, number=500))
    with pytest.raises(InvalidInput, match="the brake is on, nothing was changed: 2 of 2 SKUs"):
        said(world, store="us", buffer=100)
    assert world.todos() == []
    (stopped,) = world.bridge.brakes.stopped()
    assert {sku: (fall.before, fall.after) for sku, fall in world.bridge.brakes.kept(stopped.run).items()} == {
        MUG: (10, 0),
        POT: (10, 0),
    }
    brake.release(world.bridge, stopped.run, "Ada", "the shop is closed for a week")
    assert [(one.outcome, one.who) for one in world.bridge.brakes.decided()] == [("released", "Ada")]
    world.settle()
    assert world.shown(MUG) == {"us": 0, "jp": 10}
    said(world, store="us")
    world.settle()
    assert world.shown(MUG) == {"us": 10, "jp": 10}
