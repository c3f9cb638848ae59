"""The demo ERP's HTTP API: JSON, a bearer token, pages.

POST /v1/<list>/search   {"skus": [...], "after": "", "limit": 50} -> {"rows": [...], "next": "<sku>" or null}
                         One row per SKU that the ERP knows, in their order:
     stock               sku, on_hand: {location: units}, every location
     promised            sku, promised: {location: units} by open documents of all channels but "channel_not"
     sales               sku, and of the documents of one "channel"
                         shipments: [{id, document, reference, location, quantity (< 0: taken back), posted_at,
                                      carrier, tracking, tracking_url}]; lines of one shipment are "<shipment>.<line>"
                         open: [{document, revision}], those that can still ship some of it
     prices              sku, revision
                         prices: [{currency, store or null, price, compare_at, sale, sale_from, sale_until}]
     descriptions        sku, revision, names: {language: name}, barcode, grams
GET  /v1/goods/changes   as /v1/changes below, of prices and descriptions
GET  /v1/products        ?after=&limit= -> rows: {sku}
GET  /v1/changes         ?after=&limit= -> rows: {id, at, sku}; also "now", and "last", the highest id given out
                         A row may be seen a little later than rows with higher ids.
GET  /v1/documents       ?channel=&reference= -> rows: at most one document
                         ?channel=&after=&limit= -> rows: all documents of the channel, in the order of their ids
POST /v1/documents/search  {"channel", "references": [...]} -> rows: those that are there
POST /v1/documents       {"channel", "reference", "told", "head", "lines": [{"sku", "quantity", "location"}]}
PUT  /v1/documents/<id>  the same, with the "revision" that is replaced
POST /v1/documents/<id>/cancel   {"revision", "told"}
A refusal is {"code", "message"}; a reference is unique within its channel (409).
"""

import json
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from local.erp.documents import Document, Line, Refused
from local.erp.goods import Cards
from local.erp.office import Office
from local.erp.stock import Move, Shelves
from local.shops.server import Answer, Request, json_answer

LARGEST_PAGE, MOST_SKUS = 50, 100
Row = dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Search(_Strict):
    skus: list[str] = Field(max_length=MOST_SKUS)
    after: str = ""
    limit: int = Field(default=LARGEST_PAGE, ge=1, le=LARGEST_PAGE)
    channel: str = ""
    channel_not: str = ""


class Lookup(_Strict):
    channel: str
    references: list[str] = Field(max_length=LARGEST_PAGE)


class SaleLine(_Strict):
    sku: str
    quantity: int
    location: str | None = None


class Sale(_Strict):
    channel: str
    reference: str
    told: int
    head: dict[str, Any]
    lines: list[SaleLine] = Field(min_length=1)
    revision: int = 0


class Cancel(_Strict):
    revision: int
    told: int


class Api:
    def __init__(self, office: Office) -> None:
        self.office = office
        self._lists: dict[str, Callable[[Search, str], Row]] = {
            "stock": self._stock,
            "promised": self._promised,
            "sales": self._sales,
            "prices": lambda _, sku: office.cards.quoted(sku),
            "descriptions": lambda _, sku: office.cards.described(sku),
        }

    def answer(self, request: Request) -> Answer:
        try:
            with self.office.lock:
                return self._answer(request)
        except Refused as refusal:
            return refused(refusal)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
            return refused(Refused(400, "invalid", wrong))

    def _answer(self, request: Request) -> Answer:
        match [request.method, *request.path.strip("/").split("/")]:
            case ["POST", "v1", name, "search"] if name in self._lists:
                search = Search.model_validate_json(request.body)
                skus, next = _page([s for s in sorted(set(search.skus)) if self.office.knows(s)], search)
                return json_answer({"rows": [self._lists[name](search, sku) for sku in skus], "next": next})
            case ["GET", "v1", "products"]:
                return self._products(request)
            case ["GET", "v1", *about, "changes"] if about in ([], ["goods"]):
                return self._changes(request, self.office.cards if about else self.office.shelves)
            case ["GET", "v1", "documents"] if not request.argument("reference"):
                return self._documents(request)
            case ["POST", "v1", "documents", "search"]:
                asked_for = Lookup.model_validate_json(request.body)
                named = [self.office.by_reference(asked_for.channel, name) for name in asked_for.references]
                return json_answer({"rows": [_document(one) for one in named if one], "next": None})
            case ["GET", "v1", "documents"]:
                found = self.office.by_reference(request.argument("channel"), request.argument("reference"))
                return json_answer({"rows": [_document(found)] if found else [], "next": None})
            case ["POST", "v1", "documents"]:
                sale = Sale.model_validate_json(request.body)
                made = self.office.create(sale.channel, sale.reference, _lines(sale), sale.told, sale.head)
                return json_answer(_document(made), 201)
            case ["PUT", "v1", "documents", id]:
                sale = Sale.model_validate_json(request.body)
                return json_answer(_document(self.office.change(id, sale.revision, _lines(sale), sale.told, sale.head)))
            case ["POST", "v1", "documents", id, "cancel"]:
                asked = Cancel.model_validate_json(request.body)
                return json_answer(_document(self.office.cancel(id, asked.revision, asked.told)))
        raise Refused(404, "unknown", "There is nothing at this address.")

    def _products(self, request: Request) -> Answer:
        after, limit = request.argument("after"), _limit(request)
        rows = [{"sku": sku} for sku in self.office.skus if sku > after]
        more = len(rows) > limit
        return json_answer({"rows": rows[:limit], "next": rows[limit - 1]["sku"] if more else None})

    def _documents(self, request: Request) -> Answer:
        after, limit, channel = request.argument("after"), _limit(request), request.argument("channel")
        rows = [one for id, one in self.office.documents.items() if id > after and one.channel == channel]
        more = len(rows) > limit
        return json_answer(
            {"rows": [_document(one) for one in rows[:limit]], "next": rows[limit - 1].id if more else None}
        )

    def _changes(self, request: Request, of: Shelves | Cards) -> Answer:
        limit = _limit(request)
        found, more = of.changes(int(request.argument("after", "0")), limit)
        rows = [{"id": row.id, "at": row.at.isoformat(), "sku": row.sku} for row in found]
        next = found[-1].id if more else None
        return json_answer({"rows": rows, "next": next, "now": of.clock().isoformat(), "last": len(of.feed)})

    def _stock(self, _: Search, sku: str) -> Row:
        return {"sku": sku, "on_hand": self.office.shelves.on_hand(sku)}

    def _promised(self, search: Search, sku: str) -> Row:
        return {"sku": sku, "promised": self.office.promised(sku, search.channel_not)}

    def _sales(self, search: Search, sku: str) -> Row:
        mine = [d for d in self.office.open_documents(sku) if d.channel == search.channel]
        shipped = [(self.office.documents[move.document], move) for move in self.office.shipments(sku)]
        return {
            "sku": sku,
            "shipments": [
                _shipment(document, move, self.office.way(move.parcel))
                for document, move in shipped
                if document.channel == search.channel
            ],
            "open": [{"document": document.id, "revision": document.revision} for document in mine],
        }


def refused(refusal: Refused) -> Answer:
    headers = {"Retry-After": "1"} if refusal.status == 429 else {}
    return json_answer({"code": refusal.code, "message": refusal.words}, refusal.status, headers)


def _page(skus: list[str], search: Search) -> tuple[list[str], str | None]:
    left = [sku for sku in skus if sku > search.after]
    return left[: search.limit], left[search.limit - 1] if len(left) > search.limit else None


def _limit(request: Request) -> int:
    limit = int(request.argument("limit", str(LARGEST_PAGE)))
    if not 1 <= limit <= LARGEST_PAGE:
        raise Refused(400, "invalid", f"A page has 1 to {LARGEST_PAGE} rows.")
    return limit


def _lines(sale: Sale) -> list[Line]:
    return [Line(line.sku, line.quantity, line.location) for line in sale.lines]


def _shipment(document: Document, move: Move, way: tuple[str, str, str]) -> Row:
    carrier, tracking, url = way
    return {
        "carrier": carrier,
        "tracking": tracking,
        "tracking_url": url,
        "id": move.parcel,
        "document": document.id,
        "reference": document.reference,
        "location": move.location,
        "quantity": -move.quantity,
        "posted_at": move.at.isoformat(),
    }


def _document(document: Document) -> Row:
    lines = [
        {"sku": line.sku, "location": line.location, "quantity": line.quantity, "shipped": line.shipped}
        for line in document.lines
    ]
    return {
        "id": document.id,
        "reference": document.reference,
        "revision": document.revision,
        "told": document.told,
        "state": document.state.value,
        "lines": lines,
    }


def spoilt(answer: Answer, spoil: Callable[[Row], Row]) -> Answer:
    """A list that a fault has changed; any other answer as it is."""
    document = json.loads(answer.body)
    if answer.status != 200 or "rows" not in document:
        return answer
    return json_answer(spoil(document), answer.status)
