"""What runs inside the simulation's functions: the tests' environments, with the simulation's clock.

`python -m simulation.inside SOCKET CLOCK RATE`; the real handlers, which know nothing of it. Waits that the clock does
not reach are shortened here, see `_shorten`.
"""

import random
import sys
import uuid
from pathlib import Path
from typing import Any

from orderbridge import http, queues
from simulation.clock import Clock, installed
from tests import sandbox

SERIAL_TIMEOUT = 6  # seconds
_QUEUE_DELAY = 20  # seconds of ours, as SQS counts; at the end of a run somebody waits for it


def main(address: str, clock: Path) -> None:
    time = Clock(clock)
    _shorten(time.rate)
    with installed(time):
        sandbox.main(address, _prepare)


def _shorten(rate: float) -> None:
    """A shop that does not answer is waited for two seconds; a message that waits for its platform is delayed by the
    clock, and for 20 seconds at most.

    In a serial run the one has more time, so that only faults are too slow, and the other is back at once.
    """
    http.TIMEOUT = (3.05, 2) if rate else (10, SERIAL_TIMEOUT)
    queues._MAX_DELAY = _QUEUE_DELAY if rate else 0
    deliver = queues.Queues.deliver

    def by_the_clock(self: queues.Queues, message: queues.Inbound, delay: float = 0) -> None:
        deliver(self, message, delay / (rate or 1))

    queues.Queues.deliver = by_the_clock  # type: ignore[method-assign]


def _prepare(start: dict[str, Any]) -> None:
    """In a serial run ids and pauses are drawn from the seed, too."""
    if start["seed"]:
        random.seed(start["seed"])
        uuid.uuid4 = lambda: uuid.UUID(int=random.getrandbits(128), version=4)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
