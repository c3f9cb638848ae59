"""An order is told to the ERP, and shown to operators, as the merchant's people read it."""

from dataclasses import replace
from decimal import Decimal

from local.erp.documents import Document
from local.erp.erp import DemoErp
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.operations import orders
from orderbridge.rates import shipped, worth
from tests.world import World

MUG = "HP-MUG-01"


def sold(world: World, currency: str) -> str:
    """An order of one mug in a shop of that currency, known to the ERP, which stocks it; its id."""
    mug = replace(PRODUCTS[0], prices={currency: Decimal(150_000 if currency == "VND" else 20)})
    shop = ShopifyShop("shop", [mug], currency=currency, locations=("HAM",))
    world.bridge.settings = replace(world.bridge.settings, language="zh")
    world.connect_erp(DemoErp([MUG], ("HAM",)))
    world.connect(shop)
    world.stock({MUG: 10})
    world.settle()
    order = shop.sell(MUG, 1)
    world.settle()
    world.hand_over()
    return order


def documents(world: World) -> list[Document]:
    """Those of the ERP."""
    assert world.erp is not None
    return list(world.erp.office.documents.values())


def test_the_erp_is_told_texts_address_phone_and_worth(world: World) -> None:
    order = sold(world, "EUR")
    [document] = documents(world)
    stored = world.bridge.orders.load("shop", order)
    assert stored is not None
    assert stored.stamp is not None
    [charge] = document.head["charges"]
    assert (charge["original"], charge["title"]) == ("Stoneware mug, sea", "Stoneware 马克杯， sea")
    place = document.head["ship_to"]
    assert stored.order.ship_to is not None
    assert place["country"] == stored.order.ship_to.country
    assert place["latin"][0] == stored.order.ship_to.name
    assert document.head["phone"].startswith("+")
    value = document.head["worth"]
    assert Decimal(value["amount"]) == worth(stored.order.total, stored.stamp)
    assert (value["currency"], value["source"], value["date"]) == ("USD", "ecb", str(shipped().on))


def test_an_operator_sees_the_same(world: World) -> None:
    shown = orders.show(world.bridge, "shop", sold(world, "EUR"))
    assert shown.plain.texts[f"lines.{shown.order.lines[0].id}.title"].by == "partial"
    assert shown.plain.worth is not None
    assert shown.plain.worth.currency == "USD"
    assert shown.plain.ship_to is not None
    assert shown.plain.ship_to.label


def test_in_the_base_currency_it_is_worth_its_total(world: World) -> None:
    shown = orders.show(world.bridge, "shop", sold(world, "USD"))
    assert shown.plain.worth is not None
    assert (shown.plain.worth.amount, shown.plain.worth.rate) == (shown.order.total, Decimal(1))


def test_without_a_rate_the_order_goes_on(world: World) -> None:
    order = sold(world, "VND")
    assert len(documents(world)) == 1
    assert orders.show(world.bridge, "shop", order).plain.worth is None
