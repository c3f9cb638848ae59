"""What the conformance suite knows of the platforms: all of it is data in files, found by the platform's name.

events/<platform>/<case>.json      a call of our webhook as API Gateway hands it over, signed with SECRET
tests/golden/<platform>/<case>.json      what becomes of it
tests/recordings/<platform>/store.json   a store and its credentials
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, cast

from orderbridge import balance, orders, platforms, signatures
from orderbridge import plain as plainly
from orderbridge.archive import Archive
from orderbridge.errors import InvalidPayload, UnknownStore
from orderbridge.http import Http
from orderbridge.language.offline import Offline
from orderbridge.model import Order, Store
from orderbridge.platforms.base import Delivery, Hint, Platform, Seen
from orderbridge.queues import Inbound, Queues
from orderbridge.receiving import Receiver, respond
from orderbridge.vault import Vault

ROOT = Path(__file__).parents[2]
EVENTS, GOLDEN, RECORDINGS = ROOT / "events", ROOT / "tests" / "golden", ROOT / "tests" / "recordings"
SECRET = "harbour &amp; pine: for tests only"  # as the merchant sees it; WooCommerce signs with "&" in its place
OTHER_SECRET = "an older or a foreign secret"

Event = dict[str, Any]


@dataclass(frozen=True)
class Case:
    platform: str
    name: str

    def __str__(self) -> str:
        return f"{self.platform}/{self.name}"

    @property
    def path(self) -> Path:
        return EVENTS / self.platform / f"{self.name}.json"

    @property
    def golden(self) -> Path:
        return GOLDEN / self.platform / f"{self.name}.json"

    def expected(self) -> dict[str, Any]:
        """What the golden file holds; nothing, which no outcome equals, until `make golden` has written it."""
        return json.loads(self.golden.read_text()) if self.golden.exists() else {}

    def event(self) -> Event:
        found: Event = json.loads(self.path.read_text())
        return found

    @property
    def document(self) -> dict[str, Any] | None:
        """The JSON object in the body, None when there is none."""
        try:
            found = json.loads(body(self.event()))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    @property
    def signature_header(self) -> str:
        """The header that carries the signature, "" for an unsigned handshake."""
        headers = self.event()["headers"]
        return next((name for name in platforms.load(self.platform).INBOUND.signature_headers if name in headers), "")


def cases() -> list[Case]:
    return [Case(name, path.stem) for name in platforms.names() for path in sorted((EVENTS / name).glob("*.json"))]


def signed_cases() -> list[Case]:
    return [case for case in cases() if case.signature_header]


@cache
def store_file(platform: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RECORDINGS / platform / "store.json").read_text())
    return found


def connect(platform: str) -> Platform:
    """The platform for its test store. Nothing is sent before a method that talks is called."""
    kind, given = platforms.load(platform), store_file(platform)
    store = Store.model_validate(given["store"])
    return kind(store, kind.Credentials.model_validate(given["credentials"]), Http(store.url, platform, store.id))


@dataclass
class _Vault:
    token: str
    secret: dict[str, Any]

    def inbound(self, token: str, *, at_least_as_fresh_as: float = 0) -> dict[str, Any]:
        if token != self.token:
            raise UnknownStore("no store has these credentials")
        return self.secret


@dataclass
class _Queues:
    delivered: list[Inbound] = field(default_factory=list)

    def deliver(self, message: Inbound, delay: float = 0) -> None:
        self.delivered.append(message)


def receive(platform: str, event: Event, secrets: Sequence[str] = (SECRET,)) -> tuple[dict[str, Any], list[Inbound]]:
    """The receiver's answer to an event, and what it made durable; only AWS itself is stood in for."""
    kind = platforms.load(platform)
    keys = [kind.signing_key(secret) for secret in secrets]
    secret = {"store": store_file(platform)["store"]["id"], "keys": keys, "spec": vars(kind.INBOUND)}
    vault, queues = _Vault(f"test-token-{platform}", secret), _Queues()
    receiver = Receiver(cast(Vault, vault), cast(Queues, queues), cast(Archive, None))
    answer, _ = respond(receiver, event)
    return answer, queues.delivered


def outcome(case: Case, event: Event) -> dict[str, Any]:
    """What becomes of an event, as a golden file holds it."""
    answer, messages = receive(case.platform, event)
    told: dict[str, Any] = {"answer": answer["statusCode"], "topic": [message.topic for message in messages]}
    try:
        told["became"] = [{**plain(item), **read(item)} for item in results(case.platform, messages)]
    except InvalidPayload as error:
        told["refused"] = error.reason
    return told


def results(platform: str, messages: Sequence[Inbound]) -> Iterator[Order | Hint | Seen]:
    given = connect(platform)
    for message in messages:
        yield from given.parse(Delivery(message.store, platform, message.topic, message.body, message.received_at))


def plain(item: Order | Hint | Seen) -> dict[str, Any]:
    if isinstance(item, Seen):
        return vars(item)
    if isinstance(item, Hint):
        named = {"part": item.part} if item.part else {"hint": item.order_id}
        deleted = {"deleted": True} if item.deleted else {}
        return {**named, "version": item.version and item.version.isoformat(), **deleted}
    return {"order": item.model_dump(mode="json"), "money": balance.problem(item), "doubts": list(orders.doubts(item))}


def read(item: Order | Hint | Seen) -> dict[str, Any]:
    """What is made of an order for a merchant who reads Chinese; what is not said there is empty."""
    if not isinstance(item, Order):
        return {}
    return {"read": plainly.plain(item, Offline(), "zh").model_dump(mode="json", exclude_defaults=True)}


def signed(platform: str, event: Event, body: bytes, secret: str = SECRET) -> Event:
    """The event with another body and the signature that fits it."""
    kind = platforms.load(platform)
    signature = signatures.sign(kind.INBOUND.scheme, kind.signing_key(secret), body)
    names = [name for name in kind.INBOUND.signature_headers if name in event["headers"]]
    headers = {**event["headers"], **dict.fromkeys(names, signature)}
    return {**event, "headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def body(event: Mapping[str, Any]) -> bytes:
    return base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
