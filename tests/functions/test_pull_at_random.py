"""Orders, people in the ERP, faults and pulls in any order: in the end our numbers are the ERP's, unit by unit."""

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from local.erp.documents import Refused
from local.erp.faults import Fault
from orderbridge.bridge import Bridge
from orderbridge.operations import brake, quarantine
from orderbridge.sweeping import sweep
from tests.merchant import STORE, Merchant, merchant
from tests.orders import ordered
from tests.resources import Aws

MUG = "HP-MUG-01"
PLACES = ("HAM", "SZX")
HOUR = timedelta(hours=1)
COMMON = (Fault.UNAVAILABLE, Fault.UNREACHED, Fault.LOST, Fault.HALF, Fault.TORN, Fault.EMPTY, Fault.SHIPPED)
FAULTS: Mapping[Fault, float] = dict.fromkeys(COMMON, 0.05)


@pytest.fixture
def shop(aws: Aws) -> Iterator[Merchant]:
    with merchant(Bridge(aws.settings), {MUG: 10}) as made:
        made.pull()
        yield made


@dataclass
class Life:
    """Things that happen, one at a time; each method is one of them."""

    shop: Merchant
    chance: random.Random
    hours: int = 0
    sold: int = 0
    documents: list[str] = field(default_factory=list)
    parcels: list[str] = field(default_factory=list)
    late: dict[str, int] = field(default_factory=dict)

    def go_on(self) -> None:
        happenings: tuple[Callable[[int, str], None], ...] = (
            *(self.sell, self.sell_unheard, self.hear, self.ship, self.ship, self.reverse),
            *(self.receive, self.count, self.promise, self.pull, self.pull),
        )
        self.chance.choice(happenings)(self.chance.randint(1, 2), self.chance.choice(PLACES))

    def sell(self, units: int, place: str) -> None:
        self.sold += 1
        self.documents.append(self.shop.sell(f"{self.sold}", {MUG: units}, self.chance.choice(("*", place))))

    def sell_unheard(self, units: int, place: str) -> None:
        """The ERP knows an order that has not reached us."""
        self.sold += 1
        self.documents.append(self.shop.document(f"{self.sold}", {MUG: units}))
        self.late[f"{self.sold}"] = units

    def hear(self, units: int, place: str) -> None:
        if self.late:
            order, wanted = self.late.popitem()
            ordered(self.shop.bridge.orders, STORE, order, {MUG: wanted})

    def ship(self, units: int, place: str) -> None:
        if self.documents:
            self._try(lambda: self.shop.erp.office.ship(self.chance.choice(self.documents), MUG, units, place))

    def reverse(self, units: int, place: str) -> None:
        if self.parcels:
            self._try(lambda: self.shop.erp.office.reverse(self.chance.choice(self.parcels)))

    def receive(self, units: int, place: str) -> None:
        self.shop.erp.office.receive(MUG, place, units)

    def count(self, units: int, place: str) -> None:
        self.shop.erp.office.count(MUG, place, units)

    def promise(self, units: int, place: str) -> None:
        self.shop.erp.office.promise("a walk-in customer", MUG, place, units)

    def pull(self, units: int, place: str) -> None:
        self.hours += 1
        self.shop.pull(self.hours * HOUR, full=units == 1, budget=0)
        sweep(self.shop.bridge)
        for stopped in self.shop.bridge.brakes.stopped():  # a list without any SKU
            brake.discard(self.shop.bridge, stopped.run, "Ada", "the ERP was being restarted")

    def come_to_an_end(self) -> None:
        self.shop.erp.faults.shares = {}
        while self.late:
            self.hear(0, "")
        sweep(self.shop.bridge)
        self.shop.pull((self.hours + 10) * HOUR, full=True)  # a feed that lacked rows is made good in the night
        self.shop.settle((self.hours + 20) * HOUR)
        sweep(self.shop.bridge)

    def _try(self, act: Callable[[], str]) -> None:
        """What the ERP refuses has not happened."""
        with suppress(Refused):
            self.parcels.append(act())


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_in_whatever_order(shop: Merchant, seed: int) -> None:
    life = Life(shop, random.Random(seed))
    for n in range(60):
        shop.erp.faults.shares = FAULTS if n % 2 else {}
        life.go_on()
    life.come_to_an_end()
    level, office = shop.bridge.stock.level(MUG), shop.erp.office
    orders = [shop.bridge.orders.load(STORE, str(n + 1)) for n in range(life.sold)]
    waiting = sum(sum(order.holds.values()) - sum(order.shipped.values()) for order in orders if order)
    shipped = -sum(move.quantity for move in office.shipments(MUG))
    assert level.balance() == shop.on_shelf(MUG) - sum(office.promised(MUG, "orderbridge").values()) - waiting
    assert [sum(level.shipped.values()), sum(level.counted.values())] == [shipped, shipped]
    assert quarantine.listed(shop.bridge) == []
