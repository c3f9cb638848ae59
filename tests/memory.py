"""DynamoDB in a dictionary, for one thread: as much of it as `orderbridge.tables.items` uses.

For tests that go through thousands of states, which take copies of `rows`. Whether the real one does the same is what
the tests on the engine are for.
"""

import re
from functools import lru_cache
from typing import Any

Row = dict[str, Any]
Key = tuple[str, str, str]


class _Refused(Exception):
    """As botocore's ClientError, of which only `response` is looked at."""

    def __init__(self, *codes: str) -> None:
        super().__init__(codes)
        self.response = {"CancellationReasons": [{"Code": code} for code in codes]}


class _Exceptions:
    ConditionalCheckFailedException = type("ConditionalCheckFailedException", (_Refused,), {})
    TransactionConflictException = type("TransactionConflictException", (_Refused,), {})
    TransactionCanceledException = type("TransactionCanceledException", (_Refused,), {})


class Memory:
    """A client of DynamoDB. Rows are never changed in place, so a copy of the dictionary is a copy of all tables."""

    exceptions = _Exceptions

    def __init__(self) -> None:
        self.rows: dict[Key, Row] = {}

    def get_item(self, TableName: str, Key: Row, ConsistentRead: bool) -> Row:
        row = self.rows.get(_key(TableName, Key))
        return {"Item": row} if row else {}

    def batch_get_item(self, RequestItems: Row) -> Row:
        ((table, asked),) = RequestItems.items()
        found = [self.rows.get(_key(table, key)) for key in asked["Keys"]]
        return {"Responses": {table: [row for row in found if row]}}

    def transact_get_items(self, TransactItems: list[Row]) -> Row:
        return {"Responses": [self.get_item(**request["Get"], ConsistentRead=True) for request in TransactItems]}

    def query(self, TableName: str, ExpressionAttributeValues: Row, IndexName: str = "", **more: Any) -> Row:
        """Only what the table module asks: one partition, and maybe a beginning of the sort key; or dirty rows."""
        pk, *prefix = (value["S"] for value in ExpressionAttributeValues.values())
        if IndexName:
            dirty = [row for key, row in self.rows.items() if key[0] == TableName and row.get("dirty") == {"S": pk}]
            return {"Items": dirty[: more["Limit"]]}
        begin = more.get("ExclusiveStartKey", {"sk": {"S": ""}})["sk"]["S"]
        keys = sorted(k for k in self.rows if k[:2] == (TableName, pk) and k[2].startswith(prefix[0] if prefix else ""))
        found = [self.rows[key] for key in keys if key[2] > begin]
        page = found[: more.get("Limit")]
        last = {"LastEvaluatedKey": {name: page[-1][name] for name in ("pk", "sk")}} if len(page) < len(found) else {}
        return {"Items": page, **last}

    def get_paginator(self, _: str) -> "Memory":
        """Of a scan, which is all that tests ask for."""
        return self

    def paginate(self, TableName: str, ConsistentRead: bool) -> list[Row]:
        return [{"Items": [row for key, row in self.rows.items() if key[0] == TableName]}]

    def put_item(self, **request: Any) -> Row:
        return self._write({"Put": request})

    def update_item(self, ReturnValues: str = "", **request: Any) -> Row:
        return self._write({"Update": request})

    def delete_item(self, **request: Any) -> Row:
        return self._write({"Delete": request})

    def transact_write_items(self, TransactItems: list[Row]) -> None:
        allowed = [self._allows(request) for request in TransactItems]
        if not all(allowed):
            codes = ["None" if ok else "ConditionalCheckFailed" for ok in allowed]
            raise self.exceptions.TransactionCanceledException(*codes)
        for request in TransactItems:
            self._apply(request)

    def _write(self, request: Row) -> Row:
        if not self._allows(request):
            raise self.exceptions.ConditionalCheckFailedException
        return {"Attributes": self._apply(request)}

    def _allows(self, request: Row) -> bool:
        ((_, body),) = request.items()
        row = self.rows.get(_key(body["TableName"], body.get("Key") or body["Item"]), {})
        return all(
            _holds(
                row.get(body["ExpressionAttributeNames"][name]),
                op,
                body.get("ExpressionAttributeValues", {}).get(value),
            )
            for name, op, value in _conditions(body.get("ConditionExpression", ""))
        )

    def _apply(self, request: Row) -> Row:
        ((kind, body),) = request.items()
        key = _key(body["TableName"], body.get("Key") or body["Item"])
        if kind == "Delete":
            self.rows.pop(key, None)
            return {}
        self.rows[key] = body["Item"] if kind == "Put" else _updated({**body["Key"], **self.rows.get(key, {})}, body)
        return self.rows[key]


def _key(table: str, key: Row) -> Key:
    return table, key["pk"]["S"], key["sk"]["S"]


def _holds(have: Row | None, op: str, want: Row | None) -> bool:
    if op in ("attribute_exists", "attribute_not_exists"):
        return (have is not None) == (op == "attribute_exists")
    if have is None or want is None:
        return False
    left, right = (int(v["N"]) if "N" in v else next(iter(v.values())) for v in (have, want))
    return {"=": left == right, "<>": left != right, "<": left < right, "<=": left <= right}[op]


def _updated(row: Row, body: Row) -> Row:
    names, values = body.get("ExpressionAttributeNames", {}), body.get("ExpressionAttributeValues", {})
    for verb, name, value in _assignments(body["UpdateExpression"]):
        attribute = names.get(name, name)
        if verb == "REMOVE":
            row.pop(attribute, None)
        elif verb == "ADD":
            row[attribute] = {"N": str(int(row.get(attribute, {"N": "0"})["N"]) + int(values[value]["N"]))}
        elif verb == "SET" or attribute not in row:
            row[attribute] = values[value]
    return row


@lru_cache
def _conditions(text: str) -> list[tuple[str, str, str]]:
    found = []
    for part in text.split(" AND ") if text else []:
        if match := re.fullmatch(r"(attribute_\w+)\((#\w+)\)", part):
            found.append((match[2], match[1], ""))
        else:
            name, op, value = part.split()
            found.append((name, op, value))
    return found


@lru_cache
def _assignments(text: str) -> list[tuple[str, str, str]]:
    """(SET | FIRST | ADD | REMOVE, name, value) for each part of an update; FIRST is a SET with if_not_exists."""
    found = []
    for clause in re.finditer(r"(SET|ADD|REMOVE) (.+?)(?= SET | ADD | REMOVE |$)", text):
        for part in re.split(r", (?![^(]*\))", clause[2]):
            name, _, rest = part.partition(" ")
            value = rest.removeprefix("= ")
            first = value.startswith("if_not_exists")
            found.append(("FIRST" if first else clause[1], name, value.rstrip(")").split(", ")[-1]))
    return found
