"""What the conformance suite knows of the platforms: all of it is data in files, found by the platform's name.

events/<platform>/<case>.json      a call of our webhook as API Gateway hands it over, signed with SECRET; of a platform
                                   that calls no address of ours (INBOUND is None) a record of a queue or the event
                                   of a bus that it writes to, which nothing signs
tests/golden/<platform>/<case>.json      what becomes of it
tests/recordings/<platform>/store.json   a store and its credentials
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

from orderbridge import balance, jsontext, orders, platforms, signatures
from orderbridge import plain as plainly
from orderbridge.archive import Archive
from orderbridge.errors import InvalidPayload, UnknownStore
from orderbridge.http import Http
from orderbridge.language.offline import Offline
from orderbridge.model import Order, Store
from orderbridge.platforms.base import Delivery, Hint, Look, Platform, Seen
from orderbridge.queues import WEBHOOK, Inbound, Queues
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
    def on_a_bus(self) -> bool:
        return platforms.load(self.platform).INBOUND is None

    @property
    def signature_header(self) -> str:
        """The header that carries the signature, "" for an unsigned handshake and for what comes over a bus."""
        spec = platforms.load(self.platform).INBOUND
        headers = self.event()["headers"] if spec else ()
        return next((name for name in spec.signature_headers if name in headers), "") if spec else ""

    @property
    def topic(self) -> str:
        """As the platform writes it, "" for an unsigned handshake, and on a bus for what is none of its messages."""
        spec = platforms.load(self.platform).INBOUND
        if spec:
            return str(self.event()["headers"].get(spec.topic_header, ""))
        try:
            return platforms.load(self.platform).notified(jsontext.read(body(self.event()))).topic
        except InvalidPayload:
            return ""


def cases() -> list[Case]:
    return [Case(name, path.stem) for name in platforms.names() for path in sorted((EVENTS / name).glob("*.json"))]


def signed_cases() -> list[Case]:
    return [case for case in cases() if case.signature_header]


def telling_cases() -> list[Case]:
    """Those that tell something, whoever vouches for them: all but handshakes."""
    return [case for case in cases() if case.signature_header or case.on_a_bus]


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
    """The receiver's answer to an event, and what it made durable; only AWS itself is stood in for. A bus wants no
    answer."""
    kind = platforms.load(platform)
    if kind.INBOUND is None:
        return {"statusCode": None}, [_message(platform, event)]
    keys = [kind.signing_key(secret) for secret in secrets]
    secret = {"store": store_file(platform)["store"]["id"], "keys": keys, "spec": vars(kind.INBOUND)}
    vault, queues = _Vault(f"test-token-{platform}", secret), _Queues()
    receiver = Receiver(cast(Vault, vault), cast(Queues, queues), cast(Archive, None))
    answer, _ = respond(receiver, event)
    return answer, queues.delivered


def _message(platform: str, event: Event) -> Inbound:
    """What a message of the platform's bus becomes. Raises InvalidPayload, also for one that is for none of our
    stores."""
    kind, given, text = platforms.load(platform), connect(platform), body(event)
    told = kind.notified(jsontext.read(text))
    ours = kind.account(given.store, given.credentials)
    if told.account not in (ours, ours.partition("#")[0]):
        raise InvalidPayload("it is for none of our stores", platform=platform)
    return Inbound(WEBHOOK, given.store.id, told.topic, datetime(2026, 10, 5, 14, 30, tzinfo=UTC), text)


def outcome(case: Case, event: Event) -> dict[str, Any]:
    """What becomes of an event, as a golden file holds it."""
    told: dict[str, Any] = {}
    try:
        answer, messages = receive(case.platform, event)
        told |= {"answer": answer["statusCode"], "topic": [message.topic for message in messages]}
        told["became"] = [{**plain(item), **read(item)} for item in results(case.platform, messages)]
    except InvalidPayload as error:
        told["refused"] = error.reason
    return told


def results(platform: str, messages: Sequence[Inbound]) -> Iterator[Order | Hint | Seen | Look]:
    given = connect(platform)
    for message in messages:
        yield from given.parse(Delivery(message.store, platform, message.topic, message.body, message.received_at))


def plain(item: Order | Hint | Seen | Look) -> dict[str, Any]:
    if isinstance(item, Seen):
        return vars(item)
    if isinstance(item, Look):
        return {"look_at": item.item_id, "words": item.words}
    if isinstance(item, Hint):
        named = {"part": item.part} if item.part else {"hint": item.order_id}
        deleted = {"deleted": True} if item.deleted else {}
        return {**named, "version": item.version and item.version.isoformat(), **deleted}
    return {"order": item.model_dump(mode="json"), "money": balance.problem(item), "doubts": list(orders.doubts(item))}


def read(item: Order | Hint | Seen | Look) -> dict[str, Any]:
    """What is made of an order for a merchant who reads Chinese; what is not said there is empty."""
    if not isinstance(item, Order):
        return {}
    return {"read": plainly.plain(item, Offline(), "zh").model_dump(mode="json", exclude_defaults=True)}


def signed(platform: str, event: Event, body: bytes, secret: str = SECRET) -> Event:
    """The event with another body and the signature that fits it, where the platform signs."""
    kind = platforms.load(platform)
    if kind.INBOUND is None:
        if "detail" in event:
            return {**event, "detail": json.loads(body)}
        return {"Records": [{**event["Records"][0], "body": body.decode()}]}
    signature = signatures.sign(kind.INBOUND.scheme, kind.signing_key(secret), body)
    names = [name for name in kind.INBOUND.signature_headers if name in event["headers"]]
    headers = {**event["headers"], **dict.fromkeys(names, signature)}
    return {**event, "headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def body(event: Mapping[str, Any]) -> bytes:
    """The body of a call or of a queue's message; what a bus hands over parsed, as text again."""
    if "detail" in event:
        return json.dumps(event["detail"], ensure_ascii=False).encode()
    if "Records" in event:
        return str(event["Records"][0]["body"]).encode()
    return base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
