"""Stores: add one, change it, check it, stop and start pushing to it."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from orderbridge import money, platforms
from orderbridge.bridge import Bridge, connect
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import AuthFailed, BridgeError, InvalidInput, UnknownStore
from orderbridge.model import Store
from orderbridge.operations import policies, quarantine
from orderbridge.platforms.base import Platform
from orderbridge.tables.accounts import Accounts
from orderbridge.tables.control import counterparty
from orderbridge.vault import TOKEN

_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]+)?(/[^\s?#@]*)?")


@dataclass(frozen=True)
class Connected:
    """A store and the end of its webhook address, which is as secret as a key: POST <WebhookUrl>/<token>; "" for a
    platform that calls no address of ours but writes to its bus."""

    store: Store
    token: str


@dataclass(frozen=True)
class StoreRow:
    store: Store
    listings: int
    todos: int
    waiting_until: datetime | None


def add(
    bridge: Bridge, store: Store, credentials: Mapping[str, str], signing_secret: str, *, check: bool = True
) -> Connected:
    """Connect a new store.

    check  ask the shop first, and write nothing if it finds a problem
    Raises InvalidInput (there is such a store; problems), AuthFailed (credentials incomplete).
    """
    if _calls(store) and not signing_secret:
        raise InvalidInput("the signing secret is empty: webhooks could not be told from forgeries", store=store.id)
    shop = _check(bridge, store, credentials, check)
    if not bridge.control.add_store(store):
        raise InvalidInput(f"there is a store {store.id!r} already; use --update to change it", store=store.id)
    token = secrets.token_urlsafe(32) if _calls(store) else ""
    if token:
        key = platforms.load(store.platform).signing_key(signing_secret)
        bridge.vault.put_inbound(token, _inbound(store, [key]))
    _save(bridge, shop, credentials, token)
    bridge.queues.ask_poll(store.id)
    return Connected(store, token)


def update(
    bridge: Bridge,
    store: Store,
    credentials: Mapping[str, str] | None = None,
    signing_secret: str = "",
    *,
    check: bool = True,
) -> Connected:
    """Change a store's record, and those credentials and the signing secret that are given.

    The previous signing key stays valid beside the new one until the next change, so that no webhook of the change
    itself is refused. Raises UnknownStore, InvalidInput, AuthFailed.
    """
    before = bridge.control.store(store.id)
    known = _secret(bridge, store.id)
    used = {**{k: v for k, v in known.items() if k != TOKEN}, **(credentials or {})}
    shop = _check(bridge, store, used, check)
    if (moved := before.locations != store.locations) or before.terms != store.terms:
        policies.brake(bridge, before, store)
    token = ""
    if _calls(store):
        token = known.get(TOKEN) or secrets.token_urlsafe(32)
        _rotate(bridge, store, token, signing_secret)
    _save(bridge, shop, used, token)
    bridge.control.save_store(store, retell=moved)
    if before.terms != store.terms:
        bridge.control.save_terms(store.id, store.terms)
    bridge.queues.ring(counterparty(store.id))
    return Connected(store, token)


def check(bridge: Bridge, store: str) -> list[str]:
    """Problems in plain words, none when the store can work."""
    record = bridge.control.store(store)
    found = problems(bridge, record) + _misplaced(bridge, record)
    return [*found, f"pushing is paused: {record.paused}"] if record.paused else found


def problems(bridge: Bridge, record: Store) -> list[str]:
    """What a shop says of our credentials for a record that is not saved yet, in plain words."""
    return _problems(record, {k: v for k, v in _secret(bridge, record.id).items() if k != TOKEN})


def listed(bridge: Bridge) -> list[StoreRow]:
    return [
        StoreRow(
            store,
            listings,
            sum(1 for _ in bridge.control.todos(counterparty(store.id))),
            bridge.control.waiting_until(counterparty(store.id)),
        )
        for store, listings in bridge.control.stores().values()
    ]


def pause(bridge: Bridge, store: str, reason: str) -> None:
    """Push nothing to the store until `resume`; its webhooks are taken and kept as before."""
    bridge.control.store(store)
    bridge.control.pause(store, reason or "by an operator")


def resume(bridge: Bridge, store: str) -> int:
    """Push again, at once and everything that waited; returns how many deliveries are looked at again.

    These are the ones that came while the shop refused our credentials, and needed a look at the shop.
    """
    bridge.control.store(store)
    bridge.control.pause(store, "")
    bridge.control.wait_until(counterparty(store), datetime.now(UTC), "resumed by an operator")
    bridge.queues.ring(counterparty(store))
    bridge.queues.ask_poll(store)
    refused = [row for row in quarantine.listed(bridge) if (row.store, row.error) == (store, AuthFailed.__name__)]
    for row in refused:
        quarantine.release(bridge, row.id)
    return len(refused)


def poll(bridge: Bridge, store: str, since: datetime | None) -> None:
    """Have the store's orders read now: what changed since the last complete poll, or since a time.

    Raises UnknownStore, InvalidInput (paused; a platform without such a list).
    """
    record = bridge.control.store(store)
    if record.paused:
        raise InvalidInput(f"the store is paused: {record.paused}", store=store)
    if not platforms.load(record.platform).supports("orders_since"):
        raise InvalidInput(f"{record.platform} has no list of changed orders", store=store)
    bridge.queues.ask_poll(store, since)


def _calls(store: Store) -> bool:
    """Whether its platform calls an address of ours."""
    return platforms.load(store.platform).INBOUND is not None


def _save(bridge: Bridge, shop: Platform, credentials: Mapping[str, str], token: str) -> None:
    """Its credentials, and whose messages of the platform's bus are for it."""
    bridge.vault.put_api(shop.store.id, {**credentials, **({TOKEN: token} if token else {})})
    if shop.supports("account"):
        Accounts(bridge.control).save(shop.store, shop.account(shop.store, shop.credentials))


def _check(bridge: Bridge, store: Store, credentials: Mapping[str, str], ask: bool) -> Platform:
    if money.exponent(store.currency) is None:
        raise InvalidInput(f"{store.currency!r} is not a currency; write EUR, USD, JPY", store=store.id)
    if not _URL.fullmatch(store.url):
        raise InvalidInput(
            f"{store.url!r} is not the address of a shop; write https://shop.example.com", store=store.id
        )
    if found := _misplaced(bridge, store):
        raise InvalidInput("; ".join(found), store=store.id)
    shop = connect(store, dict(credentials))
    if ask and (found := _problems(store, credentials)):
        raise InvalidInput("; ".join(found), platform=store.platform, store=store.id)
    return shop


def _misplaced(bridge: Bridge, store: Store) -> list[str]:
    """What is wrong with the map of locations; the places of an ERP of its own are not known before it names them."""
    ours = [place for places in store.locations.values() for place in places]
    twice = sorted({place for place in ours if ours.count(place) > 1})
    problems = [f"{place} is mapped to two locations of the shop: its units would be offered twice" for place in twice]
    if len(store.locations) > 1 and () in store.locations.values():
        problems.append("a location that sells from all of ours must be the only one: units would be offered twice")
    if bridge.control.erp() == Ledger.name:
        unknown = sorted(set(ours) - set(bridge.control.locations()))
        problems += [f"there is no location {place!r}; add it with `orderbridge stock location`" for place in unknown]
    return problems


def _problems(store: Store, credentials: Mapping[str, str]) -> list[str]:
    try:
        shop = connect(store, dict(credentials))
        return shop.check() if shop.supports("check") else []
    except BridgeError as error:
        return [error.reason]


def _secret(bridge: Bridge, store: str) -> dict[str, Any]:
    try:
        return bridge.vault.api(store)
    except UnknownStore:
        return {}


def _inbound(store: Store, keys: list[str]) -> dict[str, Any]:
    spec = platforms.load(store.platform).INBOUND
    assert spec is not None, "asked only where the platform calls us"
    return {"store": store.id, "platform": store.platform, "keys": keys, "spec": asdict(spec)}


def _rotate(bridge: Bridge, store: Store, token: str, signing_secret: str) -> None:
    try:
        keys = list(bridge.vault.inbound(token)["keys"])
    except UnknownStore:
        keys = []
    new = platforms.load(store.platform).signing_key(signing_secret) if signing_secret else ""
    if new and new not in keys:
        keys = [new, *keys[:1]]
    if not keys:
        raise InvalidInput("the store has no signing secret yet: give one", store=store.id)
    bridge.vault.put_inbound(token, _inbound(store, keys))
