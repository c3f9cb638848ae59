"""Stock, prices and contents of a WooCommerce shop, by its REST API v3.

https://woocommerce.github.io/woocommerce-rest-api-docs/#product-properties

- A sale is told when it begins and taken back when it ends, without the shop's own dates: WooCommerce starts and ends
  dated sales once a day (woocommerce/woocommerce#63061, 2026-02), takes `date_on_sale_from_gmt` for the site's own time
  (#25155, 2022-11), and clears the first date by itself (#24345). Dates that somebody has set there are cleared: only
  "" does that, null is not looked at.
- `sale_price` is what buyers pay, `regular_price` stands crossed out beside it: our price and the one to compare with.
- Amounts are texts; a number is refused.
- Weight is in the unit of the shop, which only its settings name: it is not told.
- A variation has no name of its own.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from orderbridge.http import words
from orderbridge.model import Listing
from orderbridge.platforms.listings import (
    Content,
    ContentRow,
    Offer,
    Outcome,
    PriceRow,
    RowResult,
    Shown,
    ShownPrice,
    StockRow,
    WriteCall,
)
from orderbridge.platforms.payloads import Payload, Text, read
from orderbridge.platforms.woocommerce.access import API, PAGE, Access, parts
from orderbridge.platforms.woocommerce.documents import PLATFORM, Gmt, Id

Row = StockRow | PriceRow | ContentRow
T = TypeVar("T")


class StockShown(Payload):
    """manage_stock: true, false, or "parent" for a variation that shares its product's stock."""

    id: Id
    manage_stock: bool | str = False
    stock_quantity: int | None = None

    @property
    def units(self) -> int | None:
        """None where the shop does not count."""
        return self.stock_quantity if self.manage_stock is True else None


class PriceShown(Payload):
    """The prices are "" where there is none."""

    id: Id
    regular_price: Text = ""
    sale_price: Text = ""
    date_on_sale_from_gmt: Gmt | None = None
    date_on_sale_to_gmt: Gmt | None = None

    @property
    def shown(self) -> ShownPrice:
        regular, sale = _amount(self.regular_price), _amount(self.sale_price)
        begin, end = self.date_on_sale_from_gmt, self.date_on_sale_to_gmt
        if sale is None:
            return ShownPrice(regular)
        return ShownPrice(regular, None, sale, begin, end) if begin or end else ShownPrice(sale, regular)


class ContentShown(Payload):
    id: Id
    name: Text = ""
    global_unique_id: Text = ""


def calls(rows: Sequence[Row], push_id: str) -> list[WriteCall]:
    """As `Platform.stock_calls`; all rows are of one kind."""
    calls: list[WriteCall] = []
    for path, batch in _batches(rows, lambda row: row.listing):
        request = json.dumps({"update": [{"id": _row_id(row.listing), **_terms(row)} for row in batch]})
        key = f"{push_id}.{len(calls)}"
        calls.append(WriteCall(f"{API}{path}/batch", request, key, tuple(row.key for row in batch)))
    return calls


def push(api: Access, call: WriteCall) -> dict[tuple[str, str], RowResult]:
    answer = api.send("POST", call.path, body=call.request)
    told = {str(row["id"]): _result(row) for row in answer.get("update", [])}
    # A row that the shop does not mention was, as far as we know, not written.
    return {row: told.get(row[0], RowResult(Outcome.RETRY)) for row in call.rows}


def stock(api: Access, listings: Sequence[Listing]) -> dict[tuple[str, str], Shown]:
    """A product whose stock Woo does not manage shows no quantity: it is left out until the first push."""
    rows = _shown(api, listings, "id,manage_stock,stock_quantity")
    found = [read(StockShown, row, PLATFORM, api.store.id) for row in rows]
    return {(one.id, ""): Shown(one.units) for one in found if one.units is not None}


def prices(api: Access, listings: Sequence[Listing]) -> dict[str, ShownPrice]:
    rows = _shown(api, listings, "id,regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt")
    found = [read(PriceShown, row, PLATFORM, api.store.id) for row in rows]
    return {one.id: one.shown for one in found}


def contents(api: Access, listings: Sequence[Listing]) -> dict[str, Content]:
    known = {listing.item_id: listing for listing in listings}
    found = {}
    for row in _shown(api, listings, "id,name,global_unique_id"):
        one = read(ContentShown, row, PLATFORM, api.store.id)
        if listing := known.get(one.id):
            title = "" if listing.variant_id else one.name
            found[one.id] = Content(listing.sku, title, one.global_unique_id)
    return found


def create(api: Access, content: Content, price: PriceRow | None) -> Offer:
    """WooCommerce itself refuses a second product of one SKU, so a repeat finds the first."""
    found = api.call("GET", "/products", {"sku": content.sku, "per_page": "1"})
    if found:
        return offer(found[0], {})
    new = {"name": content.title, "type": "simple", "status": "draft", "sku": content.sku, "manage_stock": True}
    new |= {"global_unique_id": content.barcode} if content.barcode else {}
    new |= _amounts(price) if price else {}
    return offer(api.call("POST", "/products", body=json.dumps(new)), {})


def offer(product: Mapping[str, Any], variation: Mapping[str, Any]) -> Offer:
    """`variation` is {} for a simple product. `global_unique_id` is there since 9.1 of 2024."""
    options = tuple(str(attribute["option"]) for attribute in variation.get("attributes", []))
    variant = str(variation.get("id", ""))
    return Offer(
        sku=str((variation or product)["sku"] or ""),
        product_id=str(product["id"]),
        variant_id=variant,
        item_id=variant or str(product["id"]),
        title=f"{product['name']} - {', '.join(options)}" if options else str(product["name"]),
        options=options,
        barcode=str((variation or product).get("global_unique_id") or ""),
    )


def _shown(api: Access, listings: Sequence[Listing], fields: str) -> Iterator[dict[str, Any]]:
    for path, batch in _batches(listings, lambda listing: listing):
        ids = ",".join(listing.item_id for listing in batch)
        yield from api.rows(path, {"include": ids, "per_page": str(PAGE), "_fields": fields})


def _batches(items: Sequence[T], listing_of: Callable[[T], Listing]) -> Iterator[tuple[str, Sequence[T]]]:
    """Items by the path under which they are read and written: variations live below their product."""
    groups: dict[str, list[T]] = {}
    for item in items:
        listing = listing_of(item)
        path = f"/products/{listing.product_id}/variations" if listing.variant_id else "/products"
        groups.setdefault(path, []).append(item)
    return ((path, batch) for path, group in groups.items() for batch in parts(group))


def _row_id(listing: Listing) -> int | str:
    """A product id that is no number, a slip in a mapping, is refused by the shop as one row; we send it as it is."""
    return int(listing.item_id) if listing.item_id.isdecimal() else listing.item_id


def _result(row: Mapping[str, Any]) -> RowResult:
    error = row.get("error")
    if not error:
        return RowResult(Outcome.ACCEPTED)
    return RowResult(Outcome.REJECTED, f"{words(error['message'])} ({error['code']})")


def _terms(row: Row) -> dict[str, Any]:
    if isinstance(row, StockRow):
        return {"manage_stock": True, "stock_quantity": row.quantity}
    if isinstance(row, PriceRow):
        return {**_amounts(row), "date_on_sale_from": "", "date_on_sale_to": ""}
    said = {"name": row.content.title, "global_unique_id": row.content.barcode}
    return {name: value for name, value in said.items() if value}


def _amounts(row: PriceRow) -> dict[str, str]:
    if row.compare_at is None:
        return {"regular_price": str(row.price), "sale_price": ""}
    return {"regular_price": str(row.compare_at), "sale_price": str(row.price)}


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return None
