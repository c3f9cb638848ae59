"""What people do in other shops and nobody can do in a seller's account at Amazon."""

from decimal import Decimal

from local.shops.sales import ShopRefuses
from local.shops.shop import Shop


class Limits(Shop):
    def hold(self, order: str, reason: str = "") -> None:
        raise ShopRefuses("Amazon knows no holds")

    def release(self, order: str) -> None:
        raise ShopRefuses("Amazon knows no holds")

    def reopen(self, order: str) -> None:
        raise ShopRefuses("Amazon opens no order again")

    def rediscount(self, order: str, sku: str, discount: Decimal) -> None:
        raise ShopRefuses("Amazon changes no price after the sale")

    def exchange(self, order: str, sku: str, quantity: int, for_sku: str) -> str:
        raise ShopRefuses("an exchange at Amazon is an order of its own")

    def delete(self, order: str) -> None:
        raise ShopRefuses("Amazon deletes no orders")

    def _begin_return(self, order: str, *about: object) -> str:
        raise ShopRefuses("returns are not in Amazon's orders")
