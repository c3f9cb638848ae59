"""How GraphQL shows what the REST documents show: other names, capital statuses, times in UTC, other money.

An order is made once, by `shopify_orders`, and only renamed here: webhook and API cannot disagree.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from graphql import GraphQLError, GraphQLResolveInfo

from local.shops.sales import Sale
from local.shops.shopify_fulfilling import fulfillment_order
from local.shops.shopify_later import return_node
from local.shops.shopify_orders import order
from local.shops.shopify_parts import gid, money_set

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

Node = dict[str, Any]
T = TypeVar("T")
LONGEST_PAGE = 250


def connection(rows: Sequence[T], asked: Mapping[str, Any], show: Callable[[T], Node], key: Callable[[T], str]) -> Node:
    """One page of rows; the cursor is the key of a row, so a page goes on behind it wherever it has moved."""
    first = asked.get("first")
    if first is None:
        raise GraphQLError("you must provide one of first or last", extensions={"code": "BAD_REQUEST"})
    if not 0 < first <= LONGEST_PAGE:
        raise GraphQLError(f"`first` must be between 1 and {LONGEST_PAGE}", extensions={"code": "BAD_REQUEST"})
    ordered = list(reversed(rows)) if asked.get("reverse") else list(rows)
    keys = [key(row) for row in ordered]
    start = keys.index(asked["after"]) + 1 if asked.get("after") in keys else 0
    page, cursors = ordered[start : start + first], keys[start : start + first]
    return {
        "nodes": [show(row) for row in page],
        "pageInfo": {
            "hasNextPage": start + first < len(ordered),
            "hasPreviousPage": start > 0,
            "startCursor": cursors[0] if cursors else None,
            "endCursor": cursors[-1] if cursors else None,
        },
    }


def allow(scope: str, shop: "ShopifyShop", info: GraphQLResolveInfo) -> None:
    """Refuse a field whose access scope the app was not granted; a write scope brings the read scope with it."""
    if {scope, scope.replace("read_", "write_")} & shop.scopes:
        return
    words = f"Access denied for {info.field_name} field. Required access: `{scope}` access scope."
    url = "https://shopify.dev/api/usage/access-scopes"
    told = {"code": "ACCESS_DENIED", "documentation": url, "requiredAccess": f"`{scope}` access scope."}
    raise GraphQLError(words, extensions=told)


def order_node(sale: Sale, shop: "ShopifyShop") -> Node:
    shown = order(sale, shop)
    lines = {line["id"]: _line(line) for line in shown["line_items"]}
    shipping = [_shipping(line) for line in shown["shipping_lines"]]
    refunds = [_refund(made, lines, sale) for made in shown["refunds"]]
    parcels = [_parcel(parcel, lines) for parcel in shown["fulfillments"]]
    status = {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED", None: "UNFULFILLED"}
    return {
        **renamed(shown),
        "__typename": "Order",
        "id": shown["admin_graphql_api_id"],
        "legacyResourceId": str(shown["id"]),
        "billingAddress": _address(shown["billing_address"]),
        "shippingAddress": _address(shown["shipping_address"]),
        "cancelReason": (shown["cancel_reason"] or "").upper() or None,
        "closed": shown["closed_at"] is not None,
        "currencyCode": shown["currency"],
        "customAttributes": attributes(shown["note_attributes"]),
        "customer": lambda info: _customer(info, shown["customer"], sale, shop),
        "displayFinancialStatus": shown["financial_status"].upper(),
        "displayFulfillmentStatus": "ON_HOLD" if sale.held else status[shown["fulfillment_status"]],
        "edited": bool(sale.edits),
        "fulfillments": lambda info, first=None: parcels[:first],
        "fulfillmentOrders": lambda info, **asked: _to_fulfil(info, asked, sale, shop),
        "lineItems": _listed(list(lines.values())),
        "presentmentCurrencyCode": shown["presentment_currency"],
        "refunds": lambda info, first=None: refunds[:first],
        "returns": lambda info, **asked: _returns(info, asked, sale, lines, shop),
        "shippingLines": _listed(shipping),
        "totalRefundedSet": _bag(sale, sale.paid_back),
        "totalTipReceivedSet": _bag(sale, Decimal(0)),
    }


def attributes(rows: Sequence[Node]) -> list[Node]:
    return [{"key": row["name"], "value": row["value"]} for row in rows]


def renamed(value: Any, key: str = "") -> Any:
    """A REST document in GraphQL's words: camelCase names, times in UTC, money without padding."""
    if isinstance(value, dict):
        if set(value) == {"amount", "currency_code"}:
            return {"amount": _short(value["amount"]), "currencyCode": value["currency_code"]}
        return {_camel(k): renamed(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [renamed(v) for v in value]
    if isinstance(value, str) and key.endswith("_at"):
        return datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _short(amount: str) -> str:
    """GraphQL prints at least one and no needless decimals: "12.50" is "12.5", "2600" is "2600.0"."""
    plain = f"{Decimal(amount).normalize():f}"
    return plain if "." in plain else f"{plain}.0"


def _bag(sale: Sale, amount: Decimal) -> Node:
    bag: Node = renamed(money_set(sale, amount))
    return bag


def _listed(nodes: list[Node]) -> Callable[..., Node]:
    return lambda info, **asked: connection(nodes, asked, lambda n: n, lambda n: str(n["id"]))


def _line(line: Node) -> Node:
    product, variant = gid("Product", line["product_id"]), gid("ProductVariant", line["variant_id"])
    title = line["variant_title"] or "Default Title"
    allocations = [{"allocatedAmountSet": renamed(a["amount_set"])} for a in line["discount_allocations"]]
    return {
        **renamed(line),
        "id": line["admin_graphql_api_id"],
        "customAttributes": attributes(line["properties"]),
        "discountAllocations": allocations,
        "originalUnitPriceSet": renamed(line["price_set"]),
        "product": {"id": product, "legacyResourceId": str(line["product_id"]), "title": line["title"]},
        "taxLines": lambda info, first=None: renamed(line["tax_lines"])[:first],
        "unfulfilledQuantity": line["fulfillable_quantity"],
        "variant": {"id": variant, "legacyResourceId": str(line["variant_id"]), "sku": line["sku"], "title": title},
    }


def _shipping(line: Node) -> Node:
    own = {"id": gid("ShippingLine", line["id"]), "originalPriceSet": renamed(line["price_set"])}
    return {**renamed(line), **own}


def _refund(made: Node, lines: Mapping[int, Node], sale: Sale) -> Node:
    rows = [_refund_line(row, lines[row["line_item_id"]]) for row in made["refund_line_items"]]
    paid = sum((Decimal(t["amount"]) for t in made["transactions"]), Decimal(0))
    return {
        **renamed(made),
        "id": made["admin_graphql_api_id"],
        "legacyResourceId": str(made["id"]),
        # Refunded shipping is no adjustment here, as it is in REST, but a line of its own.
        "orderAdjustments": _listed([]),
        "refundLineItems": _listed(rows),
        "refundShippingLines": _listed([_refunded_shipping(back, sale) for back in made["order_adjustments"]]),
        "totalRefundedSet": _bag(sale, paid),
        "transactions": _listed([_transaction(t, sale) for t in made["transactions"]]),
    }


def _to_fulfil(info: GraphQLResolveInfo, asked: Mapping[str, Any], sale: Sale, shop: "ShopifyShop") -> Node:
    allow("read_merchant_managed_fulfillment_orders", shop, info)
    return connection([fulfillment_order(sale, shop)], asked, lambda n: n, lambda n: str(n["id"]))


def _returns(
    info: GraphQLResolveInfo, asked: Mapping[str, Any], sale: Sale, lines: Mapping[int, Node], shop: "ShopifyShop"
) -> Node:
    allow("read_returns", shop, info)
    nodes = [return_node(made, lines) for made in sale.returns]
    for node in nodes:
        node |= {"returnLineItems": _listed(node["lines"]), "exchangeLineItems": _listed(node["exchanged"])}
    return connection(nodes, asked, lambda n: n, lambda n: str(n["id"]))


def _refund_line(row: Node, line: Node) -> Node:
    return {
        **renamed(row),
        "id": gid("RefundLineItem", row["id"]),
        "lineItem": line,
        "restockType": row["restock_type"].upper(),
        "location": {"id": gid("Location", row["location_id"])} if row["location_id"] else None,
        "restocked": row["restock_type"] != "no_restock",
    }


def _refunded_shipping(back: Node, sale: Sale) -> Node:
    return {
        "id": gid("RefundShippingLine", back["id"]),
        "subtotalAmountSet": _bag(sale, -Decimal(back["amount"])),
        "taxAmountSet": _bag(sale, -Decimal(back["tax_amount"])),
    }


def _transaction(made: Node, sale: Sale) -> Node:
    return {
        "id": made["admin_graphql_api_id"],
        "amountSet": _bag(sale, Decimal(made["amount"])),
        "kind": made["kind"].upper(),
        "status": made["status"].upper(),
    }


def _parcel(parcel: Node, lines: Mapping[int, Node]) -> Node:
    rows = [
        {
            "id": gid("FulfillmentLineItem", f"{parcel['id']}{row['id']}"),
            "lineItem": lines[row["id"]],
            "quantity": row["quantity"],
        }
        for row in parcel["line_items"]
    ]
    way = {x: parcel[f"tracking_{x}"] for x in ("company", "number", "url")}
    infos = [way] if any(way.values()) else []
    return {
        **renamed(parcel),
        "id": parcel["admin_graphql_api_id"],
        "legacyResourceId": str(parcel["id"]),
        "fulfillmentLineItems": _listed(rows),
        "status": parcel["status"].upper(),
        "displayStatus": (parcel["shipment_status"] or "fulfilled").upper(),
        "trackingInfo": lambda info, first=None: infos[:first],
    }


def _address(shown: Node) -> Node:
    return {**renamed(shown), "countryCodeV2": shown["country_code"]}


def _customer(info: GraphQLResolveInfo, shown: Node | None, sale: Sale, shop: "ShopifyShop") -> Node | None:
    allow("read_customers", shop, info)
    if shown is None:
        return None
    return {
        **renamed(shown),
        "id": shown["admin_graphql_api_id"],
        "legacyResourceId": str(shown["id"]),
        "displayName": sale.buyer.name,
        "locale": sale.buyer.locale,
    }
