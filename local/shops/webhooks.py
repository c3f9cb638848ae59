"""Sends a shop's webhooks from threads of its own, with the faults that it is told to have.

A platform gives each job ready headers and a body, or a function that makes them when the job leaves, and
says how often a failed delivery is tried again. Nothing here knows what is in a body.
"""

import heapq
import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import requests

from local.shops.faults import WebhookFaults

Delivery = Callable[[], tuple[Mapping[str, str], bytes]]  # makes headers and body when a delivery leaves

KEPT = 2000  # records of the past that are kept for tests; a long simulation must not fill the memory


@dataclass
class Subscription:
    """Where deliveries of some topics go. `failures` in a row; an inactive one gets nothing more.

    paused  a person made it inactive;  secret  what it is signed with, "" for the shop's own
    """

    id: int
    url: str
    topics: frozenset[str]
    active: bool = True
    failures: int = 0
    paused: bool = False
    secret: str = ""


@dataclass
class Attempt:
    """One sending of one delivery, kept for tests. `status` 0 is no answer, -1 was dropped on purpose."""

    topic: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    at: float


@dataclass(order=True)
class _Job:
    due: float
    order: int
    subscription: Subscription = field(compare=False)
    topic: str = field(compare=False)
    make: Delivery = field(compare=False)
    tries: int = field(compare=False, default=0)


def post(
    session: requests.Session, url: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
) -> int:
    """The status of the answer; 0 when there was none in time."""
    try:
        answer = session.post(url, data=body, headers=dict(headers), timeout=timeout, allow_redirects=False)
    except requests.RequestException:
        return 0
    return answer.status_code


Post = Callable[[requests.Session, str, Mapping[str, str], bytes, tuple[float, float]], int]


@dataclass(frozen=True)
class Rules:
    """How a platform delivers.

    retries    seconds to wait before each further try of a failed delivery; none: it is lost
    success    which answers count
    timeout    seconds to connect, seconds to answer
    give_up    called when a delivery has failed for good; may end the subscription
    post       how one delivery leaves: session, address, headers, body, timeout -> status, 0 for no answer
    """

    success: Callable[[int], bool]
    timeout: tuple[float, float]
    give_up: Callable[[Subscription], None]
    retries: tuple[float, ...] = ()
    post: Post = post


class Sender:
    """`workers` deliveries at a time, each when it is due."""

    def __init__(self, rules: Rules, faults: WebhookFaults, workers: int = 4) -> None:
        self.rules, self.faults = rules, faults
        self.attempts: deque[Attempt] = deque(maxlen=KEPT)
        self._jobs: list[_Job] = []
        self._count, self._busy, self._stopped = itertools.count(), 0, False
        self._change = threading.Condition()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._change:
            self._stopped = True
            self._change.notify_all()
        for thread in self._threads:
            thread.join()

    def send(self, subscription: Subscription, topic: str, make: Delivery) -> None:
        """Queue one delivery; `make` is called once for each sending."""
        waits = self.faults.plan()
        if not waits:
            headers, body = make()
            with self._change:
                self.attempts.append(Attempt(topic, headers, body, -1, time.time()))
        for wait in waits:
            self._push(_Job(time.monotonic() + wait, next(self._count), subscription, topic, make))

    def idle(self, timeout: float = 10) -> bool:
        """Wait until nothing is left to send, retries included; False when that took longer than `timeout`."""
        with self._change:
            return self._change.wait_for(lambda: not self._jobs and not self._busy, timeout)

    def resume(self) -> None:
        """Send what was held back."""
        self.faults.held = False
        with self._change:
            self._change.notify_all()

    def send_one(self, choose: Callable[[int], int]) -> str:
        """While all is held, send one of the waiting deliveries now and in this thread; its topic, "" if none waits.

        `choose` is given how many wait and says which, counted in the order of their events.
        """
        with self._change:
            if not self._jobs:
                return ""
            job = sorted(self._jobs, key=lambda job: job.order)[choose(len(self._jobs))]
            self._jobs.remove(job)
            heapq.heapify(self._jobs)
        with requests.Session() as session:
            session.trust_env = False
            self._deliver(session, job)
        return job.topic

    @property
    def waiting(self) -> int:
        return len(self._jobs)

    def _push(self, job: _Job) -> None:
        with self._change:
            heapq.heappush(self._jobs, job)
            self._change.notify_all()

    def _take(self) -> _Job | None:
        with self._change:
            while not self._stopped:
                wait = self._jobs[0].due - time.monotonic() if self._jobs and not self.faults.held else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._jobs)
                self._change.wait(wait)
            return None

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # no proxy between two processes of one machine
            while job := self._take():
                if job.subscription.active:
                    self._deliver(session, job)
                with self._change:
                    self._busy -= 1
                    self._change.notify_all()

    def _deliver(self, session: requests.Session, job: _Job) -> None:
        headers, body = job.make()
        status = self.rules.post(session, job.subscription.url, headers, body, self.rules.timeout)
        with self._change:
            self.attempts.append(Attempt(job.topic, headers, body, status, time.time()))
        if self.rules.success(status):
            job.subscription.failures = 0
        elif job.tries < len(self.rules.retries):
            job.due, job.tries = time.monotonic() + self.rules.retries[job.tries], job.tries + 1
            self._push(job)
        else:
            self.rules.give_up(job.subscription)
