"""What only a person can decide about an order: units left, and the order does not want them (any more). Pure, no I/O.

A question is asked in the same transaction that finds its cause: a cancellation or an edit after the shipment (rule 1),
or a shipment, found in an ERP or entered, of what was cancelled (rule 2). Whoever records shipments has nothing to do
for it. It settles itself when the cause goes away: the order is reopened, the shipment reversed.

No choice moves stock by itself: a unit that comes back is a receipt, one that never left is a reversal, both in the
ERP. Only what the shop alone calls shipped is let go of by `not-sent`, because there no shipment can be reversed.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from orderbridge.model import Order, OrderStatus

if TYPE_CHECKING:
    from orderbridge.orders import Holds


class Choice(StrEnum):
    RETURN = "return"
    LET_GO = "let-go"
    NOT_SENT = "not-sent"


MEANING = {
    Choice.RETURN: "the units come back: enter a receipt when they do; until then nothing changes",
    Choice.LET_GO: "the buyer keeps them or they are lost: nothing comes back and nothing changes",
    Choice.NOT_SENT: "they never left: reverse the shipment in the ERP; what only the shop called shipped is free now",
}


@dataclass(frozen=True)
class Asked:
    """What a person has been asked about an order.

    units   (SKU, pool) -> units that the question is about
    open    id of the question that waits for an answer, "" when none does
    choice  the last answer, while the order is still cancelled
    """

    units: "Holds" = field(default_factory=dict)
    open: str = ""
    choice: str = ""


@dataclass(frozen=True)
class Answer:
    choice: Choice
    who: str
    why: str


def unwanted(order: Order, wants: "Holds", shipped: "Holds") -> "Holds":
    """Units that left although the order does not want them.

    A cancelled order wants nothing but what its own shop has shipped, and of that nobody is certain what becomes.
    """
    if order.status is OrderStatus.CANCELLED:
        return {key: n for key in wants.keys() | shipped.keys() if (n := max(wants.get(key, 0), shipped.get(key, 0)))}
    return {key: n for key, left in shipped.items() if (n := left - wants.get(key, 0)) > 0}


def follow(asked: Asked, order: Order, now: "Holds", revision: int) -> Asked:
    """What is asked after a revision that leaves `now` unwanted: more than was answered is a new question."""
    choice = asked.choice if order.status is OrderStatus.CANCELLED else ""
    if asked.open and now:
        return Asked(now, asked.open, choice)
    grown = any(units > asked.units.get(key, 0) for key, units in now.items())
    return Asked(now, f"{revision:08d}" if grown else "", choice)


def released(order: Order, asked: Asked) -> bool:
    """Whether a person said that nothing of a cancelled order was sent, whatever its shop shows."""
    return order.status is OrderStatus.CANCELLED and asked.choice == Choice.NOT_SENT


def question(order: Order, units: "Holds") -> str:
    """In plain words, for the person who decides."""
    said = ", ".join(f"{n} of {sku}" for sku, n in sorted(_by_sku(units).items()))
    why = {OrderStatus.CANCELLED: "was cancelled", OrderStatus.DELETED: "was deleted in its shop"}
    return (
        f"{said} left, but order {order.number} {why.get(order.status, 'does not want so many')}: what becomes of them?"
    )


def _by_sku(units: "Holds") -> dict[str, int]:
    found: dict[str, int] = {}
    for (sku, _), n in units.items():
        found[sku] = found.get(sku, 0) + n
    return found
