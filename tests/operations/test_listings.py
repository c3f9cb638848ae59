"""Listings: imported by exact SKU, mapped by hand, once; what cannot be matched is named."""

import pytest

from local.shops.catalogue import KITS, PRODUCTS
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.bridge import Bridge
from orderbridge.errors import NotFound
from orderbridge.model import Kit
from orderbridge.operations import kits, listings, stores
from tests.operations.conftest import store_of


@pytest.fixture
def shop(bridge: Bridge, us: ShopifyShop) -> ShopifyShop:
    stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    return us


def stocked(bridge: Bridge, *skus: str) -> None:
    for sku in skus:
        bridge.stock.table.write(bridge.stock.change_level(sku, {}))


def test_everything_known_is_listed_once(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, *(product.sku for product in PRODUCTS))
    for sku, components in KITS.items():
        kits.define(bridge, Kit(sku=sku, components=components))
    done = listings.import_all(bridge, shop.name)
    assert done.offers == len(shop.listings)
    assert done.listed == len(shop.listings) - 1
    assert len(done.blank) == 1
    assert "Letterpress cards" in done.blank[0]
    assert (done.unmatched, done.created, done.duplicates) == ([], [], [])
    again = listings.import_all(bridge, shop.name)
    assert (again.listed, again.known_before) == (0, done.listed)
    assert bridge.control.stores()[shop.name][1] == done.listed
    mug = bridge.stock.listings("HP-MUG-01")[0].listing
    reference = f"{mug.product_id}#{mug.variant_id}"
    assert bridge.control.mapped(shop.name, [reference]) == {reference: "HP-MUG-01"}
    assert bridge.stock.level("HP-MUG-01").dirty, "a new listing is pushed"


def test_an_unknown_sku_is_named_or_created(bridge: Bridge, shop: ShopifyShop) -> None:
    first = listings.import_all(bridge, shop.name)
    assert (first.listed, len(first.unmatched)) == (0, len(shop.listings) - 1)
    second = listings.import_all(bridge, shop.name, create=True)
    assert (second.listed, len(second.created)) == (len(shop.listings) - 1,) * 2
    assert bridge.stock.level("HP-MUG-01").balance() == 0


def test_a_sku_offered_twice_is_listed_twice_and_named(bridge: Bridge, shop: ShopifyShop) -> None:
    shop.listings[1].sku = shop.listings[0].sku = "HP-MUG-01"
    stocked(bridge, "HP-MUG-01")
    done = listings.import_all(bridge, shop.name)
    assert (done.duplicates, done.listed) == (["HP-MUG-01"], 2)


def test_a_sku_that_cannot_be_ours_is_named(bridge: Bridge, shop: ShopifyShop) -> None:
    shop.listings[0].sku = "MUG#01|blue"
    done = listings.import_all(bridge, shop.name, create=True)
    assert len(done.unusable) == 1
    assert "MUG#01|blue" not in done.created


def test_mapping_by_hand_and_again(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, "HP-CARD-01", "HP-MUG-01")
    blank = listings.import_all(bridge, shop.name).blank[0].split()[0]
    product, variant = blank.split("#")
    with pytest.raises(NotFound, match="no SKU"):
        listings.map_one(bridge, shop.name, product, variant, "HP-CARD-99")
    with pytest.raises(NotFound, match="offers no product"):
        listings.map_one(bridge, shop.name, "1", "2", "HP-CARD-01")
    for sku in ("HP-MUG-01", "HP-MUG-01", "HP-CARD-01"):
        listing = listings.map_one(bridge, shop.name, product, variant, sku)
    assert [s.listing for s in bridge.stock.listings("HP-CARD-01")] == [listing]
    assert listing.item_id not in {s.listing.item_id for s in bridge.stock.listings("HP-MUG-01")}
    assert bridge.control.mapped(shop.name, [blank]) == {blank: "HP-CARD-01"}
    assert bridge.control.stores()[shop.name][1] == 2, "one mug, one card"
    assert listings.import_all(bridge, shop.name).blank == [], "an import leaves a mapping by hand alone"


def test_orders_that_waited_for_the_sku_are_looked_at_again(bridge: Bridge, shop: ShopifyShop) -> None:
    row = {"pk": f"UNMAPPED#{shop.name}", "sk": "sku#HP-MUG-01#7", "order": "7", "reference": "sku#HP-MUG-01"}
    bridge.control.table.write(bridge.control.table.put({**row, "sku": "HP-MUG-01"}))
    assert listings.import_all(bridge, shop.name, create=True).orders_looked_at_again == 1


def test_woocommerce_variations(bridge: Bridge, eu: WooShop) -> None:
    stores.add(bridge, store_of(eu), eu.credentials, eu.webhook_secret)
    done = listings.import_all(bridge, eu.name, create=True)
    assert done.listed == len(eu.listings) - 2
    assert bridge.stock.listings("HP-BOTTLE-01")[0].listing.variant_id
