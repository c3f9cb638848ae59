"""The worker of the ERP dies before and after every single call it makes; the ERP has every order once all the same."""

from typing import Any

import pytest

from local.erp.documents import State as Shown
from local.erp.erp import DemoErp
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from orderbridge.tables.handed import HandOvers, State
from tests.concurrency.test_crashes import die_everywhere
from tests.lambdas import Lambdas
from tests.laws import stored
from tests.world import World

MUG, BOWL = "HP-MUG-01", "HP-BOWL-01"
BELL = {"Records": [{"body": "erp"}]}


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    made = ShopifyShop("shop", [p for p in PRODUCTS if p.sku in (MUG, BOWL)], locations=("HAM",))
    made.graphql.bucket = Bucket(10**6, 10**6)
    world.connect(made)
    world.stock({MUG: 1000, BOWL: 1000})
    world.connect_erp(DemoErp([MUG, BOWL], ("HAM",)))
    world.settle()
    return made


def come(world: World) -> None:
    world.arrive()
    world.process()


def assert_every_order_is_there_once(world: World) -> None:
    """Each document says what our order wants, and each of our orders knows its document."""
    assert world.erp
    documents = {d.reference: d for d in world.erp.office.documents.values()}
    assert len(documents) == len(world.erp.office.documents), "one reference, one document"
    for order in stored(world):
        reference = f"{order.order.store}/{order.order.id}"
        document = documents.pop(reference, None)
        _, handed = HandOvers(world.bridge.orders).load(order.order.store, order.order.id)
        if handed is None:
            assert (document, order.wants) == (None, {}), "cancelled before the ERP heard of it"
            continue
        assert handed.document == (document.id if document else "")
        if document is None or document.state is Shown.CANCELLED:
            assert (order.wants, handed.state) == ({}, State.CANCELLED)
        else:
            assert {(line.sku, "*"): line.quantity for line in document.lines} == order.wants
            assert handed.state is State.TAKEN
    assert not documents


@pytest.mark.slow
@pytest.mark.parametrize("then", ["nothing", "cancelled"])
def test_orders_are_handed_over(world: World, lambdas: Lambdas, shop: ShopifyShop, then: str) -> None:
    """A new order, and what became of it until the worker is alive again."""
    sold = 0

    def bell() -> dict[str, Any]:
        nonlocal sold
        sold += 1
        order = shop.sell_basket({MUG: 2, BOWL: 1})
        come(world)
        recover = type(world).recover

        def change_first() -> None:
            if then == "cancelled":
                shop.cancel(order)
            recover(world)

        world.recover = change_first  # type: ignore[method-assign]
        return BELL

    done = die_everywhere(world, lambdas, "update_erp", bell, reads=False)
    assert done.count("POST /v1/documents") == 1, "a whole run makes one document"
    assert_every_order_is_there_once(world)
    assert len(list(stored(world))) == sold


@pytest.mark.slow
def test_changes_are_brought_in_line(world: World, lambdas: Lambdas, shop: ShopifyShop) -> None:
    """An edit of one order and the end of another, both there before."""

    def bell() -> dict[str, Any]:
        edited, ended = shop.sell_basket({MUG: 3}), shop.sell_basket({BOWL: 1})
        world.settle()
        shop.edit(edited, MUG, 1)
        shop.cancel(ended)
        come(world)
        return BELL

    done = die_everywhere(world, lambdas, "update_erp", bell, reads=False)
    assert [call.split("/SO-")[0] for call in done if "/SO-" in call] == ["PUT /v1/documents", "POST /v1/documents"]
    assert_every_order_is_there_once(world)
