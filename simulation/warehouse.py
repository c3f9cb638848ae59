"""The warehouse: ships what orders want and takes goods in, as the seed decides; what comes in goes into the book."""

import random
from collections.abc import Callable, Sequence

from simulation.book import Book
from simulation.erp import ErpProcess

PLACE = "HAM"
# How often each thing is done, against each other.
_DOINGS = {"ship": 60, "receive": 30, "take_back": 3, "promise": 3, "find": 4}


class Clerk:
    """Works in the ERP. `skus` are those that lie on shelves: no kits."""

    name = "warehouse"

    def __init__(self, erp: ErpProcess, skus: Sequence[str], book: Book, seed: str, time: Callable[[], float]) -> None:
        self.erp, self.skus = erp, list(skus)
        self._book, self._chance, self._time = book, random.Random(seed), time

    def step(self) -> str:
        sku = self._chance.choice(self.skus)
        match self._chance.choices(list(_DOINGS), list(_DOINGS.values()))[0]:
            case "receive":
                return self.put(sku, self._chance.randint(2, 12))
            case "find":
                return self._find(sku, 1)
            case "promise":
                self._book.warehouse(sku, -1, self._time())
                return str(self.erp.ask("promise", sku=sku))
            case "take_back":
                return str(self.erp.ask("take_back"))
        return str(self.erp.ask("ship", sku=sku))

    def count_all(self) -> str:
        """A bulk update: everything is counted, and here and there a unit more is found."""
        for sku in self.skus:
            self._find(sku, self._chance.choice([0, 0, 1]))
        return f"counted {len(self.skus)} SKUs"

    def put(self, sku: str, units: int) -> str:
        """So many units come in. The book is told first: nobody can sell them before they are there."""
        self._book.warehouse(sku, units, self._time())
        return str(self.erp.ask("receive", sku=sku, units=units))

    def _find(self, sku: str, units: int) -> str:
        self._book.warehouse(sku, units, self._time())
        return str(self.erp.ask("find", sku=sku, units=units))
