"""Checks a document against a schema of a Swagger 2 or OpenAPI 3 model: as much of it as Amazon's models use."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Model:
    """One model file. Names that it does not know are a fault: what we make up helps nobody."""

    def __init__(self, path: Path) -> None:
        self._whole = json.loads(path.read_text())

    def faults(self, name: str, document: Any) -> list[str]:
        """What is wrong with a document as the definition of this name, place by place."""
        return list(self._walk(self._whole["definitions"][name], document, name))

    def statuses(self, operation: str) -> set[int]:
        """Those that the model knows of an operation."""
        found = [
            what["responses"]
            for path in self._whole["paths"].values()
            for what in path.values()
            if isinstance(what, dict) and what.get("operationId") == operation
        ]
        return {int(status) for status in found[0]}

    def _walk(self, schema: dict[str, Any], value: Any, place: str) -> Iterator[str]:
        while "$ref" in schema:
            schema = self._whole["definitions"][schema["$ref"].rpartition("/")[2]]
        kind = schema.get("type", "object" if "properties" in schema else "")
        if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
            yield f"{place}: {value!r} is no {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{place}: {value!r} is none of {schema['enum']}"
        if schema.get("format") == "date-time" and not _TIME.fullmatch(value):
            yield f"{place}: {value!r} is no time"
        if kind == "array":
            for number, row in enumerate(value):
                yield from self._walk(schema["items"], row, f"{place}[{number}]")
        elif kind == "object":
            yield from self._members(schema, value, place)

    def _members(self, schema: dict[str, Any], value: dict[str, Any], place: str) -> Iterator[str]:
        for name in set(schema.get("required", ())) - set(value):
            yield f"{place}.{name} is missing"
        known = schema.get("properties")
        for name, part in value.items():
            if known is None:
                continue  # open by design, as a listing's attributes are
            if name not in known:
                yield f"{place}.{name} is not in the model"
            else:
                yield from self._walk(known[name], part, f"{place}.{name}")
