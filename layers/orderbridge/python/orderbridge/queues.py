"""The only module that knows SQS: what travels, and how it is put on the queues.

Inbound carries deliveries. The raw body is the message body, byte for byte, and what came with it are message
attributes; a body that SQS would refuse travels as base64, a large one lies in the bucket. Bells carry only a
counterparty's name, polls a store's and perhaps a time.
"""

import base64
import json
import math
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from orderbridge.archive import Archive
from orderbridge.errors import InvalidPayload, TemporaryFailure
from orderbridge.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

LARGEST_INLINE = 180_000  # bytes; SQS takes 256 KiB with attributes, base64 adds a third
# Characters that SQS does not take, https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_REFUSED = bytes(set(range(0x20)) - set(b"\t\n\r"))
_NO_CHARACTERS = "\ufffe".encode(), "\uffff".encode()
_MAX_DELAY = 900  # seconds, a limit of SQS
_BATCH, _BATCH_BYTES = 10, 200_000  # messages of one call, and of their bodies; SQS takes 256 KiB with attributes

WEBHOOK, NOTIFICATION, ORDER, HINT = "webhook", "notification", "order", "hint"
RECHECK, TOLD = "recheck", "told"


@dataclass(frozen=True)
class Inbound:
    """One message of the inbound queue.

    kind  webhook: `body` is what the platform sent, its signature was right
          notification: `body` is a message of the platform's own bus
          order: `body` is a canonical order that a poll found
          hint: `body` is JSON [order id, version or null]: an order to be fetched
          recheck: `body` is the id of a stored order whose mappings changed
          told: `body` is a canonical order, fetched to see that its shop shows what it was told: `topic`
    raw   key in the bucket where the body lies, "" when it is in the message
    """

    kind: str
    store: str
    topic: str
    received_at: datetime
    body: bytes
    raw: str = ""


def lay_aside(message: Inbound, archive: Archive) -> Inbound:
    """The message, small enough for the queue: a large body goes to the bucket and leaves its key."""
    if len(message.body) <= LARGEST_INLINE:
        return message
    return replace(message, body=b"", raw=archive.park(uuid.uuid4().hex, message.body))


class Queues:
    def __init__(self, client: "SQSClient", settings: Settings) -> None:
        self.client, self.inbound_url, self.bells_url = client, settings.inbound_queue_url, settings.bells_queue_url
        self.polls_url, self.erp_bells_url = settings.polls_queue_url, settings.erp_bells_queue_url
        self.pulls_url, self.reconcile_url = settings.pulls_queue_url, settings.reconcile_queue_url

    def deliver(self, message: Inbound, delay: float = 0) -> None:
        """Durable once this returns. `delay` in seconds, at most 15 minutes."""
        seconds = min(math.ceil(delay), _MAX_DELAY)
        self.client.send_message(QueueUrl=self.inbound_url, DelaySeconds=seconds, **_sent(message))

    def deliver_all(self, messages: Iterable[Inbound]) -> None:
        """As `deliver`, many in one call. Raises TemporaryFailure when the queue did not take them all."""
        for batch in _batches(messages):
            self._send_batch(self.inbound_url, [_sent(message) for message in batch])

    def ring(self, counterparty: str) -> None:
        """Tell the worker of a store to look at its to-dos. One group per counterparty, never deduplicated."""
        self._send_in_group(self.bells_url, counterparty, counterparty)

    def ring_all(self, counterparties: Iterable[str]) -> None:
        """As `ring`, ten in one call."""
        bells = [_in_group(who, who) for who in counterparties]
        for start in range(0, len(bells), _BATCH):
            self._send_batch(self.bells_url, bells[start : start + _BATCH])

    def ring_erp(self) -> None:
        """Tell the worker of the ERP to look at its to-dos: orders."""
        self._send_in_group(self.erp_bells_url, "erp", "erp")

    def ask_poll(self, store: str, since: datetime | None = None) -> None:
        """Have a store polled soon, from `since` on if given. One group per store, never deduplicated."""
        asked = {"store": store, "since": since.isoformat() if since else None}
        self._send_in_group(self.polls_url, store, json.dumps(asked))

    def pull_on(self) -> None:
        """Have the pull of the ERP's stock gone on with at once."""
        self._send_in_group(self.pulls_url, "erp", "go on")

    def reconcile_on(self) -> None:
        """Have the reconciliation under way gone on with at once."""
        self._send_in_group(self.reconcile_url, "reconcile", "go on")

    def pull_soon(self) -> None:
        """The same for whoever asks often: one of those that ask within five seconds counts. A change that it misses
        is read within the minute."""
        asked = {**_in_group("erp", "called"), "MessageDeduplicationId": f"called-{int(time.time() // 5)}"}
        self.client.send_message(QueueUrl=self.pulls_url, **asked)

    def _send_in_group(self, url: str, group: str, body: str) -> None:
        self.client.send_message(QueueUrl=url, **_in_group(group, body))

    def _send_batch(self, url: str, messages: Sequence[dict[str, Any]]) -> None:
        """Raises TemporaryFailure when the queue did not take them all."""
        entries: Any = [{"Id": str(n), **message} for n, message in enumerate(messages)]
        if failed := self.client.send_message_batch(QueueUrl=url, Entries=entries).get("Failed"):
            raise TemporaryFailure(f"a queue refused {len(failed)} messages: {failed[0]['Code']}")


def _in_group(group: str, body: str) -> dict[str, Any]:
    return {"MessageBody": body, "MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex}


def _sent(message: Inbound) -> dict[str, Any]:
    text, encoding = _text(message.body)
    values = {
        "kind": message.kind,
        "store": message.store,
        "topic": message.topic or "-",
        "received_at": message.received_at.isoformat(),
        "encoding": encoding,
        "raw": message.raw or "-",
    }
    attributes = {name: {"DataType": "String", "StringValue": value} for name, value in values.items()}
    return {"MessageBody": text, "MessageAttributes": attributes}


def _batches(messages: Iterable[Inbound]) -> Iterator[list[Inbound]]:
    batch: list[Inbound] = []
    size = 0
    for message in messages:
        if batch and (len(batch) == _BATCH or size + len(message.body) > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(message)
        size += len(message.body)
    if batch:
        yield batch


def _text(body: bytes) -> tuple[str, str]:
    """Message body and its encoding; SQS refuses an empty one."""
    if not body:
        return "-", "empty"
    taken = len(body.translate(None, _REFUSED)) == len(body) and not any(bad in body for bad in _NO_CHARACTERS)
    try:
        return (body.decode(), "utf-8") if taken else (base64.b64encode(body).decode(), "base64")
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), "base64"


def inbound(record: Mapping[str, Any]) -> Inbound:
    """A record of Lambda's SQS event as a message. Raises InvalidPayload for what is not ours."""
    given = record.get("messageAttributes", {})
    try:
        values = {
            name: given[name]["stringValue"] for name in ("kind", "store", "topic", "received_at", "encoding", "raw")
        }
    except KeyError as error:
        raise InvalidPayload(f"a message without {error} lies on the inbound queue") from error
    text, encoding = record["body"], values["encoding"]
    body = b"" if encoding == "empty" else base64.b64decode(text) if encoding == "base64" else text.encode()
    received, raw = datetime.fromisoformat(values["received_at"]), values["raw"].removeprefix("-")
    return Inbound(values["kind"], values["store"], values["topic"], received, body, raw)


@dataclass(frozen=True)
class DeadLetter:
    """A message that failed too often. Its body may hold a buyer's data and is not shown."""

    id: str
    sent_at: datetime
    received: int
    about: str
    size: int  # characters


class DeadLetters:
    """A dead-letter queue and the queue it belongs to, "" where nothing reads its messages again.

    Moves messages by itself: StartMessageMoveTask is no part of the local engine, and would need a second right.
    """

    def __init__(self, client: "SQSClient", url: str, source: str = "") -> None:
        self.client, self.url, self.source = client, url, source

    def count(self) -> int:
        """About how many, also those that somebody is looking at."""
        asked = self.client.get_queue_attributes(
            QueueUrl=self.url, AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        )
        return sum(map(int, asked["Attributes"].values()))

    def some(self) -> list[DeadLetter]:
        """Up to ten; they stay in sight for everybody."""
        return [_dead_letter(message) for message in self._receive(0)]

    def redrive(self) -> int:
        """Send everything back to its queue; returns how many.

        Each is sent before it is deleted: a crash in between doubles a message, which is recognised when it is
        processed.
        """
        moved = 0
        while messages := self._receive(60):
            for message in messages:
                again = {"MessageBody": message["Body"], "MessageAttributes": message.get("MessageAttributes", {})}
                if group := message["Attributes"].get("MessageGroupId"):
                    again |= {"MessageGroupId": group, "MessageDeduplicationId": uuid.uuid4().hex}
                self.client.send_message(QueueUrl=self.source, **again)
                self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                moved += 1
        return moved

    def _receive(self, seconds: int) -> list[dict[str, Any]]:
        answer: dict[str, Any] = dict(
            self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=seconds,
                WaitTimeSeconds=1,  # asks all of SQS' servers, not only a few
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found


def _dead_letter(message: Mapping[str, Any]) -> DeadLetter:
    system, ours = message["Attributes"], message.get("MessageAttributes", {})
    named = [f"{name} {ours[name]['StringValue']}" for name in ("kind", "store", "topic") if name in ours]
    return DeadLetter(
        message["MessageId"],
        datetime.fromtimestamp(int(system["SentTimestamp"]) / 1000, UTC),
        int(system["ApproximateReceiveCount"]),
        ", ".join(named) or system.get("MessageGroupId", "not ours: of the stream, or of a platform's bus"),
        len(message["Body"]),
    )
