"""Exchange rates: what an order is worth in the merchant's base currency, by which rate, of which day. Pure, no I/O.

A stamp is put on an order when it first comes, and is kept as it is from then on, whatever rates do later. What counts
is the first of these that there is: the merchant's own rate, if it was fixed by then; the last day that was published
at or before `created_at`; the merchant's own rate of a later day; the newest day that we know (the order is older than
what we keep, or its day was not read yet). Where there is none of them, there is no stamp yet.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any, Self

from orderbridge.errors import BridgeError
from orderbridge.money import exponent, plain

ECB, OPEN_ER, FIXED, SAME = "ecb", "open.er-api.com", "fixed", "same"
SOURCES = (ECB, OPEN_ER)  # the first one that has both currencies is believed

# The ECB publishes at about 16:00 CET, https://www.ecb.europa.eu/stats/eurofxref; the other one at midnight.
_PUBLISHED = {ECB: time(15), OPEN_ER: time(0)}
_LONGEST_PAUSE = timedelta(days=6)  # Easter and Christmas: at most five days without a new one
_A_DAY = Decimal("1.2")  # a rate that moves further in a working day than by this factor is not believed at once
_SATURDAY = 5
_LONGEST_COUNTED = 60  # working days for which that is reckoned; a year of it forbids nothing
_FEWEST = 10  # currencies in the first feed of a source
_PLACES = Context(prec=28, rounding=ROUND_HALF_EVEN)
_WIDE = Context(prec=60)


class AbsurdRates(BridgeError):
    """A feed, or a person, gave rates that cannot be; nothing was changed."""

    next_action = "Look at the feed; the last good day counts until it is right, or `orderbridge rates fix` a rate."


@dataclass(frozen=True)
class Day:
    """What one source published for one day: units of each currency for 1 EUR, without EUR itself."""

    source: str
    on: date
    units: Mapping[str, Decimal]

    @classmethod
    def of(cls, source: str, on: date, units: Mapping[str, Any]) -> Self:
        """What is no currency of ISO 4217 is left out. Raises AbsurdRates for what is no number above zero."""
        named = {code: value for code, value in units.items() if exponent(code) is not None}
        return cls(source, on, {code: rate(value, f"{source} for {code}") for code, value in named.items()})

    @property
    def since(self) -> datetime:
        return datetime.combine(self.on, _PUBLISHED[self.source], UTC)

    def has(self, *currencies: str) -> bool:
        return all(currency == "EUR" or currency in self.units for currency in currencies)

    def cross(self, currency: str, base: str) -> Decimal:
        """Units of `base` for 1 of `currency`, to 28 digits."""
        one = Decimal(1)
        return plain(_PLACES.divide(self.units.get(base, one), self.units.get(currency, one)))


@dataclass(frozen=True)
class Fixed:
    """The merchant's own rate: units of `base` for 1 of `currency`, since `date`."""

    currency: str
    base: str
    rate: Decimal
    date: date


@dataclass(frozen=True)
class Rates:
    """The days that may count for an order, and the merchant's fixed rates by currency."""

    days: Sequence[Day] = ()
    fixed: Mapping[str, Fixed] = field(default_factory=dict)

    def published(self, currency: str, base: str, at: datetime) -> Day | None:
        """The last day that was out by this moment and has both currencies."""
        for source in SOURCES:
            out = [day for day in self.days if day.source == source and day.since <= at]
            last = max(out, key=lambda day: day.on, default=None)
            if last and last.has(currency, base):
                return last
        return None

    def newest(self, currency: str, base: str) -> Day | None:
        """The newest day that has both currencies."""
        having = [day for day in self.days if day.has(currency, base)]
        return max(having, key=lambda day: (day.on, -SOURCES.index(day.source)), default=None)


@dataclass(frozen=True)
class Stamp:
    """Units of `base` for 1 of `currency`, as `source` said for the day `date`."""

    currency: str
    base: str
    rate: Decimal
    date: date
    source: str

    def item(self) -> dict[str, Any]:
        """As it is stored with the order."""
        return {**vars(self), "date": self.date.isoformat()}

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        told = {**item, "rate": Decimal(item["rate"]), "date": date.fromisoformat(item["date"])}
        return cls(**told)

    def __str__(self) -> str:
        return f"1 {self.currency} = {self.rate} {self.base} ({self.source}, {self.date})"


def stamp(currency: str, created_at: datetime, base: str, rates: Rates) -> Stamp | None:
    """None where no rate is known; the order goes on, and its value is missing."""
    today = created_at.astimezone(UTC).date()
    if currency == base:
        return Stamp(currency, base, Decimal(1), today, SAME)
    own = rates.fixed.get(currency)
    own = own if own and own.base == base else None
    day = None if own and own.date <= today else rates.published(currency, base, created_at)
    if own and not day:
        return Stamp(currency, base, own.rate, own.date, FIXED)
    day = day or rates.newest(currency, base)
    return Stamp(currency, base, day.cross(currency, base), day.on, day.source) if day else None


@cache
def shipped() -> Day:
    """The ECB's day that came with this version, see `reference/rates.py`."""
    found = json.loads((Path(__file__).parent / "data/rates.json").read_text("utf-8"))
    return Day.of(ECB, date.fromisoformat(found["date"]), found["units"])


def worth(amount: Decimal, stamp: Stamp) -> Decimal:
    """The amount in the base currency, rounded half-even to its minor unit; to two decimals where nobody knows it."""
    digits = exponent(stamp.base)
    smallest = Decimal(1).scaleb(-(2 if digits is None else digits))
    return _WIDE.multiply(amount, stamp.rate).quantize(smallest, ROUND_HALF_EVEN, _WIDE)


def rate(value: Any, what: str) -> Decimal:
    """A rate as somebody wrote it. Raises AbsurdRates."""
    try:
        found = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0 or abs(found.adjusted()) > 12:
        raise AbsurdRates(f"{what}: {str(value)[:40]!r} is no rate")
    return plain(_PLACES.plus(found))


def check(new: Day, last: Day | None, ecb: Day | None, today: date) -> None:
    """Whether a feed may be believed. Raises AbsurdRates that names what is wrong.

    last  the newest day of this source that we have, None without
    ecb   the newest day of the ECB, by which a source is judged that we have no day of
    """
    if new.on > today:
        raise AbsurdRates(f"{new.source} is of {new.on}, which has not come yet")
    if last and new.on < last.on:
        raise AbsurdRates(f"{new.source} is of {new.on}, older than {last.on}, which we have")
    if today - new.on > _LONGEST_PAUSE:
        raise AbsurdRates(f"{new.source} is of {new.on} and was not renewed since")
    fewest = len(last.units) / 2 if last else _FEWEST
    if len(new.units) < fewest:
        raise AbsurdRates(f"{new.source} has only {len(new.units)} currencies")
    known = last or ecb
    if known and (jumped := sorted(_jumped(new, known))):
        raise AbsurdRates(f"{new.source} of {new.on} jumped since {known.on}: {', '.join(jumped[:5])}")


def _jumped(new: Day, known: Day) -> Iterable[str]:
    """Nobody trades at weekends: from Friday to Monday it is one day."""
    since = (known.on + timedelta(n + 1) for n in range((new.on - known.on).days))
    furthest = _A_DAY ** min(_LONGEST_COUNTED, max(1, sum(day.weekday() < _SATURDAY for day in since)))
    for code in new.units.keys() & known.units.keys():
        if not 1 / furthest <= new.units[code] / known.units[code] <= furthest:
            yield code
