"""Messages of a platform's own bus: each to the stores it is for, none lost, none for ever."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from orderbridge.errors import NotFound
from orderbridge.notifying import route
from orderbridge.operations import quarantine, stores
from orderbridge.queues import LARGEST_INLINE, inbound
from orderbridge.tables.accounts import Accounts
from tests.bazaar import MARKET, SELLER, Market, connect, market, store_of
from tests.lambdas import Lambdas, Sandbox
from tests.laws import orders
from tests.world import World

__all__ = ["market"]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SKU = "HP-MUG-01"


def said(topic: str = "ORDER", seller: str = SELLER, **more: Any) -> bytes:
    return json.dumps({"topic": topic, "seller": seller, "market": MARKET, **more}).encode()


@pytest.fixture
def shop(world: World, market: Market) -> Market:
    market.shows[SKU] = 10
    connect(world)
    world.stock({SKU: 10})
    return market


def test_a_message_reaches_its_store_and_becomes_an_order(world: World, shop: Market) -> None:
    body = said(order=shop.sell(SKU, 2))
    routed = route(world.bridge, "bazaar", body, NOW)
    assert (routed.topic, routed.stores, routed.reason) == ("ORDER", ("bazaar",), "")
    (record,) = world.inbound()
    message = inbound(record)
    assert (message.kind, message.store, message.topic, message.body) == ("notification", "bazaar", "ORDER", body)
    world.come_back()
    assert [done.outcome for done in world.process()] == ["applied"]
    (stored,) = orders(world)
    assert stored.order.id == "B-1"


def test_the_same_message_twice_and_an_older_one_are_one_order(world: World, shop: Market) -> None:
    body = said(order=shop.sell(SKU, 2))
    for _ in range(3):
        route(world.bridge, "bazaar", body, NOW)
    assert sorted(done.outcome for done in world.process()) == ["applied", "repeat", "repeat"]
    assert world.bridge.stock.level(SKU).wanted == {"*": 2}


def test_one_of_which_only_the_seller_is_known_is_for_all_of_the_seller(world: World, shop: Market) -> None:
    Accounts(world.bridge.control).save(store_of("elsewhere"), f"{SELLER}#M2")
    Accounts(world.bridge.control).save(store_of("another"), f"{SELLER}1#{MARKET}")  # begins like the seller
    whole = route(world.bridge, "bazaar", json.dumps({"topic": "ORDER", "seller": SELLER}).encode(), NOW)
    assert whole.stores == ("bazaar", "elsewhere")
    assert route(world.bridge, "bazaar", said(), NOW).stores == ("bazaar",)


def test_a_large_one_goes_by_the_bucket(world: World, shop: Market) -> None:
    body = said(order=shop.sell(SKU), more="x" * LARGEST_INLINE)
    route(world.bridge, "bazaar", body, NOW)
    (record,) = world.inbound()
    assert len(record["body"]) < 100
    world.come_back()
    assert [done.outcome for done in world.process()] == ["applied"]


def test_a_paused_store_still_takes_them(world: World, shop: Market) -> None:
    stores.pause(world.bridge, "bazaar", "holidays")
    assert route(world.bridge, "bazaar", said(order=shop.sell(SKU)), NOW).stores == ("bazaar",)
    assert [done.outcome for done in world.process()] == ["applied"]


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (said(seller="S9"), "UnknownAccount", "no store has the account 'S9#M1'"),
        (said(seller=""), "UnknownAccount", "no store has the account 'M1'"),
        (said(seller="x" * 5000), "UnknownAccount", "no store has the account 'xxx"),
        (b'{"topic": "ORDER"}', "InvalidPayload", "it lacks 'seller'"),
        (b"hello", "InvalidPayload", "the body is not JSON"),
        (b"", "InvalidPayload", "the body is empty"),
        (b"[1]", "InvalidPayload", "it lacks"),
    ],
)
def test_what_is_nobodys_or_cannot_be_read_is_kept_and_shown(
    world: World, shop: Market, body: bytes, error: str, reason: str
) -> None:
    for _ in range(2):  # it may come twice
        assert reason in route(world.bridge, "bazaar", body, NOW).reason
    assert world.inbound() == []
    (row,) = quarantine.listed(world.bridge)
    assert (row.kind, row.store, row.error) == ("notification", "", error)
    assert reason in row.reason
    assert row.next_action
    assert quarantine.raw(world.bridge, row.id) == body


def test_once_its_store_is_there_it_is_released(world: World, shop: Market) -> None:
    body = said(seller="S9", order=shop.sell(SKU))
    route(world.bridge, "bazaar", body, NOW)
    (row,) = quarantine.listed(world.bridge)
    quarantine.release(world.bridge, row.id)
    assert [one.id for one in quarantine.listed(world.bridge)] == [row.id], "nobody has it yet"
    Accounts(world.bridge.control).save(world.bridge.control.store("bazaar"), f"S9#{MARKET}")
    quarantine.release(world.bridge, row.id)
    assert quarantine.listed(world.bridge) == []
    assert [done.outcome for done in world.process()] == ["applied"]
    with pytest.raises(NotFound):
        quarantine.release(world.bridge, row.id)


def test_one_that_nobody_understands_is_quarantined_with_its_store(world: World, shop: Market) -> None:
    """Known to be the store's, and then not understood: as with a webhook."""
    route(world.bridge, "bazaar", said(topic="STRANGE"), NOW)
    (done,) = world.process()
    assert done.quarantined
    (row,) = quarantine.listed(world.bridge)
    assert (row.store, row.kind, row.topic) == ("bazaar", "notification", "STRANGE")


# ---- The function, in its own process: there the bazaar is unknown ---------------------------------------------


@pytest.fixture
def function(world: World, lambdas: Lambdas) -> Iterator[Sandbox]:
    with lambdas.start("receive_notification", world.aws.env_of("receive_notification")) as sandbox:
        yield sandbox


def records(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{n}", "body": body, "eventSource": "aws:sqs", "attributes": {}, "messageAttributes": {}}
            for n, body in enumerate(bodies)
        ]
    }


def test_the_function_keeps_what_it_cannot_read_and_is_done_with_it(world: World, function: Sandbox) -> None:
    reply = function.call(records("rubbish of ada@example.com"))
    assert reply.failures == []
    assert reply.calls == ["PUT object", "PutItem"], "within its rights"
    assert len(quarantine.listed(world.bridge)) == 1
    assert '"Quarantined":[1.0]' in reply.log.replace(" ", "")
    assert "ada@example.com" not in reply.log


def test_without_the_table_only_what_failed_comes_again(world: World, lambdas: Lambdas) -> None:
    broken = world.aws.env_of("receive_notification") | {"RAW_BUCKET": "nowhere"}
    with lambdas.start("receive_notification", broken) as function:
        reply = function.call(records("rubbish", "more of it"))
    assert reply.failures == ["m0", "m1"]
