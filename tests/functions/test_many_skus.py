"""A whole catalogue changes: few calls, and what sells out meanwhile does not wait for it."""

import json

import pytest

from local.shops.catalogue import PRODUCTS, Product
from local.shops.server import Answer, Request
from local.shops.shopify import ShopifyShop
from orderbridge.model import Listing
from orderbridge.shelves import Shelf
from orderbridge.tables.stock import shelved_of
from tests.laws import assert_all_true, scan
from tests.world import World

MANY = [Product(f"HP-BULK-{n:03}", f"Bulk {n}", "", PRODUCTS[0].prices, 10, {"HAM": 7}) for n in range(600)]
LAST = MANY[-1].sku


@pytest.fixture
def us(world: World) -> ShopifyShop:
    """Shows 7 of each, and we have seen it."""
    shop = ShopifyShop("shopify-us", MANY, locations=("HAM",))
    world.connect(shop)
    seen = Shelf(dict.fromkeys(shop.locations, 7), verified=True, state="verified")
    for listing in listings(world):
        world.bridge.stock.save_shelf(listing, seen)
    shop.calls.clear()
    return shop


def listings(world: World) -> list[Listing]:
    rows = scan(world.bridge.stock.table)
    return [shelved_of(row).listing for row in rows if row["sk"].startswith("LISTING#")]


def pushed(us: ShopifyShop) -> list[list[str]]:
    """The SKUs of each stock call, in their order."""
    skus = {str(listing.item_id): listing.product.sku for listing in us.listings}
    bodies = [json.loads(call.request.body) for call in us.calls]
    calls = [body["variables"]["input"]["quantities"] for body in bodies if "input" in body["variables"]]
    return [[skus[row["inventoryItemId"].rpartition("/")[2]] for row in rows] for rows in calls]


def test_600_skus_are_pushed_in_few_calls_and_a_sell_out_goes_first(
    world: World, us: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stock({product.sku: 6 for product in MANY})
    world.publish()
    answer = us.api

    def sell_out_during_the_first_call(request: Request) -> Answer:
        if b"inventorySetQuantities(input" in request.body:
            monkeypatch.undo()
            world.stock({LAST: -6})
            world.publish()
        return answer(request)

    monkeypatch.setattr(us, "api", sell_out_during_the_first_call)
    (served,) = world.push()
    assert served.outcome == "done"
    calls = pushed(us)
    assert [len(rows) for rows in calls] == [250, 250, 100]
    assert LAST not in calls[0]
    assert calls[1][0] == LAST, "sold out: before everything else"
    assert len(us.calls) <= 2 * len(calls), "what each call wrote is read once"
    assert world.shown(LAST) == {"shopify-us": 0}
    assert_all_true(world)
