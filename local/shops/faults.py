"""Faults that a demo counterparty can be told to have: in what it sends, and in how it answers.

Both draw from their own seeded generator, so the same seed and the same calls make the same faults.
"""

import random
import threading
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

F = TypeVar("F", bound=StrEnum)


class Fault(StrEnum):
    """What may happen to one call of the shop's API."""

    THROTTLED = "throttled"  # the platform's own way to say: slow down
    UNAVAILABLE = "503"
    BROKEN = "500"
    UNREACHED = "unreached"  # the connection breaks before anything was done
    LOST = "lost"  # done, and the connection breaks before the answer
    SLOW = "slow"  # done, and the answer comes too late
    IGNORED = "ignored"  # answered as if done, and nothing was done
    REVOKED = "revoked"  # the credentials are not accepted any more


class Faults(Generic[F]):
    """Which fault the next API call meets.

    script   faults for the coming calls, in order; "" is a healthy call
    shares   fault -> share of all further calls (0 to 1), for example {Fault.UNAVAILABLE: 0.1}
    slow     seconds that a slow answer takes
    """

    def __init__(self, seed: int, kind: type[F]) -> None:
        self.script: deque[str] = deque()
        self.shares: Mapping[F, float] = {}
        self.slow = 30.0
        self._kind, self._random, self._lock = kind, random.Random(seed), threading.Lock()

    def next(self) -> F | None:
        with self._lock:
            if self.script:
                planned = self.script.popleft()
                return self._kind(planned) if planned else None
            if not self.shares:
                return None
            draw = self._random.random()
            for fault, share in self.shares.items():
                if draw < share:
                    return fault
                draw -= share
            return None


class ApiFaults(Faults[Fault]):
    """Those of a demo shop."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, Fault)


class WebhookFaults:
    """What happens to the deliveries that the shop sends.

    drop, duplicate   share of deliveries that are never sent, or sent twice (0 to 1)
    delay             seconds, at least and at most; different delays put deliveries out of order
    held              while True nothing is sent and everything is kept, to be sent when it is False again
    """

    def __init__(self, seed: int) -> None:
        self.drop = self.duplicate = 0.0
        self.delay = (0.0, 0.0)
        self.held = False
        self._random, self._lock = random.Random(seed), threading.Lock()

    def plan(self) -> list[float]:
        """Seconds to wait before each sending of one delivery: none when it is dropped, two when doubled."""
        with self._lock:
            # Every delivery draws the same number of values, so that one switch does not shift the others.
            dropped = self._random.random() < self.drop
            times = 2 if self._random.random() < self.duplicate else 1
            waits = [self._random.uniform(*self.delay) for _ in range(2)]
        return [] if dropped else waits[:times]
