"""What starts which function, read from template.yaml: a function that is added there runs here, too."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local.template import load

_UNITS = {"minute": 60, "hour": 3600, "day": 86400}


@dataclass(frozen=True)
class Queue:
    """A queue that feeds a function; `name` is the template's."""

    name: str
    batch: int


@dataclass(frozen=True)
class Stream:
    """A table's stream; `patterns` say which records the function is given."""

    table: str
    batch: int
    patterns: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Schedule:
    """`seconds` between two events, of the simulation's clock; a time of day counts as once a day."""

    name: str
    seconds: float
    event: dict[str, Any]


@dataclass(frozen=True)
class Wired:
    """A function: the name of its folder, seconds it may run, and its sources."""

    name: str
    timeout: float
    sources: tuple[Queue | Stream | Schedule, ...]


def functions() -> dict[str, Wired]:
    """By the name of their folder."""
    found = {}
    for resource in load()["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            given = resource["Properties"]
            name = given["CodeUri"].strip("/").rsplit("/", 1)[-1]
            found[name] = Wired(name, float(given["Timeout"]), tuple(_sources(given.get("Events", {}))))
    return found


def wanted(record: dict[str, Any], patterns: tuple[dict[str, Any], ...]) -> bool:
    """Whether an event source mapping would hand this record on."""
    return not patterns or any(_matches(record, pattern) for pattern in patterns)


def _sources(events: dict[str, Any]) -> Iterator[Queue | Stream | Schedule]:
    for name, event in events.items():
        given = event["Properties"]
        match event["Type"]:
            case "SQS":
                yield Queue(_owner(given["Queue"]), given["BatchSize"])
            case "DynamoDB":
                filters = given.get("FilterCriteria", {}).get("Filters", [])
                yield Stream(_owner(given["Stream"]), given["BatchSize"], tuple(_json(f["Pattern"]) for f in filters))
            case "ScheduleV2":
                yield Schedule(name, _period(given["ScheduleExpression"]), _json(given.get("Input", "{}")))


def _owner(reference: dict[str, Any]) -> str:
    """The resource whose attribute it is."""
    return str(reference["Fn::GetAtt"][0])


def _json(text: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text)
    return read


def _period(expression: str) -> float:
    if found := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return int(found[1]) * _UNITS[found[2]]
    return _UNITS["day"]


def _matches(value: Any, pattern: Any) -> bool:
    """EventBridge's patterns, as far as the template uses them: nested names, lists of values, `exists`."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(_matches(value.get(name), inner) for name, inner in pattern.items())
    return any(_says(value, allowed) for allowed in pattern)


def _says(value: Any, allowed: Any) -> bool:
    if isinstance(allowed, dict):
        return (value is not None) == bool(allowed["exists"])
    return bool(value == allowed)
