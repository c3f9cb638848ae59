"""The demo ERP, `local/erp`: JSON over HTTP with a bearer token, pages, and a feed of changes.

Quirks, each as some real ERP has it:
- A row of the feed of changes may be seen a little later than rows with higher ids. So the cursor stays behind the
  rows of the last seconds, and these are told twice.
- A list that is cut short may lack the word `next`: then it is no list at all.
- A reference is unique among our documents; a second document of it is refused (409, code "duplicate").
- A document is changed at the revision that was seen, a line never to less than has left, and a document of which
  anything has left is never cancelled.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from orderbridge.erps.base import Changes, Described, Document, Documents, Erp, Posted, Quote, Sale, Taken
from orderbridge.errors import AuthFailed, Rejected, TemporaryFailure
from orderbridge.goods import Price, Product, refusal
from orderbridge.http import Http
from orderbridge.model import Order, Time
from orderbridge.movements import Kind, Movement
from orderbridge.orders import Holds
from orderbridge.stock import ANY

if TYPE_CHECKING:
    from orderbridge.bridge import Bridge
    from orderbridge.plain import Plain

_CHANNEL = "orderbridge"  # marks our documents
_SKUS = 100  # SKUs asked for at once, the most that the ERP takes
_REFERENCES = 50  # the same for documents
_LATE = timedelta(seconds=10)  # how late a row of the feed may be seen
_CONFLICT = 409
_TRIES = 4  # how often a document is read again because somebody changed it meanwhile


class _Payload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _OnHand(_Payload):
    sku: str
    on_hand: dict[str, int]


class _Promised(_Payload):
    sku: str
    promised: dict[str, int]


class _Shipment(_Payload):
    id: str
    document: str
    reference: str
    location: str
    quantity: int
    posted_at: Time
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""


class _Open(_Payload):
    document: str
    revision: int


class _Sales(_Payload):
    sku: str
    shipments: tuple[_Shipment, ...]
    open: tuple[_Open, ...]


class _Product(_Payload):
    sku: str


class _Products(_Payload):
    rows: tuple[_Product, ...]
    next: str | None


class _Changed(_Payload):
    id: int
    at: Time
    sku: str


class _Feed(_Payload):
    rows: tuple[_Changed, ...]
    next: int | None
    now: Time
    last: int


class _Price(_Payload):
    """`store` is null for every store of the currency; amounts are texts."""

    currency: str
    store: str | None
    price: str
    compare_at: str | None = None
    sale: str | None = None
    sale_from: str | None = None
    sale_until: str | None = None


class _Quote(_Payload):
    sku: str
    revision: int
    prices: tuple[_Price, ...]


class _Described(_Payload):
    sku: str
    revision: int
    names: dict[str, str]
    barcode: str
    grams: int | None
    kit: bool = False


class _Line(_Payload):
    sku: str
    location: str | None
    quantity: int
    shipped: int


class _Document(_Payload):
    id: str
    revision: int
    told: int
    lines: tuple[_Line, ...]

    @property
    def shipped(self) -> Holds:
        return {(line.sku, line.location or ANY): line.shipped for line in self.lines if line.shipped}

    @property
    def quantities(self) -> Holds:
        return {(line.sku, line.location or ANY): line.quantity for line in self.lines}


class _Documents(_Payload):
    rows: tuple[_Document, ...]


class _Named(_Payload):
    id: str
    reference: str
    state: str


R = TypeVar("R", bound=_Payload)
P = TypeVar("P", bound=_Payload)


class _Page(_Payload, Generic[R]):
    """Without the word `next` nobody knows whether it is whole."""

    rows: tuple[R, ...]
    next: str | None


class Demo(Erp):
    name: ClassVar[str] = "demo"

    class Credentials(BaseModel):
        """`settles_after`: seconds from a shipment until on hand shows it, as the ERP is set up."""

        model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
        url: str
        token: SecretStr
        settles_after: float = Field(default=0.0, ge=0, le=60)

    def __init__(self, bridge: "Bridge", secret: Mapping[str, Any] | None = None) -> None:
        """Raises UnknownStore (not connected), AuthFailed (fields missing)."""
        super().__init__(bridge)
        try:
            given = self.Credentials.model_validate(bridge.vault.erp(self.name) if secret is None else secret)
        except ValidationError as error:
            fields = ", ".join(str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"])
            raise AuthFailed(f"the credentials lack or misspell: {fields}", platform=self.name) from None
        self.SETTLES_AFTER = given.settles_after
        self.http = Http(given.url, self.name, "")
        self._headers = {"Authorization": f"Bearer {given.token.get_secret_value()}"}

    def on_hand(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        return {row.sku: row.on_hand for row in self._search("stock", skus, _OnHand)}

    def promised(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        return {row.sku: row.promised for row in self._search("promised", skus, _Promised, channel_not=_CHANNEL)}

    def posted(self, skus: Iterable[str]) -> dict[str, Posted]:
        return {row.sku: _posted(row) for row in self._search("sales", skus, _Sales, channel=_CHANNEL)}

    def changed(self, since: str) -> Changes:
        """`since` is "<id>", behind which nothing can come any more, or "<id>/<id>" in the middle of several pages."""
        return self._feed("/v1/changes", since)

    def revalued(self, since: str) -> Changes:
        return self._feed("/v1/goods/changes", since)

    def prices(self, skus: Iterable[str]) -> dict[str, Quote]:
        return {row.sku: _quote(row) for row in self._search("prices", skus, _Quote)}

    def products(self, skus: Iterable[str]) -> dict[str, Described]:
        return {row.sku: _described(row) for row in self._search("descriptions", skus, _Described)}

    def _feed(self, path: str, since: str) -> Changes:
        if not since:
            return Changes(frozenset(), str(self._list("GET", path, _Feed, query={"limit": "1"}).last))
        settled, _, read = since.partition("/")
        feed = self._list("GET", path, _Feed, query={"after": read or settled})
        quiet = max((row.id for row in feed.rows if row.at <= feed.now - _LATE), default=int(settled))
        place = str(quiet) if feed.next is None else f"{quiet}/{feed.next}"
        return Changes(frozenset(row.sku for row in feed.rows), place, feed.next is not None)

    def skus(self, after: str) -> Changes:
        page = self._list("GET", "/v1/products", _Products, query={"after": after})
        return Changes(frozenset(row.sku for row in page.rows), page.next or "", page.next is not None)

    def our_documents(self, after: str) -> Documents:
        page = self._list("GET", "/v1/documents", _Page[_Named], query={"channel": _CHANNEL, "after": after})
        return Documents(tuple(map(_shown, page.rows)), page.next)

    def documents_of(self, references: Iterable[str]) -> dict[str, Document]:
        """A list may lack rows: what is missing is asked for once more."""
        found, wanted = dict[str, Document](), sorted(set(references))
        for _ in range(2):
            wanted = [reference for reference in wanted if reference not in found]
            for at in range(0, len(wanted), _REFERENCES):
                asked = {"channel": _CHANNEL, "references": wanted[at : at + _REFERENCES]}
                page = self._list("POST", "/v1/documents/search", _Page[_Named], body=json.dumps(asked))
                found |= {row.reference: _shown(row) for row in page.rows}
        return found

    def save_order(self, sale: Sale) -> Taken:
        for _ in range(_TRIES):
            known = self._document(sale.reference)
            if known is None and not sale.units:
                known = self._document(sale.reference)  # a list may lack rows, and here no unique key would tell
            try:
                return _taken(sale, self._bring_in_line(known, sale) if known else self._create(sale))
            except Rejected as refusal:
                if refusal.status != _CONFLICT or self._document(sale.reference) == known:
                    raise
        reason = f"the ERP's document {sale.reference} is being changed by others"
        raise TemporaryFailure(reason, platform=self.name)

    def _create(self, sale: Sale) -> _Document | None:
        """None for a sale that wants nothing: there was never anything to deliver."""
        if not sale.units:
            return None
        return self._write("POST", "/v1/documents", _body(sale, sale.units))

    def _bring_in_line(self, known: _Document, sale: Sale) -> _Document:
        if known.told >= sale.revision:
            return known
        units = {**known.shipped, **{key: max(n, known.shipped.get(key, 0)) for key, n in sale.units.items()}}
        address = f"/v1/documents/{quote(known.id, safe='')}"
        if not units:
            return self._write("POST", f"{address}/cancel", {"revision": known.revision, "told": sale.revision})
        return self._write("PUT", address, {**_body(sale, units), "revision": known.revision})

    def _document(self, reference: str) -> _Document | None:
        asked = {"channel": _CHANNEL, "reference": reference}
        rows = self._list("GET", "/v1/documents", _Documents, query=asked).rows
        return rows[0] if rows else None

    def _write(self, method: str, path: str, document: Mapping[str, Any]) -> _Document:
        answer = self.http.call(method, path, body=json.dumps(document), headers=self._headers)
        return self._valid(_Document, answer.json())

    def _search(self, name: str, skus: Iterable[str], row: type[R], **more: str) -> Iterator[R]:
        """All rows, page by page."""
        wanted = sorted(set(skus))
        for at in range(0, len(wanted), _SKUS):
            body: dict[str, Any] = {"skus": wanted[at : at + _SKUS], **more}
            while True:
                page = self._list("POST", f"/v1/{name}/search", _Page[row], body=json.dumps(body))  # type: ignore[valid-type]
                yield from page.rows
                if page.next is None:
                    break
                body["after"] = page.next

    def _list(self, method: str, path: str, kind: type[P], **sent: Any) -> P:
        return self._valid(kind, self.http.call(method, path, headers=self._headers, **sent).json())

    def _valid(self, kind: type[P], document: Any) -> P:
        """What is not whole is no answer. The error names fields and quotes no values: they may be a buyer's."""
        try:
            return kind.model_validate(document)
        except ValidationError as error:
            fields = sorted({".".join(map(str, e["loc"])) or "all" for e in error.errors(include_input=False)})
            reason = f"the ERP's answer is not whole or not understood: {', '.join(fields[:5])}"
            raise TemporaryFailure(reason, platform=self.name) from None


def _quote(row: _Quote) -> Quote:
    """A price that cannot be is named, and the others of the SKU count."""
    prices, refused = list[Price](), dict[tuple[str, str], str]()
    for one in row.prices:
        try:
            prices.append(Price.model_validate({**one.model_dump(), "sku": row.sku}))
        except ValidationError as error:
            refused[one.currency[:12], (one.store or "")[:40]] = refusal(error)
    return Quote(row.revision, tuple(prices), refused)


def _described(row: _Described) -> Described:
    try:
        return Described(row.revision, Product.model_validate(row.model_dump(exclude={"revision"})))
    except ValidationError as error:
        return Described(row.revision, None, refusal(error))


def _shown(row: _Named) -> Document:
    return Document(row.id, row.reference, row.state != "cancelled")


def _posted(row: _Sales) -> Posted:
    lines = frozenset(_movement(row.sku, shipment) for shipment in row.shipments)
    return Posted(lines, frozenset((document.document, str(document.revision)) for document in row.open))


def _movement(sku: str, shipment: _Shipment) -> Movement:
    store, _, order = shipment.reference.partition("/")
    return Movement(
        sku,
        shipment.location,
        Kind.SHIPMENT,
        -shipment.quantity,
        shipment.document,
        shipment.posted_at,
        shipment.posted_at,
        store=store,
        order=order,
        line=shipment.id,
        parcel=shipment.id.partition(".")[0],
        carrier=shipment.carrier,
        tracking=shipment.tracking,
        tracking_url=shipment.tracking_url,
    )


def _body(sale: Sale, units: Holds) -> dict[str, Any]:
    lines = [
        {"sku": sku, "quantity": n, "location": None if pool == ANY else pool}
        for (sku, pool), n in sorted(units.items())
    ]
    return {
        "channel": _CHANNEL,
        "reference": sale.reference,
        "told": sale.revision,
        "head": _head(sale.order, sale.plain),
        "lines": lines,
    }


def _head(order: Order, plain: "Plain") -> dict[str, Any]:
    """For people: who, where to, and what was charged, in the order's currency. Texts in the merchant's language."""
    buyer = order.buyer.name if order.buyer else ""
    charges = [
        {
            "title": plain.text(f"lines.{line.id}.title"),
            "original": line.title,
            "sku": line.sku,
            "quantity": line.quantity,
            "amount": str(line.subtotal - line.discount),
        }
        for line in order.lines
    ]
    return {
        "number": order.number,
        "ordered_at": order.created_at.isoformat(),
        "customer": buyer or (order.ship_to.name if order.ship_to else ""),
        "ship_to": plain.ship_to.model_dump() if plain.ship_to else None,
        "phone": (plain.phone.e164 or plain.phone.raw) if plain.phone else "",
        "note": plain.text("note"),
        "shipping_method": plain.text("shipping_method"),
        "currency": order.currency,
        "charges": charges,
        "shipping": str(order.shipping - order.shipping_discount),
        "tax": str(order.tax),
        "tax_included": order.tax_included,
        "total": str(order.total),
        "worth": plain.worth.model_dump(mode="json") if plain.worth else None,
        "payment": order.payment.value,
        "on_hold": order.on_hold,
    }


def _taken(sale: Sale, document: _Document | None) -> Taken:
    if document is None:
        return Taken("", {})
    wanted = sale.units if document.told == sale.revision else document.quantities
    over = {key: n - wanted.get(key, 0) for key, n in document.shipped.items()}
    return Taken(document.id, {key: n for key, n in over.items() if n > 0})
