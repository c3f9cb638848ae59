"""Shopify: our documents against its own model, and the units of a line that will never leave."""

from functools import cache
from pathlib import Path
from typing import Any

import graphql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.errors import InvalidPayload
from orderbridge.platforms.base import Outcome, StockRow
from orderbridge.platforms.shopify import order, queries
from tests.platforms import cases, replay

SDL = Path(__file__).parents[3] / "shared" / "models" / "shopify" / "2026-07.graphql"
with_model = pytest.mark.skipif(not SDL.exists(), reason="../shared/models, with Shopify's own model, is not here")


@cache
def _model() -> graphql.GraphQLSchema:
    return graphql.build_schema(SDL.read_text(), assume_valid=True)


def _documents() -> dict[str, str]:
    """Everything that we ever send to Shopify."""
    named = {name: text for name, text in vars(queries).items() if name.isupper() and isinstance(text, str)}
    named = {name: text for name, text in named.items() if not name.startswith("_")}
    pages = {f"next page of {field}": queries.next_page(field) for field in queries.LISTS}
    return named | pages | {"levels": queries.levels(["1", "2"])}


@with_model
@pytest.mark.parametrize("name", _documents())
def test_documents_are_valid(name: str) -> None:
    assert graphql.validate(_model(), graphql.parse(_documents()[name])) == []


def _exchanges() -> list[Any]:
    return [
        pytest.param(exchange, id=f"{recording}-{n}")
        for recording in replay.recordings()
        if recording.platform == "shopify"
        for n, exchange in enumerate(recording.read()["exchanges"])
    ]


@with_model
@pytest.mark.parametrize("exchange", _exchanges())
def test_recorded_exchanges_fit_the_model(exchange: dict[str, Any]) -> None:
    """Variables are what the model wants, and the answer is what it could give: names, nulls, lists, enums, types."""
    request, answer = exchange["request"]["body"], exchange["response"]["body"]
    document = graphql.parse(request["query"])
    assert graphql.validate(_model(), document) == []
    if "errors" in answer:
        return
    result = graphql.execute_sync(
        _model(),
        document,
        root_value=answer["data"],
        variable_values=request["variables"],
        field_resolver=lambda source, info, **arguments: source[info.path.key],
        type_resolver=lambda source, info, abstract: _kind(source, info),
    )
    assert result.errors is None
    assert result.data == answer["data"]


def _kind(source: dict[str, Any], info: graphql.GraphQLResolveInfo) -> str:
    """The type in an answer's global id; a page of a list has none, its owner's id was asked for."""
    gid: str = source.get("id") or info.variable_values["id"]
    return gid.split("/")[3]


def test_one_stock_call_has_all_rows_and_its_key() -> None:
    [told] = [one.read() for one in replay.recordings() if str(one) == "shopify/push_stock"]
    [call] = cases.connect("shopify").stock_calls(replay.rows(told["arguments"]), "push-1")
    variables = told["exchanges"][0]["request"]["body"]["variables"]
    assert (variables["key"], call.key) == ("push-1.0", "push-1.0")
    assert [row["changeFromQuantity"] for row in variables["input"]["quantities"]] == [
        row["expected"] for row in told["arguments"]["rows"]
    ], "null is sent too: since 2026-04 the field must be there"


def test_a_refused_row_applies_none() -> None:
    """One stale row fails the whole mutation: nobody may believe that the other rows were written."""
    [told] = [one.read() for one in replay.recordings() if str(one) == "shopify/push_stock_stale"]
    outcomes = [row[-1]["outcome"] for row in told["result"]]
    assert outcomes == [Outcome.STALE, Outcome.RETRY]
    assert Outcome.ACCEPTED not in outcomes


def test_251_rows_are_two_calls() -> None:
    [told] = [one.read() for one in replay.recordings() if str(one) == "shopify/push_stock"]
    row = replay.rows(told["arguments"])[0]
    rows = [StockRow(row.listing.model_copy(update={"item_id": str(n)}), row.location, 1) for n in range(251)]
    assert [len(call.rows) for call in cases.connect("shopify").stock_calls(rows, "p")] == [250, 1]


def _cancelled(
    quantity: int,
    *refunds: tuple[str, int],
    shipped: int = 0,
    parcel: str = "success",
    current: int | None = None,
    cancelled_at: str | None = None,
) -> int:
    """Through the whole mapping: a document of one line."""
    document = {
        "id": 1,
        "name": "#1",
        "updated_at": "2026-10-05T10:30:00-04:00",
        "created_at": "2026-10-05T10:30:00-04:00",
        "cancelled_at": cancelled_at,
        "currency": "USD",
        "taxes_included": False,
        "total_price": "0",
        "total_tax": "0",
        "line_items": [{"id": 7, "quantity": quantity, "current_quantity": current, "price": "0"}],
        "refunds": [
            {"id": n, "refund_line_items": [{"line_item_id": 7, "quantity": units, "restock_type": kind}]}
            for n, (kind, units) in enumerate(refunds, 1)
        ],
        "fulfillments": [{"id": 9, "status": parcel, "line_items": [{"id": 7, "quantity": shipped}]}],
    }
    return order.canonical(document, "s").lines[0].cancelled


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        (_cancelled(3), 0),
        (_cancelled(3, ("cancel", 2)), 2),
        (_cancelled(3, ("return", 2), shipped=3), 0),
        (_cancelled(3, ("no_restock", 2)), 2),  # nothing has left: called off
        (_cancelled(3, ("no_restock", 2), shipped=3), 0),  # everything has left: money back, no units
        (_cancelled(3, ("no_restock", 2), shipped=2), 1),  # one can still be called off
        (_cancelled(3, ("no_restock", 2), shipped=3, parcel="cancelled"), 2),  # what was packed came back
        (_cancelled(3, ("no_restock", 2), shipped=3, parcel="failure"), 2),
        (_cancelled(3, ("legacy_restock", 1)), 1),
        (_cancelled(3, ("cancel", 1), ("no_restock", 2), shipped=1), 2),
        (_cancelled(3, current=1), 2),  # removed by an edit that left no refund
        (_cancelled(3, ("cancel", 1), current=1), 2),
        (_cancelled(3, ("cancel", 2), current=1), 2),  # the edit's refund is not counted twice
        (_cancelled(3, ("return", 1), shipped=3, current=2), 0),
        (_cancelled(3, cancelled_at="2026-10-06T00:00:00Z"), 3),
        (_cancelled(3, shipped=1, cancelled_at="2026-10-06T00:00:00Z"), 2),
        (_cancelled(3, ("no_restock", 3), cancelled_at="2026-10-06T00:00:00Z"), 3),
    ],
)
def test_units_that_will_never_leave(units: int, expected: int) -> None:
    assert units == expected


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-10-05T10:30:00", 1])
def test_a_time_must_be_one(time: object) -> None:
    """Outside of the calendar once it is in UTC, without a zone, seconds since 1970."""
    document = cases.Case("shopify", "orders_create").document
    with pytest.raises(InvalidPayload, match="updated_at"):
        order.canonical({**(document or {}), "updated_at": time}, "s")


_KINDS = st.sampled_from(["cancel", "return", "no_restock", "legacy_restock", "", "a_new_kind"])


@given(
    quantity=st.integers(1, 5),
    refunds=st.lists(st.tuples(_KINDS, st.integers(0, 6)), max_size=4),
    shipped=st.integers(0, 7),
    current=st.none() | st.integers(0, 7),
)
def test_cancelled_units_stay_within_the_line(
    quantity: int, refunds: list[tuple[str, int]], shipped: int, current: int | None
) -> None:
    assert 0 <= _cancelled(quantity, *refunds, shipped=shipped, current=current) <= quantity
