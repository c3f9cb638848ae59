"""What the ERP knows of an order: one row beside it in table `Orders`.

pk ORDER#<store>#<id>  sk ERP   state, document, revision, told_at, beyond, trouble; written before the first call
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from orderbridge.orders import Holds, StoredOrder
from orderbridge.tables.holds import flat, units_of
from orderbridge.tables.items import Item
from orderbridge.tables.orders import Orders, order_key, stored_of


class State(StrEnum):
    ASKED = "asked"  # a first call went out, or was about to; whether the ERP has a document, only the ERP knows
    TAKEN = "taken"
    CANCELLED = "cancelled"
    REFUSED = "refused"  # with words in `trouble`; what the ERP had before stays there


@dataclass(frozen=True)
class Handed:
    """
    document  the ERP's own id, "" while it is not known
    revision  the last one of our record that the ERP took or refused, 0 before
    beyond    (SKU, pool) -> units that have left the ERP although the order does not want them
    """

    state: State
    document: str = ""
    revision: int = 0
    told_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    beyond: Holds = field(default_factory=dict)
    trouble: str = ""


class HandOvers:
    def __init__(self, orders: Orders) -> None:
        self.table = orders.table

    def load(self, store: str, order: str) -> tuple[StoredOrder | None, Handed | None]:
        """The order as it is, and what the ERP knows of it."""
        pk = order_key(store, order)
        found = self.table.get_many([(pk, "ORDER"), (pk, "ERP")])
        stored, handed = found.get((pk, "ORDER")), found.get((pk, "ERP"))
        return stored_of(stored) if stored else None, handed_of(handed) if handed else None

    def of(self, orders: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Handed]:
        """What the ERP knows, by (store, order id); one that it was never told of is left out."""
        keys = {(order_key(store, order), "ERP"): (store, order) for store, order in orders}
        found = self.table.get_many(list(keys)) if keys else {}
        return {keys[key]: handed_of(item) for key, item in found.items()}

    def ask(self, store: str, order: str) -> None:
        """Written before the first call: what may be in the ERP must never be taken for what is not."""
        self.table.write(self.table.put(_item(store, order, Handed(State.ASKED)), [("pk", "absent", None)]))

    def save(self, store: str, order: str, handed: Handed) -> bool:
        """False when a later revision is written there: a worker whose lease had ended was slower."""
        return self.table.write(self.table.put(_item(store, order, handed), [("revision", "<=", handed.revision)]))


def handed_of(item: Item) -> Handed:
    return Handed(
        State(item["state"]),
        item["document"],
        item["revision"],
        datetime.fromisoformat(item["told_at"]),
        units_of(item["beyond"]),
        item["trouble"],
    )


def _item(store: str, order: str, handed: Handed) -> Item:
    return {
        "pk": order_key(store, order),
        "sk": "ERP",
        "state": handed.state.value,
        "document": handed.document,
        "revision": handed.revision,
        "told_at": handed.told_at.isoformat(),
        "beyond": flat(handed.beyond),
        "trouble": handed.trouble,
    }
