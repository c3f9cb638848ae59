"""The few answers of AWS that a function's first call wants, over TLS, from this process: so the CPU of a function that
is measured in a process of its own is its own.

TLS, because the certificates that a client loads are a part of its cold start.
"""

import json
import ssl
import sys
import tempfile
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from orderbridge.tables.items import pack

_ANSWERS: dict[str, dict[str, Any]] = {
    "SendMessage": {"MessageId": "1"},
    "BatchGetItem": {"Responses": {}, "UnprocessedKeys": {}},
    "Query": {"Items": [], "Count": 0, "ScannedCount": 0},
}


class Quiet(ThreadingHTTPServer):
    """Says nothing of connections that end with the process that made them."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class Aws:
    """`secrets`: part of a secret's name -> secret; `items`: (pk, sk) -> item. Whatever else is asked for is not there,
    whatever is written is taken.

    url  the address
    """

    def __init__(self, secrets: Mapping[str, Any], items: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        self.asked: list[str] = []
        self._secrets, self._items = secrets, items
        self._folder = tempfile.TemporaryDirectory(prefix="orderbridge-bench-")
        self._server = Quiet(("127.0.0.1", 0), _handler(self._answer))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate = Path(self._folder.name) / "certificate.pem"
        certificate.write_bytes(_certificate())
        context.load_cert_chain(certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_port}"
        self._certificate = certificate.read_bytes()

    def bundle(self, roots: Path) -> Path:
        """A file of certificates as long as `roots`, with ours among them."""
        made = Path(self._folder.name) / roots.name
        made.write_bytes(roots.read_bytes() + self._certificate)
        return made

    def _answer(self, target: str, body: bytes) -> dict[str, Any]:
        operation = target.partition(".")[2]
        self.asked.append(operation)
        if operation == "GetSecretValue":
            name = json.loads(body)["SecretId"]
            secret = next(secret for part, secret in self._secrets.items() if part in name)
            return {"ARN": name, "Name": name, "SecretString": json.dumps(secret)}
        if operation == "GetItem":
            key = json.loads(body)["Key"]
            item = self._items.get((key["pk"]["S"], key["sk"]["S"]))
            return {"Item": pack(dict(item))["M"]} if item else {}
        return _ANSWERS.get(operation, {})

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._folder.cleanup()


def _handler(answer: Any) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # a connection is kept, as AWS keeps it

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            target = self.headers.get("x-amz-target", "")
            said = json.dumps(answer(target, body)).encode() if target else b""  # S3 has no target, and says nothing
            self.send_response(200)
            self.send_header("content-type", "application/x-amz-json-1.0")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_PUT = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Silent: a figure is all that is shown."""

    return Handler


def _certificate() -> bytes:
    """A key and a certificate for localhost that it signs itself, for a day."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)
