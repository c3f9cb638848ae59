"""The stock rule (rule 5 and the LEVEL record): pure, no I/O.

A level never holds "available": it holds what the ERP counted and what our orders want, both cumulative,
and available-to-sell (ATS) is derived from one consistent read of them. See docs/decisions.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from orderbridge.kits import explode
from orderbridge.model import Kit, Store, Terms

ANY = "*"  # the pool of orders that pin no location
EVERYWHERE = ""  # the store of terms that are meant for every store


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
    terms    store -> what it may offer of this SKU, EVERYWHERE -> what every store may; see `terms`
    """

    sku: str
    on_hand: Mapping[str, int] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)
    wanted: Mapping[str, int] = field(default_factory=dict)
    shipped: Mapping[str, int] = field(default_factory=dict)
    counted: Mapping[str, int] = field(default_factory=dict)
    sold: Mapping[str, int] = field(default_factory=dict)
    back: Mapping[str, int] = field(default_factory=dict)
    terms: Mapping[str, Terms] = field(default_factory=dict)
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


def terms(level: Level, store: Store) -> Terms:
    """What a merchant keeps back of a SKU in a store, and the store's share of the rest.

    The most particular word counts, for the buffer and for the share apart: what was said of this SKU in this store,
    else of this SKU in every store, else of the store. They never add up: a buffer of 2 for the SKU and of 5 for the
    store is a buffer of 2.
    """
    said = [level.terms[where] for where in (store.id, EVERYWHERE) if where in level.terms] + [store.terms]
    buffer = next(one.buffer for one in said if one.buffer is not None)
    share = next((one for one in said if one.shares), Terms())
    return share.model_copy(update={"buffer": buffer})


def available(
    sku: str, levels: Mapping[str, Level], kits: Mapping[str, Kit], store: Store, location: str = ""
) -> Explanation:
    """Available-to-sell of one SKU for one platform location of a store (rule 5); never below 0.

    `levels` must hold the SKU's level, and for a kit those of everything that it is packed from (`kits.explode`). A
    SKU that has no level yet has nothing to sell.

    First what is free, location by location; of a kit, as many as its scarcest part allows. Buffers of the parts
    count where a kit is packed from them, their shares do not; a kit may have a buffer of its own. Then the store's
    share of it. A share is one for all locations of the store: the first location offers what it can, the next what
    is left. Without a share each location offers what the rule lets it, and their sum may exceed what there is
    (docs/decisions.md): a share of 100 % prevents that.
    """
    found = _free(sku, levels, kits, store, store.locations.get(location, ()))
    number, steps = found.number, list(found.steps)
    if (share := terms(levels.get(sku, Level(sku)), store)).shares:
        most, words = _share(share, _free(sku, levels, kits, store, ()).number)
        elsewhere = 0
        for place in takewhile(lambda place: place != location, store.locations):
            free = _free(sku, levels, kits, store, store.locations[place]).number
            elsewhere += max(0, min(free, most - elsewhere))
        number = min(number, most - elsewhere)
        steps.append(f"{store.id} may offer {words}: {most}")
        if elsewhere:
            steps.append(f"it offers {elsewhere} of them at other locations: {most - elsewhere} are left")
    if number < 0:
        steps.append(f"{number} is below 0: 0 is offered")
    return Explanation(sku, max(0, number), tuple(steps))


def _share(share: Terms, free: int) -> tuple[int, str]:
    """Units that the store may offer of all that are free, and that in words."""
    if share.percent is not None:
        return free * share.percent // 100, f"{share.percent} % of {free}"
    if share.cap is not None:
        return min(share.cap, free), f"at most {share.cap}"
    return min(share.fixed or 0, free), f"the {share.fixed} set apart for it"


def _free(
    sku: str, levels: Mapping[str, Level], kits: Mapping[str, Kit], store: Store, places: Sequence[str]
) -> Explanation:
    """What the store could offer from these of our locations, from all if none is named, before its share of it."""
    level = levels.get(sku, Level(sku))
    if sku not in kits:
        return _of_level(level, store, places)
    parts = [(_of_level(levels.get(p, Level(p)), store, places), n) for p, n in explode(sku, kits).items()]
    packed = min(part.number // units for part, units in parts)
    steps = [f"a kit: as many as its scarcest component allows: {max(0, packed)}"]
    for part, units in parts:
        there = max(0, part.number)
        steps += [f"{part.sku}: {there} available, {units} in each kit: {there // units}", *part.steps]
    kept, why = _kept_back(level, store, terms(level, store.model_copy(update={"buffer": 0})))
    return Explanation(sku, packed - kept, (*steps, *why))


def _of_level(level: Level, store: Store, places: Sequence[str]) -> Explanation:
    steps = [f"on hand {place}: {units}" for place, units in sorted(level.on_hand.items())]
    steps += [f"promised by the ERP to others at {place}: -{n}" for place, n in sorted(level.others.items()) if n]
    for pool in sorted(level.wanted.keys() | level.counted.keys()):
        where = "" if pool == ANY else f" at {pool}"
        steps.append(
            f"our orders want {level.wanted.get(pool, 0)}{where}, {level.counted.get(pool, 0)} of them already gone "
            f"from on hand: -{level.open_units(pool)}"
        )
    kept, why = _kept_back(level, store, terms(level, store))
    number = level.balance() - kept
    steps += why
    if places:
        number = min(level.balance_at(places), number)
        steps.append(f"{store.id} sells only from {', '.join(places)}: at most {number}")
    return Explanation(level.sku, number, tuple(steps))


def _kept_back(level: Level, store: Store, said: Terms) -> tuple[int, list[str]]:
    """Units that this store must leave: its buffer, and what is set apart for others.

    Stores with units set apart are served before the others, and among themselves in the order of their names.
    """
    apart = {
        other: its.fixed
        for other, its in sorted(level.terms.items())
        if its.fixed and other != store.id and (said.fixed is None or other < store.id)
    }
    buffer = said.buffer or 0
    steps = [f"buffer of {store.id}: -{buffer}"] if buffer else []
    steps += [f"set apart for {other}: -{units}" for other, units in apart.items()]
    return buffer + sum(apart.values()), steps
