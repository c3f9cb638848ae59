"""A sell-out while a whole catalogue is being pushed to the same shop goes out with the very next call.

By hand with more: `LISTINGS=50000 pytest -s tests/functions/test_sell_out_first.py`.
"""

import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.shops.catalogue import PRODUCTS, Product
from local.shops.server import Answer, Request
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import platforms
from orderbridge.model import Listing, Store
from orderbridge.publishing import Changed, publish
from orderbridge.pushing import serve
from orderbridge.tables.control import STOCK, counterparty
from orderbridge.tables.items import Table
from tests.world import CONNECTED, World

LISTINGS = int(os.environ.get("LISTINGS", "5000"))
SHOWN, THERE = 7, 6  # every listing has to be told
_BATCH = 25  # rows in one write, a limit of DynamoDB


def products(family: bool) -> list[Product]:
    """Five of a family: in a call WooCommerce takes the variations of one product only."""
    price = PRODUCTS[0].prices
    return [
        Product(f"HP-BULK-{n:05}", f"Bulk {n}", "", price, 10, {}, f"Family {n // 5}" if family else "")
        for n in range(min(LISTINGS, 5000) if family else LISTINGS)  # a demo shop looks for families one by one
    ]


def rows(store: Store, listing: Listing) -> Iterator[tuple[str, dict[str, Any]]]:
    """A listing that was seen to show 7, a level of 6, and the to-do."""
    pk = f"SKU#{listing.sku}"
    shelf = {"quantities": dict.fromkeys(store.locations, SHOWN), "sold": 0, "back": 0, "verified": True}
    document = listing.model_dump(mode="json")
    yield "stock", {"pk": pk, "sk": "LEVEL", "on_hand#HAM": THERE, "version": 1}
    yield (
        "stock",
        {"pk": pk, "sk": f"LISTING#{store.id}#{listing.item_id}", "listing": document, "state": "verified", **shelf},
    )
    since, todo = datetime.now(UTC).isoformat(), f"{STOCK}#stock#{listing.sku}#{listing.item_id}"
    yield "control", {"pk": f"TODO#{counterparty(store.id)}", "sk": todo, "mark": "m", "since": since}


def write(table: Table, items: list[dict[str, Any]]) -> None:
    for start in range(0, len(items), _BATCH):
        some = [{"PutRequest": {"Item": table.put(item)["Put"]["Item"]}} for item in items[start : start + _BATCH]]
        assert not table.client.batch_write_item(RequestItems={table.name: some}).get("UnprocessedItems")  # type: ignore[dict-item]


def connect(world: World, shop: Shop) -> Store:
    """As `World.connect` leaves it, with everything still to be told; row by row it would take minutes."""
    locations: dict[str, tuple[str, ...]] = dict.fromkeys(shop.locations, ())
    url = world.ends.enter_context(shop).url
    store = Store(
        id=shop.name,
        platform=shop.platform,
        url=url,
        currency=shop.currency,
        locations=locations,
        connected_at=CONNECTED,
    )
    world.bridge.control.save_store(store)
    world.bridge.vault.put_api(store.id, shop.credentials)
    world.shops[store.id] = shop
    made: dict[str, list[dict[str, Any]]] = {"stock": [], "control": []}
    for one in shop.listings:
        for place in one.quantities:
            one.quantities[place] = SHOWN
        ids = {"product_id": str(one.product_id), "variant_id": str(one.variant_id or ""), "item_id": str(one.item_id)}
        for table, row in rows(store, Listing(store=store.id, sku=one.sku, **ids)):
            made[table].append(row)
    write(world.bridge.stock.table, made["stock"])
    write(world.bridge.control.table, made["control"])
    return store


def pushed(shop: Shop) -> list[list[str]]:
    """The item ids of each stock call, in their order."""
    found = []
    for call in shop.calls:
        body = json.loads(call.request.body or b"{}")
        if quantities := body.get("variables", {}).get("input", {}).get("quantities"):
            found.append([row["inventoryItemId"].rpartition("/")[2] for row in quantities])
        elif update := body.get("update"):
            found.append([str(row["id"]) for row in update])
    return found


@pytest.mark.parametrize("platform", ["shopify", "woocommerce", "woocommerce variations"])
def test_a_sell_out_during_a_push_of_everything_goes_with_the_very_next_call(
    world: World, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = products(family="variations" in platform)
    shop: Shop = ShopifyShop("us", offered, locations=("HAM",)) if platform == "shopify" else WooShop("us", offered)
    connect(world, shop)
    answer, last, sold_out = shop.api, shop.listings[-1], list[float]()

    def sell_out_during_the_first_push(request: Request) -> Answer:
        if not sold_out and (b"inventorySetQuantities(" in request.body or b'"update": [{' in request.body):
            before = world.bridge.stock.level(last.sku)
            world.stock({last.sku: -THERE})
            publish(world.bridge, [Changed(last.sku, world.bridge.stock.level(last.sku), before)])
            sold_out.append(time.monotonic())
        elif sold_out and not last.available:
            sold_out.append(time.monotonic())
        return answer(request)

    monkeypatch.setattr(shop, "api", sell_out_during_the_first_push)
    serve(world.bridge, "us", budget=max(5, LISTINGS / 1000), rest=timedelta(0))
    calls = pushed(shop)
    size = platforms.load(shop.platform).STOCK_BATCH
    print(
        f"{platform}: {len(offered)} to be told, {size} in a call at most; a sell-out during the first call was told "
        f"with call 2 of {len(calls)}, seen {sold_out[1] - sold_out[0]:.2f} s later"
    )
    assert str(last.item_id) not in calls[0]
    assert calls[1][0] == str(last.item_id), "before everything else"
    assert world.shown(last.sku) == {"us": 0}
    told = {item for call in calls for item in call}
    left = {todo.id.rpartition("#")[2] for todo in world.todos()}
    assert told | left == {str(one.item_id) for one in shop.listings}, "nothing was forgotten"
