"""An order of Orders API v0 (`getOrder` and `getOrderItems`) in the words of 2026-01-01, so that one reader reads both.

The words follow Amazon's own table of the migration (selling-partner-api-samples, 2026-05). Quirks, from the model of
2026-08-05 and its examples: amounts are per item and not per unit; a cancelled item has a quantity of 0; booleans of
items are texts ("true"); "Canceled" has one l; a pending order has neither total nor address.
"""

from collections.abc import Mapping
from typing import Any

from orderbridge.model import Store
from orderbridge.platforms.amazon.documents import FACILITATOR, PLATFORM, OrderDocument
from orderbridge.platforms.payloads import read

_STATUS = {
    "Pending": "PENDING",
    "PendingAvailability": "PENDING_AVAILABILITY",
    "Unshipped": "UNSHIPPED",
    "PartiallyShipped": "PARTIALLY_SHIPPED",
    "Shipped": "SHIPPED",
    "InvoiceUnconfirmed": "SHIPPED",  # Brazil: all has left, the invoice is not confirmed
    "Canceled": "CANCELLED",
    "Unfulfillable": "UNFULFILLABLE",
}
_CHANNEL = {"AFN": "AMAZON", "MFN": "MERCHANT"}
_ADDRESS = {
    "name": "Name",
    "companyName": "CompanyName",
    "addressLine1": "AddressLine1",
    "addressLine2": "AddressLine2",
    "addressLine3": "AddressLine3",
    "city": "City",
    "districtOrCounty": "District",
    "municipality": "Municipality",
    "stateOrRegion": "StateOrRegion",
    "postalCode": "PostalCode",
    "countryCode": "CountryCode",
    "phone": "Phone",
}


# Amount of an item -> (kind, subtype) of its proceeds. What a discount saves in tax is taken off.
_PROCEEDS = {
    "ItemPrice": ("ITEM", ""),
    "ShippingPrice": ("SHIPPING", ""),
    "CODFee": ("COD_FEE", ""),
    "PromotionDiscount": ("DISCOUNT", "ITEM"),
    "ShippingDiscount": ("DISCOUNT", "SHIPPING"),
    "CODFeeDiscount": ("DISCOUNT", "COD_FEE"),
    "ItemTax": ("TAX", "ITEM"),
    "ShippingTax": ("TAX", "SHIPPING"),
    "PromotionDiscountTax": ("TAX", "DISCOUNT"),
    "ShippingDiscountTax": ("TAX", "SHIPPING"),
}
_OF_BUYER = {"GiftWrapPrice": ("GIFT_WRAP", ""), "GiftWrapTax": ("TAX", "GIFT_WRAP")}
_TAKEN_OFF = ("PromotionDiscountTax", "ShippingDiscountTax")


def document(order: Any, items: Any, store: Store) -> OrderDocument:
    """From the payload of `getOrder` and the list `OrderItems` of `getOrderItems`. Raises InvalidPayload."""
    rows = [_item(item) for item in items] if isinstance(items, list) else items
    return read(OrderDocument, {**_order(_map(order)), "orderItems": rows}, PLATFORM, store.id)


def _order(order: Mapping[str, Any]) -> dict[str, Any]:
    status, channel = order.get("OrderStatus"), str(order.get("SalesChannel", ""))
    total = {"proceeds": {"grandTotal": _money(order["OrderTotal"])}} if order.get("OrderTotal") else {}
    replaced = {"orderId": order.get("ReplacedOrderId"), "associationType": "REPLACEMENT_ORIGINAL_ID"}
    buyer, address = _map(order.get("BuyerInfo")), _map(order.get("ShippingAddress"))
    return {
        "orderId": order.get("AmazonOrderId"),
        "createdTime": order.get("PurchaseDate"),
        "lastUpdatedTime": order.get("LastUpdateDate"),
        "orderAliases": [{"aliasId": order.get("SellerOrderId"), "aliasType": "SELLER_ORDER_ID"}],
        "associatedOrders": [replaced] if order.get("ReplacedOrderId") else [],
        "salesChannel": {
            "channelName": "NON_AMAZON" if channel.startswith("Non-Amazon") else "AMAZON",
            "marketplaceId": order.get("MarketplaceId"),
        },
        "fulfillment": {
            "fulfillmentStatus": _STATUS.get(str(status), status),
            "fulfilledBy": _CHANNEL.get(str(order.get("FulfillmentChannel")), ""),
            "fulfillmentServiceLevel": order.get("ShipmentServiceLevelCategory"),
            "shipByWindow": {"latestDateTime": order.get("LatestShipDate")},
        },
        "buyer": {
            "buyerName": buyer.get("BuyerName"),
            "buyerEmail": buyer.get("BuyerEmail"),
            "buyerPurchaseOrderNumber": buyer.get("PurchaseOrderNumber"),
        },
        "recipient": {"deliveryAddress": {new: address.get(old) for new, old in _ADDRESS.items()}},
        **total,
    }


def _item(given: Any) -> dict[str, Any]:
    item, buyer = _map(given), _map(_map(given).get("BuyerInfo"))
    rows = [_row(name, item[name], *kind) for name, kind in _PROCEEDS.items() if item.get(name)]
    rows += [_row(name, buyer[name], *kind) for name, kind in _OF_BUYER.items() if buyer.get(name)]
    asks = _map(item.get("BuyerRequestedCancel"))
    request = {"requester": "BUYER", "cancelReason": asks.get("BuyerCancelReason")}
    collected = _map(item.get("TaxCollection")).get("Model") == "MarketplaceFacilitator"
    return {
        "orderItemId": item.get("OrderItemId"),
        "quantityOrdered": item.get("QuantityOrdered"),
        "product": {"asin": item.get("ASIN"), "title": item.get("Title"), "sellerSku": item.get("SellerSKU")},
        "proceeds": {"breakdowns": rows},
        "cancellation": {"cancellationRequest": request} if _true(asks.get("IsBuyerRequestedCancel")) else None,
        "fulfillment": {
            "quantityFulfilled": item.get("QuantityShipped") or 0,
            "packing": {"giftOption": {"giftMessage": buyer.get("GiftMessageText")}},
        },
        "tax": {"taxCollections": [{"model": FACILITATOR}] if collected else []},
    }


def _row(name: str, money: Any, kind: str, subtype: str) -> dict[str, Any]:
    amount = _money(money)
    if name in _TAKEN_OFF:
        amount["amount"] = f"-{amount['amount']}"
    return {"type": kind, "subtotal": amount, "detailedBreakdowns": [{"subtype": subtype, "value": amount}]}


def _money(money: Any) -> dict[str, Any]:
    return {"amount": _map(money).get("Amount"), "currencyCode": _map(money).get("CurrencyCode")}


def _true(value: object) -> bool:
    return value in (True, "true")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
