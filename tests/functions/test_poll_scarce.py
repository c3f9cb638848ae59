"""A platform that may be searched rarely: its polls keep within what it allows, come to their end, and are seen."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from orderbridge import polling
from orderbridge.operations import health
from orderbridge.polling import Polled, answer, ask_all
from tests.bazaar import Bazaar, Market, connect, market
from tests.functions.test_poll_orders import known, messages
from tests.world import World

__all__ = ["market"]
SKU, FIVE = "HP-MUG-01", timedelta(minutes=5)


@pytest.fixture
def shop(world: World, market: Market) -> Market:
    market.shows[SKU] = 500
    connect(world)
    world.stock({SKU: 500})
    return market


def schedule(world: World, market: Market, after: Callable[[], object] = lambda: None) -> list[Polled]:
    """What one schedule starts, to its end; `after` each run something happens."""
    ask_all(world.bridge, lambda: market.now)
    runs = []
    for asked in messages(world):
        runs.append(answer(world.bridge, asked, 15, lambda: market.now))
        after()
    return runs


def trouble(world: World) -> str:
    return health.health(world.bridge).stores[0].poll_trouble


def test_it_is_not_asked_with_every_schedule(world: World, shop: Market) -> None:
    asked = []
    for _ in range(9):
        asked.append(len(schedule(world, shop)))
        shop.pass_time(FIVE)
    assert asked == [1, 0, 0, 1, 0, 0, 1, 0, 0]
    assert shop.calls == ["search"] * 3


def test_after_days_of_outage_it_catches_up_page_by_page_within_what_is_allowed(world: World, shop: Market) -> None:
    for _ in range(60):
        shop.pass_time(timedelta(hours=1))
        shop.sell(SKU)
    began, (first, *more) = shop.now, schedule(world, shop)
    assert (first.outcome, first.pages) == ("goes on", polling.PAGES)
    assert [run.outcome for run in more] == ["the platform asks to slow down"]
    assert trouble(world) == "the platform asks to slow down"
    runs = [first]
    while world.bridge.polls.progress("bazaar").complete is None:
        shop.pass_time(FIVE)
        runs += schedule(world, shop)
    pages = sum(run.pages for run in runs)
    assert pages == 60 / Bazaar.ORDERS_PAGE, "no page is read twice"
    assert shop.now - began <= (pages - polling.PAGES) * FIVE, "a page with each schedule at least"
    assert trouble(world) == ""
    world.process()
    assert known(world) == set(shop.orders)


def test_a_list_that_goes_in_a_circle_is_read_once_a_schedule_and_seen(world: World, shop: Market) -> None:
    sold = [shop.sell(SKU) for _ in range(3)]
    shop.circle = True
    for _ in range(3):
        (run,) = schedule(world, shop)
        assert (run.pages, run.outcome) == (1, "the shop names a page of its orders as the next one of itself")
        shop.pass_time(FIVE)
    assert trouble(world) == run.outcome
    assert shop.calls == ["search"] * 3
    shop.circle = False
    assert [run.outcome for run in schedule(world, shop)] == ["complete"]
    world.process()
    assert known(world) == set(sold)


def test_a_list_without_an_end_goes_on_later_and_is_seen(world: World, shop: Market) -> None:
    shop.sell(SKU)
    shop.endless, shop.restores = True, timedelta(milliseconds=1)
    runs = schedule(world, shop, lambda: shop.pass_time(10 * FIVE))
    assert [run.more for run in runs] == [True, True, False], "after an hour it waits for the schedule"
    assert trouble(world) == "goes on with the schedule: it has not come to an end for 1 h"
    token = world.bridge.polls.progress("bazaar").token
    assert [run.more for run in schedule(world, shop)] == [False]
    assert int(world.bridge.polls.progress("bazaar").token) > int(token), "it goes on where it was"
    assert world.sweep(timedelta(hours=3)).oldest_poll_seconds > 1800
