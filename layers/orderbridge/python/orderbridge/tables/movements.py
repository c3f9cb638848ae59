"""Rows of shipments and of the embedded ledger in table `Stock`.

pk SKU#<sku>   sk MOVE#<reference>           a receipt or a count
               sk SHIP#<erp>#<move>#<line>   units that left for an order (written together with the order); carrier,
                                             tracking, tracking_url as soon as they are known, `earlier` numbers
               sk LEVEL                      `moves` counts the ledger's entries of the SKU: what was read of them is
                                             complete as long as the counter stands
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from orderbridge.movements import Kind, Movement
from orderbridge.tables.items import Condition, Item, transact
from orderbridge.tables.stock import Stock, sku_key, sku_of

_WAY = ("carrier", "tracking", "tracking_url")
EMBEDDED = "ledger"  # the <erp> of the ledger's own shipments
_ABSENT: list[Condition] = [("pk", "absent", None)]


class Movements:
    def __init__(self, stock: Stock) -> None:
        self.stock, self.table = stock, stock.table

    def moves(self, sku: str) -> int:
        return int((self.table.get(sku_key(sku), "LEVEL") or {}).get("moves", 0))

    def all(self, sku: str) -> list[Movement]:
        pk = sku_key(sku)
        receipts_and_counts = [_movement(sku, item) for item in self.table.query(pk, "MOVE#")]
        return receipts_and_counts + [_shipment(sku, item) for item in self.table.query(pk, f"SHIP#{EMBEDDED}#")]

    def one(self, sku: str, reference: str) -> Movement | None:
        item = self.table.get(sku_key(sku), f"MOVE#{reference}")
        return _movement(sku, item) if item else None

    def shipped(self, sku: str, erp: str, move: str, line: str) -> Movement | None:
        item = self.table.get(sku_key(sku), ship_key(erp, move, line))
        return _shipment(sku, item) if item else None

    def recorded(self, erp: str, lines: Iterable[Movement]) -> set[Movement]:
        """Those shipment lines of an ERP that were written with this very content, tracking included."""
        keys = {line: (sku_key(line.sku), ship_key(erp, line.reference, line.line)) for line in lines}
        found = self.table.get_many(list(keys.values())) if keys else {}
        known = {line: _shipment(line.sku, found[key]) for line, key in keys.items() if key in found}
        return {line for line, row in known.items() if row.same_as(line) and not line.tells_more_than(row)}

    def of_order(self, revisions: Iterable[Item]) -> list[Movement]:
        """The shipment lines of an order, by what its revisions name."""
        keys = [(sku_key(_sku(row)), row["topic"]) for row in revisions if row.get("source") == "shipment"]
        found = self.table.get_many(keys) if keys else {}
        return [_shipment(sku_of(pk), found[pk, sk]) for pk, sk in keys if (pk, sk) in found]

    def track(self, erp: str, known: Movement, told: Movement, also: Sequence[Item]) -> None:
        """A line that is written gets its carrier and tracking, in one transaction with what else is to be written.

        Raises Conflict: position 0 when it has not those of `known` any more.
        """
        earlier = [*known.earlier, *([known.tracking] if known.tracking not in ("", told.tracking) else [])]
        unchanged: Condition = ("tracking", "=", known.tracking) if known.tracking else ("tracking", "absent", None)
        way = {**_way(told), **({"earlier": earlier} if earlier else {})}
        gone = [name for name in _WAY if name not in way]
        key = ship_key(erp, told.reference, told.line)
        line = self.table.update(
            sku_key(told.sku), key, set=way, remove=gone, when=[("pk", "present", None), unchanged]
        )
        transact(self.stock.client, [line, *also])

    def write(self, movement: Movement, moves: int | None = None) -> None:
        """A receipt or count and what it adds, in one transaction.

        Raises Conflict: position 0 when the reference was used before, 1 when the ledger's counter of the SKU is not
        `moves` any more (None: whatever it is).
        """
        row = {
            "pk": sku_key(movement.sku),
            "sk": f"MOVE#{movement.reference}",
            "kind": movement.kind.value,
            "location": movement.location,
            "quantity": movement.units,
            "at": movement.at.isoformat(),
            "entered": movement.entered.isoformat(),
            "who": movement.who,
        }
        if movement.counted is not None:
            row["counted"] = movement.counted
        unmoved: list[Condition] = [("moves", "=", moves)] if moves else [("moves", "absent", None)]
        add = {f"on_hand#{movement.location}": movement.units, "moves": 1}
        level = self.stock.change_level(movement.sku, add, when=[] if moves is None else unmoved)
        transact(self.stock.client, [self.table.put(row, _ABSENT), level])


def ship_key(erp: str, move: str, line: str) -> str:
    return f"SHIP#{erp}#{move}#{line}"


def ship_row(erp: str, shipment: Movement) -> Item:
    """`quantity` is counted as the stock rule counts it: units that left, negative for a reversal."""
    return {
        "pk": sku_key(shipment.sku),
        "sk": ship_key(erp, shipment.reference, shipment.line),
        "store": shipment.store,
        "order": shipment.order,
        "pool": shipment.pool,
        "location": shipment.location,
        "quantity": -shipment.units,
        "at": shipment.at.isoformat(),
        "entered": shipment.entered.isoformat(),
        "who": shipment.who,
        **({"parcel": shipment.parcel} if shipment.parcel else {}),
        **_way(shipment),
    }


def _way(shipment: Movement) -> Item:
    return {name: value for name, value in zip(_WAY, shipment.way, strict=True) if value}


def _sku(revision: Item) -> str:
    """Of the one change that a shipment's revision has: `shipped.<sku>|<pool>`."""
    return str(next(iter(json.loads(revision["changes"])))).removeprefix("shipped.").rpartition("|")[0]


def gone_at_once(shipment: Movement) -> dict[str, int]:
    """Rule 4: what a shipment of the embedded ledger adds to the level besides rule 2."""
    return {f"on_hand#{shipment.location}": shipment.units, f"counted#{shipment.pool}": -shipment.units, "moves": 1}


def _movement(sku: str, item: Item) -> Movement:
    return Movement(
        sku,
        item["location"],
        Kind(item["kind"]),
        item["quantity"],
        item["sk"].removeprefix("MOVE#"),
        datetime.fromisoformat(item["at"]),
        datetime.fromisoformat(item["entered"]),
        item["who"],
        item.get("counted"),
    )


def _shipment(sku: str, item: Item) -> Movement:
    _, _, move, line = item["sk"].split("#", 3)
    return Movement(
        sku,
        item["location"],
        Kind.SHIPMENT,
        -item["quantity"],
        move,
        datetime.fromisoformat(item["at"]),
        datetime.fromisoformat(item["entered"]),
        item["who"],
        store=item["store"],
        order=item["order"],
        pool=item["pool"],
        line=line,
        parcel=item.get("parcel", ""),
        carrier=item.get("carrier", ""),
        tracking=item.get("tracking", ""),
        tracking_url=item.get("tracking_url", ""),
        earlier=tuple(item.get("earlier", ())),
    )
