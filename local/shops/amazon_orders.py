"""Order documents of a demo Amazon shop, Orders API 2026-01-01.

https://developer-docs.amazon.com/sp-api/docs/orders-api (2026-08). What is known of it is the model; where that is
silent this shop does the following, none of it confirmed (amzn/selling-partner-api-models#5297 asks for the money):

- the breakdowns of an item add up to its `proceedsTotal`, and those to `grandTotal`; a DISCOUNT is negative
- TAX is there where prices are shown without it, also where Amazon withholds it
- a PENDING order has neither money nor buyer nor address, as in v0
- units that were cancelled are not in `quantityOrdered`, as in v0

Refunds are not in an order at all; they are in the Finances API.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from local.shops.amazon_parts import DAY, Document, asin, money, stamp, without_nothing
from local.shops.buyers import Buyer
from local.shops.sales import Line, Parcel, Sale

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

DATASETS = frozenset(
    """BUYER RECIPIENT PROCEEDS EXPENSE PROMOTION CANCELLATION FULFILLMENT PACKAGES TAX PAYMENT
    FULFILLMENT_ORDERS""".split()
)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Worth:
    """What the units of a line that still stand are worth; `tax` only where prices are shown without it."""

    item: Decimal
    discount: Decimal
    tax: Decimal
    shipping: Decimal
    shipping_tax: Decimal

    @property
    def total(self) -> Decimal:
        return self.item - self.discount + self.tax + self.shipping + self.shipping_tax


def standing(line: Line) -> int:
    """Units that were ordered and not cancelled."""
    return line.quantity - line.removed


def status(sale: Sale) -> str:
    if sale.cancelled_at:
        return "CANCELLED"
    if not sale.paid_at:
        return "PENDING"
    shipped = sum(sale.shipped(line) for line in sale.lines)
    if shipped and not any(sale.open(line) for line in sale.lines):
        return "SHIPPED"
    return "PARTIALLY_SHIPPED" if shipped else "UNSHIPPED"


def worth(sale: Sale, line: Line) -> Worth:
    units = standing(line)
    discount = sale.share(line, line.discount, 0, units)
    item = line.unit_price * units
    # Amazon charges shipping by the item; this shop's one amount an order is on the first line that stands.
    carrier = next((x for x in sale.lines if standing(x)), None)
    shipping = sale.shipping if line is carrier else ZERO
    if sale.tax.included:
        return Worth(item, discount, ZERO, shipping, ZERO)
    on_item, on_shipping = (sale.tax.of(amount, sale.currency) for amount in (item - discount, shipping))
    return Worth(item, discount, on_item, shipping, on_shipping)


def order(sale: Sale, shop: "AmazonShop", wanted: frozenset[str]) -> Document:
    """The order with the datasets that were asked for."""
    known = status(sale) != "PENDING"
    shown: Document = {
        "orderId": shop.order_id(sale),
        "createdTime": stamp(sale.created_at),
        "lastUpdatedTime": stamp(sale.version),
        "salesChannel": {
            "channelName": "AMAZON",
            "marketplaceId": shop.marketplace.id,
            "marketplaceName": shop.marketplace.name,
        },
    }
    if "BUYER" in wanted and known:
        shown["buyer"] = _buyer(sale, shop)
    if "RECIPIENT" in wanted and known:
        shown["recipient"] = {"deliveryAddress": _address(sale.buyer)}
    if "PROCEEDS" in wanted and known and not sale.cancelled_at:
        shown["proceeds"] = {"grandTotal": money(sum((worth(sale, x).total for x in sale.lines), ZERO), sale.currency)}
    if "FULFILLMENT" in wanted:
        shown["fulfillment"] = _fulfillment(sale, shop)
    shown["orderItems"] = [_item(sale, line, shop, wanted) for line in sale.lines]
    if "PACKAGES" in wanted and sale.parcels and not shop.by_amazon(sale):
        shown["packages"] = [_package(parcel) for parcel in sale.parcels]
    return shown


def _buyer(sale: Sale, shop: "AmazonShop") -> Document:
    """The address is Amazon's, and only for what the merchant ships."""
    email = "" if shop.by_amazon(sale) else f"{sale.id:x}@marketplace.example.com"
    return without_nothing({"buyerName": sale.buyer.name, "buyerEmail": email, "buyerCompanyName": sale.buyer.company})


def _address(buyer: Buyer) -> Document:
    first, second = (*buyer.lines, "")[:2]
    return {
        "name": buyer.name,
        "companyName": buyer.company,
        "addressLine1": first,
        "addressLine2": second,
        "addressLine3": "",
        "city": buyer.city,
        "districtOrCounty": "",
        "stateOrRegion": buyer.region,
        "municipality": "",
        "postalCode": buyer.postcode,
        "countryCode": buyer.country,
        "phone": buyer.phone,
        "addressType": "COMMERCIAL" if buyer.company else "RESIDENTIAL",
    }


def _fulfillment(sale: Sale, shop: "AmazonShop") -> Document:
    at = sale.created_at
    return {
        "fulfillmentStatus": status(sale),
        "fulfilledBy": "AMAZON" if shop.by_amazon(sale) else "MERCHANT",
        "fulfillmentServiceLevel": "STANDARD",
        "shipByWindow": {"earliestDateTime": stamp(at), "latestDateTime": stamp(at + 2 * DAY)},
        "deliverByWindow": {"earliestDateTime": stamp(at + 3 * DAY), "latestDateTime": stamp(at + 6 * DAY)},
    }


def _item(sale: Sale, line: Line, shop: "AmazonShop", wanted: frozenset[str]) -> Document:
    units, known = standing(line), status(sale) not in ("PENDING", "CANCELLED")
    product: Document = {
        "asin": asin(line.listing.sku),
        "title": shop.offers[line.listing.sku].title,
        "sellerSku": line.listing.sku,
        "condition": {"conditionType": "NEW", "conditionSubtype": "NEW", "conditionNote": ""},
    }
    if known:
        product["price"] = {"unitPrice": money(line.unit_price, sale.currency)}
    shown: Document = {"orderItemId": str(line.id), "quantityOrdered": units, "product": product}
    if "PROCEEDS" in wanted and known:
        shown["proceeds"] = _proceeds(worth(sale, line), sale.currency)
    if "PROMOTION" in wanted and line.discount:
        shown["promotion"] = {"breakdowns": [{"promotionId": sale.coupon}]}
    if "CANCELLATION" in wanted and (told := _cancellation(sale, line, shop)):
        shown["cancellation"] = told
    if "FULFILLMENT" in wanted:
        sent = sale.shipped(line)
        shown["fulfillment"] = {"quantityFulfilled": sent, "quantityUnfulfilled": units - sent}
    if "TAX" in wanted and shop.marketplace.facilitated:
        taken = {"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}
        shown["tax"] = {"taxCollections": [taken]}
    return shown


def _proceeds(of: Worth, currency: str) -> Document:
    rows = [_breakdown("ITEM", {"": of.item}, currency)]
    rows.append(_breakdown("SHIPPING", {"": of.shipping}, currency))
    rows.append(_breakdown("TAX", {"ITEM": of.tax, "SHIPPING": of.shipping_tax}, currency))
    rows.append(_breakdown("DISCOUNT", {"ITEM": -of.discount}, currency))
    return {"proceedsTotal": money(of.total, currency), "breakdowns": [row for row in rows if row]}


def _breakdown(kind: str, parts: dict[str, Decimal], currency: str) -> Document:
    """Nothing where there is nothing; only TAX and DISCOUNT are broken down further."""
    total = sum(parts.values(), ZERO)
    details = [{"subtype": name, "value": money(part, currency)} for name, part in parts.items() if name and part]
    shown = {"type": kind, "subtotal": money(total, currency), "detailedBreakdowns": details}
    return without_nothing(shown) if total else {}


def _cancellation(sale: Sale, line: Line, shop: "AmazonShop") -> Document:
    shown: Document = {}
    if reason := shop.cancel_requests.get(sale.id):
        shown["cancellationRequest"] = {"requester": "BUYER", "cancelReason": reason}
    if line.removed:
        by, reason = shop.cancelled_by[line.id]
        shown["cancellationExecution"] = {"cancelledBy": by, "cancelReason": reason}
    return shown


def _package(parcel: Parcel) -> Document:
    return {
        "packageReferenceId": str(parcel.id),
        "createdTime": stamp(parcel.at),
        "packageStatus": {"status": "DELIVERED" if parcel.delivered else "SHIPPED"},
        "carrier": parcel.carrier,
        "shipTime": stamp(parcel.at),
        "trackingNumber": parcel.tracking,
        "packageItems": _package_items(parcel.lines),
    }


def _package_items(lines: Iterable[tuple[Line, int]]) -> list[Document]:
    return [{"orderItemId": str(line.id), "quantity": units} for line, units in lines]
