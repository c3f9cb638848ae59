"""Polls that die at any call, and polls that run beside each other: nothing is lost, and no cursor is ever ahead."""

import itertools
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from orderbridge.operations import stores
from tests.concurrency.crowd import all_at_once
from tests.lambdas import Died, Lambdas
from tests.laws import assert_all_true, orders
from tests.world import World

MUG = "HP-MUG-01"
ASKED: dict[str, Any] = {"Records": [{"body": json.dumps({"store": "shop", "since": None})}]}


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    """Never sends a webhook."""
    made = ShopifyShop("shop", PRODUCTS[:1], locations=("HAM",))
    made.graphql.bucket = Bucket(10**6, 10**6)
    world.connect(made)
    world.stock({MUG: 10_000})
    world.settle()
    made.webhook_faults.drop = 1
    return made


def the_lease_of_the_dead_ends(world: World) -> None:
    table = world.bridge.control.table
    table.write(table.delete("WORKER#poll#shop", "LEASE"))


def assert_not_ahead(world: World, began: datetime) -> None:
    """The cursor tells of nothing later than the beginning of what was read."""
    complete = world.bridge.polls.progress("shop").complete
    assert complete is None or complete <= datetime.now(UTC)
    if complete and complete >= began:
        world.process()
        missing = {id for id, sale in _sales(world).items() if sale.version < complete} - _known(world)
        assert not missing, "the cursor has passed orders that are not on the queue"


def _sales(world: World) -> dict[str, Any]:
    return {str(id): sale for id, sale in world.shops["shop"].sales.items()}


def _known(world: World) -> set[str]:
    return {stored.order.id for stored in orders(world)}


@pytest.mark.parametrize("after", [False, True])
def test_a_poll_that_dies_at_every_call(world: World, lambdas: Lambdas, shop: ShopifyShop, after: bool) -> None:
    env, deaths, calls = world.aws.env_of("poll_orders"), 0, list[str]()
    for number in itertools.count(1):
        shop.sell(MUG)
        began = datetime.now(UTC)
        with lambdas.start("poll_orders", env, number, after=after) as sandbox:
            try:
                calls = sandbox.call(ASKED).calls
            except Died:
                deaths += 1
        assert_not_ahead(world, began)
        if calls:
            break
        the_lease_of_the_dead_ends(world)
    world.settle()
    print(f"a poll died {deaths} times; a whole one: {dict(Counter(calls))}")
    assert {"SendMessageBatch", "PutItem", "POST /admin/api/2026-07/graphql.json"} <= set(calls)
    assert deaths >= 7
    assert _known(world) == set(_sales(world))
    assert_all_true(world)


def test_a_schedule_that_dies_is_made_good_by_the_next(world: World, lambdas: Lambdas, shop: ShopifyShop) -> None:
    env, sold = world.aws.env_of("poll_orders"), shop.sell(MUG)
    for number in (1, 2):
        with lambdas.start("poll_orders", env, number) as sandbox, pytest.raises(Died):
            sandbox.call({})
    with lambdas.start("poll_orders", env) as sandbox:
        assert sandbox.call({}).answer == {"asked": ["shop"]}
        assert sandbox.call(ASKED).failures == []
    world.process()
    assert _known(world) == {sold}


def test_schedules_that_overlap(world: World, lambdas: Lambdas, shop: ShopifyShop, monkeypatch: Any) -> None:
    """Eight at once, though the queue's groups would keep them apart: one reads, or they do so one after the other."""
    monkeypatch.setattr(ShopifyShop, "now", lambda _: datetime.now(UTC) - timedelta(minutes=2), raising=False)
    sold = {shop.sell(MUG) for _ in range(20)}
    replies = all_at_once(world, lambdas, "poll_orders", [ASKED] * 8)
    assert [reply.error for reply in replies] == [""] * 8
    said = Counter(word for reply in replies for word in ("another worker is at it", "complete") if word in reply.log)
    refused = sum("ConditionalCheckFailed" in words for reply in replies for words in reply.refused)
    print(f"{dict(said)}, {refused} conditions failed")
    assert refused, "they did not meet"
    assert said["complete"] >= 1
    world.settle()
    assert _known(world) == sold
    assert_all_true(world)


def test_a_poll_that_slept_does_not_set_the_cursor_back(world: World, lambdas: Lambdas, shop: ShopifyShop) -> None:
    """Its lease ended while it waited; the one that came after it has written more."""
    slept = world.bridge.polls.progress("shop")
    stores.poll(world.bridge, "shop", None)
    with lambdas.start("poll_orders", world.aws.env_of("poll_orders")) as sandbox:
        sandbox.call(ASKED)
    complete = world.bridge.polls.progress("shop").complete
    assert complete is not None
    stale = type(slept)(complete - timedelta(hours=1), revision=slept.revision + 1)
    assert not world.bridge.polls.save("shop", stale)
    assert world.bridge.polls.progress("shop").complete == complete
