"""pull_erp dies before and after every call that changes something; the next minutes make all true again."""

import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderbridge.bridge import Bridge
from orderbridge.sweeping import sweep
from tests.lambdas import Died, Lambdas, Sandbox
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
    deaths, calls, env = 0, list[str](), aws.env_of("pull_erp")
    for sold in itertools.count(1):
        document = shop.sell(f"{sold}a", {MUG: 2})
        unheard = shop.document(f"{sold}b", {TEA: 1})
        shop.erp.office.ship(document, MUG, 2, "HAM")
        shop.erp.office.ship(unheard, TEA, 1, "HAM")
        shop.rest()
        with lambdas.start("pull_erp", env, sold, after=after, reads=False) as sandbox:
            calls = _calls(sandbox)
        ordered(shop.bridge.orders, STORE, f"{sold}b", {TEA: 1})  # known to the ERP before it is to us
        sweep(shop.bridge)
        shop.settle(sold * AFTER_A_CRASH)
        for sku, units in ((MUG, 2), (TEA, 1)):
            level = shop.bridge.stock.level(sku)
            counts = [sum(one.values()) for one in (level.wanted, level.shipped, level.counted)]
            assert counts == [sold * units] * 3, f"died at call {sold}"
            assert level.balance() == 1000 - sold * units == shop.on_shelf(sku)
        if calls:
            break
        deaths += 1
    print(f"pull_erp died {deaths} times; a whole run: {dict(Counter(calls))}")
    assert deaths >= 15, "it hardly did anything"


def _calls(sandbox: Sandbox) -> list[str]:
    """Of a run that came to its end; none if it died."""
    try:
        reply = sandbox.call({"run": "full"})
    except Died:
        return []
    assert not reply.error, reply.error
    return reply.calls
