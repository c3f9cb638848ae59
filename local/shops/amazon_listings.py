"""Reading listings of a demo Amazon shop: Listings Items API 2021-08-01.

https://developer-docs.amazon.com/sp-api/docs/listings-items-api-v2021-08-01-reference (2026-08). A listing is known
by the seller's SKU. It is BUYABLE while the merchant (or Amazon's warehouse) has units of it; what Amazon holds has no
quantity here.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.shops.amazon_parts import (
    Document,
    Refused,
    asin,
    chosen,
    denied,
    invalid,
    listed,
    money,
    stamp,
    time_of,
    whole,
)
from local.shops.sales import Listing
from local.shops.server import Request

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

PARTS = frozenset(
    """summaries attributes issues offers fulfillmentAvailability procurement relationships
    productTypes""".split()
)
MOST_IDENTIFIERS = 20
MOST_RESULTS = 1000  # of one search; what is behind them must be asked for in another way
_IDENTIFIERS = frozenset({"ASIN", "EAN", "SKU"})


@dataclass
class Offer:
    """What Amazon holds of one listing beside its quantity.

    channel     DEFAULT while the merchant ships it
    attributes  as the merchant wrote them: name -> list of values
    sale        price, from, until
    told        whether it was buyable when somebody was last told
    """

    listing: Listing
    title: str
    channel: str
    price: Decimal
    created: datetime
    updated: datetime
    attributes: dict[str, list[Any]] = field(default_factory=dict)
    sale: tuple[Decimal, datetime, datetime] | None = None
    issues: list[Document] = field(default_factory=list)
    told: bool = True

    @property
    def buyable(self) -> bool:
        return self.channel != "DEFAULT" or self.listing.available > 0

    def price_at(self, now: datetime) -> Decimal:
        """What a buyer pays now."""
        return self.sale[0] if self.sale and self.sale[1] <= now < self.sale[2] else self.price


def check_place(shop: "AmazonShop", seller: str, request: Request) -> None:
    """The seller is ours, and the marketplace is asked for and is this one."""
    if seller != shop.seller_id:
        raise denied("")
    if listed(request, "marketplaceIds") != [shop.marketplace.id]:
        raise invalid("marketplaceIds is missing or not one of this seller.")


def get(shop: "AmazonShop", sku: str, request: Request) -> Document:
    offer = shop.offers.get(sku)
    if offer is None:
        raise Refused(404, "NOT_FOUND", f"SKU '{sku}' not found in marketplace {shop.marketplace.id}")
    return item(shop, offer, chosen(request, "includedData", PARTS, frozenset({"summaries"})))


def search(shop: "AmazonShop", request: Request) -> Document:
    """One page; of identifiers that are asked for the unknown are left out without a word."""
    wanted = chosen(request, "includedData", PARTS, frozenset({"summaries"}))
    found = sorted(_asked_for(shop, request), key=_order(request), reverse=_descending(request))
    size = whole(request, "pageSize", 10, 20)
    found, start = found[:MOST_RESULTS], _start(request)
    answer: Document = {"numberOfResults": len(found)}
    pages: Document = {}
    if start + size < len(found):
        pages["nextToken"] = _token(start + size)
    if start:
        pages["previousToken"] = _token(max(0, start - size))
    if pages:
        answer["pagination"] = pages
    answer["items"] = [item(shop, offer, wanted) for offer in found[start : start + size]]
    return answer


def _asked_for(shop: "AmazonShop", request: Request) -> list[Offer]:
    given, kind = listed(request, "identifiers"), request.argument("identifiersType")
    if bool(given) != bool(kind):
        raise invalid("identifiers and identifiersType are needed together.")
    if kind and kind not in _IDENTIFIERS:
        raise invalid(f"Invalid value for identifiersType: {kind}.")
    if len(given) > MOST_IDENTIFIERS:
        raise invalid(f"identifiers holds at most {MOST_IDENTIFIERS} values.")
    begin = time_of(request, "createdAfter")
    return [
        offer
        for offer in shop.offers.values()
        if (not kind or _identifier(offer, kind) in given) and (begin is None or offer.created >= begin)
    ]


def _identifier(offer: Offer, kind: str) -> str:
    sku = offer.listing.sku
    return {"SKU": sku, "ASIN": asin(sku), "EAN": offer.listing.product.barcode}[kind]


def _order(request: Request) -> Any:
    by = request.argument("sortBy", "lastUpdatedDate")
    keys = {
        "sku": lambda offer: offer.listing.sku,
        "createdDate": lambda offer: (offer.created, offer.listing.sku),
        "lastUpdatedDate": lambda offer: (offer.updated, offer.listing.sku),
    }
    if by not in keys:
        raise invalid(f"Invalid value for sortBy: {by}.")
    return keys[by]


def _descending(request: Request) -> bool:
    given = request.argument("sortOrder", "DESC")
    if given not in ("ASC", "DESC"):
        raise invalid(f"Invalid value for sortOrder: {given}.")
    return given == "DESC"


def _token(start: int) -> str:
    return base64.urlsafe_b64encode(f"from {start}".encode()).decode()


def _start(request: Request) -> int:
    given = request.argument("pageToken")
    if not given:
        return 0
    try:
        return int(base64.urlsafe_b64decode(given).decode().removeprefix("from "))
    except (binascii.Error, ValueError):
        raise invalid("Invalid value for pageToken.") from None


def status_of(offer: Offer) -> list[str]:
    return ["BUYABLE", "DISCOVERABLE"] if offer.buyable else ["DISCOVERABLE"]


def item(shop: "AmazonShop", offer: Offer, wanted: frozenset[str]) -> Document:
    place, sku = shop.marketplace, offer.listing.sku
    parts: dict[str, Any] = {
        "summaries": [
            {
                "marketplaceId": place.id,
                "asin": asin(sku),
                "productType": "PRODUCT",
                "conditionType": "new_new",
                "status": status_of(offer),
                "itemName": offer.title,
                "createdDate": stamp(offer.created, True),
                "lastUpdatedDate": stamp(offer.updated, True),
            }
        ],
        "attributes": attributes(shop, offer),
        "issues": offer.issues,
        "offers": [
            {
                "marketplaceId": place.id,
                "offerType": "B2C",
                "price": money(offer.price_at(shop.now()), shop.currency),
                "audience": {"value": "ALL", "displayName": "Sell on Amazon"},
            }
        ],
        "fulfillmentAvailability": [_availability(offer)],
        "procurement": [],
        "relationships": [],
        "productTypes": [{"marketplaceId": place.id, "productType": "PRODUCT"}],
    }
    return {"sku": sku, **{name: parts[name] for name in parts if name in wanted}}


def attributes(shop: "AmazonShop", offer: Offer) -> dict[str, list[Any]]:
    """What the merchant wrote, and of a listing that was never written to what it began with."""
    place = shop.marketplace
    price = {"currency": place.currency, "our_price": [{"schedule": [{"value_with_tax": offer.price}]}]}
    barcode = {"type": "ean", "value": offer.listing.product.barcode}
    begun: dict[str, Sequence[Document]] = {
        "condition_type": [{"value": "new_new", "marketplace_id": place.id}],
        "externally_assigned_product_identifier": [{**barcode, "marketplace_id": place.id}],
        "item_name": [{"value": offer.title, "language_tag": place.language, "marketplace_id": place.id}],
        "purchasable_offer": [{"marketplace_id": place.id, "audience": "ALL", **price}],
    }
    written = {name: values for name, values in offer.attributes.items() if name != "fulfillment_availability"}
    held = _availability(offer)
    known = {"fulfillment_channel_code": held["fulfillmentChannelCode"]}
    if "quantity" in held:
        known["quantity"] = held["quantity"]
    return {**{name: list(rows) for name, rows in begun.items()}, **written, "fulfillment_availability": [known]}


def _availability(offer: Offer) -> Document:
    if offer.channel != "DEFAULT":
        return {"fulfillmentChannelCode": offer.channel}
    return {"fulfillmentChannelCode": "DEFAULT", "quantity": max(0, offer.listing.available)}
