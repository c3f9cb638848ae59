"""Watches what leaves this process while a function runs, and counts it in the units that AWS charges.

Sizes of items are read from the engine before and after each write, because that is what DynamoDB charges by; these
reads of our own are not counted.
"""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.httpsession import URLLib3Session
from requests.adapters import HTTPAdapter

from bench import units
from bench.units import Attributes

WRITES, READS = "DynamoDB write request units", "DynamoDB read request units"
_CHUNK = 64 * 1024  # bytes that SQS charges as one request
_TLS_AND_HEADERS = 1500  # bytes of a call that are not its body
_READING = {"GetItem", "BatchGetItem", "TransactGetItems", "Query", "Scan"}
Document = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One kind of thing that costs: which function used it, in which unit of `prices`, and for what."""

    function: str
    unit: str
    what: str


@dataclass
class Meter:
    """
    used      how much of each
    requests  (function, AWS operation or "shop") -> how many
    records   what the stream of table Stock would bring
    cpu       function -> seconds of its own
    """

    dynamodb: Any
    used: Counter[Line] = field(default_factory=Counter)
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    records: list[Document] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    function: str = ""

    def reset(self) -> None:
        for counted in (self.used, self.requests, self.cpu):
            counted.clear()

    def add(self, unit: str, what: str, amount: float = 1) -> None:
        line = Line(self.function, unit, what)
        self.used[line] += amount  # type: ignore[assignment] # a Counter of floats

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """What leaves this process until the end is this function's. Other threads are the shops."""
        self.function, started = function, time.thread_time()
        try:
            yield
        finally:
            self.cpu[function] = self.cpu.get(function, 0) + time.thread_time() - started
            self.function = ""

    @contextmanager
    def watching(self) -> Iterator[None]:
        aws, shop = URLLib3Session.send, HTTPAdapter.send

        def to_aws(session: URLLib3Session, request: Any) -> Any:
            return self._aws(lambda: aws(session, request), request) if self.function else aws(session, request)

        def to_shop(adapter: HTTPAdapter, request: Any, *rest: Any, **options: Any) -> Any:
            if self.function:
                self.requests[self.function, "shop"] += 1
                self.add("data out, bytes", "calls of shops", len(request.body or b"") + _TLS_AND_HEADERS)
            return shop(adapter, request, *rest, **options)

        URLLib3Session.send, HTTPAdapter.send = to_aws, to_shop  # type: ignore[method-assign,assignment]
        try:
            yield
        finally:
            URLLib3Session.send, HTTPAdapter.send = aws, shop  # type: ignore[method-assign]

    def _aws(self, send: Callable[[], Any], request: Any) -> Any:
        service, _, operation = bytes(request.headers.get("X-Amz-Target", b"")).decode().partition(".")
        body: Document = json.loads(request.body) if service else {}
        self.requests[self.function, operation or f"{request.method} object"] += 1
        if service.startswith("DynamoDB"):
            return self._reads(send, operation, body) if operation in _READING else self._writes(send, body)
        if service == "AmazonSQS":
            fifo = body["QueueUrl"].endswith(".fifo")
            sent = sum(map(message_size, body.get("Entries", [body])))
            self.add(f"SQS requests, {'FIFO' if fifo else 'standard'}", "send", chunks(sent))
        elif service == "secretsmanager":
            self.add("Secrets Manager calls", "look-ups")
        else:
            self.add("S3 writes" if request.method == "PUT" else "S3 reads", "payloads")
        return send()

    def _reads(self, send: Callable[[], Any], operation: str, body: Document) -> Any:
        answer = send()
        said = json.loads(answer.content)
        if operation == "Query":
            total = sum(map(units.size, said["Items"]))
            self.add(READS, _list_of(body), units.read(total, consistent=body.get("ConsistentRead", False)))
        if operation == "Scan":
            total = sum(map(units.size, self._scanned(body)))
            self.add(
                READS, f"scan of {body['TableName']}", units.read(total, consistent=body.get("ConsistentRead", False))
            )
        for key, item, consistent, times in _items_read(operation, body, said):
            self.add(READS, _row(key), units.read(units.size(item), consistent=consistent) * times)
        return answer

    def _writes(self, send: Callable[[], Any], body: Document) -> Any:
        requests = [next(iter(r.values())) for r in body["TransactItems"]] if "TransactItems" in body else [body]
        times = 2 if "TransactItems" in body else 1
        keys = [(r["TableName"], r.get("Key") or {name: r["Item"][name] for name in ("pk", "sk")}) for r in requests]
        before = [self._item(table, key) for table, key in keys]
        answer = send()
        after = [self._item(table, key) for table, key in keys]
        for (table, key), old, new in zip(keys, before, after, strict=True):
            self.add(WRITES, _row(key), units.write(max(units.size(old), units.size(new))) * times)
            # AWS does not say whether an entry of an index costs twice in a transaction: it is counted so.
            self.add(WRITES, "index dirty", units.index(old, new, "dirty") * times)
            if old != new and "Stock" in table:
                images = {"OldImage": old, "NewImage": new}
                self.records.append({"dynamodb": {"Keys": key, **{name: i for name, i in images.items() if i}}})
        return answer

    def _scanned(self, body: Document) -> list[Attributes]:
        """What was read, of which the answer shows only what was wanted."""
        function, self.function = self.function, ""
        page = {name: body[name] for name in ("TableName", "Limit", "ExclusiveStartKey") if name in body}
        found: list[Attributes] = self.dynamodb.scan(**page)["Items"]
        self.function = function
        return found

    def _item(self, table: str, key: Document) -> Document | None:
        function, self.function = self.function, ""
        found: Document | None = self.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
        self.function = function
        return found


def chunks(nbytes: int) -> int:
    """Requests that SQS charges for so many bytes."""
    return max(1, -(-nbytes // _CHUNK))


def message_size(message: Mapping[str, Any]) -> int:
    """Bytes of a message with its attributes, as it is sent or received."""
    attributes = message.get("MessageAttributes", {})
    more = sum(len(name) + len(value["StringValue"].encode()) + len("String") for name, value in attributes.items())
    return len((message.get("MessageBody") or message.get("Body") or "").encode()) + more


def _items_read(
    operation: str, body: Document, said: Document
) -> Iterator[tuple[Document, Attributes | None, bool, int]]:
    """(key, item or None, consistent, how often it counts) of reads by key."""
    if operation == "GetItem":
        yield body["Key"], said.get("Item"), body.get("ConsistentRead", False), 1
    for table, asked in body.get("RequestItems", {}).items():
        found = {_name(item): item for item in said["Responses"].get(table, [])}
        for key in asked["Keys"]:
            yield key, found.get(_name(key)), asked.get("ConsistentRead", False), 1
    if operation == "TransactGetItems":
        for asked, got in zip(body["TransactItems"], said["Responses"], strict=True):
            yield asked["Get"]["Key"], got.get("Item"), True, 2


def _name(item: Attributes) -> tuple[str, str]:
    return item["pk"]["S"], item["sk"]["S"]


def _row(key: Attributes) -> str:
    """What sort of row this is: "ORDER DELIVERY", "SKU LEVEL", "TODO"."""
    pk, sk = (text.partition("#")[0] for text in _name(key))
    return f"{pk} {sk}" if pk in ("SKU", "ORDER", "WORKER") else pk


def _list_of(body: Document) -> str:
    if "IndexName" in body:
        return "list of index dirty"
    words = [value["S"].partition("#")[0] for value in body["ExpressionAttributeValues"].values()]
    return f"list of {' '.join(words)}"
