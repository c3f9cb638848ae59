"""The cost calculator: the sums, the currency, and what is no input."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from orderbridge.metering import Measured
from orderbridge.money import InvalidAmount
from orderbridge.operations import rates
from orderbridge.operations.cost import Cost, cost
from orderbridge.prices import Figures
from orderbridge.rates import shipped
from tests.resources import Aws


class Told:
    """A meter that has this."""

    def __init__(self, measured: Measured | None) -> None:
        self.said = measured

    def measured(self, today: date) -> Measured | None:
        return self.said


@pytest.fixture(autouse=True)
def _figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if `make cost` had measured these."""
    told = Figures(date(2026, 11, 1), 5, Decimal("19.5"), Decimal("15.04"), Decimal("12.70"))
    monkeypatch.setattr("orderbridge.operations.cost.figures", lambda: told)


@pytest.fixture
def bridge(aws: Aws) -> Bridge:
    """Its stack is there, and CloudWatch has nothing of it."""
    return Bridge(replace(aws.settings, stack="state"))


def ask(bridge: Bridge, measured: Measured | None, currency: str = "USD", orders: str = "1000") -> Cost:
    bridge.meter = Told(measured)  # type: ignore[assignment]
    return cost(bridge, orders, "5", "3", currency)


def test_what_is_saved_and_what_it_costs_before_there_are_metrics(bridge: Bridge) -> None:
    found = cost(bridge, "1000", "5", "3", "CNY")
    assert str(found.saved) == "730000 CNY"
    assert "no metrics of a full day yet" in found.basis
    assert "19.5 US cents for 1,000 orders" in found.basis
    assert "15.04 US dollars a month (5 stores)" in found.basis
    assert found.dollars.amount == Decimal("251.66"), "365 * 0.195 + 12 * 15.04 = 251.655"
    yuan = shipped().units["CNY"] / shipped().units["USD"]
    assert found.rate
    assert (found.rate.source, found.rate.date) == ("ecb", shipped().on)
    assert found.costs
    assert found.left
    assert abs(found.costs.amount - found.dollars.amount * yuan) < Decimal("0.05")
    assert found.left == found.saved - found.costs


def test_measured_requests_are_shared_among_the_orders_of_their_time(bridge: Bridge) -> None:
    # 2 million calls cost 0.40 dollars, so an order 0.004; 365,000 of them cost 1,460.
    measured = Measured(date(2026, 11, 28), 7, 100, {"Lambda requests": Decimal(2_000_000)})
    found = ask(bridge, measured)
    assert found.dollars.amount == Decimal("1612.4"), "and 12 * 12.70"
    assert "measured over 7 days to 2026-11-28" in found.basis
    assert "4.00 US dollars for 1,000 of 100 orders" in found.basis


def test_without_orders_they_are_what_the_bridge_does_anyhow(bridge: Bridge) -> None:
    # 0.40 dollars in two days, so 73 a year.
    measured = Measured(date(2026, 11, 28), 2, 0, {"Lambda requests": Decimal(2_000_000)})
    found = ask(bridge, measured)
    assert found.dollars.amount == Decimal("296.58"), "73 + 12 * 12.70 + 365 * 0.195 = 296.575"
    assert "without any order" in found.basis


def test_a_currency_without_a_rate_is_left_in_dollars_until_it_has_one(bridge: Bridge) -> None:
    found = ask(bridge, None, "VND")
    assert (found.costs, found.left, found.rate) == (None, None, None)
    assert found.dollars.amount > 0
    rates.fix(bridge, "VND", "0.00004")
    again = ask(bridge, None, "VND")
    assert again.rate
    assert (again.rate.rate, again.rate.source) == (Decimal(25000), "fixed")
    assert again.costs
    assert again.costs.amount == Decimal("251.655") * 25000


def test_orders_may_also_cost_more_than_before(bridge: Bridge) -> None:
    assert str(cost(bridge, "10", "3", "3.001", "JPY").saved) == "-4 JPY"


@pytest.mark.parametrize("orders", ["0", "-1", "1.5", "many", "", "10000001", "9" * 30, "１００", "1_000", "NaN"])
def test_no_number_of_orders(bridge: Bridge, orders: str) -> None:
    with pytest.raises(InvalidInput, match="is no number of orders a day"):
        cost(bridge, orders, "5", "3", "CNY")


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "1e3", "five", "", "1000000001", "9" * 30, "1_0", "٣"])
def test_no_cost_of_an_order(bridge: Bridge, amount: str) -> None:
    for now, then, when in ((amount, "3", "now"), ("5", amount, "then")):
        with pytest.raises(InvalidAmount, match=f"is not what an order can cost {when}"):
            cost(bridge, "1000", now, then, "CNY")


@pytest.mark.parametrize("currency", ["", "cny", "XXX", "RMB", "CNYCNYCNYCNYCNY"])
def test_no_currency(bridge: Bridge, currency: str) -> None:
    with pytest.raises(InvalidInput, match=r"is no currency of ISO 4217"):
        cost(bridge, "1000", "5", "3", currency)
