"""What happened to one order: what came, from where, what it changed, what not and why."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderbridge.platforms.base import Source
from orderbridge.tables.handed import Handed
from orderbridge.tables.items import Item
from orderbridge.tables.orders import unpacked

_ORDER = ("delivery", "told", "revision", "shipment", "question", "answer", "erp", "kept back")  # of one instant


@dataclass(frozen=True)
class Event:
    """
    what      delivery     something we were told; `outcome` applied, stale or repeat, `why` it changed nothing
              told         the shop was told of a parcel, `topic`, and then showed this
              revision     what a delivery or a person's decision changed
              shipment     units that left, or came back by a reversal; `topic` the ERP's move and its line
              question     a person was asked; answer: by whom, what and why, or that the question settled itself
              erp          what the ERP was told last, and its words
              kept back    what could not be recorded and waits in quarantine
    source    webhook, poll, each with +fetch where the order was then fetched; person, recheck, an ERP's name
    seen      how often the very same thing was delivered
    changes   of a revision: field -> [before, after]
    """

    at: datetime
    what: str
    source: str
    topic: str
    outcome: str = ""
    why: str = ""
    seen: int = 1
    revision: int = 0
    changes: Mapping[str, list[Any]] = field(default_factory=dict)


def timeline(rows: Iterable[Item], erp: Handed | None, erp_name: str, kept_back: Iterable[Item]) -> list[Event]:
    """`rows` are all rows of the order, `kept_back` those in quarantine that name it."""
    events = [event for row in rows for event in _events(row)]
    if erp:
        revision = f"revision {erp.revision}" if erp.revision else ""
        events.append(Event(erp.told_at, "erp", erp_name, erp.document or revision, erp.state.value, erp.trouble))
    for row in kept_back:
        at, source = datetime.fromisoformat(row["at"]), row["erp"] if "erp" in row else row["kind"]
        events.append(Event(at, "kept back", source, row["topic"], row["sk"], row["reason"]))
    return sorted(events, key=lambda e: (e.at, _ORDER.index(e.what), e.revision))


def _events(row: Item) -> Iterator[Event]:
    kind = row["sk"].partition("#")[0]
    if "at" not in row or kind not in ("DELIVERY", "REVISION", "DECISION"):
        return
    at = datetime.fromisoformat(row["at"])
    if kind == "DELIVERY":
        why, seen, revision = row.get("reason", ""), row.get("seen", 1), row.get("revision", 0)
        what = "told" if row["source"].startswith(Source.TOLD) else "delivery"
        yield Event(at, what, row["source"], row["topic"], row["outcome"], why, seen, revision)
    elif kind == "REVISION":
        yield _revision(row, at)
    else:
        number = int(row["sk"].split("#")[1])
        yield Event(at, "question", "", row["question"], row["state"], revision=number)
        if "ended" in row:
            choice, who, why = (row.get(name, "") for name in ("choice", "who", "why"))
            yield Event(datetime.fromisoformat(row["ended"]), "answer", who, choice, row["state"], why, revision=number)


def _revision(row: Item, at: datetime) -> Event:
    number, changes = int(row["sk"].split("#")[1]), json.loads(unpacked(row["changes"]))
    if row["source"] != "shipment":
        return Event(at, "revision", row["source"], row["topic"], revision=number, changes=changes)
    _, erp, move, line = row["topic"].split("#", 3)  # the key of the shipment's row
    return Event(at, "shipment", erp, f"{move} line {line}", revision=number, changes=changes)
