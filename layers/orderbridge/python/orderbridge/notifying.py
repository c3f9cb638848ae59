"""Messages of a platform's own bus: whose each one is, and on to the inbound queue, where it goes the way of a webhook.

Such a message is not signed. Who may write to the queue says its policy, see template.yaml, and Amazon's messages come
twice and in any order: nothing here remembers one, the table of orders does. What is nobody's or cannot be read is
kept and shown, and does not come again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderbridge import jsontext, platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, TemporaryFailure, UnknownStore
from orderbridge.platforms.base import Notified
from orderbridge.queues import NOTIFICATION, Inbound, lay_aside
from orderbridge.tables.accounts import Accounts


class UnknownAccount(UnknownStore):
    """A message of the bus is for an account that no store has."""

    next_action = (
        "Add the store with `orderbridge store add`, then release it; if it is not yours, discard it and end the "
        "subscription at the platform."
    )


@dataclass(frozen=True)
class Routed:
    """What became of one message; may be logged. `reason` says why it is in quarantine, "" if it is not."""

    platform: str
    topic: str = ""
    stores: tuple[str, ...] = ()
    reason: str = ""


def route(bridge: Bridge, platform: str, body: bytes, received_at: datetime, raw: str = "") -> Routed:
    """Durable once this returns.

    raw  key in the bucket under which the body lies already, "" if nowhere
    """
    try:
        said = _said(platform, body)
        stores = Accounts(bridge.control).stores(platform, said.account.rstrip("#"))
        if not stores:
            raise UnknownAccount(f"no store has the account {said.account[:80]!r}", platform=platform)
    except TemporaryFailure:
        raise
    except BridgeError as error:
        _quarantine(bridge, platform, body, received_at, raw, error)
        return Routed(platform, reason=error.reason)
    topic = "".join(c for c in said.topic if " " <= c <= "~")[:200]  # only what a queue's attribute may carry
    for store in stores:
        message = Inbound(NOTIFICATION, store, topic, received_at, b"" if raw else body, raw)
        bridge.queues.deliver(lay_aside(message, bridge.archive))
    return Routed(platform, topic, tuple(stores))


def again(bridge: Bridge, row: Mapping[str, Any]) -> Routed:
    """Route what lies in quarantine because it was nobody's; it may come back there."""
    received_at = datetime.fromisoformat(row["received_at"])
    return route(bridge, row["platform"], bridge.archive.read(row["raw"]), received_at, row["raw"])


def _said(platform: str, body: bytes) -> Notified:
    """Raises InvalidPayload, InvalidInput (there is no such platform)."""
    return platforms.load(platform).notified(jsontext.read(body, platform=platform))


def _quarantine(
    bridge: Bridge, platform: str, body: bytes, received_at: datetime, raw: str, error: BridgeError
) -> None:
    id = hashlib.sha256(platform.encode() + body).hexdigest()[:16]
    kept = bridge.archive.copy(f"bus-{platform}", f"quarantine-{id}", received_at, body, lies=raw).keep()
    entry = {"store": "", "platform": platform, "kind": NOTIFICATION, "topic": "", "raw": kept}
    said = {"error": error.name, "reason": error.reason, "next_action": error.next_action}
    bridge.control.quarantine(id, {**entry, **said, "received_at": received_at.isoformat()})
