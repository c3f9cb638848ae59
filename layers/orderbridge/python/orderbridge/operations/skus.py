"""One SKU: what there is, who wants it, what each store may offer and why, what it costs, and what each shop shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orderbridge.bridge import Bridge
from orderbridge.errors import NotFound
from orderbridge.kits import explode
from orderbridge.operations import prices
from orderbridge.operations.inputs import valid
from orderbridge.oversold import oversold
from orderbridge.shelves import Shelved, Told
from orderbridge.stock import Level, available
from orderbridge.tables.items import Item


@dataclass(frozen=True)
class Offer:
    """What one store may sell at one of its locations ("" where the platform has none), and how that comes about."""

    store: str
    location: str
    units: int
    why: tuple[str, ...]


@dataclass(frozen=True)
class OnShelf:
    """
    shows     location -> units, as of the last write or read
    state     new, accepted (the shop took it), verified (seen there), rejected
    unseen    since when the shop has sold units whose orders we have not got
    told      the last number that it took from us, and why
    """

    store: str
    item_id: str
    title: str
    state: str
    shows: Mapping[str, int]
    target: int | None
    unseen: datetime | None
    trouble: str
    at: datetime | None
    told: Told | None


@dataclass(frozen=True)
class OpenHold:
    """Units that an order waits for; `missing` of them are not there: oversold, the later order first."""

    store: str
    order: str
    pool: str
    units: int
    missing: int
    ordered_at: datetime


@dataclass(frozen=True)
class SkuView:
    """`levels` and `holds` by SKU: of the SKU itself, and of its components where it is a kit."""

    sku: str
    components: Mapping[str, int]
    levels: Mapping[str, Level]
    oversold: int
    offers: tuple[Offer, ...]
    listings: tuple[OnShelf, ...]
    holds: Mapping[str, tuple[OpenHold, ...]]
    prices: prices.View


def explain(bridge: Bridge, sku: str) -> SkuView:
    """Raises NotFound, InvalidInput."""
    levels, kits = bridge.stock.snapshot(valid("SKU", sku))
    shelved = bridge.stock.listings(sku)
    if not (sku in kits or shelved or levels[sku].version):
        raise NotFound(f"there is no SKU {sku!r}")
    stores = [store for store, _ in bridge.control.stores().values()]
    offers = [
        Offer(store.id, place, found.number, found.steps)
        for store in stores
        for place in store.locations
        for found in [available(sku, levels, kits, store, place)]
    ]
    parts = explode(sku, kits)
    return SkuView(
        sku,
        dict(kits[sku].components) if sku in kits else {},
        levels,
        sum(max(0, -levels[part].balance()) for part in parts),
        tuple(offers),
        tuple(map(_on_shelf, shelved)),
        {part: tuple(_holds(levels[part], bridge.stock.open_holds(part))) for part in parts},
        prices.view(bridge, sku),
    )


def _on_shelf(shelved: Shelved) -> OnShelf:
    listing, shelf = shelved.listing, shelved.shelf
    return OnShelf(
        listing.store,
        listing.item_id,
        listing.title,
        shelf.state,
        shelf.quantities,
        shelf.target,
        shelf.unseen_since,
        shelf.trouble,
        shelf.at,
        shelf.told,
    )


def _holds(level: Level, rows: list[Item]) -> list[OpenHold]:
    missing = oversold(level, rows)
    holds = [_hold(row, missing.get((row["store"], row["order"], row["pool"]), 0)) for row in rows]
    return sorted(holds, key=lambda hold: hold.ordered_at)


def _hold(row: Mapping[str, Any], missing: int) -> OpenHold:
    return OpenHold(
        row["store"],
        row["order"],
        row["pool"],
        row["quantity"] - row["shipped"],
        missing,
        datetime.fromisoformat(row["created_at"]),
    )
