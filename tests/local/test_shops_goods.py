"""Demo shops refuse prices and contents that the real ones refuse, and show what was written as the real ones do."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from tests.local import shopify_calls, woo_calls

BAGS = ("HP-BAG-01", "HP-BAG-02")
OFFERED = [product for product in PRODUCTS if product.sku in ("HP-MUG-01", *BAGS)]
UPDATE = """mutation($id: ID!, $rows: [ProductVariantsBulkInput!]!) {
  productVariantsBulkUpdate(productId: $id, variants: $rows) { userErrors { field code message } } }"""


@pytest.fixture
def us() -> Iterator[ShopifyShop]:
    with ShopifyShop("us", OFFERED, locations=("HAM",)) as shop:
        yield shop


@pytest.fixture
def eu() -> Iterator[WooShop]:
    with WooShop("eu", OFFERED) as shop:
        yield shop


def update(us: ShopifyShop, prices: dict[str, Any], product: str = BAGS[0]) -> list[Any]:
    rows = [
        {"id": f"gid://shopify/ProductVariant/{us.listing(sku).variant_id}", "price": price}
        for sku, price in prices.items()
    ]
    id = f"gid://shopify/Product/{us.listing(product).product_id}"
    answer = shopify_calls.ask(us, UPDATE, id=id, rows=rows)
    errors: list[Any] = answer["data"]["productVariantsBulkUpdate"]["userErrors"]
    return [(error["field"], error["code"]) for error in errors]


def test_shopify_writes_all_variants_of_a_product_or_none(us: ShopifyShop) -> None:
    assert update(us, {BAGS[0]: "20", BAGS[1]: "-1"}) == [(["variants", "1", "price"], "GREATER_THAN_OR_EQUAL_TO")]
    assert us.listing(BAGS[0]).price == 26
    assert update(us, {BAGS[0]: "20", BAGS[1]: "21.5"}) == []
    assert [us.listing(sku).price for sku in BAGS] == [20, Decimal("21.5")]


def test_shopify_refuses_a_variant_of_another_product_and_a_missing_scope(us: ShopifyShop) -> None:
    assert update(us, {"HP-MUG-01": "20"}) == [(["variants", "0", "id"], "PRODUCT_VARIANT_DOES_NOT_EXIST")]
    us.scopes.remove("write_products")
    answer = shopify_calls.ask(us, UPDATE, id="gid://shopify/Product/1", rows=[])
    assert answer["errors"][0]["extensions"]["code"] == "ACCESS_DENIED"


def test_woocommerce_takes_texts_only_and_looks_at_no_null(eu: WooShop) -> None:
    number = eu.listing("HP-MUG-01").product_id
    path = "/products/batch"
    rows = [{"id": number, "regular_price": 12.5}]
    (refused,) = woo_calls.call(eu, "POST", path, {"update": rows}).json()["update"]
    assert refused["error"]["code"] == "rest_invalid_param"
    dates = {"date_on_sale_from": "2031-01-01T00:00:00", "date_on_sale_to": "2031-02-01T00:00:00"}
    sale = {"id": number, "regular_price": "20", "sale_price": "15", **dates}
    (shown,) = woo_calls.call(eu, "POST", path, {"update": [sale]}).json()["update"]
    assert (shown["regular_price"], shown["sale_price"], shown["price"]) == ("20", "15", "15")
    assert shown["date_on_sale_from_gmt"] == "2031-01-01T00:00:00"
    (kept,) = woo_calls.call(
        eu, "POST", path, {"update": [{"id": number, "date_on_sale_from": None, "sale_price": None}]}
    ).json()["update"]
    assert (kept["sale_price"], kept["date_on_sale_from_gmt"]) == ("15", "2031-01-01T00:00:00")
    gone = {"id": number, "sale_price": "", "date_on_sale_from": "", "date_on_sale_to": ""}
    (cleared,) = woo_calls.call(eu, "POST", path, {"update": [gone]}).json()["update"]
    assert (cleared["price"], cleared["sale_price"], cleared["date_on_sale_from_gmt"]) == ("20", "", None)


def test_woocommerce_refuses_a_second_product_of_one_sku(eu: WooShop) -> None:
    answer = woo_calls.call(eu, "POST", "/products", {"sku": "HP-MUG-01", "name": "Mug"})
    assert (answer.status_code, answer.json()["code"]) == (400, "product_invalid_sku")
