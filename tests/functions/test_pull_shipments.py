"""A unit that crosses from us to the ERP is counted once, whatever happens between the two and in whatever order."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local.erp.faults import Fault
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from orderbridge.model import Store
from orderbridge.operations import quarantine
from orderbridge.operations.health import health, todos
from orderbridge.pulling import pull
from orderbridge.sweeping import sweep
from tests.lambdas import Lambdas
from tests.merchant import STORE, Merchant, merchant
from tests.orders import ordered
from tests.resources import Aws

MUG, TEA = "HP-MUG-01", "HP-TEA-01"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(aws: Aws) -> Iterator[Merchant]:
    with merchant(Bridge(aws.settings), {MUG: 10, TEA: 10}) as made:
        made.pull()
        yield made


def numbers(shop: Merchant, sku: str = MUG) -> tuple[int, int, int, int]:
    """On hand, wanted, shipped, counted."""
    level = shop.bridge.stock.level(sku)
    maps = (level.on_hand, level.wanted, level.shipped, level.counted)
    on_hand, wanted, shipped, counted = (sum(one.values()) for one in maps)
    return on_hand, wanted, shipped, counted


def parked(shop: Merchant) -> list[quarantine.Quarantined]:
    return [row for row in quarantine.listed(shop.bridge) if row.kind == "shipment"]


def test_a_shipment_moves_nothing_that_is_offered(shop: Merchant) -> None:
    document = shop.sell("1", {MUG: 3})
    assert shop.available(MUG) == 7
    shop.erp.office.ship(document, MUG, 2, "HAM")
    shop.pull(MINUTE)
    assert (shop.available(MUG), numbers(shop)) == (7, (8, 3, 2, 2))
    shop.pull(2 * MINUTE, full=True)
    assert (shop.available(MUG), numbers(shop)) == (7, (8, 3, 2, 2)), "told again"


def test_reversed_in_the_erp(shop: Merchant) -> None:
    document = shop.sell("1", {MUG: 3})
    parcel = shop.erp.office.ship(document, MUG, 3, "HAM")
    shop.pull(MINUTE)
    shop.erp.office.reverse(parcel)
    shop.pull(2 * MINUTE)
    assert (shop.available(MUG), numbers(shop)) == (7, (10, 3, 0, 0))


def test_shipped_and_reversed_between_two_pulls(shop: Merchant) -> None:
    document = shop.sell("1", {MUG: 3})
    shop.erp.office.reverse(shop.erp.office.ship(document, MUG, 3, "HAM"), 1)
    shop.pull(MINUTE)
    assert (shop.available(MUG), numbers(shop)) == (7, (8, 3, 2, 2))


def test_shipped_from_another_location_than_pinned(shop: Merchant) -> None:
    document = shop.sell("1", {MUG: 3}, pool="SZX")
    shop.erp.office.ship(document, MUG, 3, "HAM")
    shop.pull(MINUTE)
    assert shop.available(MUG) == 7
    level = shop.bridge.stock.level(MUG)
    assert (level.on_hand, level.counted) == ({"HAM": 7, "SZX": 0}, {"SZX": 3})


def test_an_erp_that_moves_the_stock_after_the_line(shop: Merchant) -> None:
    shop.erp.office.shelves.settles_after = 0.4
    shop.bridge.vault.put_erp("demo", shop.erp.credentials)
    bridge = Bridge(shop.bridge.settings)
    shop.erp.office.ship(shop.sell("1", {MUG: 3}), MUG, 2, "HAM")
    assert shop.erp.office.shelves.on_hand(MUG)["HAM"] == 10, "the line is there, the units are as well"
    assert pull(bridge, 20).outcome == "done"
    assert (shop.available(MUG), numbers(shop)) == (7, (8, 3, 2, 2))


def test_over_shipped(shop: Merchant) -> None:
    document = shop.sell("1", {MUG: 2})
    shop.erp.office.ship(document, MUG, 4, "HAM")
    shop.pull(MINUTE)
    assert (shop.available(MUG), numbers(shop)) == (6, (6, 4, 4, 4)), "what has left is gone, who ever wanted it"


def test_a_shipment_of_an_unknown_order_waits_for_it(shop: Merchant) -> None:
    document = shop.document("1", {MUG: 3})
    shop.erp.office.ship(document, MUG, 2, "HAM")
    shop.pull(MINUTE)
    assert shop.available(MUG) == 8, "the shelf alone tells of it"
    (row,) = parked(shop)
    assert (row.store, row.sku, row.reason) == (STORE, MUG, "store shop has no order 1")
    assert health(shop.bridge).quarantined == 1
    sweep(shop.bridge)
    assert shop.todos() == [], "nothing to read as long as the order has not come"

    ordered(shop.bridge.orders, STORE, "1", {MUG: 3})
    sweep(shop.bridge)
    assert [todo.reason for todo in todos(shop.bridge)] == ["the order of a shipment has come"]
    shop.pull(2 * MINUTE)
    assert (shop.available(MUG), numbers(shop)) == (7, (8, 3, 2, 2))
    sweep(shop.bridge)
    assert parked(shop) == []


def test_what_was_shipped_before_the_store_was_connected_is_nobodys_business(shop: Merchant) -> None:
    shop.erp.office.ship(shop.document("1", {MUG: 3}), MUG, 2, "HAM")
    connected = datetime.now(UTC) + MINUTE
    store = Store(id=STORE, platform="shopify", url="https://shop", currency="EUR", connected_at=connected)
    shop.bridge.control.save_store(store)
    assert shop.pull(MINUTE).kept == 0
    assert (shop.available(MUG), parked(shop)) == (8, [])


def test_a_reversal_without_its_original_holds_its_sku_up_only(shop: Merchant) -> None:
    document = shop.sell("1", {MUG: 3, TEA: 1})
    shop.erp.office.reverse(shop.erp.office.ship(document, MUG, 2, "HAM"))
    shop.erp.office.ship(document, TEA, 1, "HAM")
    with shop.erp.office.lock:
        lost = shop.erp.office._shipped[MUG].pop(0)
    shop.pull(MINUTE)
    assert (shop.available(TEA), numbers(shop, TEA)) == (9, (9, 1, 1, 1))
    (row,) = parked(shop)
    assert "only 0 of HP-MUG-01 for order 1 of shop were shipped: 2 cannot be taken back" in row.reason
    assert [(todo.id, todo.reason) for todo in shop.todos()] == [(MUG, row.reason)]

    with shop.erp.office.lock:
        shop.erp.office._shipped[MUG].insert(0, lost)
    shop.settle(2 * MINUTE)
    assert (shop.available(MUG), numbers(shop)) == (7, (10, 3, 0, 0))
    sweep(shop.bridge)
    assert parked(shop) == [], "nothing was wrong with it when it was read again"


def test_a_line_that_changed_its_content_is_given_up_by_a_person(shop: Merchant) -> None:
    document = shop.sell("1", {MUG: 3})
    shop.erp.office.ship(document, MUG, 2, "HAM")
    shop.pull(MINUTE)
    with shop.erp.office.lock:
        moves = shop.erp.office._shipped[MUG]
        moves[0] = replace(moves[0], quantity=-3)
    shop.erp.office.receive(MUG, "HAM", 5)
    shop.pull(2 * MINUTE)
    (row,) = parked(shop)
    assert "known already with other content" in row.reason
    assert shop.available(MUG) == 7, "what the shelf says is not understood"
    with pytest.raises(InvalidInput, match="who gives it up, and why"):
        quarantine.discard(shop.bridge, row.id, "Ada", "")
    quarantine.discard(shop.bridge, row.id, "Ada", "a typing error, counted")
    shop.settle(3 * MINUTE)
    assert (parked(shop), shop.available(MUG)) == ([], 12)
    kept = shop.bridge.control.table.get("DISCARDED", row.id)
    assert kept is not None
    assert (kept["who"], kept["why"], kept["units"]) == ("Ada", "a typing error, counted", 3)


def test_released_it_is_tried_again(shop: Merchant) -> None:
    document = shop.document("1", {MUG: 3})
    shop.erp.office.ship(document, MUG, 2, "HAM")
    shop.pull(MINUTE)
    quarantine.release(shop.bridge, parked(shop)[0].id)
    assert parked(shop) == []
    shop.pull(2 * MINUTE)
    assert len(parked(shop)) == 1, "the order is still not there"


def test_shipped_while_it_is_read(shop: Merchant) -> None:
    """Right after any one answer of the ERP somebody ships what it was about."""
    for call in range(1, 7):
        shop.sell(str(call), {MUG: 1})
        shop.erp.faults.script.extend([*[""] * call, Fault.SHIPPED])
        shop.pull(call * 10 * MINUTE, full=True)
        shop.erp.faults.script.clear()
        assert shop.available(MUG) >= 10 - call
        shop.settle(call * 10 * MINUTE + MINUTE)
        assert shop.available(MUG) == 10 - call
    assert shop.on_shelf(MUG) < 10, "something was shipped"


def test_the_sweep_may_do_that(shop: Merchant, aws: Aws, lambdas: Lambdas) -> None:
    """Under its own role, as deployed."""
    shop.erp.office.ship(shop.document("1", {MUG: 3}), MUG, 2, "HAM")
    shop.pull(MINUTE)
    ordered(shop.bridge.orders, STORE, "1", {MUG: 3})
    with lambdas.start("sweep", aws.env_of("sweep")) as sandbox:
        assert sandbox.call({}).error == ""
    assert [todo.id for todo in shop.todos()] == [MUG]
