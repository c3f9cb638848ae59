"""Many execution environments of one function at the same queue, as Lambda starts them when messages pile up."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
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

    def drain(self, batch: int = 1) -> Counter[str]:
        """Take messages from the inbound queue until it is empty.

        Returns what was done and how often: transactions, what AWS refused with its codes, and what was done again.
        """
        start, seen = threading.Barrier(len(self._sandboxes)), Counter[str]()

        def work(sandbox: Sandbox) -> None:
            records = self._world.inbound(batch)
            assert records, "fewer messages than workers: nobody would race"
            start.wait(timeout=30)
            while records:
                reply = sandbox.call({"Records": records})
                seen.update(_noted(reply))
                for record in records:
                    if record["messageId"] not in reply.failures:
                        self._world.forget(record)
                records = self._world.inbound(batch)

        with ThreadPoolExecutor(len(self._sandboxes)) as pool:
            list(pool.map(work, self._sandboxes))
        return seen


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


def refused(seen: Counter[str]) -> int:
    """How often a condition failed."""
    return sum(n for what, n in seen.items() if "ConditionalCheckFailed" in what)


def _noted(reply: Reply) -> list[str]:
    # A transaction refused because of its delivery (position 1) is a repeat; any other is done again with fresh eyes.
    again = [words for words in reply.refused if "TransactWriteItems" in words and " at 1" not in words]
    return [*(c for c in reply.calls if c == "TransactWriteItems"), *reply.refused, *["done again" for _ in again]]
