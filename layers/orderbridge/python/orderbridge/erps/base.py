"""What an ERP is: the contract that every module beside this one fulfils.

An ERP overrides the methods it supports; one that is not overridden is an unsupported capability, see
`Erp.supports`. The methods are what the stock rule's snapshot and the hand-over of orders need, no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from orderbridge.model import Order
from orderbridge.movements import Movement

if TYPE_CHECKING:
    from orderbridge.bridge import Bridge


@dataclass(frozen=True)
class Posted:
    """What an ERP says of our documents for one SKU; two reads are equal exactly when nothing happened in between.

    lines  every shipment line it has posted for our orders; a reversal is a line of its own
    open   documents of ours that can still ship, each with its revision: (document, revision)
    """

    lines: frozenset[Movement] = frozenset()
    open: frozenset[tuple[str, str]] = frozenset()


class Erp:
    """One ERP of the merchant. Subclasses are found by their module's name, see `orderbridge.erps`.

    SETTLES_AFTER  seconds from posting a shipment line until on hand shows it, where the ERP does not do both at once
    """

    name: ClassVar[str]
    SETTLES_AFTER: ClassVar[float] = 0.0

    def __init__(self, bridge: "Bridge") -> None:
        """Takes what it needs from the bridge: a remote ERP its credentials, the embedded one our tables."""
        self.bridge = bridge

    @classmethod
    def supports(cls, capability: str) -> bool:
        return getattr(cls, capability) is not getattr(Erp, capability)

    def on_hand(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        """SKU -> location -> physical units, never what the ERP calls available or free.

        Every location of a SKU is in its answer, also an empty one. A SKU that the ERP does not know is left out.
        """
        raise self._unsupported("on_hand")

    def promised(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        """SKU -> location -> units that documents which are not ours have promised; left out as in `on_hand`."""
        raise self._unsupported("promised")

    def posted(self, skus: Iterable[str]) -> dict[str, Posted]:
        """SKU -> our documents, as they are now; a SKU without any has an empty answer, not none.

        An ERP without this capability writes its shipments into our tables itself, as the embedded ledger does: no
        snapshot is taken of it.
        """
        raise self._unsupported("posted")

    def create_order(self, order: Order) -> str:
        """Create the order under our reference `<store>/<order id>`, or find it there; returns the ERP's own id.

        An ERP without this capability needs no copy: our table of orders is its own.
        """
        raise self._unsupported("create_order")

    def _unsupported(self, capability: str) -> Exception:
        return TypeError(f"{self.name} does not support {capability}; ask supports() first")
