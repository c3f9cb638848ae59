"""What the workers of all counterparties share: one at a time, most urgent first, patient with the other side.

A bell starts a worker, see `pushing` (shops) and `handing` (the ERP). It works off the to-dos of one counterparty and
leaves; nothing is kept in between but the to-dos, and until when the counterparty wants to be left alone.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orderbridge.errors import AuthFailed, RateLimited, TemporaryFailure
from orderbridge.tables.control import Control, Todo

LEASE = 45  # seconds; longer than the functions may run
_RETRY = 15.0  # seconds after a failure that does not say for how long
_LONGEST_NAP = 8.0  # seconds; a shorter wait is slept out, a longer one is written down and left to the sweep
_FAILURES = 2  # so many failures in one run are tried again, after half a second, then a whole one
DONE = "done"


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Shift:
    """One run of the worker of one counterparty; it should end at `until`."""

    control: Control
    who: str
    now: Callable[[], datetime]
    until: datetime
    lease: int = LEASE
    failures: int = 0

    def serve(self, work: Callable[[], None], pause: Callable[[str], None]) -> str:
        """Call `work`, which works off what is due, unless another worker is at it or it is not yet time.

        A second worker leaves at once; the first looks once more after it gave its lease back (`more`), so a bell
        that rang in between is not lost. `pause` is called with a reason when the counterparty refuses our
        credentials. Returns what became of it, in plain words.
        """
        owner = uuid.uuid4().hex
        if not self.control.lease(self.who, owner, self.now(), self.lease):
            return "another worker is at it"
        try:
            return self._patiently(work, pause)
        finally:
            self.control.release(self.who, owner)

    def more(self, outcome: str) -> bool:
        """Whether another bell must be rung."""
        return outcome == DONE and any(self.due(limit=1))

    def due(self, limit: int) -> list[Todo]:
        """The most urgent to-dos whose time has come."""
        now, found = self.now(), list[Todo]()
        for todo in self.control.todos(self.who, page=limit + 25):
            if todo.retry_at is None or todo.retry_at <= now:
                found.append(todo)
            if len(found) == limit:
                break
        return found

    def _patiently(self, work: Callable[[], None], pause: Callable[[str], None]) -> str:
        waiting = self.control.waiting_until(self.who)
        if waiting and waiting > self.now():
            return "waits for the platform"
        try:
            while not self._worked_off(work):
                pass
        except AuthFailed as error:
            pause(error.reason)
            return f"paused: {error.reason}"
        except TemporaryFailure as error:
            seconds = error.retry_after if isinstance(error, RateLimited) else _RETRY
            self.control.wait_until(self.who, self.now() + timedelta(seconds=seconds), error.reason)
            return error.reason
        return DONE

    def _worked_off(self, work: Callable[[], None]) -> bool:
        """False after a short wait that the counterparty asked for."""
        try:
            work()
        except TemporaryFailure as failure:
            if not self._nap(failure):
                raise
            return False
        return True

    def _nap(self, failure: TemporaryFailure) -> bool:
        """Wait here when it is short, for the next bell comes with the sweep; False when it would be too long."""
        if isinstance(failure, RateLimited):
            seconds = failure.retry_after
        else:
            self.failures += 1
            seconds = self.failures / 2 if self.failures <= _FAILURES else _LONGEST_NAP + 1
        if seconds > _LONGEST_NAP or self.now() + timedelta(seconds=seconds) >= self.until:
            return False
        time.sleep(seconds)
        return True
