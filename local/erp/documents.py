"""Sales documents of the demo ERP, and what it says when it refuses something."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Refused(Exception):
    """`code` is for programs, the text is the ERP's own words."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status, self.code, self.words = status, code, words


class State(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


@dataclass
class Line:
    """`location` is where it must ship from, None for wherever the units are."""

    sku: str
    quantity: int
    location: str | None = None
    shipped: int = 0

    @property
    def open(self) -> int:
        return max(0, self.quantity - self.shipped)


@dataclass
class Document:
    """
    channel    who brought it: "orderbridge", or what the merchant calls the others
    reference  unique within the channel
    told       the caller's own number of the last change, kept for the caller
    head       customer, addresses and charges, as they were sent
    """

    id: str
    channel: str
    reference: str
    lines: list[Line]
    told: int = 0
    head: dict[str, Any] = field(default_factory=dict)
    revision: int = 1
    confirmed: bool = False
    cancelled: bool = False

    @property
    def state(self) -> State:
        if self.cancelled:
            return State.CANCELLED
        if any(line.shipped for line in self.lines):
            return State.PARTLY_SHIPPED if any(line.open for line in self.lines) else State.SHIPPED
        return State.CONFIRMED if self.confirmed else State.DRAFT

    def open_units(self, sku: str) -> int:
        """What can still ship of a SKU."""
        return 0 if self.cancelled else sum(line.open for line in self.lines if line.sku == sku)

    def line_for(self, sku: str, location: str, units: int) -> Line | None:
        """The line that a shipment from a location serves (units < 0: that gives back): one that can, pinned to it."""
        mine = [line for line in self.lines if line.sku == sku]
        able = [line.open > 0 if units > 0 else line.shipped >= -units for line in mine]
        ranked = sorted(zip(able, mine, strict=True), key=lambda pair: (pair[0], pair[1].location == location))
        return ranked[-1][1] if ranked else None
