"""What Orderbridge saves a merchant in a year, and what it costs in that time."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal

from orderbridge import rates
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from orderbridge.metering import Measured
from orderbridge.money import InvalidAmount, Money, exponent, plain
from orderbridge.prices import dollars, figures
from orderbridge.rates import FIXED, Stamp

_DOLLAR, _YEAR, _MONTHS = "USD", 365, 12
_MOST_ORDERS = 10_000_000  # a day; ten times what the largest shops sell
_MOST_COST = Decimal(10**9)  # for one order, in any currency
_COUNT, _COST = re.compile("[0-9]{1,20}"), re.compile(r"[0-9]{1,20}(\.[0-9]{1,10})?")
_PLACES = Context(prec=28)


@dataclass(frozen=True)
class Cost:
    """Amounts of a year of 365 days, rounded to cents or the currency's own minor unit.

    saved     what orders cost less; below zero where they cost more
    dollars   what Orderbridge costs in US dollars, at list prices
    costs     the same in the currency; None where no rate is known
    left      saved - costs; None as well
    rate      of the conversion, with its source and date
    basis     where `dollars` comes from, in words
    measured  what CloudWatch counted in this account, None where it has nothing yet
    """

    orders_per_day: int
    currency: str
    saved: Money
    dollars: Money
    costs: Money | None
    left: Money | None
    rate: Stamp | None
    basis: str
    measured: Measured | None


def cost(bridge: Bridge, orders_per_day: str, cost_now: str, cost_then: str, currency: str) -> Cost:
    """`cost_now` and `cost_then`: what handling one order costs without and with Orderbridge, in `currency`.

    Raises InvalidInput (no number of orders, no currency), InvalidAmount.
    """
    orders = _orders(orders_per_day)
    if exponent(currency) is None:
        raise InvalidInput(f"{currency[:12]!r} is no currency of ISO 4217; write three capitals, as CNY")
    saved = _rounded(_YEAR * orders * (_cost(cost_now, "now") - _cost(cost_then, "then")), currency)
    now = datetime.now(UTC)
    measured = bridge.meter.measured(now.date())
    spent, basis = _spent(orders, measured)
    rate = _rate(bridge, currency, now)
    costs = Money.of(rates.worth(spent, rate), currency) if rate else None
    left = saved - costs if costs else None
    return Cost(orders, currency, saved, _rounded(spent, _DOLLAR), costs, left, rate, basis, measured)


def _spent(orders: int, measured: Measured | None) -> tuple[Decimal, str]:
    """US dollars in a year, and where they come from."""
    told, year = figures(), orders * _YEAR
    of_orders = year * told.marginal / 100 / 1000
    known = f"{told.marginal} US cents for 1,000 orders as `make cost` measured on {told.measured}"
    if measured is None:
        basis = f"this account has no metrics of a full day yet: {known}, and {told.fixed} US dollars a month"
        return of_orders + told.fixed * _MONTHS, f"{basis} ({told.stores} stores)"
    counted, standing = dollars(measured.used), told.standing * _MONTHS
    days = f"{measured.days} days to {measured.until} in this account"
    also = f"besides {told.standing} US dollars a month for secrets, alarms and metrics of {told.stores} stores"
    if measured.orders:
        each = f"{counted / measured.orders * 1000:.2f} US dollars for 1,000 of {measured.orders:,} orders"
        return year * counted / measured.orders + standing, f"measured over {days}: {each}, {also}"
    idle = f"{counted / measured.days:.2f} US dollars a day without any order"
    return counted / measured.days * _YEAR + standing + of_orders, f"measured over {days}: {idle}; {known}; {also}"


def _rate(bridge: Bridge, currency: str, now: datetime) -> Stamp | None:
    """Of the dollar, now; a rate of the merchant's own also where it says what the currency is worth in dollars."""
    known = bridge.rates.at(now, fresh=True)
    own = known.fixed.get(currency)
    if own and own.base == _DOLLAR:
        return Stamp(_DOLLAR, currency, plain(_PLACES.divide(Decimal(1), own.rate)), own.date, FIXED)
    return rates.stamp(_DOLLAR, now, currency, known)


def _rounded(amount: Decimal, currency: str) -> Money:
    return Money.of(amount, currency).rounded(ROUND_HALF_EVEN)


def _orders(text: str) -> int:
    if not _COUNT.fullmatch(text) or not 1 <= int(text) <= _MOST_ORDERS:
        raise InvalidInput(f"{text[:20]!r} is no number of orders a day: a whole number from 1 to {_MOST_ORDERS:,}")
    return int(text)


def _cost(text: str, when: str) -> Decimal:
    if not _COST.fullmatch(text) or Decimal(text) > _MOST_COST:
        raise InvalidAmount(f"{text[:20]!r} is not what an order can cost {when}: from 0 to {_MOST_COST:,}, as 4.50")
    return Decimal(text)
