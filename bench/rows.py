"""What a reconciliation needs for many orders: `python -m bench.rows [ORDERS...]`, 10,000, 100,000 and a million
without; each size in a process of its own, whose peak of memory and time are printed.

The real phases, page by page, with run, cursors and findings in the engine's tables. Only the many are made up while
they are asked for, the table's rows and the shop's list alike, because the engine goes through a whole table for each
page of it; one order of each size is missing here, and must be found.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from local.engine import Engine
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from orderbridge.operations import reconciling
from orderbridge.platforms.base import Cursor, Hint, Page
from orderbridge.platforms.shopify import Shopify
from orderbridge.reconcile.rules import Kind
from orderbridge.reconcile.running import begin, go_on
from orderbridge.tables.items import pack
from tests.gateway import Gateway
from tests.resources import Maker
from tests.world import World

SIZES = (10_000, 100_000, 1_000_000)
STORE = "shop"
_DAYS, _BUDGET = 50, 20.0  # orders are spread over so many days; seconds of one invocation
_PAGE = 250  # orders on a page of the shop
_NOW = datetime.now(UTC).replace(microsecond=0)


class Rows:
    """A client of DynamoDB whose table Orders holds orders 0 to n-1, each shipped and done with; all else is real."""

    def __init__(self, client: Any, table: str, orders: int) -> None:
        self._client, self._table, self._orders = client, table, orders

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def scan(self, **asked: Any) -> dict[str, Any]:
        first = 1 + _number(asked["ExclusiveStartKey"]) if "ExclusiveStartKey" in asked else 0
        numbers = range(first, min(first + asked["Limit"], self._orders))
        items = [_row(n, self._orders) for n in numbers]
        last = {"LastEvaluatedKey": {name: items[-1][name] for name in ("pk", "sk")}}
        return {"Items": items, **(last if numbers.stop < self._orders else {})}

    def batch_get_item(self, RequestItems: dict[str, Any]) -> dict[str, Any]:
        if self._table not in RequestItems:
            answer: dict[str, Any] = self._client.batch_get_item(RequestItems=RequestItems)
            return answer
        numbers = map(_number, RequestItems[self._table]["Keys"])
        return {"Responses": {self._table: [_row(n, self._orders) for n in numbers if n < self._orders]}}


def _number(key: dict[str, Any]) -> int:
    return int(key["pk"]["S"].rpartition("#")[2])


def _placed(number: int, orders: int) -> datetime:
    return _NOW - timedelta(days=_DAYS) + number * (timedelta(days=_DAYS - 1) / orders)


def _row(number: int, orders: int) -> dict[str, Any]:
    at = _placed(number, orders).isoformat()
    said = {"pk": f"ORDER#{STORE}#{number}", "sk": "ORDER", "number": f"#{number}", "status": "completed"}
    row = {**said, "source_version": at, "created_at": at, "wants": {}, "shipped": {}, "waits": []}
    return {name: pack(value) for name, value in row.items()}


def listed(token: str, orders: int) -> Page[Any]:
    """As a shop lists them, and one more."""
    first = int(token or 0)
    numbers = range(first, min(first + _PAGE, orders + 1))
    hints = [Hint(str(n), _placed(n, orders)) for n in numbers]
    return Page(hints, Cursor(_NOW, str(numbers.stop)) if numbers.stop <= orders else None)


def compare(orders: int) -> str:
    """One whole run; returns a row of the table."""
    Shopify.orders_since = lambda _, cursor: listed(cursor.token, orders)  # type: ignore[method-assign, assignment]
    with Engine(port=0) as engine, Gateway(lambda _: {"statusCode": 200, "body": ""}) as gateway:
        aws = Maker(engine.url).make()
        os.environ.update(aws.env)
        world = World(aws, Bridge(aws.settings), gateway)
        with world.ends:
            world.connect(ShopifyShop(STORE, PRODUCTS[:2], locations=("HAM",)))
            rows: Any = Rows(aws.dynamodb, aws.settings.orders_table, orders)
            world.bridge.orders.table.client = rows
            return _run(world, orders)


def _run(world: World, orders: int) -> str:
    started, invocations = time.monotonic(), 0
    begin(world.bridge, datetime.now(UTC), days=_DAYS + 1)
    while go_on(world.bridge, _BUDGET).more:
        invocations += 1
    report = reconciling.report(world.bridge)
    assert [found.about for found in report.findings if found.kind == Kind.MISSING] == [str(orders)]
    assert [compared.checked for compared in report.compared[:2]] == [orders + 1, orders]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = time.monotonic() - started
    return f"{orders:>9,} orders: peak {peak:.0f} MB, {seconds:.0f} s in {invocations + 1} invocations"


def main(sizes: Sequence[int]) -> int:
    if len(sizes) == 1:
        print(compare(sizes[0]), flush=True)
        return 0
    return max(subprocess.run([sys.executable, "-m", "bench.rows", str(n)], check=False).returncode for n in sizes)


if __name__ == "__main__":
    sys.exit(main([int(size) for size in sys.argv[1:]] or SIZES))
