"""Eight environments of update_erp answer bells at the same moment: one works, and no order is told twice."""

import pytest

from local.erp.erp import DemoErp
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from tests.concurrency.crowd import WORKERS, all_at_once
from tests.lambdas import Lambdas
from tests.world import AFTER_A_CRASH, World

MUG = "HP-MUG-01"


@pytest.fixture
def erp(world: World) -> DemoErp:
    shop = ShopifyShop("shop", PRODUCTS[:1], locations=("HAM",))
    world.connect(shop)
    world.stock({MUG: 100})
    world.settle()
    made = DemoErp([MUG], ("HAM",))
    world.connect_erp(made)
    for _ in range(12):
        shop.sell(MUG)
    world.arrive()
    world.process()
    return made


def test_eight_workers_at_once(world: World, erp: DemoErp, lambdas: Lambdas) -> None:
    replies = all_at_once(world, lambdas, "update_erp", [{"Records": [{"body": "erp"}]}] * WORKERS)
    assert [reply.failures for reply in replies] == [[]] * WORKERS
    turned_away = sum("another worker is at it" in reply.log for reply in replies)
    made = [call for reply in replies for call in reply.calls if call == "POST /v1/documents"]
    print(f"{turned_away} of {WORKERS} workers turned away, {len(made)} documents made")
    assert turned_away >= 1, "nobody raced"
    assert len(made) == len(erp.office.documents) == 12
    world.hand_over(AFTER_A_CRASH)
    assert world.todos() == []
