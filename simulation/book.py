"""What is really there: the book of somebody who sees every shop and the warehouse at once, as nobody does in life.

From it the simulation knows when a SKU sold out, when the last shop heard of it, and which units were sold although
there were none: those sold before a shop could hear of the sell-out are in flight and nobody's fault, those sold after
our zero had reached that very shop are `beyond`.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

KEPT = 20_000  # samples
_RECENT = 50


@dataclass(frozen=True)
class Beyond:
    """Units of a SKU that a shop sold after it had heard of the sell-out.

    since   when we wrote the quantity that it sold from
    fell    when the warehouse last had less of it by another way than our orders
    before  (store, order) of the sales until then
    """

    sku: str
    store: str
    order: str
    units: int
    since: float
    fell: float
    before: tuple[tuple[str, str], ...]


@dataclass
class _Shelf:
    """One listing of one shop: when our zero last reached it, when more did, and what the shop itself put on sale again
    since."""

    zero_at: float = -1.0
    raised_at: float = -1.0
    put_back: int = 0


@dataclass
class Book:
    """
    stores    store -> SKUs that it offers
    shows     units of a SKU that a store's own shelf shows
    left      SKU -> units on hand that no order wants; below zero they were sold and do not exist
    oversold  units sold below zero
    latencies seconds from a sell-out to zero on every shop that offers the SKU
    """

    stores: Mapping[str, set[str]]
    shows: Callable[[str, str], int]
    left: Counter[str] = field(default_factory=Counter)
    oversold: int = 0
    beyond: list[Beyond] = field(default_factory=list)
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT))
    writes: int = 0
    _out_at: dict[str, float] = field(default_factory=dict)
    _waiting: dict[str, set[str]] = field(default_factory=dict)
    _shelves: dict[tuple[str, str], _Shelf] = field(default_factory=dict)
    _fell: dict[str, float] = field(default_factory=dict)
    _recent: dict[str, deque[tuple[str, str]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def warehouse(self, sku: str, units: int, at: float) -> None:
        """Units came in, or a count found so many more or less."""
        with self._lock:
            if units < 0:
                self._fell[sku] = at
            self._change(sku, units, at)

    def sold(self, store: str, order: str, listed: str, parts: Mapping[str, int], at: float) -> None:
        """An order wants these SKUs: the parts of what is listed, which is the SKU itself if it is no kit."""
        with self._lock:
            for sku, units in parts.items():
                short = min(units, max(0, units - self.left[sku]))
                if short:
                    self.oversold += short
                    self._judge(store, order, listed, sku, short)
                self._recent.setdefault(sku, deque(maxlen=_RECENT)).append((store, order))
                self._change(sku, -units, at)
            if not self.shows(store, listed):
                self._heard(store, listed, at)

    def given_back(self, store: str, listed: str, parts: Mapping[str, int], on_sale: int, at: float) -> None:
        """Orders want less; the shop put `on_sale` of the listing's units on sale again."""
        with self._lock:
            self._shelves.setdefault((store, listed), _Shelf()).put_back += on_sale
            for sku, units in parts.items():
                self._change(sku, units, at)

    def told(self, store: str, listed: str, quantity: int, at: float) -> None:
        """A quantity that we wrote is on the shop's shelf."""
        with self._lock:
            self.writes += 1
            if quantity == 0:
                self._shelves[store, listed] = _Shelf(at)
                self._heard(store, listed, at)
            else:
                self._shelves.setdefault((store, listed), _Shelf()).raised_at = at

    def _change(self, sku: str, units: int, at: float) -> None:
        before = self.left[sku]
        self.left[sku] += units
        if before > 0 >= self.left[sku]:
            self._out_at[sku] = at
            self._waiting[sku] = {
                store for store, skus in self.stores.items() if sku in skus and self.shows(store, sku)
            }
        elif before <= 0 < self.left[sku]:
            self._out_at.pop(sku, None)
            self._waiting.pop(sku, None)

    def _heard(self, store: str, sku: str, at: float) -> None:
        waiting = self._waiting.get(sku)
        if waiting and store in waiting:
            waiting.remove(store)
            if not waiting:
                self.latencies.append(at - self._out_at[sku])

    def _judge(self, store: str, order: str, listed: str, sku: str, short: int) -> None:
        shelf = self._shelves.get((store, listed), _Shelf())
        heard = sku in self._out_at and shelf.zero_at > self._out_at[sku]
        if heard and shelf.put_back < short:
            known = shelf.raised_at, self._fell.get(sku, -1.0), tuple(self._recent.get(sku, ()))
            self.beyond.append(Beyond(sku, store, order, short, *known))
        shelf.put_back = max(0, shelf.put_back - short)
