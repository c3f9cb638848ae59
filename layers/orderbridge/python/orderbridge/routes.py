"""The operators' HTTP API: who may, what is asked, and errors as {error, reason, next_action}.

An HTTP API hands over a path with every escape decoded except %25 (seen 2026-11), so an SKU or an order id that holds
a slash reaches us as it is. Routers that split a path at slashes, Powertools' among them, cannot name such an id.
"""

import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from pydantic_core import to_jsonable_python

from orderbridge import jsontext
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, InvalidInput, InvalidPayload, NotFound, TemporaryFailure, UnknownStore
from orderbridge.operations import (
    brake,
    cost,
    decisions,
    erps,
    health,
    ledger,
    orders,
    policies,
    prices,
    products,
    quarantine,
    reconciling,
    shortages,
    skus,
    stores,
    suggestions,
)
from orderbridge.receiving import raw_body

Event = Mapping[str, Any]
_KNOWN, _AGAIN = 300.0, 60.0  # seconds


class Unauthorized(BridgeError):
    """Not with the operator's token."""

    next_action = "Send the operator's token: `Authorization: Bearer ...`."


def respond(bridge: Bridge, event: Event) -> dict[str, Any]:
    """Answer an event of an HTTP API, payload 2.0."""
    try:
        _authorize(bridge, event)
        return _answer(200, _ask(bridge, event))
    except BridgeError as error:
        return _failed(error)


def _authorize(bridge: Bridge, event: Event) -> None:
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    kind, _, given = headers.get("authorization", "").partition(" ")
    # A token that was changed a moment ago must work at once: look again, at most once a minute.
    tokens = (bridge.vault.operator_token(at_least_as_fresh_as=seconds) for seconds in (_KNOWN, _AGAIN))
    right = any(token and hmac.compare_digest(given.strip().encode(), token.encode()) for token in tokens)
    if not (right and kind.lower() == "bearer"):
        raise Unauthorized("the operator's token is missing or wrong")


def _ask(bridge: Bridge, event: Event) -> Any:
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    for known_method, pattern, function in _ROUTES:
        if known_method == method and (found := re.fullmatch(pattern, path, re.DOTALL)):
            return function(bridge, event, *map(unquote, found.groups()))
    raise NotFound("there is no such address or method")


def _enter(bridge: Bridge, event: Event) -> dict[str, bool]:
    """{"entered": false} says that the reference was entered before, with the same content."""
    return {"entered": ledger.enter(bridge, ledger.entry_of(_document(event)), "api")}


def _document(event: Event) -> Any:
    try:
        return jsontext.read(raw_body(event))
    except InvalidPayload as error:
        raise InvalidInput(error.reason) from error


def _give_up(bridge: Bridge, event: Event, id: str) -> Any:
    return quarantine.discard(bridge, id, *_who_and_why(event))


def _of(event: Event) -> dict[str, str]:
    """sku and store, where the address names them."""
    given = event.get("queryStringParameters") or {}
    return {name: given[name] for name in ("sku", "store") if name in given}


def _cost(bridge: Bridge, event: Event) -> Any:
    given = event.get("queryStringParameters") or {}
    wanted = ("orders_per_day", "cost_now", "cost_then", "currency")
    if missing := [name for name in wanted if name not in given]:
        raise InvalidInput(f"{', '.join(missing)} is missing: ?orders_per_day=1000&cost_now=5&cost_then=3&currency=CNY")
    return cost.cost(bridge, *(given[name] for name in wanted))


def _say(bridge: Bridge, event: Event) -> Any:
    """{"sku": ..., "store": ..., "buffer": 2, "cap": 5}; without a buffer or a share the policy there is cleared."""
    document = _document(event)
    said = dict(document) if isinstance(document, dict) else {}
    sku, store = said.pop("sku", ""), said.pop("store", "")
    if not (isinstance(sku, str) and isinstance(store, str)):
        raise InvalidInput("sku and store are texts")
    return policies.change(bridge, sku, store, said)


def _brake(bridge: Bridge, event: Event, run: str, word: str) -> Any:
    return (brake.release if word == "release" else brake.discard)(bridge, run, *_who_and_why(event))


def _decide(bridge: Bridge, event: Event, id: str, choice: str) -> Any:
    return decisions.make(bridge, id, choice, *_who_and_why(event))


def _decide_price(bridge: Bridge, event: Event, which: str, word: str) -> Any:
    return prices.decide(bridge, [which], word, *_who_and_why(event))


def _said(event: Event) -> dict[str, Any]:
    """A document that says something of a SKU."""
    document = _document(event)
    if not isinstance(document, dict):
        raise InvalidInput('{"sku": ..., ...} is expected')
    return document


def _who_and_why(event: Event) -> tuple[str, str]:
    document = _document(event)
    who, why = (document.get(name) if isinstance(document, dict) else None for name in ("who", "why"))
    if not (isinstance(who, str) and isinstance(why, str)):
        raise InvalidInput('{"who": ..., "why": ...} is expected')
    return who, why


_ROUTES: tuple[tuple[str, str, Callable[..., Any]], ...] = (
    ("GET", "/api/health", lambda bridge, _: health.health(bridge)),
    ("GET", "/api/stores", lambda bridge, _: stores.listed(bridge)),
    ("GET", "/api/erp", lambda bridge, _: erps.show(bridge)),
    ("POST", "/api/erp/resume", lambda bridge, _: erps.resume(bridge)),
    ("GET", "/api/orders/([^/]+)/(.+)", lambda bridge, _, store, order: orders.show(bridge, store, order)),
    ("POST", "/api/orders/([^/]+)/(.+)/recheck", lambda bridge, _, store, order: orders.recheck(bridge, store, order)),
    ("GET", "/api/decisions", lambda bridge, _: decisions.listed(bridge)),
    ("GET", "/api/decisions/(.+)", lambda bridge, _, id: decisions.show(bridge, id)),
    ("POST", "/api/decisions/(.+)/([^/]+)", _decide),
    ("GET", "/api/skus/(.+)", lambda bridge, _, sku: skus.explain(bridge, sku)),
    # The role of the API may read no shop's keys, so the shop's catalogue is left to `orderbridge listing suggest`.
    ("GET", "/api/suggestions/([^/]+)", lambda bridge, _, store: suggestions.listed(bridge, store, catalogue=False)),
    ("GET", "/api/cost", _cost),
    ("GET", "/api/oversold", lambda bridge, _: shortages.listed(bridge)),
    ("GET", "/api/policy", lambda bridge, event: policies.show(bridge, **_of(event))),
    ("POST", "/api/policy", _say),
    ("GET", "/api/todos", lambda bridge, _: health.todos(bridge)),
    ("GET", "/api/quarantine", lambda bridge, _: quarantine.listed(bridge)),
    ("POST", "/api/quarantine/(.+)/release", lambda bridge, _, id: quarantine.release(bridge, id)),
    ("POST", "/api/quarantine/(.+)/discard", _give_up),
    ("GET", "/api/reconcile", lambda bridge, _: reconciling.report(bridge)),
    ("GET", "/api/brake", lambda bridge, _: brake.show(bridge)),
    ("POST", "/api/brake/(.+)/(release|discard)", _brake),
    ("GET", "/api/prices/(.+)", lambda bridge, _, sku: prices.explain(bridge, sku)),
    ("POST", "/api/prices", lambda bridge, event: {"entered": prices.say(bridge, _said(event))}),
    ("GET", "/api/products/(.+)", lambda bridge, _, sku: products.show(bridge, sku)),
    ("POST", "/api/products", lambda bridge, event: {"entered": products.say(bridge, _said(event))}),
    ("GET", "/api/held-prices", lambda bridge, _: prices.held(bridge)),
    ("POST", "/api/held-prices/(.+)/(released|discarded)", _decide_price),
    ("GET", "/api/ledger/(.+)/movements", lambda bridge, _, sku: ledger.movements(bridge, sku)),
    ("POST", "/api/ledger/movements", _enter),
)


def _failed(error: BridgeError) -> dict[str, Any]:
    document = {"error": error.name, "reason": error.reason, "next_action": error.next_action}
    if isinstance(error, Unauthorized):
        answer = _answer(401, document)
        answer["headers"]["www-authenticate"] = "Bearer"
        return answer
    if isinstance(error, NotFound | UnknownStore):
        return _answer(404, document)
    return _answer(503 if isinstance(error, TemporaryFailure) else 400, document)


def _answer(status: int, document: Any) -> dict[str, Any]:
    body = json.dumps(to_jsonable_python(document), ensure_ascii=False)
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": body}
