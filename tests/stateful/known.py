"""Our side without tables: what the rules make of documents and shipments, one after the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from orderbridge import orders
from orderbridge.model import Kit, Order, Store
from orderbridge.orders import StoredOrder, Verdict
from orderbridge.stock import ANY, Level

K = TypeVar("K")


@dataclass
class Known:
    """`fetch` asks the shop for an order as it is now."""

    stores: Mapping[str, Store]
    kits: Mapping[str, Kit]
    fetch: Callable[[str, str], Order]
    orders: dict[tuple[str, str], StoredOrder] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=dict)

    def take(self, order: Order, *, fetched: bool = False) -> Verdict:
        """Rule 1."""
        stored = self.orders.get((order.store, order.id))
        verdict = orders.judge(stored.order if stored else None, order, fetched=fetched)
        if verdict is Verdict.UNSETTLED:
            return self.take(self.fetch(order.store, order.id), fetched=True)
        if verdict in (Verdict.NEW, Verdict.NEWER):
            skus = {line.id: line.sku for line in order.lines}
            packed = orders.packing(stored, skus.values(), self.kits)
            wants = orders.wants(order, self.stores[order.store], skus, packed)
            shipped = stored.shipped if stored else {}
            holds = orders.holds(wants, shipped)
            after = StoredOrder(order, 0, wants, holds, shipped, *orders.sold(order, skus), packed=packed)
            self._count(order.store, stored or StoredOrder(order, 0), after)
            self.orders[order.store, order.id] = after
        return verdict

    def ship(self, key: tuple[str, str], sku: str, units: int) -> None:
        """Rule 2, with the embedded ledger's part (rule 4): gone from the shelf at once."""
        stored = self.orders[key]
        shipped = {**stored.shipped, (sku, ANY): stored.shipped.get((sku, ANY), 0) + units}
        after = replace(stored, shipped=shipped, holds=orders.holds(stored.wants, shipped))
        self._count(key[0], stored, after)
        self.orders[key] = after
        self.add(sku, on_hand=-units, shipped=units, counted=units)

    def add(self, sku: str, **numbers: int) -> None:
        """To a level's `wanted`, `shipped` and `counted` of any pool, and to what lies in the one location."""
        level = self.levels.get(sku, Level(sku))
        for name, units in numbers.items():
            level = _plus(level, name, "HAM" if name == "on_hand" else ANY, units)
        self.levels[sku] = level

    def _count(self, store: str, before: StoredOrder, after: StoredOrder) -> None:
        for (sku, _), units in _minus(after.holds, before.holds).items():
            self.add(sku, wanted=units)
        for sku, units in [*_minus(after.sold, before.sold).items(), *_minus(before.back, after.back).items()]:
            self._moved(store, sku, units)

    def _moved(self, store: str, sku: str, units: int) -> None:
        """The shop took units, or got them back."""
        level = self.levels.get(sku, Level(sku))
        self.levels[sku] = _plus(level, "sold" if units > 0 else "back", store, abs(units))


def _plus(level: Level, name: str, key: str, units: int) -> Level:
    numbers = getattr(level, name)
    more: dict[str, Any] = {name: {**numbers, key: numbers.get(key, 0) + units}}
    return replace(level, **more)


def _minus(after: Mapping[K, int], before: Mapping[K, int]) -> dict[K, int]:
    return {key: after.get(key, 0) - before.get(key, 0) for key in after.keys() | before.keys()}
