"""Looks up all by which lines or offers of a store may be SKUs of ours, with as few reads as it takes."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from orderbridge.mapping import Found
from orderbridge.matching import candidates
from orderbridge.model import Kit, Store
from orderbridge.tables.spellings import Spellings

if TYPE_CHECKING:
    from orderbridge.bridge import Bridge


def look_up(bridge: "Bridge", store: Store, things: Iterable[tuple[str, str]]) -> tuple[Found, dict[str, Kit]]:
    """What is known of things (reference, SKU as it is written), and the kits among the SKUs that they may be.

    Only those whose platform ids are not mapped are looked up by their SKU.
    """
    wanted = set(things)
    mapped = bridge.control.mapped(store.id, {reference for reference, _ in wanted})
    left = {written for reference, written in wanted if reference not in mapped and written.strip()}
    named = Spellings(bridge.control).named(store, left)
    by_rule = {sku for written in left for sku in candidates(written, store.rules)}
    known, kits = bridge.stock.known({*mapped.values(), *left, *named.values(), *by_rule})
    return Found(mapped, known, named, store.rules), kits
