"""The same orders in the old shapes of Orders API v0: getOrder and getOrderItems.

https://developer-docs.amazon.com/sp-api/docs/orders-api-v0-reference (2026-08), deprecated. `ItemPrice` is for all
units of a line, booleans of items are text, a Pending order has no money and no address, and cancelled units are not
in `QuantityOrdered`. Without a Restricted Data Token the address has no name and no street.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

from local.shops.amazon_orders import standing, status, worth
from local.shops.amazon_parts import DAY, Document, asin, stamp, without_nothing
from local.shops.amazon_search import find
from local.shops.sales import Line, Sale, rounded

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

STATUSES = {
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
}


def order(shop: "AmazonShop", number: str) -> Document:
    sale = find(shop, number)
    shown: Document = {
        "AmazonOrderId": number,
        "PurchaseDate": stamp(sale.created_at),
        "LastUpdateDate": stamp(sale.version),
        "OrderStatus": STATUSES[status(sale)],
        "FulfillmentChannel": "AFN" if shop.by_amazon(sale) else "MFN",
        "SalesChannel": shop.marketplace.name,
        "NumberOfItemsShipped": sum(sale.shipped(line) for line in sale.lines),
        "NumberOfItemsUnshipped": sum(sale.open(line) for line in sale.lines) if sale.paid_at else 0,
        "PaymentMethod": "Other",
        "PaymentMethodDetails": ["Standard"],
        "MarketplaceId": shop.marketplace.id,
        "ShipmentServiceLevelCategory": "Standard",
        "OrderType": "StandardOrder",
        "EarliestShipDate": stamp(sale.created_at),
        "LatestShipDate": stamp(sale.created_at + 2 * DAY),
        "IsBusinessOrder": False,
        "IsPrime": False,
        "IsPremiumOrder": False,
        "IsGlobalExpressEnabled": False,
        "IsReplacementOrder": False,
        "IsSoldByAB": False,
        "IsISPU": False,
    }
    if status(sale) not in ("PENDING", "CANCELLED"):
        shown["OrderTotal"] = _money(sum((worth(sale, x).total for x in sale.lines), Decimal(0)), sale)
        shown["ShippingAddress"] = _place(sale)
    return {"payload": shown}


def items(shop: "AmazonShop", number: str) -> Document:
    sale = find(shop, number)
    return {"payload": {"AmazonOrderId": number, "OrderItems": [_item(shop, sale, line) for line in sale.lines]}}


def _item(shop: "AmazonShop", sale: Sale, line: Line) -> Document:
    shown: Document = {
        "ASIN": asin(line.listing.sku),
        "SellerSKU": line.listing.sku,
        "OrderItemId": str(line.id),
        "Title": shop.offers[line.listing.sku].title,
        "QuantityOrdered": standing(line),
        "QuantityShipped": sale.shipped(line),
        "ProductInfo": {"NumberOfItems": "1"},
        "IsGift": "false",
        "ConditionId": "New",
        "ConditionSubtypeId": "New",
        "IsTransparency": False,
    }
    if reason := shop.cancel_requests.get(sale.id):
        shown["BuyerRequestedCancel"] = {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": reason}
    if status(sale) != "PENDING" and standing(line):
        shown |= _amounts(sale, line)
        if shop.marketplace.facilitated:
            shown["TaxCollection"] = {
                "Model": "MarketplaceFacilitator",
                "ResponsibleParty": "Amazon Services, Inc.",
            }
    return shown


def _amounts(sale: Sale, line: Line) -> Document:
    of = worth(sale, line)
    shown: Document = {
        "ItemPrice": _money(of.item, sale),
        "ItemTax": _money(of.tax, sale),
        "PromotionDiscount": _money(of.discount, sale),
    }
    if of.shipping:
        shown |= {"ShippingPrice": _money(of.shipping, sale), "ShippingTax": _money(of.shipping_tax, sale)}
    if of.discount:
        shown["PromotionIds"] = [sale.coupon]
    return shown


def _place(sale: Sale) -> Document:
    buyer = sale.buyer
    place = {
        "City": buyer.city,
        "StateOrRegion": buyer.region,
        "PostalCode": buyer.postcode,
        "CountryCode": buyer.country,
    }
    return without_nothing(place)


def _money(amount: Decimal, sale: Sale) -> Document:
    return {"CurrencyCode": sale.currency, "Amount": f"{rounded(amount, sale.currency):f}"}
