"""The tables as a machine, with the embedded ledger: receipts, counts, shipments, reversals, told again and again."""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from local.engine import Engine
from orderbridge.erps.ledger import Ledger
from tests.resources import Maker
from tests.stateful.buyers import PART, PICK, UNITS
from tests.stateful.runs import run
from tests.stateful.tables import Key, Tables, in_engine, in_memory


class LedgerTables(Tables):
    """`told`: every entry that was made, to be made again; `parcels`: order, SKU and units of each."""

    def __init__(self) -> None:
        super().__init__()
        self.on_hand = Counter[str]()
        self.ledger = Ledger(self.bridge)
        self.told: list[Callable[[], bool]] = []
        self.parcels: list[tuple[Key, str, int]] = []

    @rule(sku=PART, units=st.integers(1, 20))
    def receive(self, sku: str, units: int) -> None:
        reference = f"receipt-{len(self.told)}"
        self.enter(lambda: self.ledger.receive(sku, "HAM", units, reference))
        self.on_hand[sku] += units

    @rule(sku=PART, units=st.integers(0, 20))
    def count(self, sku: str, units: int) -> None:
        reference = f"count-{len(self.told)}"
        self.enter(lambda: self.ledger.count(sku, "HAM", units, None, reference))
        self.on_hand[sku] = units

    @precondition(lambda self: self.stored)
    @rule(pick=PICK, sku=PART, units=UNITS)
    def ship(self, pick: int, sku: str, units: int) -> None:
        """Maybe more than the order wants, maybe after it was cancelled: people do that."""
        self._ship(sorted(self.stored)[pick % len(self.stored)], sku, units)

    @precondition(lambda self: self.parcels)
    @rule(pick=PICK)
    def take_back(self, pick: int) -> None:
        key, sku, units = self.parcels.pop(pick % len(self.parcels))
        self._ship(key, sku, -units)

    @precondition(lambda self: self.told)
    @rule(pick=PICK)
    def tell_again(self, pick: int) -> None:
        assert not self.told[pick % len(self.told)](), "told twice, entered twice"

    def _ship(self, key: Key, sku: str, units: int) -> None:
        reference = f"parcel-{len(self.told)}"
        self.enter(lambda: self.ledger.ship(*key, sku, "HAM", units, reference, beyond=True))
        self.left[key, sku] += units
        self.on_hand[sku] -= units
        if units > 0:
            self.parcels.append((key, sku, units))

    def enter(self, entry: Callable[[], bool]) -> None:
        assert entry()
        self.told.append(entry)

    def stock_is_right(self, sku: str, row: Mapping[str, Any]) -> None:
        assert row.get("on_hand#HAM", 0) == self.on_hand[sku]
        assert row.get("counted#*", 0) == row.get("shipped#*", 0)

    def shelf(self, sku: str) -> int:
        return self.on_hand[sku]


class InMemory(LedgerTables):
    fresh = staticmethod(in_memory)


def test_ledger_tables_in_memory() -> None:
    run(InMemory, examples=60, steps=50)


def test_ledger_tables_in_the_engine(engine: Engine) -> None:
    class InEngine(LedgerTables):
        fresh = partial(in_engine, engine, Maker(engine.url))

    run(InEngine, examples=8, steps=30, shrink=False)
