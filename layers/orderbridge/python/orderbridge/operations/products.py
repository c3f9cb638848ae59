"""Products: what the merchant calls a SKU by language, its barcode and weight, where no ERP says so; and which stores
are told prices, contents and new listings."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound, TemporaryFailure
from orderbridge.goods import Product, refusal
from orderbridge.model import Store
from orderbridge.operations import stores
from orderbridge.operations.inputs import made, valid
from orderbridge.operations.prices import MERCHANT, only_ours
from orderbridge.operations.tabular import Read, rows
from orderbridge.tables.control import CREATE, PRODUCT, PRODUCTS, counterparty
from orderbridge.tables.goods import PRODUCT as ROW
from orderbridge.tables.goods import Kept
from orderbridge.tags import Tag

NEEDED, OPTIONAL = ("sku",), ("barcode", "grams")
_NAME = re.compile(r"name_([A-Za-z-]+)")
_NEEDS = {"prices": "price_calls", "products": "content_calls", "creates": "create_listing"}
_TRIES = 8


@dataclass(frozen=True)
class View:
    """`listings`: store and item id -> state, what is shown and what is wrong."""

    product: Product
    source: str
    listings: Mapping[str, Tag]


def say(bridge: Bridge, document: Mapping[str, Any]) -> bool:
    """Enter sku, names {language: name}, barcode, grams; what is not named stays. False when it was known.

    Raises InvalidInput.
    """
    only_ours(bridge)
    sku, names = valid("SKU", str(document.get("sku", ""))), document.get("names") or {}
    if not isinstance(names, dict):
        raise InvalidInput('names are {"en": ...}')
    for _ in range(_TRIES):
        before = bridge.goods.products([sku])[sku]
        known = before.product or Product(sku=sku)
        said = {**known.model_dump(), **document}
        said["names"] = {**known.names, **names}
        try:
            product = Product.model_validate(said)
        except ValidationError as error:
            raise InvalidInput(refusal(error)) from None
        if product == before.product:
            return False
        revision = before.revision + 1 if before.source == MERCHANT else 1
        if bridge.goods.save_product(sku, Kept((), product, MERCHANT, revision), before):
            return True
    raise TemporaryFailure(f"the record of {sku} is being changed by others")


def read(bridge: Bridge, content: bytes) -> Read:
    """Enter a sheet with the columns sku and any of barcode, grams, name_<language>. Raises InvalidInput."""
    only_ours(bridge)
    done, first = Read(), content.partition(b"\n")[0].decode("utf-8-sig", "replace")
    names = tuple(f"name_{one.lower()}" for one in dict.fromkeys(_NAME.findall(first)))
    found = rows(content, NEEDED, (*OPTIONAL, *names), done.faults)
    return done.all(found, lambda row: say(bridge, _document(row, names)))


def show(bridge: Bridge, sku: str) -> View:
    """Raises NotFound, InvalidInput."""
    kept = bridge.goods.products([valid("SKU", sku)])[sku]
    if kept.product is None:
        raise NotFound(f"nothing is said of {sku!r} as a product")
    found = {}
    for one in bridge.stock.listings(sku):
        store, key = one.listing.store, (sku, one.listing.item_id)
        found[f"{store} {one.listing.item_id}"] = bridge.goods.tags(PRODUCT, store, [key])[key]
    return View(kept.product, kept.source, found)


def tell(bridge: Bridge, store: str, said: Mapping[str, bool | str], *, check: bool = True) -> Store:
    """Say what beside stock a store is told: prices, products, creates, language; what is not named stays as it is.

    check  ask the shop first whether it lets us
    Raises UnknownStore, InvalidInput: a platform that cannot, a right that is missing.
    """
    before = bridge.control.store(store)
    after = made(Store, **{**before.model_dump(), **said})
    kind = platforms.load(before.platform)
    if unable := [name for name, needs in _NEEDS.items() if getattr(after, name) and not kind.supports(needs)]:
        raise InvalidInput(f"{before.platform} cannot be told {', '.join(unable)} yet", store=store)
    if check and (after.prices or after.products or after.creates) and (problems := stores.problems(bridge, after)):
        raise InvalidInput("; ".join(problems), platform=after.platform, store=store)
    bridge.control.save_tells(after)
    if after.creates and not before.creates:
        _offer_all(bridge, after)
    bridge.queues.ring(counterparty(store))
    return after


def _offer_all(bridge: Bridge, store: Store) -> None:
    """Every product that the store does not list."""
    listed, mark, now = set(bridge.control.all_mapped(store.id).values()), uuid.uuid4().hex, datetime.now(UTC)
    for sku, _ in bridge.goods.all_rows(ROW):
        if sku not in listed:
            bridge.control.add_todo(counterparty(store.id), PRODUCTS, CREATE, sku, mark, now)


def _document(row: Mapping[str, str], names: tuple[str, ...]) -> dict[str, Any]:
    document: dict[str, Any] = {"sku": row["sku"]}
    if said := {name.removeprefix("name_"): row[name] for name in names if row.get(name)}:
        document["names"] = said
    if row.get("barcode"):
        document["barcode"] = row["barcode"]
    if grams := row.get("grams", ""):
        if not grams.isdecimal():
            raise InvalidInput(f"the weight {grams[:20]!r} is not a whole number of grams")
        document["grams"] = int(grams)
    return document
