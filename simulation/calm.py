"""Sale to zero on every shop: one sell-out after the other, warm, without faults, when all is at rest.

It is counted from the moment at which the shop sells until the last shop that showed a unit shows none, written by us.
Under load and faults the same is measured for every sell-out of the run; there most of it is time spent in queues.
"""

import time
from collections.abc import Callable, Sequence

from simulation.people import People
from simulation.stage import Stage
from simulation.warehouse import Clerk

SALES = 30
_PATIENCE = 20.0  # seconds for one sell-out
_IN_ALL = 120.0  # seconds; on a busy machine there are fewer


def sell_outs(stage: Stage, people: Sequence[People], clerk: Clerk, rest: Callable[[], None]) -> list[float]:
    """Our seconds for each."""
    skus = [sku for sku in clerk.skus if stage.parts.get(sku)][-SALES:]
    for sku in skus:
        clerk.put(sku, 3 + max(0, -stage.book.left[sku]))
    rest()
    found, end = list[float](), time.monotonic() + _IN_ALL
    for n, sku in enumerate(skus):
        seller = people[n % len(people)]
        if not seller.shop.listing(sku).available or time.monotonic() > end:
            continue
        seller.buy_out(sku)
        sold = time.monotonic()
        while any(shop.listing(sku).available for shop in stage.shops) and time.monotonic() < sold + _PATIENCE:
            time.sleep(0.005)
        found.append(time.monotonic() - sold)
        while stage.waiting() and time.monotonic() < sold + _PATIENCE:
            time.sleep(0.05)
    return found
