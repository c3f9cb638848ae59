"""The demo shop's GraphQL schema must be a part of Shopify's own: same types, fields, arguments, values."""

from pathlib import Path

import graphql
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema

from local.shops.shopify_api import schema

MODEL = Path(__file__).parents[2] / "../shared/models/shopify/2026-07.graphql"


@pytest.fixture(scope="module")
def official() -> GraphQLSchema:
    if not MODEL.exists():
        pytest.skip(f"Shopify's schema is not there: {MODEL}")
    return graphql.build_schema(MODEL.read_text(encoding="utf-8"), assume_valid=True)


def differences(ours: GraphQLSchema, theirs: GraphQLSchema) -> list[str]:
    found = []
    for name, mine in ours.type_map.items():
        other = theirs.type_map.get(name)
        if type(mine) is not type(other):
            found.append(f"{name} is another kind of type, or unknown")
        elif isinstance(mine, GraphQLEnumType) and isinstance(other, GraphQLEnumType):
            found += [f"{name}.{value}" for value in mine.values if value not in other.values]
        elif isinstance(mine, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            found += _fields(name, mine, other)
    return found


def _fields(name: str, mine: object, other: object) -> list[str]:
    found = []
    for field, ours in mine.fields.items():  # type: ignore[attr-defined]
        theirs = other.fields.get(field)  # type: ignore[attr-defined]
        if theirs is None or str(theirs.type) != str(ours.type):
            found.append(f"{name}.{field}: {ours.type}")
            continue
        for argument, given in getattr(ours, "args", {}).items():
            known = theirs.args.get(argument)
            if known is None or (str(known.type), known.default_value) != (str(given.type), given.default_value):
                found.append(f"{name}.{field}({argument}: {given.type})")
    return found


def test_our_schema_is_a_part_of_shopifys(official: GraphQLSchema) -> None:
    assert differences(schema(), official) == []


def test_the_directive_is_shopifys(official: GraphQLSchema) -> None:
    ours, theirs = schema().get_directive("idempotent"), official.get_directive("idempotent")
    assert ours is not None
    assert theirs is not None
    assert ours.locations == theirs.locations
    assert {n: str(a.type) for n, a in ours.args.items()} == {n: str(a.type) for n, a in theirs.args.items()}


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("type Shop { nickname: String }", "Shop.nickname: String"),
        ("type Shop { name: Int }", "Shop.name: Int"),
        ("enum CurrencyCode { BEADS }", "CurrencyCode.BEADS"),
        ("type QueryRoot { order(id: Int): Order } type Order { name: String! }", "QueryRoot.order(id: Int)"),
    ],
)
def test_a_difference_is_seen(official: GraphQLSchema, wrong: str, found: str) -> None:
    ours = graphql.build_schema(wrong, assume_valid=True)
    assert found in differences(ours, official)
