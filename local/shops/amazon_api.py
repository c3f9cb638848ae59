"""SP-API of a demo Amazon shop, as far as a bridge uses it: which operation a call is, who may call it, and its quota.

https://developer-docs.amazon.com/sp-api/docs (2026-08). First the token is looked at, then the quota, then what was
asked for. A SKU is one part of the path, with its slashes escaped.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from local.shops import (
    amazon_feeds,
    amazon_listings,
    amazon_lwa,
    amazon_patches,
    amazon_search,
    amazon_ship,
    amazon_subscriptions,
    amazon_v0,
)
from local.shops.amazon_parts import Document, Refused, denied, participation, text
from local.shops.server import Answer, Request

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

# method, path, and what the model calls it; * is any one part
_OPERATIONS = (
    ("GET", "orders/2026-01-01/orders", "searchOrders"),
    ("GET", "orders/2026-01-01/orders/*", "getOrder"),
    ("GET", "orders/v0/orders/*", "getOrderV0"),
    ("GET", "orders/v0/orders/*/orderItems", "getOrderItemsV0"),
    ("POST", "orders/v0/orders/*/shipmentConfirmation", "confirmShipment"),
    ("GET", "listings/2021-08-01/items/*", "searchListingsItems"),
    ("GET", "listings/2021-08-01/items/*/*", "getListingsItem"),
    ("PATCH", "listings/2021-08-01/items/*/*", "patchListingsItem"),
    ("POST", "feeds/2021-06-30/documents", "createFeedDocument"),
    ("GET", "feeds/2021-06-30/documents/*", "getFeedDocument"),
    ("POST", "feeds/2021-06-30/feeds", "createFeed"),
    ("GET", "feeds/2021-06-30/feeds/*", "getFeed"),
    ("GET", "sellers/v1/marketplaceParticipations", "getMarketplaceParticipations"),
)
_NAMES_A_RATE = (400, 404)  # of the refusals; the models name none for 403 and 429


class Api:
    def __init__(self, shop: "AmazonShop") -> None:
        self.shop = shop

    def answer(self, request: Request) -> Answer:
        if request.path == amazon_lwa.PATH:
            return self.shop.login.answer(request)
        if request.path.startswith(amazon_feeds.UPLOADS):
            return amazon_feeds.storage(self.shop, request)
        headers = {"x-amzn-RequestId": f"demo-{self.shop.next_id()}"}
        limit: dict[str, str] = {}
        try:
            parts = [unquote(part) for part in request.path.strip("/").split("/")]
            operation = _operation(request.method, parts)
            self.shop.login.check(request, _scope(parts))
            limit["x-amzn-RateLimit-Limit"] = self.shop.quotas.take(operation)
            status, document = self._do(operation, parts, request)
        except Refused as refused:
            said = refused.answer
            return Answer(said.status, said.body, headers | (limit if said.status in _NAMES_A_RATE else {}))
        return Answer(status, "" if document is None else text(document), headers | limit)

    def _do(self, operation: str, parts: Sequence[str], request: Request) -> tuple[int, Document | None]:
        shop = self.shop
        match operation:
            case "searchOrders":
                return 200, amazon_search.search(shop, request)
            case "getOrder":
                return 200, amazon_search.get(shop, parts[3], request)
            case "getOrderV0":
                return 200, amazon_v0.order(shop, parts[3])
            case "getOrderItemsV0":
                return 200, amazon_v0.items(shop, parts[3])
            case "confirmShipment":
                amazon_ship.confirm(shop, parts[3], request)
                return 204, None
        return self._do_other(operation, parts, request)

    def _do_other(self, operation: str, parts: Sequence[str], request: Request) -> tuple[int, Document | None]:
        """What has nothing to do with orders."""
        shop = self.shop
        if parts[0] == "sellers":
            return 200, {"payload": [participation(shop.marketplace)]}
        if parts[0] == "feeds":
            return amazon_feeds.answer(shop, request, list(parts[2:]))
        if parts[0] == "notifications":
            return 200, amazon_subscriptions.answer(shop, request, parts[2:])
        amazon_listings.check_place(shop, parts[3], request)
        if operation == "searchListingsItems":
            return 200, amazon_listings.search(shop, request)
        if operation == "patchListingsItem":
            return 200, amazon_patches.patch(shop, parts[4], request)
        return 200, amazon_listings.get(shop, parts[4], request)


def _operation(method: str, parts: Sequence[str]) -> str:
    """Its name in the models; those of the Notifications API are told apart by their methods and paths."""
    for known, path, name in _OPERATIONS:
        shape = path.split("/")
        if (
            known == method
            and len(shape) == len(parts)
            and all(x in ("*", y) for x, y in zip(shape, parts, strict=True))
        ):
            return name
    if list(parts[:2]) == ["notifications", "v1"] and parts[2:]:
        return f"{method} {parts[2]} {len(parts)}"
    raise denied("")  # what API Gateway does not know is forbidden


def _scope(parts: Sequence[str]) -> str:
    """Of a grantless operation; "" for those that need the seller's token."""
    if parts[0] == "notifications" and amazon_subscriptions.grantless(parts[2:]):
        return amazon_lwa.NOTIFICATIONS
    return ""
