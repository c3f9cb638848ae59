"""The demo merchant is set up as an operator would do it, with the same library that the command line calls."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.config import Config

from local.engine import session
from local.shops.catalogue import KITS, LOCATIONS, PRODUCTS
from local.shops.shop import Shop
from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.model import Kit, Store
from orderbridge.operations import kits, listings, stores
from orderbridge.settings import Settings

_AT_ONCE = 4  # the engine answers one call at a time; more only wait


def bridge_to(url: str, outputs: Mapping[str, str]) -> Bridge:
    """The library, working on the stack that was deployed to the engine at `url`."""
    names = {output.lower(): value for output, value in outputs.items()}
    # What the stack does not tell is of use to its functions alone, and they are given it as variables.
    told = {field: name for field in Settings.__dataclass_fields__ if (name := field.replace("_", "")) in names}
    settings = Settings(**{field: names[name] for field, name in told.items()})
    aws: boto3.Session = session()
    config = Config(max_pool_connections=2 * _AT_ONCE)
    bridge = Bridge(settings, lambda service: aws.client(service, endpoint_url=url, config=config))
    # Made now, for they are made once and threads would make them at the same time.
    _ = bridge.dynamodb, bridge.vault, bridge.queues
    return bridge


def stock_up(bridge: Bridge) -> None:
    """Locations, receipts of the opening stock, kits. Before there are listings: so no shop is told half of it."""
    ledger = Ledger(bridge)
    for location in LOCATIONS:
        ledger.add_location(location)
    _each(
        lambda row: ledger.receive(row[0], row[1], row[2], f"opening-{row[1]}", who="demo"),
        [(product.sku, place, units) for product in PRODUCTS for place, units in product.stock.items()],
    )
    for sku, components in KITS.items():
        kits.define(bridge, Kit(sku=sku, components=components))


def connect(bridge: Bridge, shop: Shop, webhook_url: str) -> tuple[Store, str]:
    """Add a running shop as a store and list what it offers; returns the store and its webhook address."""
    store = Store(
        id=shop.name,
        platform=shop.platform,
        name=f"Harbour & Pine {shop.currency}",
        url=shop.url,
        currency=shop.currency,
        locations=dict.fromkeys(shop.locations, ()),
        connected_at=datetime.now(UTC),
    )
    token = stores.add(bridge, store, shop.credentials, shop.webhook_secret).token
    listings.import_all(bridge, store.id)
    address = f"{webhook_url}/{token}"
    shop.subscribe(address)
    return store, address


def connect_all(bridge: Bridge, shops: Iterable[Shop], webhook_url: str) -> tuple[dict[str, Store], dict[str, str]]:
    """Stores and webhook addresses, by store id."""
    made = _each(lambda shop: connect(bridge, shop, webhook_url), shops)
    return {store.id: store for store, _ in made}, {store.id: address for store, address in made}


def _each(work: Callable[[Any], Any], things: Iterable[Any]) -> list[Any]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(work, things))
