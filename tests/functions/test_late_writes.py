"""A platform that takes a number and shows it minutes later: it is told, left alone, read, and told again."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from orderbridge.errors import TemporaryFailure
from orderbridge.notifying import route
from orderbridge.operations import quarantine
from orderbridge.pushing import Served, serve
from orderbridge.shelves import UNSHOWN, UNSHOWN_WITH_WORDS, Shelf
from orderbridge.sweeping import sweep
from orderbridge.tables.control import LOOK, Todo, counterparty
from tests.bazaar import MARKET, SELLER, SETTLES, Market, connect, market
from tests.world import World

__all__ = ["market"]
SKU, WHO = "HP-MUG-01", counterparty("bazaar")
MINUTE = timedelta(minutes=1)


class Bench:
    """The bazaar's store, and our clock, which is the market's."""

    def __init__(self, world: World, market: Market) -> None:
        self.world, self.market = world, market

    def serve(self) -> Served:
        return serve(self.world.bridge, "bazaar", 20, lambda: self.market.now, rest=timedelta(0))

    def wait(self, time: timedelta) -> Served:
        self.market.pass_time(time)
        return self.serve()

    def change(self, units: int) -> Served:
        """Stock comes or goes elsewhere."""
        self.world.stock({SKU: units})
        self.world.publish()
        return self.serve()

    def hear(self, topic: str, **said: object) -> list[str]:
        """The market's bus tells something, and it is processed."""
        body = json.dumps({"topic": topic, "seller": SELLER, "market": MARKET, **said}).encode()
        route(self.world.bridge, "bazaar", body, datetime.now(UTC))
        outcomes = [done.outcome for done in self.world.process()]
        self.world.publish()
        return outcomes

    def asked(self) -> list[str]:
        """What the market was asked since the last time."""
        calls = self.market.calls.copy()
        self.market.calls.clear()
        return calls

    @property
    def todos(self) -> list[Todo]:
        return list(self.world.bridge.control.todos(WHO))

    @property
    def shelf(self) -> Shelf:
        (one,) = self.world.bridge.stock.listings(SKU)
        return one.shelf

    @property
    def shown(self) -> int:
        self.market.settle()
        return self.market.shows[SKU]


@pytest.fixture
def bench(world: World, market: Market) -> Bench:
    """Ten mugs, told, shown and read."""
    market.shows[SKU] = 0
    market.now -= SETTLES  # so that it is about now in the end
    connect(world)
    made = Bench(world, market)
    made.change(10)
    made.wait(SETTLES)
    assert (made.shown, made.shelf.state, made.todos) == (10, "verified", [])
    made.asked()
    return made


def test_it_is_read_once_it_has_settled_and_not_before(bench: Bench) -> None:
    bench.change(-3)
    assert bench.asked() == ["write"]
    (todo,) = bench.todos
    assert todo.retry_at == bench.market.now + SETTLES
    for _ in range(4):
        assert bench.wait(MINUTE).pushed == 0
    assert bench.asked() == []
    served = bench.wait(MINUTE)
    assert bench.asked() == ["read"]
    assert (served.verified, bench.shelf.state, bench.shelf.quantities) == (1, "verified", {"": 7})
    assert bench.todos == []


def test_what_waits_is_not_late(bench: Bench) -> None:
    """A listing that is told all the time is never seen, and nobody has to be called for it."""
    for _ in range(8):
        bench.change(-1)
        bench.market.pass_time(4 * MINUTE)
    swept = sweep(bench.world.bridge, lambda: bench.market.now)
    assert swept.oldest_todo_seconds <= SETTLES.total_seconds()
    assert swept.todos == 1, "but it is not known to be true either"


def test_what_changes_meanwhile_is_told_at_once(bench: Bench) -> None:
    bench.change(-3)
    bench.market.pass_time(MINUTE)
    bench.change(-7)  # sold out
    assert bench.asked() == ["write", "write"]
    bench.wait(SETTLES)
    assert bench.asked() == ["read"]
    assert (bench.shown, bench.todos) == (0, [])


def test_its_own_sale_meanwhile_needs_no_other_write(bench: Bench) -> None:
    bench.change(-3)
    bench.market.pass_time(SETTLES / 2)
    order = bench.market.sell(SKU, 2)
    assert bench.hear("ORDER", order=order) == ["applied"]
    bench.serve()
    assert bench.asked() == ["write", "fetch"]
    bench.wait(SETTLES / 2)
    assert bench.asked() == ["read"]
    assert (bench.shown, bench.todos) == (5, [])


def test_a_sale_that_our_write_has_written_over_is_put_right(bench: Bench) -> None:
    bench.change(-3)
    order = bench.market.sell(SKU, 2)  # 8 are left, and then our 7 shows
    bench.hear("ORDER", order=order)
    bench.serve()
    bench.wait(SETTLES)
    bench.wait(SETTLES)
    assert bench.asked() == ["write", "fetch", "read", "write", "read"]
    assert (bench.shown, bench.todos) == (5, [])
    assert (bench.shelf.unshown, bench.world.bridge.stock.level(SKU).sold) == (0, {"bazaar": 2})


def test_the_old_number_told_by_the_bus_is_neither_a_sale_nor_drift(bench: Bench) -> None:
    bench.change(5)
    assert bench.hear("QUANTITY", sku=SKU, units=10) == ["looked at later: it shows another number"]
    assert {todo.kind for todo in bench.todos} == {"stock", LOOK}
    served = bench.wait(MINUTE)
    assert (bench.asked(), served.drift, bench.shelf.sold) == (["write"], 0, 0)
    served = bench.wait(SETTLES)
    assert (bench.asked(), served.drift, bench.shelf.sold) == (["read"], 0, 0)
    assert (bench.shown, bench.todos) == (15, [])


def test_a_crash_after_the_write_waits_all_the_same(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise TemporaryFailure("gone")

    monkeypatch.setattr(bench.world.bridge.control, "told", crash)
    bench.change(-3)
    monkeypatch.undo()
    bench.asked()
    bench.wait(MINUTE)
    assert bench.asked() == []
    bench.wait(SETTLES)
    assert bench.asked() == ["read"]
    assert (bench.shown, bench.todos) == (7, [])


def until_quiet(bench: Bench) -> list[str]:
    for _ in range(15):
        bench.wait(SETTLES)
    assert bench.todos == []
    return bench.asked()


@pytest.mark.parametrize("words", ["", "90220: 'fulfillment_availability' is required"])
def test_what_it_accepts_and_never_shows_is_for_a_person(bench: Bench, words: str) -> None:
    bench.market.deaf.add(SKU)
    bench.change(-3)
    if words:
        assert bench.hear("ISSUE", sku=SKU, words=words) == ["looked at later: something was said about it"]
    writes = UNSHOWN_WITH_WORDS if words else UNSHOWN
    assert until_quiet(bench).count("write") == writes
    (row,) = quarantine.listed(bench.world.bridge)
    assert row.reason == f"the platform accepted it {writes} times and shows 10" + (f": {words}" if words else "")
    assert (row.error, row.sku, bench.shelf.state, bench.shelf.trouble) == ("Rejected", SKU, "rejected", row.reason)
    bench.market.deaf.clear()
    bench.change(-1)
    bench.wait(SETTLES)
    assert (bench.shown, bench.shelf.state, bench.shelf.trouble) == (6, "verified", "")
    assert sweep(bench.world.bridge).rejected == 0
    assert quarantine.listed(bench.world.bridge) == []


def test_words_about_what_shows_as_it_should_are_forgotten(bench: Bench) -> None:
    bench.hear("ISSUE", sku=SKU, words="the title is long")
    bench.wait(SETTLES)
    assert bench.asked() == ["read"]
    assert (bench.shelf.trouble, bench.todos, quarantine.listed(bench.world.bridge)) == ("", [], [])
    assert bench.hear("ISSUE", sku="nobody's", words="") == ["ignored: not one of our listings"]


def test_words_stay_when_a_number_is_told_after_them(bench: Bench) -> None:
    bench.market.deaf.add(SKU)
    bench.change(-3)
    bench.hear("ISSUE", sku=SKU, words="no")
    bench.hear("QUANTITY", sku=SKU, units=10)
    (look,) = [todo for todo in bench.todos if todo.kind == LOOK]
    assert look.reason == "no"
    bench.wait(SETTLES)
    assert bench.shelf.trouble == "no", "kept, while it is tried again"


@pytest.mark.parametrize("empty", [False, True], ids=["may search", "may not"])
def test_a_sale_unseen_is_searched_for_no_more_often_than_allowed(bench: Bench, empty: bool) -> None:
    bench.market.tokens, bench.market.restores = 0 if empty else 20, timedelta(days=1)
    bench.change(-1)
    bench.market.pass_time(SETTLES / 2)
    bench.market.sell(SKU, 2)
    for _ in range(9):
        bench.wait(SETTLES / 5)
    assert bench.asked().count("search") == 1
    assert bench.shown <= 7, "meanwhile it offers less"
    found: Callable[[], list[str]] = lambda: [done.outcome for done in bench.world.process()]  # noqa: E731
    assert found() == ([] if empty else ["applied"])
    bench.change(-1)
    assert "write" in bench.asked(), "a search that was refused keeps nobody from writing"
