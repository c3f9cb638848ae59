"""Calls of a demo Shopify shop's API as any app would make them, without the bridge."""

from typing import Any

import requests

from local.shops.shopify import PATH, ShopifyShop

SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { delta } } userErrors { field code message } } }"""


def post(shop: ShopifyShop, query: str, token: str | None = None, **variables: Any) -> requests.Response:
    headers = {"X-Shopify-Access-Token": shop.token if token is None else token}
    body = {"query": query, "variables": variables}
    return requests.post(shop.url + PATH, json=body, headers=headers, timeout=10)


def ask(shop: ShopifyShop, query: str, **variables: Any) -> dict[str, Any]:
    answer: dict[str, Any] = post(shop, query, **variables).json()
    return answer


def row(shop: ShopifyShop, sku: str, quantity: int, place: int = 0, **more: Any) -> dict[str, Any]:
    item = f"gid://shopify/InventoryItem/{shop.listing(sku).item_id}"
    location = f"gid://shopify/Location/{shop.locations[place]}"
    return {"inventoryItemId": item, "locationId": location, "quantity": quantity, "changeFromQuantity": None, **more}


def set_stock(shop: ShopifyShop, key: str, *rows: dict[str, Any], **more: Any) -> list[str]:
    """The codes of the user errors; empty when it was done."""
    given = {"name": "available", "reason": "correction", "quantities": list(rows), **more}
    answer = ask(shop, SET, input=given, key=key)["data"]["inventorySetQuantities"]
    assert bool(answer["inventoryAdjustmentGroup"]) is not bool(answer["userErrors"])
    return [error["code"] for error in answer["userErrors"]]
