"""Rows of decisions, written beside the revision that asks, answers or settles them; see `orderbridge.decisions`.

Orders   pk ORDER#<store>#<id>  sk DECISION#<n>              the question that revision n asked, and its answer
Control  pk DECISION            sk <store>#<order>#<n>       the questions that are open, for lists and alarms
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from orderbridge.decisions import Answer, Asked, question
from orderbridge.model import Order
from orderbridge.tables.holds import flat, units_of
from orderbridge.tables.items import Item, Table


@dataclass(frozen=True)
class Writer:
    """Builds the requests; `orders` and `control` are the two tables."""

    orders: Table
    control: Table

    def requests(
        self, order: Order, before: Asked, after: Asked, at: datetime, answer: Answer | None = None
    ) -> list[Item]:
        """What has to be written with a revision that leads from `before` to `after`; nothing for most."""
        pk, time = f"ORDER#{order.store}#{order.id}", at.isoformat()
        if after.open:
            if after == before:
                return []
            row = {"question": question(order, after.units), "units": flat(after.units), "state": "open"}
            if after.open == before.open:
                return [self.orders.update(pk, f"DECISION#{after.open}", set=row)]
            control = {"pk": "DECISION", "sk": f"{order.store}#{order.id}#{after.open}", "at": time}
            asked = {"pk": pk, "sk": f"DECISION#{after.open}", "at": time, **row}
            return [self.orders.put(asked, [("pk", "absent", None)]), self.control.put(control)]
        if not before.open:
            return []
        end: Item = {"state": "settled by itself", "ended": time}
        if answer:
            end |= {"state": "made", "choice": answer.choice.value, "who": answer.who, "why": answer.why}
        return [
            self.orders.update(pk, f"DECISION#{before.open}", set=end, when=[("state", "=", "open")]),
            self.control.delete("DECISION", f"{order.store}#{order.id}#{before.open}"),
        ]


def open_decisions(control: Table) -> Iterator[tuple[str, str, str, datetime]]:
    """(store, order, number, since when)."""
    for row in control.query("DECISION"):
        store, rest = row["sk"].split("#", 1)
        order, number = rest.rsplit("#", 1)
        yield store, order, number, datetime.fromisoformat(row["at"])


def attributes(asked: Asked) -> Item:
    """How the order's own row remembers what was asked."""
    return {"asked": flat(asked.units), "decision": asked.open, "choice": asked.choice}


def asked_of(item: Item) -> Asked:
    """Of an order's row; rows from before there were decisions have none of the attributes."""
    return Asked(units_of(item.get("asked", {})), item.get("decision", ""), item.get("choice", ""))
