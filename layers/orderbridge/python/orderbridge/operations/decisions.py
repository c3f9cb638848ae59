"""What waits for a person to decide it, and the person's answer with who and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from orderbridge.bridge import Bridge
from orderbridge.decisions import MEANING, Answer, Choice
from orderbridge.deliveries import Applier
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.operations.inputs import valid
from orderbridge.tables.decisions import open_decisions


@dataclass(frozen=True)
class Decision:
    """
    id        <store>/<order>/<revision that asked>
    units     SKU|pool -> units that the question is about
    state     open, made, or settled by itself
    choices   what may be chosen, in words
    choice, who, why, ended   of one that was made; only `ended` of one that settled itself
    """

    id: str
    store: str
    order: str
    at: datetime
    question: str
    units: Mapping[str, int]
    state: str
    choices: Mapping[str, str]
    choice: str = ""
    who: str = ""
    why: str = ""
    ended: datetime | None = None


def listed(bridge: Bridge) -> list[Decision]:
    """The open ones, oldest first."""
    rows = sorted(open_decisions(bridge.control.table), key=lambda row: row[3])
    return [_read(bridge, store, order, number) for store, order, number, _ in rows]


def show(bridge: Bridge, id: str) -> Decision:
    """One, open or not. Raises NotFound, InvalidInput."""
    return _read(bridge, *_parts(id))


def make(bridge: Bridge, id: str, choice: str, who: str, why: str) -> Decision:
    """Record a person's choice and do what it says. Raises NotFound, InvalidInput, UnknownStore."""
    if choice not in MEANING:
        raise InvalidInput(f"{choice[:40]!r} is no choice; there are: {', '.join(MEANING)}")
    if not who.strip() or not why.strip():
        raise InvalidInput("a decision is recorded with who made it and why: both are needed")
    store, order, number = _parts(id)
    known = _read(bridge, store, order, number)
    if known.state != "open":
        raise InvalidInput(f"decision {id} is {known.state}{f' by {known.who}' if known.who else ''}")
    answer = Answer(Choice(choice), who.strip()[:200], why.strip()[:1000])
    Applier(bridge, bridge.control.store(store)).answer(order, number, answer)
    return _read(bridge, store, order, number)


def _parts(id: str) -> tuple[str, str, str]:
    store, _, rest = id.partition("/")
    order, _, number = rest.rpartition("/")
    if not re.fullmatch("[0-9]{8}", number):
        raise InvalidInput(f"{id[:120]!r} is no decision: <store>/<order>/<number>")
    return valid("store", store), valid("order id", order), number


def _read(bridge: Bridge, store: str, order: str, number: str) -> Decision:
    row = bridge.orders.decision(store, order, number)
    if row is None:
        raise NotFound(f"order {order} of store {store} has no decision {number}", store=store)
    return Decision(
        f"{store}/{order}/{number}",
        store,
        order,
        datetime.fromisoformat(row["at"]),
        row["question"],
        row["units"],
        row["state"],
        {choice.value: words for choice, words in MEANING.items()},
        row.get("choice", ""),
        row.get("who", ""),
        row.get("why", ""),
        datetime.fromisoformat(row["ended"]) if "ended" in row else None,
    )
