"""Flow 1: a webhook call is verified on its raw bytes, made durable, and only then answered.

Imports neither pydantic nor a platform module: everything it must know of a platform lies, as plain data,
beside the store's signing keys.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orderbridge import signatures
from orderbridge.archive import Archive
from orderbridge.errors import InvalidInput, InvalidSignature, UnknownStore
from orderbridge.queues import WEBHOOK, Inbound, Queues, lay_aside
from orderbridge.vault import Vault

ERP_CALLS = "/webhooks/erp/"
LARGEST = 4 * 1024 * 1024  # bytes; Lambda's own limit for a request is 6 MB with base64
_LOOK_AGAIN = 60.0  # seconds: a secret is read again after a bad signature if it is older, so at most once a minute


class TooLarge(InvalidInput):
    """The body has more bytes than any platform sends."""


@dataclass
class Receiver:
    vault: Vault
    queues: Queues
    archive: Archive

    def receive(self, token: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        """Returns the status to answer with, and what may be logged; it is durable when this returns.

        Raises UnknownStore, InvalidSignature (both 401), TooLarge (413).
        """
        if len(body) > LARGEST:
            raise TooLarge(f"a body of {len(body)} bytes; at most {LARGEST} are accepted")
        secret = self.vault.inbound(token)
        if "spec" not in secret:
            raise UnknownStore("this is the address of an ERP")
        spec, store = secret["spec"], secret["store"]
        if _is_ping(spec, headers, body):
            return spec["answer_status"], {"store": store, "topic": "ping"}
        secret = self._verified(token, secret, headers, body)
        # The topic is not signed and may hold anything: only what a queue's attribute may carry goes on.
        topic = "".join(c for c in headers.get(spec["topic_header"], "") if " " <= c <= "~")[:200]
        message = Inbound(WEBHOOK, store, topic, datetime.now(UTC), body)
        self.queues.deliver(lay_aside(message, self.archive))
        return spec["answer_status"], {"store": store, "topic": topic}

    def called(self, token: str) -> tuple[int, dict[str, str]]:
        """An ERP says that something has changed: it is read, now instead of within the minute.

        What it sends is not looked at, so the secret address is all that must be right. Raises UnknownStore (401).
        """
        erp = self.vault.inbound(token).get("erp")
        if not erp:
            raise UnknownStore("this is the address of a store")
        self.queues.pull_soon()
        return 200, {"erp": erp}

    def _verified(self, token: str, secret: dict[str, Any], headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """A key that was changed must work within a minute: look again, but not for every bad signature."""
        spec = secret["spec"]
        given = next((headers[name] for name in spec["signature_headers"] if name in headers), "")
        if signatures.verify(spec["scheme"], secret["keys"], body, given):
            return secret
        fresh = self.vault.inbound(token, at_least_as_fresh_as=_LOOK_AGAIN)
        if signatures.verify(spec["scheme"], fresh["keys"], body, given):
            return fresh
        raise InvalidSignature("the signature does not fit the body", store=secret["store"])


def _is_ping(spec: Mapping[str, Any], headers: Mapping[str, str], body: bytes) -> bool:
    """A platform's unsigned handshake: it brings no data, so the right address is all it must know."""
    if not spec.get("unsigned_ping") or any(name in headers for name in spec["signature_headers"]):
        return False
    kind, prefix = spec["unsigned_ping"]
    return headers.get("content-type", "").startswith(kind) and body.startswith(prefix.encode()) and len(body) < 100


def respond(receiver: Receiver, event: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Answer an API Gateway HTTP API event (payload 2.0); also returns what may be logged.

    An unknown token and a bad signature get the same answer, so that nobody can find out which tokens exist.
    """
    headers = {name.lower(): value for name, value in event.get("headers", {}).items()}
    token = (event.get("pathParameters") or {}).get("token", "")
    try:
        if event.get("rawPath", "").startswith(ERP_CALLS):
            status, seen = receiver.called(token)
        else:
            status, seen = receiver.receive(token, headers, raw_body(event))
    except (UnknownStore, InvalidSignature) as error:
        return _answer(401, "the signature is missing or wrong"), {"refused": error.name, "store": error.store}
    except TooLarge as error:
        return _answer(413, error.reason), {"refused": error.name}
    except InvalidInput as error:
        return _answer(400, error.reason), {"refused": error.name}
    return {"statusCode": status, "body": ""}, seen


def raw_body(event: Mapping[str, Any]) -> bytes:
    """The body as it came over the wire. Raises InvalidInput when the event holds bad base64."""
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode(errors="surrogatepass")  # half a character: no signature fits it, and it is no crash
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidInput("the body is marked as base64 and is not") from error


def _answer(status: int, reason: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": {"content-type": "text/plain; charset=utf-8"}, "body": reason}
