"""Once a day: read what exchange rates every source has published, and send orders that waited for one."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError
from orderbridge.queues import RECHECK, Inbound
from orderbridge.rate_sources import read
from orderbridge.rates import ECB, OPEN_ER, check, stamp

_AT_ONCE = 10  # messages of one call


@dataclass
class Refreshed:
    """outcomes  of each source, in words: "new 2026-11-27", "as known", "no source", or the error and its reason
    failed    sources that gave nothing we can use; the last good day counts
    looked_at_again  orders that waited for a rate which is here; more: the time was over before all were sent
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    failed: int = 0
    looked_at_again: int = 0
    more: bool = False


def refresh(bridge: Bridge, budget: float, now: datetime | None = None) -> Refreshed:
    """Read all sources; what one of them cannot do stops nothing else. `budget` in seconds for the orders that waited.

    Twice at once is harmless: a day is written once, and an order that is looked at twice has its rate by then.
    """
    done, at = Refreshed(), now or datetime.now(UTC)
    urls: Mapping[str, str] = {ECB: bridge.settings.ecb_url, OPEN_ER: bridge.settings.second_rates_url}
    for source, url in urls.items():
        try:
            done.outcomes[source] = _refresh(bridge, source, url, at) if url else "no source"
        except BridgeError as error:
            done.failed += 1
            done.outcomes[source] = f"{error.name}: {error.reason}"
    done.looked_at_again, done.more = look_again(bridge, budget, at)
    return done


def _refresh(bridge: Bridge, source: str, url: str, now: datetime) -> str:
    new, rates = read(source, url), bridge.rates
    last, ecb = rates.newest(source), rates.newest(ECB)
    check(new, last, ecb, now.date())
    return f"new {new.on}" if rates.add(new) else "as known"


def look_again(bridge: Bridge, budget: float, now: datetime) -> tuple[int, bool]:
    """Send every order that waits for a rate which is here by now to be looked at: (how many, whether some are left).

    What is left when the time is over, and what a crash leaves, goes the next time: an order waits until it has a rate.
    """
    end, known, sent = time.monotonic() + budget, bridge.rates.at(now, fresh=True), 0
    base = bridge.settings.base_currency
    waiting = (row for row in bridge.rates.unrated() if stamp(row[0], now, base, known))
    while rows := list(islice(waiting, _AT_ONCE)):
        if time.monotonic() > end:
            return sent, True
        bridge.queues.deliver_all(Inbound(RECHECK, store, "rates", now, order.encode()) for _, store, order in rows)
        sent += len(rows)
    return sent, False
