"""Dead letters go back as they were, each to its own queue."""

from datetime import UTC, datetime

import pytest

from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from orderbridge.operations.dead_letters import piles, redrive
from orderbridge.queues import WEBHOOK, DeadLetters, Inbound, inbound
from tests.resources import Aws
from tests.world import record_of


def dead_letter_queues(aws: Aws) -> dict[str, DeadLetters]:
    urls = aws.sqs.list_queues()["QueueUrls"]
    bells, inbound_dlq = (next(url for url in urls if name in url) for name in ("-BellsDlq", "-InboundDlq"))
    settings = aws.settings
    return {
        "inbound": DeadLetters(aws.sqs, inbound_dlq, settings.inbound_queue_url),
        "bells": DeadLetters(aws.sqs, bells, settings.bells_queue_url),
        "stream": DeadLetters(aws.sqs, inbound_dlq),
    }


def bury(aws: Aws, url: str, dead: str) -> None:
    """What SQS does after five failures."""
    answer = aws.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
    )
    for message in answer["Messages"]:
        fifo = {"MessageGroupId": message["Attributes"].get("MessageGroupId"), "MessageDeduplicationId": "x"}
        aws.sqs.send_message(
            QueueUrl=dead,
            MessageBody=message["Body"],
            MessageAttributes=message.get("MessageAttributes", {}),
            **(fifo if url.endswith(".fifo") else {}),  # type: ignore[arg-type]
        )
        aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_deliveries_come_back_as_they_were(aws: Aws, bridge: Bridge) -> None:
    queues, now = dead_letter_queues(aws), datetime.now(UTC)
    sent = [Inbound(WEBHOOK, "shopify-us", "orders/create", now, b"b%d@example.com" % n) for n in range(7)]
    for message in sent:
        bridge.queues.deliver(message)
    bury(aws, aws.settings.inbound_queue_url, queues["inbound"].url)
    (pile, *_) = piles(queues)
    assert (pile.name, pile.count) == ("inbound", 7)
    assert pile.some[0].about == "kind webhook, store shopify-us, topic orders/create"
    assert "example.com" not in repr(pile)
    assert redrive(queues, "inbound") == 7
    answer = aws.sqs.receive_message(
        QueueUrl=aws.settings.inbound_queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
    )
    back = [inbound(record_of(dict(message))) for message in answer["Messages"]]
    assert sorted(m.body for m in back) == [m.body for m in sent]
    assert {(m.kind, m.store, m.topic, m.received_at) for m in back} == {(WEBHOOK, "shopify-us", "orders/create", now)}
    assert queues["inbound"].count() == 0


def test_bells_keep_their_counterparty(aws: Aws, bridge: Bridge) -> None:
    queues = dead_letter_queues(aws)
    bridge.queues.ring("store#shopify-us")
    bury(aws, aws.settings.bells_queue_url, queues["bells"].url)
    assert [letter.about for pile in piles(queues) for letter in pile.some] == ["store#shopify-us"]
    assert redrive(queues, "bells") == 1
    (bell,) = aws.sqs.receive_message(QueueUrl=aws.settings.bells_queue_url, MessageSystemAttributeNames=["All"])[
        "Messages"
    ]
    assert (bell["Body"], bell["Attributes"]["MessageGroupId"]) == ("store#shopify-us", "store#shopify-us")


def test_what_cannot_be_sent_back(aws: Aws) -> None:
    queues = dead_letter_queues(aws)
    assert redrive(queues, "inbound") == 0
    with pytest.raises(InvalidInput, match="no queue 'outbound'; there are: inbound, bells, stream"):
        redrive(queues, "outbound")
    with pytest.raises(InvalidInput, match="nothing reads stream again"):
        redrive(queues, "stream")
