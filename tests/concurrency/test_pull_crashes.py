"""pull_erp dies before and after every call that changes something; the next minutes make all true again."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderbridge.bridge import Bridge
from orderbridge.sweeping import sweep
from tests.lambdas import Died, Lambdas
from tests.merchant import STORE, Merchant, merchant
from tests.orders import ordered
from tests.resources import Aws

MUG, TEA = "HP-MUG-01", "HP-TEA-01"
AFTER_A_CRASH = timedelta(minutes=5)  # longer than its lease


@pytest.fixture
def shop(aws: Aws) -> Iterator[Merchant]:
    with merchant(Bridge(aws.settings), {MUG: 1000, TEA: 1000}) as made:
        made.pull()
        yield made


@pytest.mark.parametrize("after", [False, True])
def test_pull_erp(shop: Merchant, aws: Aws, lambdas: Lambdas, after: bool) -> None:
    deaths, sold, env = 0, 0, aws.env_of("pull_erp")
    for number in itertools.count(1):
        orders = f"{number}a", f"{number}b"
        documents = shop.sell(orders[0], {MUG: 2}), shop.document(orders[1], {TEA: 1})
        for document, sku, units in ((documents[0], MUG, 2), (documents[1], TEA, 1)):
            shop.erp.office.ship(document, sku, units, "HAM")
        with lambdas.start("pull_erp", env, number, after=after, reads=False) as sandbox:
            try:
                reply = sandbox.call({"run": "full"})
            except Died:
                deaths, reply = deaths + 1, None
        ordered(shop.bridge.orders, STORE, orders[1], {TEA: 1})  # known to the ERP before it is to us
        sweep(shop.bridge)
        shop.settle(number * AFTER_A_CRASH)
        sold += 1
        for sku, units in ((MUG, 2), (TEA, 1)):
            level = shop.bridge.stock.level(sku)
            counts = [sum(one.values()) for one in (level.wanted, level.shipped, level.counted)]
            assert counts == [sold * units] * 3, f"died at call {number}"
            assert level.balance() == 1000 - sold * units == shop.on_shelf(sku)
        if reply:
            break
    assert not reply.error, reply.error
    print(f"pull_erp died {deaths} times; a whole run: {dict(Counter(reply.calls))}")
    assert deaths >= 15, "it hardly did anything"
