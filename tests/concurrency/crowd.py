"""Many execution environments of one function at the same queue, as Lambda starts them when messages pile up."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import Any

from orderbridge.queues import WEBHOOK, Inbound
from tests.lambdas import Lambdas, Reply, Sandbox
from tests.world import World

WORKERS = 8


class Crowd:
    """Eight warm environments of process_deliveries."""

    def __init__(self, world: World, sandboxes: Sequence[Sandbox]) -> None:
        self._world, self._sandboxes = world, sandboxes

    def drain(self) -> Counter[str]:
        """Take messages from the inbound queue, all starting at once, until it is empty."""
        start, end = threading.Barrier(len(self._sandboxes)), threading.Event()
        end.set()

        def work(sandbox: Sandbox) -> Counter[str]:
            records = self._world.inbound(1)
            assert records, "fewer messages than workers: nobody would race"
            start.wait(timeout=30)
            return self._process(sandbox, records) + self._until(sandbox, end)

        return self._each(work)

    def work_until(self, end: threading.Event) -> Counter[str]:
        """Take messages as they come, and after the end until the queue is empty."""
        return self._each(lambda sandbox: self._until(sandbox, end))

    def _each(self, work: Callable[[Sandbox], Counter[str]]) -> Counter[str]:
        """What all did and how often: transactions, what AWS refused with its codes, and what was done again."""
        with ThreadPoolExecutor(len(self._sandboxes)) as pool:
            return sum(pool.map(work, self._sandboxes), Counter())

    def _until(self, sandbox: Sandbox, end: threading.Event) -> Counter[str]:
        seen = Counter[str]()
        while True:
            ending = end.is_set()
            records = self._world.inbound(1)
            seen += self._process(sandbox, records) if records else Counter()
            if ending and not records:
                return seen
            end.wait(0 if records else 0.02)

    def _process(self, sandbox: Sandbox, records: Sequence[dict[str, Any]]) -> Counter[str]:
        reply = sandbox.call({"Records": records})
        for record in records:
            if record["messageId"] not in reply.failures:
                self._world.forget(record)
        return Counter(_noted(reply))


@contextmanager
def crowd(world: World, lambdas: Lambdas) -> Iterator[Crowd]:
    """Environments that wait for each other before the first transaction of each.

    All have seen an event that is none of our business: their clients are made.
    """
    store = next(iter(world.shops))
    for _ in range(WORKERS):
        world.bridge.queues.deliver(Inbound(WEBHOOK, store, "products/update", datetime.now(UTC), b"{}"))
    with ExitStack() as ends:
        meet = ends.enter_context(TemporaryDirectory(prefix="orderbridge-meet-")), WORKERS
        sandboxes = []
        env = world.aws.env_of("process_deliveries")
        for record in world.inbound(WORKERS):
            sandboxes.append(ends.enter_context(lambdas.start("process_deliveries", env, meet=meet)))
            assert not sandboxes[-1].call({"Records": [record]}).failures
            world.forget(record)
        assert len(sandboxes) == WORKERS
        yield Crowd(world, sandboxes)


def all_at_once(world: World, lambdas: Lambdas, function: str, events: Sequence[dict[str, Any]]) -> list[Reply]:
    """One environment per event, all starting at the same moment."""
    start = threading.Barrier(len(events))

    def work(event: dict[str, Any]) -> Reply:
        with lambdas.start(function, world.aws.env_of(function)) as sandbox:
            start.wait(timeout=30)
            return sandbox.call(event)

    with ThreadPoolExecutor(len(events)) as pool:
        return list(pool.map(work, events))


def tell(world: World, lambdas: Lambdas, store: str, end: threading.Event) -> None:
    """Bells of one store, one after the other, until the end."""
    with lambdas.start("update_store", world.aws.env_of("update_store")) as function:
        while not end.wait(0.05):
            assert not function.call({"Records": [{"body": f"store#{store}"}]}).failures


def publish(world: World, end: threading.Event) -> None:
    """What the stream would bring, until the end."""
    while not end.wait(0.1):
        world.publish()


def refused(seen: Counter[str]) -> int:
    """How often a condition failed."""
    return sum(n for what, n in seen.items() if "ConditionalCheckFailed" in what)


def _noted(reply: Reply) -> list[str]:
    # A transaction refused because of its delivery (position 1) is a repeat; any other is done again with fresh eyes.
    again = [words for words in reply.refused if "TransactWriteItems" in words and " at 1" not in words]
    return [*(c for c in reply.calls if c == "TransactWriteItems"), *reply.refused, *["done again" for _ in again]]
