"""The local AWS engine: MiniStack in a process of its own, on 127.0.0.1, gone with whoever started it.

    with Engine() as engine:
        session().client("sqs", endpoint_url=engine.url)

MiniStack (https://pypi.org/project/ministack/, 1.5.33) runs the Lambda functions as processes of its own Python.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import boto3
import requests

PYTHON = Path(__file__).parent.parent / ".venv-engine/bin/python"
USUAL_PORT = 4566
REGION = "us-east-1"
ROOT_KEY = "test"

_PR_SET_PDEATHSIG = 1  # prctl(2)


class EngineFailed(RuntimeError):
    """The engine did not start; the message holds the last lines that it wrote."""


def session() -> boto3.Session:
    """For clients of the engine, as its root user; the user's own AWS settings are left out."""
    return boto3.Session(aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_KEY, region_name=REGION)


class Engine:
    """Starts MiniStack on entering, stops it on leaving; it keeps everything in memory and one temporary folder.

    `host`: which address of this machine it listens on; containers reach it on Docker's bridge only.
    `port`: 0 takes any free one, otherwise it is taken if it is free and any other if not.
    `log`: where the engine's own words go; by default into the temporary folder.
    `settings`: more of MiniStack's environment variables.
    """

    def __init__(
        self, port: int = USUAL_PORT, log: Path | None = None, host: str = "127.0.0.1", **settings: str
    ) -> None:
        self.host, self.port, self._log_path, self._settings = host, port, log, settings
        self._folder = tempfile.TemporaryDirectory(prefix="orderbridge-engine-", ignore_cleanup_errors=True)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        if not PYTHON.exists():
            raise EngineFailed("The engine's environment is missing: run `make setup`.")
        self.port = _free_port(self.host, self.port)
        self._log_path = self._log_path or Path(self._folder.name) / "engine.log"
        with self._log_path.open("wb") as log:
            self._process = self._start(log)
        try:
            self._wait_until_healthy(self._process, self._log_path)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reset(self) -> None:
        """Forget every table, queue, bucket, secret and function; takes some 10 ms."""
        requests.post(f"{self.url}/_ministack/reset", timeout=10).raise_for_status()

    def stop(self) -> None:
        """End the engine and the function processes under it; may be called twice."""
        process, self._process = self._process, None
        if process is not None:
            _signal(process, signal.SIGTERM)
            try:
                process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                _signal(process, signal.SIGKILL)
                process.wait()
            _signal(process, signal.SIGKILL)  # functions that it was just starting
        self._folder.cleanup()

    def _start(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        # A clean environment: the functions inherit the engine's, and must not see the AWS settings of the user.
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": self._folder.name,
            "TMPDIR": self._folder.name,
            "LANG": "C.UTF-8",
            "BIND_HOST": self.host,
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_REGION": REGION,
            "S3_DATA_DIR": f"{self._folder.name}/s3",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "AWS_ENDPOINT_URL": self.url,  # handed on to the functions; without it they look at 127.0.0.1
            "AUTH": "true",  # the functions' roles are enforced: a permission that is missing fails here, too
            **self._settings,
        }
        return subprocess.Popen(
            [PYTHON, "-m", "ministack"],
            env=environment,
            cwd=self._folder.name,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )

    def _wait_until_healthy(self, process: subprocess.Popen[bytes], log: Path, patience: float = 30.0) -> None:
        give_up = time.monotonic() + patience
        while time.monotonic() < give_up and process.poll() is None:
            try:
                if requests.get(f"{self.url}/_ministack/health", timeout=2).ok and process.poll() is None:
                    return
            except requests.ConnectionError:
                time.sleep(0.03)
        raise EngineFailed("MiniStack did not start:\n" + log.read_text(errors="replace")[-2000:])


def _signal(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """To the engine and the functions' processes in its group; it may have ended by itself."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def end_with_parent() -> None:
    """In the new process: ask Linux to end it with the thread that started it, even if that is killed outright."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _free_port(host: str, wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError:
            probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
