"""A platform without HTTP: the bridge's side of one of the machine's shops, with faults, and with a life of its own."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from orderbridge.errors import TemporaryFailure
from orderbridge.http import Http
from orderbridge.model import Listing, Order, Store
from orderbridge.platforms.base import Cursor, Hint, Page, Platform
from orderbridge.platforms.listings import Outcome, RowResult, Shown, StockRow, WriteCall
from tests.stateful.town import Shop

Row = tuple[str, str]


class Nothing(BaseModel):
    """Credentials of a shop that asks for none."""


class Till(Platform):
    """Compares before it writes, and keeps what it answered under a key, as Shopify does.

    faults     of the coming calls: "" none, "down" nothing was done, "lost" done and not answered, "ignored" answered
               as done and not done
    meanwhile  called before each of the coming calls
    offered    called with SKU and quantity when a quantity is taken from us
    """

    name: ClassVar[str] = "model"
    COMPARE_AND_SET: ClassVar[bool] = True
    STOCK_BATCH: ClassVar[int] = 2

    def __init__(self, store: Store, shop: Shop, offered: Callable[[Shop, str, int], None]) -> None:
        super().__init__(store, Nothing(), Http(store.url, store.platform, store.id))
        self.of, self.offered = shop, offered
        self.faults, self.meanwhile = deque[str](), deque[Callable[[], Any]]()
        self.blurred = set[str]()  # SKUs of which nobody can tell any more what was sold
        self._answers: dict[str, dict[Row, RowResult]] = {}

    def fetch(self, order_id: str) -> Order | None:
        sale = self.of.sales[order_id]
        return None if sale.gone else sale.states[-1].document

    def orders_since(self, cursor: Cursor) -> Page[Order | Hint]:
        return Page([sale.states[-1].document for sale in self.of.sales.values() if not sale.gone])

    def stock_calls(self, rows: Sequence[StockRow], push_id: str) -> list[WriteCall]:
        pairs = [rows[at : at + self.STOCK_BATCH] for at in range(0, len(rows), self.STOCK_BATCH)]
        return [
            WriteCall(
                "/stock",
                json.dumps([[row.listing.sku, row.quantity, row.expected] for row in pair]),
                f"{push_id}-{n}",
                tuple(row.key for row in pair),
            )
            for n, pair in enumerate(pairs)
        ]

    def push_stock(self, call: WriteCall) -> dict[Row, RowResult]:
        fault = self._called()
        if fault == "down":
            raise TemporaryFailure("down")
        answer = self._take(call, ignore=fault == "ignored")
        if fault == "lost":
            raise TemporaryFailure("no answer")
        return answer

    def read_listings(self, listings: Sequence[Listing]) -> dict[Row, Shown]:
        if self._called() in ("down", "lost"):
            raise TemporaryFailure("down")
        return {(listing.item_id, ""): Shown(self.of.shows[listing.sku]) for listing in listings}

    def _called(self) -> str:
        if self.meanwhile:
            self.meanwhile.popleft()()
        return self.faults.popleft() if self.faults else ""

    def _take(self, call: WriteCall, *, ignore: bool) -> dict[Row, RowResult]:
        if self.COMPARE_AND_SET and call.key in self._answers:
            return self._answers[call.key]  # done already, whatever it says now
        answer: dict[Row, RowResult] = {}
        for row, (sku, quantity, expected) in zip(call.rows, json.loads(call.request), strict=True):
            answer[row] = RowResult(self._one(sku, quantity, expected, ignore=ignore))
        self._answers[call.key] = answer
        return answer

    def _one(self, sku: str, quantity: int, expected: int | None, *, ignore: bool) -> Outcome:
        if self.COMPARE_AND_SET and expected != self.of.shows[sku]:
            return Outcome.STALE
        if ignore:
            self.blurred.add(sku)
        else:
            self.offered(self.of, sku, quantity)
            self.of.shows[sku] = quantity
        return Outcome.ACCEPTED


class Overwriting(Till):
    """Compares nothing and keeps nothing, as WooCommerce."""

    COMPARE_AND_SET: ClassVar[bool] = False
