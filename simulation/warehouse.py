"""The warehouse of a merchant who has no ERP: it ships what orders want and takes goods in, by the embedded ledger."""

import itertools
import random
from collections.abc import Callable, Sequence
from contextlib import suppress

from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import InvalidInput, TemporaryFailure
from simulation.book import Book

PLACE = "HAM"


class LedgerClerk:
    name = "warehouse"

    def __init__(self, bridge: Bridge, skus: Sequence[str], book: Book, seed: str, time: Callable[[], float]) -> None:
        self._bridge, self._ledger, self._skus, self._book = bridge, Ledger(bridge), list(skus), book
        self._chance, self._time, self._lines = random.Random(seed), time, itertools.count()

    def step(self) -> str:
        sku = self._chance.choice(self._skus)
        try:
            return self._receive(sku) if self._chance.random() < 0.35 else self._ship(sku)
        except (InvalidInput, TemporaryFailure) as refusal:  # cancelled a moment ago, or too much at once
            return f"refused: {refusal.reason}"

    def _receive(self, sku: str) -> str:
        units = self._chance.randint(2, 12)
        self._book.warehouse(sku, units, self._time())
        self._ledger.receive(sku, PLACE, units, f"receipt-{next(self._lines)}")
        return f"receive {units} {sku}"

    def _ship(self, sku: str) -> str:
        holds = self._bridge.stock.open_holds(sku)
        if not holds:
            return f"nothing to ship of {sku}"
        hold = self._chance.choice(holds)
        self._ledger.ship(hold["store"], hold["order"], sku, PLACE, 1, f"parcel-{next(self._lines)}")
        return f"ship 1 {sku} for {hold['store']} {hold['order']}"

    def count_all(self) -> str:
        """A bulk update: everything is counted, and here and there a unit more is found."""
        for sku in self._skus:
            found = self._chance.choice([0, 0, 1])
            level = self._bridge.stock.level(sku)
            with suppress(InvalidInput, TemporaryFailure):
                units = level.on_hand.get(PLACE, 0) + found
                self._ledger.count(sku, PLACE, units, None, f"count-{next(self._lines)}")
                self._book.warehouse(sku, found, self._time())
        return f"counted {len(self._skus)} SKUs"

    def put(self, sku: str, units: int) -> None:
        """So many units come in; for the measurement at the end."""
        self._book.warehouse(sku, units, self._time())
        self._ledger.receive(sku, PLACE, units, f"receipt-{next(self._lines)}")
