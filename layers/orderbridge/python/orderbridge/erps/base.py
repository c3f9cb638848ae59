"""What an ERP is: the contract that every module beside this one fulfils.

An ERP overrides the methods it supports; one that is not overridden is an unsupported capability, see
`Erp.supports`. The methods are what the stock rule's snapshot and the hand-over of orders need, no more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel

from orderbridge.goods import Price, Product
from orderbridge.model import Order
from orderbridge.movements import Movement
from orderbridge.orders import Holds

if TYPE_CHECKING:
    from orderbridge.bridge import Bridge
    from orderbridge.plain import Plain  # its modules are of use only to whoever makes a sale


@dataclass(frozen=True)
class Posted:
    """What an ERP says of our documents for one SKU; two reads are equal exactly when nothing happened in between.

    lines  every shipment line it has posted for our orders; a reversal is a line of its own
    open   documents of ours that can still ship, each with its revision: (document, revision)
    """

    lines: frozenset[Movement] = frozenset()
    open: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class Sale:
    """One order as the ERP shall have it.

    reference  `<store>/<order id>`: the ERP's unique key of the document
    revision   of our record of the order; an ERP that was told a later one already keeps that
    units      (SKU, pool) -> units to deliver, kits exploded; without any the document is cancelled
    order      who, where to, and what was charged
    plain      the same for people and carriers: in the merchant's language, addresses and phones understood
    """

    reference: str
    revision: int
    units: Holds
    order: Order
    plain: "Plain"


@dataclass(frozen=True)
class Taken:
    """What an ERP made of a sale.

    document  the ERP's own id
    beyond    (SKU, pool) -> units that have left already although the sale does not want them any more
    """

    document: str
    beyond: Holds


@dataclass(frozen=True)
class Changes:
    """SKUs whose shelves or documents changed; `next` is where to go on, `more` whether there is more to read now."""

    skus: frozenset[str]
    next: str
    more: bool = False


@dataclass(frozen=True)
class Quote:
    """All prices of one SKU; without any the ERP says nothing of it, and what is known stays.

    revision  rises with every change of the SKU's prices
    refused   (currency, store or "") -> why what the ERP says there cannot be a price
    """

    revision: int
    prices: tuple[Price, ...]
    refused: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Described:
    """One SKU as a product; `refused` says why what the ERP has of it cannot be one."""

    revision: int
    product: Product | None
    refused: str = ""


@dataclass(frozen=True)
class Document:
    """A document of ours as the ERP has it; `reference` is that of its `Sale`, `open` unless it was cancelled."""

    id: str
    reference: str
    open: bool


@dataclass(frozen=True)
class Documents:
    """`next` is where to go on, None after the last page."""

    rows: tuple[Document, ...]
    next: str | None


class Erp:
    """One ERP of the merchant. Subclasses are found by their module's name, see `orderbridge.erps`.

    Credentials    the fields of a remote ERP's secret, its address among them; secrets are SecretStr
    SETTLES_AFTER  seconds from posting a shipment line until on hand shows it, where the ERP does not do both at once
    """

    name: ClassVar[str]
    Credentials: ClassVar[type[BaseModel] | None] = None
    SETTLES_AFTER: float = 0.0

    def __init__(self, bridge: "Bridge", secret: Mapping[str, Any] | None = None) -> None:
        """Takes what it needs from the bridge: a remote ERP its secret, the embedded one our tables.

        secret  one that is tried before it is kept
        """
        self.bridge = bridge

    @classmethod
    def supports(cls, capability: str) -> bool:
        return getattr(cls, capability) is not getattr(Erp, capability)

    def on_hand(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        """SKU -> location -> physical units, never what the ERP calls available or free.

        Every location of a SKU is in its answer, also an empty one, by a name that `model.Location` allows. A SKU that
        the ERP does not know is left out.
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

    def changed(self, since: str) -> Changes:
        """SKUs that changed since `since`, the `next` of an earlier answer; "" asks for the place to begin at, now."""
        raise self._unsupported("changed")

    def skus(self, after: str) -> Changes:
        """A page of all SKUs that the ERP knows, "" asks for the first."""
        raise self._unsupported("skus")

    def prices(self, skus: Iterable[str]) -> dict[str, Quote]:
        """SKU -> its prices in every currency; a SKU that is missing from the answer is asked for again.

        An ERP that keeps prices and products has all three of `prices`, `products` and `revalued`; without them the
        merchant enters them here.
        """
        raise self._unsupported("prices")

    def products(self, skus: Iterable[str]) -> dict[str, Described]:
        """SKU -> what it is called and weighs; left out as in `prices`."""
        raise self._unsupported("products")

    def revalued(self, since: str) -> Changes:
        """As `changed`, for SKUs whose prices or product data changed: these are few, and no sale is among them."""
        raise self._unsupported("revalued")

    def our_documents(self, after: str) -> Documents:
        """A page of all our documents, "" asks for the first; one that comes meanwhile may be left out.

        Only the reconciliation asks for documents; an ERP may do without.
        """
        raise self._unsupported("our_documents")

    def documents_of(self, references: Iterable[str]) -> dict[str, Document]:
        """Our documents by reference; what is not there is left out."""
        raise self._unsupported("documents_of")

    def save_order(self, sale: Sale) -> Taken:
        """Create the document under the sale's reference, or bring the one that is there in line with the sale.

        Told again it changes nothing. What has left stays: see `Taken.beyond`. An ERP without this capability needs
        no copy: our table of orders is its own. Raises Rejected with the ERP's words.
        """
        raise self._unsupported("save_order")

    def _unsupported(self, capability: str) -> Exception:
        return TypeError(f"{self.name} does not support {capability}; ask supports() first")
