"""What the parts of the demo Amazon shop share: marketplaces, how times, money and errors are written, arguments."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from local.shops.sales import rounded
from local.shops.server import Answer, Request

Document = dict[str, Any]


@dataclass(frozen=True)
class Marketplace:
    """`channel` is what Amazon calls its own warehouses there; `facilitated`: it withholds the tax itself."""

    id: str
    name: str
    channel: str
    currency: str
    language: str
    facilitated: bool = False


# https://developer-docs.amazon.com/sp-api/docs/marketplace-ids (2026-08)
MARKETPLACES = {
    "DE": Marketplace("A1PA6795UKMFR9", "Amazon.de", "AMAZON_EU", "EUR", "de_DE"),
    "US": Marketplace("ATVPDKIKX0DER", "Amazon.com", "AMAZON_NA", "USD", "en_US", facilitated=True),
    "JP": Marketplace("A1VC38T7YXB528", "Amazon.co.jp", "AMAZON_JP", "JPY", "ja_JP"),
}
DAY = timedelta(days=1)


class Refused(Exception):
    """An answer that is an error, in the one form that all of SP-API uses."""

    def __init__(self, status: int, code: str, message: str, details: str = "") -> None:
        super().__init__(message)
        self.answer = failure(status, code, message, details)


def participation(place: Marketplace) -> Document:
    """A row of getMarketplaceParticipations, https://developer-docs.amazon.com/sp-api/docs/sellers-api (2026-08)."""
    about = {
        "id": place.id,
        "name": place.name,
        "countryCode": place.language[-2:],
        "defaultCurrencyCode": place.currency,
        "defaultLanguageCode": place.language,
        "domainName": f"www.{place.name.lower()}",
    }
    return {"marketplace": about, "participation": {"isParticipating": True, "hasSuspendedListings": False}}


def failure(status: int, code: str, message: str, details: str = "") -> Answer:
    return Answer(status, text({"errors": [{"code": code, "message": message, "details": details}]}))


def denied(details: str) -> Refused:
    return Refused(403, "Unauthorized", "Access to requested resource is denied.", details)


def invalid(message: str) -> Refused:
    return Refused(400, "InvalidInput", message)


def text(document: Any) -> str:
    """Numbers that are Decimal are written with their digits: nothing passes through a float."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_number)


def _number(value: Any) -> int | float:
    assert isinstance(value, Decimal), value
    # A price in a listing's attributes is a JSON number; one of two digits survives this float unchanged.
    return int(value) if value == value.to_integral_value() else float(value)


def read(body: bytes) -> Document:
    """A JSON object, its numbers exact."""
    try:
        document = json.loads(body, parse_float=Decimal)
    except ValueError:
        raise invalid("Request body is not valid JSON.") from None
    if not isinstance(document, dict):
        raise invalid("Request body is not an object.")
    return document


def stamp(at: datetime, fraction: bool = False) -> str:
    """ISO 8601 in UTC: whole seconds in orders, milliseconds in notifications and feeds."""
    shown = at.astimezone(UTC).isoformat(timespec="milliseconds" if fraction else "seconds")
    return shown.replace("+00:00", "Z")


def time_of(request: Request, name: str) -> datetime | None:
    given = request.argument(name)
    if not given:
        return None
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        raise invalid(f"Invalid value for {name}. The date must be in ISO 8601 format.") from None
    if at.tzinfo is None:
        raise invalid(f"Invalid value for {name}. The date must be in ISO 8601 format.")
    return at


def listed(request: Request, name: str) -> list[str]:
    """A list argument, comma-delimited."""
    return [part for key, value in request.query if key == name for part in value.split(",") if part]


def chosen(request: Request, name: str, known: frozenset[str], default: frozenset[str] = frozenset()) -> frozenset[str]:
    given = frozenset(listed(request, name))
    if given - known:
        raise invalid(f"Invalid value for {name}: {', '.join(sorted(given - known))}.")
    return given or default


def whole(request: Request, name: str, default: int, most: int) -> int:
    given = request.argument(name, str(default))
    if not given.isdecimal() or not 1 <= int(given) <= most:
        raise invalid(f"Invalid value for {name}. It must be between 1 and {most}.")
    return int(given)


def money(amount: Decimal, currency: str) -> Document:
    """As the Orders API of 2026 and the Listings API write it; without decimals where the currency has none."""
    return {"amount": f"{rounded(amount, currency):f}", "currencyCode": currency}


def asin(sku: str) -> str:
    """Ten characters, the same for a SKU each time."""
    return f"B0{zlib.crc32(sku.encode()):08X}"


def without_nothing(document: Mapping[str, Any]) -> Document:
    """Amazon leaves out what it does not have."""
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}
