"""Fulfilment orders of the demo Shopify shop, and the parcels that an app tells it.

https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/fulfillmentCreate (2026-11). An order has one fulfilment
order, of its own number, at the shop's first location.
"""

from typing import TYPE_CHECKING, Any

from local.shops.sales import Sale
from local.shops.shopify_parts import gid

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

Node = dict[str, Any]
SCOPE = "write_merchant_managed_fulfillment_orders"


def fulfillment_order(sale: Sale, shop: "ShopifyShop") -> Node:
    from local.shops.shopify_views import connection

    items = [
        {
            "__typename": "FulfillmentOrderLineItem",
            "id": gid("FulfillmentOrderLineItem", line.id),
            "lineItem": {"id": gid("LineItem", line.id)},
            "remainingQuantity": 0 if sale.cancelled_at else sale.open(line),
        }
        for line in sale.lines
    ]
    hold = {"id": gid("FulfillmentHold", sale.id), "displayReason": sale.held.replace("_", " ").capitalize()}
    return {
        "__typename": "FulfillmentOrder",
        "id": gid("FulfillmentOrder", sale.id),
        "assignedLocation": {"location": {"id": gid("Location", shop.locations[0])}},
        "fulfillmentHolds": [hold] if sale.held else [],
        "lineItems": lambda info, **asked: connection(items, asked, lambda n: n, lambda n: str(n["id"])),
        "status": _status(sale),
    }


def _status(sale: Sale) -> str:
    if sale.cancelled_at:
        return "CANCELLED"
    if not any(sale.open(line) for line in sale.lines):
        return "CLOSED"
    if sale.held:
        return "ON_HOLD"
    return "IN_PROGRESS" if sale.parcels else "OPEN"


class Parcels:
    def __init__(self, shop: "ShopifyShop") -> None:
        self._shop = shop

    def create(self, told: Node) -> Node:
        """Takes all of it or nothing."""
        sent, way = [], told.get("trackingInfo") or {}
        sales = [self._sale(asked["fulfillmentOrderId"]) for asked in told["lineItemsByFulfillmentOrder"]]
        if len({sale.id if sale else 0 for sale in sales}) != 1 or sales[0] is None:
            return _refused("Fulfillment order does not exist.")
        sale, status = sales[0], _status(sales[0])
        if status not in ("OPEN", "IN_PROGRESS"):
            return _refused(f"Fulfillment order {sale.id} has an unfulfillable status= {status.lower()}.")
        for asked in told["lineItemsByFulfillmentOrder"]:
            rows = asked.get("fulfillmentOrderLineItems")
            wanted = {row["id"]: row["quantity"] for row in rows} if rows else None
            for line in sale.lines:
                units = sale.open(line) if wanted is None else wanted.pop(gid("FulfillmentOrderLineItem", line.id), 0)
                if not 0 <= units <= sale.open(line):
                    return _refused("Invalid fulfillment order line item quantity requested.")
                sent += [(line, units)] if units else []
            if wanted:
                return _refused("Fulfillment order line item does not exist.")
        self._shop.pack(sale, sent, *(way.get(name) or "" for name in ("company", "number", "url")))
        return {"userErrors": []}

    def track(self, id: str, way: Node) -> Node:
        for sale in self._shop.sales.values():
            for parcel in sale.parcels:
                if gid("Fulfillment", parcel.id) == id:
                    self._shop.track(sale, parcel, *(way.get(name) or "" for name in ("company", "number", "url")))
                    return {"userErrors": []}
        return _refused("Fulfillment does not exist.")

    def _sale(self, id: str) -> Sale | None:
        number = id.removeprefix(gid("FulfillmentOrder", ""))
        sale = self._shop.sales.get(int(number)) if number.isdecimal() else None
        return sale if sale and not sale.deleted else None


def _refused(words: str) -> Node:
    return {"userErrors": [{"field": ["fulfillment"], "message": words}]}
