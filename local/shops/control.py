"""The handle for people: `/_demo/...` of a demo shop, which no real platform has.

    curl -X POST URL/_demo/sell -d '{"sku": "HP-MUG-01", "quantity": 2}'
    curl URL/_demo/state

Every action takes the arguments of the shop's method of that name as a JSON object.
"""

import inspect
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError, validate_call

from local.shops.sales import ShopRefuses
from local.shops.server import Answer, Request, json_answer

if TYPE_CHECKING:
    from local.shops.shop import Shop

ROOT = "/_demo/"
ACTIONS = frozenset(
    """sell pay edit rediscount cancel refund fulfil deliver delete hold release reopen
    request_return open_return exchange approve_return decline_return close_return""".split()
)


def answer(shop: "Shop", request: Request) -> Answer:
    name = request.path.removeprefix(ROOT)
    if request.method == "GET" and name == "state":
        return json_answer(_state(shop))
    actions = ACTIONS | shop.ACTIONS
    if request.method != "POST" or name not in actions:
        return json_answer({"error": f"GET state, or POST one of {', '.join(sorted(actions))}"}, 404)
    return act(shop, name, request.body)


def act(owner: object, name: str, body: bytes, refusal: type[Exception] = ShopRefuses) -> Answer:
    """Call a method with the arguments in a JSON object; what it returns is the answer's `id`."""
    method = getattr(owner, name)
    try:
        arguments = TypeAdapter(dict[str, Any]).validate_json(body or b"{}")
        result = validate_call(method)(**arguments)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors())
        return json_answer({"error": f"{name}{inspect.signature(method)}: {wrong}"}, 400)
    except refusal as said:
        return json_answer({"error": str(said)}, 409)
    return json_answer({"ok": True, "id": result})


def _state(shop: "Shop") -> dict[str, Any]:
    with shop.lock:
        return {
            "shop": shop.name,
            "platform": shop.platform,
            "currency": shop.currency,
            "quantities": shop.quantities(),
            "orders": [
                {
                    "id": shop.order_id(sale),
                    "number": sale.number,
                    "total": str(sale.total),
                    "version": str(sale.version),
                }
                for sale in shop.sales.values()
            ],
            "webhooks": [{"url": s.url, "active": s.active, "topics": sorted(s.topics)} for s in shop.subscriptions],
        }
