"""What is told of contents: titles, barcodes, weights; and the SKUs that a shop is to offer anew."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from orderbridge.bridge import Bridge
from orderbridge.errors import Rejected
from orderbridge.goods import Product
from orderbridge.model import Listing, Store
from orderbridge.platforms.base import Platform
from orderbridge.platforms.listings import Content, ContentRow, PriceRow, RowResult, WriteCall
from orderbridge.pricing import jump, priced
from orderbridge.tables.control import CREATE, PRODUCT
from orderbridge.tables.listings import Listings
from orderbridge.tags import content_of
from orderbridge.telling import TAG, Aspect, Key, Want


class Contents(Aspect[Content]):
    kind: ClassVar[str] = PRODUCT

    @property
    def size(self) -> int:
        return self.shop.CONTENT_BATCH

    def told_here(self) -> bool:
        return self.store.products and self.shop.supports("content_calls")

    def wants(self, listings: Mapping[Key, Listing], now: datetime) -> dict[Key, Want[Content]]:
        tags = self.bridge.goods.tags(self.kind, self.store.id, listings)
        kept = self.bridge.goods.products({sku for sku, _ in listings})
        found = {}
        for key, listing in listings.items():
            if product := kept[key[0]].product:
                found[key] = Want(listing, tags[key], content(product, self.store))
        return found

    def calls(self, wants: Sequence[Want[Content]], push_id: str) -> list[WriteCall]:
        return self.shop.content_calls([ContentRow(want.listing, want.value) for want in wants], push_id)

    def push(self, call: WriteCall) -> Mapping[Key, RowResult]:
        return self.shop.push_contents(call)

    def read(self, listings: Sequence[Listing]) -> Mapping[str, Content]:
        return self.shop.read_contents(listings)

    def fitted(self, want: Want[Content], shown: Content) -> Want[Content]:
        """A variant has no title of its own, and a platform may show no weight: these are not told."""
        value = want.value
        if not shown.title:
            value = replace(value, title="")
        if shown.grams is None:
            value = replace(value, grams=None)
        return replace(want, value=value)

    def agrees(self, want: Want[Content], shown: Content) -> bool:
        value = want.value
        pairs = ((value.title, shown.title), (value.barcode, shown.barcode), (value.grams, shown.grams))
        return all(ours in ("", None) or ours == theirs for ours, theirs in pairs)

    def words(self, value: Content) -> str:
        weight = f"{value.grams} g" if value.grams is not None else ""
        return ", ".join(filter(None, (value.title, value.barcode, weight))) or "nothing"

    def value(self, told: Mapping[str, Any]) -> Content:
        return content_of(told)


def content(product: Product, store: Store) -> Content:
    """What a store's listing of a product says; without a name in the store's language its title stays."""
    return Content(product.sku, product.name(store.language), product.barcode, product.grams)


def create(bridge: Bridge, store: Store, shop: Platform, sku: str, now: datetime) -> bool:
    """Offer a SKU that the shop does not have, unpublished: a person puts it on sale. False when it is offered by now,
    or cannot be: the reason is then in the quarantine."""
    product = bridge.goods.products([sku])[sku].product
    if product is None or not store.creates or not shop.supports("create_listing"):
        return False
    if any(one.listing.store == store.id for one in bridge.stock.listings(sku)):
        return False
    said = content(product, store)
    if not said.title:
        return _refused(bridge, store, sku, f"the product has no name in {store.language}")
    price = priced(bridge.goods.prices([sku])[sku].prices, store, now, shop.PRICE_PARTS)
    if price.record and (reason := jump([], price.record, bridge.held.limits())):
        return _refused(bridge, store, sku, f"its price is one to look at: {reason}")
    row = None
    if price.shown and price.shown.price is not None:
        new = Listing(store=store.id, sku=sku, product_id="new", item_id="new")
        row = PriceRow(new, price.shown.price, price.shown.compare_at)
    try:
        offer = shop.create_listing(said, row)
    except Rejected as error:
        return _refused(bridge, store, sku, error.reason)
    ids = {"product_id": offer.product_id, "variant_id": offer.variant_id, "item_id": offer.item_id}
    listing = Listing(store=store.id, sku=sku, title=offer.title, barcode=offer.barcode, **ids)
    return Listings(bridge.stock, bridge.control).add(listing)


def _refused(bridge: Bridge, store: Store, sku: str, words: str) -> bool:
    error = Rejected("")
    entry = {"store": store.id, "kind": TAG, "topic": CREATE, "sku": sku, "item": "", "raw": ""}
    said = {"error": error.name, "reason": words, "next_action": error.next_action}
    bridge.control.quarantine(f"{CREATE}-{store.id}-{sku}", {**entry, **said})
    return False
