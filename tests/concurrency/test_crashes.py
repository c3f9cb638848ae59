"""A function dies before and after every single call it makes; what time brings afterwards makes all true again."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
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
    us.graphql.bucket = Bucket(10**6, 10**6)  # hundreds of calls in seconds, and here is not where it throttles
    world.kit(KIT, {POT: 1, MUG: 2})
    world.connect(us)
    world.connect(eu)
    world.stock({MUG: 1000, POT: 1000})
    world.settle()
    return us, eu


def die_everywhere(
    world: World, lambdas: Lambdas, function: str, prepare: Callable[[], Event], *, reads: bool = True
) -> Counter[str]:
    """Run `function` on what `prepare` makes, dying once before and once after each of its calls; returns the deaths.

    Without `reads` it dies only at calls that change something: what lies between them differs in nothing.
    """
    died: Counter[str] = Counter()
    with lambdas.start(function, world.aws.env_of(function)) as sandbox:
        calls = sandbox.call(prepare()).calls
    _time_heals(world)
    for number, call in enumerate(calls, 1):
        if not reads and _reads(call):
            continue
        for after in (False, True):
            event = prepare()
            with (
                lambdas.start(function, world.aws.env_of(function), number, after=after) as sandbox,
                pytest.raises(Died),
            ):
                sandbox.call(event)
            died[call] += 1
            _time_heals(world)
    print(f"{function} died {died.total()} times: {dict(died)}")
    return died


def _time_heals(world: World) -> None:
    world.recover()
    assert_all_true(world)


def _reads(call: str) -> bool:
    return call.startswith(("Get", "BatchGet", "TransactGet", "Query", "GET "))


def test_process_deliveries_with_a_new_order(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    sold: list[str] = []

    def sale() -> Event:
        sold.append(shops[0].sell_basket({KIT: 1, MUG: 1}))
        world.arrive()
        records = world.inbound()
        for record in records[1:]:
            world.forget(record)  # one delivery is enough: nothing else may help
        return {"Records": records[:1]}

    died = die_everywhere(world, lambdas, "process_deliveries", sale)
    assert died["TransactWriteItems"] == 2
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

    died = die_everywhere(world, lambdas, "process_deliveries", refund)
    assert died["POST /admin/api/2026-07/graphql.json"] == died["TransactWriteItems"] == 2
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

    died = die_everywhere(world, lambdas, "update_store", bell, reads=store == "shopify-us")
    assert died.total() >= 20
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
        item = world.aws.dynamodb.get_item(TableName=world.aws.settings.stock_table, Key=key)["Item"]
        return {"Records": [{"dynamodb": {"NewImage": item}}]}

    died = die_everywhere(world, lambdas, "publish_changes", change, reads=False)
    assert died["SendMessage"] == 4


def test_sweep(world: World, lambdas: Lambdas, shops: tuple[Shop, Shop]) -> None:
    def change() -> Event:
        shops[0].sell(MUG)
        world.arrive()
        world.process()
        return {}

    died = die_everywhere(world, lambdas, "sweep", change, reads=False)
    assert died["SendMessage"] >= 4


def _writes_stock(body: bytes) -> bool:
    return b"inventorySetQuantities(input" in body or b'"stock_quantity"' in body
