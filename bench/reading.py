"""What it costs to make an order readable: `plain` of every sample order, beside `json.loads` of the same bytes."""

import json
import time
from collections.abc import Callable
from statistics import median

from orderbridge.language.offline import Offline
from orderbridge.model import Order
from orderbridge.plain import plain
from orderbridge.platforms import names
from orderbridge.platforms.base import Delivery
from tests.platforms import cases

_ROUNDS = 15


def reading() -> tuple[float, float]:
    """(milliseconds of CPU for one order, those of json.loads on its document): medians over rounds through all
    sample orders. Each round has another buyer's note, because no note comes twice."""
    found = [(order, cases.body(case.event())) for case in cases.signed_cases() for order in _orders(case)]
    translator = Offline()
    rounds = [
        (
            _each(lambda n=n: [plain(_noted(order, n), translator, "zh") for order, _ in found], len(found)),  # type: ignore[misc]
            _each(lambda: [json.loads(body) for _, body in found], len(found)),
        )
        for n in range(_ROUNDS + 1)
    ][1:]
    return median(ours for ours, _ in rounds), median(floor for _, floor in rounds)


def _orders(case: cases.Case) -> list[Order]:
    assert case.platform in names()
    if "became" not in json.loads(case.golden.read_text()):
        return []
    _, messages = cases.receive(case.platform, case.event())
    shop = cases.connect(case.platform)
    told = [Delivery(m.store, case.platform, m.topic, m.body, m.received_at) for m in messages]
    return [item for delivery in told for item in shop.parse(delivery) if isinstance(item, Order)]


def _noted(order: Order, n: int) -> Order:
    return order.model_copy(update={"note": f"{order.note} ({n})"})


def _each(work: Callable[[], object], times: int) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000 / times
