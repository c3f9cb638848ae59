"""Exchange rates: what is known, and the merchant's own."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from orderbridge import rates
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.money import exponent
from orderbridge.rates import SOURCES, Fixed, Stamp
from orderbridge.refreshing import look_again

_BUDGET = 60.0  # seconds that a person waits for orders to be sent
_FAR = Decimal(2)  # a rate of one's own is at most this much more or less than what the sources say


@dataclass(frozen=True)
class Known:
    """sources  the newest day of each; stamps: what counts now, by currency; unrated: orders without a rate"""

    base: str
    sources: Mapping[str, date]
    stamps: Mapping[str, Stamp]
    unrated: Mapping[str, int]


@dataclass(frozen=True)
class Done:
    fixed: Fixed
    orders_looked_at_again: int


def show(bridge: Bridge) -> Known:
    """Goes through all orders that wait for a rate."""
    base, now = bridge.settings.base_currency, datetime.now(UTC)
    known = bridge.rates.at(now, fresh=True)
    newest = {source: day.on for source in SOURCES if (day := bridge.rates.newest(source))}
    codes = {"EUR", *known.fixed, *(code for day in known.days for code in day.units)} - {base}
    stamps = {code: found for code in sorted(codes) if (found := rates.stamp(code, now, base, known))}
    return Known(base, newest, stamps, Counter(currency for currency, *_ in bridge.rates.unrated()))


def fix(bridge: Bridge, currency: str, written: str) -> Done:
    """From now on 1 of `currency` is `written` of the base currency; orders that have a rate keep it.

    Functions that run use it within ten minutes, see `tables.rates`.
    Raises InvalidInput, AbsurdRates; nothing is changed then.
    """
    base, now = bridge.settings.base_currency, datetime.now(UTC)
    _check(currency, base)
    own = Fixed(currency, base, rates.rate(written, f"{currency} in {base}"), now.date())
    told = rates.stamp(currency, now, base, rates.Rates(bridge.rates.at(now, fresh=True).days))
    if told and not told.rate / _FAR <= own.rate <= told.rate * _FAR:
        raise rates.AbsurdRates(f"1 {currency} = {own.rate} {base} is far from what {told.source} says: {told.rate}")
    bridge.rates.fix(own)
    return Done(own, look_again(bridge, _BUDGET, now)[0])


def unfix(bridge: Bridge, currency: str) -> None:
    """From now on what the sources say counts again. Raises InvalidInput, NotFound."""
    _check(currency, bridge.settings.base_currency)
    if not bridge.rates.unfix(currency):
        raise NotFound(f"you have fixed no rate for {currency}")


def _check(currency: str, base: str) -> None:
    if exponent(currency) is None:
        raise InvalidInput(f"{currency[:12]!r} is no currency of ISO 4217; write three capitals, as VND")
    if currency == base:
        raise InvalidInput(f"{base} is the base currency: 1 {base} is 1 {base}")
