"""Listings: which of our SKUs each thing that a shop offers is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from orderbridge import mapping
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.model import Listing
from orderbridge.operations.inputs import valid
from orderbridge.platforms.base import Offer
from orderbridge.sweeping import recheck_waiting
from orderbridge.tables.listings import Listings


@dataclass
class Imported:
    """What became of a shop's offers; the lists name those that a person should look at.

    duplicates  SKUs that the shop offers more than once: all of them are listed, and share the stock
    blank       offers without a SKU, to be mapped by hand
    unmatched   offers whose SKU we do not stock
    unusable    offers whose SKU cannot be one of ours
    """

    offers: int = 0
    listed: int = 0
    known_before: int = 0
    created: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    orders_looked_at_again: int = 0


def import_all(bridge: Bridge, store: str, *, create: bool = False) -> Imported:
    """List everything that a shop offers under exactly one of our SKUs; what is mapped already stays as it is.

    create  a SKU that we do not know yet becomes one of ours, without stock
    Raises the errors of the platform, UnknownStore.
    """
    done, seen = Imported(), Counter[str]()
    for page in _pages(bridge, store):
        mapped = bridge.control.mapped(store, {_reference(offer) for offer in page})
        new = [offer for offer in page if _reference(offer) not in mapped]
        known, _ = bridge.stock.known({offer.sku for offer in new if _usable(offer.sku)})
        for offer in new:
            _take(bridge, store, offer, known, create, done)
        seen.update(offer.sku for offer in page if offer.sku.strip())
        done.offers += len(page)
        done.known_before += len(page) - len(new)
    done.duplicates = sorted(sku for sku, times in seen.items() if times > 1)
    done.orders_looked_at_again = recheck_waiting(bridge, bridge.control.store(store), datetime.now(UTC))
    return done


def _take(bridge: Bridge, store: str, offer: Offer, known: set[str], create: bool, done: Imported) -> None:
    name = f"{_reference(offer)} {offer.title}".strip()
    if not offer.sku.strip():
        done.blank.append(name)
    elif not _usable(offer.sku):
        done.unusable.append(name)
    elif offer.sku not in known and not create:
        done.unmatched.append(f"{offer.sku} ({name})")
    else:
        if offer.sku not in known:
            known.add(offer.sku)
            done.created.append(offer.sku)
        added = Listings(bridge.stock, bridge.control).add(_listing(store, offer, offer.sku))
        done.listed += added
        done.known_before += not added


def map_one(bridge: Bridge, store: str, product: str, variant: str, sku: str) -> Listing:
    """Say by hand which SKU an offer is, also against what the shop or an earlier mapping says.

    Raises NotFound (the shop has no such offer; we do not know the SKU), the errors of the platform, UnknownStore.
    """
    if valid("SKU", sku) not in bridge.stock.known([sku])[0]:
        raise NotFound(f"there is no SKU {sku!r}; receive stock of it first, or define it as a kit")
    reference = mapping.of_ids(product, variant)
    offer = next((o for page in _pages(bridge, store) for o in page if _reference(o) == reference), None)
    if offer is None:
        raise NotFound(f"store {store} offers no product {product!r} with variant {variant!r}", store=store)
    listing, listings = _listing(store, offer, sku), Listings(bridge.stock, bridge.control)
    before = bridge.control.mapped(store, [reference]).get(reference)
    written = before == sku or (listings.move(listing, before) if before else listings.add(listing))
    if not written:
        raise InvalidInput(f"{reference} of {store} is being mapped by somebody else; try again", store=store)
    recheck_waiting(bridge, bridge.control.store(store), datetime.now(UTC))
    return listing


def _pages(bridge: Bridge, store: str) -> Iterator[list[Offer]]:
    shop, token = bridge.shop(store), ""
    while True:
        page = shop.list_products(token)
        yield page.offers
        if not (token := page.token):
            return


def _reference(offer: Offer) -> str:
    return mapping.of_ids(offer.product_id, offer.variant_id)


def _usable(sku: str) -> bool:
    try:
        return bool(valid("SKU", sku).strip())
    except InvalidInput:
        return False


def _listing(store: str, offer: Offer, sku: str) -> Listing:
    return Listing(
        store=store,
        sku=sku,
        product_id=offer.product_id,
        variant_id=offer.variant_id,
        item_id=offer.item_id,
        title=offer.title,
    )
