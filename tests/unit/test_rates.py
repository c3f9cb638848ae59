"""Exchange rates as pure rules: which day counts, what is rounded, what cannot be."""

import importlib.util
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.template import ROOT
from orderbridge.money import exponent
from orderbridge.rates import ECB, OPEN_ER, AbsurdRates, Day, Fixed, Rates, Stamp, check, rate, shipped, stamp, worth

if importlib.util.find_spec("currency_converter"):
    from reference.rates import latest

FRIDAY, NOON = date(2026, 11, 27), datetime(2026, 11, 27, 12, tzinfo=UTC)
THURSDAY, SATURDAY = FRIDAY - timedelta(days=1), FRIDAY + timedelta(days=1)
WORTH = {"USD": "1.10", "JPY": "170", "GBP": "0.85", "CHF": "0.95", "SEK": "11", "NOK": "12"}


def ecb(on: date, **units: str) -> Day:
    return Day.of(ECB, on, {**WORTH, **units})


def second(on: date, **units: str) -> Day:
    return Day.of(OPEN_ER, on, {"USD": "1.11", "VND": "29000", **units})


def minor(currency: str) -> Decimal:
    return Decimal(1).scaleb(-(exponent(currency) or 0))


@given(
    units=st.integers(-(10**11), 10**11),
    rate_=st.decimals("0.00001", "100000", places=7).filter(bool),
    pair=st.permutations(["USD", "JPY", "KWD", "VND", "CLF"]),
)
def test_there_and_back_differs_by_at_most_one_minor_unit(units: int, rate_: Decimal, pair: list[str]) -> None:
    """Of the coarser of both currencies: what a step of 0.01 USD is in dong cannot be told apart on the way back."""
    here, there = pair[:2]
    day = Day.of(ECB, FRIDAY, {here: 1, there: rate_})
    rates, amount = Rates([day]), units * minor(here)
    to, back = stamp(here, NOON, there, rates), stamp(there, NOON, here, rates)
    assert to
    assert back
    step = max(minor(here), worth_exactly(minor(there), back))
    assert abs(worth(worth(amount, to), back) - amount) <= step


def worth_exactly(amount: Decimal, by: Stamp) -> Decimal:
    return amount * by.rate


@pytest.mark.parametrize(
    ("amount", "base", "value"),
    [("0.125", "USD", "0.12"), ("0.135", "USD", "0.14"), ("2.5", "JPY", "2"), ("1.00005", "KWD", "1.000"),
     ("-0.125", "USD", "-0.12"), ("1.005", "XYZ", "1.00")],
)  # fmt: skip
def test_values_are_rounded_half_even_to_the_minor_unit(amount: str, base: str, value: str) -> None:
    found = worth(Decimal(amount), Stamp("EUR", base, Decimal(1), FRIDAY, ECB))
    assert str(found) == value


def test_the_base_currency_is_worth_itself() -> None:
    assert stamp("USD", NOON, "USD", Rates()) == Stamp("USD", "USD", Decimal(1), FRIDAY, "same")


def test_a_cross_rate_goes_through_the_euro() -> None:
    found = stamp("JPY", NOON, "USD", Rates([ecb(THURSDAY)]))
    assert found == Stamp("JPY", "USD", Decimal("0.006470588235294117647058823529"), THURSDAY, ECB)
    assert stamp("EUR", NOON, "USD", Rates([ecb(THURSDAY)])) == Stamp("EUR", "USD", Decimal("1.1"), THURSDAY, ECB)


@pytest.mark.parametrize(
    ("at", "on"),
    [
        ("2026-11-27T14:59:59+00:00", THURSDAY),
        ("2026-11-27T15:00:00+00:00", FRIDAY),
        ("2026-11-29T23:00:00+00:00", FRIDAY),  # a Sunday
        ("2026-11-27T15:30:00+01:00", THURSDAY),
    ],
)
def test_the_last_day_that_was_published_counts(at: str, on: date) -> None:
    found = stamp("EUR", datetime.fromisoformat(at), "USD", Rates([ecb(FRIDAY), ecb(THURSDAY)]))
    assert found
    assert found.date == on


def test_what_the_ecb_lacks_the_second_source_has() -> None:
    rates = Rates([ecb(THURSDAY), second(FRIDAY)])
    found = [stamp(code, NOON, "USD", rates) for code in ("EUR", "VND", "TWD")]
    assert [(f.source, f.date) if f else None for f in found] == [(ECB, THURSDAY), (OPEN_ER, FRIDAY), None]


def test_a_currency_that_a_source_gave_up_is_not_taken_from_its_old_days() -> None:
    rates = Rates([ecb(FRIDAY), ecb(THURSDAY, VND="28000"), second(THURSDAY)])
    found = stamp("VND", NOON + timedelta(hours=4), "USD", rates)
    assert found
    assert found.source == OPEN_ER


def test_an_order_from_before_the_first_day_has_the_newest() -> None:
    found = stamp("EUR", NOON - timedelta(days=100), "USD", Rates([ecb(FRIDAY)]))
    assert found
    assert found.date == FRIDAY


def test_the_merchants_own_rate_comes_first_while_its_base_is_the_base() -> None:
    rates = Rates([ecb(THURSDAY)], {"EUR": Fixed("EUR", "USD", Decimal("1.2"), FRIDAY)})
    assert stamp("EUR", NOON, "USD", rates) == Stamp("EUR", "USD", Decimal("1.2"), FRIDAY, "fixed")
    other = stamp("EUR", NOON, "JPY", rates)
    assert other
    assert other.source == ECB


@pytest.mark.parametrize(
    ("at", "source", "on"),
    [
        (NOON, "fixed", FRIDAY),  # the rate is fixed for all of its day
        (NOON - timedelta(hours=13), ECB, THURSDAY),
        (NOON - timedelta(days=9), "fixed", FRIDAY),  # nothing was published that we know of
    ],
)
def test_the_merchants_own_rate_does_not_reach_back_beyond_what_was_published(
    at: datetime, source: str, on: date
) -> None:
    rates = Rates([ecb(THURSDAY)], {"EUR": Fixed("EUR", "USD", Decimal("1.2"), FRIDAY)})
    found = stamp("EUR", at, "USD", rates)
    assert found
    assert (found.source, found.date) == (source, on)


def test_a_stamp_is_read_as_it_was_stored() -> None:
    found = stamp("JPY", NOON, "USD", Rates([ecb(THURSDAY)]))
    assert found
    assert Stamp.read(found.item()) == found


@pytest.mark.parametrize("value", ["0", "-1", "NaN", "Infinity", "", "1,1", "1e40", None, [1], {}])
def test_what_is_no_rate_is_refused(value: object) -> None:
    with pytest.raises(AbsurdRates, match="is no rate"):
        Day.of(ECB, FRIDAY, {"USD": value})
    with pytest.raises(AbsurdRates, match="is no rate"):
        rate(value, "USD")


def test_what_is_no_currency_is_left_out() -> None:
    assert Day.of(OPEN_ER, FRIDAY, {"USD": 1, "GGP": 1, "": 1, "usd": 1}).units.keys() == {"USD"}


@pytest.mark.parametrize(
    ("new", "today", "reason"),
    [
        (ecb(SATURDAY), FRIDAY, "has not come yet"),
        (ecb(THURSDAY - timedelta(days=1)), FRIDAY, "older than 2026-11-26"),
        (ecb(THURSDAY), FRIDAY + timedelta(days=9), "was not renewed"),
        (Day.of(ECB, FRIDAY, {"USD": "1.1", "JPY": "170"}), FRIDAY, "only 2 currencies"),
        (ecb(FRIDAY, JPY="205"), FRIDAY, "jumped since 2026-11-26: JPY"),
        (ecb(FRIDAY, JPY="141"), FRIDAY, "jumped since 2026-11-26: JPY"),
        (ecb(FRIDAY, JPY="17000", USD="110"), FRIDAY, "jumped since 2026-11-26: JPY, USD"),
    ],
)
def test_an_absurd_feed_is_named(new: Day, today: date, reason: str) -> None:
    with pytest.raises(AbsurdRates, match=reason):
        check(new, ecb(THURSDAY), ecb(THURSDAY), today)


def test_a_weekend_lets_no_rate_run() -> None:
    monday = FRIDAY + timedelta(days=3)
    with pytest.raises(AbsurdRates, match="jumped since 2026-11-27: JPY"):
        check(ecb(monday, JPY="205"), ecb(FRIDAY), None, monday)
    check(ecb(monday, JPY="205"), ecb(THURSDAY), None, monday)


def test_a_feed_that_may_be_is_taken() -> None:
    check(ecb(FRIDAY, JPY="203"), ecb(THURSDAY), ecb(THURSDAY), FRIDAY)
    check(ecb(THURSDAY), ecb(THURSDAY), ecb(THURSDAY), FRIDAY + timedelta(days=3))
    check(ecb(FRIDAY, JPY="300"), ecb(date(2026, 10, 30)), None, FRIDAY)


def test_the_first_feed_of_a_second_source_must_agree_with_the_ecb() -> None:
    many = dict.fromkeys("AED ARS CLP COP PEN TWD VND KZT MAD".split(), "5")
    check(Day.of(OPEN_ER, FRIDAY, {**many, "USD": "1.12"}), None, ecb(THURSDAY), FRIDAY)
    with pytest.raises(AbsurdRates, match="jumped since 2026-11-26: USD"):
        check(Day.of(OPEN_ER, FRIDAY, {**many, "USD": "0.0009"}), None, ecb(THURSDAY), FRIDAY)
    with pytest.raises(AbsurdRates, match="only 2 currencies"):
        check(second(FRIDAY), None, ecb(THURSDAY), FRIDAY)


@pytest.mark.parametrize("vnd", ["290", "2900000"])
def test_a_currency_that_the_ecb_lacks_may_not_jump_either(vnd: str) -> None:
    many = dict.fromkeys("AED ARS CLP COP PEN TWD USD KZT MAD".split(), "5")
    last = Day.of(OPEN_ER, THURSDAY, {**many, "VND": "29000"})
    check(Day.of(OPEN_ER, FRIDAY, {**many, "VND": "29100"}), last, ecb(THURSDAY), FRIDAY)
    with pytest.raises(AbsurdRates, match="jumped since 2026-11-26: VND"):
        check(Day.of(OPEN_ER, FRIDAY, {**many, "VND": vnd}), last, ecb(THURSDAY), FRIDAY)


def test_the_first_start_converts() -> None:
    found = stamp("EUR", NOON, "USD", Rates([shipped()]))
    assert found
    assert Decimal("0.5") < found.rate < 2
    assert not shipped().has("VND")


@pytest.mark.skipif(not importlib.util.find_spec("currency_converter"), reason="needs requirements/dev.txt")
def test_the_rate_file_is_what_reference_makes() -> None:
    assert json.loads((ROOT / "layers/orderbridge/python/orderbridge/data/rates.json").read_text()) == latest()
