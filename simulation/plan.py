"""What a simulation is asked for: how much, from which seed, with which faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from pathlib import Path

from local.template import ROOT

_LONG = 5000  # orders
WORKERS = 8  # environments of process_deliveries, as Lambda starts them when messages pile up


class Trouble(StrEnum):
    """The faults, by the names that `FAULTS=` takes."""

    DUPLICATES = "duplicates"  # 20 % of the webhooks are sent twice
    SHUFFLE = "shuffle"  # webhooks arrive in any order
    DROP = "drop"  # 5 % of the webhooks are never sent
    CRASH = "crash"  # every function dies before or after any of its calls, now and then
    PLATFORM = "platform"  # 10 % of the shops' answers: throttled, 5xx, too late, lost, or done in words only
    ERP = "erp"  # the ERP is slow, down, answers half a page, changes between two reads
    CREDENTIALS = "credentials"  # a shop refuses its credentials for a while, until an operator resumes it
    OVERLAP = "overlap"  # every schedule comes twice at once
    BULK = "bulk"  # every SKU is counted in the middle of the run


@dataclass(frozen=True)
class Plan:
    """
    orders   how many orders the buyers place
    serial   one step at a time, chosen by the seed: the same seed gives the same run, call by call
    code     the folder whose `functions` and `layers/orderbridge/python` are run; a mutant's copy, for example
    rate     how much faster than ours the simulation's clock runs, see `clock`
    skus     stocked SKUs; few and scarce ones sell out often
    patience  seconds that the run may take after the last order until everything is at rest
    within   seconds of the clock in which all must be at rest once the faults end
    more     how many times as much of a fault as usual there shall be
    calm     measure sell-outs when all is at rest
    """

    orders: int = 1500
    seed: int = 1
    faults: frozenset[Trouble] = field(default=frozenset(Trouble))
    serial: bool = False
    code: Path = ROOT
    rate: float = 3.0
    skus: int = 0
    patience: float = 240.0
    within: float = inf
    more: Mapping[Trouble, float] = field(default_factory=dict)
    calm: bool = True

    def has(self, trouble: Trouble) -> bool:
        return trouble in self.faults

    def much(self, trouble: Trouble) -> float:
        """How much of a fault there is: 0 for none, 1 for the usual."""
        return self.more.get(trouble, 1.0) if self.has(trouble) else 0.0

    @property
    def buys(self) -> float:
        """Share of what people do that is a new order. In a long run they come back to fewer of them: it is long by
        the number of orders, and each event costs as much time as an order."""
        return 0.65 if self.orders <= _LONG else 0.8

    @property
    def stocked(self) -> int:
        """A tenth of the orders' number within bounds, so that a long run does not pile up on few SKUs."""
        return self.skus or min(200, max(20, self.orders // 20))


def troubles(text: str) -> frozenset[Trouble]:
    """`all`, `none`, or names with commas. Raises ValueError with the names that there are."""
    if text in ("", "all"):
        return frozenset(Trouble)
    if text == "none":
        return frozenset()
    names = {name.strip() for name in text.split(",")}
    if unknown := names - set(Trouble):
        raise ValueError(f"no fault is called {', '.join(sorted(unknown))}; there are: {', '.join(Trouble)}")
    return frozenset(map(Trouble, names))
