"""Rows of the price brake in table `Control`.

pk HELD    sk <store>#<sku>#<item id>   a price that was not told, and what a person made of it; it counts for exactly
                                        this price, another one is judged anew
pk BRAKE   sk PRICES                    percent: where the merchant has set the limit
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from orderbridge.errors import NotFound
from orderbridge.pricing import Limits
from orderbridge.tables.control import Control
from orderbridge.tables.items import Item

WAITS, RELEASED, DISCARDED = "", "released", "discarded"


@dataclass(frozen=True)
class HeldPrice:
    """
    price          the record that was held, as it is stored
    before, after  for people
    word           released, discarded, or "" while it waits for a person; `who` and `why` with it
    """

    store: str
    sku: str
    item: str
    price: Mapping[str, Any]
    before: str
    after: str
    reason: str
    at: datetime
    word: str = WAITS
    who: str = ""
    why: str = ""

    @property
    def id(self) -> str:
        return f"{self.store}#{self.sku}#{self.item}"


class Held:
    def __init__(self, control: Control) -> None:
        self.table = control.table

    def limits(self) -> Limits:
        item = self.table.get("BRAKE", "PRICES")
        return Limits(item["percent"]) if item else Limits()

    def save_limits(self, limits: Limits) -> None:
        self.table.write(self.table.put({"pk": "BRAKE", "sk": "PRICES", **asdict(limits)}))

    def all(self) -> list[HeldPrice]:
        """Oldest first, decided ones as well."""
        return sorted(map(_held, self.table.query("HELD")), key=lambda one: one.at)

    def waiting(self) -> list[HeldPrice]:
        return [one for one in self.all() if one.word == WAITS]

    def of(self, ids: Iterable[str]) -> dict[str, HeldPrice]:
        keys = [("HELD", id) for id in ids]
        return {sk: _held(item) for (_, sk), item in (self.table.get_many(keys) if keys else {}).items()}

    def hold(self, held: HeldPrice) -> None:
        row = {**asdict(held), "price": dict(held.price), "at": held.at.isoformat()}
        self.table.write(self.table.put({"pk": "HELD", "sk": held.id, **row}))

    def decide(self, held: HeldPrice, word: str, who: str, why: str) -> HeldPrice:
        """Raises NotFound when it was decided, or another price was held, just now."""
        said = {"word": word, "who": who, "why": why, "decided_at": datetime.now(UTC).isoformat()}
        when = [("word", "=", WAITS), ("at", "=", held.at.isoformat())]
        if not self.table.write(self.table.update("HELD", held.id, set=said, when=when)):
            raise NotFound(f"the price of {held.sku} in {held.store} is not held any more as it was shown")
        return replace(held, word=word, who=who, why=why)

    def forget(self, id: str) -> None:
        """Another price, that nothing is wrong with, has taken its place."""
        self.table.write(self.table.delete("HELD", id))


def _held(item: Item) -> HeldPrice:
    texts = {name: item[name] for name in ("store", "sku", "item", "before", "after", "reason", "word", "who", "why")}
    return HeldPrice(price=item["price"], at=datetime.fromisoformat(item["at"]), **texts)
