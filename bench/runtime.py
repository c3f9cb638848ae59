"""Runs a function as Lambda does: AWS's own runtime for Python (awslambdaric) in a process with a clean environment,
with the layers as they are built and bytecode for all of it, asking an address of ours what to do.

That address is Lambda's runtime API, https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import compileall
import json
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Mapping
from functools import cache
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from py_compile import PycInvalidationMode
from types import TracebackType
from typing import Any, Self

from bench.aws import Quiet
from local.engine import REGION, end_with_parent
from local.layers import layer_zip, stand_in
from local.template import ROOT

RUNTIME = ROOT / "build/runtime"  # awslambdaric, see Makefile
_BUILT = ROOT / "build/bench"
_PATIENCE = 300.0  # seconds for one answer on a busy machine


class Failed(RuntimeError):
    """The function did not start or raised; the message holds what the runtime said."""


class Environment:
    """One execution environment: it is started on entering, and ends on leaving."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        """`folder` holds the app.py; `variables` are those of the function."""
        self._events: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()
        self._server = Quiet(("127.0.0.1", 0), self._handler())
        self._folder, self._variables = built(folder), variables
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 # closed on leaving

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self._process = subprocess.Popen(
            [python(), "-m", "awslambdaric", "app.lambda_handler"],
            cwd=self._folder,
            env={
                **self._variables,
                "PYTHONPATH": ":".join(map(str, [*layers(), RUNTIME])),
                "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
                "AWS_LAMBDA_FUNCTION_NAME": self._folder.name,
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                "AWS_LAMBDA_FUNCTION_VERSION": "1",
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "LAMBDA_TASK_ROOT": str(self._folder),
                **clean(),
            },
            stdout=self._log,
            stderr=subprocess.STDOUT,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._server.shutdown()
        self._server.server_close()
        self._log.close()

    def call(self, event: Mapping[str, Any]) -> Any:
        """The function's answer. Raises Failed."""
        self._events.put(json.dumps(event).encode())
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                kind, answer = self._answers.get(timeout=0.5)
                break
            except queue.Empty:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    self._log.seek(0)
                    raise Failed(
                        f"{self._folder.name} gave no answer ({self._process.returncode}): {self._log.read()[-1000:]!r}"
                    ) from None
        if kind != "response":
            raise Failed(f"{self._folder.name}: {answer.decode()[:1000]}")
        return json.loads(answer)

    @property
    def cpu(self) -> float:
        """Seconds of CPU since the process was started, of all its threads."""
        tasks = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        events, answers = self._events, self._answers

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                event = events.get()
                self.send_response(200)
                self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
                self.send_header("Lambda-Runtime-Deadline-Ms", "32503680000000")
                self.send_header(
                    "Lambda-Runtime-Invoked-Function-Arn", f"arn:aws:lambda:{REGION}:000000000000:function:f"
                )
                self.send_header("Lambda-Runtime-Trace-Id", "Root=1-00000000-000000000000000000000000;Sampled=0")
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                answers.put((self.path.rsplit("/", 1)[-1], body))
                self.send_response(202)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Silent: a figure is all that is shown."""

        return Handler


def clean() -> dict[str, str]:
    """What every function finds in its environment, and nothing of whoever started the measurement."""
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    return {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "LANG": "C.UTF-8", **keys}


@cache
def layers() -> list[Path]:
    """The unpacked layers, built for this machine."""
    return [_unpacked("Orderbridge", "orderbridge"), _unpacked("Dependencies", "dependencies")]


def _unpacked(logical_id: str, folder: str) -> Path:
    layer = layer_zip(logical_id, ROOT / "layers" / folder)
    stand_in(layer)
    return layer.with_suffix("") / "python"


@cache
def python() -> Path:
    """A Python without any packages of its own, whose .pth files would be read at every start."""
    environment = _BUILT / "python"
    if not (environment / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    return environment / "bin/python"


@cache
def built(folder: Path) -> Path:
    """A copy of a function's folder, with bytecode as the layers have it."""
    copy = _BUILT / "functions" / folder.name
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(copy, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
    return copy
