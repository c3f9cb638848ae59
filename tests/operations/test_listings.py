"""Listings: imported by exact SKU, mapped by hand, once; what cannot be matched is named."""

from dataclasses import replace

import pytest

from local.shops.catalogue import KITS, PRODUCTS
from local.shops.faults import Fault
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound, RateLimited
from orderbridge.model import Kit
from orderbridge.operations import kits, listings, rules, stores
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


def test_a_shop_that_asks_to_slow_down_is_given_time(
    bridge: Bridge, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr("orderbridge.patience.time.sleep", waits.append)
    shop.api_faults.script += [Fault.THROTTLED, Fault.THROTTLED]
    assert listings.import_all(bridge, shop.name).offers == len(shop.listings)
    assert len(waits) == 2
    assert min(waits) >= 1


def test_a_shop_that_asks_to_wait_too_long_is_named(
    bridge: Bridge, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter(range(0, 1000, 40))
    monkeypatch.setattr("orderbridge.patience.time.monotonic", lambda: next(clock))
    monkeypatch.setattr("orderbridge.patience.time.sleep", lambda seconds: None)
    shop.api_faults.script += [Fault.THROTTLED] * 3
    with pytest.raises(RateLimited):
        listings.import_all(bridge, shop.name)


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


def test_two_that_are_one_of_ours_are_listed_twice_and_named(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, "HP-MUG-01")
    shop.listings[1].sku = "US-HP-MUG-01"
    rules.change(bridge, shop.name, {"strip_prefix": "US-"})
    done = listings.import_all(bridge, shop.name)
    assert (done.duplicates, done.listed) == (["HP-MUG-01"], 2)
    assert listings.import_all(bridge, shop.name).duplicates == ["HP-MUG-01"], "each time"


def test_what_could_be_two_of_ours_is_named_and_not_listed(bridge: Bridge, shop: ShopifyShop) -> None:
    rules.change(bridge, shop.name, {"ignore_case": True})
    stocked(bridge, "mug-1", "MUG-1")
    shop.listings[0].sku = "Mug-1"
    done = listings.import_all(bridge, shop.name, create=True)
    (found,) = done.ambiguous
    assert found.startswith("Mug-1 could be MUG-1 or mug-1 (")
    assert "Mug-1" not in done.created


def test_the_same_ids_for_two_skus_are_refused(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, "HP-MUG-01", "HP-MUG-02")
    mug, moss = shop.listings[:2]
    moss.product_id, moss.variant_id = mug.product_id, mug.variant_id
    for _ in range(2):
        done = listings.import_all(bridge, shop.name)
        assert len(done.refused) == 1
        assert "the shop shows it with the SKUs 'HP-MUG-01' and 'HP-MUG-02'" in done.refused[0]
    assert bridge.stock.listings("HP-MUG-02") == []
    assert [s.listing.item_id for s in bridge.stock.listings("HP-MUG-01")] == [str(mug.item_id)]


def test_the_same_stock_for_two_skus_is_refused(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, "HP-MUG-01", "HP-MUG-02")
    mug, moss = shop.listings[:2]
    moss.item_id = mug.item_id
    done = listings.import_all(bridge, shop.name)
    (refused,) = done.refused
    assert refused.endswith(f"its stock is item {mug.item_id}, which is listed as HP-MUG-01")
    assert (done.listed, bridge.control.sku_of(shop.name, str(mug.item_id))) == (1, "HP-MUG-01")
    with pytest.raises(InvalidInput, match="which is listed as HP-MUG-01"):
        listings.map_one(bridge, shop.name, str(moss.product_id), str(moss.variant_id), "HP-MUG-02")
    assert bridge.control.stores()[shop.name][1] == 1


def test_a_new_name_and_the_barcode_are_kept(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, "HP-MUG-01")
    listings.import_all(bridge, shop.name)
    mug = shop.listings[0]
    before = bridge.stock.listings("HP-MUG-01")[0]
    assert before.listing.barcode == mug.product.barcode
    mug.product = replace(mug.product, title="Stoneware mug, ocean")
    assert listings.import_all(bridge, shop.name).described == 1
    after = bridge.stock.listings("HP-MUG-01")[0]
    assert after == replace(before, listing=before.listing.model_copy(update={"title": "Stoneware mug, ocean"}))
    assert listings.import_all(bridge, shop.name).described == 0
