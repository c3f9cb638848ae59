"""Access tokens: one process at a time exchanges the credentials, the others use what it got; in the real engine."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from orderbridge import tokens
from orderbridge.bridge import Bridge
from orderbridge.errors import AuthFailed, TemporaryFailure
from orderbridge.model import Store
from orderbridge.tokens import EARLY, Shared, Token
from tests.resources import Aws

STORE = Store(
    id="amazon-de",
    platform="amazon",
    url="https://a.example.com",
    currency="EUR",
    connected_at=datetime(2026, 1, 1, tzinfo=UTC),
)
CREDENTIALS = {"client_id": "a", "client_secret": "b", "refresh_token": "c"}
CROWD = 8


class Login:
    """Gives a new token each time, slowly, and counts."""

    def __init__(self, lives: timedelta = timedelta(hours=1)) -> None:
        self.made, self.lives, self._lock = 0, lives, threading.Lock()

    def __call__(self) -> Token:
        with self._lock:
            self.made += 1
            number = self.made
        time.sleep(0.5)
        return Token(f"token-{number}", datetime.now(UTC) + self.lives)


def _process(aws: Aws, credentials: dict[str, str] | None = None) -> Shared:
    """What another process would have: its own clients, its own memory."""
    bridge = Bridge(aws.settings)
    return Shared(bridge.vault, bridge.control, STORE, credentials or CREDENTIALS)


def _all_at_once(ask: Callable[[int], str]) -> list[str]:
    with ThreadPoolExecutor(CROWD) as crowd:
        return list(crowd.map(ask, range(CROWD)))


def test_many_processes_exchange_once(
    aws: Aws, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited, login = list[float](), Login()
    processes = [_process(aws) for _ in range(CROWD)]
    monkeypatch.setattr(time, "sleep", _counted(waited))
    found = _all_at_once(lambda n: processes[n].value(login))
    with capsys.disabled():
        print(f"\n{CROWD} processes at once: {login.made} exchange, {len(waited)} times somebody waited for it")
    assert set(found) == {"token-1"}
    assert login.made == 1
    assert waited, "nobody met anybody: this shows nothing"
    assert _process(aws).value(login) == "token-1", "it is kept for who comes later"
    assert login.made == 1


def _counted(waited: list[float]) -> Callable[[float], None]:
    sleep = time.sleep

    def count(seconds: float) -> None:
        if seconds == tokens._LOOK:
            waited.append(seconds)
        sleep(seconds)

    return count


def test_what_the_platform_refuses_is_renewed_once(aws: Aws) -> None:
    login, processes = Login(), [_process(aws) for _ in range(CROWD)]
    assert processes[0].value(login) == "token-1"
    assert set(_all_at_once(lambda n: processes[n].value(login, refused="token-1"))) == {"token-2"}
    assert login.made == 2


def test_while_one_renews_the_others_use_the_old_one(aws: Aws) -> None:
    first = Login(lives=EARLY - timedelta(minutes=1))
    assert _process(aws).value(first) == "token-1"
    bridge, login = Bridge(aws.settings), Login()
    assert bridge.control.lease("token#amazon-de", "another process", datetime.now(UTC), 20)
    started = time.monotonic()
    assert _process(aws).value(login) == "token-1"
    assert time.monotonic() - started < 2
    assert login.made == 0
    bridge.control.release("token#amazon-de", "another process")
    assert _process(aws).value(login) == "token-1"  # the first of this login
    assert login.made == 1


def test_without_any_it_is_waited_for_and_not_for_ever(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "_WAIT", 0.6)
    bridge, login = Bridge(aws.settings), Login()
    assert bridge.control.lease("token#amazon-de", "one that died", datetime.now(UTC), 20)
    with pytest.raises(TemporaryFailure) as failed:
        _process(aws).value(login)
    assert (failed.value.platform, failed.value.store, login.made) == ("amazon", "amazon-de", 0)


def test_the_right_of_one_that_died_ends(aws: Aws) -> None:
    bridge, login = Bridge(aws.settings), Login()
    assert bridge.control.lease("token#amazon-de", "one that died", datetime.now(UTC) - timedelta(seconds=60), 20)
    assert _process(aws).value(login) == "token-1"


def test_a_failure_keeps_nobody_out(aws: Aws) -> None:
    def refuse() -> Token:
        raise AuthFailed("invalid_grant", platform="amazon", store="amazon-de")

    with pytest.raises(AuthFailed):
        _process(aws).value(refuse)
    assert _process(aws).value(Login()) == "token-1"


def test_a_token_of_other_credentials_is_not_used(aws: Aws) -> None:
    login = Login()
    assert _process(aws).value(login) == "token-1"
    assert _process(aws, {**CREDENTIALS, "refresh_token": "renewed"}).value(login) == "token-2"


def test_a_token_is_shown_nowhere(aws: Aws) -> None:
    kept = _process(aws)
    kept.value(Login())
    assert "token-1" not in repr(kept._known)
    rows = aws.dynamodb.scan(TableName=aws.settings.control_table)["Items"]
    assert "token-1" not in str(rows), "it is a secret, and no row of a table"
