"""What is wrong with the webhooks that a platform shows of a store; pure.

A webhook is ours if its address ends with the store's token. The address is as secret as a key: no text here holds it.
A subscription of a bus is ours if it goes to our queue: its ARN has no slash, and nothing in it is the store's.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from orderbridge.platforms.base import Sending, Subscription


class Wrong(StrEnum):
    MISSING = "the shop does not send it"
    MISSING_SCOPE = "the shop does not send it, for these credentials lack the scope"
    DISABLED = "the shop has switched it off, because too many deliveries failed"
    PAUSED = "a person has paused it in the shop"
    ASTRAY = "it goes to another address than the bridge has now"
    DOUBLED = "it is sent more than once"


@dataclass(frozen=True)
class Finding:
    """What is wrong with one topic, or with one of its subscriptions."""

    topic: str
    wrong: Wrong
    scope: str = ""
    subscription: Subscription | None = None


def findings(
    wanted: Iterable[str], shown: Iterable[Subscription], address: str, lacking: Mapping[str, str]
) -> list[Finding]:
    """Topic by topic. `address` is the store's, `lacking` names the scopes that topics miss; others' are left alone."""
    end, found = address[max(0, address.rfind("/")) :], list[Finding]()
    ours = [one for one in shown if one.address.endswith(end)]
    for topic in wanted:
        known = sorted((one for one in ours if one.topic == topic), key=lambda one: _rank(one, address))
        if topic in lacking:
            found.append(Finding(topic, Wrong.MISSING_SCOPE, lacking[topic]))
        elif not known:
            found.append(Finding(topic, Wrong.MISSING))
        else:
            if wrong := _wrong(known[0], address):
                found.append(Finding(topic, wrong, subscription=known[0]))
            found += [Finding(topic, Wrong.DOUBLED, subscription=one) for one in known[1:]]
    return found


def said(found: Iterable[Finding]) -> list[str]:
    """A line for each kind of trouble, with its topics."""
    topics: dict[str, list[str]] = {}
    for finding in found:
        topics.setdefault(f"{finding.wrong} {finding.scope}".strip(), []).append(finding.topic)
    return [f"webhooks: {', '.join(dict.fromkeys(names))}: {wrong}" for wrong, names in topics.items()]


def _rank(one: Subscription, address: str) -> tuple[bool, bool, int]:
    """The one to keep comes first: not paused, at the right address, active."""
    return one.state is Sending.PAUSED, one.address != address, list(Sending).index(one.state)


def _wrong(one: Subscription, address: str) -> Wrong | None:
    if one.state is Sending.PAUSED:
        return Wrong.PAUSED
    if one.address != address:
        return Wrong.ASTRAY
    return Wrong.DISABLED if one.state is Sending.DISABLED else None
