"""The stock rule (rule 5 and the LEVEL record): pure, no I/O.

A level never holds "available": it holds what the ERP counted and what our orders want, both cumulative,
and available-to-sell (ATS) is derived from one consistent read of them. See docs/decisions.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from orderbridge.model import Kit, Store

ANY = "*"  # the pool of orders that pin no location


@dataclass(frozen=True)
class Level:
    """What is known of one SKU's stock, in whole units.

    on_hand  location -> physical units the ERP had at its last snapshot
    others   location -> units that the ERP's other documents have promised
    wanted   pool -> units that our orders want, cumulative
    shipped  pool -> units of our orders seen leaving, cumulative
    counted  pool -> `shipped` as of the snapshot: these are already gone from on_hand
    sold     store -> units of this very SKU (a kit: kits) that the store's own orders ever wanted, cumulative:
             what a shop has sold since we last wrote its quantity
    back     store -> units of these that its orders gave up again, cumulative
    """

    sku: str
    on_hand: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    wanted: Mapping[str, int] = field(default_factory=dict)
    shipped: Mapping[str, int] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    sold: Mapping[str, int] = field(default_factory=dict)
    back: Mapping[str, int] = field(default_factory=dict)
    snapshot: int | None = None
    version: int = 0
    dirty: bool = False

    def open_units(self, pool: str) -> int:
        """Units that orders of this pool want and that still lie in on_hand."""
        return self.wanted.get(pool, 0) - self.counted.get(pool, 0)

    def balance(self) -> int:
        """On hand, less what others were promised, less all that our orders still want; < 0 means oversold."""
        pools = self.wanted.keys() | self.counted.keys()
        return sum(self.on_hand.values()) - sum(self.others.values()) - sum(map(self.open_units, pools))

    def balance_at(self, locations: Sequence[str]) -> int:
        """The part of the balance that lies in these locations; orders that pin no location do not touch it."""
        return sum(
            self.on_hand.get(place, 0) - self.others.get(place, 0) - self.open_units(place) for place in locations
        )


@dataclass(frozen=True)
class Explanation:
    """A number and how it came about, in plain words."""

    sku: str
    number: int
    steps: tuple[str, ...]


def available(sku: str, levels: Mapping[str, Level], kit: Kit | None, store: Store, location: str = "") -> Explanation:
    """Available-to-sell of one SKU for one platform location of a store (rule 5); never below 0.

    `levels` must hold the SKU's level, or those of all components of its kit. A SKU that has no level yet has
    nothing to sell.
    """
    if kit is None:
        return _of_level(levels.get(sku, Level(sku)), store, location)
    parts = [
        (_of_level(levels.get(part, Level(part)), store, location), units) for part, units in kit.components.items()
    ]
    number = min(part.number // units for part, units in parts)
    steps = [f"a kit: as many as its scarcest component allows: {number}"]
    for part, units in parts:
        steps += [f"{part.sku}: {part.number} available, {units} in each kit: {part.number // units}", *part.steps]
    return Explanation(sku, number, tuple(steps))


def _of_level(level: Level, store: Store, location: str) -> Explanation:
    total = level.balance() - store.buffer
    steps = [f"on hand {place}: {units}" for place, units in sorted(level.on_hand.items())]
    steps += [f"promised by the ERP to others at {place}: -{n}" for place, n in sorted(level.others.items()) if n]
    for pool in sorted(level.wanted.keys() | level.counted.keys()):
        where = "" if pool == ANY else f" at {pool}"
        steps.append(
            f"our orders want {level.wanted.get(pool, 0)}{where}, {level.counted.get(pool, 0)} of them already gone "
            f"from on hand: -{level.open_units(pool)}"
        )
    if store.buffer:
        steps.append(f"buffer of {store.id}: -{store.buffer}")
    places = store.locations.get(location, ())
    number = total
    if places:
        number = min(level.balance_at(places), total)
        steps.append(f"{store.id} sells only from {', '.join(places)}: at most {number}")
    if number < 0:
        steps.append(f"{-number} more than there are were sold: 0 is offered")
    return Explanation(level.sku, max(0, number), tuple(steps))
