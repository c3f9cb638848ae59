"""What an order of ten lines costs to be normalised, proven, doubted and made ready to be stored, beside `json.loads`
of the same bytes."""

import gc
import json
import time
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from statistics import median
from typing import Any

from orderbridge import balance, orders
from orderbridge.model import Order
from orderbridge.platforms.base import Delivery, Platform
from orderbridge.tables.items import pack
from tests.platforms import cases

_SAMPLE = cases.Case("shopify", "orders_create")
_LINES, _ORDERS, _ROUNDS = 10, 20, 15
_CENT = Decimal("0.01")
Document = dict[str, Any]


def normalising() -> tuple[float, float]:
    """(milliseconds of CPU for one order, those of json.loads): medians of rounds through orders with other amounts."""
    shop, random = cases.connect("shopify"), Random(7)
    told = [
        Delivery(shop.store.id, "shopify", "orders/create", body(random), datetime.now(UTC)) for _ in range(_ORDERS)
    ]
    assert all(_ready(shop, delivery)[1] == () for delivery in told), "an order of the sample is held back"
    gc.collect()
    gc.freeze()  # what was imported is none of a collection's business
    rounds = [
        (
            _each(lambda: [_ready(shop, delivery) for delivery in told]),
            _each(lambda: [json.loads(delivery.body) for delivery in told]),
        )
        for _ in range(_ROUNDS + 1)
    ][1:]
    gc.unfreeze()
    return median(ours for ours, _ in rounds), median(floor for _, floor in rounds)


def _ready(shop: Platform, delivery: Delivery) -> tuple[Document, tuple[str, ...]]:
    """The order as its row holds it, and why it would not go to the ERP."""
    (order,) = shop.parse(delivery)
    assert isinstance(order, Order)
    settled = balance.settled(order, shop.store.tolerance)
    return pack(settled.model_dump_json()), orders.waits(settled, shop.store, ())


def body(random: Random) -> bytes:
    """An order of ten lines as Shopify writes it, 24 kB: the sample order's two lines with other prices, each with two
    taxes, two discounts and a word of the buyer."""
    document = json.loads(cases.body(_SAMPLE.event()))
    lines = [_line(deepcopy(document["line_items"][n % 2]), n, random) for n in range(_LINES)]
    goods = sum((Decimal(line["price"]) * line["quantity"] for line in lines), Decimal(0))
    off, tax = _total(lines, "discount_allocations", "amount"), _total(lines, "tax_lines", "price")
    tax += _total(document["shipping_lines"], "tax_lines", "price")
    freight = sum((Decimal(line["price"]) for line in document["shipping_lines"]), Decimal(0))
    sums = {"total_line_items_price": goods, "total_discounts": off, "subtotal_price": goods - off, "total_tax": tax}
    sums["total_price"] = goods - off + freight + tax
    _money(document["tax_lines"][0], "price", tax)
    for name, amount in sums.items():
        for shown in {name, f"current_{name}"} & document.keys():
            _money(document, shown, amount)
    document["line_items"] = lines
    return json.dumps(document, separators=(",", ":")).replace("/", "\\/").encode()


def _line(line: Document, n: int, random: Random) -> Document:
    line |= {"id": line["id"] + 100 * n, "sku": f"{line['sku']}-{n}"}
    line["properties"] = [{"name": "Engraving", "value": "For Dana"}]
    _money(line, "price", random.randint(500, 9000) * _CENT)
    for parts, name, most in (("tax_lines", "price", 300), ("discount_allocations", "amount", 200)):
        line[parts] = [deepcopy(line[parts][0]) for _ in range(2)]
        for part in line[parts]:
            _money(part, name, random.randint(1, most) * _CENT)
    return line


def _money(owner: Document, name: str, amount: Decimal) -> None:
    money = {"amount": str(amount), "currency_code": "USD"}
    owner |= {name: str(amount), f"{name}_set": {"shop_money": money, "presentment_money": money}}


def _total(lines: list[Document], parts: str, name: str) -> Decimal:
    return sum((Decimal(part[name]) for line in lines for part in line[parts]), Decimal(0))


def _each(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000 / _ORDERS
