"""What the ERP has on its shelves reaches our levels: changes, everything, and what must wait."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from local.erp.erp import DemoErp
from local.erp.faults import Fault
from orderbridge import snapshot
from orderbridge.bridge import Bridge
from orderbridge.erps.base import Changes, Erp
from orderbridge.erps.ledger import Ledger
from orderbridge.model import Kit, Listing, Store
from orderbridge.operations import erps, kits
from orderbridge.operations.health import health, todos
from orderbridge.pulling import pull
from orderbridge.tables.listings import Listings
from orderbridge.tables.pulls import CHANGES, Pulls
from tests.merchant import Merchant, merchant
from tests.resources import Aws
from tests.world import CONNECTED

MUG, TEA, BAG = "HP-MUG-01", "HP-TEA-01", "HP-BAG-01"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(aws: Aws) -> Iterator[Merchant]:
    with merchant(Bridge(aws.settings), {MUG: 10, TEA: 5, BAG: 0}) as made:
        yield made


def units(shop: Merchant) -> list[int]:
    return [shop.available(sku) for sku in (MUG, TEA, BAG)]


def cursor(shop: Merchant) -> str:
    run = Pulls(shop.bridge.control).run("demo", CHANGES)
    assert run is not None
    return run.cursor


def test_the_first_pull_reads_everything(shop: Merchant) -> None:
    pulled = shop.pull()
    assert (pulled.outcome, pulled.written, pulled.kept, pulled.more) == ("done", 3, 0, False)
    assert units(shop) == [10, 5, 0]
    assert shop.bridge.stock.level(MUG).on_hand == {"HAM": 10, "SZX": 0}


def test_changes_are_read_and_nothing_else(shop: Merchant) -> None:
    shop.pull()
    shop.rest()
    shop.pull(MINUTE)
    calls = len(shop.erp.calls)
    shop.erp.office.receive(TEA, "SZX", 2)
    shop.erp.office.promise("a walk-in customer", TEA, "HAM", 1)
    assert shop.pull(MINUTE).read == 1
    assert units(shop) == [10, 6, 0]
    assert len(shop.erp.calls) - calls == 5, "the feed, our documents twice, the shelves, the promises"


def test_a_pull_of_nothing_asks_once(shop: Merchant) -> None:
    shop.pull()
    shop.rest()
    shop.pull(MINUTE)
    calls = len(shop.erp.calls)
    pulled = shop.pull(2 * MINUTE)
    assert (pulled.outcome, pulled.read, len(shop.erp.calls) - calls) == ("done", 0, 1)


def test_what_is_as_it_was_tells_nobody(shop: Merchant) -> None:
    shop.pull()
    before = shop.bridge.stock.level(MUG)
    shop.bridge.stock.clean(MUG, before.version)
    assert shop.pull(MINUTE, full=True).written == 3
    after = shop.bridge.stock.level(MUG)
    assert (after.version, after.dirty) == (before.version, False)
    assert before.snapshot is not None
    assert after.snapshot is not None
    assert after.snapshot > before.snapshot


def test_every_page_of_many(shop: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.erp.api.LARGEST_PAGE", 1)
    invocations = 1
    while shop.pull(budget=0).more:
        invocations += 1
        assert invocations < 20
    assert units(shop) == [10, 5, 0]
    assert invocations >= 3


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.UNREACHED, Fault.TORN, Fault.LOST, Fault.THROTTLED])
def test_whatever_call_fails_nothing_is_forgotten(shop: Merchant, fault: Fault) -> None:
    shop.pull()
    for call in range(6):
        shop.erp.office.receive(MUG, "HAM", 1)
        shop.rest()
        before, place = units(shop), cursor(shop)
        later = call * 60 * MINUTE
        shop.erp.faults.script.extend([*[""] * call, fault])
        failed = shop.pull(later + MINUTE, budget=0)
        if failed.outcome != "done":
            assert (units(shop), cursor(shop)) == (before, place)
        shop.erp.faults.script.clear()
        shop.settle(later + 30 * MINUTE)
        assert units(shop) == [11 + call, 5, 0]


def test_half_a_page_writes_what_it_has(shop: Merchant) -> None:
    shop.pull()
    for sku in (MUG, TEA):
        shop.erp.office.receive(sku, "HAM", 1)
    shop.erp.faults.script.extend(["", "", Fault.HALF])
    pulled = shop.pull(MINUTE)
    assert pulled.kept >= 1
    assert {todo.reason for todo in shop.todos()} == {"the ERP does not answer for it"}
    assert health(shop.bridge).unread == pulled.kept
    assert units(shop)[:2] in ([10, 6], [11, 5], [10, 5])
    shop.settle(10 * MINUTE)
    assert units(shop) == [11, 6, 0]


def test_an_erp_that_asks_to_wait_is_left_alone(shop: Merchant) -> None:
    shop.erp.faults.script.append(Fault.THROTTLED)
    assert "slow down" in shop.pull(budget=0).outcome
    calls = len(shop.erp.calls)
    assert shop.pull().outcome.startswith("waits")
    assert len(shop.erp.calls) == calls


def test_refused_credentials_pause_the_erp_with_a_reason(shop: Merchant) -> None:
    shop.pull()
    shop.erp.office.receive(MUG, "HAM", 1)
    shop.erp.faults.script.append(Fault.REVOKED)
    assert shop.pull(MINUTE).outcome.startswith("paused: the platform refuses our credentials (401)")
    calls = len(shop.erp.calls)
    assert shop.pull(2 * MINUTE).outcome.startswith("paused")
    assert len(shop.erp.calls) == calls
    shop.bridge.control.pause_erp("")
    assert shop.pull(3 * MINUTE).outcome == "done"
    assert units(shop) == [11, 5, 0]


def test_a_sku_that_shops_offer_and_the_erp_does_not_know(shop: Merchant) -> None:
    listings = Listings(shop.bridge.stock, shop.bridge.control)
    for n, sku in enumerate(("NOT-IN-ERP", MUG, "A-KIT")):
        listings.add(Listing(store="shop", sku=sku, product_id=str(n), item_id=str(n)))
    kits.define(shop.bridge, Kit(sku="A-KIT", components={MUG: 2}))
    with_store(shop)
    shop.pull()
    shop.pull(MINUTE)
    (todo,) = todos(shop.bridge)
    assert (todo.counterparty, todo.id, todo.reason) == ("pull", "NOT-IN-ERP", "the ERP does not answer for it")
    assert todo.retry_at is not None
    asked = [shop.pull(n * MINUTE).read for n in range(2, 60)]
    assert 2 < sum(asked) < 12, "ever more rarely"
    shop.erp.office.skus.append("NOT-IN-ERP")
    shop.erp.office._by_sku["NOT-IN-ERP"] = {}
    shop.erp.office.receive("NOT-IN-ERP", "HAM", 4)
    shop.settle(120 * MINUTE)
    assert shop.available("NOT-IN-ERP") == 4


def with_store(shop: Merchant) -> None:
    store = Store(id="shop", platform="shopify", url="https://x", currency="EUR", connected_at=CONNECTED)
    shop.bridge.control.save_store(store)


def test_an_older_snapshot_is_refused_and_says_so(shop: Merchant) -> None:
    shop.pull()
    shop.erp.office.receive(MUG, "HAM", 1)
    shop.erp.office.receive(TEA, "HAM", 1)
    others = iter([MUG])

    def wait(_: float) -> None:
        """Between two steps of the snapshot another one is taken."""
        for sku in others:
            assert snapshot.take(shop.bridge, shop.bridge.erp, [sku], lambda _: None) == {sku}

    shop.rest()
    pulled = pull(shop.bridge, 20, now=lambda: datetime.now(UTC) + MINUTE, sleep=wait)
    assert (pulled.kept, pulled.overtaken) == (1, 1)
    assert [(todo.id, todo.reason) for todo in shop.todos()] == [(MUG, "another snapshot was written meanwhile")]
    assert units(shop) == [11, 6, 0]
    shop.settle(10 * MINUTE)


def test_schedules_that_overlap(shop: Merchant) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = [done.outcome for done in pool.map(lambda _: shop.pull(full=True), range(8))]
    assert "done" in outcomes
    assert set(outcomes) <= {"done", "another worker is at it"}
    print(f"{outcomes.count('another worker is at it')} of 8 found another one at work")
    shop.settle(10 * MINUTE)
    assert units(shop) == [10, 5, 0]


def test_an_erp_that_comes_back_is_read_as_a_whole(shop: Merchant) -> None:
    shop.pull()
    shop.rest()
    shop.pull(MINUTE)
    shop.bridge.control.save_erp("ledger")
    ledger = Ledger(shop.bridge)
    ledger.add_location("HAM")
    ledger.count(MUG, "HAM", 4, None, "by hand")
    erps.connect(shop.bridge, "demo", shop.erp.credentials)
    assert shop.pull(2 * MINUTE).read == 3
    assert units(shop) == [10, 5, 0]


def test_another_erp_of_the_same_kind_is_read_from_its_beginning(shop: Merchant, aws: Aws) -> None:
    """By a function that is warm: neither the address nor the cursor that it knows counts any more."""
    for n in range(3):
        shop.erp.office.receive(TEA, "SZX", 1)
        shop.settle(n * MINUTE)
    with DemoErp([MUG, TEA], ("HAM", "SZX")) as other:
        other.office.receive(MUG, "HAM", 3)
        erps.connect(Bridge(aws.settings), "demo", other.credentials)
        assert shop.pull(4 * MINUTE).read >= 2
        assert units(shop)[0] == 3
        other.office.receive(MUG, "HAM", 1)
        assert shop.pull(5 * MINUTE).read == 1
        assert units(shop)[0] == 4


def test_a_pull_that_is_overtaken_by_a_connection_leaves_no_cursor(
    shop: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.settle()
    changed = type(shop.bridge.erp).changed

    def meanwhile(self: Erp, since: str) -> Changes:
        found = changed(self, since)
        Pulls(shop.bridge.control).forget("demo")
        return found

    with monkeypatch.context() as patch:
        patch.setattr(type(shop.bridge.erp), "changed", meanwhile)
        assert shop.pull(MINUTE).more
    assert Pulls(shop.bridge.control).run("demo", CHANGES) is None
    assert shop.pull(2 * MINUTE).read == 3, "all of it"


def test_the_embedded_ledger_is_not_read(aws: Aws) -> None:
    assert pull(Bridge(aws.settings), 20).outcome == "the ERP writes its stock itself"
