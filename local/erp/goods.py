"""What the demo ERP knows of its goods beside their stock: price lists and product data, and a feed of what changed."""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from local.erp.documents import Refused
from local.erp.stock import Changed

Row = dict[str, Any]


@dataclass
class Card:
    """One SKU; `revision` rises with every change of its prices, `edition` with those of the rest. `prices` are rows of
    the lists by (currency, store or None), amounts as people typed them: the ERP does not look at them."""

    prices: dict[tuple[str, str | None], Row] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    barcode: str = ""
    grams: int | None = None
    revision: int = 1
    edition: int = 1


class Cards:
    """`late` seconds that a row of the feed may take to be seen, as in `Shelves`."""

    def __init__(self, skus: Iterable[str], clock: Callable[[], datetime], seed: int) -> None:
        self.clock, self.late = clock, 0.0
        self.cards = {sku: Card() for sku in skus}
        self.feed: list[Changed] = []
        self._random = random.Random(seed)

    def price(self, sku: str, currency: str, price: str, store: str | None = None, **more: Any) -> None:
        """Write a row of the price list; `more` is compare_at, sale, sale_from, sale_until."""
        card = self._card(sku)
        card.prices[currency, store] = {"currency": currency, "store": store, "price": price, **more}
        card.revision += 1
        self._note(sku)

    def end_price(self, sku: str, currency: str, store: str | None = None) -> None:
        card = self._card(sku)
        card.prices.pop((currency, store), None)
        card.revision += 1
        self._note(sku)

    def describe(
        self, sku: str, names: Mapping[str, str], barcode: str | None = None, grams: int | None = None
    ) -> None:
        """What is None stays as it was."""
        card = self._card(sku)
        card.names = {**card.names, **names}
        card.barcode = card.barcode if barcode is None else barcode
        card.grams = card.grams if grams is None else grams
        card.edition += 1
        self._note(sku)

    def quoted(self, sku: str) -> Row:
        card = self.cards[sku]
        return {"sku": sku, "revision": card.revision, "prices": list(card.prices.values())}

    def described(self, sku: str) -> Row:
        card = self.cards[sku]
        said = {"names": card.names, "barcode": card.barcode, "grams": card.grams}
        return {"sku": sku, "revision": card.edition, **said}

    def changes(self, after: int, limit: int) -> tuple[list[Changed], bool]:
        """Rows of the feed behind an id that can be seen by now, and whether there are more."""
        now = self.clock()
        rows = list(islice((row for row in islice(self.feed, after, None) if row.seen <= now), limit + 1))
        return rows[:limit], len(rows) > limit

    def _card(self, sku: str) -> Card:
        if sku not in self.cards:
            raise Refused(422, "unknown", f"Product {sku} does not exist.")
        return self.cards[sku]

    def _note(self, sku: str) -> None:
        now = self.clock()
        seen = now + timedelta(seconds=self._random.uniform(0, self.late))
        self.feed.append(Changed(len(self.feed) + 1, now, sku, seen))
