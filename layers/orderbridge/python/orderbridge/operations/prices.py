"""Prices: say them where no ERP does, see what counts and what shops show, and decide about those that were held."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from orderbridge import erps, platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound, TemporaryFailure
from orderbridge.goods import MOST_PRICES, Price, refusal
from orderbridge.operations.inputs import moment, valid
from orderbridge.operations.tabular import Read, rows
from orderbridge.pricing import Limits, priced, words
from orderbridge.tables.control import PRICE, PRICES, counterparty
from orderbridge.tables.goods import Kept
from orderbridge.tables.held import DISCARDED, RELEASED, HeldPrice
from orderbridge.tags import Tag, price_of

NEEDED, OPTIONAL = ("sku", "currency", "price"), ("store", "compare_at", "sale", "sale_from", "sale_until")
MERCHANT = "merchant"  # the source of what was said here, not by an ERP
_TRIES = 8


@dataclass(frozen=True)
class InStore:
    """What one listing of a SKU is to cost, why, and what is known of what its shop shows.

    shall     in words; `changes_at` when that changes by itself
    told_here whether the merchant wants prices told in this store
    """

    store: str
    item_id: str
    told_here: bool
    shall: str
    why: tuple[str, ...]
    changes_at: datetime | None
    state: str
    told: str
    shows: str
    trouble: str
    at: datetime | None
    drift: datetime | None


@dataclass(frozen=True)
class View:
    """`source` is who says the prices: an ERP and its connection, or the merchant; "" where nobody does."""

    sku: str
    source: str
    prices: tuple[Price, ...]
    stores: tuple[InStore, ...]


def say(bridge: Bridge, document: Mapping[str, Any]) -> bool:
    """Enter one price: sku, currency, price, and maybe store, compare_at, sale, sale_from, sale_until.

    False when it was known. Raises InvalidInput: what cannot be a price, an unknown store, an ERP that keeps prices.
    """
    only_ours(bridge)
    price = _price(bridge, document)
    return _change(bridge, price.sku, lambda known: {**known, price.key: price})


def forget(bridge: Bridge, sku: str, currency: str, store: str) -> bool:
    """Say nothing any more of what a SKU costs there; shops keep what they show. False when nothing was said."""
    only_ours(bridge)
    return _change(bridge, valid("SKU", sku), lambda known: {k: p for k, p in known.items() if k != (currency, store)})


def read(bridge: Bridge, content: bytes) -> Read:
    """Enter a sheet. Raises InvalidInput when the file as a whole cannot be read."""
    only_ours(bridge)
    done = Read()
    found = rows(content, NEEDED, OPTIONAL, done.faults)
    return done.all(found, lambda row: say(bridge, {name: cell for name, cell in row.items() if cell}))


def explain(bridge: Bridge, sku: str) -> View:
    """Raises InvalidInput, NotFound."""
    found = view(bridge, valid("SKU", sku))
    if not (found.source or found.stores):
        raise NotFound(f"there is no SKU {sku!r} with a price, and no shop offers it")
    return found


def view(bridge: Bridge, sku: str) -> View:
    kept = bridge.goods.prices([sku])[sku]
    return View(sku, kept.source, kept.prices, _in_stores(bridge, sku, kept))


def _in_stores(bridge: Bridge, sku: str, kept: Kept) -> tuple[InStore, ...]:
    found, now = [], datetime.now(UTC)
    stores = bridge.control.stores()
    for one in bridge.stock.listings(sku):
        listing = one.listing
        if listing.store not in stores:
            continue
        store = stores[listing.store][0]
        shall = priced(kept.prices, store, now, platforms.load(store.platform).PRICE_PARTS)
        key = sku, listing.item_id
        tag: Tag = bridge.goods.tags(PRICE, store.id, [key])[key]
        told = words(price_of(tag.told), store.currency) if tag.told else ""
        found.append(
            InStore(
                store.id,
                listing.item_id,
                store.prices,
                words(shall.shown, store.currency),
                shall.steps,
                shall.until,
                tag.state,
                told,
                tag.shown,
                tag.trouble,
                tag.at,
                tag.drift,
            )
        )
    return tuple(found)


def held(bridge: Bridge) -> list[HeldPrice]:
    """Prices that wait for a person, oldest first."""
    return bridge.held.waiting()


def decide(bridge: Bridge, which: Sequence[str], word: str, who: str, why: str) -> list[HeldPrice]:
    """Release or discard held prices: those of these SKUs or ids (store#sku#item), all without any.

    A discarded price is not told until the price is another one. Raises InvalidInput, NotFound.
    """
    if word not in (RELEASED, DISCARDED):
        raise InvalidInput(f"{word[:20]!r}: released or discarded is expected")
    if not (who.strip() and why.strip()):
        raise InvalidInput("it is recorded who decides, and why: both are needed")
    waiting = held(bridge)
    mine = [one for one in waiting if not which or one.sku in which or one.id in which]
    if missing := [name for name in which if not any(name in (one.sku, one.id) for one in mine)]:
        raise NotFound(f"no price of {', '.join(missing)} is held")
    now = datetime.now(UTC)
    decided = [bridge.held.decide(one, word, who, why) for one in mine]
    if word == RELEASED:
        for one in decided:
            id = f"{one.sku}#{one.item}"
            bridge.control.add_todo(counterparty(one.store), PRICES, PRICE, id, uuid.uuid4().hex, now)
        bridge.queues.ring_all({counterparty(one.store) for one in decided})
    return decided


def set_limit(bridge: Bridge, percent: int) -> Limits:
    """Raises InvalidInput."""
    if not 1 <= percent <= 1000:
        raise InvalidInput(f"{percent} %: from 1 to 1000 is expected")
    bridge.held.save_limits(Limits(percent))
    return Limits(percent)


def only_ours(bridge: Bridge) -> None:
    """Raises InvalidInput where the ERP keeps prices and products: what is said here would last a minute."""
    name = bridge.control.erp()
    if erps.load(name).supports("prices"):
        raise InvalidInput(f"prices and products are those of the ERP {name}: change them there")


def _price(bridge: Bridge, document: Mapping[str, Any]) -> Price:
    if strange := sorted(document.keys() - {*NEEDED, *OPTIONAL}):
        raise InvalidInput(f"a price has no {', '.join(strange)[:100]}")
    said = {name: value for name, value in document.items() if value not in ("", None)}
    for name in ("sale_from", "sale_until"):
        if isinstance(said.get(name), str):
            said[name] = moment(said[name], bridge.settings.time_zone)
    if any(isinstance(said.get(name), float) for name in ("price", "compare_at", "sale")):
        raise InvalidInput("an amount is written as text, or as a number that was read exactly")
    try:
        price = Price.model_validate(said)
    except ValidationError as error:
        raise InvalidInput(refusal(error)) from None
    if price.store and (store := bridge.control.store(price.store)).currency != price.currency:
        raise InvalidInput(f"{store.id} sells in {store.currency}, not in {price.currency}", store=store.id)
    return price


def _change(
    bridge: Bridge, sku: str, change: Callable[[dict[tuple[str, str], Price]], dict[tuple[str, str], Price]]
) -> bool:
    """Read, change, write on the condition that nobody else has written. False when all is as it was."""
    for _ in range(_TRIES):
        before = bridge.goods.prices([sku])[sku]
        known = {price.key: price for price in before.prices}
        prices = tuple(sorted(change(known).values(), key=lambda price: price.key))
        if prices == before.prices:
            return False
        if len(prices) > MOST_PRICES:
            raise InvalidInput(f"{sku} would have more than {MOST_PRICES} prices")
        revision = before.revision + 1 if before.source == MERCHANT else 1
        if bridge.goods.save_prices(sku, Kept(prices, None, MERCHANT, revision), before):
            return True
    raise TemporaryFailure(f"the prices of {sku} are being changed by others")
