"""What DynamoDB may say and the local engine never does: refusals put in front of a real client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass
class Refusals:
    """The next calls of one operation ("" for any) are refused; all others go through. `made` counts the calls."""

    operation: str = ""
    left: int = 0
    made: int = 0
    answer: bytes = b""

    @contextmanager
    def of(self, client: "DynamoDBClient") -> Iterator[Self]:
        events = cast(Any, client.meta.events)
        events.register("before-send.dynamodb", self)
        yield self
        events.unregister("before-send.dynamodb", self)

    def next(self, times: int, kind: str, *codes: str) -> None:
        """`codes` are the reasons of a cancelled transaction, by position."""
        self.left, self.made = times, 0
        said = {"__type": f"com.amazonaws.dynamodb.v20120810#{kind}"}
        self.answer = json.dumps({**said, "CancellationReasons": [{"Code": code} for code in codes]}).encode()

    def __call__(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        if not event_name.endswith(self.operation):
            return None
        self.made += 1
        if not self.left:
            return None
        self.left -= 1
        return AWSResponse(request.url, 400, HTTPHeaders(), _Raw(self.answer))


@dataclass
class _Raw:
    content: bytes

    def stream(self) -> Iterator[bytes]:
        yield self.content
