"""A demo shop that is up, and the bridge around an empty engine."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from local.shops.demo import demo_shops
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.bridge import Bridge
from orderbridge.model import Store
from tests.resources import Aws


@pytest.fixture
def bridge(aws: Aws) -> Bridge:
    return Bridge(aws.settings)


@pytest.fixture
def us() -> Iterator[ShopifyShop]:
    shop = demo_shops()["shopify-us"]
    assert isinstance(shop, ShopifyShop)
    with shop:
        yield shop


@pytest.fixture
def eu() -> Iterator[WooShop]:
    shop = demo_shops()["woo-eu"]
    assert isinstance(shop, WooShop)
    with shop:
        yield shop


def store_of(shop: Shop) -> Store:
    return Store(
        id=shop.name,
        platform=shop.platform,
        url=shop.url,
        currency=shop.currency,
        locations={shop.locations[0]: ()},
        connected_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
