"""The demo merchant's shops: Shopify in USD and in JPY, WooCommerce in EUR with tax included; Amazon.de if asked."""

from collections.abc import Sequence
from decimal import Decimal

from local.shops.amazon import AmazonShop
from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS, Product
from local.shops.sales import Tax
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop

# What a shop does not list; all the rest it does.
_NOT_IN_US = frozenset({"HP-STAMP-01", "HP-MAP-01"})
_NOT_IN_EU = frozenset({"HP-LAMP-01", "HP-KIT-CAMP"})
_NOT_IN_JP = frozenset({"HP-KNIFE-01", "HP-TENT-01", "HP-KIT-CAMP", "HP-STOVE-01", "HP-TARP-01"})
# The merchant never typed a SKU here: these can be matched by the platform's ids only.
BLANK_SKUS = {"shopify-us": frozenset({"HP-CARD-01"}), "woo-eu": frozenset({"HP-CLOCK-01", "HP-BAG-03"})}


def demo_shops(seed: int = 1, us_locations: Sequence[str] = ("HAM", "SZX"), amazon: bool = False) -> dict[str, Shop]:
    """By store id, not started. Each opens with the merchant's real stock on its shelves.

    amazon  with the merchant's account at Amazon.de; its notifications go nowhere until it is given an SQS client
    """
    blank = BLANK_SKUS["shopify-us"]
    us = ShopifyShop("shopify-us", _without(_NOT_IN_US), locations=us_locations, blank_skus=blank, seed=seed)
    eu = WooShop("woo-eu", _without(_NOT_IN_EU), blank_skus=BLANK_SKUS["woo-eu"], seed=seed + 1)
    jp = ShopifyShop(
        "shopify-jp",
        _without(_NOT_IN_JP),
        currency="JPY",
        tax=Tax("消費税", Decimal("0.1"), True),
        locations=("Tokyo",),
        zone="Asia/Tokyo",
        seed=seed + 2,
    )
    us.shipping, eu.shipping, jp.shipping = Decimal("6.50"), Decimal("4.90"), Decimal(800)
    shops: dict[str, Shop] = {shop.name: shop for shop in (us, eu, jp)}
    if amazon:
        de = AmazonShop("amazon-de", _without(_NOT_IN_EU), seed=seed + 3)
        de.shipping = Decimal("3.99")
        shops[de.name] = de
    return shops


def _without(skus: frozenset[str]) -> list[Product]:
    return [product for product in (*PRODUCTS, *KIT_PRODUCTS) if product.sku not in skus]
