"""Changing listings of a demo Amazon shop: what is checked at once, and what becomes of it later.

https://developer-docs.amazon.com/sp-api/reference/patchlistingsitem (2026-08). A change that reads well is ACCEPTED
and nothing more: it takes effect some time later by the shop's clock, with the number that was given then, whatever
was sold meanwhile; or it ends in an issue of the listing. An unknown SKU is accepted too and stays without effect
(amzn/selling-partner-api-models#2797, #4402). A merchant's quantity for a SKU that lies in Amazon's warehouses makes
it one that the merchant ships.

Which attributes a product type has is in Amazon's product type definitions; only four are known here.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from local.shops import amazon_notices as notices
from local.shops.amazon_listings import Offer
from local.shops.amazon_parts import Document, invalid, read
from local.shops.server import Request

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

ROOT = "/attributes/"
_OPERATIONS = frozenset({"add", "replace", "merge", "delete"})
LATE = timedelta(minutes=10)
Issue = Document


class Outcome(StrEnum):
    """A fault: what may become of an accepted change beside that it takes effect."""

    ISSUE = "issue"  # it ends in an issue of the listing instead
    LATE = "late"  # it takes effect much later than others
    FORGOTTEN = "forgotten"  # it never takes effect, and nobody is told


@dataclass(frozen=True)
class Submission:
    """An accepted change; `values` by attribute, None takes the attribute away."""

    id: str
    sku: str
    values: dict[str, list[Any] | None]
    due: datetime
    outcome: Outcome | None


def patch(shop: "AmazonShop", sku: str, request: Request) -> Document:
    asked = read(request.body)
    if not isinstance(asked.get("productType"), str) or not asked["productType"]:
        raise invalid("productType is required.")
    mode = request.argument("mode")
    if mode not in ("", "VALIDATION_PREVIEW"):
        raise invalid(f"Invalid value for mode: {mode}.")
    values, issues = checked(shop, asked.get("patches"))
    if issues:
        return _answer(sku, "INVALID", issues)
    if mode:
        return _answer(sku, "VALID", [])
    return {**_answer(sku, "ACCEPTED", []), "submissionId": submit(shop, sku, values).id}


def _answer(sku: str, status: str, issues: Sequence[Issue]) -> Document:
    return {"sku": sku, "status": status, "submissionId": secrets.token_hex(16), "issues": list(issues)}


def checked(shop: "AmazonShop", patches: Any) -> tuple[dict[str, list[Any] | None], list[Issue]]:
    """The new values by attribute, and what is wrong with them. A list that is none is refused."""
    if not isinstance(patches, list) or not patches:
        raise invalid("patches is required and must not be empty.")
    values: dict[str, list[Any] | None] = {}
    issues: list[Issue] = []
    for one in patches:
        if not isinstance(one, dict) or one.get("op") not in _OPERATIONS or not isinstance(one.get("path"), str):
            raise invalid("Each patch needs an op (add, replace, merge or delete) and a path.")
        name = one["path"].removeprefix(ROOT)
        if name == one["path"] or "/" in name:
            raise invalid("Invalid path. Only top-level listings item attributes can be patched.")
        values[name], wrong = None, ""
        if one["op"] == "delete":
            wrong = "" if name == "list_price" else f"The attribute {name} cannot be taken away."
        else:
            wrong = problem(shop, name, one.get("value"))
            values[name] = one.get("value")
        if wrong:
            issues.append(issue("90000900", wrong, name))
    return values, issues


def issue(code: str, message: str, attribute: str) -> Issue:
    return {
        "code": code,
        "message": message,
        "severity": "ERROR",
        "attributeNames": [attribute],
        "categories": ["INVALID_ATTRIBUTE"],
    }


def problem(shop: "AmazonShop", name: str, value: Any) -> str:
    """What is wrong with the value of an attribute; "" for nothing."""
    if name not in _CHECKS:
        return f"The attribute {name} is not known to this product type."
    if not isinstance(value, list) or len(value) != 1 or not isinstance(value[0], dict):
        return f"The attribute {name} needs exactly one value."
    if value[0].get("marketplace_id", shop.marketplace.id) != shop.marketplace.id:
        return f"The attribute {name} is for another marketplace."
    try:
        return _CHECKS[name](shop, value[0])
    except (KeyError, IndexError, TypeError):
        return f"The attribute {name} does not have enough values."


def _quantity(shop: "AmazonShop", row: Document) -> str:
    code, units = row["fulfillment_channel_code"], row.get("quantity")
    if code == shop.marketplace.channel:
        return "" if units is None else "What Amazon fulfils has no quantity of the merchant's."
    if code != "DEFAULT":
        return f"The value {code!r} of fulfillment_channel_code is not valid."
    return "" if type(units) is int and units >= 0 else "The quantity must be a whole number of at least 0."


def _title(shop: "AmazonShop", row: Document) -> str:
    return "" if isinstance(row["value"], str) and 0 < len(row["value"]) <= 200 else "The item name is empty or long."


def _list_price(shop: "AmazonShop", row: Document) -> str:
    amount = row["value_with_tax"] if "value_with_tax" in row else row["value"]
    return _amount(shop, row["currency"], amount)


def _offer(shop: "AmazonShop", row: Document) -> str:
    (price,) = row["our_price"][0]["schedule"]
    if wrong := _amount(shop, row["currency"], price["value_with_tax"]):
        return wrong
    if "discounted_price" not in row:
        return ""
    (sale,) = row["discounted_price"][0]["schedule"]
    if wrong := _amount(shop, row["currency"], sale["value_with_tax"]):
        return wrong
    if Decimal(sale["value_with_tax"]) >= Decimal(price["value_with_tax"]):
        return "The discounted price must be lower than the price."
    return "" if _moment(sale["start_at"]) < _moment(sale["end_at"]) else "The discounted price ends before it begins."


def _amount(shop: "AmazonShop", currency: str, amount: Any) -> str:
    if currency != shop.currency:
        return f"The currency must be {shop.currency}."
    if type(amount) not in (int, Decimal) or amount <= 0:
        return "A price must be a number above 0."
    places = 0 if shop.currency == "JPY" else 2
    return "" if amount == round(Decimal(amount), places) else f"A price in {currency} has at most {places} decimals."


def _moment(given: Any) -> datetime:
    """A time that cannot be read is a value that is missing."""
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise TypeError(given) from None
    return at if at.tzinfo else at.astimezone()


_CHECKS: dict[str, Callable[["AmazonShop", Document], str]] = {
    "fulfillment_availability": _quantity,
    "item_name": _title,
    "list_price": _list_price,
    "purchasable_offer": _offer,
}


def submit(shop: "AmazonShop", sku: str, values: dict[str, list[Any] | None]) -> Submission:
    """Take a change in; it is done when it is due."""
    outcome = shop.submission_faults.next()
    due = shop.now() + shop.settles_after + (LATE if outcome is Outcome.LATE else timedelta(0))
    made = Submission(secrets.token_hex(16), sku, values, due, outcome)
    shop.submissions.append(made)
    return made


def settle(shop: "AmazonShop") -> None:
    """Do what is due, in the order in which it falls due; the lock is held."""
    now = shop.now()
    due = sorted((one for one in shop.submissions if one.due <= now), key=lambda one: one.due)
    shop.submissions = [one for one in shop.submissions if one.due > now]
    for one in due:
        offer = shop.offers.get(one.sku)
        if offer is None or one.outcome is Outcome.FORGOTTEN:
            continue
        before = offer.issues
        offer.issues = []
        if one.outcome is Outcome.ISSUE:
            names = ", ".join(one.values)
            offer.issues = [issue("8560", f"The change of {names} was not taken over.", next(iter(one.values)))]
        else:
            _apply(offer, one)
        offer.updated = now
        if offer.issues or before:
            notices.tell_issues(shop, offer.listing)
    for offer in shop.offers.values():
        offer.listing.price = offer.price_at(now)


def _apply(offer: Offer, one: Submission) -> None:
    for name, value in one.values.items():
        if value is None:
            offer.attributes.pop(name, None)
            continue
        offer.attributes[name] = value
        row = value[0]
        if name == "item_name":
            offer.title = row["value"]
        elif name == "fulfillment_availability":
            offer.channel = row["fulfillment_channel_code"]
            offer.listing.tracked = offer.channel == "DEFAULT"
            offer.listing.quantities[""] = row.get("quantity", 0)
        elif name == "purchasable_offer":
            (price,) = row["our_price"][0]["schedule"]
            offer.price, offer.sale = Decimal(price["value_with_tax"]), None
            if "discounted_price" in row:
                (sale,) = row["discounted_price"][0]["schedule"]
                times = _moment(sale["start_at"]), _moment(sale["end_at"])
                offer.sale = Decimal(sale["value_with_tax"]), *times
