"""The quotas of SP-API: a token bucket for each operation.

https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits (2026-08); the default rates and bursts are
those of the models of 2026-08. By the models an answer of 200, 400 or 404 names the rate of its operation in
`x-amzn-RateLimit-Limit`; 403, 429 and 5xx do not, and nothing says when to come back.
"""

from collections.abc import Callable
from datetime import datetime

from local.shops.amazon_parts import Refused

# operation -> requests per second, burst
PLANS: dict[str, tuple[float, int]] = {
    "searchOrders": (0.0056, 20),
    "getOrder": (0.5, 30),
    "getOrderV0": (0.5, 30),
    "getOrderItemsV0": (0.5, 30),
    "confirmShipment": (2, 10),
    "getListingsItem": (5, 10),
    "searchListingsItems": (5, 5),
    "patchListingsItem": (5, 5),
    "createFeedDocument": (0.5, 15),
    "getFeedDocument": (0.0222, 10),
    "createFeed": (0.0083, 15),
    "getFeed": (2, 15),
    "getMarketplaceParticipations": (0.016, 15),
}
NOTIFICATIONS = (1.0, 5)  # each operation of the Notifications API has one like this for itself


class Quotas:
    """Buckets that fill by the shop's clock.

    speed  how much faster than Amazon's they fill: 1 is Amazon's pace, 0 fills none (a burst and no more)
    off    True: nothing is counted
    refused  how many calls were
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.speed, self.off, self.refused = 1.0, False, 0
        self._now = now
        self._buckets: dict[str, tuple[float, datetime]] = {}

    def take(self, operation: str) -> str:
        """One token of the operation's bucket; returns the rate as the header shows it."""
        rate, burst = PLANS.get(operation, NOTIFICATIONS)
        now = self._now()
        left, at = self._buckets.get(operation, (float(burst), now))
        left = min(float(burst), left + max(0.0, (now - at).total_seconds()) * rate * self.speed)
        spent = not self.off and left < 1
        self._buckets[operation] = left - (not self.off and not spent), now
        if spent:
            self.refused += 1
            raise Refused(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
        return str(float(rate))
