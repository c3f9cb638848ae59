"""Four times a day: whether every shop still sends its webhooks. What was deleted or switched off is put right.

Shopify deletes a subscription after eight failed deliveries, WooCommerce switches one off after more than five. Polls
bring the orders meanwhile, minutes late; after a repair the store is polled from when it was last seen to be well.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError
from orderbridge.operations.subscriptions import Line, Repaired, line, look, repair
from orderbridge.serving import utc_now
from orderbridge.subscriptions import Wrong, said
from orderbridge.tables.subscriptions import Sight, Sights
from orderbridge.vault import TOKEN

_APART = timedelta(minutes=10)  # between two looks at one store, longer than the function may run
_FURTHEST_BACK = timedelta(days=2)  # what is older was read by the polls of every five minutes
_NEVER = Sight(datetime.min.replace(tzinfo=UTC))


@dataclass
class Checked:
    """May be logged.

    stores     what became of each store that was looked at, in words
    repaired   subscriptions that were put right
    failed     those that were not, and stores that could not be asked
    more       stores that the time was too short for; they are first the next time
    """

    stores: dict[str, list[str]] = field(default_factory=dict)
    repaired: int = 0
    failed: int = 0
    more: int = 0


def check_all(bridge: Bridge, budget: float, now: Callable[[], datetime] = utc_now) -> Checked:
    """Every store that is not paused, for about `budget` seconds; what is wrong with one stops no other."""
    checked, until, known = Checked(), now() + timedelta(seconds=budget), Sights(bridge.control).all()
    for store in sorted(_able(bridge), key=lambda store: known.get(store, _NEVER).looked):
        if now() >= until:
            checked.more += 1
            continue
        try:
            repaired = _check(bridge, store, known.get(store), now())
        except BridgeError as error:
            checked.failed += 1
            checked.stores[store] = [f"{error.name}: {error.reason}"]
            continue
        if repaired:
            checked.repaired += len(repaired.done)
            checked.failed += len(repaired.left)
            checked.stores[store] = _words(repaired)
    return checked


def _able(bridge: Bridge) -> Iterator[str]:
    """Stores whose platform can be asked."""
    for store, _ in bridge.control.stores().values():
        if not store.paused and platforms.load(store.platform).supports("subscriptions"):
            yield store.id


def _check(bridge: Bridge, store: str, before: Sight | None, now: datetime) -> Repaired | None:
    """None for a store without a webhook address, and where another run is at it."""
    sights = Sights(bridge.control)
    if (before and now - before.looked < _APART) or not _has_address(bridge, store):
        return None
    if not sights.claim(store, before, now):
        return None
    to, sight = line(bridge, store, bridge.settings.webhook_url), before or Sight(now)
    repaired = _put_right(to, sight.topics)
    if repaired.done and to.shop.supports("orders_since"):
        bridge.queues.ask_poll(store, max(sight.seen, now - _FURTHEST_BACK) if sight.seen else None)
    sights.finish(store, Sight(now, sight.seen if repaired.left else now, sight.topics))
    return repaired


def _has_address(bridge: Bridge, store: str) -> bool:
    """A platform that writes to a bus needs none of the store's."""
    return bridge.shop(store).INBOUND is None or bool(bridge.vault.api(store).get(TOKEN))


def _put_right(to: Line, topics: Sequence[str]) -> Repaired:
    """What we did not register is only switched on again: all the rest may be as a person wants it.

    What a person has paused stays so, and is told.
    """
    if not topics:
        found = look(to, to.shop.wanted_topics(stock=True))
        return repair(to, [finding for finding in found if finding.wrong is Wrong.DISABLED])
    found = look(to, topics)
    repaired = repair(to, [finding for finding in found if finding.wrong is not Wrong.PAUSED])
    paused = [finding for finding in found if finding.wrong is Wrong.PAUSED]
    repaired.left += [(finding, "switch it on in the shop, or with `orderbridge store register`") for finding in paused]
    return repaired


def _words(repaired: Repaired) -> list[str]:
    done = [f"put right: {words}" for words in said(repaired.done)]
    return done + [f"{words}: {reason}" for finding, reason in repaired.left for words in said([finding])] or ["well"]
