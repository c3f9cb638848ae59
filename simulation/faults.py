"""Switches the faults on and off: some for the whole run, some for a while in the middle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from local.erp.faults import Fault as ErpFault
from local.shops.faults import Fault
from local.shops.shop import Shop
from simulation.erp import ErpProcess
from simulation.plan import Plan, Trouble

F = TypeVar("F")
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
# One in ten answers of the ERP. SHIPPED is a shipment between two reads; pages of HALF, EMPTY and TORN lack rows.
ERP_SHARES = {
    ErpFault.THROTTLED: 0.01,
    ErpFault.UNAVAILABLE: 0.02,
    ErpFault.UNREACHED: 0.01,
    ErpFault.LOST: 0.02,
    ErpFault.SLOW: 0.005,
    ErpFault.HALF: 0.01,
    ErpFault.EMPTY: 0.005,
    ErpFault.TORN: 0.005,
    ErpFault.SHIPPED: 0.03,
}
LATE = 1.5  # seconds that a webhook may be late: enough for any order of arrival


def slow(plan: Plan) -> float:
    """Seconds that a slow answer takes: longer than the functions wait, see `inside`."""
    return 7.0 if plan.serial else 2.5


@dataclass(frozen=True)
class Moment:
    """Something that happens once `share` of the orders were placed."""

    share: float
    name: str
    act: Callable[[], object]

    def happen(self) -> str:
        self.act()
        return self.name


class Faults:
    def __init__(self, plan: Plan, shops: Sequence[Shop], erp: ErpProcess) -> None:
        self._plan, self._shops, self._erp = plan, shops, erp
        self.erp_refuses = False

    def begin(self) -> None:
        for shop in self._shops:
            given = shop.webhook_faults
            given.duplicate = 0.2 * self._plan.much(Trouble.DUPLICATES)
            given.drop = 0.05 * self._plan.much(Trouble.DROP)
            given.delay = (0.0, LATE) if self._plan.has(Trouble.SHUFFLE) else (0.0, 0.0)
            shop.api_faults.slow = slow(self._plan)
            self._usual(shop)
        self._usual_erp()

    def end(self) -> None:
        for shop in self._shops:
            shop.webhook_faults.duplicate = shop.webhook_faults.drop = 0.0
            shop.webhook_faults.delay = (0.0, 0.0)
            shop.api_faults.shares = {}
        self._erp.ask("faults", shares={})

    def moments(self) -> list[Moment]:
        """What begins and ends in the middle of the run, in order."""
        first, last, moments = self._shops[0], self._shops[-1], list[Moment]()
        if self._plan.has(Trouble.CREDENTIALS):
            moments += [
                Moment(0.20, f"{first.name} refuses its credentials", lambda: self._revoke(first)),
                Moment(0.30, f"{first.name} takes them again", lambda: self._usual(first)),
                Moment(0.40, "the ERP refuses its token", self._revoke_erp),
                Moment(0.45, "the ERP takes it again", self._usual_erp),
                Moment(0.60, f"{last.name} refuses its credentials", lambda: self._revoke(last)),
                Moment(0.70, f"{last.name} takes them again", lambda: self._usual(last)),
            ]
        if self._plan.has(Trouble.ERP):
            moments += [
                Moment(0.75, "the ERP is down", lambda: self._erp.ask("faults", shares={ErpFault.UNREACHED: 1.0})),
                Moment(0.85, "the ERP is up", self._usual_erp),
            ]
        return moments

    def refuses(self, shop: Shop) -> bool:
        return Fault.REVOKED in shop.api_faults.shares

    def _revoke(self, shop: Shop) -> None:
        shop.api_faults.shares = {Fault.REVOKED: 1.0}

    def _revoke_erp(self) -> None:
        self.erp_refuses = True
        self._erp.ask("faults", shares={ErpFault.REVOKED: 1.0})

    def _usual_erp(self) -> None:
        self.erp_refuses = False
        self._erp.ask("faults", shares=_times(ERP_SHARES, self._plan.much(Trouble.ERP)))

    def _usual(self, shop: Shop) -> None:
        shop.api_faults.shares = _times(SHARES, self._plan.much(Trouble.PLATFORM))


def _times(shares: Mapping[F, float], much: float) -> dict[F, float]:
    return {fault: share * much for fault, share in shares.items()} if much else {}
