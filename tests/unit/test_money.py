"""Money: exact, never across currencies, rounded only where told; and the one text of an amount."""

import operator
from collections.abc import Callable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import Annotated, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from orderbridge import money
from orderbridge.model import Fee
from orderbridge.money import Amount, InvalidAmount, MixedCurrencies, Money

CODES = ["JPY", "EUR", "KWD", "CLF"]
codes = st.sampled_from(CODES)
minor = st.integers(-(10**15), 10**15)
euros = minor.map(lambda units: Money.of_minor(units, "EUR"))


@pytest.mark.parametrize(
    ("currency", "digits"),
    [
        *((code, 0) for code in ("JPY", "KRW", "VND", "CLP")),
        *((code, 2) for code in ("EUR", "USD")),
        *((code, 3) for code in ("KWD", "TND")),
        *(("CLF", 4), ("XXX", None), ("eur", None)),
    ],
)
def test_exponents(currency: str, digits: int | None) -> None:
    assert money.exponent(currency) == digits


def test_no_currency_has_two_exponents() -> None:
    tables = [money._DIGITS_0, money._DIGITS_2, money._DIGITS_3, money._DIGITS_4]
    assert sum(map(len, tables)) == len(frozenset.union(*tables))
    assert all(len(code) == 3 and code.isupper() for table in tables for code in table)


@given(euros, euros, euros)
def test_it_adds_up_like_whole_numbers(a: Money, b: Money, c: Money) -> None:
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert a - b == a + -b
    assert a - a == Money.of(0, "EUR")
    assert (a + b).minor == a.minor + b.minor
    assert sum([a, b, c], Money.of(0, "EUR")) == c + b + a


@given(euros, euros)
def test_it_compares_like_whole_numbers(a: Money, b: Money) -> None:
    assert (a < b, a <= b, a > b, a >= b, a == b) == (
        *(a.minor < b.minor, a.minor <= b.minor, a.minor > b.minor),
        *(a.minor >= b.minor, a.minor == b.minor),
    )


@pytest.mark.parametrize("act", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge])
def test_currencies_never_mix(act: Callable[[Money, Money], Any]) -> None:
    with pytest.raises(MixedCurrencies, match="do not add up"):
        act(Money.of(1, "EUR"), Money.of(1, "USD"))
    assert Money.of(1, "EUR") != Money.of(1, "USD")


@given(units=minor, code=codes)
def test_every_way_in_is_exact(units: int, code: str) -> None:
    one = Money.of_minor(units, code)
    digits = money.exponent(code) or 0
    assert one.minor == units
    assert Money.of(str(one.amount), code) == Money.of(f"{one.amount}{'' if digits else '.00'}", code) == one
    assert Money.of_minor(units, code, 10**digits) == one
    assert Money.read({"value": str(one.amount), "currency": code}) == one
    assert Money.read({"amount": one.amount, "currencyCode": code}) == one
    assert Money.read({"amount": units, "divisor": 10**digits, "currency_code": code}) == one
    assert Money.model_validate_json(one.model_dump_json()) == one


def test_a_currency_without_decimals_may_be_written_with_some() -> None:
    assert Money.of("52240.00", "CLP").minor == 52240
    assert str(Money.of("52240.00", "CLP")) == "52240 CLP"
    assert money.fits(Money.of("10.5", "JPY").amount, "JPY") is False
    with pytest.raises(InvalidAmount, match=r"10\.5 JPY is no whole number of minor units"):
        _ = Money.of("10.5", "JPY").minor


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "-Infinity", "", "twelve", "1,5", "9" * 30, "1E+30", 0.1, True, None, [1]]
)
def test_what_is_no_amount_is_refused_by_name(value: Any) -> None:
    with pytest.raises(InvalidAmount) as refused:
        Money.of(value, "EUR")
    assert refused.value.reason


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"value": "1"},
        {"currency": "EUR"},
        {"value": None, "currency": "EUR"},
        {"amount": 100, "divisor": 3, "currency": "EUR"},
        {"amount": 100, "divisor": 0, "currency": "EUR"},
        {"amount": 100, "divisor": -10, "currency": "EUR"},
        {"amount": 100, "divisor": "100", "currency": "EUR"},
        {"amount": "1.5", "divisor": 100, "currency": "EUR"},
    ],
)
def test_a_document_that_is_no_money_is_refused_by_name(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidAmount):
        Money.read(document)


def test_minor_units_of_a_currency_that_nobody_knows_need_a_divisor() -> None:
    with pytest.raises(InvalidAmount, match="'GLD' is not an ISO 4217 code"):
        Money.of_minor(100, "GLD")
    assert Money.of_minor(100, "GLD", 10) == Money.of(10, "GLD")


def test_it_is_rounded_only_where_told() -> None:
    third = Money.of("0.125", "EUR")
    assert third + third == Money.of("0.25", "EUR")
    assert third.rounded(ROUND_HALF_UP) == Money.of("0.13", "EUR")
    assert third.rounded(ROUND_HALF_EVEN) == Money.of("0.12", "EUR")
    assert third.rounded(ROUND_DOWN, 1) == Money.of("0.1", "EUR")
    assert Money.of("10.5", "JPY").rounded(ROUND_HALF_UP) == Money.of(11, "JPY")
    with pytest.raises(InvalidAmount):
        Money.of(1, "GLD").rounded(ROUND_HALF_UP)


@given(units=minor, code=codes, mode=st.sampled_from([ROUND_HALF_UP, ROUND_DOWN, ROUND_HALF_EVEN]))
def test_rounding_changes_no_amount_that_can_be_paid(units: int, code: str, mode: str) -> None:
    assert Money.of_minor(units, code).rounded(mode) == Money.of_minor(units, code)


def test_a_sum_that_is_too_large_is_refused_not_bent() -> None:
    with pytest.raises(InvalidAmount):
        Money.of(10**18 - 1, "EUR") + Money.of(1, "EUR")
    large, small = Money.of(10**17, "EUR"), Money.of("0.0000000001", "EUR")
    assert (large + small) - large == small
    with pytest.raises(InvalidAmount, match="28 digits"):
        large + Money.of("0.000000000001", "EUR")


@given(units=st.integers(-(10**12), 10**12), zeros=st.integers(0, 6))
def test_equal_amounts_are_equal_texts(units: int, zeros: int) -> None:
    plain, padded = Decimal(units).scaleb(-2), Decimal(units * 10**zeros).scaleb(-2 - zeros)
    texts = {Fee(kind="x", amount=amount).model_dump_json() for amount in (plain, padded)}
    assert len(texts) == 1
    assert "E" not in texts.pop()
    assert Fee(kind="x", amount=padded).amount == plain


_WRITTEN = st.tuples(st.sampled_from(["", "-"]), st.text("0159", min_size=1, max_size=31), st.integers(-40, 24))
_PYDANTICS_OWN = TypeAdapter(
    Annotated[Decimal, Field(max_digits=28, gt=-(10**18), lt=10**18, allow_inf_nan=False)],
)


@given(written=_WRITTEN)
@example(written=("-", "0", 0))
@example(written=("", "1", 17))
@example(written=("", "1", 18))
@example(written=("", "1", -29))
def test_an_amount_has_the_bounds_that_pydantic_would_set_and_one_text(written: tuple[str, str, int]) -> None:
    sign, digits, power = written
    text = f"{sign}{digits}E{power}"
    try:
        expected = _PYDANTICS_OWN.validate_python(text)
    except ValidationError:
        with pytest.raises(ValidationError):
            TypeAdapter(Amount).validate_python(text)
        return
    found = TypeAdapter(Amount).validate_python(text)
    assert found == expected
    assert found.as_tuple() == Decimal(format(expected.normalize() + 0, "f")).as_tuple()
