"""The function behind the inbound queue, called as Lambda calls it: one bad record stops no other."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.shopify import ShopifyShop
from orderbridge import patience
from orderbridge.deliveries import process_record
from orderbridge.queues import HINT, WEBHOOK, Inbound
from tests.lambdas import Lambdas, Reply, Sandbox
from tests.laws import orders
from tests.refusals import Refusals
from tests.world import World

MUG = "HP-MUG-01"


@pytest.fixture
def us(world: World) -> ShopifyShop:
    shop = ShopifyShop("shopify-us", PRODUCTS[:1], locations=("HAM",))
    world.connect(shop)
    shop.webhook_faults.drop = 1
    shop.allow_oversell = True
    return shop


@pytest.fixture
def processor(world: World, us: ShopifyShop, lambdas: Lambdas) -> Iterator[Sandbox]:
    with lambdas.start("process_deliveries", world.aws.env_of("process_deliveries")) as sandbox:
        yield sandbox


def put(world: World, body: bytes, store: str = "shopify-us", topic: str = "orders/create", kind: str = WEBHOOK,
        raw: str = "") -> None:  # fmt: skip
    world.bridge.queues.deliver(Inbound(kind, store, topic, datetime.now(UTC), body, raw))


def put_raw(world: World, body: str, **attributes: str) -> None:
    """A message as somebody else might put it on our queue."""
    typed: Any = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
    queue = world.aws.settings.inbound_queue_url
    world.aws.sqs.send_message(QueueUrl=queue, MessageBody=body, MessageAttributes=typed)


def sale(us: ShopifyShop) -> tuple[str, bytes]:
    order = us.sell(MUG)
    return order, us.webhooks.attempts[-1].body


def call(world: World, processor: Sandbox) -> tuple[Reply, list[str]]:
    """One batch; the bodies of the records that shall come again."""
    records = world.inbound()
    reply = processor.call({"Records": records})
    return reply, [record["body"] for record in records if record["messageId"] in reply.failures]


def test_poison_hurts_nobody_else(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    first, good = sale(us)
    second, also_good = sale(us)
    put(world, good)
    put(world, b"\x00\xff rubbish")
    put(world, good, store="nobody")
    put_raw(world, "somebody else's message")
    ours = {"kind": WEBHOOK, "store": "shopify-us", "topic": "orders/create", "encoding": "utf-8", "raw": "-"}
    put_raw(world, "no time", **ours, received_at="yesterday")
    put(world, b"", raw="inbound/that-was-never-laid-aside")
    put(world, also_good)
    reply, again = call(world, processor)
    assert {stored.order.id for stored in orders(world)} == {first, second}
    assert sorted(again) == ["-", "no time", "somebody else's message"]
    quarantined = {row["store"]: row["error"] for row in world.bridge.control.quarantined()}
    assert quarantined == {"shopify-us": "InvalidPayload", "nobody": "UnknownStore"}
    assert reply.log.replace(" ", "").count('"Quarantined":[1.0]') == len(quarantined)


def test_what_fails_says_where_and_quotes_nothing(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    put_raw(world, "ada@example.com", kind=WEBHOOK, store="shopify-us")
    put(world, b"", raw="inbound/that-was-never-laid-aside")
    reply, again = call(world, processor)
    assert len(again) == 2
    failed = [entry for entry in map(json.loads, reply.log.splitlines()) if entry.get("message") == "failed"]
    assert {entry["error"] for entry in failed} == {"InvalidPayload", "NoSuchKey"}
    assert any("a message without 'topic'" in entry["reason"] for entry in failed)
    assert all(entry["where"] for entry in failed)
    assert "ada@example.com" not in reply.log


def test_a_deploy_can_see_what_its_version_cannot_digest(
    world: World, us: ShopifyShop, lambdas: Lambdas, processor: Sandbox
) -> None:
    env = {**world.aws.env_of("process_deliveries"), "AWS_LAMBDA_FUNCTION_VERSION": "7"}
    with lambdas.start("process_deliveries", env) as seventh:
        put_raw(world, "not readable, which is nobody's bug", kind=WEBHOOK, store="shopify-us")
        assert '"Failed"' not in call(world, seventh)[0].log
        put(world, b"", raw="inbound/that-was-never-laid-aside")
        (counted,) = [json.loads(line) for line in call(world, seventh)[0].log.splitlines() if '"Failed"' in line]
    assert (counted["Failed"], counted["version"], counted["service"]) == ([1.0], "7", "process_deliveries")
    assert counted["stage"] == "dev"
    assert set(counted["_aws"]["CloudWatchMetrics"][0]["Dimensions"][0]) == {"version", "stage", "service"}


def test_each_order_is_counted_once(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    order, body = sale(us)
    put(world, body)
    put(world, body)
    us.cancel(order)
    put(world, us.webhooks.attempts[-1].body, topic="orders/cancelled")
    entries = [json.loads(line) for line in call(world, processor)[0].log.splitlines()]
    assert [entry["outcome"] for entry in entries if entry.get("message") == "order"] == [
        "applied",
        "repeat",
        "applied",
    ]
    (counted,) = [entry for entry in entries if "Orders" in entry]
    assert (counted["Orders"], counted["stage"], counted["service"]) == ([1.0], "dev", "process_deliveries")


def test_what_fails_for_good_ends_in_the_dead_letter_queue(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    put_raw(world, "somebody else's message")
    for _ in range(5):
        _, again = call(world, processor)
        assert again == ["somebody else's message"]
        world.come_back()
    assert world.inbound() == []


def test_a_buyer_is_in_no_log(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    _, body = sale(us)
    document = json.loads(body)
    put(world, body)
    put(world, json.dumps(document | {"currency": ["no text"]}).encode())
    reply, _ = call(world, processor)
    buyer = document["customer"]
    for private in (document["email"], buyer["first_name"], buyer["last_name"]):
        assert private not in reply.log


@pytest.mark.parametrize("fault", [Fault.THROTTLED, Fault.UNAVAILABLE, Fault.UNREACHED])
def test_while_the_platform_cannot_answer_no_attempt_is_spent(
    world: World, us: ShopifyShop, processor: Sandbox, fault: Fault
) -> None:
    us.api_faults.script.append(fault)
    order, _ = sale(us)
    put(world, json.dumps({"order_id": int(order)}).encode(), topic="refunds/create")
    reply, again = call(world, processor)
    assert again == []
    assert reply.calls[-1] == "SendMessage", "the message is on its way again, with a delay"
    assert "waits for the platform" in reply.log
    assert orders(world) == []


def test_what_has_waited_long_asks_less_often(world: World, us: ShopifyShop) -> None:
    """Else a thousand that wait would ask a shop each second that answers ten."""
    for age in (0, 120):
        us.api_faults.script.append(Fault.THROTTLED)
        at = datetime.now(UTC) - timedelta(seconds=age)
        hint = Inbound(HINT, "shopify-us", "poll", at, json.dumps(["1", None]).encode())
        world.bridge.queues.deliver(hint)
        (record,) = world.inbound()
        with mock.patch.object(world.bridge.queues, "deliver") as deliver:
            process_record(world.bridge, record)
        assert age / 2 <= deliver.call_args.kwargs["delay"] < age / 2 + 8
        world.forget(record)


def test_an_answer_that_is_older_than_the_hint_is_waited_for(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    order, _ = sale(us)
    put(world, json.dumps([order, "2099-01-01T00:00:00+00:00"]).encode(), kind=HINT)
    reply, again = call(world, processor)
    assert (again, reply.calls[-1]) == ([], "SendMessage")
    assert "older than it told us" in reply.log


def test_after_a_day_a_person_must_look(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    us.api_faults.script.append(Fault.UNAVAILABLE)
    order, _ = sale(us)
    old = datetime.now(UTC) - timedelta(days=2)
    body = json.dumps({"order_id": int(order)}).encode()
    world.bridge.queues.deliver(Inbound(WEBHOOK, "shopify-us", "refunds/create", old, body))
    reply, again = call(world, processor)
    assert again == [body.decode()], "the queue counts the attempts, and its dead-letter queue has an alarm"
    assert "the platform answered 503" in reply.log


def test_test_orders_and_orders_from_before_hold_nothing(world: World, us: ShopifyShop, processor: Sandbox) -> None:
    _, body = sale(us)
    document = json.loads(body)
    put(world, json.dumps(document | {"id": 1, "test": True}).encode())
    put(world, json.dumps(document | {"id": 2, "created_at": "2019-12-31T23:59:59Z"}).encode())
    _, again = call(world, processor)
    assert again == []
    assert {stored.order.id: (stored.holds, stored.waits) for stored in orders(world)} == {
        "1": ({}, ("a test order",)),
        "2": ({}, ("from before the store was connected",)),
    }


def test_meeting_other_transactions_is_no_failure(world: World, us: ShopifyShop) -> None:
    order, body = sale(us)
    put(world, body)
    with Refusals("TransactWriteItems").of(world.bridge.dynamodb) as refusals:
        refusals.next(4, "TransactionCanceledException", "None", "None", "None", "TransactionConflict")
        assert [done.outcome for done in world.process()] == ["applied"]
        assert refusals.made == 5
    assert [stored.order.id for stored in orders(world)] == [order]


def test_a_conflict_that_does_not_end_is_left_to_the_queue(
    world: World, us: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.2)
    order, body = sale(us)
    put(world, body)
    with Refusals("TransactWriteItems").of(world.bridge.dynamodb) as refusals:
        refusals.next(1000, "TransactionCanceledException", "TransactionConflict")
        assert world.process() == []
    world.come_back()
    assert [done.outcome for done in world.process()] == ["applied"]
    assert [stored.order.id for stored in orders(world)] == [order]


def test_the_payload_that_changed_an_order_is_kept_and_its_repeats_are_not(world: World, us: ShopifyShop) -> None:
    """A write to the bucket costs as much as eight to a table, and most deliveries repeat another."""
    order, body = sale(us)
    put(world, body)
    put(world, body.replace(b'"tags":""', b'"tags":"seen"'), topic="orders/updated")  # other bytes, the same order
    us.now = lambda: datetime.now(UTC) + timedelta(minutes=1)
    us.cancel(order)
    put(world, us.webhooks.attempts[-1].body, topic="orders/cancelled")
    put(world, body.replace(b'"tags":""', b'"tags":"late"'))
    assert [done.outcome for done in world.process()] == ["applied", "repeat", "applied", "stale"]
    rows = [row for row in world.bridge.orders.rows("shopify-us", order) if row["sk"].startswith("DELIVERY#")]
    named = [row["raw"] for row in rows if row["raw"]]
    assert len(rows) == 4
    assert [key for key in named if world.bridge.archive.read(key) == body]
    assert len(named) == 3
    kept = world.aws.s3.list_objects_v2(Bucket=world.aws.settings.raw_bucket)["Contents"]
    assert {found["Key"] for found in kept} == set(named)
