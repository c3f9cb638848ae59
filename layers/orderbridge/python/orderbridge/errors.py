"""One small error tree, named for what the caller must do next.

Every error carries a plain `reason` that may be shown to an operator and written to a log: it never
holds a secret or a buyer's data. Chain the cause with `raise ... from error` unless the cause's text
itself could hold such data (a pydantic error does, it quotes its input).
"""

from traceback import extract_tb
from typing import Any


class BridgeError(Exception):
    """Base of all errors that Orderbridge raises on purpose.

    reason       one plain sentence: what is wrong
    platform     name of the platform module, "" if none is involved
    store        id of the store, "" if none is involved
    status       HTTP status that the counterparty answered with, 0 if there was no answer
    next_action  class-level sentence: what a person, or the caller, does about it
    """

    next_action = "Look at the reason and correct the input."

    def __init__(self, reason: str, *, platform: str = "", store: str = "", status: int = 0) -> None:
        super().__init__(reason)
        self.reason, self.platform, self.store, self.status = reason, platform, store, status

    @property
    def name(self) -> str:
        return type(self).__name__


def described(error: BaseException | None) -> dict[str, Any]:
    """What a log may say of any error: {error, reason, where}. Only our own words: others may quote a buyer's data."""
    reason = error.reason if isinstance(error, BridgeError) else ""
    where = [f"{frame.name}:{frame.lineno}" for frame in extract_tb(error.__traceback__ if error else None)]
    return {"error": type(error).__name__, "reason": reason, "where": where}


class InvalidInput(BridgeError):
    """What an operator asked for cannot be done as asked; nothing was changed."""


class NotFound(InvalidInput):
    """Nothing of ours has the id that an operator gave."""

    next_action = "Check the id; the lists show those that exist."


class Braked(InvalidInput):
    """What was asked for would let too many SKUs fall to zero at once; it is kept, and nothing of it was done."""

    next_action = "Look at it with `orderbridge brake show`, then `orderbridge brake release` or `discard` it."


class UnknownStore(BridgeError):
    """No store has this token or id. To a webhook it is answered exactly like a bad signature."""

    next_action = "Check the webhook address in the shop, or add the store with `orderbridge store add`."


class InvalidSignature(BridgeError):
    """The raw bytes were not signed with a key of this store: answer 401, trust nothing."""

    next_action = "Check the signing key of the store with `orderbridge store check`."


class InvalidPayload(BridgeError):
    """Signed, but not understandable: keep the raw bytes, quarantine, alarm."""

    next_action = "Read the raw payload, correct it at the source or update the platform module, then release it."


class TemporaryFailure(BridgeError):
    """Try the same thing again later."""

    next_action = "Nothing: it is tried again by itself."


class RateLimited(TemporaryFailure):
    """The counterparty asks to wait `retry_after` seconds; waiting spends no attempt."""

    def __init__(
        self, reason: str, *, retry_after: float, platform: str = "", store: str = "", status: int = 429
    ) -> None:
        super().__init__(reason, platform=platform, store=store, status=status)
        self.retry_after = retry_after


class AuthFailed(BridgeError):
    """The counterparty refuses our credentials or scopes: pause pushing to it, alarm, catch up afterwards."""

    next_action = "Renew the credentials with `orderbridge store add --update`, then `orderbridge store resume`."


class Rejected(BridgeError):
    """The counterparty understood and said no: quarantine the row with its words."""

    next_action = "Read the platform's words, correct the listing in the shop, then release it."
