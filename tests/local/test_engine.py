"""The engine: takes a free port, listens on this machine only, ends with whoever started it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from local.engine import Engine, EngineFailed, session
from local.template import ROOT


def _until(happened: Callable[[], bool], seconds: float = 5) -> bool:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if happened():
            return True
        time.sleep(0.02)
    return False


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/_ministack/health", timeout=2).ok
    except requests.ConnectionError:
        return False


def test_it_takes_another_port_when_the_usual_one_is_taken() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with Engine(port=taken) as engine:
            assert engine.port != taken
            assert _answers(engine.url)
        assert not _answers(engine.url)


def test_it_listens_on_no_other_address(engine: Engine) -> None:
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.2", engine.port))


def test_it_forgets_everything_on_reset() -> None:
    with Engine(port=0) as engine:
        sqs: Any = session().client("sqs", endpoint_url=engine.url)
        sqs.create_queue(QueueName="a")
        engine.reset()
        assert not sqs.list_queues().get("QueueUrls")


def test_it_ends_with_a_parent_that_is_killed_outright() -> None:
    code = "import time; from local.engine import Engine\nwith Engine(0) as e: print(e.url, flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    url = parent.stdout.readline().strip()
    assert _answers(url)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _until(lambda: not _answers(url))


def test_it_says_why_it_did_not_start() -> None:
    with pytest.raises(EngineFailed, match="did not start"), Engine(port=0, LOG_LEVEL="no such level"):
        pass
