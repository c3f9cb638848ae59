"""Buyers and staff of one shop, of whim: the seed decides what they do, one thing in each `step`."""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal

from local.shops.sales import Line, Sale, ShopRefuses
from local.shops.shop import Shop
from local.shops.woocommerce import WooShop
from simulation.book import Book

_KNOWN = 60  # orders that somebody may still come back to
# How often each thing is done with an order that is there, against each other.
_DOINGS = {"pay": 6, "edit": 8, "cancel": 8, "refund": 8, "fulfil": 10, "delete": 1, "status": 3, "hold": 3}
_DOINGS |= {"release": 4, "reopen": 2, "deliver": 3, "open_return": 3, "close_return": 2, "exchange": 1}

Parts = Mapping[str, Mapping[str, int]]  # listed SKU -> stocked SKU -> units in one


class People:
    """
    orders  how many they will place
    placed  how many they have
    parts   what each listed SKU is made of; the first SKUs are bought most
    buys    share of what they do that is a new order
    """

    def __init__(
        self,
        shop: Shop,
        orders: int,
        parts: Parts,
        book: Book,
        seed: str,
        time: Callable[[], float],
        buys: float,
    ) -> None:
        self.shop, self.orders, self.placed, self.refused, self.name = shop, orders, 0, 0, shop.name
        self._buys = buys
        self._parts, self._book, self._time, self._chance = parts, book, time, random.Random(seed)
        self._skus, self._known = list(parts), deque[str](maxlen=_KNOWN)
        self._weights = [1 / (n + 1 + len(self._skus) / 10) for n in range(len(self._skus))]

    @property
    def done(self) -> bool:
        return self.placed >= self.orders

    def step(self) -> str:
        """One thing, in words. The shop may refuse: sold out, too late to cancel; people live with it."""
        try:
            if not self._known or self._chance.random() < self._buys:
                return self._buy()
            doing = self._chance.choices(list(_DOINGS), list(_DOINGS.values()))[0]
            return self._come_back(doing, self._chance.choice(self._known))
        except ShopRefuses as refusal:
            self.refused += 1
            return f"refused: {refusal}"

    def _buy(self) -> str:
        chance = self._chance
        basket = {sku: chance.choice([1, 1, 1, 2, 3]) for sku in self._some(chance.choice([1, 1, 1, 2, 3]))}
        paid, test = chance.random() < 0.9, chance.random() < 0.01
        discount = Decimal(chance.choice([0, 0, 0, 2]))
        with self.shop.lock:
            order = self.shop.sell_basket(basket, paid=paid, test=test, discount=discount)
            if not test:
                for sku, units in basket.items():
                    self._book.sold(self.name, order, sku, self._made_of(sku, units), self._time())
        self.placed += 1
        self._known.append(order)
        return f"order {order} {basket}"

    def _come_back(self, doing: str, order: str) -> str:
        with self._noting(order) as sale:
            self._doings(order, sale)[doing]()
        return f"{doing} {order}"

    def _doings(self, order: str, sale: Sale) -> dict[str, Callable[[], object]]:
        """Whatever may happen to an order; its buyer, the shop's staff and the carrier take turns."""
        shop, chance = self.shop, self._chance
        one = chance.choice([line.listing.product.sku for line in sale.lines] or self._skus)
        other, units, some = self._some(1)[0], chance.randint(0, 3), chance.choice([0, 1])
        restock, status = chance.random() < 0.6, chance.choice(["on-hold", "processing", "completed"])
        last = str(sale.returns[-1].id) if sale.returns else ""
        return {
            "pay": lambda: shop.pay(order),
            "edit": lambda: shop.edit(order, other, units),
            "cancel": lambda: shop.cancel(order, restock=restock),
            "refund": lambda: shop.refund(order, quantity=some, restock=restock),
            "fulfil": lambda: shop.fulfil(order, quantity=some),
            "delete": lambda: shop.delete(order),
            "status": lambda: shop.set_status(order, status) if isinstance(shop, WooShop) else None,
            "hold": lambda: shop.hold(order),
            "release": lambda: shop.release(order),
            "reopen": lambda: shop.reopen(order),
            "deliver": lambda: shop.deliver(order),
            "open_return": lambda: shop.open_return(order, one),
            "close_return": lambda: shop.close_return(order, last),
            "exchange": lambda: shop.exchange(order, one, 1, other),
        }

    def buy_out(self, sku: str) -> str:
        """One order of all that the shop shows of a SKU."""
        with self.shop.lock:
            units = self.shop.listing(sku).available
            order = self.shop.sell(sku, units)
            self._book.sold(self.name, order, sku, self._made_of(sku, units), self._time())
        return order

    @contextmanager
    def _noting(self, order: str) -> Iterator[Sale]:
        """What the order wants more or less goes into the book, and what the shop puts on sale again."""
        with self.shop.lock:
            sale = self.shop.sale(order)
            before, shelves = self._wants(sale), _shelves(sale)
            try:
                yield sale
            finally:
                after = self._wants(sale)
                for sku in sorted(before.keys() | after.keys()):
                    units = after[sku] - before[sku]
                    on_sale = self.shop.listing(sku).available - shelves[sku] if sku in shelves else 0
                    if units > 0:
                        self._book.sold(self.name, order, sku, self._made_of(sku, units), self._time())
                    elif units or on_sale > 0:
                        less = self._made_of(sku, -units)
                        self._book.given_back(self.name, sku, less, max(0, on_sale), self._time())

    def _wants(self, sale: Sale) -> Counter[str]:
        """Listed SKU -> units that the buyer still wants or already got."""
        gone = sale.cancelled_at is not None or sale.deleted
        wanted = Counter[str]()
        for line in sale.lines if not sale.test else ():
            left, still = (
                _of_woo(sale, line) if isinstance(self.shop, WooShop) else (sale.shipped(line), sale.open(line))
            )
            wanted[line.listing.product.sku] += left if gone else left + still
        return wanted

    def _some(self, number: int) -> Sequence[str]:
        return list(dict.fromkeys(self._chance.choices(self._skus, self._weights, k=number)))

    def _made_of(self, sku: str, units: int) -> dict[str, int]:
        return {part: each * units for part, each in self._parts[sku].items()}


def _of_woo(sale: Sale, line: Line) -> tuple[int, int]:
    """Units that left and that are still to leave: WooCommerce has no parcels, an order is completed as a whole, and
    what was refunded before that never leaves."""
    done = sale.completed_at
    early = [refund for refund in sale.refunds if not (done and refund.at >= done)]
    wanted = line.quantity - sum(row.quantity for refund in early for row in refund.lines if row.line is line)
    return (wanted, 0) if done else (0, wanted)


def _shelves(sale: Sale) -> dict[str, int]:
    return {line.listing.product.sku: line.listing.available for line in sale.lines}
