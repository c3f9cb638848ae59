"""Orders that do not fit into one transaction of 100 writes, or into one item of a table."""

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local.shops.catalogue import PRODUCTS, Product
from local.shops.shopify import ShopifyShop
from orderbridge.model import MAX_LINES
from orderbridge.queues import WEBHOOK, Inbound, lay_aside
from tests.lambdas import Died, Lambdas
from tests.laws import assert_all_true, assert_conserved, orders
from tests.world import World

MANY = [Product(f"HP-BULK-{n:03}", f"Bulk {n}", "", PRODUCTS[0].prices, 10, {"HAM": 9}) for n in range(120)]
Document = dict[str, Any]


@pytest.fixture
def us(world: World) -> ShopifyShop:
    shop = ShopifyShop("shopify-us", MANY, locations=("HAM",))
    world.connect(shop)
    world.stock({product.sku: 9 for product in MANY})
    shop.webhook_faults.drop = 1
    return shop


def document(us: ShopifyShop) -> Document:
    """The webhook of an order of two of everything; it is not sent."""
    us.sell_basket({product.sku: 2 for product in MANY})
    sent: Document = json.loads(us.webhooks.attempts[-1].body)
    return sent


def deliver(world: World, body: Document) -> None:
    message = Inbound(WEBHOOK, "shopify-us", "orders/updated", datetime.now(UTC), json.dumps(body).encode())
    world.bridge.queues.deliver(lay_aside(message, world.bridge.archive))


def test_an_order_of_120_skus_is_written_in_parts_and_held_whole(world: World, us: ShopifyShop) -> None:
    order = document(us)
    deliver(world, order)
    assert [done.outcome for done in world.process()] == ["applied"]
    (stored,) = orders(world)
    assert stored.holds == {(product.sku, "*"): 2 for product in MANY}
    parts = [row for row in world.bridge.orders.rows("shopify-us", stored.order.id) if row["sk"].count("#") == 2]
    assert len(parts) == 3, "240 writes and their marks"
    deliver(world, order)
    assert [done.outcome for done in world.process()] == ["repeat"]
    world.settle()
    assert_all_true(world)


def test_what_a_crash_left_half_written_is_finished_before_the_next_state(
    world: World, us: ShopifyShop, lambdas: Lambdas
) -> None:
    order = document(us)
    deliver(world, order)
    with lambdas.start("process_deliveries", world.aws.env_of("process_deliveries")) as whole:
        calls = whole.call({"Records": world.inbound()}).calls
    transactions = [number for number, call in enumerate(calls, 1) if call == "TransactWriteItems"]
    assert len(transactions) == 4
    second = copy.deepcopy(order) | {"id": order["id"] + 1}
    deliver(world, second)
    with (
        lambdas.start(
            "process_deliveries", world.aws.env_of("process_deliveries"), transactions[1], after=True
        ) as dying,
        pytest.raises(Died),
    ):
        dying.call({"Records": world.inbound()})
    assert [stored.order.id for stored in orders(world) if stored.pending] == [str(second["id"])]
    second |= {"cancelled_at": second["created_at"], "updated_at": "2099-01-01T00:00:00Z"}
    deliver(world, second)
    assert [done.outcome for done in world.process()] == ["applied"]
    assert {stored.order.id: len(stored.holds) for stored in orders(world)} == {
        str(order["id"]): 120,
        str(second["id"]): 0,
    }
    world.come_back()
    assert {done.outcome for done in world.process()} <= {"repeat", "stale"}
    world.settle()
    assert_all_true(world)


def test_an_order_of_150_unmapped_lines_is_stored_and_waits_for_each(world: World, us: ShopifyShop) -> None:
    order = document(us)
    line = order["line_items"][0]
    order["line_items"] = [
        line | {"id": n, "product_id": n, "variant_id": n, "sku": f"new-{n}"} for n in range(1, 151)
    ]  # fmt: skip
    deliver(world, order)
    assert [done.outcome for done in world.process()] == ["applied"]
    (stored,) = orders(world)
    assert (len(stored.unmapped), stored.holds) == (150, {})
    assert len(list(world.bridge.control.waiting("shopify-us"))) == 150
    world.stock({f"new-{n}": 5 for n in range(1, 151)})
    assert world.sweep().rechecked == 1
    world.process()
    (stored,) = orders(world)
    assert (stored.unmapped, len(stored.holds)) == ((), 150)
    assert list(world.bridge.control.waiting("shopify-us")) == []
    world.publish()
    assert_conserved(world)


def test_an_order_that_fits_nowhere_is_kept_with_a_reason(world: World, us: ShopifyShop) -> None:
    order = document(us)
    line = order["line_items"][0]
    deliver(world, order | {"line_items": [line | {"id": n} for n in range(1, MAX_LINES + 2)]})
    # A different character each time: nothing that could be compressed.
    noise = ["".join(chr(0x4E00 + (n * 7919 + k * k * 31) % 20_000) for k in range(9_000)) for n in range(60)]
    deliver(world, order | {"line_items": [line | {"id": n, "name": noise[n]} for n in range(1, 60)]})
    world.process()
    reasons = sorted(row["reason"] for row in world.bridge.control.quarantined())
    assert [reason.partition(":")[0] for reason in reasons] == [
        "the order is too long to be stored",
        "the payload does not fit",
    ]
    assert f"at most {MAX_LINES} items" in reasons[1]
    assert orders(world) == []
