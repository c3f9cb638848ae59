"""Writing against others: a conflict means that someone else was faster, so look again and write again."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from orderbridge.errors import TemporaryFailure
from orderbridge.tables.items import Conflict

T = TypeVar("T")
PATIENCE = 3.0  # seconds


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
