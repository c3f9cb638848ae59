"""Whether an exchange fits a model in Swagger 2.0: path, names and values of the query, body and answer.

A small walk, for what the models use: types, required and unknown fields, enums, lists and references.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


class Model:
    def __init__(self, path: Path) -> None:
        self.document: dict[str, Any] = json.loads(path.read_text())

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """The one whose path this is; the longest template, for `/a/{b}` is also `/{a}/b`."""
        for template in sorted(self.document["paths"], key=lambda one: (one.count("{"), -len(one))):
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
                found: dict[str, Any] | None = self.document["paths"][template].get(method.lower())
                return found
        return None

    def problems(self, operation: Mapping[str, Any], request: Mapping[str, Any]) -> Iterator[str]:
        """What of a request does not fit."""
        parameters = {one["name"]: one for one in operation.get("parameters", [])}
        wanted = {name for name, one in parameters.items() if one["in"] == "query" and one.get("required")}
        yield from (f"the query lacks {name}" for name in sorted(wanted - request["query"].keys()))
        for name, text in request["query"].items():
            if (one := parameters.get(name, {})).get("in") != "query":
                yield f"the query has {name}"
                continue
            values = text.split(",") if one.get("type") == "array" else [text]
            allowed = (one.get("items") or one).get("enum")
            yield from (f"{name} is {value}" for value in values if allowed and value not in allowed)
            if len(values) > one.get("maxItems", len(values)):
                yield f"{name} has {len(values)} values"
        bodies = [one["schema"] for one in parameters.values() if one["in"] == "body"]
        if bodies and request["body"] is not None:
            yield from self.misfits(bodies[0], request["body"], strict=True)
        elif bool(bodies) is not (request["body"] is not None):
            yield "a body where none is wanted, or none where one is"

    def misfits(self, schema: Mapping[str, Any], value: Any, where: str = "body", *, strict: bool) -> Iterator[str]:
        """What of a document does not fit; `strict` for what we write, that has no fields but those of the model."""
        if "$ref" in schema:
            schema = self.document["definitions"][schema["$ref"].rsplit("/", 1)[1]]
        kind = schema.get("type", "object" if "properties" in schema else "")
        if kind and (not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool))):
            yield f"{where} is no {kind}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{where} is {value!r}"
        elif isinstance(value, list):
            for n, item in enumerate(value):
                yield from self.misfits(schema.get("items", {}), item, f"{where}[{n}]", strict=strict)
        elif isinstance(value, dict) and (known := schema.get("properties", {})):
            yield from (f"{where} lacks {name}" for name in schema.get("required", ()) if name not in value)
            for name, inner in value.items():
                if name in known:
                    yield from self.misfits(known[name], inner, f"{where}.{name}", strict=strict)
                elif strict:
                    yield f"{where} has {name}"
