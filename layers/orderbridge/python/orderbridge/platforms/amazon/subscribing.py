"""Subscriptions of Amazon's Notifications API: a destination per queue, and per type of message one subscription to it.

https://developer-docs.amazon.com/sp-api/docs/notifications-api-v1-use-case-guide · destinations belong to the
application and are read and made without a seller; a subscription is made for the seller and ended without one. The
address of a subscription is the ARN of the queue.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from orderbridge.http import NotFound
from orderbridge.platforms.amazon.access import Access
from orderbridge.platforms.base import Subscription

_DESTINATIONS = "/notifications/v1/destinations"
_SUBSCRIPTIONS = "/notifications/v1/subscriptions"
_VERSION = "1.0"


def shown(api: Access, topics: Iterable[str]) -> Iterator[Subscription]:
    addresses = {one["destinationId"]: _address(one) for one in _destinations(api)}
    for topic in topics:
        try:
            found = api.document(api.call("GET", f"{_SUBSCRIPTIONS}/{topic}")).get("payload")
        except NotFound as missing:
            if not missing.code:
                raise
            continue
        if found:
            yield Subscription(found["subscriptionId"], topic, addresses.get(found["destinationId"], "unknown"))


def subscribe(api: Access, topic: str, address: str) -> None:
    body = {"payloadVersion": _VERSION, "destinationId": _destination(api, address)}
    api.document(api.call("POST", f"{_SUBSCRIPTIONS}/{topic}", body=json.dumps(body)))


def unsubscribe(api: Access, subscription: Subscription) -> None:
    api.document(api.call("DELETE", f"{_SUBSCRIPTIONS}/{subscription.topic}/{subscription.id}", grantless=True))


def _destination(api: Access, address: str) -> str:
    """The id of the destination for a queue, which may serve several stores; made where there is none."""
    for one in _destinations(api):
        if _address(one) == address:
            return str(one["destinationId"])
    queue = address.rpartition(":")[2]
    body = {"name": f"orderbridge-{queue}"[:80], "resourceSpecification": {"sqs": {"arn": address}}}
    made = api.document(api.call("POST", _DESTINATIONS, body=json.dumps(body), grantless=True))
    return str(made["payload"]["destinationId"])


def _destinations(api: Access) -> list[dict[str, Any]]:
    return api.document(api.call("GET", _DESTINATIONS, grantless=True)).get("payload") or []


def _address(destination: dict[str, Any]) -> str:
    resource = destination.get("resource") or {}
    sqs, bus = resource.get("sqs") or {}, resource.get("eventBridge") or {}
    return str(sqs.get("arn") or bus.get("name") or "unknown")
