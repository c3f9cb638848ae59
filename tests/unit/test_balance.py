"""The money proof (law 6): of orders, of what their buyers saw, of refunds, and what becomes of a small difference."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from orderbridge import balance
from orderbridge.model import Entry, Fee, Order, OrderLine, Refund, Store
from orderbridge.money import Money
from orderbridge.orders import waits
from tests.unit.test_orders import STORE, order

cents = st.integers(-(10**9), 10**9).map(lambda n: Decimal(n).scaleb(-2))


def sale(total: str | Decimal, subtotal: str | Decimal = "10", currency: str = "EUR", **parts: Any) -> Order:
    """One line of `subtotal`, an order of `total`; `line_*` are fields of the line."""
    own = {name.removeprefix("line_"): parts.pop(name) for name in list(parts) if name.startswith("line_")}
    row = OrderLine(id="1", unit_price=Decimal(subtotal), subtotal=Decimal(subtotal), **{"quantity": 1, **own})
    return order(row, currency=currency, total=Decimal(total), **parts)


def entries(**amounts: str) -> tuple[Entry, ...]:
    return tuple(Entry(kind=kind, amount=Decimal(amount)) for kind, amount in amounts.items())


@given(
    amounts=st.lists(cents, min_size=8, max_size=8),
    by_platform=st.lists(cents, min_size=4, max_size=4),
    included=st.booleans(),
)
def test_an_order_balances_exactly_when_its_parts_make_its_total(
    amounts: list[Decimal], by_platform: list[Decimal], included: bool
) -> None:
    """What of a discount or tax is the platform's changes who pays it, never the sum."""
    subtotal, off, discount, shipping, shipping_off, tax, fee, _ = amounts
    total = subtotal - off - discount + shipping - shipping_off + fee + (0 if included else tax)
    parts: dict[str, Any] = {
        "line_discount": off,
        "discount": discount,
        "shipping": shipping,
        "shipping_discount": shipping_off,
        "tax": tax,
        "tax_included": included,
        "fees": (Fee(kind="tip", amount=fee),),
    }
    names = ("line_platform_discount", "platform_discount", "line_tax_withheld", "tax_withheld")
    parts |= dict(zip(names, by_platform, strict=True))
    whole = sale(total, subtotal, **parts)
    proof = balance.proof(whole)
    assert proof.sum == balance.charged_sum(whole) == total == proof.total
    assert balance.problem(whole) == (f"the total is below zero: {whole.total} EUR" if total < 0 else None)
    for wrong in (total + Decimal("0.01"), total - Decimal("0.01")):
        off_by_one = sale(wrong, subtotal, **parts)
        found = balance.problem(off_by_one)
        assert found is not None
        assert f"add up to {proof.sum} EUR, the platform charged {off_by_one.total} EUR" in found
        assert abs(balance.proof(off_by_one).difference) == Decimal("0.01")


def test_what_the_platform_pays_or_withholds_is_said_apart() -> None:
    found = balance.proof(
        sale(
            "13.20",
            line_discount=Decimal(3),
            line_platform_discount=Decimal(1),
            discount=Decimal("0.5"),
            platform_discount=Decimal("0.5"),
            shipping=Decimal(5),
            shipping_discount=Decimal(2),
            tax=Decimal("1.7"),
            tax_withheld=Decimal("1.2"),
            fees=(Fee(kind="tip", amount=Decimal(3)), Fee(kind="gift_card", amount=Decimal(-1))),
        )
    )
    assert found.parts == (
        ("lines", Decimal(10)),
        ("seller's discounts on lines", Decimal(-2)),
        ("platform's discounts on lines", Decimal(-1)),
        ("platform's discount on the order", Decimal("-0.5")),
        ("shipping", Decimal(5)),
        ("discount on shipping", Decimal(-2)),
        ("tax", Decimal("0.5")),
        ("tax that the platform collects", Decimal("1.2")),
        ("tip", Decimal(3)),
        ("gift card", Decimal(-1)),
    )
    assert found.difference == 0


def test_tax_that_is_included_is_said_and_not_added() -> None:
    found = balance.proof(sale("10", tax=Decimal("1.6"), tax_included=True))
    assert (found.parts, found.within) == ((("lines", Decimal(10)),), (("tax", Decimal("1.6")),))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": "GLD"}, "currency 'GLD' is not an ISO 4217 code"),
        ({"currency": "JPY", "subtotal": "10.5", "total": "10.5"}, "10.5 JPY is not an amount of that currency"),
        ({"currency": "JPY", "paid": Decimal("9.5")}, "9.5 JPY is not an amount of that currency"),
        ({"currency": "KWD", "subtotal": "1.0005", "total": "1.0005"}, "1.0005 KWD is not an amount of that currency"),
        ({"subtotal": "-3", "total": "-3"}, "the total is below zero: -3 EUR"),
        ({"standing": Decimal(11)}, "11 EUR are left of an order of 10 EUR"),
        (
            {"tax": Decimal("1.60"), "tax_included": True, "line_tax": Decimal("1.50"), "shipping_tax": Decimal(0)},
            "the taxes of lines, shipping and fees add up to 1.5 EUR, the order says 1.6",
        ),
        (
            {"buyer_total": Money.of(9, "USD"), "buyer_parts": entries(lines="8.5", shipping="0.4")},
            "what the buyer saw adds up to 8.9 USD, the platform charged 9 USD",
        ),
        ({"buyer_total": Money.of(9, "GLD")}, "the buyer's currency 'GLD' is not an ISO 4217 code"),
        ({"buyer_total": Money.of("9.5", "KRW")}, "9.5 KRW is not an amount of that currency"),
    ],
)
def test_money_that_cannot_be_trusted_is_named_and_the_order_waits(changes: dict[str, Any], reason: str) -> None:
    odd = sale(changes.pop("total", "10"), **changes)
    assert balance.problem(odd) == reason
    assert waits(balance.settled(odd, 1), STORE, ()) == (reason,)


@pytest.mark.parametrize(("currency", "total"), [("CLP", "52240.00"), ("JPY", "10.0"), ("KWD", "1.005")])
def test_what_can_be_paid_is_exact_however_it_is_written(currency: str, total: str) -> None:
    assert balance.problem(sale(total, total, currency)) is None


@pytest.mark.parametrize(
    ("tax", "fine"),
    [("1.60", True), ("1.61", True), ("1.59", True), ("1.62", False), ("1.58", False)],
)
def test_taxes_may_differ_by_what_rounding_each_explains(tax: str, fine: bool) -> None:
    """Two amounts, a line's and shipping's: a cent at most."""
    parts: dict[str, Any] = {"tax": Decimal(tax), "tax_included": True, "line_tax": Decimal(1)}
    assert (balance.problem(sale("10", shipping_tax=Decimal("0.6"), **parts)) is None) is fine
    assert balance.problem(sale("10", **parts)) is None, "what is on shipping is not shown: nothing to compare"
    unknown = (Fee(kind="duty", amount=Decimal(1)),)
    assert balance.problem(sale("11", shipping_tax=Decimal("0.6"), fees=unknown, **parts)) is None


@given(
    units=st.integers(-300, 300), tolerance=st.integers(0, 100), currency=st.sampled_from(["JPY", "EUR", "KWD", "CLF"])
)
def test_a_difference_up_to_the_tolerance_becomes_a_line(units: int, tolerance: int, currency: str) -> None:
    off, before = Money.of_minor(units, currency), Money.of_minor(1000, currency)
    odd = sale((before + off).amount, before.amount, currency)
    settled = balance.settled(odd, tolerance)
    assert settled.total == odd.total, "what the platform charged is never touched"
    assert balance.settled(settled, tolerance) == settled
    if not units:
        assert settled == odd
    elif abs(units) <= tolerance:
        assert [(fee.kind, fee.amount) for fee in settled.fees] == [("rounding", off.amount)]
        assert balance.problem(settled) is None
        assert ("rounding", off.amount) in balance.proof(settled).parts
    else:
        assert settled == odd
        assert "add up to" in (balance.problem(settled) or "")


def test_less_than_a_minor_unit_is_said_too() -> None:
    settled = balance.settled(sale("10", "9.9975"), 1)
    assert settled.fees[0].amount == Decimal("0.0025")


def _abroad(total: str, seen: str, quantity: int = 10) -> Order:
    """Ten mugs at 1.00 EUR for a buyer in Japan: 163 yen each."""
    parts = entries(lines=str(163 * quantity))
    return sale(total, str(quantity), line_quantity=quantity, buyer_total=Money.of(seen, "JPY"), buyer_parts=parts)


@pytest.mark.parametrize(
    ("total", "seen", "fine"),
    [
        ("10.00", "1630", True),
        ("10.01", "1630", True),
        ("10.05", "1630", True),  # eleven amounts were converted: five and a half cents
        ("10.06", "1630", False),
        ("10.00", "1635", True),
        ("10.00", "1636", False),
        ("10.02", "1632", False),  # neither comes out: nothing says which is right
    ],
)
def test_conversion_explains_half_a_minor_unit_for_each_amount(total: str, seen: str, fine: bool) -> None:
    settled = balance.settled(_abroad(total, seen), 1)
    assert (balance.problem(settled) is None) is fine
    assert len(balance.proofs(settled)) == 2
    if fine:
        assert all(not proof.difference for proof in balance.proofs(settled))


def test_both_currencies_that_fail_are_said_with_their_sums() -> None:
    said = balance.problem(balance.settled(_abroad("12.00", "1800"), 1))
    assert said == (
        "the parts add up to 10 EUR, the platform charged 12 EUR; "
        "what the buyer saw adds up to 1630 JPY, the platform charged 1800 JPY"
    )


@pytest.mark.parametrize(
    ("amount", "named", "fine"),
    [
        ("12", {"lines": "10", "tax": "2"}, True),
        ("11", {"lines": "10", "tax": "2"}, True),  # a fee of the return was kept back
        ("12", {"lines": "15", "adjustment": "-3"}, True),
        ("12.01", {"lines": "10", "tax": "2"}, True),
        ("12.02", {"lines": "10", "tax": "2"}, False),
        ("99", {}, True),  # the platform does not say what it is for
    ],
)
def test_a_refund_is_no_more_than_what_it_names(amount: str, named: dict[str, str], fine: bool) -> None:
    made = Refund(id="r1", amount=Decimal(amount), made_of=entries(**named))
    assert (not list(balance.refund_problems(sale("100", "100", refunds=(made,))))) is fine


def test_a_refund_above_what_it_names_holds_the_order_with_both_sums() -> None:
    made = Refund(id="r1", amount=Decimal(13), made_of=entries(lines="10", shipping="2"))
    reason = "refund r1 is of 13 EUR, what it is for adds up to 12 EUR"
    assert waits(sale("100", "100", refunds=(made,)), STORE, ()) == (reason,)


@pytest.mark.parametrize("tolerance", [-1, 101, 1.5, "1"])
def test_an_absurd_tolerance_is_refused(tolerance: Any) -> None:
    with pytest.raises(ValidationError):
        Store.model_validate({**STORE.model_dump(), "tolerance": tolerance})


def test_a_document_stored_before_there_was_more_to_say_is_read() -> None:
    new = "platform_discount shipping_discount shipping_tax tax_withheld standing buyer_parts made_of".split()
    old = sale("10", refunds=(Refund(id="r1", amount=Decimal(1)),), buyer_total=Money.of(9, "USD"))
    document = old.model_dump(mode="json")
    for part in (document, *document["lines"], *document["refunds"]):
        for name in new:
            part.pop(name, None)
    assert Order.model_validate(document) == old
