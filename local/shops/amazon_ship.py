"""confirmShipment of Orders API v0: the merchant says that units have left.

https://developer-docs.amazon.com/sp-api/reference/confirmshipment (2026-08). The texts of refusals are those that
callers were shown: jlevers/selling-partner-api#489 and #528, amzn/selling-partner-api-models#5094 (a reference that
is a number instead of text, since 2026-01) and #5037 (nothing left to ship). The same `packageReferenceId` once more
edits that package; nobody is told of an edit.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from local.shops.amazon_parts import Document, Refused, invalid, read
from local.shops.amazon_search import find
from local.shops.sales import Line, Parcel, Sale
from local.shops.server import Request
from local.shops.till import Event

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

_TEXTS = ("packageReferenceId", "carrierCode", "trackingNumber", "shipDate")


def confirm(shop: "AmazonShop", number: str, request: Request) -> None:
    asked = read(request.body)
    detail = _detail(asked)
    sale = find(shop, number)
    if asked["marketplaceId"] != shop.marketplace.id:
        raise invalid("MarketplaceId is invalid.")
    if shop.by_amazon(sale) or not sale.paid_at or sale.cancelled_at:
        raise invalid("The order is not one that the seller can ship now.")
    reference, at = int(detail["packageReferenceId"]), _time(detail["shipDate"])
    old = next((x for x in sale.parcels if x.id == reference), None)
    carrier = detail["carrierName"] if detail["carrierCode"] == "Other" else detail["carrierCode"]
    parcel = Parcel(reference, at, _rows(sale, detail["orderItems"], old), "", carrier, detail["trackingNumber"])
    shop.ship(sale, parcel, old, Event.UPDATED if old else Event.SHIPPED)


def _detail(asked: Document) -> Document:
    """The package as it was given, if it has all that it needs."""
    detail = asked.get("packageDetail")
    if not isinstance(detail, dict) or not isinstance(asked.get("marketplaceId"), str):
        raise invalid("Request has missing or invalid parameters and cannot be parsed.")
    wrong = [name for name in _TEXTS if not isinstance(detail.get(name), str)]
    if wrong:
        fields = ", ".join(f"packageDetail.{name}" for name in wrong)
        raise invalid(
            f"The input you have submitted is not valid. Please check the fields with invalid type [{fields}]."
        )
    reference = detail["packageReferenceId"]
    if not reference.isdecimal() or int(reference) < 1:
        raise invalid("PackageReferenceId: is invalid, must be a positive numeric value.")
    if detail["carrierCode"] == "Other" and not detail.get("carrierName"):
        raise invalid('CarrierName is required when CarrierCode is "Other".')
    if not isinstance(detail.get("orderItems"), list) or not detail["orderItems"]:
        raise invalid("Request has missing or invalid parameters and cannot be parsed.")
    return detail


def _time(given: str) -> datetime:
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise invalid("ShipDate is invalid, it must be in ISO 8601 format.") from None
    if at.tzinfo is None:
        raise invalid("ShipDate is invalid, it must be in ISO 8601 format.")
    return at


def _rows(sale: Sale, asked: list[Any], old: Parcel | None) -> list[tuple[Line, int]]:
    """Lines and units; of the package that is edited its own units may go again."""
    lines = {str(line.id): line for line in sale.lines}
    if old is None and not any(sale.open(line) for line in sale.lines):
        words = "Failed to create package due to not finding a matching package or order already fulfilled."
        raise Refused(400, "InvalidInput", words)
    sent: dict[str, int] = {}
    for row in asked:
        if not isinstance(row, dict) or str(row.get("orderItemId")) not in lines:
            raise invalid("OrderItemId is invalid, please obtain the value through the getOrderItems API")
        if type(row.get("quantity")) is not int or row["quantity"] < 1:
            raise invalid("Quantity is invalid, it must be a positive number.")
        sent[row["orderItemId"]] = sent.get(row["orderItemId"], 0) + row["quantity"]
    for number, units in sent.items():
        again = sum(n for line, n in old.lines if str(line.id) == number) if old else 0
        if units > sale.open(lines[number]) + again:
            raise invalid(f"Quantity is invalid, fewer units of the order item {number} are left to ship.")
    return [(lines[number], units) for number, units in sent.items()]
