"""Reads one order whole from GraphQL, page by page, and unwraps it into the shape of a webhook's REST document."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orderbridge.platforms.shopify import queries

Node = dict[str, Any]
Ask = Callable[[str, Mapping[str, Any]], Node]


def whole_order(ask: Ask, id: str) -> Node | None:
    """`ask` sends one query with its variables. None when no order is shown under this gid."""
    order: Node | None = ask(queries.ORDER, {"id": id, "after": None})["order"]
    if order is None:
        return None
    order["line_items"] = [_line(line) for line in _all(ask, order, "line_items")]
    order["shipping_lines"] = _all(ask, order, "shipping_lines")
    for refund in order["refunds"]:
        refund["refund_line_items"] = [_refunded(line) for line in _all(ask, refund, "refund_line_items")]
        for field in ("transactions", "refund_shipping_lines", "order_adjustments"):
            refund[field] = _all(ask, refund, field)
    for parcel in order["fulfillments"]:
        packed = _all(ask, parcel, "packed")
        parcel["line_items"] = [{"id": line["lineItem"]["id"], "quantity": line["quantity"]} for line in packed]
        parcel.update(_tracking(parcel["tracking"]))
    order["returns"] = _returns(ask, order) if order["returns"]["nodes"] else []
    return order


def to_fulfil(ask: Ask, id: str) -> list[Node]:
    """The fulfilment orders of an order, each with all its `items`."""
    first = ask(queries.next_page("fulfillment_orders"), {"id": id, "after": None})["node"]
    found = _all(ask, {"id": id, **first}, "fulfillment_orders")
    for one in found:
        one["items"] = _all(ask, one, "items")
    return found


def owner(ask: Ask, id: str) -> str | None:
    """The gid of the order that a fulfilment order or a return belongs to, None when it is not shown (yet)."""
    node = ask(queries.OWNER, {"id": id})["node"]
    return str(node["order"]["id"]) if node else None


def _all(ask: Ask, owner: Mapping[str, Any], field: str) -> list[Node]:
    """All entries of a list of which `owner` holds the first page."""
    page = owner[field]
    nodes: list[Node] = page["nodes"]
    while page["pageInfo"]["hasNextPage"]:
        where = {"id": owner["id"], "after": page["pageInfo"]["endCursor"]}
        page = ask(queries.next_page(field), where)["node"][field]
        nodes = nodes + page["nodes"]
    return nodes


def _returns(ask: Ask, order: Node) -> list[Node]:
    """Asked for by themselves: most orders have none. Units that name no parcel ("unverified") name no line either."""
    first = ask(queries.next_page("returns"), {"id": order["id"], "after": None})["node"]
    made = _all(ask, {"id": order["id"], **first}, "returns")
    for one in made:
        one["lines"] = [_returned(line) for line in _all(ask, one, "lines") if "packed" in line]
        exchanged = _all(ask, one, "exchanged")
        one["replacements"] = [line["id"] for item in exchanged for line in item["lineItems"] or []]
    return made


def _returned(line: Node) -> Node:
    reason = line["reason"]["name"] if line["reason"] else ""
    return {"line_item_id": line["packed"]["lineItem"]["id"], "quantity": line["quantity"], "reason": reason}


def _refunded(line: Node) -> Node:
    place = line["location"]["id"] if line["location"] else None
    return {**line, "line_item_id": line["lineItem"]["id"], "location_id": place}


def _line(line: Mapping[str, Any]) -> Node:
    product, variant = line["product"] or {}, line["variant"] or {}
    return {**line, "product_id": product.get("id"), "variant_id": variant.get("id")}


def _tracking(infos: Sequence[Mapping[str, str | None]]) -> Node:
    return {
        "tracking_company": infos[0]["company"] if infos else "",
        "tracking_numbers": [info["number"] for info in infos if info["number"]],
        "tracking_urls": [info["url"] for info in infos if info["url"]],
    }
