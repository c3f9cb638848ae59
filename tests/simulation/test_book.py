"""The book that knows better: what counts as in flight, what as sold beyond, and how long a sell-out takes."""

from collections import Counter

import pytest

from simulation.book import Book

CUP = "CUP"


class Shops:
    """What the two shops show on their shelves."""

    def __init__(self) -> None:
        self.units = Counter({"a": 1, "b": 1})
        self.book = Book({"a": {CUP}, "b": {CUP}}, lambda store, sku: self.units[store])
        self.book.warehouse(CUP, 1, 0.0)

    def sell(self, store: str, order: str, at: float) -> None:
        self.units[store] -= 1
        self.book.sold(store, order, CUP, {CUP: 1}, at)

    def tell(self, store: str, quantity: int, at: float) -> None:
        self.units[store] = quantity
        self.book.told(store, CUP, quantity, at)


@pytest.fixture
def shops() -> Shops:
    return Shops()


def test_a_sell_out_lasts_until_the_last_shop_shows_none(shops: Shops) -> None:
    shops.sell("a", "1", 10.0)
    assert not shops.book.latencies
    shops.tell("b", 0, 10.4)
    assert list(shops.book.latencies) == [pytest.approx(0.4)]


def test_what_another_shop_sells_before_it_hears_is_in_flight(shops: Shops) -> None:
    shops.sell("a", "1", 10.0)
    shops.sell("b", "2", 10.1)
    assert (shops.book.oversold, shops.book.beyond) == (1, [])


def test_what_a_shop_sells_after_it_heard_is_beyond(shops: Shops) -> None:
    shops.sell("a", "1", 10.0)
    shops.tell("b", 0, 10.4)
    shops.tell("b", 2, 11.0)  # wrong: nothing came in
    shops.sell("b", "2", 12.0)
    (beyond,) = shops.book.beyond
    assert (beyond.store, beyond.order, beyond.units, beyond.since) == ("b", "2", 1, 11.0)
    assert beyond.before == (("a", "1"),)


def test_what_the_shop_itself_put_back_is_its_own(shops: Shops) -> None:
    shops.sell("a", "1", 10.0)
    shops.sell("b", "2", 10.1)
    shops.tell("b", 0, 10.4)
    shops.units["b"] = 1
    shops.book.given_back("b", CUP, {CUP: 1}, on_sale=1, at=11.0)
    shops.sell("b", "3", 11.1)
    assert (shops.book.oversold, shops.book.beyond) == (2, [])


def test_a_receipt_ends_the_sell_out(shops: Shops) -> None:
    shops.sell("a", "1", 10.0)
    shops.tell("b", 0, 10.4)
    shops.book.warehouse(CUP, 5, 11.0)
    shops.tell("b", 5, 11.2)
    shops.sell("b", "2", 12.0)
    assert (shops.book.oversold, shops.book.beyond) == (0, [])
