"""An ERP without HTTP: shelves, documents and people who move things while it is being read."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from orderbridge.bridge import Bridge
from orderbridge.erps.base import Changes, Erp, Posted
from orderbridge.errors import TemporaryFailure
from orderbridge.movements import Kind, Movement

PARTS = ("A", "B")
Pair = tuple[int, int]


class Warehouse(Erp):
    """It posts a line and takes the units from the shelf at once.

    meanwhile  called before each of the coming calls
    faults     of the coming calls: "" none, "down", "silent" the answer lacks a SKU
    instants   SKU -> every (units on hand, units shipped for our orders) that there ever was
    """

    name: ClassVar[str] = "model"

    def __init__(self, bridge: Bridge, clock: Callable[[], datetime]) -> None:
        super().__init__(bridge)
        self.clock = clock
        self.on_shelf = Counter[str]()
        self.lines: dict[str, list[Movement]] = {sku: [] for sku in PARTS}
        self.feed: list[str] = []
        self.instants: dict[str, list[Pair]] = {sku: [(0, 0)] for sku in PARTS}
        self.meanwhile, self.faults = deque[Callable[[], Any]](), deque[str]()

    def move(self, sku: str, units: int) -> None:
        """Goods in, or sold over the counter (less than 0)."""
        self.on_shelf[sku] += units
        self._noted(sku)

    def ship(self, key: tuple[str, str], sku: str, units: int) -> None:
        """For one of our orders; less than 0 takes it back."""
        at, n, (store, order) = self.clock(), len(self.lines[sku]), key
        self.lines[sku].append(
            Movement(sku, "HAM", Kind.SHIPMENT, -units, f"m{n}", at, at, store=store, order=order, line="1")
        )
        self.move(sku, -units)

    def _noted(self, sku: str) -> None:
        self.feed.append(sku)
        self.instants[sku].append((self.on_shelf[sku], -sum(line.units for line in self.lines[sku])))

    # What the bridge asks

    def posted(self, skus: Iterable[str]) -> dict[str, Posted]:
        return {sku: Posted(frozenset(self.lines[sku])) for sku in self._answered(skus)}

    def on_hand(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        return {sku: {"HAM": self.on_shelf[sku]} for sku in self._answered(skus)}

    def promised(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        return {sku: {"HAM": 0} for sku in self._answered(skus)}

    def changed(self, since: str) -> Changes:
        self._called()
        return Changes(frozenset(self.feed[int(since) :] if since else []), str(len(self.feed)))

    def skus(self, after: str) -> Changes:
        return Changes(frozenset(PARTS), "")

    def _called(self) -> str:
        if self.meanwhile:
            self.meanwhile.popleft()()
        fault = self.faults.popleft() if self.faults else ""
        if fault == "down":
            raise TemporaryFailure("down", platform=self.name)
        return fault

    def _answered(self, skus: Iterable[str]) -> list[str]:
        return sorted(skus)[self._called() == "silent" :]
