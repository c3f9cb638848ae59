"""What API Gateway does, for tests: HTTP in, an event of payload 2.0 to the function, its answer out."""

import base64
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


def event_of(path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """A POST as API Gateway hands it over: lower-case headers, the body as base64 as it does for binary types."""
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/{token}",
        "rawPath": path,
        "headers": {name.lower(): value for name, value in headers.items()},
        "pathParameters": {"token": path.rsplit("/", 1)[-1]},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a burst of webhooks must not be refused by the test's own gateway


class Gateway:
    """Serves one function, `event -> answer`, on a free port of 127.0.0.1."""

    def __init__(self, function: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                answer = function(event_of(self.path, dict(self.headers), body))
                self.send_response(answer["statusCode"])
                self.send_header("content-length", str(len(answer["body"].encode())))
                self.end_headers()
                self.wfile.write(answer["body"].encode())

            def log_message(self, format: str, *args: object) -> None:
                """Silent: pytest's output is for results."""

        self._server = _Server(("127.0.0.1", 0), Handler)

    def url(self, token: str) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/webhooks/{token}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
