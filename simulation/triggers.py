"""What Lambda does around the functions: takes messages and records to them, and rings on schedules.

Every trigger does one thing in one `once()`: a thread calls it again and again, a serial run calls whichever the seed
chooses. Whoever dies leaves its messages: they come back when the queue's patience is over.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from simulation.environments import Environment
from simulation.instants import Instants
from simulation.wiring import Queue, Schedule, Stream, wanted
from tests.lambdas import Died, Reply
from tests.world import record_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_sqs import SQSClient

_TRIES = 5  # of one batch of stream records, as the template has it


class Trigger(Protocol):
    name: str

    def once(self) -> str:
        """Do one thing; what it was, for the trace, or "" when there was nothing to do."""


@dataclass
class QueueTrigger:
    """`patience` is the seconds after which a message that was taken and not answered for comes back."""

    client: "SQSClient"
    url: str
    source: Queue
    environment: Environment
    patience: int
    wait: int
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{self.environment.function} by {self.source.name}"

    def once(self) -> str:
        answer = self.client.receive_message(
            QueueUrl=self.url,
            MaxNumberOfMessages=self.source.batch,
            VisibilityTimeout=self.patience,
            WaitTimeSeconds=self.wait,
            MessageAttributeNames=["All"],
        )
        records = [record_of(dict(message)) for message in answer.get("Messages", [])]
        if not records:
            return ""
        try:
            reply = self.environment.call({"Records": records})
        except Died:
            return "died"
        failed = {r["messageId"] for r in records} if reply.error else set(reply.failures)
        self._forget([record for record in records if record["messageId"] not in failed])
        return told(reply)

    def _forget(self, records: Iterable[Mapping[str, Any]]) -> None:
        entries = [{"Id": str(n), "ReceiptHandle": record["receiptHandle"]} for n, record in enumerate(records)]
        if entries:
            self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)  # type: ignore[arg-type]


class StreamTrigger:
    """Reads one shard; the local engine has no more."""

    def __init__(
        self,
        client: "DynamoDBStreamsClient",
        stream: str,
        source: Stream,
        environment: Environment,
        instants: Instants,
    ) -> None:
        self.name = f"{environment.function} by the stream"
        self._client, self._source, self._environment, self._instants = client, source, environment, instants
        shards = client.describe_stream(StreamArn=stream)["StreamDescription"]["Shards"]
        begin = client.get_shard_iterator(StreamArn=stream, ShardId=shards[0]["ShardId"], ShardIteratorType="LATEST")
        self._next, self._left, self._tries = begin["ShardIterator"], list[dict[str, Any]](), 0
        self.given_up, self.idle, self.behind = 0, True, False

    def once(self) -> str:
        if not self._left:
            answer = self._client.get_records(ShardIterator=self._next, Limit=self._source.batch)
            self._next = answer["NextShardIterator"]
            records = [_plain(record) for record in answer["Records"]]
            for record in records:
                self._instants.look(record["dynamodb"].get("NewImage", {}))
            self._left = [record for record in records if wanted(record, self._source.patterns)]
            self.idle, self.behind = not records, len(records) == self._source.batch
            if not self._left:
                return "nothing of interest" if records else ""
        return self._hand_on()

    def _hand_on(self) -> str:
        try:
            reply = self._environment.call({"Records": self._left})
            done, said = not reply.error, told(reply)
        except Died:
            done, said = False, "died"
        self._tries += 1
        if done or self._tries == _TRIES:
            self.given_up += 0 if done else len(self._left)  # the sweep finds them in the table
            self._left, self._tries = [], 0
        return said


@dataclass
class ScheduleTrigger:
    """A death is no matter: the next one comes."""

    source: Schedule
    environment: Environment
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{self.environment.function} {self.source.name}"

    def once(self) -> str:
        try:
            return told(self.environment.call(self.source.event))
        except Died:
            return "died"


def told(reply: Reply) -> str:
    """What a function did, in a line: its calls, in order."""
    return f"raised {reply.error.strip().splitlines()[-1]}" if reply.error else " ".join(reply.calls) or "no calls"


def _plain(record: Any) -> dict[str, Any]:
    """As the function gets it: JSON knows no dates."""
    given = dict(record["dynamodb"])
    given.pop("ApproximateCreationDateTime", None)
    return {"eventName": record["eventName"], "dynamodb": given}
