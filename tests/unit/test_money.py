"""The money proof (law 6) and the one text of an amount."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge import balance, money
from orderbridge.model import Fee, Order, OrderLine, OrderStatus, PaymentStatus

DAY = datetime(2026, 10, 5, tzinfo=UTC)


def _order(currency: str, total: Decimal, subtotal: Decimal, **parts: Any) -> Order:
    discount = parts.pop("line_discount", Decimal(0))
    line = OrderLine(id="1", quantity=1, unit_price=subtotal, subtotal=subtotal, discount=discount)
    return Order(
        store="s",
        platform="p",
        id="1",
        number="1",
        version=DAY,
        created_at=DAY,
        status=OrderStatus.OPEN,
        payment=PaymentStatus.PAID,
        source_status="",
        currency=currency,
        lines=(line,),
        total=total,
        **parts,
    )


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("EUR", 2), ("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("TND", 3), ("CLF", 4), ("XXX", None), ("eur", None)],
)
def test_exponents(currency: str, digits: int | None) -> None:
    assert money.exponent(currency) == digits


def test_no_currency_has_two_exponents() -> None:
    tables = [money._DIGITS_0, money._DIGITS_2, money._DIGITS_3, money._DIGITS_4]
    assert sum(map(len, tables)) == len(frozenset.union(*tables))
    assert all(len(code) == 3 and code.isupper() for table in tables for code in table)


cents = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))


@given(
    subtotal=cents, line_discount=cents, discount=cents, shipping=cents, tax=cents, fee=cents, included=st.booleans()
)
def test_an_order_balances_exactly_when_its_parts_make_its_total(
    subtotal: Decimal,
    line_discount: Decimal,
    discount: Decimal,
    shipping: Decimal,
    tax: Decimal,
    fee: Decimal,
    included: bool,
) -> None:
    total = subtotal - line_discount - discount + shipping + fee + (0 if included else tax)
    parts = {"line_discount": line_discount, "discount": discount, "shipping": shipping, "tax": tax}
    fees = (Fee(kind="tip", amount=fee),)
    assert balance.problem(_order("EUR", total, subtotal, tax_included=included, fees=fees, **parts)) is None
    for wrong in (total + Decimal("0.01"), total - Decimal("0.01")):
        found = balance.problem(_order("EUR", wrong, subtotal, tax_included=included, fees=fees, **parts))
        assert found is not None
        assert "EUR" in found


@pytest.mark.parametrize(
    ("currency", "off", "balances"),
    [
        ("EUR", "0.009", True),  # below the minor unit
        ("EUR", "0.01", False),
        ("JPY", "0.99", True),
        ("JPY", "1", False),
        ("KWD", "0.001", False),
        ("KWD", "0.0009", True),
    ],
)
def test_the_proof_is_to_the_minor_unit(currency: str, off: str, balances: bool) -> None:
    order = _order(currency, Decimal("100") + Decimal(off), Decimal("100"))
    assert (balance.problem(order) is None) is balances


def test_an_unknown_currency_is_named() -> None:
    assert balance.problem(_order("GLD", Decimal(1), Decimal(1))) == "currency 'GLD' is not an ISO 4217 code"


@given(units=st.integers(-(10**12), 10**12), zeros=st.integers(0, 6))
def test_equal_amounts_are_equal_texts(units: int, zeros: int) -> None:
    plain, padded = Decimal(units).scaleb(-2), Decimal(units * 10**zeros).scaleb(-2 - zeros)
    texts = {Fee(kind="x", amount=amount).model_dump_json() for amount in (plain, padded)}
    assert len(texts) == 1
    assert "E" not in texts.pop()
    assert Fee(kind="x", amount=padded).amount == plain
