"""What an order's timeline tells: what came, from where, what it changed, what not and why."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.deliveries import process
from orderbridge.operations import orders
from orderbridge.operations.timeline import Event, timeline
from orderbridge.queues import HINT, WEBHOOK, Inbound
from orderbridge.tables.handed import Handed, State
from tests.world import World

MUG, US = "HP-MUG-01", "shopify-us"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    us = ShopifyShop(US, PRODUCTS[:4], locations=("HAM",))
    world.connect(us)
    us.webhook_faults.drop = 1  # the test itself delivers them
    us.now = lambda: NOON
    return us


def deliver(world: World, shop: ShopifyShop, at: int) -> None:
    """The webhook with this position among those sent."""
    sent = shop.webhooks.attempts[at]
    topic = next(value for name, value in sent.headers.items() if name.lower() == "x-shopify-topic")
    process(world.bridge, Inbound(WEBHOOK, US, topic, datetime.now(UTC), sent.body), sent.body)


def told(world: World, order: str) -> list[Event]:
    return list(orders.show(world.bridge, US, order).timeline)


def test_newer_stale_repeated_and_fetched(world: World, shop: ShopifyShop) -> None:
    order = shop.sell_basket({MUG: 1}, paid=False)
    created = len(shop.webhooks.attempts) - 1
    shop.now = lambda: NOON + timedelta(minutes=1)
    shop.pay(order)
    deliver(world, shop, -1)
    deliver(world, shop, created)
    deliver(world, shop, created)
    deliver(world, shop, -1)
    version = (NOON + timedelta(minutes=1)).isoformat()
    process(
        world.bridge,
        hint := Inbound(HINT, US, "poll", datetime.now(UTC), json.dumps([order, version]).encode()),
        hint.body,
    )
    events = told(world, order)
    assert [(e.what, e.source, e.outcome, e.seen) for e in events] == [
        ("delivery", "webhook", "applied", 2),
        ("revision", "webhook", "", 1),
        ("delivery", "webhook", "stale", 2),
        ("delivery", "poll+fetch", "repeat", 1),
    ]
    assert events[2].why == "of 2026-11-02 12:00:00, older than what is known, of 2026-11-02 12:01:00"
    assert events[3].why == "says what is known already"


def test_a_revision_says_what_waits_and_what_does_no_more(world: World, shop: ShopifyShop) -> None:
    order = shop.sell_basket({MUG: 2}, paid=False)
    deliver(world, shop, -1)
    shop.now = lambda: NOON + timedelta(minutes=1)
    shop.pay(order)
    deliver(world, shop, -1)
    first, second = (e.changes for e in told(world, order) if e.what == "revision")
    assert first == {f"holds.{MUG}|*": [0, 2], "waits": [None, ["the order is not paid"]]}
    assert (second["waits"], second["payment"]) == ([["the order is not paid"], []], ["unpaid", "paid"])


def test_what_the_erp_and_the_quarantine_know_is_told() -> None:
    handed = Handed(State.REFUSED, "", 3, NOON, trouble="no such product")
    parked = {"at": NOON.isoformat(), "sk": "shipment-1", "kind": "shipment", "erp": "demo", "topic": "D-1 line 1"}
    erp, kept_back = timeline([], handed, "demo", [{**parked, "reason": "store s has no order 1"}])
    assert (erp.what, erp.source, erp.topic, erp.outcome) == ("erp", "demo", "revision 3", "refused")
    assert erp.why == "no such product"
    assert (kept_back.what, kept_back.source, kept_back.topic) == ("kept back", "demo", "D-1 line 1")
    assert kept_back.why == "store s has no order 1"
