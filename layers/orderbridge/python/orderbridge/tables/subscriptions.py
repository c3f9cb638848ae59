"""Table `Control`, pk SUBSCRIBED sk <store>: when a store's webhooks were last looked at, and what we answer for."""

from dataclasses import dataclass, replace
from datetime import datetime

from orderbridge.tables.control import Control
from orderbridge.tables.items import Condition, Item

_PK = "SUBSCRIBED"


@dataclass(frozen=True)
class Sight:
    """
    looked  when the shop was last asked
    seen    when the shop was last seen to send all it should; None: never
    topics  what we registered (`orderbridge store register`) and answer for: one that is missing is made again
    """

    looked: datetime
    seen: datetime | None = None
    topics: tuple[str, ...] = ()


class Sights:
    def __init__(self, control: Control) -> None:
        self.table = control.table

    def of(self, store: str) -> Sight | None:
        item = self.table.get(_PK, store)
        return _sight(item) if item else None

    def all(self) -> dict[str, Sight]:
        """By store; one that was never looked at is left out."""
        return {item["sk"]: _sight(item) for item in self.table.query(_PK)}

    def claim(self, store: str, before: Sight | None, now: datetime) -> bool:
        """Begin to look at a store; False when somebody else has begun since `before` was read."""
        at: Condition = ("looked", "=", before.looked.isoformat()) if before else ("pk", "absent", None)
        return self.table.write(self.table.put(_item(store, replace(before or Sight(now), looked=now)), [at]))

    def finish(self, store: str, sight: Sight) -> None:
        """End the look that was begun at `sight.looked`; whoever wrote the row meanwhile knows more."""
        begun: Condition = ("looked", "=", sight.looked.isoformat())
        self.table.write(self.table.put(_item(store, sight), [begun]))

    def save(self, store: str, sight: Sight) -> None:
        self.table.write(self.table.put(_item(store, sight)))


def _item(store: str, sight: Sight) -> Item:
    seen = {"seen": sight.seen.isoformat()} if sight.seen else {}
    return {"pk": _PK, "sk": store, "looked": sight.looked.isoformat(), "topics": list(sight.topics), **seen}


def _sight(item: Item) -> Sight:
    seen = datetime.fromisoformat(item["seen"]) if "seen" in item else None
    return Sight(datetime.fromisoformat(item["looked"]), seen, tuple(item["topics"]))
