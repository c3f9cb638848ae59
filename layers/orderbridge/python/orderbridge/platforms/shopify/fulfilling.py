"""How a parcel is told to Shopify: its units lie in fulfilment orders, one or more for each location.

https://shopify.dev/docs/apps/build/orders-fulfillment/order-management-apps/build-fulfillment-solutions (2026-11)

One call takes units of one location only. Units that left from elsewhere than Shopify assigned them to are taken from
where it has them: its own quantities follow our stock writes, not its fulfilments.
"""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from orderbridge.errors import AuthFailed, Rejected
from orderbridge.platforms.base import Parcel
from orderbridge.platforms.shopify import queries
from orderbridge.platforms.shopify.documents import number

Node = Mapping[str, Any]
Settle = Callable[[str, Mapping[str, Any], str], None]  # sends a mutation; raises Rejected, of what the third names
SCOPE = "write_merchant_managed_fulfillment_orders"
# https://shopify.dev/docs/api/admin-graphql/2026-07/enums/FulfillmentOrderStatus
_READY = ("OPEN", "IN_PROGRESS")
_WAITS = {"ON_HOLD": "is on hold in the shop", "SCHEDULED": "is scheduled for later in the shop"}


def send(settle: Settle, orders: Sequence[Node], parcel: Parcel, *, notify: bool, where: Mapping[str, Any]) -> None:
    """What is ready is told, also where the rest of the parcel is not; that is then refused.

    orders  the fulfilment orders of the parcel's order, see `queries.LISTS`
    """
    ready, why = calls(orders, parcel)
    for rows in ready:
        told = {"lineItemsByFulfillmentOrder": rows, "notifyCustomer": notify, "trackingInfo": _tracking(parcel)}
        _settle(settle, queries.FULFIL, {"parcel": told})
    if why:
        raise Rejected(why, **where)


def track(settle: Settle, shipment: str, parcel: Parcel, *, notify: bool) -> None:
    _settle(settle, queries.TRACK, {"id": shipment, "tracking": _tracking(parcel), "notify": notify})


def _settle(settle: Settle, query: str, variables: Mapping[str, Any]) -> None:
    """A missing scope is no reason to stop telling the shop its stock, as refused credentials are."""
    try:
        settle(query, variables, "the parcel")
    except AuthFailed as refused:
        if refused.status != HTTPStatus.OK:
            raise
        reason, platform, store = f"{refused.reason}; the app needs the scope {SCOPE}", refused.platform, refused.store
        raise Rejected(reason, platform=platform, store=store, status=refused.status) from refused


def calls(orders: Sequence[Node], parcel: Parcel) -> tuple[list[list[Node]], str]:
    """Inputs of one call per location, and why some of the parcel cannot be told, "" when all of it can."""
    near_first = sorted(orders, key=lambda order: _place(order) != parcel.location)
    by_place: dict[str, dict[str, list[Node]]] = {}
    missing: list[str] = []
    left = {item["id"]: item["remainingQuantity"] for order in orders for item in order["items"]}
    for part in parcel.lines:
        units = part.quantity
        for order in (order for order in near_first if order["status"] in _READY):
            for item in (item for item in order["items"] if str(number(item["lineItem"]["id"])) == part.line_id):
                taken = min(units, left[item["id"]])
                units, left[item["id"]] = units - taken, left[item["id"]] - taken
                if taken:
                    rows = by_place.setdefault(_place(order), {}).setdefault(order["id"], [])
                    rows.append({"id": item["id"], "quantity": taken})
        if units:
            missing.append(f"{units} of line {part.line_id} {_why(orders, part.line_id)}")
    return [[_of_order(id, rows) for id, rows in found.items()] for found in by_place.values()], "; ".join(missing)


def _tracking(parcel: Parcel) -> dict[str, str]:
    """Without the address where it is not known: for carriers that it knows Shopify makes its own."""
    said = {"company": parcel.carrier, "number": parcel.tracking, "url": parcel.tracking_url}
    return {name: value for name, value in said.items() if value}


def _of_order(id: str, rows: list[Node]) -> Node:
    return {"fulfillmentOrderId": id, "fulfillmentOrderLineItems": rows}


def _place(order: Node) -> str:
    location = order["location"]["location"]
    return str(number(location["id"])) if location else ""


def _why(orders: Sequence[Node], line: str) -> str:
    for order in orders:
        mine = [item for item in order["items"] if str(number(item["lineItem"]["id"])) == line]
        if order["status"] in _WAITS and any(item["remainingQuantity"] for item in mine):
            reasons = ", ".join(hold["reason"] for hold in order["holds"])
            return _WAITS[order["status"]] + (f" ({reasons})" if reasons else "")
    return "is not open in any fulfilment order of the shop"
