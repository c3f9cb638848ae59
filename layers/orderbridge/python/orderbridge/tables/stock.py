"""Table `Stock`: levels, holds, shipments, ledger movements, kits and listings; keys start with the SKU.

pk SKU#<sku>   sk LEVEL                          the stock rule's numbers, one attribute each, and the policy of the
                                                 SKU: terms#<store>, terms# for every store
               sk HOLD#<store>#<order>#<pool>    units an order wants that have not left; gone when all left
               sk SHIP#<erp>#<move>#<line>       units that left for an order
               sk MOVE#<reference>               receipts and counts of the embedded ledger
               sk KIT                            components
               sk IN_KIT#<kit>                   the way back from a component
               sk LISTING#<store>#<item id>      what a store offers and what it was last told
pk KITS        sk COUNTER                        how often kits were defined: one definition at a time
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderbridge.kits import explode
from orderbridge.model import Kit, Listing, Terms
from orderbridge.orders import Holds
from orderbridge.settings import Settings
from orderbridge.shelves import Shelf, Shelved, Told
from orderbridge.stock import Level
from orderbridge.tables.items import Condition, Item, Table, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Snapshot = tuple[dict[str, Level], dict[str, Kit]]
SHARDS = tuple(str(n) for n in range(16))
_MAPS = ("on_hand", "others", "wanted", "shipped", "counted", "sold", "back", "terms")


def shard(key: str) -> str:
    """Which of the 16 values of the sparse index a dirty item gets."""
    return SHARDS[zlib.crc32(key.encode()) % len(SHARDS)]


def sku_key(sku: str) -> str:
    return f"SKU#{sku}"


def sku_of(pk: str) -> str:
    return pk.removeprefix("SKU#")


def level_of(sku: str, item: Item | None) -> Level:
    """A LEVEL item with its `name#key` attributes as the rule's Level."""
    if item is None:
        return Level(sku)
    maps: dict[str, dict[str, Any]] = {name: {} for name in _MAPS}
    for attribute, value in item.items():
        name, hash, key = attribute.partition("#")
        if hash:
            maps[name][key] = Terms(**value) if name == "terms" else value
    return Level(sku, snapshot=item.get("snapshot"), version=item.get("version", 0), dirty="dirty" in item, **maps)


def shelved_of(item: Item) -> Shelved:
    unseen, at, told = item.get("unseen_since"), item.get("at"), item.get("told")
    shelf = Shelf(
        item.get("quantities", {}),
        item.get("sold", 0),
        item.get("back", 0),
        item.get("verified", False),
        datetime.fromisoformat(unseen) if unseen else None,
        item.get("state", "new"),
        item.get("trouble", ""),
        item.get("target"),
        item.get("push_id", ""),
        datetime.fromisoformat(at) if at else None,
        Told(told["units"], datetime.fromisoformat(told["at"]), told["why"]) if told else None,
        item.get("unshown", 0),
    )
    return Shelved(Listing.model_validate(item["listing"]), shelf)


class Stock:
    def __init__(self, client: "DynamoDBClient", settings: Settings) -> None:
        self.client, self.table = client, Table(client, settings.stock_table)

    def level(self, sku: str) -> Level:
        return level_of(sku, self.table.get(sku_key(sku), "LEVEL"))

    def levels(self, skus: Iterable[str]) -> dict[str, Level]:
        """Levels by SKU; one that is not there yet is empty."""
        keys = {sku: (sku_key(sku), "LEVEL") for sku in skus}
        found = self.table.get_many(list(keys.values())) if keys else {}
        return {sku: level_of(sku, found.get(key)) for sku, key in keys.items()}

    def all_levels(self) -> Iterator[Level]:
        for item in self.table.scan("LEVEL"):
            yield level_of(item["pk"].removeprefix("SKU#"), item)

    def known(self, skus: Iterable[str]) -> tuple[set[str], dict[str, Kit]]:
        """Which of these SKUs we stock, and the kits among them and among what these are packed from."""
        keys = [(sku_key(sku), sk) for sku in skus for sk in ("LEVEL", "KIT")]
        found = self.table.get_many(keys) if keys else {}
        return {pk.removeprefix("SKU#") for pk, _ in found}, self._and_inside(found)

    def _and_inside(self, found: Mapping[tuple[str, str], Item]) -> dict[str, Kit]:
        """The kits in `found`, and all that they are packed from: one more read for each level of depth."""
        kits: dict[str, Kit] = {}
        while new := [_kit(item) for (_, sk), item in found.items() if sk == "KIT"]:
            kits |= {kit.sku: kit for kit in new}
            inside = {sku for kit in new for sku in kit.components} - kits.keys()
            found = self.table.get_many([(sku_key(sku), "KIT") for sku in inside]) if inside else {}
        return kits

    def snapshot(self, sku: str) -> Snapshot:
        return self.snapshots([sku])[sku]

    def snapshots(self, skus: Iterable[str]) -> dict[str, Snapshot]:
        """Per SKU its level, for a kit with those of all that it is packed from as of one instant, and the kits."""
        wanted = list(skus)
        found = self.table.get_many([(sku_key(sku), sk) for sku in wanted for sk in ("LEVEL", "KIT")])
        kits = self._and_inside(found)
        snapshots: dict[str, Snapshot] = {}
        for sku in wanted:
            names = (sku, *explode(sku, kits)) if sku in kits else (sku,)
            items = self.table.get_together([(sku_key(n), "LEVEL") for n in names]) if sku in kits else found
            snapshots[sku] = {n: level_of(n, items.get((sku_key(n), "LEVEL"))) for n in names}, kits
        return snapshots

    def listings(self, sku: str) -> list[Shelved]:
        """All listings of a SKU in all stores."""
        return [shelved_of(i) for i in self.table.query(sku_key(sku), "LISTING#")]

    def shelved(self, store: str, listed: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Shelved]:
        """Listings of a store by (SKU, item id); those that are gone are left out."""
        keys = {(sku_key(sku), f"LISTING#{store}#{item}"): (sku, item) for sku, item in listed}
        return {keys[key]: shelved_of(item) for key, item in self.table.get_many(list(keys)).items()}

    def new_listing(self, listing: Listing) -> Item:
        """A request that adds a listing with an empty shelf, unless it is there."""
        item = {
            "pk": sku_key(listing.sku),
            "sk": f"LISTING#{listing.store}#{listing.item_id}",
            "listing": listing.model_dump(mode="json"),
        }
        return self.table.put(item, [("pk", "absent", None)])

    def save_shelf(self, listing: Listing, shelf: Shelf) -> None:
        """Only the one worker of the store's lease writes shelves; a listing removed meanwhile stays removed."""
        told = shelf.told and {"units": shelf.told.units, "at": shelf.told.at.isoformat(), "why": shelf.told.why}
        optional = {"unseen_since": shelf.unseen_since, "at": shelf.at, "target": shelf.target, "told": told}
        optional["unshown"] = shelf.unshown or None
        values: dict[str, Any] = {
            "quantities": dict(shelf.quantities),
            "sold": shelf.sold,
            "back": shelf.back,
            "verified": shelf.verified,
            "state": shelf.state,
            "trouble": shelf.trouble,
            "push_id": shelf.push_id,
        }
        for name, value in optional.items():
            if value is not None:
                values[name] = value.isoformat() if isinstance(value, datetime) else value
        gone = [name for name, value in optional.items() if value is None]
        sk = f"LISTING#{listing.store}#{listing.item_id}"
        when = [("pk", "present", None)]
        self.table.write(self.table.update(sku_key(listing.sku), sk, set=values, remove=gone, when=when))

    def save_terms(self, sku: str, store: str, terms: Terms) -> None:
        """Change what was said of a SKU in a store (EVERYWHERE: in every one), as a whole; its listings are told."""
        said, name = terms.model_dump(exclude_none=True), f"terms#{store}"
        change = {"set": {name: said}} if said else {"remove": [name]}
        self.table.write(self.change_level(sku, {}, **change))

    def kits_with(self, sku: str) -> list[str]:
        """Every kit that a SKU is packed into, also by way of another kit."""
        found: dict[str, None] = {}
        look = [sku]
        while look:
            rows = self.table.query(sku_key(look.pop()), "IN_KIT#")
            new = [kit for row in rows if (kit := row["sk"].removeprefix("IN_KIT#")) not in found]
            found |= dict.fromkeys(new)
            look += new
        return list(found)

    def kit_changes(self) -> int:
        """How often any kit was defined or changed; see `put_kit`."""
        return int((self.table.get("KITS", "COUNTER") or {}).get("n", 0))

    def put_kit(self, kit: Kit, changes: int, level: Level) -> None:
        """Define or change a kit; the kit becomes dirty, so that its listings, and kits above it, are told.

        changes  `kit_changes` from before the other kits were looked at: two people who pack A from B and B from A at
                 the same time would make a cycle that neither can see
        level    the kit's own, as it was when it had no stock
        Raises Conflict when one of them is not as it was.
        """
        before = self.table.get(sku_key(kit.sku), "KIT")
        dropped = (before or {"components": {}})["components"].keys() - kit.components.keys()
        alone, same = _unchanged("n", changes), _unchanged("version", level.version)
        requests = [
            self.table.update("KITS", "COUNTER", add={"n": 1}, when=[alone]),
            self.table.put({"pk": sku_key(kit.sku), "sk": "KIT", "components": dict(kit.components)}),
            self.change_level(kit.sku, {}, when=[same]),
            *(self.table.put({"pk": sku_key(c), "sk": f"IN_KIT#{kit.sku}"}) for c in kit.components),
            *(self.table.delete(sku_key(c), f"IN_KIT#{kit.sku}") for c in dropped),
        ]
        transact(self.client, requests)

    def change_level(
        self,
        sku: str,
        add: Mapping[str, int],
        *,
        set: Mapping[str, Any] | None = None,
        remove: Iterable[str] = (),
        when: Iterable[tuple[str, str, Any]] = (),
    ) -> Item:
        """A request that adds to a level's numbers (`name#key` -> units) and marks it dirty at a new version."""
        return self.table.update(
            sku_key(sku),
            "LEVEL",
            set={**(set or {}), "dirty": shard(sku)},
            add={**{k: n for k, n in add.items() if n}, "version": 1},
            remove=remove,
            when=when,
        )

    def put_snapshot(
        self,
        level: Level,
        number: int,
        on_hand: Mapping[str, int],
        others: Mapping[str, int],
        counted: Mapping[str, int],
    ) -> bool:
        """Rule 3d: what an ERP had at one instant; False when another snapshot was written since `level` was read.

        The rule asks only that the other one began earlier. But a pool or location that the other one wrote and this
        one did not see would stay, and on hand and counted would be of two instants: so it must be the one we saw.
        Where all is as it was, only the number is written: nobody has to be told. Without it an older look that is
        still under way would find the level as it saw it, and write what was true in between.
        """
        if level.snapshot is not None and level.snapshot >= number:
            return False
        seen = ("snapshot", "absent" if level.snapshot is None else "=", level.snapshot)
        if level.snapshot is not None and (on_hand, others, counted) == (level.on_hand, level.others, level.counted):
            return self.table.write(
                self.table.update(sku_key(level.sku), "LEVEL", set={"snapshot": number}, when=[seen])
            )
        numbers = {
            **{f"on_hand#{place}": units for place, units in on_hand.items()},
            **{f"others#{place}": units for place, units in others.items()},
            **{f"counted#{pool}": units for pool, units in counted.items()},
            "snapshot": number,
        }
        return self.table.write(self.change_level(level.sku, {}, set=numbers, when=[seen]))

    def clean(self, sku: str, version: int) -> bool:
        """Take the dirty mark off if the level is still at the version that was published."""
        when = [("version", "=", version)]
        return self.table.write(self.table.update(sku_key(sku), "LEVEL", remove=["dirty"], when=when))

    def dirty_rows(self, limit: int) -> Iterator[tuple[str, str]]:
        """(SKU, LEVEL or what `tables.goods` keeps) of rows whose change is not published."""
        for value in SHARDS:
            for pk, sk in self.table.dirty_keys(value, limit):
                yield pk.removeprefix("SKU#"), sk

    def dirty_skus(self, limit: int) -> Iterator[str]:
        return (sku for sku, sk in self.dirty_rows(limit) if sk == "LEVEL")

    def open_holds(self, sku: str) -> list[Item]:
        """Units that orders want and that have not left: store, order, pool, quantity, shipped, created_at."""
        return list(self.table.query(sku_key(sku), "HOLD#"))

    def put_hold(
        self, sku: str, pool: str, store: str, order: str, quantity: int, shipped: int, created_at: str
    ) -> Item:
        """A request that writes an order's hold, or removes it when nothing of it is left to ship."""
        pk, sk = sku_key(sku), f"HOLD#{store}#{order}#{pool}"
        if quantity <= shipped:
            return self.table.delete(pk, sk)
        hold = {"store": store, "order": order, "pool": pool, "quantity": quantity, "shipped": shipped}
        return self.table.put({"pk": pk, "sk": sk, "created_at": created_at, **hold})

    def hold_requests(
        self,
        store: str,
        order: str,
        created_at: str,
        delta: Holds,
        sold: Mapping[str, int],
        back: Mapping[str, int],
        holds: Holds,
        shipped: Holds,
    ) -> list[Item]:
        """Rule 1's part in this table: wanted#, sold# and back# by their differences, and the holds as they are
        now. What the shop took less of came back, and what is given up no more was taken again."""
        requests = []
        for sku in sorted({sku for sku, _ in delta} | sold.keys() | back.keys()):
            pools = {pool: d for (s, pool), d in sorted(delta.items()) if s == sku}
            add = {f"wanted#{pool}": d for pool, d in pools.items()}
            took, gave = sold.get(sku, 0), back.get(sku, 0)
            listed = {
                f"sold#{store}": max(0, took) + max(0, -gave),
                f"back#{store}": max(0, gave) + max(0, -took),
            }
            requests.append(self.change_level(sku, {**add, **listed}))
            for pool in pools:
                have, gone = holds.get((sku, pool), 0), shipped.get((sku, pool), 0)
                requests.append(self.put_hold(sku, pool, store, order, have, gone, created_at))
        return requests


def _unchanged(counter: str, value: int) -> Condition:
    return (counter, "=", value) if value else (counter, "absent", None)


def _kit(item: Item) -> Kit:
    return Kit(sku=item["pk"].removeprefix("SKU#"), components=item["components"])
