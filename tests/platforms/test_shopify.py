"""Shopify: our documents against its own model, the units of a line that will never leave, and what is paid for."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import graphql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge import balance
from orderbridge.errors import InvalidPayload
from orderbridge.model import Order
from orderbridge.money import Money
from orderbridge.orders import doubts
from orderbridge.platforms.base import Hint
from orderbridge.platforms.listings import Outcome, StockRow
from orderbridge.platforms.shopify import _SCOPE_OF, _SCOPES, order, queries
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


@with_model
def test_every_topic_is_one_of_shopifys_and_needs_the_scope_that_we_name() -> None:
    """Nothing else tells: who lacks a scope is refused without a word of which."""
    topics = _model().type_map["WebhookSubscriptionTopic"]
    assert isinstance(topics, graphql.GraphQLEnumType)
    shop = cases.connect("shopify")
    for topic in shop.wanted_topics(stock=True):
        needs = topics.values[topic.upper().replace("/", "_")].description or ""
        assert _SCOPE_OF[topic.partition("/")[0]] in needs, topic
    assert set(_SCOPE_OF.values()) <= set(_SCOPES), "`check` asks for all of them before a store is added"


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


def _bag(shop: str, buyer: str, currency: str = "EUR") -> dict[str, Any]:
    return {
        "shop_money": {"amount": shop, "currency_code": "USD"},
        "presentment_money": {"amount": buyer, "currency_code": currency},
    }


def _abroad(**changes: Any) -> dict[str, Any]:
    """Two mugs and a parcel, sold in dollars and paid in euros, in the shape of a webhook."""
    line = {"id": 7, "quantity": 2, "price": "20.00", "price_set": _bag("20.00", "18.40")}
    parcel = {"title": "Post", "price": "5.00", "price_set": _bag("5.00", "4.60"), "tax_lines": []}
    document = {
        "id": 1,
        "name": "#1",
        "updated_at": "2026-10-05T10:30:00-04:00",
        "created_at": "2026-10-05T10:30:00-04:00",
        "currency": "USD",
        "presentment_currency": "EUR",
        "financial_status": "paid",
        "taxes_included": False,
        "total_price": "47.00",
        "total_price_set": _bag("47.00", "43.24"),
        "total_tax": "2.00",
        "total_tax_set": _bag("2.00", "1.84"),
        "line_items": [line | {"tax_lines": [{"price": "2.00", "channel_liable": True}]}],
        "shipping_lines": [parcel],
    }
    return document | changes


def _read(**changes: Any) -> Order:
    return order.canonical(_abroad(**changes), "s")


def test_what_a_buyer_abroad_saw_is_proven_by_itself() -> None:
    found = _read()
    assert balance.problem(found) is None
    seen = balance.buyer_proof(found)
    assert seen is not None
    assert (seen.currency, seen.sum, seen.difference) == ("EUR", Decimal("43.24"), Decimal(0))
    wrong = _read(total_price_set=_bag("47.00", "44.00"))
    assert balance.problem(wrong) == "what the buyer saw adds up to 43.24 EUR, the platform charged 44 EUR"


@pytest.mark.parametrize(
    "changes",
    [
        {"total_tax_set": None},
        {"total_tip_received": "1.00", "total_price": "48.00"},  # webhooks show tips in the shop's currency only
        {"line_items": [{"id": 7, "quantity": 2, "price": "20.00", "tax_lines": [{"price": "2.00"}]}]},
    ],
)
def test_what_the_buyer_saw_is_not_judged_where_not_all_of_it_is_shown(changes: dict[str, Any]) -> None:
    found = _read(**changes)
    assert (found.buyer_total, found.buyer_parts) == (Money.of("43.24", "EUR"), ())
    assert balance.problem(found) is None
    assert _read(**changes, total_price_set=None).buyer_total is None


def test_a_third_currency_in_an_order_is_named() -> None:
    parcel = {"title": "Post", "price": "5.00", "price_set": _bag("5.00", "4.60", "GBP"), "tax_lines": []}
    assert list(doubts(_read(shipping_lines=[parcel]))) == [
        "the platform says an amount in 'GBP' among those in 'EUR', which means nothing to us"
    ]


def test_tax_that_the_channel_pays_is_apart() -> None:
    found = _read()
    assert found.lines[0].tax == found.lines[0].tax_withheld == 2
    assert found.tax == found.tax_withheld == 2
    assert found.shipping_tax == 0
    parcel = {"title": "Post", "price": "5.00", "tax_lines": [{"price": "1.00", "channel_liable": None}]}
    assert _read(shipping_lines=[parcel]).tax_withheld == 2
    assert "the taxes of lines" in (balance.problem(_read(shipping_lines=[parcel])) or "")


_SHIPPING_BACK = {"kind": "shipping_refund", "amount": "-5.00", "tax_amount": "-1.00"}
_PARCEL_BACK = {"subtotal_amount_set": _bag("5.00", "4.60"), "tax_amount_set": _bag("1.00", "0.92")}


@pytest.mark.parametrize(
    ("refund", "made_of"),
    [
        ({"transactions": []}, {}),  # called off, nothing was paid back
        ({"transactions": [{"kind": "refund", "status": "pending", "amount": "21.00"}]}, {}),
        ({}, {"lines": "20", "tax": "1"}),
        ({"order_adjustments": [{"amount": "4.00", "tax_amount": "0.00"}]}, {"adjustment": "-4"}),
        ({"order_adjustments": [_SHIPPING_BACK]}, {"shipping": "5", "tax": "2"}),
        ({"refund_shipping_lines": [{"subtotal_amount_set": _bag("5", "4.60")}]}, {"shipping": "5"}),
        # REST shows shipping twice.
        (
            {"refund_shipping_lines": [_PARCEL_BACK], "order_adjustments": [_SHIPPING_BACK]},
            {"shipping": "5", "tax": "2"},
        ),
        ({"refund_line_items": [{"line_item_id": 7, "quantity": 1}]}, {}),  # without its worth
    ],
)
def test_what_a_refund_is_for(refund: dict[str, Any], made_of: dict[str, str]) -> None:
    row = {"line_item_id": 7, "quantity": 1, "subtotal": "20.00", "total_tax": "1.00"}
    paid = {"kind": "refund", "status": "success", "amount": "21.00"}
    [found] = _read(refunds=[{"id": 3, "refund_line_items": [row], "transactions": [paid]} | refund]).refunds
    usual = {"lines": "20", "tax": "1"} if made_of else {}
    assert {entry.kind: str(entry.amount) for entry in found.made_of} == usual | made_of


@pytest.mark.parametrize("currency", ["EUR", "USD"])
def test_a_refund_to_a_buyer_abroad_is_fetched(currency: str) -> None:
    """A webhook shows it in the currency of the payment alone, and what it is for in the shop's."""
    paid = {"kind": "refund", "status": "success", "amount": "18.40", "currency": currency}
    refunds = [{"id": 3, "transactions": [paid]}]
    assert order.told(_abroad(refunds=refunds), "s") == Hint("1", datetime(2026, 10, 5, 14, 30, tzinfo=UTC))
    [told] = _read(refunds=refunds).refunds
    assert (told.buyer_amount, told.buyer_made_of) == (None, ())


def _shown(shop: str, buyer: str, currency: str = "EUR") -> dict[str, Any]:
    """A bag of GraphQL."""
    return {"shopMoney": {"amount": shop}, "presentmentMoney": {"amount": buyer, "currencyCode": currency}}


def _paid_back(paid: dict[str, Any], off: dict[str, Any]) -> Order:
    """As GraphQL shows it: one of two mugs and its tax, less what was kept back."""
    row = {"line_item_id": "7", "quantity": 1, "subtotal": _shown("20", "18.4"), "total_tax": _shown("1", "0.92")}
    shown = {
        "id": "gid://shopify/Refund/3",
        "refund_line_items": [row],
        "order_adjustments": [{"amount": off, "tax_amount": _shown("0", "0")}],
        "transactions": [{"kind": "REFUND", "status": "SUCCESS", "amount_set": paid}],
    }
    return _read(refunds=[shown])


def test_a_refund_is_proven_in_both_currencies() -> None:
    found = _paid_back(_shown("16", "14.72"), _shown("5", "4.6"))
    shop, buyer = balance.proofs(found)[2:]
    assert (shop.currency, shop.sum, shop.difference) == ("USD", Decimal(16), Decimal(0))
    assert (buyer.currency, buyer.sum, buyer.difference) == ("EUR", Decimal("14.72"), Decimal(0))
    wrong = _paid_back(_shown("16", "20.00"), _shown("5", "4.6"))
    assert list(balance.refund_problems(wrong)) == [
        "refund 3 as its buyer saw it is of 20 EUR, what it is for adds up to 14.72 EUR"
    ]


@pytest.mark.parametrize("off", [{"shopMoney": {"amount": "5"}}, _shown("5", "4.6", "GBP")])
def test_a_refund_that_is_not_shown_in_the_buyers_currency_is_proven_in_the_shops(off: dict[str, Any]) -> None:
    found = _paid_back(_shown("16", "14.72"), off)
    assert [proof.currency for proof in balance.proofs(found)[2:]] == ["USD"]
