"""Products and variations of a demo WooCommerce shop: what is shown, and what an update does to them.

A stock quantity is absolute, there is no compare-and-set. A product that has variations keeps no stock itself.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.shops.sales import Listing

if TYPE_CHECKING:
    from local.shops.woocommerce import WooShop

Document = dict[str, Any]


class RowError(Exception):
    """One row that WooCommerce refuses: its code, words and HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status

    def document(self) -> Document:
        return {"code": self.code, "message": self.message, "data": {"status": self.status}}


def product(listing: Listing, shop: "WooShop") -> Document:
    """The product of a listing; for a variation the variable product above it."""
    variations = shop.variations(listing.product_id)
    own = _stock(listing) if not variations else _NO_STOCK
    return {
        "id": listing.product_id,
        "name": listing.title,
        "type": "variable" if variations else "simple",
        "status": "draft" if listing.draft else "publish",
        "sku": "" if variations else listing.sku,
        "global_unique_id": "" if variations else listing.barcode,
        **(_NO_PRICE if variations else _price(listing)),
        "price": f"{listing.price}",
        "virtual": False,
        "weight": str(listing.weight),
        "variations": [x.variant_id for x in variations],
        "attributes": [],
        "meta_data": [],
        **own,
    }


def variation(listing: Listing) -> Document:
    return {
        "id": listing.variant_id,
        "parent_id": listing.product_id,
        "type": "variation",
        "name": listing.product.option,
        "status": "publish",
        "sku": listing.sku,
        "global_unique_id": listing.barcode,
        **_price(listing),
        "virtual": False,
        "weight": str(listing.weight),
        "attributes": [{"id": 0, "name": "Kind", "slug": "kind", "option": listing.product.option}],
        "meta_data": [],
        **_stock(listing),
    }


_NO_PRICE: Document = {
    "price": "",
    "regular_price": "",
    "sale_price": "",
    "date_on_sale_from_gmt": None,
    "date_on_sale_to_gmt": None,
}


def _price(listing: Listing) -> Document:
    begin, end = listing.sale_dates
    return {
        "price": f"{listing.price}",
        "regular_price": f"{listing.price if listing.compare_at is None else listing.compare_at}",
        "sale_price": "" if listing.compare_at is None else f"{listing.price}",
        "date_on_sale_from_gmt": begin or None,
        "date_on_sale_to_gmt": end or None,
    }


_NO_STOCK: Document = {
    "manage_stock": False,
    "stock_quantity": None,
    "stock_status": "instock",
    "backorders": "no",
    "backorders_allowed": False,
}


def _stock(listing: Listing) -> Document:
    if not listing.tracked:
        return _NO_STOCK
    status = "instock" if listing.available > 0 else "outofstock"
    return {**_NO_STOCK, "manage_stock": True, "stock_quantity": listing.available, "stock_status": status}


def update(listing: Listing, row: Document) -> None:
    """Take over what the row names; a quantity counts only while stock is managed."""
    quantity = row.get("stock_quantity")
    if quantity is not None and (isinstance(quantity, bool) or not isinstance(quantity, int)):
        raise RowError("rest_invalid_param", "Invalid parameter(s): stock_quantity", 400)
    if "manage_stock" in row:
        listing.tracked = row["manage_stock"] is True
    if listing.tracked and quantity is not None:
        listing.quantities[""] = quantity
    _reprice(listing, row)
    listing.named = row.get("name", listing.named)
    listing.coded = row.get("global_unique_id", listing.coded)


def _reprice(listing: Listing, row: Document) -> None:
    """Prices are texts; null is not looked at, "" is none. WooCommerce stores whatever number the text holds."""
    given = {name: row[name] for name in ("regular_price", "sale_price") if row.get(name) is not None}
    if wrong := [name for name, value in given.items() if not isinstance(value, str)]:
        raise RowError("rest_invalid_param", f"Invalid parameter(s): {', '.join(wrong)}", 400)
    before = _price(listing)
    regular, sale = (given.get(name, before[name]) for name in ("regular_price", "sale_price"))
    if given and regular:
        listing.price = Decimal(sale or regular)
        listing.compare_at = Decimal(regular) if sale else None
    dates = zip(("date_on_sale_from", "date_on_sale_to"), listing.sale_dates, strict=True)
    begin, end = (now if row.get(name) is None else row[name] for name, now in dates)
    listing.sale_dates = begin, end


def find_simple(shop: "WooShop", row: Document) -> Listing:
    """The listing that a row of /products/batch means."""
    given = row.get("id")
    for listing in shop.listings:
        if listing.variant_id == given:
            words = (
                "To manipulate product variations you should use the /products/<product_id>/variations/<id> endpoint."
            )
            raise RowError("woocommerce_rest_invalid_product_id", words, 404)
        if listing.product_id == given and not listing.variant_id:
            return listing
    raise RowError("woocommerce_rest_product_invalid_id", "Invalid ID.", 400)


def find_variation(shop: "WooShop", parent: int, row: Document) -> Listing:
    for listing in shop.variations(parent):
        if listing.variant_id == row.get("id"):
            return listing
    raise RowError("woocommerce_rest_product_variation_invalid_id", "Invalid ID.", 400)
