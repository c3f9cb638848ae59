"""Whatever happens on the shelves, late, lost and out of order: the ledger is the shelf once it was counted."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import InvalidInput
from tests.erps.test_ledger import NOW, adds_up, on_hand
from tests.orders import ordered
from tests.resources import Aws

# Time passes in minutes. A loss is what nobody enters; only a count finds it out.
Happening = tuple[str, str, int, int]
HAPPENING = st.tuples(
    st.sampled_from(["receipt", "shipment", "reversal", "loss", "count"]),
    st.sampled_from(["HAM", "SZX"]),
    st.integers(1, 9),
    st.integers(0, 5),  # how many minutes later it is written down; only receipts and counts may be late
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happenings=st.lists(HAPPENING, max_size=12))
def test_whatever_happens_the_ledger_is_the_shelf_once_it_was_counted(
    aws: Aws, happenings: list[Happening], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(Ledger(Bridge(aws.settings)), monkeypatch)
    for minute, (what, location, units, late) in enumerate(happenings):
        run.happen(minute, what, location, units, late)
    run.write_down(len(happenings) + 10)
    for location in ("HAM", "SZX"):
        if not run.uncertain[location]:
            assert on_hand(run.ledger, run.sku).get(location, 0) == run.shelf[location]
    assert adds_up(run.ledger, run.sku)
    level = run.ledger.bridge.stock.level(run.sku)
    assert level.shipped == level.counted
    assert sum(level.wanted.values()) >= sum(level.shipped.values())


class Run:
    """The shelf as it truly is, beside the ledger that is told of it, late and out of order."""

    number = 0

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        Run.number += 1
        self.ledger, self.sku, self.clock = ledger, f"S-{Run.number}", Clock()
        monkeypatch.setattr("orderbridge.erps.ledger.datetime", self.clock)
        for location in ("HAM", "SZX"):
            ledger.add_location(location)
        ordered(ledger.bridge.orders, "s", self.sku, {self.sku: 20})
        self.shelf = {"HAM": 0, "SZX": 0}
        self.uncertain = {"HAM": False, "SZX": False}  # lost units that no count has found yet
        self.counted = {"HAM": -1, "SZX": -1}
        self.shipped = 0
        self.later: list[tuple[int, Callable[[], object]]] = []
        self.truths: list[tuple[int, str, int]] = []

    def happen(self, minute: int, what: str, location: str, units: int, late: int) -> None:
        self.write_down(minute)
        self.clock.minute = minute
        at, name = self.clock.at(minute), f"{what}-{minute}"
        if what == "receipt":
            self.shelf[location] += units
            self.later.append((minute + late, lambda: self.receive(location, units, name, at, minute)))
        elif what == "shipment":
            self.shelf[location] -= units
            self.shipped += units
            self.ledger.ship("s", self.sku, self.sku, location, units, name, beyond=True)
        elif what == "reversal" and self.shipped >= units:
            self.shelf[location] += units
            self.shipped -= units
            self.ledger.ship("s", self.sku, self.sku, location, -units, name)
        elif what == "loss":
            self.shelf[location] -= units
            self.uncertain[location] = True
        elif what == "count" and self.shelf[location] >= 0:
            found, self.uncertain[location] = self.shelf[location], False
            self.later.append((minute + late, lambda: self.count(location, found, name, at, minute)))

    def receive(self, location: str, units: int, name: str, at: datetime, minute: int) -> None:
        if minute <= self.counted[location]:
            with pytest.raises(InvalidInput, match="is in that count"):
                self.ledger.receive(self.sku, location, units, name, at)
        else:
            self.ledger.receive(self.sku, location, units, name, at)

    def count(self, location: str, found: int, name: str, at: datetime, minute: int) -> None:
        if minute <= self.counted[location]:
            with pytest.raises(InvalidInput, match="is in that count"):
                self.ledger.count(self.sku, location, found, at, name)
        else:
            self.ledger.count(self.sku, location, found, at, name)
            self.counted[location] = minute

    def write_down(self, minute: int) -> None:
        """Everything that was to be written down until now, the latest first."""
        due = [entry for entry in self.later if entry[0] <= minute]
        self.later = [entry for entry in self.later if entry[0] > minute]
        for _, enter in reversed(due):
            self.clock.minute = minute
            enter()


class Clock:
    """Stands in for the class `datetime` in the ledger: it is `minute` minutes past an hour ago."""

    minute = 0

    def at(self, minute: int) -> datetime:
        return NOW - timedelta(hours=1) + timedelta(minutes=minute)

    def now(self, zone: object) -> datetime:
        return self.at(self.minute)
