"""Rows of the brake in table `Control`: what was stopped, what it would have done, and what people made of it.

pk BRAKE         sk LIMITS               share, least, number: where the merchant has set them
                 sk ON#<run>             a run that was stopped and waits for a person
                 sk DONE#<time>#<run>    the same after somebody has decided, with who and why
   BRAKE#<run>   sk <sku>                units before and after: what a run holds back; kept for 90 days
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta

from orderbridge.brake import Fall, Limits
from orderbridge.errors import NotFound
from orderbridge.tables.control import Control
from orderbridge.tables.items import Conflict, Item, transact

_KEPT = timedelta(days=90)
_ON = "ON#"


@dataclass(frozen=True)
class Stopped:
    """A run that the brake has stopped.

    run     its id
    kind    what ran: pull, sheet, ...
    reason  in plain words
    redo    what whoever releases it needs to go on
    fell    how many SKUs would have fallen to zero
    """

    run: str
    kind: str
    reason: str
    at: datetime
    fell: int
    redo: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """What a person made of a stopped run: `outcome` is released or discarded."""

    stopped: Stopped
    outcome: str
    who: str
    why: str
    at: datetime


class Brakes:
    def __init__(self, control: Control) -> None:
        self.table = control.table

    def limits(self) -> Limits:
        item = self.table.get("BRAKE", "LIMITS")
        return Limits(item["share"], item["least"], item["number"]) if item else Limits()

    def save_limits(self, limits: Limits) -> None:
        self.table.write(self.table.put({"pk": "BRAKE", "sk": "LIMITS", **asdict(limits)}))

    def keep(self, run: str, falls: Mapping[str, Fall], now: datetime) -> None:
        """Hold back what a run would do to these SKUs; a row that is there already is written again."""
        end = int((now + _KEPT).timestamp())
        for sku, fall in falls.items():
            row = {"pk": f"BRAKE#{run}", "sk": sku, "before": fall.before, "after": fall.after, "expires_at": end}
            self.table.write(self.table.put(row))

    def kept(self, run: str) -> dict[str, Fall]:
        return {row["sk"]: Fall(row["before"], row["after"]) for row in self.table.query(f"BRAKE#{run}")}

    def stop(self, stopped: Stopped) -> None:
        item = {**asdict(stopped), "at": stopped.at.isoformat()}
        self.table.write(self.table.put({"pk": "BRAKE", "sk": f"{_ON}{stopped.run}", **item}))

    def stopped(self) -> list[Stopped]:
        """All that wait for a person, oldest first."""
        return sorted(map(_stopped, self.table.query("BRAKE", _ON)), key=lambda found: found.at)

    def decided(self) -> list[Decided]:
        """Oldest first."""
        return [
            Decided(_stopped(row), row["outcome"], row["who"], row["why"], datetime.fromisoformat(row["decided_at"]))
            for row in self.table.query("BRAKE", "DONE#")
        ]

    def decide(self, stopped: Stopped, outcome: str, who: str, why: str) -> None:
        """The run waits no more. Raises NotFound when somebody else has decided just now."""
        now = datetime.now(UTC)
        done = {**asdict(stopped), "at": stopped.at.isoformat(), "outcome": outcome, "who": who, "why": why}
        sk = f"DONE#{now.isoformat()}#{stopped.run}"
        requests = [
            self.table.delete("BRAKE", f"{_ON}{stopped.run}", [("pk", "present", None)]),
            self.table.put({"pk": "BRAKE", "sk": sk, **done, "decided_at": now.isoformat()}),
        ]
        try:
            transact(self.table.client, requests)
        except Conflict as conflict:
            raise NotFound("somebody else has decided about it just now") from conflict


def _stopped(row: Item) -> Stopped:
    at = datetime.fromisoformat(row["at"])
    return Stopped(row["run"], row["kind"], row["reason"], at, row["fell"], row["redo"])
