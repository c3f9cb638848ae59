"""The deployed stack on the local engine, with the demo merchant's shops: webhooks, orders and sales, on the clock."""

import io
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from statistics import quantiles
from typing import Any

import requests

from bench.figures import Figure, Goal
from local.demo import scan, truth
from local.demo.screen import Screen
from local.demo.words import ENGLISH, Words
from local.engine import session
from local.run import Demo, set_up
from local.shops.catalogue import KITS, PRODUCTS
from orderbridge import platforms, signatures
from orderbridge.tables.stock import SHARDS

_SELLER = "shopify-us"
_SECONDS = 5.0  # of each load
_FIRST, _ORDERS = 60, 300  # those that start as many functions as it takes, those that are counted
_SOLD_OUT = 12  # SKUs that are sold out one after the other
_PATIENCE = 120.0
_BARE = "def handler(event, context):\n    print('called')\n    return {}\n"


def figures() -> Iterator[Figure]:
    """Each load by itself, on a system that is warm."""
    with ExitStack() as ends:
        demo = set_up(Screen(Words(ENGLISH)), ends)
        yield from accepting(demo)
        yield from orders(demo)
        yield from selling_out(demo)


def accepting(demo: Demo) -> Iterator[Figure]:
    client: Any = session().client("lambda", endpoint_url=demo.engine.url)
    client.create_function(
        FunctionName="bare",
        Runtime="python3.13",
        Role=client.list_functions()["Functions"][0]["Role"],  # the engine wants one that is there
        Handler="app.handler",
        Code={"ZipFile": _zipped()},
    )
    post = _webhook(demo)
    for at_once in (1, 8):
        _rate(post, 2 * at_once, 1.0)
        bare = _rate(lambda: client.invoke(FunctionName="bare"), at_once, _SECONDS)
        accepted = _rate(post, at_once, _SECONDS)
        note = "the floor is the engine's bare invoke of a function that prints a line"
        yield Figure(f"webhooks accepted, {at_once} at once", accepted, "/s", bare, note=note)


def _webhook(demo: Demo) -> Callable[[], object]:
    """A signed call that is accepted and then ignored."""
    shop, kind = demo.shops[_SELLER], platforms.load("shopify")
    body, key = b"{}", kind.signing_key(shop.webhook_secret)
    assert kind.INBOUND, "Shopify calls an address"
    headers = {"x-shopify-topic": "products/update", "content-type": "application/json"}
    headers["x-shopify-hmac-sha256"] = signatures.sign(kind.INBOUND.scheme, key, body)

    def post() -> None:
        requests.post(demo.addresses[_SELLER], data=body, headers=headers, timeout=60).raise_for_status()

    return post


def orders(demo: Demo) -> Iterator[Figure]:
    """From the first webhook until the last order is held and all to-dos are written: no level is dirty any more."""
    table, client = demo.bridge.settings.control_table, demo.bridge.dynamodb
    write = {"TableName": table, "Item": {"pk": {"S": "BENCH"}, "sk": {"S": "1"}, "x": {"S": "x" * 1000}}}
    floor = _rate(lambda: client.put_item(**write), 4, _SECONDS)  # type: ignore[arg-type]
    shop = demo.shops[_SELLER]
    all_of_them = list(shop.subscriptions)
    shop.subscriptions[:] = []
    shop.subscribe(demo.addresses[_SELLER], ["orders/create"])
    _sold(demo, _FIRST)
    rate, lost, agreed = _sold(demo, _ORDERS)
    note = f"of {_ORDERS} orders {lost} lost; all shops agree afterwards: {'yes' if agreed else 'NO'}; the floor is "
    note += "how many single items of 1 kB the engine writes in a second"
    yield Figure("orders from webhook to held and to-dos written", rate, "/s", floor, 31, Goal.LEAST, note)
    yield Figure("orders lost", lost, "orders", None, 0, Goal.MOST)
    shop.subscriptions[:] = all_of_them
    rate, lost, agreed = _sold(demo, _ORDERS)
    note = f"create, paid, updated: what Shopify sends of a sale; {lost} lost; agreed: {'yes' if agreed else 'NO'}"
    yield Figure("the same with three webhooks of each order", rate, "/s", floor, note=note)


def _sold(demo: Demo, count: int) -> tuple[float, int, bool]:
    """(orders in a second, until also the last that the shop says of them is worked off; orders lost; whether all
    shops agree afterwards)."""
    skus, shop, orders = _plenty(), demo.shops[_SELLER], demo.bridge.orders
    began = time.monotonic()
    sold = [shop.sell(skus[n % len(skus)]) for n in range(count)]
    missing = list(sold)

    def none_missing() -> bool:
        while missing and orders.load(_SELLER, missing[0]):
            del missing[0]
        return not missing

    _until(none_missing)
    _until(lambda: not any(demo.bridge.stock.table.dirty_keys(shard, 1) for shard in SHARDS))
    _until(lambda: shop.webhooks.idle(0) and not _waiting(demo))
    rate = count / (time.monotonic() - began)
    lost = sum(orders.load(_SELLER, id) is None for id in sold)
    return rate, lost, truth.wait_for_agreement(demo.bridge, demo.stores, demo.shops).agreed


def _waiting(demo: Demo) -> int:
    """Messages on the inbound queue and in the hands of functions."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    queues = demo.bridge.queues
    told = queues.client.get_queue_attributes(QueueUrl=queues.inbound_url, AttributeNames=names)["Attributes"]
    return sum(map(int, told.values()))


def selling_out(demo: Demo) -> Iterator[Figure]:
    """The last units of a SKU are sold in one shop: seconds until every other one shows none, in its own books."""
    seconds = []
    for sku in _scarce(demo)[:_SOLD_OUT]:
        seller = demo.shops[_SELLER]
        left = sum(seller.quantities()[sku].values())
        began = time.monotonic()
        seller.sell(sku, left)
        _until(lambda sku=sku: not any(_shown(demo, sku)), 0.01)  # type: ignore[misc]
        seconds.append(time.monotonic() - began)
    cuts = quantiles(seconds, n=20, method="inclusive")
    yield Figure("sale to zero in every demo shop, p50", cuts[9], "s", None, 1.0, Goal.MOST)
    yield Figure("sale to zero in every demo shop, p95", cuts[18], "s", None, 2.0, Goal.MOST)


def _plenty() -> list[str]:
    return [product.sku for product in PRODUCTS if sum(product.stock.values()) >= 80][:8]


def _scarce(demo: Demo) -> list[str]:
    """SKUs that every shop lists, and that are neither a kit nor in one."""
    parts = {part for kit in KITS.values() for part in kit} | set(_plenty())
    listed = scan.stock(demo.bridge).listed
    everywhere = {
        sku for sku, found in listed.items() if {one.listing.store for one in found.values()} == {*demo.shops}
    }
    units = {sku: sum(demo.shops[_SELLER].quantities()[sku].values()) for sku in everywhere - parts - KITS.keys()}
    return sorted(units, key=lambda sku: units[sku])


def _shown(demo: Demo, sku: str) -> Iterator[int]:
    for shop in demo.shops.values():
        yield sum(shop.quantities()[sku].values())


def _until(done: Callable[[], bool], pause: float = 0.2) -> None:
    give_up = time.monotonic() + _PATIENCE
    while not done() and time.monotonic() < give_up:
        time.sleep(pause)


def _rate(work: Callable[[], object], at_once: int, seconds: float) -> float:
    """How often in a second, by so many threads."""
    began = time.monotonic()

    def repeat(_: int) -> int:
        done = 0
        while time.monotonic() < began + seconds:
            work()
            done += 1
        return done

    with ThreadPoolExecutor(at_once) as pool:
        total = sum(pool.map(repeat, range(at_once)))
    return total / (time.monotonic() - began)


def _zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("app.py", _BARE)
    return made.getvalue()
