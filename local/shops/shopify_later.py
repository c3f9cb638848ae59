"""Returns and holds of a demo Shopify shop: the events about them, and how GraphQL shows them.

The shapes are those of the published webhook examples of 2026-07; a hold names only its fulfilment order.
"""

from collections.abc import Mapping
from typing import Any

from local.shops.sales import Line, Return, Sale
from local.shops.shopify_parts import gid

Document = dict[str, Any]


def hold_event(sale: Sale) -> Document:
    about: Document = {"id": gid("FulfillmentOrder", sale.id), "status": "on_hold" if sale.held else "open"}
    if not sale.held:
        return {"fulfillment_order": about}
    hold = {
        "id": gid("FulfillmentHold", sale.id),
        "reason": sale.held,
        "reason_notes": "",
        "held_by_requesting_app": False,
        "handle": "",
        "held_by_app": None,
    }
    return {
        "fulfillment_order": {**about, "fulfillment_holds": [hold]},
        "remaining_fulfillment_order": None,
        "held_fulfillment_order_line_items": [],
        "created_fulfillment_hold": hold,
    }


def return_event(sale: Sale, made: Return) -> Document:
    """Requests and answers name the order as an object, what comes later by its id."""
    about: Document = {"id": made.id, "admin_graphql_api_id": gid("Return", made.id)}
    order = {"id": sale.id, "admin_graphql_api_id": gid("Order", sale.id)}
    if made.status == "closed":
        return {**about, "order_id": sale.id, "status": "closed"}
    if made.status == "declined":
        decline = {"reason": "return_period_ended", "note": ""}
        return {**about, "status": "declined", "order": order, "decline": decline}
    return {
        **about,
        "status": made.status,
        "order": order,
        "total_return_line_items": 1,
        "name": made.name,
        "return_line_items": [
            {
                "id": made.row,
                "admin_graphql_api_id": gid("ReturnLineItem", made.row),
                "fulfillment_line_item": {"line_item": {"id": made.line.id}},
                "quantity": made.quantity,
                "return_reason_note": made.reason,
            }
        ],
        "return_shipping_fees": [],
        "exchange_line_items": [{"id": line.id, "line_item": {"id": line.id}} for line in made.sent],
        "total_exchange_line_items": len(made.sent),
    }


def return_node(made: Return, lines: Mapping[int, Document]) -> Document:
    """`lines` are the order's line item nodes by their numbers."""
    return {
        "__typename": "Return",
        "id": gid("Return", made.id),
        "name": made.name,
        "status": made.status.upper(),
        "lines": [_returned(made, lines[made.line.id])],
        "exchanged": [_sent(line, lines[line.id]) for line in made.sent],
    }


def _returned(made: Return, line: Document) -> Document:
    reason = {"id": gid("ReturnReasonDefinition", 1), "handle": made.reason.lower(), "name": made.reason}
    packed = {"id": gid("FulfillmentLineItem", made.row), "lineItem": line, "quantity": made.quantity}
    return {
        "__typename": "ReturnLineItem",
        "id": gid("ReturnLineItem", made.row),
        "quantity": made.quantity,
        "returnReasonDefinition": reason,
        "fulfillmentLineItem": packed,
    }


def _sent(line: Line, node: Document) -> Document:
    return {"id": gid("ExchangeLineItem", line.id), "quantity": line.quantity, "lineItems": [node]}
