"""What is in quarantine is seen with its reason, and tries again when it is released."""

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.operations import quarantine
from orderbridge.queues import WEBHOOK, Inbound
from orderbridge.tables.control import counterparty
from tests.world import CONNECTED, World

MUG = "HP-MUG-01"
RUBBISH = b'{"id": "rubbish of buyer@example.com"'


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    us = ShopifyShop("shopify-us", PRODUCTS[:3], locations=("HAM",))
    world.connect(us)
    world.stock({product.sku: 10 for product in PRODUCTS[:3]})
    world.settle()
    return us


def delivered(bridge: Bridge, body: bytes) -> None:
    bridge.queues.deliver(Inbound(WEBHOOK, "shopify-us", "orders/create", CONNECTED, body))


def test_rubbish_is_kept_and_shown(world: World, shop: ShopifyShop) -> None:
    delivered(world.bridge, RUBBISH)
    world.process()
    (found,) = quarantine.listed(world.bridge)
    assert (found.store, found.kind, found.topic, found.error) == (
        "shopify-us",
        "webhook",
        "orders/create",
        "InvalidPayload",
    )
    assert found.reason
    assert found.next_action
    assert "example.com" not in repr(found)
    assert quarantine.raw(world.bridge, found.id) == RUBBISH


def test_a_large_body_is_kept_for_longer_than_it_is_parked(world: World, shop: ShopifyShop) -> None:
    large = RUBBISH + b" " * 200_000
    key = world.bridge.archive.park("large", large)
    world.bridge.queues.deliver(Inbound(WEBHOOK, "shopify-us", "orders/create", CONNECTED, b"", key))
    world.process()
    (found,) = quarantine.listed(world.bridge)
    world.aws.s3.delete_object(Bucket=world.aws.settings.raw_bucket, Key=key)
    assert quarantine.raw(world.bridge, found.id) == large


def test_what_fails_again_stays_even_if_it_fails_before_the_row_is_gone(
    world: World, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivered(world.bridge, RUBBISH)
    world.process()
    (found,) = quarantine.listed(world.bridge)
    deliver = world.bridge.queues.deliver

    def deliver_and_process(message: Inbound) -> None:
        deliver(message)
        world.process()

    quarantine.release(world.bridge, found.id)
    assert quarantine.listed(world.bridge) == []
    world.process()
    assert [q.id for q in quarantine.listed(world.bridge)] == [found.id]
    monkeypatch.setattr(world.bridge.queues, "deliver", deliver_and_process)
    quarantine.release(world.bridge, found.id)
    assert [q.id for q in quarantine.listed(world.bridge)] == [found.id]


def test_what_can_be_read_by_now_becomes_an_order(
    world: World, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(world.bridge.shop("shopify-us"))
    with monkeypatch.context() as patched:
        patched.setattr(kind, "EVENTS", {})  # a topic that this version does not know yet
        order = shop.sell(MUG, 1)
        assert shop.webhooks.idle(10)
        world.process()
    waiting = quarantine.listed(world.bridge)
    assert {q.error for q in waiting} == {"InvalidPayload"}
    for found in waiting:
        quarantine.release(world.bridge, found.id)
    world.settle()
    assert world.bridge.orders.load("shopify-us", order) is not None
    assert quarantine.listed(world.bridge) == []


def test_a_refused_listing_is_pushed_again(world: World, shop: ShopifyShop) -> None:
    listing = shop.listing(MUG)
    world.bridge.stock.table.write(world.bridge.stock.change_level(MUG, {"on_hand#HAM": 5}))
    shown, listing.quantities = dict(listing.quantities), {}
    world.publish()
    world.push()
    (found,) = quarantine.listed(world.bridge)
    assert (found.kind, found.sku, found.error) == ("push", MUG, "Rejected")
    with pytest.raises(InvalidInput, match="has no payload"):
        quarantine.raw(world.bridge, found.id)
    assert world.sweep().rejected == 1
    listing.quantities = shown
    quarantine.release(world.bridge, found.id)
    assert [todo.id.split("#")[0] for todo in world.bridge.control.todos(counterparty("shopify-us"))] == [MUG]
    world.settle()
    assert world.shown(MUG) == {"shopify-us": 15}
    assert quarantine.listed(world.bridge) == []
    assert world.sweep().rejected == 0


def test_a_listing_that_the_shop_takes_by_itself_leaves_the_quarantine(world: World, shop: ShopifyShop) -> None:
    listing = shop.listing(MUG)
    world.stock({MUG: 1})
    shown, listing.quantities = dict(listing.quantities), {}
    world.publish()
    world.push()
    assert len(quarantine.listed(world.bridge)) == 1
    listing.quantities = shown
    world.stock({MUG: 1})
    world.settle()
    world.sweep()
    assert quarantine.listed(world.bridge) == []


def test_unknown_ids(world: World) -> None:
    for call in (quarantine.release, quarantine.raw):
        with pytest.raises(NotFound, match="nothing with the id 'none'"):
            call(world.bridge, "none")
