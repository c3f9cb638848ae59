"""Prices and contents of a Shopify store, by the GraphQL Admin API 2026-07.

https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/productVariantsBulkUpdate
(and productUpdate, productSet)

- A price is written product by product; one call carries several such mutations, which run one after the other. Within
  a product one bad variant refuses all of its variants, the other products are written.
- There is no sale with dates: the price is lowered when it begins, and the regular one is `compareAtPrice`.
- What is written is absolute: the same bytes sent twice do no harm, so no idempotency key is needed.
- A title belongs to the product: only a product without options has one that is that of a SKU.
- A search by SKU is late by some seconds, so what was made a moment ago is found by its handle, made of the SKU.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from orderbridge.errors import Rejected
from orderbridge.http import words
from orderbridge.model import Listing
from orderbridge.platforms.listings import (
    Content,
    ContentRow,
    Offer,
    Outcome,
    PriceRow,
    RowResult,
    ShownPrice,
    WriteCall,
)
from orderbridge.platforms.shopify import queries
from orderbridge.platforms.shopify.documents import API, number
from orderbridge.platforms.shopify.reading import Ask

_PLAIN = "Default Title"  # the one variant of a product without options
_PRODUCTS = 25  # in one call: 20 points each with a title, of the 1000 that a call may cost and the 2000 of the bucket
_NODES = 250  # the most that an array argument may hold
_GRAMS = {
    "GRAMS": Decimal(1),
    "KILOGRAMS": Decimal(1000),
    "OUNCES": Decimal("28.349523125"),
    "POUNDS": Decimal("453.59237"),
}

Row = PriceRow | ContentRow
Send = Callable[[str], dict[str, Any]]  # sends a request as it is; gives the data of its answer


def calls(rows: Sequence[Row], push_id: str) -> list[WriteCall]:
    """As `Platform.stock_calls`; all rows are of one kind."""
    return [_call(group, f"{push_id}.{n}") for n, group in enumerate(_groups(rows))]


def push(send: Send, call: WriteCall) -> dict[tuple[str, str], RowResult]:
    """The request says which rows are of which mutation."""
    variables, answer = json.loads(call.request)["variables"], send(call.request)
    results, left, n = dict[tuple[str, str], RowResult](), list(call.rows), 0
    while f"v{n}" in variables:
        mine, left = left[: len(variables[f"v{n}"])], left[len(variables[f"v{n}"]) :]
        results |= _results(mine, answer[f"m{n}"]["userErrors"])
        if refused := (answer.get(f"t{n}") or {}).get("userErrors"):
            results |= dict.fromkeys(mine, RowResult(Outcome.REJECTED, words(refused[0]["message"])))
        n += 1
    return results


def prices(ask: Ask, listings: Sequence[Listing]) -> dict[str, ShownPrice]:
    nodes = _variants(ask, queries.PRICES, listings)
    return {item: ShownPrice(Decimal(node["price"]), _amount(node["compareAtPrice"])) for item, node in nodes}


def contents(ask: Ask, listings: Sequence[Listing]) -> dict[str, Content]:
    skus = {listing.item_id: listing.sku for listing in listings}
    return {item: _content(skus[item], node) for item, node in _variants(ask, queries.CONTENTS, listings)}


def create(ask: Ask, content: Content, price: PriceRow | None, where: Mapping[str, Any]) -> Offer:
    found = ask(queries.BY_SKU, {"query": f"sku:{json.dumps(content.sku)}"})["productVariants"]["nodes"]
    if variant := next((node for node in found if node["sku"] == content.sku), None):
        return offer(variant)
    handle = "sku-" + re.sub(r"[^a-z0-9]+", "-", content.sku.lower()).strip("-")
    variables = {"identifier": {"handle": handle}, "input": {"handle": handle, **_new(content, price)}}
    answer = ask(queries.CREATE, variables)["productSet"]
    if answer["userErrors"]:
        said = words("; ".join(refusal["message"] for refusal in answer["userErrors"]))
        raise Rejected(f"the platform does not take the product: {said}", **where)
    return offer(answer["product"]["variants"]["nodes"][0])


def offer(variant: Mapping[str, Any]) -> Offer:
    product, title = variant["product"], variant["product"]["title"]
    plain = variant["title"] == _PLAIN
    return Offer(
        sku=variant["sku"] or "",
        product_id=str(number(product["id"])),
        variant_id=str(number(variant["id"])),
        item_id=str(number(variant["inventoryItem"]["id"])),
        title=title if plain else f"{title} - {variant['title']}",
        options=() if plain else tuple(option["value"] for option in variant["selectedOptions"]),
        barcode=variant["barcode"] or "",
    )


def _variants(ask: Ask, query: str, listings: Sequence[Listing]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the shop shows of these listings' variants, by item id; what is gone is left out."""
    for start in range(0, len(listings), _NODES):
        part = listings[start : start + _NODES]
        ids = [f"gid://shopify/ProductVariant/{listing.variant_id}" for listing in part]
        nodes = ask(query, {"ids": ids})["nodes"]
        for listing, node in zip(part, nodes, strict=True):
            if node:
                yield listing.item_id, node


def _call(products: Sequence[Sequence[Row]], key: str) -> WriteCall:
    variables: dict[str, Any] = {}
    for n, rows in enumerate(products):
        variables[f"p{n}"] = f"gid://shopify/Product/{rows[0].listing.product_id}"
        variables[f"v{n}"] = [
            {"id": f"gid://shopify/ProductVariant/{row.listing.variant_id}", **_terms(row)} for row in rows
        ]
        if title := next((row.content.title for row in rows if isinstance(row, ContentRow)), ""):
            variables[f"t{n}"] = {"id": variables[f"p{n}"], "title": title}
    titled = [n for n in range(len(products)) if f"t{n}" in variables]
    request = json.dumps({"query": queries.set_variants(len(products), titled), "variables": variables})
    return WriteCall(API, request, key, tuple(row.key for rows in products for row in rows))


def _groups(rows: Sequence[Row]) -> list[list[list[Row]]]:
    """Calls of products of rows."""
    products: dict[str, list[Row]] = {}
    for row in rows:
        products.setdefault(row.listing.product_id, []).append(row)
    all_of_them = list(products.values())
    return [all_of_them[start : start + _PRODUCTS] for start in range(0, len(all_of_them), _PRODUCTS)]


def _results(
    rows: Sequence[tuple[str, str]], refusals: Sequence[Mapping[str, Any]]
) -> dict[tuple[str, str], RowResult]:
    if not refusals:
        return {row: RowResult(Outcome.ACCEPTED) for row in rows}
    results = {row: RowResult(Outcome.RETRY) for row in rows}
    for refusal in refusals:
        where, said = refusal["field"] or [], f"{words(refusal['message'])} ({refusal['code']})"
        named = where[0] == "variants" and len(where) > 1 and where[1].isdecimal() if where else False
        for row in [rows[int(where[1])]] if named else rows:
            results[row] = RowResult(Outcome.REJECTED, said)
    return results


def _terms(row: Row) -> dict[str, Any]:
    if isinstance(row, PriceRow):
        return _priced(row)
    return {**({"barcode": row.content.barcode} if row.content.barcode else {}), **_weighed(row.content)}


def _priced(row: PriceRow) -> dict[str, Any]:
    return {"price": str(row.price), "compareAtPrice": None if row.compare_at is None else str(row.compare_at)}


def _weighed(content: Content) -> dict[str, Any]:
    if content.grams is None:
        return {}
    return {"inventoryItem": {"measurement": {"weight": {"value": content.grams, "unit": "GRAMS"}}}}


def _new(content: Content, price: PriceRow | None) -> dict[str, Any]:
    """A draft: nobody can buy it before a person has put it on sale."""
    variant: dict[str, Any] = {"optionValues": [{"optionName": "Title", "name": _PLAIN}], "sku": content.sku}
    variant |= {"barcode": content.barcode} if content.barcode else {}
    variant |= _priced(price) if price else {}
    variant["inventoryItem"] = {"tracked": True, **_weighed(content).get("inventoryItem", {})}
    options = [{"name": "Title", "values": [{"name": _PLAIN}]}]
    return {"title": content.title, "status": "DRAFT", "productOptions": options, "variants": [variant]}


def _content(sku: str, node: Mapping[str, Any]) -> Content:
    measured = node["inventoryItem"]["measurement"]["weight"]
    grams = Decimal(str(measured["value"])) * _GRAMS[measured["unit"]] if measured else Decimal(0)
    title = node["product"]["title"] if node["title"] == _PLAIN else ""
    return Content(sku, title, node["barcode"] or "", int(grams.quantize(Decimal(1), ROUND_HALF_UP)))


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
