"""Table `Orders`: each order as it is, what reached us about it, and every difference it made.

pk ORDER#<store>#<id>   sk ORDER               the canonical document beside the few attributes that are asked for;
                                               only `buried` where it was deleted before it was known
                        sk DELIVERY#<id>       each different thing we were told, and what became of it
                        sk REVISION#<n>        every difference: before, after, source
                        sk REVISION#<n>#<c>    chunk c of a revision too large for one transaction is done
                        sk ERP                 what the merchant's ERP knows of it, see `tables.handed`
                        sk DECISION#<n>        a question to a person, see `tables.decisions`
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from orderbridge import mapping
from orderbridge.decisions import Answer, Asked, follow, unwanted
from orderbridge.errors import InvalidPayload
from orderbridge.kits import Parts
from orderbridge.model import Order
from orderbridge.orders import Holds, StoredOrder, differences, holds
from orderbridge.rates import Stamp
from orderbridge.settings import Settings
from orderbridge.tables import decisions
from orderbridge.tables.control import ERP, ORDER, STOCK, parcel_todo, todo_request
from orderbridge.tables.holds import flat, units_of
from orderbridge.tables.items import Condition, Item, Table, transact
from orderbridge.tables.rates import rated_row, unrated_row
from orderbridge.tables.stock import SHARDS, Stock, shard, sku_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRANSACTION = 100  # items in one transaction, a limit of DynamoDB
_PLAIN_TEXT = 100_000  # bytes; a longer text is stored compressed, as an item may have 400 kB
_LONGEST_TEXT = 250_000  # bytes, compressed
_DELIVERY_KEPT = timedelta(days=180)


@dataclass(frozen=True)
class Origin:
    """Where a state of an order came from: for the timeline, and to recognise a repeat.

    id  names what was said, not how it was brought: the same bytes have the same id
    """

    id: str
    source: str
    topic: str
    received_at: datetime
    raw: str = ""


@dataclass(frozen=True)
class Change:
    """A new state of an order, ready to be written if the stored one is still `before`."""

    order: Order
    before: StoredOrder | None
    wants: Holds
    holds: Holds
    sold: dict[str, int]
    back: dict[str, int]
    unmapped: dict[str, str]  # line id -> reference under which a mapping will be looked up
    waits: tuple[str, ...]
    origin: Origin
    answer: Answer | None = None  # the person's, where it is that what makes the revision
    for_erp: bool = False  # the merchant's ERP has to be told
    packed: Mapping[str, Parts] = field(default_factory=dict)
    by_rule: Mapping[str, str] = field(default_factory=dict)
    stamp: Stamp | None = None
    unrated: bool = False  # its currency is one that there will be a rate for

    @property
    def revision(self) -> int:
        return (self.before.revision if self.before else 0) + 1

    @property
    def asked(self) -> Asked:
        """What a person is asked about the order after this change."""
        before = self.before.asked if self.before else Asked()
        left = unwanted(self.order, self.wants, self.before.shipped if self.before else {})
        if self.answer:
            return Asked(left, "", self.answer.choice.value)
        return follow(before, self.order, left, self.revision)


def order_key(store: str, order: str) -> str:
    return f"ORDER#{store}#{order}"


class Orders:
    def __init__(self, client: "DynamoDBClient", settings: Settings, stock: Stock) -> None:
        self.client, self.stock = client, stock
        self.table, self.control = Table(client, settings.orders_table), Table(client, settings.control_table)
        self.decisions = decisions.Writer(self.table, self.control)

    def load(self, store: str, order: str) -> StoredOrder | None:
        item = self.table.get(order_key(store, order), "ORDER")
        return stored_of(item) if item and "document" in item else None

    def versions(self, store: str, orders: Sequence[str]) -> dict[str, datetime]:
        """The versions of those that we know; what was deleted before it was known has none."""
        ids = {order_key(store, order): order for order in orders}
        found = self.table.get_many([(pk, "ORDER") for pk in ids], only=["source_version"])
        told = {ids[pk]: row.get("source_version") for (pk, _), row in found.items()}
        return {order: datetime.fromisoformat(version) for order, version in told.items() if version}

    def rows(self, store: str, order: str) -> Iterator[Item]:
        """All rows of one order: itself, deliveries, revisions."""
        return self.table.query(order_key(store, order))

    def revisions(self, store: str, order: str) -> Iterator[Item]:
        return self.table.query(order_key(store, order), "REVISION#")

    def decision(self, store: str, order: str, number: str) -> Item | None:
        """A question to a person, see `tables.decisions`."""
        return self.table.get(order_key(store, order), f"DECISION#{number}")

    def bury(self, store: str, order: str, origin: Origin) -> None:
        """Remember that an order was deleted before anything of it was known here."""
        row = {"pk": order_key(store, order), "sk": "ORDER", "buried": origin.received_at.isoformat()}
        self.table.write(self.table.put(row, [("pk", "absent", None)]))

    def buried(self, store: str, order: str) -> bool:
        return "buried" in (self.table.get(order_key(store, order), "ORDER") or {})

    def note(self, store: str, order: str, origin: Origin, outcome: str, reason: str) -> None:
        """Record a delivery that changes nothing (stale or a repeat) and why, or count it once more."""
        first = {**_delivery(origin), "outcome": outcome, "reason": reason}
        self.table.write(
            self.table.update(order_key(store, order), f"DELIVERY#{origin.id}", first=first, add={"seen": 1})
        )

    def commit(self, change: Change) -> None:
        """Rule 1, in one transaction. Raises Conflict: position 0 is the order, 1 the delivery.

        A change of too many SKUs for one transaction is written as `pending` first, then chunk by chunk; until
        it is done, nobody writes the order's next revision.
        """
        order, before = change.order, change.before
        delta = _minus(change.holds, before.holds if before else {})
        sold = _minus(change.sold, dict(before.sold) if before else {})
        back = _minus(change.back, dict(before.back) if before else {})
        pk, absent = order_key(order.store, order.id), [("pk", "absent", None)]
        seen = {"pk": pk, "sk": f"DELIVERY#{change.origin.id}", **_delivery(change.origin), "outcome": "applied"}
        unchanged: list[Condition] = [("revision", "=", before.revision)] if before else absent
        head = [
            self.table.put(_item(change), unchanged),
            self.table.put({**seen, "revision": change.revision, "seen": 1}, absent),
            self.table.put(_revision(change), absent),
            *self.decisions.requests(
                order, before.asked if before else Asked(), change.asked, datetime.now(UTC), change.answer
            ),
            *([self.erp_todo(order.store, order.id)] if change.for_erp else []),
        ]
        work = {
            "revision": change.revision,
            "delta": flat(delta),
            "sold": sold,
            "back": back,
            **_waiting(change),
            **_rating(change),
        }
        body = self._requests(order, change.holds, before.shipped if before else {}, work)
        if len(head) + len(body) <= _TRANSACTION:
            transact(self.client, [*head, *body])
            return
        head[0] = self.table.put({**_item(change), "pending": work, "dirty": shard(pk)}, unchanged)
        transact(self.client, head)
        self.finish(order.store, order.id)

    def erp_todo(self, store: str, order: str) -> Item:
        """A request: the ERP has to be told of this order, by whoever reads it then."""
        return todo_request(self.control, ERP, f"{STOCK}#{ORDER}#{store}#{order}", uuid4().hex, datetime.now(UTC))

    def finish(self, store: str, order: str) -> None:
        """Write what is pending of an order, chunk by chunk; each chunk has a record that makes a repeat a no-op."""
        stored = self.load(store, order)
        if stored is None or not stored.pending:
            return
        pk, number = order_key(store, order), stored.pending["revision"]
        requests = self._requests(stored.order, stored.holds, stored.shipped, stored.pending)
        size = _TRANSACTION - 1
        chunks = [requests[at : at + size] for at in range(0, len(requests), size)]
        done = {row["sk"] for row in self.table.query(pk, f"REVISION#{number:08d}#")}
        for n, chunk in enumerate(chunks):
            mark = f"REVISION#{number:08d}#{n}"
            if mark not in done:
                transact(self.client, [self.table.put({"pk": pk, "sk": mark}, [("pk", "absent", None)]), *chunk])
        self.table.write(
            self.table.update(pk, "ORDER", remove=["pending", "dirty"], when=[("revision", "=", stored.revision)])
        )

    def _requests(self, order: Order, holds: Holds, shipped: Holds, work: Mapping[str, Any]) -> list[Item]:
        """What a revision changes beside the order itself: the same requests in the same order each time.

        work  delta, sold, back: differences; waiting: reference -> SKU, by which a later mapping finds the order;
              settled: references that it waits for no more; unrated, rated: the order waits for a rate, or no more
        """
        requests = self.stock.hold_requests(
            order.store,
            order.id,
            order.created_at.isoformat(),
            units_of(work["delta"]),
            work["sold"],
            work["back"],
            holds,
            shipped,
        )
        pk, row = f"UNMAPPED#{order.store}", {"order": order.id}
        for ref, sku in sorted(work["waiting"].items()):
            requests.append(
                self.control.put({"pk": pk, "sk": f"{ref}#{order.id}", "reference": ref, "sku": sku, **row})
            )
        for ref in sorted(work["settled"]):
            requests.append(self.control.delete(pk, f"{ref}#{order.id}"))
        # What was left pending by an older version says nothing of rates.
        if work.get("unrated"):
            requests.append(unrated_row(self.control, order.currency, order.store, order.id))
        if currency := work.get("rated"):
            requests.append(rated_row(self.control, currency, order.store, order.id))
        return requests

    def ship(self, stored: StoredOrder, ship: Item, level: dict[str, int], at: datetime, *, tell: bool) -> None:
        """Rule 2: units of an order left, or came back by a reversal. `ship` is the SHIP row, `level` what else the
        level gains (rule 4). A hold is raised to what left, and falls with a reversal to what is wanted. `tell`: the
        order's shop has to be told.

        Raises Conflict: position 0 is the shipment's own row (seen before), 1 the order.
        """
        sku, pool, units = sku_of(ship["pk"]), ship["pool"], ship["quantity"]
        order, key = stored.order, (sku, pool)
        gone = stored.shipped.get(key, 0) + units
        hold = max(stored.wants.get(key, 0), gone)
        pk, revision = order_key(order.store, order.id), stored.revision + 1
        shipped = {**stored.shipped, key: gone}
        maps = {"shipped": flat(shipped), "holds": flat(holds(stored.wants, shipped))}
        record = {
            "pk": pk,
            "sk": f"REVISION#{revision:08d}",
            "at": at.isoformat(),
            "source": "shipment",
            "topic": ship["sk"],
        }
        change = {f"shipped.{sku}|{pool}": [gone - units, gone]}
        add = {f"shipped#{pool}": units, f"wanted#{pool}": hold - stored.holds.get(key, 0), **level}
        asked = follow(stored.asked, order, unwanted(order, stored.wants, shipped), revision)
        known = decisions.attributes(asked) if asked != stored.asked else {}
        transact(
            self.client,
            [
                self.stock.table.put(ship, [("pk", "absent", None)]),
                self.table.update(
                    pk, "ORDER", set={**maps, **known, "revision": revision}, when=[("revision", "=", stored.revision)]
                ),
                self.table.put({**record, "changes": json.dumps(change)}, [("pk", "absent", None)]),
                self.stock.change_level(sku, add),
                self.stock.put_hold(sku, pool, order.store, order.id, hold, gone, order.created_at.isoformat()),
                *self.decisions.requests(order, stored.asked, asked, at),
                *([parcel_todo(self.control, order.store, order.id)] if tell else []),
            ],
        )

    def unfinished(self, limit: int) -> Iterator[tuple[str, str]]:
        """(store, order id) of orders with something pending."""
        for value in SHARDS:
            for pk, _ in self.table.dirty_keys(value, limit):
                _, store, order = pk.split("#", 2)
                yield store, order


def _waiting(change: Change) -> dict[str, Any]:
    before, lines = (change.before.unmapped, change.before.order.lines) if change.before else ((), ())
    known = {ref: mapping.written(line) for line in lines if (ref := mapping.reference(line)) in before}
    skus = {
        change.unmapped[line.id]: mapping.written(line) for line in change.order.lines if line.id in change.unmapped
    }
    return {
        "waiting": {ref: sku for ref, sku in skus.items() if known.get(ref) != sku},
        "settled": sorted(set(before) - skus.keys()),
    }


def _rating(change: Change) -> dict[str, Any]:
    """`rated` is the currency for which the order waits no more, also because its shop corrected it; "" for none."""
    before = change.before if change.before and change.before.stamp is None else None
    done = before and (change.stamp or before.order.currency != change.order.currency)
    return {"unrated": change.unrated, "rated": before.order.currency if before and done else ""}


def _minus(after: dict[Any, int], before: dict[Any, int]) -> dict[Any, int]:
    return {k: d for k in {**after, **before} if (d := after.get(k, 0) - before.get(k, 0))}


def _delivery(origin: Origin) -> Item:
    return {
        "source": origin.source,
        "topic": origin.topic,
        "at": origin.received_at.isoformat(),
        "raw": origin.raw,
        "expires_at": int((origin.received_at + _DELIVERY_KEPT).timestamp()),
    }


def _item(change: Change) -> Item:
    order, before = change.order, change.before
    return {
        "pk": order_key(order.store, order.id),
        "sk": "ORDER",
        "document": _packed(order.model_dump_json()),
        "source_version": order.version.isoformat(),
        "created_at": order.created_at.isoformat(),
        "revision": change.revision,
        "number": order.number,
        "status": order.status.value,
        "wants": flat(change.wants),
        "holds": flat(change.holds),
        "shipped": flat(before.shipped) if before else {},
        "sold": change.sold,
        "back": change.back,
        **({"packed": dict(change.packed)} if change.packed else {}),
        **({"by_rule": dict(change.by_rule)} if change.by_rule else {}),
        **({"stamp": change.stamp.item()} if change.stamp else {}),
        "unmapped": sorted(set(change.unmapped.values())),
        "waits": list(change.waits),
        "raw": change.origin.raw,
        **(decisions.attributes(change.asked) if change.asked != Asked() else {}),
    }


def _packed(text: str) -> str | bytes:
    """Raises InvalidPayload for what fits into no item, so that it is kept and seen where such things are."""
    plain = text.encode()
    if len(plain) <= _PLAIN_TEXT:
        return text
    packed = zlib.compress(plain)
    if len(packed) > _LONGEST_TEXT:
        raise InvalidPayload(f"the order is too long to be stored: {len(packed)} bytes, compressed")
    return packed


def unpacked(kept: str | bytes) -> str:
    """A text as it was before it was stored."""
    return kept if isinstance(kept, str) else zlib.decompress(kept).decode()


_PERSONAL = ("buyer", "ship_to", "bill_to", "note", "fields")
_NOT_IN_REVISIONS: Any = {**dict.fromkeys(_PERSONAL, True), "lines": {"__all__": {"options"}}}


def _options(order: Order) -> dict[str, Any]:
    return {line.id: line.options for line in order.lines}


def _revision(change: Change) -> Item:
    """Every difference as {path: [before, after]}; personal data only by name, so that one copy less must be erased."""
    order, stored = change.order, change.before
    changes: dict[str, list[Any]] = {}
    if stored:
        before, after = (json.loads(o.model_dump_json(exclude=_NOT_IN_REVISIONS)) for o in (stored.order, order))
        changes = {path: [old, new] for path, old, new in differences(before, after)}
        for name in _PERSONAL:
            if getattr(stored.order, name) != getattr(order, name):
                changes[name] = ["(not kept)", "(changed)"]
        if _options(stored.order) != _options(order):
            changes["options"] = ["(not kept)", "(changed)"]
    old_holds = stored.holds if stored else {}
    for (sku, pool), difference in _minus(change.holds, old_holds).items():
        units = change.holds.get((sku, pool), 0)
        changes[f"holds.{sku}|{pool}"] = [units - difference, units]
    if list(stored.waits if stored else ()) != list(change.waits):
        changes["waits"] = [list(stored.waits) if stored else None, list(change.waits)]
    if stored and stored.stamp != change.stamp:
        changes["rate"] = [str(stamp) if stamp else None for stamp in (stored.stamp, change.stamp)]
    return {
        "pk": order_key(order.store, order.id),
        "sk": f"REVISION#{change.revision:08d}",
        "at": datetime.now(UTC).isoformat(),
        "source": change.origin.source,
        "topic": change.origin.topic,
        "delivery": change.origin.id,
        "changes": _packed(json.dumps(changes, ensure_ascii=False)),
    }


def stored_of(item: Item) -> StoredOrder:
    return StoredOrder(
        Order.model_validate_json(unpacked(item["document"])),
        item["revision"],
        units_of(item["wants"]),
        units_of(item["holds"]),
        units_of(item["shipped"]),
        item["sold"],
        item["back"],
        tuple(item["unmapped"]),
        tuple(item["waits"]),
        item.get("pending"),
        decisions.asked_of(item),
        item.get("packed", {}),
        item.get("by_rule", {}),
        Stamp.read(item["stamp"]) if "stamp" in item else None,
    )
