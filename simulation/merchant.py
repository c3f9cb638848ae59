"""The merchant of the simulation: five shops that offer the same things, and an ERP in which they lie."""

from collections import deque
from decimal import Decimal
from pathlib import Path
from typing import Any

from local.shops.catalogue import KIT_PRODUCTS, KITS, PRODUCTS, Product
from local.shops.sales import Tax
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from simulation.book import Book
from simulation.clock import Clock
from simulation.erp import ErpProcess
from simulation.faults import slow
from simulation.people import Parts
from simulation.plan import Plan
from simulation.warehouse import PLACE
from tests.world import World

_KEPT = 20  # calls and webhooks that a shop remembers: a long run must not fill the memory with them


def connect_shops(plan: Plan, world: World, clock: Clock) -> tuple[Parts, list[Shop]]:
    """Five shops that offer everything, kits included, and what lies on hand of it."""
    stocked = _products(plan.stocked)
    kits = [p for p in KIT_PRODUCTS if set(KITS[p.sku]) <= {product.sku for product in stocked}]
    offered = [*stocked[:12], *kits, *stocked[12:]]  # the first are bought most
    for kit in kits:
        world.kit(kit.sku, KITS[kit.sku])
    shops = _shops(offered, plan.seed)
    for shop in shops:
        shop.now = clock.now
        shop.calls, shop.webhooks.attempts = deque(maxlen=_KEPT), deque(maxlen=_KEPT)
        if isinstance(shop, ShopifyShop):
            shop.graphql.bucket = Bucket(10**6, 10**6)  # the clock runs fast: throttling is a fault of its own
        world.connect(shop, parcels=False)  # a shop that is told one sends two webhooks more for every order
    return {product.sku: KITS.get(product.sku, {product.sku: 1}) for product in offered}, shops


def _products(number: int) -> list[Product]:
    """The demo merchant's, and as many more as are wanted."""
    prices = {"USD": Decimal("19.00"), "EUR": Decimal("17.90"), "JPY": Decimal(2800)}
    more = range(len(PRODUCTS), number)
    return [*PRODUCTS[:number], *(Product(f"HP-PART-{n:04}", f"Spare part {n}", "零件", prices, 100, {}) for n in more)]


def _shops(offered: list[Product], seed: int) -> list[Shop]:
    tax = Tax("消費税", Decimal("0.1"), True)
    return [
        ShopifyShop("shopify-us", offered, locations=(PLACE,), seed=seed),
        ShopifyShop("shopify-jp", offered, locations=(PLACE,), currency="JPY", tax=tax, seed=seed + 1),
        WooShop("woo-eu", offered, seed=seed + 2),
        WooShop("woo-outlet", offered, seed=seed + 3),
        ShopifyShop("shopify-eu", offered, locations=(PLACE,), currency="EUR", seed=seed + 4),
    ]


def listen(shop: Shop, book: Book, clock: Clock) -> None:
    """Note in the book which quantities our calls leave on the shop's shelves."""
    api = shop.api

    def heard(request: Any) -> Any:
        before = [listing.available for listing in shop.listings] if request.writes else []
        answer = api(request)
        for listing, quantity in zip(shop.listings, before, strict=False):
            if listing.available != quantity:
                book.told(shop.name, listing.product.sku, listing.available, clock.seconds())
        return answer

    setattr(shop, "api", heard)  # noqa: B010 - a method of the class, replaced in this one shop


def stocked(parts: Parts) -> list[str]:
    """SKUs that lie on shelves: no kits."""
    return sorted({sku for of in parts.values() for sku in of})


def connect_erp(plan: Plan, world: World, parts: Parts, folder: Path) -> ErpProcess:
    """The merchant's ERP, connected."""
    skus = stocked(parts)
    erp = ErpProcess(
        folder / "erp.log", skus=skus, place=PLACE, seed=plan.seed, slow=slow(plan), clock=str(folder / "clock")
    )
    world.bridge.vault.put_erp("demo", erp.credentials)
    world.bridge.control.save_erp("demo")
    return erp
