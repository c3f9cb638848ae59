"""How GraphQL shows what the REST documents show: other names, capital statuses, times in UTC, other money.

An order is made once, by `shopify_orders`, and only renamed here: webhook and API cannot disagree.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from graphql import GraphQLError, GraphQLResolveInfo

from local.shops.sales import Sale
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
    nodes = [show(row) for row in page]
    return {
        "nodes": nodes,
        "edges": [{"cursor": cursor, "node": node} for cursor, node in zip(cursors, nodes, strict=True)],
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
    lines = {line["id"]: _line(line, sale) for line in shown["line_items"]}
    shipping = [_shipping(line) for line in shown["shipping_lines"]]
    refunds = [_refund(made, lines, sale) for made in shown["refunds"]]
    parcels = [_parcel(parcel, lines) for parcel in shown["fulfillments"]]
    status = {"fulfilled": "FULFILLED", "partial": "PARTIALLY_FULFILLED", None: "UNFULFILLED"}
    return {
        **renamed(shown),
        **_more_totals(shown, sale),
        "__typename": "Order",
        "id": shown["admin_graphql_api_id"],
        "legacyResourceId": str(shown["id"]),
        "additionalFees": [],
        "billingAddress": _address(shown["billing_address"], sale.id),
        "shippingAddress": _address(shown["shipping_address"], sale.id),
        "cancelReason": (shown["cancel_reason"] or "").upper() or None,
        "closed": shown["closed_at"] is not None,
        "currencyCode": shown["currency"],
        "customer": lambda info: _customer(info, shown["customer"], sale, shop),
        "discountCodes": [code["code"] for code in shown["discount_codes"]],
        "displayFinancialStatus": shown["financial_status"].upper(),
        "displayFulfillmentStatus": status[shown["fulfillment_status"]],
        "edited": bool(sale.edits),
        "fulfillments": lambda info, first=None, query=None: parcels[:first],
        "lineItems": _listed(list(lines.values())),
        "presentmentCurrencyCode": shown["presentment_currency"],
        "refunds": lambda info, first=None: refunds[:first],
        "retailLocation": None,
        "returnStatus": "NO_RETURN",
        "shippingLine": shipping[0] if shipping else None,
        "shippingLines": _listed(shipping),
        "tags": [],
        "transactions": lambda info, **asked: _transactions(shown, sale),
    }


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


def _more_totals(shown: Node, sale: Sale) -> Node:
    """Totals that the REST document has under no name of their own."""
    before = sum((e.line.unit_price * e.delta for e in sale.edits if e.delta > 0), Decimal(0))
    paid = sale.total if sale.paid_at else Decimal(0)
    rounding = {"paymentSet": _bag(sale, Decimal(0)), "refundSet": _bag(sale, Decimal(0))}
    return {
        "originalTotalPriceSet": _bag(sale, sale.total - before),
        "totalCashRoundingAdjustment": rounding,
        "totalOutstandingSet": _bag(sale, Decimal(shown["total_outstanding"])),
        "totalReceivedSet": _bag(sale, paid),
        "totalRefundedSet": _bag(sale, sale.paid_back),
        "totalTipReceivedSet": _bag(sale, Decimal(0)),
    }


def _listed(nodes: list[Node]) -> Callable[..., Node]:
    return lambda info, **asked: connection(nodes, asked, lambda n: n, lambda n: str(n["id"]))


def _line(line: Node, sale: Sale) -> Node:
    gross = Decimal(line["price"]) * line["quantity"]
    off = sum((Decimal(a["amount"]) for a in line["discount_allocations"]), Decimal(0))
    product, variant = gid("Product", line["product_id"]), gid("ProductVariant", line["variant_id"])
    title = line["variant_title"] or "Default Title"
    allocations = [{"allocatedAmountSet": renamed(a["amount_set"])} for a in line["discount_allocations"]]
    return {
        **renamed(line),
        "id": line["admin_graphql_api_id"],
        "discountAllocations": allocations,
        "discountedTotalSet": lambda info, **asked: _bag(sale, gross - off),
        "duties": [],
        "isGiftCard": False,
        "nonFulfillableQuantity": line["quantity"] - line["fulfillable_quantity"],
        "originalTotalSet": _bag(sale, gross),
        "originalUnitPriceSet": renamed(line["price_set"]),
        "product": {
            "id": product,
            "legacyResourceId": str(line["product_id"]),
            "title": line["title"],
            "status": "ACTIVE",
        },
        "refundableQuantity": line["current_quantity"],
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
    transactions = [_transaction(t, sale) for t in made["transactions"]]
    return {
        **renamed(made),
        "id": made["admin_graphql_api_id"],
        "legacyResourceId": str(made["id"]),
        "updatedAt": renamed(made["created_at"], "created_at"),
        "refundLineItems": _listed(rows),
        "totalRefundedSet": _bag(sale, paid),
        "transactions": _listed(transactions),
    }


def _refund_line(row: Node, line: Node) -> Node:
    place = row["location_id"]
    return {
        **renamed(row),
        "id": gid("RefundLineItem", row["id"]),
        "lineItem": line,
        "location": {"id": gid("Location", place), "legacyResourceId": str(place)} if place else None,
        "priceSet": line["originalUnitPriceSet"],
        "restockType": row["restock_type"].upper(),
        "restocked": row["restock_type"] != "no_restock",
    }


def _parcel(parcel: Node, lines: Mapping[int, Node]) -> Node:
    place = parcel["location_id"]
    rows = [
        {
            "id": gid("FulfillmentLineItem", f"{parcel['id']}{row['id']}"),
            "lineItem": lines[row["id"]],
            "quantity": row["quantity"],
        }
        for row in parcel["line_items"]
    ]
    tracking = {
        "company": parcel["tracking_company"],
        "number": parcel["tracking_number"],
        "url": parcel["tracking_url"],
    }
    return {
        **renamed(parcel),
        "id": parcel["admin_graphql_api_id"],
        "legacyResourceId": str(parcel["id"]),
        "displayStatus": "FULFILLED",
        "fulfillmentLineItems": _listed(rows),
        "location": {"id": gid("Location", place), "legacyResourceId": str(place)},
        "status": parcel["status"].upper(),
        "trackingInfo": lambda info, first=None: [tracking][:first],
    }


def _transactions(shown: Node, sale: Sale) -> list[Node]:
    refunds = [_transaction(t, sale) for made in shown["refunds"] for t in made["transactions"]]
    if sale.paid_at is None:
        return refunds
    at = shown["created_at"]
    told = {"created_at": at, "processed_at": at, "gateway": "harbour_pay", "test": sale.test}
    paid = {"id": sale.id, "amount": str(sale.total), "kind": "sale", "status": "success", **told}
    return [_transaction(paid, sale), *refunds]


def _transaction(made: Node, sale: Sale) -> Node:
    return {
        **renamed(made),
        "id": gid("OrderTransaction", made["id"]),
        "amountSet": _bag(sale, Decimal(made["amount"])),
        "kind": made["kind"].upper(),
        "status": made["status"].upper(),
    }


def _address(shown: Node, order_id: int) -> Node:
    own = {"id": gid("MailingAddress", order_id), "countryCodeV2": shown["country_code"]}
    return {**renamed(shown), **own}


def _customer(info: GraphQLResolveInfo, shown: Node | None, sale: Sale, shop: "ShopifyShop") -> Node | None:
    allow("read_customers", shop, info)
    if shown is None:
        return None
    phone = {"phoneNumber": shown["phone"]} if shown["phone"] else None
    return {
        **renamed(shown),
        "id": shown["admin_graphql_api_id"],
        "legacyResourceId": str(shown["id"]),
        "defaultEmailAddress": {"emailAddress": shown["email"]},
        "defaultPhoneNumber": phone,
        "displayName": sale.buyer.name,
        "locale": sale.buyer.locale,
    }
