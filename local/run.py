"""`make run`: the demo merchant on the local engine, live. Stays until Ctrl-C; with --once it ends by itself.

Exit code 0 only if every shop's quantity is right, see `local.demo.truth`.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from local import layers
from local.demo import endpoints, merchant, report, scan, truth, warmup
from local.demo.screen import Screen
from local.demo.story import Story
from local.demo.watch import Watch
from local.demo.words import Words, language
from local.deploy import deploy
from local.engine import Engine
from local.shops.demo import demo_shops
from local.shops.shop import Shop
from orderbridge.bridge import Bridge
from orderbridge.model import Store

_PATIENCE = 60.0  # seconds until the opening stock must have been read back from every shop


@dataclass(frozen=True)
class Demo:
    engine: Engine
    outputs: Mapping[str, str]
    bridge: Bridge
    stock: scan.LiveStock
    shops: Mapping[str, Shop]
    stores: Mapping[str, Store]
    addresses: Mapping[str, str]


def main() -> int:
    for stop in (signal.SIGTERM, signal.SIGINT):  # a shell starts what it puts in the background deaf to SIGINT
        signal.signal(stop, signal.default_int_handler)
    screen, agreed = Screen(Words(language(os.environ))), False
    screen.title("title")
    with ExitStack() as ends:
        try:
            demo, once = set_up(screen, ends), "--once" in sys.argv
            watch = Watch(demo.bridge, demo.stock, demo.shops, demo.stores, screen)
            if once:
                show_endpoints(demo, screen)
            agreed = sell(demo, watch)
            if not once:
                show_endpoints(demo, screen)
                screen.say("stop", "bold")
                watch.run(threading.Event())
        except KeyboardInterrupt:
            screen.say("stopping")
    screen.say("stopped")
    return 0 if agreed else 1


def set_up(screen: Screen, ends: ExitStack) -> Demo:
    """Engine, stack, shops and merchant; all of them end with `ends`."""
    with screen.phase("engine"):
        engine = ends.enter_context(Engine())
    if not layers.CACHE.exists():
        screen.say("first_build", "dim")
    with screen.phase("deploy"):
        outputs = deploy(engine.url)
    # One platform location each: with two, a shop of unpinned orders offers some units twice (docs/decisions.md).
    shops = demo_shops(us_locations=("Portland",))
    for shop in shops.values():
        ends.enter_context(shop)
    with ThreadPoolExecutor() as pool:
        visits = warmup.knock(pool, outputs)
        with screen.phase("merchant"):
            bridge = merchant.bridge_to(engine.url, outputs)
            stock = scan.LiveStock(bridge, engine.url)
            merchant.stock_up(bridge)
            stores, addresses = merchant.connect_all(bridge, shops.values(), outputs["WebhookUrl"])
        warmup.greet(shops)
        with screen.phase("shelves", seen := dict[str, object]()):
            seen["listings"] = read_back(stock)
        for visit in visits:
            visit.result()
    ends.enter_context(endpoints.published(engine.url, bridge, shops))
    return Demo(engine, outputs, bridge, stock, shops, stores, addresses)


def read_back(stock: scan.LiveStock) -> int:
    """Wait until update_store has read every listing from its shop; returns how many it has."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        stock.catch_up()
        states = [one.shelf.state for one in stock.listings()]
        if set(states) == {"verified"} or time.monotonic() > give_up:
            return states.count("verified")
        time.sleep(0.1)


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        live = pool.submit(watch.run, stop)
        try:
            yield
        finally:
            stop.set()
            live.result()


def sell(demo: Demo, watch: Watch) -> bool:
    """The story, live, and then who shows what. True if all sides agree."""
    screen, sold = watch.screen, dict[str, object]()
    watch.take_in()
    with watching(watch):
        with screen.phase("sales", sold):
            Story(demo.bridge, demo.shops, screen).play()
            sold["orders"] = sum(len(shop.sales) for shop in demo.shops.values())
        verdict = truth.wait_for_agreement(demo.bridge, demo.stores, demo.shops)
    report.show(screen, verdict, watch, demo.bridge)
    return verdict.agreed


def show_endpoints(demo: Demo, screen: Screen) -> None:
    endpoints.show(screen, demo.engine.url, demo.outputs["ApiUrl"], demo.addresses, demo.shops)


if __name__ == "__main__":
    sys.exit(main())
