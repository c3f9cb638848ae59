"""Subscriptions: have a shop send its webhooks to a store's address, see what is wrong with that, put it right.

The address, <WebhookUrl>/<token>, is as secret as a key: no finding, reason or log holds it. A platform that writes to
a bus instead is given the name of our queue.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, InvalidInput, Rejected
from orderbridge.platforms.base import Platform
from orderbridge.serving import utc_now
from orderbridge.subscriptions import Finding, Wrong, findings, said
from orderbridge.tables.subscriptions import Sight, Sights
from orderbridge.vault import TOKEN


@dataclass
class Repaired:
    """`left` is what could not be put right, each with the reason."""

    done: list[Finding] = field(default_factory=list)
    left: list[tuple[Finding, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Line:
    """A store's end of the line: its shop, its webhook address and the key that signs; or our queue's ARN, no key."""

    shop: Platform
    address: str = field(repr=False)
    key: str = field(repr=False)


def line(bridge: Bridge, store: str, webhook_url: str) -> Line:
    """Raises UnknownStore, AuthFailed, InvalidInput (a platform that we cannot ask; no webhook address yet)."""
    shop, token = bridge.shop(store), bridge.vault.api(store).get(TOKEN)
    if not shop.supports("subscriptions"):
        raise InvalidInput(f"webhooks of {shop.name} cannot be set up from here: set them up in the shop", store=store)
    if shop.INBOUND is None:
        return Line(shop, bridge.settings.notifications_queue_arn, "")
    if not token:
        raise InvalidInput("it has no webhook address: `orderbridge store add NAME --update` makes one", store=store)
    return Line(shop, f"{webhook_url}/{token}", bridge.vault.inbound(token)["keys"][0])


def check(bridge: Bridge, store: str, webhook_url: str) -> list[Finding]:
    """What is wrong now, nothing where all is well; changes nothing. Raises the errors of `line` and the platform."""
    sight, to = Sights(bridge.control).of(store), line(bridge, store, webhook_url)
    return look(to, (sight and sight.topics) or to.shop.wanted_topics())


def problems(bridge: Bridge, store: str, webhook_url: str) -> list[str]:
    """As `check`, in plain words, and also why the shop could not be asked. Raises UnknownStore."""
    kind = platforms.load(bridge.control.store(store).platform)
    if not kind.supports("subscriptions"):
        return []
    try:
        found = check(bridge, store, webhook_url)
    except BridgeError as error:
        return [f"webhooks: {error.reason}"]
    if {finding.topic for finding in found if finding.wrong is Wrong.MISSING} >= set(kind.wanted_topics()):
        return ["webhooks: the shop shows none to our address; `orderbridge store register` makes them"]
    return said(found)


def register(bridge: Bridge, store: str, webhook_url: str, *, stock: bool = False) -> Repaired:
    """Subscribe the store to all its topics, and from now on answer for them; does nothing where all is well.

    stock  also to quantities: a number that a person writes into the shop is then put right at once; once is for good
    Also what a person has paused is switched on. Raises the errors of `line` and of the platform's lists.
    """
    now, to, sights = utc_now(), line(bridge, store, webhook_url), Sights(bridge.control)
    before = sights.of(store)
    topics = tuple(dict.fromkeys([*(before.topics if before else ()), *to.shop.wanted_topics(stock=stock)]))
    repaired = repair(to, look(to, topics))
    sights.save(store, Sight(now, None if repaired.left else now, topics))
    if repaired.done and to.shop.supports("orders_since"):
        bridge.queues.ask_poll(store)
    return repaired


def look(to: Line, topics: Iterable[str]) -> list[Finding]:
    lacking = to.shop.missing_scopes() if to.shop.supports("missing_scopes") else {}
    return findings(topics, to.shop.subscriptions(), to.address, lacking)


def repair(to: Line, found: Iterable[Finding]) -> Repaired:
    """Put right what can be; a refusal of one topic stops no other one, a shop that is not there stops the rest."""
    repaired, stopped = Repaired(), ""
    for finding in found:
        reason = stopped
        if finding.wrong is Wrong.DOUBLED and finding.topic in {kept.topic for kept, _ in repaired.left}:
            reason = "the one that is to be kept could not be put right"
        try:
            reason = reason or _repair(to, finding)
        except Rejected as refused:
            reason = refused.reason
        except BridgeError as error:
            reason = stopped = error.reason
        if reason:
            repaired.left.append((finding, reason))
        else:
            repaired.done.append(finding)
    return repaired


def _repair(to: Line, finding: Finding) -> str:
    """Why it could not be tried, "" once it is done. Raises the errors of the platform."""
    if finding.wrong is Wrong.MISSING_SCOPE:
        return f"give the app the scope {finding.scope} in the shop, then `orderbridge store register`"
    if finding.subscription is None:
        to.shop.subscribe(finding.topic, to.address, to.key)
    elif finding.wrong is Wrong.DOUBLED:
        to.shop.unsubscribe(finding.subscription)
    else:
        to.shop.repair(finding.subscription, to.address, to.key)
    return ""
