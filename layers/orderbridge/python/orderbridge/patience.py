"""Against others: a conflict means that someone else was faster, so look again and write again; and a counterparty
that asks to slow down is given its time."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from orderbridge.errors import RateLimited, TemporaryFailure
from orderbridge.tables.items import Conflict

T = TypeVar("T")
PATIENCE = 3.0  # seconds
LONG = 60.0  # seconds that one call of a counterparty may take a person who shares its calls with our pushes


def until_written(attempt: Callable[[], T], what: str) -> T:
    """Call `attempt`, which reads and then writes on the condition of what it read, until it raises no Conflict.

    Waits with full jitter in between. Raises TemporaryFailure when others keep `what` busy for three seconds.
    """
    deadline, tries = time.monotonic() + PATIENCE, 0
    while True:
        try:
            return attempt()
        except Conflict as conflict:
            tries += 1
            if time.monotonic() > deadline:
                raise TemporaryFailure(f"{what} is being changed by others") from conflict
            time.sleep(random.uniform(0, min(0.5, 0.01 * 2**tries)))


def when_allowed(call: Callable[[], T]) -> T:
    """Call a counterparty, again after the time that it asks for. Raises RateLimited when that is over a minute, and
    whatever else `call` raises."""
    give_up = time.monotonic() + LONG
    while True:
        try:
            return call()
        except RateLimited as limit:
            if time.monotonic() + limit.retry_after > give_up:
                raise
            time.sleep(limit.retry_after)
