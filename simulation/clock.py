"""The simulation's time: one clock for shops, ERP and functions, faster than ours or moved by hand.

A minute between two sweeps, a lease of 45 seconds, ten minutes of patience with a sale that nobody has seen: waiting
for them in full would take days. The clock lies in a small file that all processes share. At a rate of 6 the library's
waits and deadlines are a sixth of what they are; at a rate of 0 time stands still until somebody sleeps or `jump`s, so
that a serial run is the same every time.
"""

import mmap
import struct
import time as real
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import orderbridge

_STATE = struct.Struct("<ddd")  # the clock's seconds, our seconds when it showed them, rate
# Pauses between two writers that meet stay as long as they are, for the engine is not faster than usual; a signature
# has the time of the machine that checks it.
_OURS = ("orderbridge.patience", "orderbridge.tables.items", "orderbridge.oauth1")


class Clock:
    """Reads and moves the clock in the file at `path`."""

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._state = mmap.mmap(file.fileno(), _STATE.size)

    @classmethod
    def make(cls, path: Path, start: float, rate: float) -> "Clock":
        """A clock that shows `start` (seconds since 1970) now."""
        path.write_bytes(_STATE.pack(start, real.time(), rate))
        return cls(path)

    @property
    def rate(self) -> float:
        return float(_STATE.unpack_from(self._state)[2])

    def seconds(self) -> float:
        shown, since, rate = _STATE.unpack_from(self._state)
        return float(shown + (real.time() - since) * rate)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def jump(self, seconds: float) -> None:
        """Let time pass at once; one process does this at a time."""
        shown, since, rate = _STATE.unpack_from(self._state)
        _STATE.pack_into(self._state, 0, shown + seconds, since, rate)

    def sleep(self, seconds: float) -> None:
        if rate := self.rate:
            real.sleep(seconds / rate)
        else:
            self.jump(seconds)


@contextmanager
def installed(clock: Clock) -> Iterator[None]:
    """The library tells time by this clock; its modules are given another `datetime` and another `time`."""
    before: list[tuple[ModuleType, str, Any]] = []
    for module in _library():
        given = {"datetime": _dates(clock), "time": _Time(clock)}
        names = ("datetime",) if module.__name__ in _OURS else ("datetime", "time")
        for name in names:
            if vars(module).get(name) in (datetime, real):
                before.append((module, name, vars(module)[name]))
                setattr(module, name, given[name])
    try:
        yield
    finally:
        for module, name, value in before:
            setattr(module, name, value)


def _library() -> list[ModuleType]:
    """Every module of the library; those that are not imported yet would come with the real time."""
    return [import_module(found.name) for found in walk_packages(orderbridge.__path__, "orderbridge.")]


def _dates(clock: Clock) -> type[datetime]:
    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Shown(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return clock.now().astimezone(tz)

    return Shown


class _Time:
    """What the library uses of the module `time`."""

    def __init__(self, clock: Clock) -> None:
        self.sleep, self.monotonic, self.time = clock.sleep, clock.seconds, clock.seconds
