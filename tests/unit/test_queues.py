"""Whatever a shop sends goes through a message and comes out byte for byte."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.archive import Archive
from orderbridge.errors import InvalidPayload
from orderbridge.queues import LARGEST_INLINE, WEBHOOK, Inbound, Queues, inbound, lay_aside
from orderbridge.settings import Settings

AT = datetime(2026, 11, 23, 10, 0, 0, 1, tzinfo=UTC)
SETTINGS = Settings(inbound_queue_url="inbound", bells_queue_url="bells")
LARGEST_MESSAGE = 262_144  # bytes, with attributes, https://docs.aws.amazon.com/AWSSimpleQueueService (2026-11)


@dataclass
class Sqs:
    """Refuses what SQS refuses."""

    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        body, attributes = message["MessageBody"], message.get("MessageAttributes", {})
        assert body
        assert all(c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" for c in body)
        assert all(value["StringValue"] for value in attributes.values())
        assert len(attributes) <= 10
        size = len(body.encode()) + sum(len(k + "String" + v["StringValue"]) for k, v in attributes.items())
        assert size <= LARGEST_MESSAGE
        self.sent.append(message)


def travelled(message: Inbound) -> Inbound:
    """The message as the function behind the queue sees it."""
    sqs: Any = Sqs()
    Queues(sqs, SETTINGS).deliver(message)
    (sent,) = sqs.sent
    attributes = {
        name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
        for name, value in sent["MessageAttributes"].items()
    }
    return inbound({"body": sent["MessageBody"], "messageAttributes": attributes})


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_every_body_comes_out_as_it_went_in(body: bytes) -> None:
    message = Inbound(WEBHOOK, "shop", "orders/create", AT, body)
    assert travelled(message) == message


@pytest.mark.parametrize("body", [b"", b"-", b"\x00", b"\xff" * LARGEST_INLINE, "茶".encode() * (LARGEST_INLINE // 3)])
def test_bodies_at_the_edge(body: bytes) -> None:
    message = Inbound(WEBHOOK, "shop", "t" * 200, AT, body)
    assert travelled(message) == message


def test_a_message_without_topic_or_with_a_key_of_the_bucket() -> None:
    assert travelled(Inbound(WEBHOOK, "shop", "", AT, b"x")).topic == "-"
    assert travelled(Inbound(WEBHOOK, "shop", "t", AT, b"", "inbound/1")).raw == "inbound/1"


def test_a_large_body_is_laid_aside() -> None:
    kept: dict[str, bytes] = {}

    class Bucket:
        def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
            kept[Key] = Body

    bucket: Any = Bucket()
    archive = Archive(lambda: bucket, SETTINGS)
    small = Inbound(WEBHOOK, "shop", "t", AT, b"x" * LARGEST_INLINE)
    large = Inbound(WEBHOOK, "shop", "t", AT, b"x" * (LARGEST_INLINE + 1))
    assert lay_aside(small, archive) is small
    aside = lay_aside(large, archive)
    assert (aside.body, kept[aside.raw]) == (b"", large.body)
    assert lay_aside(large, archive).raw != aside.raw, "two deliveries never share a place"


@pytest.mark.parametrize("missing", ["kind", "store", "topic", "received_at", "encoding", "raw"])
def test_a_message_that_is_not_ours_is_named(missing: str) -> None:
    names = {"kind", "store", "topic", "received_at", "encoding", "raw"} - {missing}
    attributes = {name: {"stringValue": "x"} for name in names}
    with pytest.raises(InvalidPayload, match=missing):
        inbound({"body": "x", "messageAttributes": attributes})


def test_every_bell_is_one_of_its_own() -> None:
    """Two equal bells are two bells: the second may tell of work that came after the first was answered."""
    sqs: Any = Sqs()
    for _ in range(2):
        Queues(sqs, SETTINGS).ring("store#shop")
    first, second = sqs.sent
    assert (first["MessageGroupId"], first["MessageBody"]) == ("store#shop", "store#shop")
    assert first["MessageDeduplicationId"] != second["MessageDeduplicationId"]


@pytest.mark.parametrize(("asked", "given"), [(0, 0), (2.1, 3), (10_000, 900)])
def test_a_delay_is_within_what_the_queue_allows(asked: float, given: int) -> None:
    sqs: Any = Sqs()
    Queues(sqs, SETTINGS).deliver(Inbound(WEBHOOK, "shop", "t", AT, b"x"), delay=asked)
    assert sqs.sent[0]["DelaySeconds"] == given
