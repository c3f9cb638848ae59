"""A merchant with five shops, and orders that go their whole way through the real functions, one at a time.

Each function runs in this process as Lambda would call it: with one webhook, with one message, with what the stream
brings of one SKU (a table begins with four shards, so three SKUs rarely meet in one). Nothing is coalesced.
"""

import contextlib
import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from bench.meter import Line, Meter, chunks, message_size
from local.engine import Engine
from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from orderbridge.bridge import Bridge
from simulation.wiring import Queue, Stream, Wired, functions, wanted
from tests.gateway import Gateway
from tests.resources import Maker
from tests.world import World, record_of

STORES, LINES = 5, 3
_OFFERED = PRODUCTS[:20]
_LAMBDA_SAYS = 60  # bytes of the time stamps around a call's lines; START, END and REPORT are off in template.yaml
Event = dict[str, Any]


@dataclass
class Day:
    """`came` are the webhooks that shops sent and nobody has looked at yet."""

    world: World
    meter: Meter
    wired: Mapping[str, Wired]
    came: list[Event]
    log: io.StringIO = field(default_factory=io.StringIO)
    handlers: dict[str, Callable[[Event, Any], Any]] = field(default_factory=dict)

    @property
    def shops(self) -> list[Shop]:
        return list(self.world.shops.values())

    def order(self, number: int) -> None:
        """Sold and paid in one shop, told to all five, found by a poll; then shipped, and found by a poll again."""
        shop = self.shops[number % STORES]
        skus = [_OFFERED[(number * LINES + n) % len(_OFFERED)].sku for n in range(LINES)]
        _ago(shop, 3)
        order = shop.sell_basket(dict.fromkeys(skus, 1))
        self.drain()
        self.poll(shop)
        _ago(shop, 2)
        shop.fulfil(order)
        self.drain()
        self.poll(shop)

    def poll(self, shop: Shop) -> None:
        self.world.bridge.queues.ask_poll(shop.name)
        self.drain()

    def drain(self) -> None:
        """Until no function has anything to do. The stream is quicker than the bells that it rings."""
        while self._webhooks() or self._queues("process_deliveries") or self._stream() or self._others():
            pass

    def invoke(self, function: str, event: Event) -> Any:
        """One call of a function, and everything that AWS charges for it but its time."""
        written = self.log.tell()
        with contextlib.redirect_stdout(self.log):
            if function not in self.handlers:
                self.handlers[function] = import_module(f"functions.{function}.app").lambda_handler
            with self.meter.running(function):
                answer = self.handlers[function](event, None)
        self._count(function, "Lambda requests", "calls")
        self._count(function, "CloudWatch Logs, bytes", "lines", self.log.tell() - written + _LAMBDA_SAYS)
        assert not (answer or {}).get("batchItemFailures"), f"{function}: {self.log.getvalue()[written:]}"
        return answer

    def _count(self, function: str, unit: str, what: str, amount: int = 1) -> None:
        self.meter.used[Line(function, unit, what)] += amount

    def _webhooks(self) -> bool:
        self.world.arrive()
        events, self.came[:] = list(self.came), []
        for event in events:
            assert self.invoke("receive_webhook", event)["statusCode"] == 200
            self._count("receive_webhook", "HTTP API requests", "webhooks")
        return bool(events)

    def _others(self) -> bool:
        return any(self._queues(name) for name in self.wired if name != "process_deliveries")

    def _queues(self, function: str) -> bool:
        """Hand a function what lies on its queues, message by message."""
        found = False
        for url in [self._url(source.name) for source in self.wired[function].sources if isinstance(source, Queue)]:
            while message := self._take(url):
                found = True
                unit = f"SQS requests, {'FIFO' if url.endswith('.fifo') else 'standard'}"
                self._count(function, unit, "receive", chunks(message_size(message)))
                self._count(function, unit, "delete")
                self.invoke(function, {"Records": [record_of(message)]})
                self.world.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def _stream(self) -> bool:
        """One call per SKU that changed."""
        records, self.meter.records[:] = list(self.meter.records), []
        calls = [
            (function, [r for r in records if r["dynamodb"]["Keys"]["pk"] == sku and wanted(r, source.patterns)])
            for function, wired in self.wired.items()
            for source in wired.sources
            if isinstance(source, Stream)
            for sku in _different(r["dynamodb"]["Keys"]["pk"] for r in records)
        ]
        for function, given in calls:
            if given:
                self.invoke(function, {"Records": given})
        return any(given for _, given in calls)

    def _take(self, url: str) -> dict[str, Any] | None:
        found = self.world.aws.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"]).get("Messages", [])
        return dict(found[0]) if found else None

    def _url(self, queue: str) -> str:
        return next(url for url in self.world.aws.sqs.list_queues()["QueueUrls"] if f"-{queue}-" in url)


def _different(keys: Iterator[dict[str, str]]) -> list[dict[str, str]]:
    return [{"S": name} for name in dict.fromkeys(key["S"] for key in keys)]


def _ago(shop: Shop, minutes: int) -> None:
    """The shop's clock: what it does now is a while ago, so that a poll finds it settled."""
    shop.now = lambda: datetime.now(UTC) - timedelta(minutes=minutes)


@contextlib.contextmanager
def day() -> Iterator[Day]:
    """All shops connected, every SKU on sale everywhere, everything told and verified, nothing counted yet."""
    with Engine(port=0) as engine:
        aws, came = Maker(engine.url).make(), list[Event]()
        os.environ.update(aws.env)

        def gateway(event: Event) -> dict[str, Any]:
            came.append(event)
            return {"statusCode": 200, "body": ""}

        with Gateway(gateway) as opened:
            world = World(aws, Bridge(aws.settings), opened)
            made = Day(world, Meter(aws.dynamodb), functions(), came)
            with world.ends, made.meter.watching():
                _open(made)
                yield made


def _open(made: Day) -> None:
    for n in range(STORES):
        shop = ShopifyShop(f"shop-{n}", _OFFERED, locations=("HAM",), seed=n + 1)
        shop.graphql.bucket = Bucket(10**9, 10**9)
        made.world.connect(shop)
    made.world.stock({product.sku: 1000 for product in _OFFERED})
    made.world.settle()
    for n in range(STORES):
        made.order(n)  # the first order of a store pays for what its functions remember of the store
    made.meter.reset()
