"""A shop tells what it shows of a listing: our own write coming back starts nothing, another number is looked at.

A sale of the shop comes this way, too, mostly before its order does. So nobody looks at once: when the time comes and
the shop has been read since, as it is after every order, there is nothing left to look at.
"""

import uuid
from datetime import datetime, timedelta

from orderbridge.bridge import Bridge
from orderbridge.model import Store
from orderbridge.platforms.base import Look, Seen
from orderbridge.tables.control import counterparty

_LONGEST = 400  # characters of a platform's words; a listing should stay below 1 kB
_LATER = timedelta(seconds=30)  # an order takes a few


def seen(bridge: Bridge, store: Store, shown: Seen, now: datetime) -> str:
    """Compare with what we believe; a listing that shows something else is looked at later. Returns why, or why not."""
    sku = bridge.control.sku_of(store.id, shown.item_id)
    if not sku or shown.location not in store.locations:
        return "ignored: not one of our listings"
    if _believed(bridge, store, sku, shown):
        return "ignored: it shows what we know"
    # Sent and not yet recorded? A push is closed after its listings are written: so look at these once more.
    for push in bridge.control.open_pushes(store.id):
        if [shown.item_id, shown.location, shown.units] in push.get("quantities", ()):
            return "ignored: our own write"
    if _believed(bridge, store, sku, shown):
        return "ignored: our own write"
    bridge.control.look_at(counterparty(store.id), f"{sku}#{shown.item_id}", uuid.uuid4().hex, now, now + _LATER)
    return "looked at later: it shows another number"


def said(bridge: Bridge, store: Store, about: Look, now: datetime) -> str:
    """Something was said about a listing: it is looked at later; until it shows what it should, the words are kept."""
    sku = bridge.control.sku_of(store.id, about.item_id)
    if not sku:
        return "ignored: not one of our listings"
    who, id = counterparty(store.id), f"{sku}#{about.item_id}"
    bridge.control.look_at(who, id, uuid.uuid4().hex, now, now + _LATER, about.words[:_LONGEST])
    return "looked at later: something was said about it"


def _believed(bridge: Bridge, store: Store, sku: str, shown: Seen) -> bool:
    """Whether it is what was written or read last, or that less what the shop is known to have sold since."""
    shelved = bridge.stock.shelved(store.id, [(sku, shown.item_id)]).get((sku, shown.item_id))
    if shelved is None or (units := shelved.shelf.quantities.get(shown.location)) is None:
        return True  # gone; or new, and on the list of things to be looked at since it was listed
    sold = max(0, bridge.stock.level(sku).sold.get(store.id, 0) - shelved.shelf.sold)
    return units - sold <= shown.units <= units
