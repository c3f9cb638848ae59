"""Do all sides agree? What each shop's HTTP API shows, what the bridge offers, and what is left when we count again."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from local.demo import scan
from local.demo.scan import StockView
from local.shops.catalogue import KITS, PRODUCTS
from local.shops.sales import Sale
from local.shops.shop import Shop
from orderbridge.bridge import Bridge
from orderbridge.model import Store
from orderbridge.patience import when_allowed
from orderbridge.stock import Level

PATIENCE = 75.0  # seconds: the sweep comes by once a minute, and finds what a lost bell left behind
LONG = 10.0  # seconds: usually it takes one or two
_PAUSE = 0.2


@dataclass(frozen=True)
class Row:
    """One SKU.

    recount  units left by our own count of the shops' orders, < 0 when more were sold than there were
    balance  the same as the bridge has it; None for a kit, which has no stock of its own
    offers   store -> units that the bridge offers there
    shown    store -> units that the shop's API shows; None where it shows the listing no more
    """

    sku: str
    on_hand: int
    wanted: int
    recount: int
    balance: int | None
    offers: Mapping[str, int]
    shown: Mapping[str, int | None]

    def right(self, store: str) -> bool:
        known = self.balance is None or self.balance == self.recount
        return known and self.shown[store] == self.offers[store] == max(0, self.recount)

    @property
    def all_right(self) -> bool:
        return all(map(self.right, self.shown))


@dataclass(frozen=True)
class Verdict:
    rows: list[Row]
    seconds: float

    @property
    def quantities(self) -> int:
        return sum(len(row.shown) for row in self.rows)

    @property
    def right(self) -> int:
        return sum(row.right(store) for row in self.rows for store in row.shown)

    @property
    def agreed(self) -> bool:
        return self.right == self.quantities > 0


def wait_for_agreement(
    bridge: Bridge, stores: Mapping[str, Store], shops: Mapping[str, Shop], patience: float = PATIENCE
) -> Verdict:
    """Look until every quantity is right after the last webhook has left, or patience is over."""
    started = time.monotonic()
    while True:
        over = time.monotonic() - started > patience
        if over or _worth_a_look(shops):
            verdict = Verdict(look(bridge, stores, shops), time.monotonic() - started)
            if over or verdict.agreed:
                return verdict
        time.sleep(_PAUSE)


def look(bridge: Bridge, stores: Mapping[str, Store], shops: Mapping[str, Shop]) -> list[Row]:
    view, left = scan.stock(bridge), recount(shops)
    shown = {store: _shown(bridge, store, view) for store in stores}
    rows = []
    for sku, listed in sorted(view.listed.items()):
        level = view.levels.get(sku, Level(sku))
        selling = [one.listing.store for one in listed.values()]
        rows.append(
            Row(
                sku,
                sum(level.on_hand.values()),
                sum(map(level.open_units, level.wanted)),
                left[sku],
                None if sku in view.kits else level.balance(),
                {store: view.ats(sku, stores[store]) for store in selling},
                {store: shown[store].get(sku) for store in selling},
            )
        )
    return rows


def recount(shops: Mapping[str, Shop]) -> dict[str, int]:
    """Opening stock less what the shops sold and did not cancel, by the shops' own books; kits by their scarcest."""
    gone: Counter[str] = Counter()
    for sale in (sale for shop in shops.values() for sale in shop.sales.values()):
        for sku, units in _wanted(sale):
            for part, each in KITS.get(sku, {sku: 1}).items():
                gone[part] += each * units
    left = {product.sku: sum(product.stock.values()) - gone[product.sku] for product in PRODUCTS}
    return left | {kit: min(left[part] // each for part, each in parts.items()) for kit, parts in KITS.items()}


def _worth_a_look(shops: Mapping[str, Shop]) -> bool:
    """Whether the shops' memory says what the recount says: asking them over HTTP all the time would slow the demo."""
    left = recount(shops)
    own = ((sku, sum(places.values())) for shop in shops.values() for sku, places in shop.quantities().items())
    return all(shop.webhooks.idle(0) for shop in shops.values()) and all(n == max(0, left[sku]) for sku, n in own)


def _wanted(sale: Sale) -> Iterator[tuple[str, int]]:
    if sale.test:
        return
    for line in sale.lines:
        still = 0 if sale.cancelled_at or sale.deleted else sale.open(line)
        yield line.listing.product.sku, sale.shipped(line) + still


def _shown(bridge: Bridge, store: str, view: StockView) -> dict[str, int]:
    """SKU -> units, asked of the shop over HTTP."""
    mine = {one.listing.item_id: one.listing for one in view.listings() if one.listing.store == store}
    shown: Counter[str] = Counter()
    shop = bridge.shop(store)  # which may ask to slow down: our pushes call it, too
    for (item, _), quantity in when_allowed(partial(shop.read_listings, list(mine.values()))).items():
        shown[mine[item].sku] += quantity.quantity
    return dict(shown)
