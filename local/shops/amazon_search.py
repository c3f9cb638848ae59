"""searchOrders and getOrder of the Orders API 2026-01-01.

https://developer-docs.amazon.com/sp-api/reference/searchorders (2026-08). A search without an end stops two minutes
before now, as it is documented of v0 (`LastUpdatedBefore`, "default: now minus two minutes"); of this version only the
limit of two minutes for what is asked for is. An order that changes while it is paged through comes again.
"""

import base64
import binascii
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from local.shops.amazon_orders import DATASETS, order, status
from local.shops.amazon_parts import (
    DAY,
    Document,
    Refused,
    chosen,
    invalid,
    listed,
    stamp,
    time_of,
    whole,
)
from local.shops.sales import Sale
from local.shops.server import Request

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

KEPT = 730 * DAY  # older orders are not shown
_STATUSES = frozenset(
    "PENDING_AVAILABILITY PENDING UNSHIPPED PARTIALLY_SHIPPED SHIPPED CANCELLED UNFULFILLABLE".split()
)
_FULFILLERS = frozenset({"MERCHANT", "AMAZON"})
_LONGEST_PAGE = 100


def get(shop: "AmazonShop", number: str, request: Request) -> Document:
    return {"order": order(find(shop, number), shop, chosen(request, "includedData", DATASETS))}


def find(shop: "AmazonShop", number: str) -> Sale:
    sale = shop.sales.get(int(digits)) if (digits := number.replace("-", "")).isdecimal() else None
    if sale and shop.order_id(sale) == number and shop.now() - sale.created_at < KEPT:
        return sale
    raise Refused(404, "NotFound", "Resource not found.", f"There is no order {number} of this seller.")


def search(shop: "AmazonShop", request: Request) -> Document:
    """One page, the orders changed longest ago first."""
    field, after, before = _bounds(shop, request)
    wanted = chosen(request, "includedData", DATASETS)
    statuses = chosen(request, "fulfillmentStatuses", _STATUSES, _STATUSES)
    fulfillers = chosen(request, "fulfilledBy", _FULFILLERS, _FULFILLERS)
    places = listed(request, "marketplaceIds")
    if not places or len(places) > 50:
        raise invalid("marketplaceIds is required and holds at most 50 values.")
    size = whole(request, "maxResultsPerPage", _LONGEST_PAGE, _LONGEST_PAGE)

    def key(sale: Sale) -> tuple[str, int]:
        return stamp(sale.created_at if field == "created" else sale.version), sale.id

    begin = _continued(shop, request)
    found = sorted(
        (
            sale
            for sale in shop.sales.values()
            if after <= (sale.created_at if field == "created" else sale.version) <= before
            and shop.now() - sale.created_at < KEPT
            and shop.marketplace.id in places
            and status(sale) in statuses
            and ("AMAZON" if shop.by_amazon(sale) else "MERCHANT") in fulfillers
            and (begin is None or key(sale) > begin)
        ),
        key=key,
    )
    answer: Document = {"orders": [order(sale, shop, wanted) for sale in found[:size]]}
    if len(found) > size:
        answer["pagination"] = {"nextToken": _token(shop, request, key(found[size - 1]))}
    answer[f"{field}Before"] = stamp(before)
    return answer


def _bounds(shop: "AmazonShop", request: Request) -> tuple[str, datetime, datetime]:
    """Which time is asked for, from when and until when."""
    given = [field for field in ("created", "lastUpdated") if request.argument(f"{field}After")]
    if len(given) != 1:
        raise invalid("Exactly one of createdAfter and lastUpdatedAfter must be provided.")
    (field,) = given
    other = "created" if field == "lastUpdated" else "lastUpdated"
    if request.argument(f"{other}Before"):
        raise invalid(f"{other}Before may not be provided together with {field}After.")
    after, before = time_of(request, f"{field}After"), time_of(request, f"{field}Before")
    assert after is not None
    latest = shop.now() - shop.search_lag
    if before and (before > latest or before < after):
        raise invalid(f"{field}Before must not be before {field}After, and at least two minutes before now.")
    return field, after, before or latest


def _asked(request: Request) -> list[list[str]]:
    """What a page token is good for: the same question; only the size of the page may change."""
    return sorted([k, v] for k, v in request.query if k not in ("paginationToken", "maxResultsPerPage"))


def _token(shop: "AmazonShop", request: Request, last: tuple[str, int]) -> str:
    held = {"asked": _asked(request), "last": last, "until": stamp(shop.now() + timedelta(hours=24))}
    return base64.urlsafe_b64encode(json.dumps(held).encode()).decode()


def _continued(shop: "AmazonShop", request: Request) -> tuple[str, int] | None:
    """The last order of the page before; tokens live for a day."""
    given = request.argument("paginationToken")
    if not given:
        return None
    try:
        held = json.loads(base64.urlsafe_b64decode(given))
    except (binascii.Error, ValueError):
        raise invalid("Invalid value for paginationToken.") from None
    if held["asked"] != _asked(request) or held["until"] < stamp(shop.now()):
        raise invalid("Invalid value for paginationToken.")
    at, number = held["last"]
    return at, number
