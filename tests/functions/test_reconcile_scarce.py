"""A platform that allows few questions, and has no cheap one for many orders: a run goes on where it was refused."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderbridge.operations import reconciling
from orderbridge.polling import poll_store
from orderbridge.pushing import serve
from orderbridge.reconcile.rules import Kind
from orderbridge.reconcile.running import HELD, LISTED, SHOWN, Went, begin, go_on
from orderbridge.reconcile.runs import Run, Runs
from tests.bazaar import SETTLES, Market, connect, market
from tests.world import World

__all__ = ["market"]
SKU, LATER = "HP-MUG-01", timedelta(minutes=18)  # when a message of the queue comes again


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.reconcile.shelves._A_MOMENT", 0)


@pytest.fixture
def shop(world: World, market: Market) -> Market:
    """Twelve open orders that we know, told and read stock."""
    market.now -= timedelta(hours=1)
    market.shows[SKU] = 50
    connect(world)
    world.stock({SKU: 50})
    for _ in range(12):
        market.pass_time(timedelta(seconds=1))
        market.sell(SKU)
    market.shows[SKU] = 38
    assert poll_store(world.bridge, "bazaar", 15, lambda: market.now).outcome == "complete"
    world.process()
    world.publish()
    serve(world.bridge, "bazaar", 20, lambda: market.now, rest=timedelta(0))
    market.pass_time(SETTLES)
    serve(world.bridge, "bazaar", 20, lambda: market.now, rest=timedelta(0))
    assert market.shows[SKU] == 38
    market.pass_time(timedelta(minutes=20))
    market.calls.clear()
    return market


def visits(world: World, shop: Market, fetches: int = 1000, tokens: int = 20) -> Iterator[Went]:
    """Invocations to the end of the run; before each the market allows so much."""
    for _ in range(30):
        shop.fetches, shop.tokens = fetches, tokens
        yield (went := go_on(world.bridge, 20, lambda: shop.now))
        if not (went.more or went.wait):
            return
        shop.now += LATER if went.wait else timedelta(seconds=30)
    raise AssertionError("it never ends")


def steps(run: Run | None, phase: str) -> list[str]:
    assert run is not None
    return [step.trouble or str(dict(step.skipped)) for step in run.steps if step.phase == phase]


def test_orders_are_fetched_once_each_however_often_it_is_refused(world: World, shop: Market) -> None:
    del shop.orders["B-3"]  # found in the first visit
    del shop.orders["B-11"]  # and in the last
    begin(world.bridge, shop.now)
    went = [*visits(world, shop, fetches=4)]
    assert went[-1].outcome == "done"
    assert 14 <= shop.calls.count("fetch") <= 12 + 2 * len(went), "again only what was refused"
    report = reconciling.report(world.bridge)
    assert report is not None
    deleted = sorted(one.about for one in report.findings if one.kind == Kind.DELETED)
    assert deleted == ["B-11", "B-3"]
    assert steps(Runs(world.bridge.control).latest(), HELD) == ["{}"], "nobody was left out"


def test_its_list_is_read_page_by_page_as_it_allows(world: World, shop: Market) -> None:
    begin(world.bridge, shop.now, days=2)
    went = [*visits(world, shop, tokens=1)]
    assert went[-1].outcome == "done"
    assert steps(Runs(world.bridge.control).latest(), LISTED) == ["{}"]
    assert went[-1].for_a_person == 0
    assert sum(one.differences for one in went) == 0


def test_one_that_allows_nothing_is_left_out_with_the_reason(world: World, shop: Market) -> None:
    begin(world.bridge, shop.now)
    went = [*visits(world, shop, fetches=0)]
    assert went[-1].outcome == "done"
    assert "slow down" in steps(Runs(world.bridge.control).latest(), HELD)[0]


def test_what_was_told_a_moment_ago_is_no_difference(world: World, shop: Market) -> None:
    world.stock({SKU: -3})
    world.publish()
    serve(world.bridge, "bazaar", 20, lambda: shop.now, rest=timedelta(0))
    begin(world.bridge, shop.now)
    went = [*visits(world, shop)]
    assert shop.shows[SKU] == 38, "the old number shows"
    assert sum(one.differences for one in went) == 0
    assert steps(Runs(world.bridge.control).latest(), SHOWN) == ["{}"]
