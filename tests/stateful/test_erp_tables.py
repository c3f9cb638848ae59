"""The tables as a machine, with an ERP that is read: it ships, receives, falls silent and moves while it is read."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from local.engine import Engine
from orderbridge.pulling import pull
from orderbridge.tables.items import Item
from tests.laws import scan
from tests.resources import Maker
from tests.stateful.buyers import PART, PICK, UNITS
from tests.stateful.runs import run
from tests.stateful.tables import Key, Tables, in_engine, in_memory
from tests.stateful.warehouse import PARTS, Warehouse

MOVES = st.lists(st.tuples(st.sampled_from(["ship", "receive", "sell"]), PICK, PART, UNITS), max_size=6)
SILENCES = st.lists(st.sampled_from(["", "", "", "down", "silent"]), max_size=6)


class ErpTables(Tables):
    def __init__(self) -> None:
        super().__init__()
        self.erp = self.bridge.remote = Warehouse(self.bridge, self.now)
        self.parcels: list[tuple[Key, str, int]] = []
        self.known = dict.fromkeys(PARTS, 0)  # units that we believe to lie there, those that left since apart

    @rule(sku=PART, units=st.integers(-3, 20))
    def move(self, sku: str, units: int) -> None:
        self.erp.move(sku, units)

    @precondition(lambda self: self.stored)
    @rule(pick=PICK, sku=PART, units=UNITS)
    def ship(self, pick: int, sku: str, units: int) -> None:
        """Maybe more than the order wants, maybe after it was cancelled: people do that."""
        key = sorted(self.stored)[pick % len(self.stored)]
        self.erp.ship(key, sku, units)
        self.parcels.append((key, sku, units))

    @precondition(lambda self: self.parcels)
    @rule(pick=PICK)
    def take_back(self, pick: int) -> None:
        key, sku, units = self.parcels.pop(pick % len(self.parcels))
        self.erp.ship(key, sku, -units)

    @rule(moves=MOVES, silences=SILENCES, full=st.booleans())
    def pull(self, moves: list[tuple[str, int, str, int]], silences: list[str], full: bool) -> None:
        """One thing may happen in the ERP before each of its answers."""
        self.erp.meanwhile.extend(partial(self._happen, *move) for move in moves)
        self.erp.faults.extend(silences)
        pull(self.bridge, 0.4, full=full, now=self.now, sleep=lambda _: None)
        self.erp.meanwhile.clear()
        self.erp.faults.clear()

    def _happen(self, what: str, pick: int, sku: str, units: int) -> None:
        if what == "ship" and self.stored:
            self.ship(pick, sku, units)
        else:
            self.erp.move(sku, -units if what == "sell" else units)

    def restock(self) -> None:
        for _ in range(3):
            self.second += 60  # the ERP was left alone for a while, and SKUs that could not be written wait
            pull(self.bridge, 0.4, now=self.now, sleep=lambda _: None)
        self.check()
        for sku in PARTS:
            assert self.known[sku] == self.erp.on_shelf[sku], f"{sku} is not as the ERP has it"

    def check(self) -> None:
        self.recorded([row for row in scan(self.bridge.stock.table) if row["sk"].startswith("SHIP#")])
        super().check()

    def recorded(self, rows: list[Item]) -> None:
        """Law 2: each line of the ERP at most once, as it was posted."""
        lines = {(line.sku, line.reference): line for sku in PARTS for line in self.erp.lines[sku]}
        self.left = Counter()
        for row in rows:
            sku = row["pk"][4:]
            line = lines.pop((sku, row["sk"].split("#")[2]))
            assert (row["store"], row["order"], row["quantity"]) == (line.store, line.order, -line.units)
            self.left[(line.store, line.order), sku] += row["quantity"]

    def stock_is_right(self, sku: str, row: Mapping[str, Any]) -> None:
        on_hand, counted = row.get("on_hand#HAM", 0), row.get("counted#*", 0)
        assert (on_hand, counted) in self.erp.instants[sku], f"{sku}: {on_hand} and {counted} never were together"
        self.known[sku] = on_hand + counted - row.get("shipped#*", 0)

    def shelf(self, sku: str) -> int:
        return self.known[sku]


class InMemory(ErpTables):
    fresh = staticmethod(in_memory)


def test_erp_tables_in_memory() -> None:
    run(InMemory, examples=60, steps=50)


def test_erp_tables_in_the_engine(engine: Engine) -> None:
    class InEngine(ErpTables):
        fresh = partial(in_engine, engine, Maker(engine.url))

    run(InEngine, examples=8, steps=30, shrink=False)
