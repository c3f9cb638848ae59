"""The inside of an execution environment: runs one function's handler, event by event, and can die at any call.

`python -m tests.sandbox SOCKET` has everything imported that the functions import, and forks for every
connection. The fork takes the environment of the function, imports its app.py and answers events, see `lambdas`.
"""

import json
import os
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.httpsession import URLLib3Session
from requests.adapters import HTTPAdapter

from orderbridge import platforms

DIED = 9
_READS = ("Get", "BatchGet", "TransactGet", "Query", "GET ")
_FUNCTIONS_USE = ("orderbridge.bridge", "orderbridge.deliveries", "orderbridge.pushing", "orderbridge.sweeping")
_SERVICES = ("dynamodb", "sqs", "s3", "secretsmanager")
_LOADER = botocore.session.get_session().get_component("data_loader")


class Calls:
    """Sees every call that leaves the process, to AWS and to shops, and ends the process at one of them.

    die      {at, after, reads}: before or after which call, counted from 1, with or without those that only read
    made     what was called, in order
    refused  what AWS said no to: operation and codes, the positions of a transaction's conditions among them
    meet     a folder, and how many processes wait for each other there before their first transaction: all of them
             have read by then and none has written, which is the closest race there is
    """

    def __init__(self, die: dict[str, Any], meet: tuple[str, int] | None) -> None:
        self.made: list[str] = []
        self.refused: list[str] = []
        self._die, self._meet, self._counted = die, meet, 0

    def watch(self, owner: type, name: Callable[[Any], str]) -> None:
        """Put ourselves around `owner.send`, the one way out of an HTTP library."""
        send = owner.send  # type: ignore[attr-defined]

        def watched(session: Any, request: Any, *rest: Any, **options: Any) -> Any:
            self.made.append(name(request))
            last = self._is_last(self.made[-1])
            if last and not self._die["after"]:
                os._exit(DIED)
            self._wait_for_others()
            answer = send(session, request, *rest, **options)
            if last:
                os._exit(DIED)
            if answer.status_code == 400:
                self.refused.append(f"{name(request)}: {_codes(json.loads(answer.content))}")
            return answer

        owner.send = watched  # type: ignore[attr-defined]

    def _wait_for_others(self) -> None:
        if self._meet is None or self.made[-1] != "TransactWriteItems":
            return
        folder, crowd = self._meet
        self._meet = None
        Path(folder, str(os.getpid())).touch()
        give_up = time.monotonic() + 20
        while len(os.listdir(folder)) < crowd and time.monotonic() < give_up:
            time.sleep(0.001)

    def _is_last(self, name: str) -> bool:
        self._counted += self._die["reads"] or not name.startswith(_READS)
        return bool(self._counted == self._die["at"])


def _operation(request: Any) -> str:
    """The name of an AWS call; S3 alone does not write it into a header."""
    target = request.headers.get("X-Amz-Target", b"")
    return bytes(target).decode().rpartition(".")[2] or f"{request.method} object"


def _codes(said: dict[str, Any]) -> str:
    reasons = [reason.get("Code") for reason in said.get("CancellationReasons", [])]
    if not reasons:
        return str(said.get("__type", "")).rpartition("#")[2]
    return ", ".join(f"{code} at {n}" for n, code in enumerate(reasons) if code != "None")


def _nothing(start: dict[str, Any]) -> None:
    """A test has nothing to prepare in an environment."""


def main(address: str, prepare: Callable[[dict[str, Any]], None] = _nothing) -> None:
    """Fork for every connection; `prepare` is called in the fork with what it is told at its start."""
    for name in (*_FUNCTIONS_USE, *(f"orderbridge.platforms.{name}" for name in platforms.names())):
        import_module(name)
    _use_loader(_LOADER)
    for service in _SERVICES:
        boto3.client(service)  # reads the service's description once for all forks
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the forks
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(address)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _live(connection, prepare)
                os._exit(0)
            connection.close()


def _use_loader(loader: Any) -> None:
    """Let boto3 start afresh from the environment, with the descriptions of services that were read already."""
    session = botocore.session.get_session()
    session.register_component("data_loader", loader)
    boto3.setup_default_session(botocore_session=session)


def _live(connection: socket.socket, prepare: Callable[[dict[str, Any]], None]) -> None:
    with connection.makefile("rw") as line:
        start = json.loads(line.readline())
        os.environ.update(start["env"])
        _use_loader(_LOADER)  # a new session: the one before the fork holds other credentials
        prepare(start)
        calls = Calls(start["die"], start["meet"])
        calls.watch(URLLib3Session, _operation)
        calls.watch(HTTPAdapter, lambda request: f"{request.method} {request.path_url.partition('?')[0]}")
        with _log() as log:
            handler = import_module(f"functions.{start['function']}.app").lambda_handler
            for event in line:
                signal.setitimer(signal.ITIMER_REAL, start["timeout"])  # nobody listens: the process ends
                answer, error = _invoke(handler, json.loads(event))
                signal.setitimer(signal.ITIMER_REAL, 0)
                reply = {"answer": answer, "error": error, "calls": calls.made, "refused": calls.refused, "log": log()}
                line.write(json.dumps(reply) + "\n")
                line.flush()
                calls.made.clear()
                calls.refused.clear()


def _invoke(handler: Callable[[dict[str, Any], Any], Any], event: dict[str, Any]) -> tuple[Any, str]:
    """The answer, or what Lambda's log would show of an exception."""
    try:
        return handler(event, None), ""
    except Exception:  # noqa: BLE001 - Lambda's runtime does the same
        return None, traceback.format_exc()


@contextmanager
def _log() -> Iterator[Callable[[], str]]:
    """What the function prints goes to a file; the function in hand returns it and forgets it."""
    with tempfile.TemporaryFile("w+") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())

        def taken() -> str:
            sys.stdout.flush()
            file.seek(0)
            text = file.read()
            os.ftruncate(file.fileno(), 0)
            file.seek(0)
            return text

        yield taken


if __name__ == "__main__":
    main(sys.argv[1])
