"""A function dies before and after every single call it makes; what time brings afterwards makes all true again."""

import itertools
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from tests.lambdas import Died, Lambdas, Sandbox
from tests.laws import assert_all_true, orders
from tests.world import World

MUG, KIT = "HP-MUG-01", "HP-KIT-TEA"  # here the kit is two mugs
OFFERED = [product for product in (*PRODUCTS, *KIT_PRODUCTS) if product.sku in (MUG, KIT)]
Event = dict[str, Any]


@pytest.fixture
def shops(world: World) -> tuple[ShopifyShop, WooShop]:
    us, eu = ShopifyShop("shopify-us", OFFERED, locations=("HAM",)), WooShop("woo-eu", OFFERED)
    us.graphql.bucket = Bucket(10**6, 10**6)  # hundreds of calls in seconds, and here is not where it throttles
    world.kit(KIT, {MUG: 2})
    world.connect(us)
    world.connect(eu)
    world.stock({MUG: 1000})
    world.settle()
    return us, eu


def die_everywhere(
    world: World, lambdas: Lambdas, function: str, prepare: Callable[[], Event], *, reads: bool = True
) -> list[str]:
    """Run `function` on what `prepare` makes, dying before and after each of its calls, until it comes to its end.

    Without `reads` it dies only at calls that change something: what lies between them differs in nothing.
    Returns the calls of a whole run.
    """
    deaths, env = 0, world.aws.env_of(function)
    for after in (False, True):
        for number in itertools.count(1):
            event = prepare()
            with lambdas.start(function, env, number, after=after, reads=reads) as sandbox:
                calls = _calls(sandbox, event)
            world.recover()
            assert_all_true(world)
            if calls:
                break
            deaths += 1
    print(f"{function} died {deaths} times; a whole run: {dict(Counter(calls))}")
    assert deaths >= 10, "it hardly did anything"
    return calls


def _calls(sandbox: Sandbox, event: Event) -> list[str]:
    """Of a run that came to its end; none if it died."""
    try:
        return sandbox.call(event).calls
    except Died:
        return []


def test_process_deliveries_with_a_new_order(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    sold: list[str] = []

    def sale() -> Event:
        sold.append(shops[0].sell_basket({KIT: 1, MUG: 1}))
        world.arrive()
        records = world.inbound()
        for record in records[1:]:
            world.forget(record)  # one delivery is enough: nothing else may help
        return {"Records": records[:1]}

    assert "TransactWriteItems" in die_everywhere(world, lambdas, "process_deliveries", sale)
    level = world.bridge.stock.level(MUG)
    assert level.wanted == {"*": 3 * len(sold)}
    assert level.sold == {"shopify-us": len(sold)}


def test_process_deliveries_with_an_order_to_fetch(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    us, _ = shops
    orders: list[str] = []

    def refund() -> Event:
        orders.append(us.sell(MUG, 2))
        world.arrive()
        world.process()
        us.refund(orders[-1], MUG, 1)
        world.arrive()
        records = world.inbound()
        hints = [r for r in records if r["messageAttributes"]["topic"]["stringValue"] == "refunds/create"]
        return {"Records": hints}

    calls = die_everywhere(world, lambdas, "process_deliveries", refund)
    assert {"POST /admin/api/2026-07/graphql.json", "TransactWriteItems"} < set(calls)
    assert world.bridge.stock.level(MUG).wanted == {"*": len(orders)}


@pytest.mark.parametrize("store", ["shopify-us", "woo-eu"])
def test_update_store(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop], store: str) -> None:
    told, seller = (shop for shop in sorted(shops, key=lambda shop: shop.name != store))

    def bell() -> Event:
        seller.sell_basket({MUG: 1, KIT: 1})
        world.arrive()
        world.process()
        world.publish()
        return {"Records": [{"body": f"store#{store}"}]}

    die_everywhere(world, lambdas, "update_store", bell, reads=store == "shopify-us")
    sent = [call.request.body.decode() for call in told.calls if _writes_stock(call.request.body)]
    again = len(sent) - len(set(sent))
    print(f"{store}: {len(sent)} stock calls, {again} of them once more")
    assert again >= 4, "what a crash leaves behind goes out again with the same bytes"
    if store == "shopify-us":
        keys = {json.loads(body)["variables"]["key"] for body in sent}
        assert len(keys) == len(set(sent)), "one key, one content"


def test_update_store_that_finds_a_sale_whose_webhook_was_lost(
    world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]
) -> None:
    us, seller = shops
    lost: list[str] = []

    def bell() -> Event:
        for sale in us.sales.values():
            sale.version -= timedelta(hours=1)  # out of reach of the poll: it is about the new one
        world.bridge.control.wait_until("unseen#shopify-us", datetime.now(UTC), "the last search was ten seconds ago")
        us.webhook_faults.drop = 1
        lost.append(us.sell(MUG, 2))
        us.webhook_faults.drop = 0
        seller.sell(MUG)
        world.arrive()
        world.process()
        world.publish()
        return {"Records": [{"body": "store#shopify-us"}]}

    calls = die_everywhere(world, lambdas, "update_store", bell, reads=False)
    assert calls.count("SendMessageBatch") == 1, "the hint that the poll puts on the inbound queue"
    assert {order.order.id for order in orders(world)} >= set(lost), "the poll backs up every webhook"


def test_publish_changes(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    def change() -> Event:
        shops[0].sell(MUG)
        world.arrive()
        world.process()
        key = {"pk": {"S": f"SKU#{MUG}"}, "sk": {"S": "LEVEL"}}
        item = world.aws.dynamodb.get_item(TableName=world.aws.settings.stock_table, Key=key)["Item"]
        return {"Records": [{"dynamodb": {"NewImage": item}}]}

    assert "SendMessageBatch" in die_everywhere(world, lambdas, "publish_changes", change, reads=False)


def test_sweep(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    def change() -> Event:
        shops[0].sell(MUG)
        world.arrive()
        world.process()
        return {}

    assert "SendMessage" in die_everywhere(world, lambdas, "sweep", change, reads=False)


def _writes_stock(body: bytes) -> bool:
    return b"inventorySetQuantities(input" in body or b'"stock_quantity"' in body
