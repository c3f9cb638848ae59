"""Prices, titles, barcodes and weights in the demo Shopify shop, and products that an app makes.

https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/productVariantsBulkUpdate: of a product all of its variants
are written, or with one bad variant none. Amounts are texts of the scalar Money.
"""

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from local.shops.catalogue import Product
from local.shops.sales import NO_DECIMALS, Listing
from local.shops.shopify_parts import gid

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

Node = dict[str, Any]
LONGEST_TITLE = 255


def digits(shop: "ShopifyShop") -> int:
    return 0 if shop.currency in NO_DECIMALS else 2


def shown(amount: Decimal | None, shop: "ShopifyShop") -> str | None:
    return None if amount is None else f"{amount:.{digits(shop)}f}"


def update_variants(shop: "ShopifyShop", product: str, variants: list[Node]) -> Node:
    mine = {gid("ProductVariant", x.variant_id): x for x in shop.listings if gid("Product", x.product_id) == product}
    if not mine:
        return {"userErrors": [_error(["productId"], "PRODUCT_DOES_NOT_EXIST", "Product does not exist")]}
    errors = [
        _error(["variants", str(n), *problem[:1]], *problem[1:])
        for n, row in enumerate(variants)
        if (problem := _problem(row, mine))
    ]
    if not errors:
        for row in variants:
            _write(mine[row["id"]], row)
    return {"userErrors": errors}


def update_product(shop: "ShopifyShop", given: Node) -> Node:
    mine = [x for x in shop.listings if gid("Product", x.product_id) == given.get("id")]
    if not mine:
        return {"userErrors": [{"field": ["id"], "message": "Product does not exist"}]}
    if problem := _title_problem(given["title"]):
        return {"userErrors": [{"field": ["title"], "message": problem}]}
    for listing in mine:
        listing.named = given["title"]
    return {"userErrors": []}


def set_product(shop: "ShopifyShop", given: Node) -> tuple[Listing | None, list[Node]]:
    """A product with one variant, or the one of this handle."""
    handle, (row,) = given["handle"], given["variants"]
    if problem := _title_problem(given["title"]):
        return None, [_error(["input", "title"], "INVALID_PRODUCT", problem)]
    known = next((x for x in shop.listings if shop.handles.get(x.product_id) == handle), None)
    listing = known or _new(shop, given, row)
    if wrong := _amounts_problem(row):
        return None, [_error(["input", "variants", "0", *wrong[:1]], *wrong[1:])]
    _write(listing, row)
    if known is None:
        shop.handles[listing.product_id] = handle
        shop.listings.append(listing)
    return listing, []


def _new(shop: "ShopifyShop", given: Node, row: Node) -> Listing:
    product = Product(row["sku"], given["title"], "", {}, 0, {})
    ids = shop.next_id(), shop.next_id(), shop.next_id()
    made = Listing(product, row["sku"], *ids, Decimal(0), dict.fromkeys(shop.places, 0))
    made.draft = given.get("status") == "DRAFT"
    return made


def _problem(row: Node, mine: dict[str, Listing]) -> tuple[str, str, str] | None:
    if row.get("id") not in mine:
        return "id", "PRODUCT_VARIANT_DOES_NOT_EXIST", "Product variant does not exist"
    return _amounts_problem(row)


def _amounts_problem(row: Node) -> tuple[str, str, str] | None:
    for name in ("price", "compareAtPrice"):
        if row.get(name) is None:
            continue
        try:
            negative = Decimal(row[name]) < 0
        except InvalidOperation:
            return name, "INVALID_VALUE", f"{name} is not a number"
        if negative:
            return name, "GREATER_THAN_OR_EQUAL_TO", "Price must be greater than or equal to 0"
    return None


def _title_problem(title: str) -> str:
    if not title.strip():
        return "Title can't be blank"
    return f"Title is too long (maximum is {LONGEST_TITLE} characters)" if len(title) > LONGEST_TITLE else ""


def _write(listing: Listing, row: Node) -> None:
    if row.get("price") is not None:
        listing.price = Decimal(row["price"])
    if "compareAtPrice" in row:
        listing.compare_at = Decimal(row["compareAtPrice"]) if row["compareAtPrice"] is not None else None
    listing.coded = row.get("barcode") or listing.coded
    weight = ((row.get("inventoryItem") or {}).get("measurement") or {}).get("weight")
    if weight:
        listing.grams = round(weight["value"] * {"GRAMS": 1, "KILOGRAMS": 1000}[weight["unit"]])


def _error(field: list[str], code: str, message: str) -> Node:
    return {"field": field, "code": code, "message": message}
