"""Orders read from a shop go the same way as webhooks: onto the inbound queue."""

import json
from datetime import UTC, datetime

from orderbridge.bridge import Bridge
from orderbridge.model import Order
from orderbridge.platforms.base import Cursor
from orderbridge.queues import HINT, ORDER, Inbound, lay_aside


def poll(bridge: Bridge, store: str, since: datetime, pages: int) -> int:
    """Put every order modified since on the inbound queue, at most so many pages; returns their number.

    Raises the errors of the platform.
    """
    shop, found, cursor = bridge.shop(store), 0, Cursor(since)
    for _ in range(pages):
        page = shop.orders_since(cursor)
        for item in page.items:
            kind, body = (
                (ORDER, item.model_dump_json())
                if isinstance(item, Order)
                else (HINT, json.dumps([item.order_id, item.version.isoformat() if item.version else None]))
            )
            message = Inbound(kind, store, "poll", datetime.now(UTC), body.encode())
            bridge.queues.deliver(lay_aside(message, bridge.archive))
            found += 1
        if page.next is None:
            break
        cursor = page.next
    return found
