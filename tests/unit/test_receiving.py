"""How the receiver treats keys that change, without waiting for a real minute."""

import base64
import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from orderbridge import vault
from orderbridge.archive import Archive
from orderbridge.queues import Queues
from orderbridge.receiving import Receiver, respond
from orderbridge.settings import Settings
from orderbridge.signatures import sign
from orderbridge.vault import Vault

SCHEME = "hmac-sha256-base64"
SPEC = {
    "scheme": SCHEME,
    "signature_headers": ["x-signature"],
    "topic_header": "x-topic",
    "unsigned_ping": None,
    "answer_status": 200,
}
BODY = b'{"id": 1}'


@dataclass
class Secrets:
    """A secrets manager that counts how often it is asked."""

    keys: list[str]
    asked: int = 0
    erp: str = ""  # the address is an ERP's

    def get_secret_value(self, SecretId: str) -> dict[str, str]:
        self.asked += 1
        store = {"store": "shop", "keys": self.keys, "spec": SPEC}
        return {"SecretString": json.dumps({"erp": self.erp} if self.erp else store)}


@dataclass
class Sqs:
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)


@dataclass
class Clock:
    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(vault, "time", made)
    return made


@pytest.fixture
def secrets() -> Secrets:
    return Secrets(["old"])


@pytest.fixture
def sqs() -> Sqs:
    return Sqs()


@pytest.fixture
def receiver(secrets: Secrets, sqs: Sqs, clock: Clock) -> Receiver:
    none: Any = SimpleNamespace()
    asked: Any = secrets
    queue: Any = sqs
    settings = Settings()
    return Receiver(Vault(asked, settings), Queues(queue, settings), Archive(lambda: none, settings))


def status(receiver: Receiver, key: str, **headers: str) -> int:
    event = {
        "headers": {"X-Signature": sign(SCHEME, key, BODY), **headers},
        "pathParameters": {"token": "t"},
        "body": base64.b64encode(BODY).decode(),
        "isBase64Encoded": True,
    }
    answer, _ = respond(receiver, event)
    return int(answer["statusCode"])


@pytest.mark.parametrize("changed_after", [0, 1, 30, 59, 61, 200])
def test_a_rotated_key_works_within_a_minute(
    receiver: Receiver, secrets: Secrets, clock: Clock, changed_after: int
) -> None:
    """The shop signs with the new key at once, every second."""
    assert status(receiver, "old") == 200
    clock.now += changed_after
    secrets.keys = ["new", "old"]
    refused = 0
    while status(receiver, "new") != 200:
        refused += 1
        clock.now += 1
    assert refused <= 60


def test_bad_signatures_make_us_look_at_most_once_a_minute(receiver: Receiver, secrets: Secrets, clock: Clock) -> None:
    assert status(receiver, "old") == 200
    for _ in range(300):
        clock.now += 1
        assert status(receiver, "forged") == 401
    assert secrets.asked <= 1 + 5


def test_a_good_signature_never_waits_for_a_look(receiver: Receiver, secrets: Secrets, clock: Clock) -> None:
    for _ in range(290):
        assert status(receiver, "old") == 200
        clock.now += 1
    assert secrets.asked == 1


def test_a_topic_is_not_signed_and_brings_no_message_down(receiver: Receiver, sqs: Sqs) -> None:
    """What an attribute of a queue may not hold is left out, and it is never empty."""
    assert status(receiver, "old", **{"X-Topic": "orders/\x00create\n" + "x" * 500}) == 200
    assert status(receiver, "old", **{"X-Topic": "\x7f\u202e"}) == 200
    topics = [message["MessageAttributes"]["topic"]["StringValue"] for message in sqs.sent]
    assert topics == ["orders/create" + "x" * 187, "-"]


def call(receiver: Receiver) -> int:
    event = {"rawPath": "/webhooks/erp/t", "headers": {}, "pathParameters": {"token": "t"}, "body": "anything"}
    answer, _ = respond(receiver, event)
    return int(answer["statusCode"])


def test_an_erp_that_calls_is_read(receiver: Receiver, secrets: Secrets, sqs: Sqs) -> None:
    secrets.erp = "demo"
    assert call(receiver) == 200
    assert [message["MessageGroupId"] for message in sqs.sent] == ["erp"]
    assert status(receiver, "old") == 401, "its address takes no webhook of a store"


def test_the_address_of_a_store_is_not_an_erps(receiver: Receiver, sqs: Sqs) -> None:
    assert call(receiver) == 401
    assert not sqs.sent
