"""Which price counts, until when, and which a person should see first."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from orderbridge.goods import Price, Product, refusal
from orderbridge.model import Store
from orderbridge.platforms.listings import ShownPrice
from orderbridge.pricing import Limits, counts, jump, priced, words

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
PARTS = frozenset({"compare_at"})
EU = Store(id="eu", platform="woocommerce", url="https://x.example.com", currency="EUR", connected_at=NOW)


def price(amount: str = "20", **more: Any) -> Price:
    return Price.model_validate({"sku": "MUG", "currency": "EUR", "price": amount, **more})


def test_the_price_for_the_store_counts_before_the_one_for_its_currency() -> None:
    everywhere, here, there = price("20"), price("22", store="eu"), price("23", store="other")
    assert counts([everywhere, here, there], EU) == here
    assert counts([everywhere, there], EU) == everywhere
    assert counts([price("20", currency="USD"), there], EU) is None


def test_without_a_price_nothing_is_said() -> None:
    found = priced([], EU, NOW, PARTS)
    assert (found.shown, found.until) == (None, None)
    assert found.steps == ("no price in EUR: the shop keeps what it shows",)


@pytest.mark.parametrize(
    ("begins", "ends", "shown", "until"),
    [
        (None, None, ShownPrice(Decimal(15), Decimal(20)), None),
        (-HOUR, None, ShownPrice(Decimal(15), Decimal(20)), None),
        (0 * HOUR, HOUR, ShownPrice(Decimal(15), Decimal(20)), HOUR),
        (HOUR, 2 * HOUR, ShownPrice(Decimal(20)), HOUR),
        (-2 * HOUR, 0 * HOUR, ShownPrice(Decimal(20)), None),
        (None, -HOUR, ShownPrice(Decimal(20)), None),
    ],
)
def test_a_sale_is_the_price_while_it_lasts(
    begins: timedelta | None, ends: timedelta | None, shown: ShownPrice, until: timedelta | None
) -> None:
    dates = {"sale_from": begins, "sale_until": ends}
    given: dict[str, Any] = {name: NOW + at for name, at in dates.items() if at is not None}
    found = priced([price(sale="15", **given)], EU, NOW, PARTS)
    assert found.shown == shown
    assert found.until == (None if until is None else NOW + until)


def test_a_platform_that_keeps_dates_gets_the_sale_beforehand() -> None:
    found = priced([price(sale="15", sale_from=NOW + HOUR)], EU, NOW, {"sale"})
    assert found.shown == ShownPrice(Decimal(20), None, Decimal(15), NOW + HOUR)
    over = priced([price(sale="15", sale_until=NOW - HOUR)], EU, NOW, {"sale"})
    assert over.shown == ShownPrice(Decimal(20))


def test_a_price_to_compare_with_is_left_out_where_the_platform_keeps_none() -> None:
    assert priced([price(compare_at="25")], EU, NOW, PARTS).shown == ShownPrice(Decimal(20), Decimal(25))
    assert priced([price(compare_at="25")], EU, NOW, frozenset()).shown == ShownPrice(Decimal(20))


@pytest.mark.parametrize(
    ("amount", "before", "held"),
    [
        ("20", ["20"], False),
        ("30", ["20"], False),
        ("30.01", ["20"], True),
        ("10", ["20"], False),
        ("9.99", ["20"], True),
        ("0", ["20"], True),
        ("0", [], True),
        ("9000", [], False),
        ("9000", ["0"], False),
        ("40", ["16", "40"], False),
    ],
)
def test_a_jump_either_way_and_a_price_of_nothing_are_held(amount: str, before: list[str], held: bool) -> None:
    assert bool(jump(map(Decimal, before), price(amount), Limits(50))) is held


@pytest.mark.parametrize(("sale", "held"), [("10", False), ("9.99", True), ("0", True)])
def test_a_sale_that_takes_too_much_off_is_held(sale: str, held: bool) -> None:
    assert bool(jump([Decimal(20)], price("20", sale=sale), Limits(50))) is held


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"price": "-1"}, "a price below zero"),
        ({"price": "1.005"}, "more digits than EUR has"),
        ({"price": "10.5", "currency": "JPY"}, "more digits than JPY has"),
        ({"currency": "EURO"}, "a currency that nobody knows"),
        ({"currency": "eur"}, "a currency that nobody knows"),
        ({"sale": "20"}, "the sale price is not below the price"),
        ({"sale": "-5"}, "a price below zero"),
        ({"compare_at": "20"}, "the price to compare with is not above the price"),
        ({"sale_from": NOW}, "dates of a sale without a sale price"),
        ({"sale": "15", "sale_from": NOW, "sale_until": NOW}, "the sale ends before it begins"),
        ({"sale": "15", "sale_from": datetime(2026, 1, 1)}, "a time without a zone"),  # noqa: DTZ001
        ({"price": "NaN"}, "finite"),
        ({"price": ""}, "decimal"),
    ],
)
def test_what_cannot_be_a_price(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as error:
        Price.model_validate({"sku": "MUG", "currency": "EUR", "price": "20", **wrong})
    assert reason in refusal(error.value)


def test_words_for_people() -> None:
    assert words(None, "EUR") == words(ShownPrice(None), "EUR") == "no price"
    assert words(ShownPrice(Decimal(12), Decimal(16)), "EUR") == "12 EUR (crossed out: 16)"


def test_the_name_of_a_product_in_the_first_language_that_it_has_one_in() -> None:
    product = Product(sku="MUG", names={"en": "Mug", "de": "Becher"})
    assert (product.name("fr", "de"), product.name("fr")) == ("Becher", "")
