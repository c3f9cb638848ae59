"""The Notifications API v1 of a demo Amazon shop: destinations and subscriptions.

https://developer-docs.amazon.com/sp-api/docs/notifications-api-v1-reference (2026-08). What has to do with the app
and not with a seller is grantless: destinations, and a subscription by its id. A FIFO queue is no destination.
"""

import re
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from local.shops.amazon_notices import TOPICS, subscription_id
from local.shops.amazon_parts import Document, Refused, invalid, read
from local.shops.server import Request
from local.shops.webhooks import Subscription

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

_ARN = re.compile(r"arn:aws[a-z-]*:sqs:[^:]+:\d+:([\w-]+)(\.fifo)?")


def grantless(parts: Sequence[str]) -> bool:
    """`parts` is the path behind the root."""
    return parts[0] == "destinations" or len(parts) == 3


def answer(shop: "AmazonShop", request: Request, parts: Sequence[str]) -> Document:
    match request.method, list(parts):
        case "GET", ["destinations"]:
            return {"payload": [_destination(shop, id) for id in shop.destinations]}
        case "POST", ["destinations"]:
            return {"payload": _destination(shop, create_destination(shop, read(request.body)))}
        case "GET", ["destinations", id]:
            return {"payload": _destination(shop, _known(shop, id))}
        case "DELETE", ["destinations", id]:
            arn = shop.destinations[_known(shop, id)][1]
            if any(hook.url == arn for hook in shop.subscriptions):
                raise Refused(409, "ResourceConflict", "The destination has subscriptions.")
            del shop.destinations[id]
            return {}
        case "POST", ["subscriptions", topic]:
            asked = read(request.body)
            hook = create_subscription(shop, topic, asked.get("payloadVersion"), asked.get("destinationId"))
            return {"payload": _shown(shop, hook)}
        case "GET", ["subscriptions", topic]:
            return {"payload": _shown(shop, _subscription(shop, topic))}
        case "GET", ["subscriptions", topic, id]:
            return {"payload": _shown(shop, _subscription(shop, topic, id))}
        case "DELETE", ["subscriptions", topic, id]:
            shop.subscriptions.remove(_subscription(shop, topic, id))
            return {}
    raise Refused(404, "NotFound", "Resource not found.")


def create_destination(shop: "AmazonShop", asked: Document) -> str:
    """The new destination's id."""
    resource = asked.get("resourceSpecification")
    queue = resource.get("sqs") if isinstance(resource, dict) else None
    arn = queue.get("arn") if isinstance(queue, dict) else None
    name = asked.get("name")
    if not isinstance(arn, str) or not isinstance(name, str) or not name:
        raise invalid("resourceSpecification.sqs.arn and name are required.")
    match = _ARN.fullmatch(arn)
    if match is None:
        raise invalid("The ARN is not one of an SQS queue.")
    if match[2]:
        raise invalid("FIFO queues are not supported.")
    if any(held == arn for _, held in shop.destinations.values()):
        raise Refused(409, "ResourceConflict", "There is a destination for this queue already.")
    id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{shop.name} {arn}"))
    shop.destinations[id] = name, arn
    return id


def create_subscription(shop: "AmazonShop", topic: str, version: Any, destination: Any) -> Subscription:
    if topic not in TOPICS:
        raise invalid(f"{topic} is not a notification type that can be subscribed to.")
    if version != ("2020-09-04" if topic == "FEED_PROCESSING_FINISHED" else "1.0"):
        raise invalid("payloadVersion is not one of this notification type.")
    if destination not in shop.destinations:
        raise invalid("There is no such destination.")
    if any(topic in hook.topics for hook in shop.subscriptions):
        raise Refused(409, "ResourceConflict", "There is a subscription to this notification type already.")
    hook = Subscription(shop.next_id(), shop.destinations[destination][1], frozenset({topic}))
    shop.subscriptions.append(hook)
    return hook


def _known(shop: "AmazonShop", id: str) -> str:
    if id not in shop.destinations:
        raise Refused(404, "NotFound", "Resource not found.", "There is no such destination.")
    return id


def _subscription(shop: "AmazonShop", topic: str, id: str = "") -> Subscription:
    for hook in shop.subscriptions:
        if topic in hook.topics and id in ("", subscription_id(shop, hook)):
            return hook
    raise Refused(404, "NotFound", "Resource not found.", "There is no such subscription.")


def _destination(shop: "AmazonShop", id: str) -> Document:
    name, arn = shop.destinations[id]
    return {"destinationId": id, "name": name, "resource": {"sqs": {"arn": arn}}}


def _shown(shop: "AmazonShop", hook: Subscription) -> Document:
    (topic,) = hook.topics
    return {
        "subscriptionId": subscription_id(shop, hook),
        "payloadVersion": "2020-09-04" if topic == "FEED_PROCESSING_FINISHED" else "1.0",
        "destinationId": next(id for id, (_, arn) in shop.destinations.items() if arn == hook.url),
    }
