"""Rows of exchange rates in table `Control`.

pk RATES     sk <source>#<date>                  what a source published for a day, `units` for 1 EUR; kept for 400 days
             sk FIXED#<currency>                 the merchant's own rate: units of `base` for 1 of it
   UNRATED   sk <currency>#<store>#<order>       an order whose value in the base currency is missing
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from orderbridge.rates import ECB, SOURCES, Day, Fixed, Rates, shipped
from orderbridge.tables.control import Control
from orderbridge.tables.items import Item, Table

_KEPT = timedelta(days=400)
_FRESH = 600.0  # seconds; a read for each order is too dear
_REMEMBERED = 64  # days of orders; whoever reads years of history begins anew then
_PK, _UNRATED = "RATES", "UNRATED"


class RateTable:
    """Reads are remembered for ten minutes by the day of the order, in this process."""

    def __init__(self, control: Control) -> None:
        self.table = control.table
        self._known: dict[date, tuple[float, Rates]] = {}

    def at(self, moment: datetime, *, fresh: bool = False) -> Rates:
        """What may count for an order of this moment, see `rates.stamp`; `fresh` does without what is remembered."""
        day = moment.astimezone(UTC).date()
        known = self._known.get(day)
        if fresh or known is None or time.monotonic() - known[0] > _FRESH:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[day] = time.monotonic(), self._read(day)
        return known[1]

    def newest(self, source: str) -> Day | None:
        """The last good day of a source; of the ECB at least the one that came with this version."""
        found = self._days(source, date.max, 1)
        return found[0] if found else shipped() if source == ECB else None

    def add(self, day: Day) -> bool:
        """False when this day of the source is there: it stays as it is."""
        row = {"pk": _PK, "sk": f"{day.source}#{day.on}", "units": dict(day.units)}
        end = int((datetime.combine(day.on, datetime.min.time(), UTC) + _KEPT).timestamp())
        return self.table.write(self.table.put({**row, "expires_at": end}, [("pk", "absent", None)]))

    def fixed(self) -> dict[str, Fixed]:
        """The merchant's own rates by currency."""
        found = [_fixed(row) for row in self.table.query(_PK, "FIXED#")]
        return {own.currency: own for own in found}

    def fix(self, own: Fixed) -> None:
        said = {"base": own.base, "rate": own.rate, "date": own.date.isoformat()}
        self.table.write(self.table.put({"pk": _PK, "sk": f"FIXED#{own.currency}", **said}))

    def unfix(self, currency: str) -> bool:
        """False when the merchant has fixed no rate for it."""
        return self.table.write(self.table.delete(_PK, f"FIXED#{currency}", [("pk", "present", None)]))

    def unrated(self) -> Iterator[tuple[str, str, str]]:
        """(currency, store, order) of orders whose value is missing, a page at a time."""
        for row in self.table.query(_UNRATED, page=100):
            currency, store, order = row["sk"].split("#", 2)
            yield currency, store, order

    def _read(self, day: date) -> Rates:
        found = {(d.source, d.on): d for source in SOURCES for d in self._around(source, day)}
        return Rates(tuple(found.values()), self.fixed())

    def _around(self, source: str, day: date) -> list[Day]:
        """The two last days up to this one, for today's may not be published yet at that moment; and the newest."""
        found = self._days(source, day, 2)
        if not found or day < datetime.now(UTC).date():
            newest = self.newest(source)
            found += [newest] if newest else []
        return found

    def _days(self, source: str, last: date, most: int) -> list[Day]:
        rows = self.table.query(_PK, f"{source}#", limit=most, after=f"{source}#{last}~", newest_first=True)
        return [Day.of(source, date.fromisoformat(row["sk"].split("#")[1]), row["units"]) for row in rows]


def unrated_row(table: Table, currency: str, store: str, order: str) -> Item:
    """The request that says that an order waits for a rate, for the transaction that writes the order."""
    return table.put({"pk": _UNRATED, "sk": f"{currency}#{store}#{order}"})


def rated_row(table: Table, currency: str, store: str, order: str) -> Item:
    """The request that says that it waits no more."""
    return table.delete(_UNRATED, f"{currency}#{store}#{order}")


def _fixed(row: Item) -> Fixed:
    currency, day = row["sk"].removeprefix("FIXED#"), date.fromisoformat(row["date"])
    return Fixed(currency, row["base"], Decimal(row["rate"]), day)
