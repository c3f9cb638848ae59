"""A store against itself: its usual hours, and the order of its numbers. Pure, no I/O."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

WEEKS = 4  # how far back a store's usual hours are counted
USUAL = 3  # so many orders in a time that usually has them, and none came: the store is silent
RECENT = timedelta(days=7)  # how old an order may be whose number is looked at
REMEMBERED = 20_000  # numbers of a store among which gaps are looked for: the highest ones
_HOUR, _WEEK, _LONGEST = timedelta(hours=1), timedelta(weeks=1), timedelta(weeks=2)


@dataclass
class Numbers:
    """Which whole numbers were seen, as one bit for each from `least` on; only the highest are remembered."""

    least: int = 0
    bits: int = 0

    def add(self, number: int) -> None:
        if not self.bits:
            self.least = number
        if number < self.least:
            if number <= self.least + self.bits.bit_length() - 1 - REMEMBERED:
                return
            self.bits, self.least = self.bits << (self.least - number), number
        self.bits |= 1 << (number - self.least)
        if (more := self.bits.bit_length() - REMEMBERED) > 0:
            self.bits, self.least = self.bits >> more, self.least + more

    def gaps(self) -> Iterator[tuple[int, int]]:
        """(first, last) of each run of numbers that is missing between two that were seen."""
        for found in re.finditer("(?<=1)0+(?=1)", bin(self.bits)[:1:-1]):
            yield self.least + found.start(), self.least + found.end() - 1


def number_of(name: str) -> int | None:
    """The number in what people call an order, "#1001" or "HP-1001-A"; None where it has none, or more than one."""
    found = re.findall("[0-9]{1,15}", name)
    return int(found[0]) if len(found) == 1 else None


@dataclass
class Habit:
    """What is counted of one store: orders by weekday and hour of the last weeks, the last one, recent numbers."""

    hours: dict[str, int] = field(default_factory=dict)
    last: datetime | None = None
    numbers: Numbers = field(default_factory=Numbers)

    def count(self, at: datetime, name: str, now: datetime, zone: ZoneInfo) -> None:
        """An order of this store that was placed at `at`."""
        if at > now:
            return
        self.last = max(at, self.last or at)
        if now - at < WEEKS * _WEEK:
            self.hours[_hour(at, zone)] = self.hours.get(_hour(at, zone), 0) + 1
        if now - at < RECENT and (number := number_of(name)) is not None:
            self.numbers.add(number)

    def usual(self, since: datetime, until: datetime, zone: ZoneInfo, weeks: float = WEEKS) -> float:
        """How many orders the store usually has between two times, by what it had at these hours of the week."""
        total, at = 0.0, max(since, until - _LONGEST)
        while at < until:
            end = min(at.replace(minute=0, second=0, microsecond=0) + _HOUR, until)
            total += self.hours.get(_hour(at, zone), 0) / weeks * ((end - at) / _HOUR)
            at = end
        return total

    def silent(self, now: datetime, zone: ZoneInfo, connected: datetime) -> tuple[datetime, float] | None:
        """Since when there was no order, and how many there usually are in such a time; None while that is nothing
        unusual. A store of less than a week has no usual hours."""
        weeks = min(float(WEEKS), (now - connected) / _WEEK)
        if self.last is None or weeks < 1:
            return None
        usual = self.usual(self.last, now, zone, weeks)
        return (self.last, usual) if usual >= USUAL else None

    def packed(self) -> dict[str, Any]:
        last = self.last.isoformat() if self.last else None
        return {"hours": self.hours, "last": last, "numbers": [self.numbers.least, hex(self.numbers.bits)]}


def unpacked(kept: Mapping[str, Any]) -> Habit:
    last = datetime.fromisoformat(kept["last"]) if kept["last"] else None
    least, bits = kept["numbers"]
    return Habit(dict(kept["hours"]), last, Numbers(least, int(bits, 16)))


def _hour(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.weekday()}-{local.hour}"
