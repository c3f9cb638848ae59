"""The brake: an ERP that is suddenly empty, and what a person makes of it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from local.erp.faults import Fault
from orderbridge.brake import Fall
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.operations import brake
from orderbridge.parking import read_again
from orderbridge.sweeping import sweep
from orderbridge.tables.pulls import Pulls
from tests.merchant import Merchant, merchant
from tests.resources import Aws

SKUS = [f"HP-{n:03}" for n in range(100)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(aws: Aws) -> Iterator[Merchant]:
    with merchant(Bridge(aws.settings), dict.fromkeys(SKUS, 3)) as made:
        made.pull()
        assert made.available(SKUS[0]) == 3
        yield made


def empty(shop: Merchant, skus: list[str]) -> None:
    for sku in skus:
        shop.erp.office.count(sku, "HAM", 0)


def stocked(shop: Merchant) -> int:
    return sum(shop.available(sku) > 0 for sku in SKUS)


def test_a_few_may_sell_out(shop: Merchant) -> None:
    empty(shop, SKUS[:25])
    assert shop.pull(MINUTE).outcome == "done"
    assert stocked(shop) == 75


def test_too_many_stop_the_run_before_anything_is_written(shop: Merchant) -> None:
    empty(shop, SKUS[:26])
    shop.erp.office.receive(SKUS[99], "HAM", 1)
    assert "26 of 100" in shop.pull(MINUTE).outcome
    assert (stocked(shop), shop.available(SKUS[99])) == (100, 3)
    ((stopped, falls),) = brake.show(shop.bridge).stopped
    assert (stopped.fell, len(falls), falls[SKUS[0]]) == (26, 26, Fall(3, 0))
    assert sweep(shop.bridge).braked == 1
    calls = len(shop.erp.calls)
    assert shop.pull(2 * MINUTE).outcome == "the brake is on"
    assert len(shop.erp.calls) == calls, "it is not even asked"


def test_released_it_is_read_anew(shop: Merchant) -> None:
    empty(shop, SKUS[:40])
    shop.pull(MINUTE)
    (run,) = (stopped.run for stopped, _ in brake.show(shop.bridge).stopped)
    shop.erp.office.receive(SKUS[0], "HAM", 9)
    brake.release(shop.bridge, run, "Ada", "the autumn range is over")
    shop.settle(2 * MINUTE)
    assert shop.available(SKUS[0]) == 9, "what the ERP said when it was stopped is not written"
    assert stocked(shop) == 61
    (decided,) = brake.show(shop.bridge).decided
    assert (decided.outcome, decided.who, decided.why) == ("released", "Ada", "the autumn range is over")
    empty(shop, SKUS[40:80])
    assert "the brake is on" in shop.pull(30 * MINUTE).outcome, "the word was for that run only"


def test_discarded_it_stops_again_if_the_erp_still_says_so(shop: Merchant) -> None:
    empty(shop, SKUS)
    for minute in (1, 2):
        assert "the brake is on" in shop.pull(minute * MINUTE).outcome
        (run,) = (stopped.run for stopped, _ in brake.show(shop.bridge).stopped)
        brake.discard(shop.bridge, run, "Ada", "a mistake of the ERP")
    for sku in SKUS:
        shop.erp.office.count(sku, "HAM", 2)
    shop.settle(3 * MINUTE)
    assert {shop.available(sku) for sku in SKUS} == {2}
    assert len(brake.show(shop.bridge).decided) == 2


def test_an_answer_of_zeros_in_the_night(shop: Merchant) -> None:
    shop.erp.faults.shares = {Fault.ZEROS: 1.0}
    assert "the brake is on" in shop.pull(MINUTE, full=True).outcome
    assert stocked(shop) == 100


def test_a_list_without_skus(shop: Merchant) -> None:
    shop.erp.faults.shares = {Fault.EMPTY: 1.0}
    outcome = shop.pull(MINUTE, full=True).outcome
    assert "lists no SKU at all, although 100 had stock" in outcome
    (run,) = (stopped.run for stopped, _ in brake.show(shop.bridge).stopped)
    brake.discard(shop.bridge, run, "Ada", "it was being restarted")
    shop.erp.faults.shares = {}
    assert shop.pull(2 * MINUTE, full=True).outcome == "done"
    assert stocked(shop) == 100


def test_a_run_of_many_pages_is_judged_as_a_whole(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.erp.api.LARGEST_PAGE", 10)
    empty(shop, SKUS[::4])
    invocations = 1
    while shop.pull(MINUTE, budget=0).more and (invocations := invocations + 1) < 50:
        assert stocked(shop) == 100, "zeros are written at the end, when all are known to be few enough"
    shop.settle(2 * MINUTE)
    assert stocked(shop) == 75
    assert invocations > 2


def test_zeros_of_early_pages_are_not_written_before_the_end(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.erp.api.LARGEST_PAGE", 10)
    empty(shop, SKUS[:30])
    shop.rest()
    outcomes = [shop.pull(MINUTE, budget=0).outcome for _ in range(15)]
    assert "of 100 SKUs in stock would fall to zero" in " ".join(outcomes)
    assert stocked(shop) == 100, "25 would have been allowed, but the run went on"
    (run,) = (stopped.run for stopped, _ in brake.show(shop.bridge).stopped)
    brake.release(shop.bridge, run, "Ada", "the autumn range is over")
    shop.settle(10 * MINUTE)
    assert stocked(shop) == 70, "what its first pages held back as well"


def test_a_sku_of_the_list_that_is_held_back_stays_on_it(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that dies before the run is saved forgets what the run holds back."""
    monkeypatch.setattr("local.erp.api.LARGEST_PAGE", 10)
    shop.rest()
    shop.settle(MINUTE)
    empty(shop, SKUS[:1])
    read_again(shop.bridge, SKUS[0], "it was held up")
    for sku in SKUS[1:30]:
        shop.erp.office.receive(sku, "HAM", 1)
    monkeypatch.setattr(Pulls, "advance", dead)
    with pytest.raises(Dead):
        shop.pull(2 * MINUTE, budget=0)
    assert [todo.id for todo in shop.todos()] == [SKUS[0]]


class Dead(Exception):
    """The worker is gone."""


def dead(*_: object) -> None:
    raise Dead


def test_who_and_why(shop: Merchant) -> None:
    empty(shop, SKUS)
    shop.pull(MINUTE)
    (run,) = (stopped.run for stopped, _ in brake.show(shop.bridge).stopped)
    with pytest.raises(InvalidInput, match="who decides, and why"):
        brake.release(shop.bridge, run, "Ada", " ")
    with pytest.raises(NotFound, match="no run 'x' was stopped"):
        brake.discard(shop.bridge, "x", "Ada", "y")


def test_limits_are_the_merchants(shop: Merchant) -> None:
    with pytest.raises(InvalidInput, match="a share of 0 %"):
        brake.set_limits(shop.bridge, 0, 20, 500)
    with pytest.raises(InvalidInput, match="at least 1 SKU"):
        brake.set_limits(shop.bridge, 25, 20, 19)
    brake.set_limits(shop.bridge, 5, 2, 50)
    empty(shop, SKUS[:6])
    assert "more than 5 %" in shop.pull(MINUTE).outcome
