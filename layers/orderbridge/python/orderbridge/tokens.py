"""Access tokens that a platform gives for our credentials and that live for an hour.

A token is used for as long as it lives, by all processes; one process at a time exchanges the credentials for the next,
a few minutes before the end. The others go on with the old one, and wait for the new one only where there is none that
works. It is a secret of its own in Secrets Manager; the right to renew it is a lease in table Control.
"""

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from orderbridge.errors import TemporaryFailure
from orderbridge.model import Store

if TYPE_CHECKING:
    from orderbridge.tables.control import Control
    from orderbridge.vault import Vault

EARLY = timedelta(minutes=5)  # before its end a token is renewed; it still works until then
_LAST = timedelta(seconds=30)  # what is left of a token is not worth a call: clocks differ, and calls take time
_LEASE = 20  # seconds; an exchange takes 13 at most
_WAIT = 8.0  # seconds; for another process to renew it
_LOOK = 0.25  # seconds; between two looks whether it has


@dataclass(frozen=True)
class Token:
    value: str = field(repr=False)
    until: datetime

    def lasts(self, time: timedelta, refused: str) -> bool:
        return self.value != refused and datetime.now(UTC) + time < self.until


class Tokens:
    """The token of one store, kept in this process alone: for credentials that are only tried."""

    def __init__(self) -> None:
        self._known: Token | None = None

    def value(self, make: Callable[[], Token], refused: str = "") -> str:
        """The token, exchanged with `make` where there is none that lives.

        refused  the one that the platform does not take any more, whatever its time says
        Raises what `make` raises, TemporaryFailure (another process could not renew it in time).
        """
        if self._known is None or not self._known.lasts(EARLY, refused):
            self._known = self._next(make, refused)
        return self._known.value

    def _next(self, make: Callable[[], Token], refused: str) -> Token:
        return make()


class Shared(Tokens):
    """The token that all processes share. `credentials` are those that it stands for: a change of them is a change of
    it."""

    def __init__(self, vault: "Vault", control: "Control", store: Store, credentials: Mapping[str, Any]) -> None:
        super().__init__()
        self.vault, self.control, self.store = vault, control, store
        self.of = hashlib.sha256(json.dumps(dict(credentials), sort_keys=True).encode()).hexdigest()[:32]

    def _next(self, make: Callable[[], Token], refused: str) -> Token:
        give_up = time.monotonic() + _WAIT
        while True:
            kept = self._kept()
            if kept and kept.lasts(EARLY, refused):
                return kept
            if renewed := self._renewed(make, refused):
                return renewed
            if kept and kept.lasts(_LAST, refused):
                return kept  # somebody else is at it
            if time.monotonic() > give_up:
                reason = "another process renews the access token, and has not come to an end"
                raise TemporaryFailure(reason, platform=self.store.platform, store=self.store.id)
            time.sleep(_LOOK)

    def _renewed(self, make: Callable[[], Token], refused: str) -> Token | None:
        """The next token; None while another process has the right to make it."""
        who, owner = f"token#{self.store.id}", uuid.uuid4().hex
        if not self.control.lease(who, owner, datetime.now(UTC), _LEASE):
            return None
        try:
            kept = self._kept()  # it may have been renewed since we looked
            if kept and kept.lasts(EARLY, refused):
                return kept
            made = make()
            self.vault.put_token(self.store.id, {"of": self.of, "value": made.value, "until": made.until.isoformat()})
            return made
        finally:
            self.control.release(who, owner)

    def _kept(self) -> Token | None:
        secret = self.vault.token(self.store.id)
        if secret.get("of") != self.of:
            return None
        return Token(secret["value"], datetime.fromisoformat(secret["until"]))
