"""Switches the faults on and off: some for the whole run, some for a while in the middle."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local.shops.faults import Fault
from local.shops.shop import Shop
from simulation.plan import Plan, Trouble

# One in ten answers of a shop. IGNORED is "accepted, but not applied".
SHARES = {
    Fault.THROTTLED: 0.02,
    Fault.UNAVAILABLE: 0.02,
    Fault.BROKEN: 0.01,
    Fault.UNREACHED: 0.01,
    Fault.LOST: 0.02,
    Fault.SLOW: 0.005,
    Fault.IGNORED: 0.015,
}
SLOW = 2.5  # seconds; longer than the functions wait, see `inside`
LATE = 1.5  # seconds that a webhook may be late: enough for any order of arrival


@dataclass(frozen=True)
class Moment:
    """Something that happens once `share` of the orders were placed."""

    share: float
    name: str
    act: Callable[[], object]


class Faults:
    def __init__(self, plan: Plan, shops: Sequence[Shop]) -> None:
        self._plan, self._shops = plan, shops

    def begin(self) -> None:
        for shop in self._shops:
            given = shop.webhook_faults
            given.duplicate = 0.2 if self._plan.has(Trouble.DUPLICATES) else 0.0
            given.drop = 0.05 if self._plan.has(Trouble.DROP) else 0.0
            given.delay = (0.0, LATE) if self._plan.has(Trouble.SHUFFLE) else (0.0, 0.0)
            shop.api_faults.slow = SLOW
            self._usual(shop)

    def end(self) -> None:
        for shop in self._shops:
            shop.webhook_faults.duplicate = shop.webhook_faults.drop = 0.0
            shop.webhook_faults.delay = (0.0, 0.0)
            shop.api_faults.shares = {}

    def moments(self) -> list[Moment]:
        """What begins and ends in the middle of the run, in order."""
        if not self._plan.has(Trouble.CREDENTIALS):
            return []
        first, last = self._shops[0], self._shops[-1]
        return [
            Moment(0.30, f"{first.name} refuses its credentials", lambda: self._revoke(first)),
            Moment(0.40, f"{first.name} takes them again", lambda: self._usual(first)),
            Moment(0.60, f"{last.name} refuses its credentials", lambda: self._revoke(last)),
            Moment(0.70, f"{last.name} takes them again", lambda: self._usual(last)),
        ]

    def refuses(self, shop: Shop) -> bool:
        return Fault.REVOKED in shop.api_faults.shares

    def _revoke(self, shop: Shop) -> None:
        shop.api_faults.shares = {Fault.REVOKED: 1.0}

    def _usual(self, shop: Shop) -> None:
        shop.api_faults.shares = SHARES if self._plan.has(Trouble.PLATFORM) else {}
