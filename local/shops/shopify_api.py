"""The GraphQL endpoint of a demo Shopify shop: our own small schema, executed by graphql-core.

As the real one it answers HTTP 200 to nearly everything; what went wrong is in `errors` or `userErrors`.
Costs are of the right order of magnitude, not Shopify's exact sums.
https://shopify.dev/docs/api/usage/limits, https://shopify.dev/docs/api/usage/response-codes (2026-08)
"""

import json
import time
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    execute_sync,
    parse,
    validate,
)
from graphql.language import FragmentDefinitionNode, FragmentSpreadNode, InlineFragmentNode, OperationType

from local.shops.shopify_root import Root

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

MUTATION_COST = 10
MOST_PER_QUERY = 1000


@cache
def schema() -> GraphQLSchema:
    return build_schema(Path(__file__).with_name("shopify.graphql").read_text(encoding="utf-8"))


class Bucket:
    """The leaky bucket of query costs of one app in one shop; 2000 and 100 were seen on a development store."""

    def __init__(self, maximum: float = 2000, restore_rate: float = 100) -> None:
        self.maximum, self.restore_rate = maximum, restore_rate
        self.available, self._at = maximum, time.monotonic()

    def take(self, cost: float) -> bool:
        now = time.monotonic()
        self.available = min(self.maximum, self.available + (now - self._at) * self.restore_rate)
        self._at = now
        if cost > self.available:
            return False
        self.available -= cost
        return True

    def status(self) -> dict[str, float]:
        return {
            "maximumAvailable": self.maximum,
            "currentlyAvailable": int(self.available),
            "restoreRate": self.restore_rate,
        }


class Api:
    def __init__(self, shop: "ShopifyShop") -> None:
        self.bucket, self._root = Bucket(), Root(shop)

    def answer(self, body: bytes) -> dict[str, Any]:
        try:
            call = json.loads(body)
            document, wrong = _checked(call["query"])
        except (ValueError, KeyError, TypeError, GraphQLError) as error:
            return {"errors": [{"message": f"Parse error: {error}"}]}
        if wrong:
            return {"errors": [error.formatted for error in wrong]}
        variables = call.get("variables") or {}
        cost = _cost(document, variables)
        if cost > MOST_PER_QUERY:
            words = f"Query cost is {cost}, which exceeds the single query max cost limit ({MOST_PER_QUERY})."
            return {"errors": [{"message": words, "extensions": {"code": "MAX_COST_EXCEEDED", "cost": cost}}]}
        if not self.bucket.take(cost):
            return self.throttled(cost)
        result = execute_sync(
            schema(), document, self._root, variable_values=variables, operation_name=call.get("operationName")
        )
        return self._formatted(result, cost)

    def throttled(self, cost: int) -> dict[str, Any]:
        extensions = {"code": "THROTTLED", "documentation": "https://shopify.dev/api/usage/rate-limits"}
        return {
            "errors": [{"message": "Throttled", "extensions": extensions}],
            "extensions": {
                "cost": {
                    "requestedQueryCost": cost,
                    "actualQueryCost": None,
                    "throttleStatus": {
                        **self.bucket.status(),
                        "currentlyAvailable": min(cost - 1, int(self.bucket.available)),
                    },
                }
            },
        }

    def _formatted(self, result: ExecutionResult, cost: int) -> dict[str, Any]:
        spent = {"requestedQueryCost": cost, "actualQueryCost": cost, "throttleStatus": self.bucket.status()}
        answer: dict[str, Any] = {"data": result.data, "extensions": {"cost": spent}}
        if result.errors:
            answer["errors"] = [error.formatted for error in result.errors]
        return answer


@lru_cache(maxsize=100)
def _checked(query: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """The document, and what is wrong with it by the schema: clients send the same few again and again."""
    document = parse(query)
    return document, validate(schema(), document)


def _cost(document: DocumentNode, variables: Mapping[str, Any]) -> int:
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    total = 0
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            mutation = definition.operation is OperationType.MUTATION
            total += MUTATION_COST if mutation else _selected(definition.selection_set, fragments, variables)
    return total


def _selected(
    selection: SelectionSetNode | None, fragments: Mapping[str, FragmentDefinitionNode], variables: Mapping[str, Any]
) -> int:
    """One point for an object; a connection costs by its length, but far less than one per node."""
    total = 0
    for node in selection.selections if selection else ():
        if isinstance(node, FragmentSpreadNode):
            total += _selected(fragments[node.name.value].selection_set, fragments, variables)
        elif isinstance(node, InlineFragmentNode):
            total += _selected(node.selection_set, fragments, variables)
        elif isinstance(node, FieldNode) and node.selection_set:
            total += 1 + _length(node, variables) // 10 + _selected(node.selection_set, fragments, variables)
    return total


def _length(node: FieldNode, variables: Mapping[str, Any]) -> int:
    for argument in node.arguments:
        if argument.name.value in {"first", "last"}:
            value = getattr(argument.value, "value", None)
            return int(value) if value else int(variables.get(argument.value.name.value) or 0)  # type: ignore[attr-defined]
    return 0
