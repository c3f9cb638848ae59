"""DynamoDB's wire format and the few expressions we use.

By hand, because boto3's resource layer costs 11 % of a cold start and its serializer four times the CPU
(measured November 2026); attribute names are always aliased, as ours hold '#'.
"""

import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orderbridge.errors import TemporaryFailure

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
Condition = tuple[str, str, Any]  # (attribute, "=" | "<>" | "<" | "<=" | "absent" | "present", value)
_BATCH_GET, _BATCH_PUT = 100, 25
_ATTEMPTS = 8
_RETRY = {"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"}


def pack(value: Any) -> Any:
    """A Python value as a DynamoDB attribute value; refuses what we never store (floats above all)."""
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int() | Decimal():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case bytes():
            return {"B": value}
        case dict():
            return {"M": {k: pack(v) for k, v in value.items()}}
        case list() | tuple():
            return {"L": [pack(v) for v in value]}
    raise TypeError(f"{type(value).__name__} is not stored in a table")


def unpack(value: Mapping[str, Any]) -> Any:
    ((kind, inner),) = value.items()
    match kind:
        case "N":
            return int(inner) if inner.lstrip("-").isdigit() else Decimal(inner)
        case "NULL":
            return None
        case "M":
            return {k: unpack(v) for k, v in inner.items()}
        case "L":
            return [unpack(v) for v in inner]
    return inner


def unpack_item(item: Mapping[str, Any]) -> Item:
    return {name: unpack(value) for name, value in item.items()}


class _Expression:
    """Collects aliases for names and values while an expression is written."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        return self.names.setdefault(attribute, f"#n{len(self.names)}")

    def value(self, value: Any) -> str:
        alias = f":v{len(self.values)}"
        self.values[alias] = pack(value)
        return alias

    def condition(self, conditions: Iterable[Condition]) -> str:
        words = {"absent": "attribute_not_exists", "present": "attribute_exists"}
        return " AND ".join(
            f"{words[op]}({self.name(attr)})" if op in words else f"{self.name(attr)} {op} {self.value(value)}"
            for attr, op, value in conditions
        )

    def finish(self, request: Item) -> Item:
        if self.names:
            request["ExpressionAttributeNames"] = {alias: name for name, alias in self.names.items()}
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        return request


class Table:
    """One table with keys pk and sk. Reads are strongly consistent.

    `put`, `update` and `delete` build requests; `write` sends one, `transact` several as one transaction.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self.client, self.name = client, name

    def key(self, pk: str, sk: str) -> Item:
        return {"pk": {"S": pk}, "sk": {"S": sk}}

    def get(self, pk: str, sk: str) -> Item | None:
        found = self.client.get_item(TableName=self.name, Key=self.key(pk, sk), ConsistentRead=True).get("Item")
        return unpack_item(found) if found else None

    def get_many(self, keys: Sequence[tuple[str, str]], only: Sequence[str] = ()) -> dict[tuple[str, str], Item]:
        """Items by (pk, sk), whole or `only` these attributes of them; absent ones are left out."""
        found: dict[tuple[str, str], Item] = {}
        todo, part = [self.key(*key) for key in dict.fromkeys(keys)], _part(only)
        while todo:
            request = {self.name: {"Keys": todo[:_BATCH_GET], "ConsistentRead": True, **part}}
            answer = self.client.batch_get_item(RequestItems=request)  # type: ignore[arg-type]
            for item in map(unpack_item, answer["Responses"].get(self.name, [])):
                found[item["pk"], item["sk"]] = item
            unread: Item = answer.get("UnprocessedKeys", {}).get(self.name, {})  # type: ignore[assignment]
            todo = [*unread.get("Keys", []), *todo[_BATCH_GET:]]
        return found

    def put_many(self, items: Iterable[Item]) -> None:
        """Write items of different keys, whatever is there, each by itself: after an error some may be written.

        Raises TemporaryFailure when the table takes no more for a second or two.
        """
        todo = [{"PutRequest": {"Item": {k: pack(v) for k, v in item.items()}}} for item in items]
        attempt = 0
        while todo:
            request = {self.name: todo[:_BATCH_PUT]}
            left: list[Item] = self.client.batch_write_item(RequestItems=request)["UnprocessedItems"].get(self.name, [])  # type: ignore[arg-type, assignment]
            todo = [*left, *todo[_BATCH_PUT:]]
            if left:
                if attempt == _ATTEMPTS:
                    raise TemporaryFailure(f"{self.name} takes no more writes at present")
                _pause(attempt)
                attempt += 1

    def get_together(self, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        """Items of one instant (a read transaction), at most 100.

        Raises TemporaryFailure when writers keep one of them busy for a second or two: a read transaction fails
        when it meets a write, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
        """
        reads: Any = [{"Get": {"TableName": self.name, "Key": self.key(*key)}} for key in keys]
        for attempt in range(_ATTEMPTS):
            try:
                answer = self.client.transact_get_items(TransactItems=reads)
            except self.client.exceptions.TransactionCanceledException as error:
                if set(_codes(error).values()) - _RETRY:
                    raise
                _pause(attempt)
            else:
                items = [unpack_item(r["Item"]) for r in answer["Responses"] if r.get("Item")]
                return {(item["pk"], item["sk"]): item for item in items}
        raise TemporaryFailure(f"transactions keep {self.name} busy")

    def query(
        self,
        pk: str,
        prefix: str = "",
        *,
        limit: int | None = None,
        page: int | None = None,
        after: str = "",
        newest_first: bool = False,
    ) -> Iterator[Item]:
        """Items of one partition in key order, after the sort key `after`.

        limit  how many at most; page  how many one request reads, for a caller that may stop early
        newest_first  the other way round: `after` is then the key that they come before
        """
        e = _Expression()
        keys = f"{e.name('pk')} = {e.value(pk)}"
        if prefix:
            keys += f" AND begins_with({e.name('sk')}, {e.value(prefix)})"
        request = e.finish({"TableName": self.name, "KeyConditionExpression": keys, "ConsistentRead": True})
        if after:
            request["ExclusiveStartKey"] = self.key(pk, after)
        if newest_first:
            request["ScanIndexForward"] = False
        left = limit
        while True:
            if left is not None or page is not None:
                request["Limit"] = min(n for n in (left, page) if n is not None)
            answer = self.client.query(**request)
            yield from map(unpack_item, answer["Items"])
            left = None if left is None else left - len(answer["Items"])
            if "LastEvaluatedKey" not in answer or left == 0:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def scan(self, sk: str) -> Iterator[Item]:
        """Every item of one sort key, from the whole table: for exports, never on the way of the data."""
        e = _Expression()
        wanted = f"{e.name('sk')} = {e.value(sk)}"
        request = e.finish({"TableName": self.name, "FilterExpression": wanted, "ConsistentRead": True})
        while True:
            answer = self.client.scan(**request)
            yield from map(unpack_item, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def scan_page(
        self, sk: str, only: Sequence[str], limit: int, after: tuple[str, str] | None = None
    ) -> tuple[list[Item], tuple[str, str] | None]:
        """Among the next `limit` items of the whole table those of one sort key, and the key to go on after; None at
        the end. For those who look at everything, page by page."""
        e = _Expression()
        request: Item = {"TableName": self.name, "FilterExpression": f"{e.name('sk')} = {e.value(sk)}", "Limit": limit}
        request["ProjectionExpression"] = ", ".join(map(e.name, ("pk", "sk", *only)))
        if after:
            request["ExclusiveStartKey"] = self.key(*after)
        answer = self.client.scan(**e.finish(request), ConsistentRead=True)
        last = answer.get("LastEvaluatedKey")
        return [unpack_item(item) for item in answer["Items"]], (last["pk"]["S"], last["sk"]["S"]) if last else None

    def dirty_keys(self, shard: str, limit: int) -> list[tuple[str, str]]:
        """Keys of dirty items of one shard of the sparse index (eventually consistent)."""
        answer = self.client.query(
            TableName=self.name,
            IndexName="dirty",
            KeyConditionExpression="dirty = :d",
            ExpressionAttributeValues={":d": {"S": shard}},
            Limit=limit,
        )
        return [(item["pk"]["S"], item["sk"]["S"]) for item in answer["Items"]]

    def put(self, item: Item, when: Iterable[Condition] = ()) -> Item:
        e, conditions = _Expression(), list(when)
        request: Item = {"TableName": self.name, "Item": {k: pack(v) for k, v in item.items()}}
        if conditions:
            request["ConditionExpression"] = e.condition(conditions)
        return {"Put": e.finish(request)}

    def delete(self, pk: str, sk: str, when: Iterable[Condition] = ()) -> Item:
        e, conditions = _Expression(), list(when)
        request: Item = {"TableName": self.name, "Key": self.key(pk, sk)}
        if conditions:
            request["ConditionExpression"] = e.condition(conditions)
        return {"Delete": e.finish(request)}

    def update(
        self,
        pk: str,
        sk: str,
        *,
        set: Mapping[str, Any] | None = None,
        first: Mapping[str, Any] | None = None,
        add: Mapping[str, int] | None = None,
        remove: Iterable[str] = (),
        when: Iterable[Condition] = (),
    ) -> Item:
        """SET, SET where absent (`first`), ADD and REMOVE attributes, if all conditions hold."""
        e, parts, gone, conditions = _Expression(), [], list(remove), list(when)
        sets = [f"{e.name(k)} = {e.value(v)}" for k, v in (set or {}).items()]
        sets += [f"{e.name(k)} = if_not_exists({e.name(k)}, {e.value(v)})" for k, v in (first or {}).items()]
        if sets:
            parts.append("SET " + ", ".join(sets))
        if add:
            parts.append("ADD " + ", ".join(f"{e.name(k)} {e.value(v)}" for k, v in add.items()))
        if gone:
            parts.append("REMOVE " + ", ".join(map(e.name, gone)))
        request: Item = {"TableName": self.name, "Key": self.key(pk, sk), "UpdateExpression": " ".join(parts)}
        if conditions:
            request["ConditionExpression"] = e.condition(conditions)
        return {"Update": e.finish(request)}

    def write(self, request: Item) -> bool:
        """Send one request; False when its condition does not hold.

        Raises TemporaryFailure when transactions keep the item busy for a second or two.
        """
        ((kind, body),) = request.items()
        send = {"Put": self.client.put_item, "Update": self.client.update_item, "Delete": self.client.delete_item}[kind]
        for attempt in range(_ATTEMPTS):
            try:
                send(**body)  # type: ignore[operator]
                return True
            except self.client.exceptions.ConditionalCheckFailedException:
                return False
            except self.client.exceptions.TransactionConflictException:
                _pause(attempt)
        raise TemporaryFailure(f"transactions keep {body['TableName']} busy")


def _part(only: Sequence[str]) -> Item:
    """What a request says that wants only some attributes beside the keys; nothing when it wants all."""
    if not only:
        return {}
    e = _Expression()
    return e.finish({"ProjectionExpression": ", ".join(map(e.name, ("pk", "sk", *only)))})


def next_number(table: Table, pk: str, sk: str) -> int:
    """Count one up; no two callers get the same number."""
    answer = table.client.update_item(
        TableName=table.name,
        Key=table.key(pk, sk),
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    return int(answer["Attributes"]["n"]["N"])


class Conflict(Exception):
    """A transaction was not written; `refused` holds the positions whose own condition did not hold.

    Empty `refused` means that another transaction was at work on the same items.
    """

    def __init__(self, refused: tuple[int, ...]) -> None:
        super().__init__(f"conditions not met at {refused}" if refused else "another transaction was at work")
        self.refused = refused


def _pause(attempt: int) -> None:
    """Full jitter; eight of them take about a second, at most two and a half."""
    time.sleep(random.uniform(0, 0.01 * 2**attempt))


def _codes(error: "ClientError") -> dict[int, str]:
    """Why a transaction was cancelled: position -> code, without the positions that had no part in it."""
    codes = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    return {position: code for position, code in enumerate(codes) if code != "None"}


def transact(client: "DynamoDBClient", requests: Sequence[Item]) -> None:
    """Write all or nothing; raises Conflict. Any other reason of a cancellation is a bug or a limit, and not hidden."""
    try:
        client.transact_write_items(TransactItems=requests)  # type: ignore[arg-type]
    except client.exceptions.TransactionCanceledException as error:
        codes = _codes(error)
        if not codes or set(codes.values()) - _RETRY - {"ConditionalCheckFailed"}:
            raise
        raise Conflict(tuple(n for n, code in codes.items() if code == "ConditionalCheckFailed")) from error
