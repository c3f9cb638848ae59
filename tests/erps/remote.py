"""What the conformance suite needs of the far side of an ERP: a module of its name in `remotes` gives it."""

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """What the next call meets, in the ERP's own way of showing it."""

    BUSY = "busy"
    DOWN = "down"
    UNREACHED = "unreached"  # nothing was done
    LOST = "lost"  # done, but no answer comes
    REVOKED = "revoked"
    HALF = "half"  # rows are missing, and nothing says so
    TORN = "torn"  # rows are missing, and it does not say that it is whole
    EMPTY = "empty"


class Remote(ABC):
    """A running ERP. `secret` is what the merchant enters to connect it."""

    secret: dict[str, Any]

    @abstractmethod
    def stock(self, sku: str, location: str, units: int) -> None:
        """Units come in."""

    @abstractmethod
    def promise(self, sku: str, location: str, units: int) -> None:
        """A document that is not ours wants units."""

    @abstractmethod
    def ship(self, document: str, sku: str, location: str, units: int) -> str:
        """Post a shipment line of a document; returns what `reverse` takes."""

    @abstractmethod
    def reverse(self, shipment: str) -> None:
        """Take it back."""

    @abstractmethod
    def wanted(self, reference: str) -> list[dict[tuple[str, str | None], int]]:
        """Per document of a reference: (SKU, location) -> units; none for one that is cancelled."""

    def price(self, sku: str, currency: str, amount: str, store: str | None = None, **more: str) -> None:
        """Write a price; only of an ERP that keeps some. `more` is compare_at, sale, sale_from, sale_until."""
        raise NotImplementedError

    def describe(self, sku: str, names: dict[str, str], barcode: str, grams: int) -> None:
        """Write what a SKU is; only of an ERP that keeps it."""
        raise NotImplementedError

    @abstractmethod
    def trouble(self, *coming: Trouble | None) -> None:
        """What the coming calls meet, in order."""

    @abstractmethod
    def closed(self) -> None:
        """Nobody listens any more."""
