"""Execution environments of the real functions, in processes of their own, that die when the seed says so."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulation.plan import Plan, Trouble
from simulation.wiring import Wired
from tests.lambdas import Died, Lambdas, Reply, Sandbox
from tests.resources import Aws

_LIVES = 1200.0  # seconds; Lambda gives environments up, too, and their credentials end after an hour
# Calls until a death, on average. A batch of the stream makes hundreds, a webhook two.
_CALLS = {"receive_webhook": 150, "sweep": 300}
_USUAL_CALLS = 800


@dataclass
class Tally:
    """What all functions did.

    calls      to AWS, by function; calls to shops and ERP have another name than an operation
    conflicts  what AWS refused, with codes
    errors     what the functions logged or raised, by function and kind
    answered   deliveries that were answered with 2xx; `unsafe` are those that lay on no queue by then
    """

    events: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    conflicts: Counter[str] = field(default_factory=Counter)
    deaths: Counter[str] = field(default_factory=Counter)
    timeouts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    samples: dict[str, str] = field(default_factory=dict)
    answered: int = 0
    unsafe: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, function: str, reply: Reply) -> None:
        errors = [*_logged(reply.log), *([reply.error.strip().splitlines()[-1]] if reply.error else [])]
        with self._lock:
            self.events[function] += 1
            for call in reply.calls:
                (self.outside if " /" in call else self.calls)[function] += 1
            self.conflicts.update(refusal for refusal in reply.refused if "Conditional" in refusal or "Conf" in refusal)
            if reply.answer and reply.answer.get("statusCode") in (200, 202) and '"topic":"ping"' not in reply.log:
                self.answered += 1
                self.unsafe += "SendMessage" not in reply.calls
            for error in errors:
                name = f"{function}: {error.partition(' | ')[0]}"
                self.errors[name] += 1
                self.samples.setdefault(name, reply.error or error)

    def died(self, function: str, *, planned: bool) -> None:
        with self._lock:
            (self.deaths if planned else self.timeouts)[function] += 1


def _logged(log: str) -> list[str]:
    """Errors in the lines that a function printed; the library's own words only."""
    found = []
    for line in log.splitlines():
        if '"level":"ERROR"' in line:
            entry = json.loads(line)
            found.append(
                f"{entry.get('error', entry.get('message'))} | {entry.get('reason', '')} {entry.get('where', '')}"
            )
    return found


@dataclass
class Environments:
    """Makes environments of any function."""

    plan: Plan
    aws: Aws
    lambdas: Lambdas
    wired: Mapping[str, Wired]
    tally: Tally
    crash: threading.Event = field(default_factory=threading.Event)  # set: functions die

    def one(self, function: str, index: int = 0) -> "Environment":
        return Environment(self, function, index)

    def start(self, function: str, index: int, generation: int, die_at: int, after: bool) -> Sandbox:
        seed = f"{self.plan.seed}/{function}/{index}/{generation}" if self.plan.serial else ""
        timeout = 0.0 if self.plan.serial else self.wired[function].timeout / self.plan.rate
        env = self.aws.env_of(function)
        return self.lambdas.start(function, env, die_at, after=after, timeout=timeout, seed=seed)


class Environment:
    """One environment of one function. A new process takes its place when it dies."""

    def __init__(self, pool: Environments, function: str, index: int) -> None:
        self.function, self._pool, self._index = function, pool, index
        self._generation, self._ends, self._mortal = 0, 0.0, False
        self._sandbox: Sandbox | None = None

    def call(self, event: Mapping[str, Any]) -> Reply:
        """Raises Died."""
        try:
            reply = self._living().call(event)
        except (Died, ConnectionError):
            self.close()
            self._pool.tally.died(self.function, planned=self._mortal)
            raise Died from None
        self._pool.tally.add(self.function, reply)
        return reply

    def close(self) -> None:
        if self._sandbox:
            self._sandbox.close()
        self._sandbox = None

    def _living(self) -> Sandbox:
        spared = self._mortal and not self._pool.crash.is_set()
        if self._sandbox is None or spared or time.monotonic() > self._ends:
            self._sandbox = self._start()
        return self._sandbox

    def _start(self) -> Sandbox:
        self.close()
        self._mortal = self._pool.crash.is_set()
        chance = random.Random(f"{self._pool.plan.seed}/{self.function}/{self._index}/{self._generation}")
        lives, after = _CALLS.get(self.function, _USUAL_CALLS), chance.random() < 0.5
        much = self._pool.plan.much(Trouble.CRASH)
        die_at = chance.randint(1, max(1, round(2 * lives / much))) if self._mortal else 0
        self._generation, self._ends = self._generation + 1, time.monotonic() + _LIVES
        return self._pool.start(self.function, self._index, self._generation, die_at, after)
