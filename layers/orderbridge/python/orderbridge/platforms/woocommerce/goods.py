"""Prices and contents of a WooCommerce shop, by its REST API v3.

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
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from orderbridge.http import words
from orderbridge.model import Listing
from orderbridge.platforms import base
from orderbridge.platforms.base import Content, ContentRow, Outcome, PriceRow, RowResult, ShownPrice, WriteCall
from orderbridge.platforms.woocommerce.documents import PLATFORM, Gmt, Id

API = "/wp-json/wc/v3"
PAGE = 100  # the most that any list gives at once, and the most rows of a batch

R = TypeVar("R", bound=PriceRow | ContentRow)
T = TypeVar("T")


class PriceShown(base.Payload):
    """The prices are "" where there is none."""

    id: Id
    regular_price: base.Text = ""
    sale_price: base.Text = ""
    date_on_sale_from_gmt: Gmt | None = None
    date_on_sale_to_gmt: Gmt | None = None

    @property
    def shown(self) -> ShownPrice:
        regular, sale = _amount(self.regular_price), _amount(self.sale_price)
        begin, end = self.date_on_sale_from_gmt, self.date_on_sale_to_gmt
        if sale is None:
            return ShownPrice(regular)
        return ShownPrice(regular, None, sale, begin, end) if begin or end else ShownPrice(sale, regular)


class ContentShown(base.Payload):
    id: Id
    name: base.Text = ""
    global_unique_id: base.Text = ""


class Goods(base.Platform):
    """The half of `WooCommerce` that is about goods; it asks by the methods of the other."""

    PRICE_BATCH = CONTENT_BATCH = PAGE

    def _call(self, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None) -> Any:
        raise NotImplementedError

    def _send(self, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None) -> Any:
        raise NotImplementedError

    def _rows(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        raise NotImplementedError

    def price_calls(self, rows: Sequence[PriceRow], push_id: str) -> list[WriteCall]:
        return _calls(rows, push_id, _priced)

    def push_prices(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return self._batch(call)

    def read_prices(self, listings: Sequence[Listing]) -> dict[str, ShownPrice]:
        rows = self._shown(listings, "id,regular_price,sale_price,date_on_sale_from_gmt,date_on_sale_to_gmt")
        found = [base.read(PriceShown, row, PLATFORM, self.store.id) for row in rows]
        return {one.id: one.shown for one in found}

    def content_calls(self, rows: Sequence[ContentRow], push_id: str) -> list[WriteCall]:
        return _calls(rows, push_id, _described)

    def push_contents(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        return self._batch(call)

    def read_contents(self, listings: Sequence[Listing]) -> dict[str, Content]:
        known = {listing.item_id: listing for listing in listings}
        found = {}
        for row in self._shown(listings, "id,name,global_unique_id"):
            one = base.read(ContentShown, row, PLATFORM, self.store.id)
            if listing := known.get(one.id):
                title = "" if listing.variant_id else one.name
                found[one.id] = Content(listing.sku, title, one.global_unique_id)
        return found

    def create_listing(self, content: Content, price: PriceRow | None) -> base.Offer:
        """WooCommerce itself refuses a second product of one SKU, so a repeat finds the first."""
        found = self._call("GET", "/products", {"sku": content.sku, "per_page": "1"})
        if found:
            return offer(found[0], {})
        new = {"name": content.title, "type": "simple", "status": "draft", "sku": content.sku, "manage_stock": True}
        new |= {"global_unique_id": content.barcode} if content.barcode else {}
        new |= _amounts(price) if price else {}
        return offer(self._call("POST", "/products", body=json.dumps(new)), {})

    def _batch(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        answer = self._send("POST", call.path, body=call.request)
        told = {str(row["id"]): result(row) for row in answer.get("update", [])}
        # A row that the shop does not mention was, as far as we know, not written.
        return {row: told.get(row[0], RowResult(Outcome.RETRY)) for row in call.rows}

    def _shown(self, listings: Sequence[Listing], fields: str) -> list[dict[str, Any]]:
        groups: dict[str, list[str]] = {}
        for listing in listings:
            groups.setdefault(list_of(listing), []).append(listing.item_id)
        found: list[dict[str, Any]] = []
        for path, ids in ((path, ids) for path, group in groups.items() for ids in parts(group, PAGE)):
            query = {"include": ",".join(ids), "per_page": str(PAGE), "_fields": fields}
            found += self._rows(path, query)
        return found


def list_of(listing: Listing) -> str:
    """Where a listing is read and written: variations live below their product."""
    return f"/products/{listing.product_id}/variations" if listing.variant_id else "/products"


def parts(items: Sequence[T], size: int) -> list[Sequence[T]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


def row_id(listing: Listing) -> int | str:
    """A product id that is no number, a slip in a mapping, is refused by the shop as one row; we send it as it is."""
    return int(listing.item_id) if listing.item_id.isdecimal() else listing.item_id


def result(row: Mapping[str, Any]) -> RowResult:
    error = row.get("error")
    if not error:
        return RowResult(Outcome.ACCEPTED)
    return RowResult(Outcome.REJECTED, f"{words(error['message'])} ({error['code']})")


def offer(product: Mapping[str, Any], variation: Mapping[str, Any]) -> base.Offer:
    """`variation` is {} for a simple product. `global_unique_id` is there since 9.1 of 2024."""
    options = tuple(str(attribute["option"]) for attribute in variation.get("attributes", []))
    variant = str(variation.get("id", ""))
    return base.Offer(
        sku=str((variation or product)["sku"] or ""),
        product_id=str(product["id"]),
        variant_id=variant,
        item_id=variant or str(product["id"]),
        title=f"{product['name']} - {', '.join(options)}" if options else str(product["name"]),
        options=options,
        barcode=str((variation or product).get("global_unique_id") or ""),
    )


def _calls(rows: Sequence[R], push_id: str, terms: Callable[[R], dict[str, Any]]) -> list[WriteCall]:
    groups: dict[str, list[R]] = {}
    for row in rows:
        groups.setdefault(list_of(row.listing), []).append(row)
    calls: list[WriteCall] = []
    for path, batch in ((path, batch) for path, group in groups.items() for batch in parts(group, PAGE)):
        update = [{"id": row_id(row.listing), **terms(row)} for row in batch]
        key = f"{push_id}.{len(calls)}"
        request = json.dumps({"update": update})
        calls.append(WriteCall(f"{API}{path}/batch", request, key, tuple(row.key for row in batch)))
    return calls


def _priced(row: PriceRow) -> dict[str, Any]:
    return {**_amounts(row), "date_on_sale_from": "", "date_on_sale_to": ""}


def _amounts(row: PriceRow) -> dict[str, str]:
    if row.compare_at is None:
        return {"regular_price": str(row.price), "sale_price": ""}
    return {"regular_price": str(row.compare_at), "sale_price": str(row.price)}


def _described(row: ContentRow) -> dict[str, Any]:
    said = {"name": row.content.title, "global_unique_id": row.content.barcode}
    return {name: value for name, value in said.items() if value}


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except ArithmeticError:
        return None
