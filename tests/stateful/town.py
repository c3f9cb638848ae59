"""What is true: shops that sell from a number of their own, orders that change, and a shelf. Knows nothing of us.

Every change of an order is a state with a version in whole seconds, so several states may have the same one. What a
state wants is counted here and not by the library.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from orderbridge.model import Order, OrderStatus
from tests.orders import ORDERED_AT, order_of


@dataclass(frozen=True)
class State:
    """An order as its shop had it once. `units`: listed SKU -> units that are wanted of us, kits as kits."""

    document: Order
    units: Mapping[str, int]


@dataclass
class Line:
    ordered: int
    cancelled: int = 0


@dataclass
class Sale:
    """One order of one shop. `states` oldest first; `gone`: the shop does not know it any more."""

    shop: "Shop"
    id: str
    test: bool
    paid: bool
    lines: dict[str, Line]
    states: list[State] = field(default_factory=list)
    gone: bool = False

    @property
    def key(self) -> tuple[str, str]:
        return self.shop.id, self.id

    def changed(self, second: int) -> State:
        """Write down how it is now."""
        plain = order_of(self.shop.id, self.id, {sku: line.ordered for sku, line in self.lines.items()})
        lines = tuple(
            line.model_copy(update={"cancelled": self.lines[line.sku].cancelled, "id": line.sku})
            for line in plain.lines
        )
        version = ORDERED_AT + timedelta(seconds=second)
        status = OrderStatus.OPEN if any(line.wanted for line in lines) else OrderStatus.CANCELLED
        update = {"lines": lines, "version": version, "status": status, "test": self.test, "deducted": self.paid}
        wanted = {} if self.test else {line.sku: line.wanted for line in lines}
        self.states.append(State(plain.model_copy(update=update), wanted))
        return self.states[-1]

    def place(self, document: Order) -> int:
        """Which of the states a document is, -1 if none; the last one where several say the same."""
        return max((n for n, state in enumerate(self.states) if state.document == document), default=-1)


@dataclass
class Shop:
    """`shows`: SKU -> units that a buyer can still buy here; `takes_at_order`: lowered at the order, not when paid."""

    id: str
    shows: dict[str, int]
    takes_at_order: bool = True
    sales: dict[str, Sale] = field(default_factory=dict)
    gave_back: set[str] = field(default_factory=set)

    def buy(self, sku: str, units: int, second: int, *, paid: bool = True, test: bool = False) -> State | None:
        """None when there is not so much to be bought."""
        taken = paid or self.takes_at_order
        if self.shows[sku] < units and taken:
            return None
        sale = Sale(self, str(len(self.sales) + 1), test, taken, {sku: Line(units)})
        self.sales[sale.id] = sale
        self.shows[sku] -= units if taken else 0
        return sale.changed(second)

    def pay(self, sale: Sale, second: int) -> State | None:
        if sale.paid or any(self.shows[sku] < line.ordered - line.cancelled for sku, line in sale.lines.items()):
            return None
        sale.paid = True
        for sku, line in sale.lines.items():
            self.shows[sku] -= line.ordered - line.cancelled
        return sale.changed(second)

    def add(self, sale: Sale, sku: str, units: int, second: int) -> State | None:
        """The buyer wants more, also of something else."""
        if sale.paid and self.shows[sku] < units:
            return None
        sale.lines.setdefault(sku, Line(0)).ordered += units
        self.shows[sku] -= units if sale.paid else 0
        return sale.changed(second)

    def cancel(self, sale: Sale, sku: str, units: int, second: int, *, restock: bool) -> State | None:
        """Units are not wanted any more; the shop may or may not put them on sale again."""
        line = sale.lines.get(sku)
        if line is None or line.ordered - line.cancelled < units:
            return None
        line.cancelled += units
        if sale.paid:
            self.gave_back.add(sku)
            self.shows[sku] += units if restock else 0
        return sale.changed(second)
