"""Contents of listings, and SKUs that a shop is to offer anew."""

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.errors import InvalidInput
from orderbridge.operations import prices, products, quarantine
from orderbridge.tables.control import CREATE
from orderbridge.tags import VERIFIED
from tests.world import World

MUG, BAG, BELL = "HP-MUG-01", "HP-BAG-01", "HP-BELL-01"
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, BAG)]
EAN = "4006381333931"


@pytest.fixture
def shops(world: World) -> tuple[ShopifyShop, WooShop]:
    us, eu = ShopifyShop("us", OFFERED, locations=("HAM",)), WooShop("eu", OFFERED)
    world.connect(us)
    world.connect(eu)
    world.stock({MUG: 5})
    world.settle()
    return us, eu


def say(world: World, sku: str, **more: object) -> None:
    products.say(world.bridge, {"sku": sku, "names": {"en": "Mug", "de": "Becher"}, **more})


def test_contents_are_told_where_the_merchant_wants_it_in_the_stores_language(
    world: World, shops: tuple[ShopifyShop, WooShop]
) -> None:
    us, eu = shops
    products.tell(world.bridge, "eu", {"products": True, "language": "de"})
    say(world, MUG, barcode=EAN, grams=400)
    world.settle()
    assert us.listing(MUG).title == "Stoneware mug, sea", "nobody said so of this store"
    assert (eu.listing(MUG).title, eu.listing(MUG).barcode) == ("Becher", EAN)
    products.tell(world.bridge, "us", {"products": True})
    world.settle()
    assert (us.listing(MUG).title, us.listing(MUG).barcode, us.listing(MUG).weight) == ("Mug", EAN, 400)
    assert {tag.state for tag in products.show(world.bridge, MUG).listings.values()} == {VERIFIED}


def test_a_variant_keeps_the_title_of_its_product(world: World, shops: tuple[ShopifyShop, WooShop]) -> None:
    us, eu = shops
    for store in ("us", "eu"):
        products.tell(world.bridge, store, {"products": True})
    say(world, BAG, barcode=EAN, grams=300)
    world.settle()
    assert {shop.listing(BAG).title for shop in shops} == {"Canvas tote"}
    assert {shop.listing(BAG).barcode for shop in shops} == {EAN}
    assert (us.listing(BAG).weight, eu.listing(BAG).weight) == (300, 280), "WooCommerce is told no weight"


def test_what_is_empty_is_left_as_the_shop_has_it(world: World, shops: tuple[ShopifyShop, WooShop]) -> None:
    us, _ = shops
    before = us.listing(MUG).barcode
    products.tell(world.bridge, "us", {"products": True, "language": "fr"})
    say(world, MUG, grams=390)
    world.settle()
    assert (us.listing(MUG).title, us.listing(MUG).barcode) == ("Stoneware mug, sea", before)
    assert us.listing(MUG).weight == 390


def test_a_new_sku_is_offered_as_a_draft_only_where_the_merchant_wants_it(
    world: World, shops: tuple[ShopifyShop, WooShop]
) -> None:
    us, eu = shops
    prices.say(world.bridge, {"sku": BELL, "currency": "USD", "price": "35"})
    say(world, BELL, barcode=EAN, grams=240)
    world.settle()
    assert len(us.listings) == len(eu.listings) == 2
    products.tell(world.bridge, "us", {"creates": True})
    world.settle()
    made = us.listing(BELL)
    assert made.price == 35
    assert (made.draft, made.title, made.barcode) == (True, "Mug", EAN)
    assert len(eu.listings) == 2
    world.stock({BELL: 7})
    world.settle()
    assert world.shown(BELL) == {"us": 7}, "its stock is told like that of any other"
    products.tell(world.bridge, "eu", {"creates": True, "language": "de"})
    world.settle()
    assert (eu.listing(BELL).draft, eu.listing(BELL).title) == (True, "Becher")


def test_a_lost_answer_makes_no_second_one(world: World, shops: tuple[ShopifyShop, WooShop]) -> None:
    us, eu = shops
    for store, shop in (("us", us), ("eu", eu)):
        products.tell(world.bridge, store, {"creates": True})
        shop.api_faults.script.extend(["", Fault.LOST])
    say(world, BELL)
    world.settle()
    assert [shop.listing(BELL).sku for shop in shops] == [BELL, BELL]
    assert len(us.listings) == len(eu.listings) == 3
    assert len(world.bridge.stock.listings(BELL)) == 2


def test_a_sku_without_a_name_in_the_stores_language_waits_for_one(
    world: World, shops: tuple[ShopifyShop, WooShop]
) -> None:
    us, _ = shops
    products.tell(world.bridge, "us", {"creates": True, "language": "fr"})
    say(world, BELL)
    world.settle()
    (row,) = quarantine.listed(world.bridge)
    assert (row.topic, row.reason) == (CREATE, "the product has no name in fr")
    say(world, BELL, names={"fr": "Cloche"})
    world.settle()
    assert us.listing(BELL).title == "Cloche"
    world.sweep()
    assert quarantine.listed(world.bridge) == []


def test_a_sheet_of_products_and_one_of_prices(world: World, shops: tuple[ShopifyShop, WooShop]) -> None:
    sheet = f"sku;name_en;name_de;grams;barcode\n{MUG};Mug;Becher;400;{EAN}\n{BAG};Bag;;heavy;\n".encode("utf-8-sig")
    done = products.read(world.bridge, sheet)
    assert (done.entered, [fault.line for fault in done.faults]) == (1, [3])
    assert products.read(world.bridge, sheet).repeats == 1
    assert products.show(world.bridge, MUG).product.names == {"en": "Mug", "de": "Becher"}
    sheet = f"sku,currency,price,sale,sale_until\n{MUG},EUR,17,15,2030-01-01T00:00\n{BAG},EUR,-1,,\n".encode()
    read = prices.read(world.bridge, sheet)
    assert (read.entered, [fault.reason for fault in read.faults]) == (1, ["a price below zero"])
    (price,) = prices.explain(world.bridge, MUG).prices
    assert [price.price, price.sale] == [17, 15]
    assert price.sale_until
    assert price.sale_until.isoformat() == "2030-01-01T00:00:00+00:00", "in the merchant's time zone, here UTC"


def test_what_cannot_be_said(world: World, shops: tuple[ShopifyShop, WooShop]) -> None:
    with pytest.raises(InvalidInput, match="sells in EUR, not in USD"):
        prices.say(world.bridge, {"sku": MUG, "currency": "USD", "price": "1", "store": "eu"})
    with pytest.raises(InvalidInput, match="a price has no colour"):
        prices.say(world.bridge, {"sku": MUG, "currency": "USD", "price": "1", "colour": "red"})
    with pytest.raises(InvalidInput, match="written as text"):
        prices.say(world.bridge, {"sku": MUG, "currency": "USD", "price": 1.1})
    with pytest.raises(InvalidInput, match="barcode"):
        say(world, MUG, barcode="not a barcode")
