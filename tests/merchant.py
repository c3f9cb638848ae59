"""A merchant with the demo ERP: both sides of it, and what is true of a SKU whatever has happened."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from local.erp.documents import Line
from local.erp.erp import DemoErp
from orderbridge.bridge import Bridge
from orderbridge.pulling import Pulled, pull
from orderbridge.stock import ANY
from orderbridge.tables.control import PULL, Todo
from tests.orders import ordered

STORE = "shop"


@dataclass
class Merchant:
    bridge: Bridge
    erp: DemoErp

    def sell(self, order: str, units: Mapping[str, int], pool: str = ANY) -> str:
        """An order of ours that the ERP has as well; returns its document."""
        ordered(self.bridge.orders, STORE, order, units, pool)
        return self.document(order, units, pool)

    def document(self, order: str, units: Mapping[str, int], pool: str = ANY) -> str:
        lines = [Line(sku, n, None if pool == ANY else pool) for sku, n in units.items()]
        return self.erp.office.create("orderbridge", f"{STORE}/{order}", lines, 1, {}).id

    def pull(self, later: timedelta = timedelta(0), *, full: bool = False, budget: float = 20) -> Pulled:
        """One invocation, `later` than now."""
        return pull(self.bridge, budget, full=full, now=lambda: datetime.now(UTC) + later, sleep=lambda _: None)

    def settle(self, later: timedelta = timedelta(0)) -> None:
        """Pull until nothing is left to read."""
        for n in range(20):
            pulled = self.pull(later + timedelta(minutes=n))
            if pulled.outcome == "done" and not pulled.more and not self.todos():
                return
        raise AssertionError(f"there is still something to read: {self.todos()}")

    def todos(self) -> list[Todo]:
        return list(self.bridge.control.todos(PULL))

    def rest(self) -> None:
        """A minute passes at the ERP: its feed, which tells of the last seconds once more, does not any more."""
        clock = self.erp.office.shelves.clock
        self.erp.office.shelves.clock = lambda: clock() + timedelta(minutes=1)

    def available(self, sku: str) -> int:
        return self.bridge.stock.level(sku).balance()

    def on_shelf(self, sku: str) -> int:
        return sum(self.erp.office.shelves.booked(sku, place) for place in self.erp.office.shelves.locations)


@contextmanager
def merchant(
    bridge: Bridge, stock: Mapping[str, int], locations: tuple[str, ...] = ("HAM", "SZX")
) -> Iterator[Merchant]:
    """So many of each SKU lie at the first location, and nothing was read yet."""
    with DemoErp(stock, locations) as erp:
        for sku, units in stock.items():
            erp.office.receive(sku, locations[0], units)
        bridge.vault.put_erp("demo", erp.credentials)
        bridge.control.save_erp("demo")
        yield Merchant(bridge, erp)
