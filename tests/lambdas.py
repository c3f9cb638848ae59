"""Functions as Lambda runs them: each in a process of its own, which may be killed in the middle of its work."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.engine import end_with_parent
from local.template import ROOT


class Died(Exception):
    """The execution environment ended at the call that it was told to."""


@dataclass(frozen=True)
class Reply:
    """What became of one event.

    answer   what the handler returned; None if it raised, then `error` is the traceback
    calls    calls to AWS ("GetItem") and to shops ("POST /admin/..."), in order
    refused  what AWS said no to, with codes
    log      what the function printed
    """

    answer: Any
    error: str
    calls: list[str]
    refused: list[str]
    log: str

    @property
    def failures(self) -> list[str]:
        """Message ids that shall come again."""
        assert not self.error, self.error
        return [failure["itemIdentifier"] for failure in self.answer["batchItemFailures"]]


class Sandbox:
    """One execution environment of one function. It serves one event at a time."""

    def __init__(self, address: str, **start: Any) -> None:
        """`start` is what `sandbox` wants to know first."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(address)
        self._line = self._socket.makefile("rw")
        self._send(start)

    def call(self, event: Mapping[str, Any]) -> Reply:
        """Raises Died."""
        self._send(event)
        answer = self._line.readline()
        if not answer:
            raise Died
        return Reply(**json.loads(answer))

    def close(self) -> None:
        self._line.close()
        self._socket.close()

    def _send(self, document: Mapping[str, Any]) -> None:
        self._line.write(json.dumps(document) + "\n")
        self._line.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Lambdas:
    """Starts execution environments; `env` leads to the engine.

    inside  the module that runs in them, and its arguments after the socket's
    code    the folder whose functions are run
    """

    def __init__(self, env: Mapping[str, str], inside: Sequence[str] = ("tests.sandbox",), code: Path = ROOT) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="orderbridge-lambdas-")
        self._address = str(Path(self._folder.name) / "socket")
        self._process = subprocess.Popen(
            [sys.executable, "-m", inside[0], self._address, *inside[1:]],
            cwd=code,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def start(
        self,
        function: str,
        env: Mapping[str, str],
        die_at: int = 0,
        *,
        after: bool = False,
        reads: bool = True,
        meet: tuple[str, int] | None = None,
        timeout: float = 0,
        seed: str = "",
    ) -> Sandbox:
        """A fresh environment; it dies before or `after` its call number `die_at`, counted from 1 over all events.

        reads  whether calls that only read are counted
        meet   a folder, and how many environments wait there for each other before their first transaction
        timeout  seconds after which it dies in the middle of an event, as Lambda ends a function; 0: never
        seed   for whoever runs inside, see `inside`
        """
        die = {"at": die_at, "after": after, "reads": reads}
        env, told = dict(env), {"die": die, "meet": meet, "timeout": timeout, "seed": seed}
        return Sandbox(self._address, function=function, env=env, **told)

    @property
    def group(self) -> int:
        """The process group that all environments are in."""
        return self._process.pid

    def stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._folder.cleanup()
