"""Plays recorded exchanges to a platform, in place of the network.

tests/recordings/<platform>/<case>.json holds
  call, arguments   a method of Platform; a list that comes in pages is read to its end
  exchanges         what must be sent, in order, and what is answered
  result | raises   what the method makes of it
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from pydantic_core import to_jsonable_python
from requests.adapters import BaseAdapter

from orderbridge import platforms
from orderbridge.errors import BridgeError, RateLimited
from orderbridge.model import Listing, Order, Part
from orderbridge.platforms.base import Cursor, Parcel, Platform, Sending, Subscription
from orderbridge.platforms.listings import Content, ContentRow, PriceRow, StockRow
from tests.platforms.cases import RECORDINGS, Case, connect, plain

# Request headers that every call has; a recording keeps the others, credentials above all.
_USUAL = frozenset("accept accept-encoding connection content-length content-type user-agent".split())


@dataclass(frozen=True)
class Recording:
    platform: str
    path: Path

    def __str__(self) -> str:
        return f"{self.platform}/{self.path.stem}"

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.path.read_text())
        return found


def recordings() -> list[Recording]:
    paths = [(name, path) for name in platforms.names() for path in sorted((RECORDINGS / name).glob("*.json"))]
    return [Recording(name, path) for name, path in paths if path.stem != "store"]


@dataclass
class Replay(BaseAdapter):
    """Answers in order, remembers what was sent, and fails a test that sends without a timeout."""

    exchanges: list[dict[str, Any]]
    sent: list[dict[str, Any]] = field(default_factory=list)

    def send(
        self, request: requests.PreparedRequest, *args: Any, timeout: Any = None, **kwargs: Any
    ) -> requests.Response:
        assert timeout, "a call without a timeout"
        assert max(timeout) <= 30, f"a timeout that outlives a Lambda: {timeout}"
        self.sent.append(request_of(request))
        assert len(self.sent) <= len(self.exchanges), f"one call more than recorded: {self.sent[-1]}"
        return response(request, self.exchanges[len(self.sent) - 1]["response"])

    def close(self) -> None:
        """Nothing is open."""


def request_of(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(str(request.url))
    body = request.body.decode() if isinstance(request.body, bytes) else request.body
    return {
        "method": request.method,
        "path": parts.path,
        "query": dict(parse_qsl(parts.query, keep_blank_values=True)),
        "headers": {name: value for name, value in request.headers.items() if name.lower() not in _USUAL},
        "body": json.loads(body) if body else None,
    }


def response(request: requests.PreparedRequest, given: Mapping[str, Any]) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request, response.url = given["status"], request, str(request.url)
    response.headers.update(given.get("headers", {}))
    body = given["body"]
    response._content = (body if isinstance(body, str) else json.dumps(body)).encode()  # "" is an empty one
    return response


def replayed(recording: Recording) -> tuple[Replay, dict[str, Any]]:
    """What was sent, and the result as the recording has it: {"result": ...} or {"raises": ...}."""
    told = recording.read()
    platform, adapter = connect(recording.platform), Replay(told["exchanges"])
    mount(platform, adapter)
    try:
        return adapter, {"result": CALLS[told["call"]](platform, told["arguments"])}
    except BridgeError as error:
        raised = {"error": error.name, "reason": error.reason, "status": error.status}
        return adapter, {
            "raises": raised | ({"retry_after": error.retry_after} if isinstance(error, RateLimited) else {})
        }


def mount(platform: Platform, adapter: BaseAdapter) -> None:
    for scheme in ("http://", "https://"):
        platform.http.session.mount(scheme, adapter)


def _fetch(platform: Platform, given: dict[str, Any]) -> Any:
    order = platform.fetch(given["order_id"])
    return order and plain(order)


def _orders_since(platform: Platform, given: dict[str, Any]) -> Any:
    page = platform.orders_since(Cursor(datetime.fromisoformat(given["since"])))
    found = list(page.items)
    while page.next is not None:
        page = platform.orders_since(page.next)
        found += page.items
    return [plain(item) for item in found]


def _list_products(platform: Platform, given: dict[str, Any]) -> Any:
    page = platform.list_products()
    offers = list(page.offers)
    while page.token:
        page = platform.list_products(page.token)
        offers += page.offers
    return [asdict(offer) for offer in offers]


def _push_stock(platform: Platform, given: dict[str, Any]) -> Any:
    results = [platform.push_stock(call) for call in platform.stock_calls(rows(given), given["push_id"])]
    return [[*key, asdict(result)] for found in results for key, result in found.items()]


def rows(given: Mapping[str, Any]) -> list[StockRow]:
    """The rows in the arguments of a recorded push_stock."""
    return [StockRow(_listing(row), row["location"], row["quantity"], row["expected"]) for row in given["rows"]]


def _read_listings(platform: Platform, given: dict[str, Any]) -> Any:
    shown = platform.read_listings([_listing(row) for row in given["listings"]])
    return [[*key, value.quantity] for key, value in shown.items()]


def _order(platform: Platform, given: Mapping[str, Any]) -> Order:
    """The order that a recorded parcel belongs to: that of a golden file, or written out."""
    if isinstance(given["order"], dict):
        return Order.model_validate(given["order"])
    return Order.model_validate_json(json.dumps(Case(platform.name, given["order"]).expected()["became"][0]["order"]))


def _parcel(given: Mapping[str, Any]) -> Parcel:
    lines = tuple(Part(line_id=id, quantity=units) for id, units in given["lines"].items())
    return Parcel(**{**given, "lines": lines, "shipped_at": datetime.fromisoformat(given["shipped_at"])})


def _push_tracking(platform: Platform, given: dict[str, Any]) -> None:
    platform.push_tracking(_order(platform, given), given["shipment"], _parcel(given["parcel"]))


def price_rows(given: Mapping[str, Any]) -> list[PriceRow]:
    """The rows in the arguments of a recorded push_prices."""
    return [PriceRow(_listing(row), **_terms(row)) for row in given["rows"]]


def _terms(row: Mapping[str, Any]) -> dict[str, Any]:
    amounts = {name: Decimal(row[name]) for name in ("price", "compare_at", "sale") if row.get(name) is not None}
    times = {name: datetime.fromisoformat(row[name]) for name in ("sale_from", "sale_until") if row.get(name)}
    return {**amounts, **times}


def _push_prices(platform: Platform, given: dict[str, Any]) -> Any:
    calls = platform.price_calls(price_rows(given), given["push_id"])
    return [[*key, asdict(result)] for call in calls for key, result in platform.push_prices(call).items()]


def _read_prices(platform: Platform, given: dict[str, Any]) -> Any:
    shown = platform.read_prices([_listing(row) for row in given["listings"]])
    return {item: to_jsonable_python(asdict(value)) for item, value in shown.items()}


def _push_contents(platform: Platform, given: dict[str, Any]) -> Any:
    rows = [ContentRow(_listing(row), Content(**row["content"])) for row in given["rows"]]
    calls = platform.content_calls(rows, given["push_id"])
    return [[*key, asdict(result)] for call in calls for key, result in platform.push_contents(call).items()]


def _read_contents(platform: Platform, given: dict[str, Any]) -> Any:
    shown = platform.read_contents([_listing(row) for row in given["listings"]])
    return {item: asdict(value) for item, value in shown.items()}


def _create_listing(platform: Platform, given: dict[str, Any]) -> Any:
    price = PriceRow(_listing(given["price"]), **_terms(given["price"])) if given["price"] else None
    return asdict(platform.create_listing(Content(**given["content"]), price))


def _subscription(given: Mapping[str, Any]) -> Subscription:
    return Subscription(given["id"], given["topic"], given["address"], Sending(given["state"]))


def _listing(row: Mapping[str, Any]) -> Listing:
    return Listing.model_validate(row["listing"])


CALLS: dict[str, Callable[[Platform, dict[str, Any]], Any]] = {
    "fetch": _fetch,
    "order_of": lambda platform, given: platform.order_of(given["part"]),
    "orders_since": _orders_since,
    "list_products": _list_products,
    "still_there": lambda platform, given: sorted(platform.still_there(given["order_ids"])),
    "push_stock": _push_stock,
    "read_listings": _read_listings,
    "push_shipment": lambda platform, given: platform.push_shipment(_order(platform, given), _parcel(given["parcel"])),
    "push_tracking": _push_tracking,
    "push_prices": _push_prices,
    "read_prices": _read_prices,
    "push_contents": _push_contents,
    "read_contents": _read_contents,
    "create_listing": _create_listing,
    "check": lambda platform, _: platform.check(),
    "subscriptions": lambda platform, _: [asdict(one) for one in platform.subscriptions()],
    "missing_scopes": lambda platform, _: platform.missing_scopes(),
    "subscribe": lambda platform, given: platform.subscribe(given["topic"], given["address"], given["key"]),
    "repair": lambda platform, given: platform.repair(
        _subscription(given["subscription"]), given["address"], given["key"]
    ),
    "unsubscribe": lambda platform, given: platform.unsubscribe(_subscription(given["subscription"])),
}
