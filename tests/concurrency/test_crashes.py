"""A function dies before and after every single call it makes; what time brings afterwards makes all true again."""

import itertools
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from tests.lambdas import Died, Lambdas
from tests.laws import assert_all_true
from tests.world import World

MUG, POT, KIT = "HP-MUG-01", "HP-TEA-01", "HP-KIT-TEA"
OFFERED = (*(p for p in PRODUCTS if p.sku in (MUG, POT)), *(p for p in KIT_PRODUCTS if p.sku == KIT))
Event = dict[str, Any]


@pytest.fixture
def shops(world: World) -> tuple[ShopifyShop, WooShop]:
    us, eu = ShopifyShop("shopify-us", OFFERED, locations=("HAM",)), WooShop("woo-eu", OFFERED)
    world.kit(KIT, {POT: 1, MUG: 2})
    world.connect(us)
    world.connect(eu)
    world.stock({MUG: 1000, POT: 1000})
    world.settle()
    return us, eu


def die_everywhere(world: World, lambdas: Lambdas, function: str, prepare: Callable[[], Event]) -> int:
    """Run `function` on what `prepare` makes, dying once at each of its calls; returns the number of deaths."""
    points: Counter[str] = Counter()
    for after in (False, True):
        for call in itertools.count(1):
            event = prepare()
            with lambdas.start(function, world.aws.env, call, after=after) as sandbox:
                died = False
                try:
                    sandbox.call(event)
                except Died:
                    died = True
            world.recover()
            assert_all_true(world)
            if not died:
                break
            points["after" if after else "before"] += 1
    print(f"{function}: died {dict(points)} calls")
    assert points["after"] == points["before"]
    return points.total()


def test_process_deliveries_with_a_new_order(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    sold: list[str] = []

    def sale() -> Event:
        sold.append(shops[0].sell_basket({KIT: 1, MUG: 1}))
        world.arrive()
        records = world.inbound()
        for record in records[1:]:
            world.forget(record)  # one delivery is enough: nothing else may help
        return {"Records": records[:1]}

    assert die_everywhere(world, lambdas, "process_deliveries", sale) >= 14
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

    assert die_everywhere(world, lambdas, "process_deliveries", refund) >= 14
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

    assert die_everywhere(world, lambdas, "update_store", bell) >= 30
    sent = [call.request.body.decode() for call in told.calls if _writes_stock(call.request.body)]
    again = len(sent) - len(set(sent))
    print(f"{store}: {len(sent)} stock calls, {again} of them once more")
    assert again >= 4, "what a crash leaves behind goes out again with the same bytes"
    if store == "shopify-us":
        keys = {json.loads(body)["variables"]["key"] for body in sent}
        assert len(keys) == len(set(sent)), "one key, one content"


def test_publish_changes(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    def change() -> Event:
        shops[0].sell(MUG)
        world.arrive()
        world.process()
        key = {"pk": {"S": f"SKU#{MUG}"}, "sk": {"S": "LEVEL"}}
        item = world.aws.dynamodb.get_item(TableName=world.aws.settings.stock_table, Key=key)["Item"]  # type: ignore[arg-type]
        return {"Records": [{"dynamodb": {"NewImage": item}}]}

    assert die_everywhere(world, lambdas, "publish_changes", change) >= 14


def test_sweep(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    def change() -> Event:
        shops[0].sell(MUG)
        world.arrive()
        world.process()
        return {}

    assert die_everywhere(world, lambdas, "sweep", change) >= 14


def _writes_stock(body: bytes) -> bool:
    return b"inventorySetQuantities(input" in body or b'"stock_quantity"' in body
