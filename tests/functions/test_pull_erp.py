"""What the ERP has on its shelves reaches our levels: changes, everything, and what must wait."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderbridge.bridge import Bridge
from tests.merchant import Merchant, merchant
from tests.resources import Aws

MUG, TEA, BAG = "HP-MUG-01", "HP-TEA-01", "HP-BAG-01"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(aws: Aws) -> Iterator[Merchant]:
    with merchant(Bridge(aws.settings), {MUG: 10, TEA: 5, BAG: 0}) as made:
        yield made


def test_the_first_pull_reads_everything(shop: Merchant) -> None:
    pulled = shop.pull()
    assert (pulled.outcome, pulled.written, pulled.kept, pulled.more) == ("done", 3, 0, False)
    assert [shop.available(sku) for sku in (MUG, TEA, BAG)] == [10, 5, 0]
    assert shop.bridge.stock.level(MUG).on_hand == {"HAM": 10, "SZX": 0}


def test_changes_are_read_and_nothing_else(shop: Merchant) -> None:
    shop.pull()
    calls = len(shop.erp.calls)
    shop.erp.office.receive(TEA, "SZX", 2)
    assert shop.pull(MINUTE).read == 1
    assert shop.available(TEA) == 7
    assert len(shop.erp.calls) - calls == 5, "the feed, our documents twice, the shelves, the promises"


def test_what_was_read_is_not_read_again_the_next_minute(shop: Merchant) -> None:
    shop.pull()
    clock = shop.erp.office.shelves.clock
    shop.erp.office.shelves.clock = lambda: clock() + 2 * MINUTE  # else its feed tells of the last seconds once more
    shop.pull(MINUTE)
    calls = len(shop.erp.calls)
    pulled = shop.pull(2 * MINUTE)
    assert (pulled.outcome, pulled.read, len(shop.erp.calls) - calls) == ("done", 0, 1)
