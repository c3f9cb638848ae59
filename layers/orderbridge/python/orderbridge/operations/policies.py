"""The stock policy: what is kept back of a SKU, in a store, or of a SKU in a store, and a store's share of the rest.

What cannot be is refused here, with a reason; nothing of it is ignored later. See `orderbridge.stock.terms` for which
word counts where several were said.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from orderbridge.brake import Fall, too_many
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.model import Store, Terms
from orderbridge.operations.inputs import made, valid
from orderbridge.stock import EVERYWHERE, available, terms
from orderbridge.tables.brakes import Stopped
from orderbridge.tables.control import counterparty

KIND = "policy"  # of a change that the brake has stopped
_PAGE = 100  # listings


@dataclass(frozen=True)
class Said:
    """What was said, and where: "" stands for every SKU, or for every store."""

    sku: str
    store: str
    terms: Terms


@dataclass(frozen=True)
class Policy:
    """`said` of a SKU, of a store or of all, and what of it counts in each store for the SKU that was asked for."""

    said: tuple[Said, ...]
    counts: Mapping[str, Terms]


def show(bridge: Bridge, sku: str = "", store: str = "") -> Policy:
    """Everything that was said of a SKU, of a store, or without both of any store. Raises NotFound, UnknownStore."""
    stores = [bridge.control.store(store)] if store else [found for found, _ in bridge.control.stores().values()]
    said = [Said("", one.id, one.terms) for one in stores]
    if not sku:
        return Policy(tuple(said), {})
    _known(bridge, sku)
    level = bridge.stock.level(sku)
    said += [Said(sku, where, one) for where, one in sorted(level.terms.items()) if store in ("", where) or not where]
    return Policy(tuple(said), {one.id: terms(level, one) for one in stores})


def change(bridge: Bridge, sku: str, store: str, said: Mapping[str, int]) -> Terms:
    """Say what counts from now on for a SKU, a store or both: what was said there before is forgotten as a whole.

    said  buffer, and one of cap, percent, fixed; without any the policy there is cleared
    Raises InvalidInput, NotFound, UnknownStore; nothing is changed then.
    """
    if not (sku or store):
        raise InvalidInput("name a SKU, a store, or both")
    new = made(Terms, **said)
    if new.fixed is not None and not (sku and store):
        raise InvalidInput("units are set apart of one SKU for one store: name both")
    if store:
        bridge.control.store(store)
    if sku:
        _of_sku(bridge, sku, store, new)
    else:
        _of_store(bridge, store, new)
    return new


def brake(bridge: Bridge, before: Store, after: Store) -> None:
    """Stop a change of a store's policy or locations that would take too many SKUs out of it, and ask a person.

    Raises InvalidInput then; the change is kept, see `apply`.
    """
    stocked, falls = _falls(bridge, before, after)
    reason = too_many(len(falls), stocked, bridge.brakes.limits())
    if not reason:
        return
    run, now = f"{KIND}-{uuid.uuid4().hex[:8]}", datetime.now(UTC)
    bridge.brakes.keep(run, falls, now)
    bridge.brakes.stop(Stopped(run, KIND, f"{after.id}: {reason}", now, len(falls), {"store": after.model_dump_json()}))
    raise InvalidInput(f"the brake is on, nothing was changed: {reason}; see `orderbridge brake show`", store=after.id)


def apply(bridge: Bridge, redo: Mapping[str, str]) -> None:
    """Make a change that the brake had stopped, after a person has released it."""
    after = Store.model_validate_json(redo["store"])
    now = bridge.control.store(after.id)
    bridge.control.save_store(now.model_copy(update={"locations": after.locations}), retell=True)
    bridge.control.save_terms(after.id, after.terms)
    bridge.queues.ring(counterparty(after.id))


def _of_sku(bridge: Bridge, sku: str, store: str, new: Terms) -> None:
    _known(bridge, sku)
    offered = {shelved.listing.store for shelved in bridge.stock.listings(sku)}
    if new.fixed and store not in offered:
        raise InvalidInput(f"{store} does not offer {sku}: nobody would sell what is set apart for it", store=store)
    bridge.stock.save_terms(sku, store or EVERYWHERE, new)


def _of_store(bridge: Bridge, store: str, new: Terms) -> None:
    before = bridge.control.store(store)
    brake(bridge, before, before.model_copy(update={"buffer": new.buffer or 0, "cap": new.cap, "percent": new.percent}))
    bridge.control.save_terms(store, new)
    bridge.queues.ring(counterparty(store))


def _falls(bridge: Bridge, before: Store, after: Store) -> tuple[int, dict[str, Fall]]:
    """How many SKUs the store offers now, and which of them it would offer no more."""
    offered, falls, last = 0, dict[str, Fall](), ""
    while page := bridge.control.items(before.id, last, _PAGE):
        for sku, (levels, kits) in bridge.stock.snapshots(set(page.values())).items():
            was, is_ = (
                sum(available(sku, levels, kits, store, place).number for place in store.locations)
                for store in (before, after)
            )
            offered += was > 0
            if was > 0 >= is_:
                falls[sku] = Fall(was, is_)
        last = max(page)
    return offered, falls


def _known(bridge: Bridge, sku: str) -> None:
    if valid("SKU", sku) not in bridge.stock.known([sku])[0]:
        raise NotFound(f"there is no SKU {sku!r}")
