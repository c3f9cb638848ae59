"""Listings: which of our SKUs each thing that a shop offers is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from orderbridge import mapping
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.lookup import look_up
from orderbridge.mapping import Found
from orderbridge.matching import fits, renamed
from orderbridge.model import Listing
from orderbridge.operations.inputs import valid
from orderbridge.patience import when_allowed
from orderbridge.platforms.listings import Offer
from orderbridge.sweeping import recheck_waiting
from orderbridge.tables.control import counterparty
from orderbridge.tables.listings import Listings


@dataclass
class Imported:
    """What became of a shop's offers; the lists name those that a person should look at.

    known_before  offers whose platform ids were mapped already
    exact       offers newly listed under the very SKU that the shop writes
    by_rule     those listed under another one, by a rule or the mapping file of the store
    duplicates  SKUs that the shop offers more than once: all of them are listed, and share the stock
    blank       offers without a SKU, to be mapped by hand
    ambiguous   offers that could be two SKUs of ours by the store's rules
    unmatched   offers whose SKU we do not stock
    unusable    offers whose SKU cannot be one of ours
    refused     offers whose platform ids are those of something else
    described   listings that the shop calls otherwise than before
    """

    offers: int = 0
    listed: int = 0
    known_before: int = 0
    exact: int = 0
    by_rule: list[str] = field(default_factory=list)
    created: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    unusable: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    described: int = 0
    orders_looked_at_again: int = 0


def import_all(bridge: Bridge, store: str, *, create: bool = False) -> Imported:
    """List what a shop offers: by exactly one of our SKUs, else by the store's mapping file and rules. What is mapped
    already stays as it is.

    create  a SKU that we do not know yet becomes one of ours, without stock, written as the store's rules say
    Raises the errors of the platform, UnknownStore.
    """
    work = _Import(bridge, store, create)
    for page in offers(bridge, store):
        work.page(page)
    done = work.done
    done.duplicates = sorted(sku for sku, times in (work.written | work.ours).items() if times > 1)
    if done.listed:
        _tell(bridge, store)
    done.orders_looked_at_again = recheck_waiting(bridge, bridge.control.store(store), datetime.now(UTC))
    return done


def _tell(bridge: Bridge, store: str) -> None:
    """What is newly listed is told its price and content, where the store is told them at all."""
    record = bridge.control.store(store)
    if record.prices or record.products:
        bridge.control.save_tells(record)
        bridge.queues.ring(counterparty(store))


class _Import:
    """One run: `written` and `ours` count how often the shop offers an SKU, as it writes it and as we do."""

    def __init__(self, bridge: Bridge, store: str, create: bool) -> None:
        self.bridge, self.store, self.create = bridge, bridge.control.store(store), create
        self.listings, self.done = Listings(bridge.stock, bridge.control), Imported()
        self.written, self.ours, self.ids = Counter[str](), Counter[str](), dict[str, str]()

    def page(self, page: list[Offer]) -> None:
        self.done.offers += len(page)
        found, _ = look_up(self.bridge, self.store, {(reference(o), mapping.usable(o.sku)) for o in page})
        known = set(found.known)
        for offer in (offer for offer in page if self._is_one(offer)):
            ref = reference(offer)
            sku = found.mapped.get(ref) or self._sku(offer, Found({}, known, found.named, found.rules))
            if ref in found.mapped:
                self.done.known_before += 1
            elif sku:
                known.add(sku)
                self._list(offer, sku)
            self.written.update([offer.sku] if offer.sku.strip() else [])
            self.ours.update([sku] if sku else [])
        self._describe({offer.item_id: offer for offer in page if reference(offer) in found.mapped}, found)

    def _is_one(self, offer: Offer) -> bool:
        """Whether the shop has not shown other things under the same ids in this run."""
        ref = reference(offer)
        if (first := self.ids.setdefault(ref, offer.sku)) != offer.sku:
            self.done.refused.append(f"{named(offer)}: the shop shows it with the SKUs {first!r} and {offer.sku!r}")
        return first == offer.sku

    def _sku(self, offer: Offer, found: Found) -> str:
        """The SKU of ours that a new offer is, or becomes; "" where a person has to say it."""
        if sku := found.sku(reference(offer), mapping.usable(offer.sku)):
            return sku
        name, rules = named(offer), self.store.rules
        new = renamed(offer.sku.strip(), rules) if rules.said else offer.sku
        if not offer.sku.strip():
            self.done.blank.append(name)
        elif len(fitting := fits(mapping.usable(offer.sku), rules, found.known)) > 1:
            self.done.ambiguous.append(f"{offer.sku} could be {' or '.join(fitting)} ({name})")
        elif not _can_be_ours(new):
            self.done.unusable.append(name)
        elif not self.create:
            self.done.unmatched.append(f"{offer.sku} ({name})")
        else:
            self.done.created.append(new)
            return new
        return ""

    def _list(self, offer: Offer, sku: str) -> None:
        done = self.done
        try:
            added = self.listings.add(_listing(self.store.id, offer, sku))
        except InvalidInput as error:
            done.refused.append(f"{named(offer)}: {error.reason}")
            return
        if added:
            done.listed += 1
            done.exact += sku == offer.sku
            done.by_rule += [f"{offer.sku} is {sku} ({named(offer)})"] if sku != offer.sku else []
        else:  # somebody else was quicker
            done.known_before += 1

    def _describe(self, offers: dict[str, Offer], found: Found) -> None:
        """Keep the names and barcodes that the shop shows now of what is listed."""
        listed = [(found.mapped[reference(offer)], item) for item, offer in offers.items()]
        for (sku, item), shelved in self.bridge.stock.shelved(self.store.id, listed).items():
            if (now := _listing(self.store.id, offers[item], sku)) != shelved.listing:
                self.listings.describe(now)
                self.done.described += 1


def map_one(bridge: Bridge, store: str, product: str, variant: str, sku: str) -> Listing:
    """Say by hand which SKU an offer is, also against what the shop or an earlier mapping says.

    Raises NotFound (the shop has no such offer; we do not know the SKU), InvalidInput, the errors of the platform,
    UnknownStore.
    """
    if valid("SKU", sku) not in bridge.stock.known([sku])[0]:
        raise NotFound(f"there is no SKU {sku!r}; receive stock of it first, or define it as a kit")
    ref = mapping.of_ids(product, variant)
    offer = next((o for page in offers(bridge, store) for o in page if reference(o) == ref), None)
    if offer is None:
        raise NotFound(f"store {store} offers no product {product!r} with variant {variant!r}", store=store)
    listing, listings = _listing(store, offer, sku), Listings(bridge.stock, bridge.control)
    before = bridge.control.mapped(store, [ref]).get(ref)
    written = before == sku or (listings.move(listing, before) if before else listings.add(listing))
    if not written:
        raise InvalidInput(f"{ref} of {store} is being mapped by somebody else; try again", store=store)
    _tell(bridge, store)
    recheck_waiting(bridge, bridge.control.store(store), datetime.now(UTC))
    return listing


def offers(bridge: Bridge, store: str) -> Iterator[list[Offer]]:
    """All that a shop offers, page by page; a shop that asks to slow down is given time.

    Raises the errors of the platform, UnknownStore.
    """
    shop, token = bridge.shop(store), ""
    while True:
        page = when_allowed(partial(shop.list_products, token))
        yield page.offers
        if not (token := page.token):
            return


def reference(offer: Offer) -> str:
    return mapping.of_ids(offer.product_id, offer.variant_id)


def named(offer: Offer) -> str:
    """How people find an offer: the ids that `listing map` takes, and what the shop calls it."""
    return f"{reference(offer)} {offer.title}".strip()


def _can_be_ours(sku: str) -> bool:
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
        barcode=offer.barcode,
    )
