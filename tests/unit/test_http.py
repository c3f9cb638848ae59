"""The HTTP client against a real server: time limits, redirects, waiting, words."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from orderbridge import http
from orderbridge.errors import AuthFailed, RateLimited, Rejected, TemporaryFailure
from orderbridge.http import Http


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Silent: a client that does not wait for the answer is what some tests are about."""


@contextmanager
def _server(status: int, body: bytes = b"", headers: dict[str, str] | None = None, delay: float = 0) -> Iterator[Http]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(delay)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Http(f"http://127.0.0.1:{server.server_port}/", "shopify", "shopify-us")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_slow_counterparty_is_a_temporary_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT", (0.2, 0.2))
    with _server(200, b"{}", delay=0.6) as client, pytest.raises(TemporaryFailure) as raised:
        client.call("GET", "/slow?key=hidden")
    assert raised.value.reason == "no answer (ReadTimeout)"
    assert (raised.value.status, raised.value.platform, raised.value.store) == (0, "shopify", "shopify-us")


def test_nobody_listens() -> None:
    with _server(200) as client:
        pass
    with pytest.raises(TemporaryFailure, match="no answer"):
        client.call("GET", "/")


def test_a_redirect_is_not_followed_with_our_credentials() -> None:
    with _server(302, headers={"Location": "/elsewhere"}) as client, pytest.raises(Rejected, match="302, a redirect"):
        client.call("GET", "/")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({"Retry-After": "2.0"}, 2.0),
        ({"Retry-After": "45"}, 45.0),
        ({"Retry-After": "999999"}, 3600.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "nan"}, 2.0),
        ({"Retry-After": "soon"}, 2.0),
        ({}, 2.0),
    ],
)
def test_how_long_to_wait(header: dict[str, str], seconds: float) -> None:
    with _server(429, headers=header) as client, pytest.raises(RateLimited) as raised:
        client.call("GET", "/")
    assert raised.value.retry_after == seconds


def test_how_long_to_wait_until_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    with _server(429, headers={"Retry-After": date}) as client, pytest.raises(RateLimited) as raised:
        client.call("GET", "/")
    assert 90 < raised.value.retry_after <= 100


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (b'{"message": "Sorry, you cannot\\n list resources."}', {}, "(401): Sorry, you cannot list resources."),
        (b'{"errors": {"base": ["no"]}}', {}, '(401): {"base": ["no"]}'),
        (b"<html>" + b"x" * 9000, {"Content-Type": "text/html"}, "(401): a body of type text/html"),
        (b"\xff\xfe", {}, "(401): a body of type unknown"),
        (b'{"message": "' + b"x" * 9000 + b'"}', {}, "(401): " + "x" * 300),
    ],
)
def test_the_counterpartys_words_are_kept_short(body: bytes, headers: dict[str, str], said: str) -> None:
    with _server(401, body, headers) as client, pytest.raises(AuthFailed) as raised:
        client.call("GET", "/")
    assert raised.value.reason == f"the platform refuses our credentials {said}"


def test_the_machines_own_netrc_and_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with _server(200, b'{"a": 1.10}') as client:
        assert str(client.call("GET", "/").json()["a"]) == "1.10"
