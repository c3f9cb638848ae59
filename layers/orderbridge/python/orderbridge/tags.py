"""What a shop was told of one listing's price or content, and what of it was seen there. Pure, no I/O.

A price and a content are told alike: look, write what differs, look again. What is told is a value of the platform's
contract (`ShownPrice`, `Content`); here it is the plain data that a table keeps.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orderbridge.platforms.listings import Content, ShownPrice

NEW, ACCEPTED, VERIFIED, REJECTED, HELD = "new", "accepted", "verified", "rejected", "held"
_TIMES = ("sale_from", "sale_until")


@dataclass(frozen=True)
class Tag:
    """
    told     what the shop took last, plain; empty before the first
    regular  the regular price behind it, for a price
    state    new; accepted (the shop took it); verified (seen there); rejected; held (a person has to see it first)
    trouble  why, in plain words or the platform's
    shown    what the last look showed, in words
    took_at  when the shop took it
    at       of the last look or write
    drift    when the shop was last seen to show something else than what was seen there before
    """

    told: Mapping[str, Any] = field(default_factory=dict)
    regular: Decimal | None = None
    state: str = NEW
    trouble: str = ""
    shown: str = ""
    push_id: str = ""
    took_at: datetime | None = None
    at: datetime | None = None
    drift: datetime | None = None

    def settles_until(self, settle: timedelta) -> datetime | None:
        """Until when a look may still show what was there before."""
        return self.took_at + settle if self.state == ACCEPTED and self.took_at and settle else None

    def took(self, value: ShownPrice | Content, regular: Decimal | None, push_id: str, now: datetime) -> "Tag":
        fresh = replace(self, told=plain(value), regular=regular, state=ACCEPTED, trouble="")
        return replace(fresh, push_id=push_id, took_at=now, at=now)

    def seen(self, value: ShownPrice | Content, regular: Decimal | None, shown: str, now: datetime) -> "Tag":
        """The shop shows what it should."""
        return replace(self, told=plain(value), regular=regular, state=VERIFIED, trouble="", shown=shown, at=now)


def plain(value: ShownPrice | Content) -> dict[str, Any]:
    """As a table keeps it, without what is not said."""
    found = {name: one for name, one in asdict(value).items() if one not in (None, "")}
    return {name: one.isoformat() if isinstance(one, datetime) else _text(one) for name, one in found.items()}


def price_of(told: Mapping[str, Any]) -> ShownPrice:
    """The way back, for a price."""
    fields: dict[str, Any] = {"price": None}
    for name, value in told.items():
        fields[name] = datetime.fromisoformat(value) if name in _TIMES else Decimal(value)
    return ShownPrice(**fields)


def content_of(told: Mapping[str, Any]) -> Content:
    return Content(**told)


def packed(tag: Tag) -> dict[str, Any]:
    times = {name: at.isoformat() if (at := getattr(tag, name)) else "" for name in ("took_at", "at", "drift")}
    return {**asdict(tag), "told": dict(tag.told), "regular": _text(tag.regular), **times}


def unpacked(item: Mapping[str, Any] | None) -> Tag:
    if item is None:
        return Tag()
    fields: dict[str, Any] = {name: item[name] for name in ("told", "state", "trouble", "shown", "push_id")}
    for name in ("took_at", "at", "drift"):
        fields[name] = datetime.fromisoformat(item[name]) if item[name] else None
    return Tag(regular=Decimal(item["regular"]) if item["regular"] else None, **fields)


def _text(value: Any) -> Any:
    if value is None:
        return ""
    return str(value) if isinstance(value, Decimal) else value
