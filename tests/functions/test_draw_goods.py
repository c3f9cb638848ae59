"""Prices and products from the ERP to our records, and from there to a shop."""

from datetime import timedelta
from decimal import Decimal

import pytest

from local.erp.erp import DemoErp
from local.erp.faults import Fault
from local.shops.catalogue import PRODUCTS
from local.shops.woocommerce import WooShop
from orderbridge.drawing import DRAW
from orderbridge.errors import InvalidInput
from orderbridge.operations import prices, products, quarantine
from tests.lambdas import Lambdas
from tests.world import World

MUG, TEA = "HP-MUG-01", "HP-TEA-01"
LATER = timedelta(minutes=3)


@pytest.fixture
def erp(world: World) -> DemoErp:
    made = DemoErp([MUG, TEA])
    world.connect_erp(made)
    made.office.price(MUG, "EUR", "17.20")
    return made


def known(world: World, sku: str = MUG) -> dict[tuple[str, str], Decimal]:
    return {price.key: price.price for price in world.bridge.goods.prices([sku])[sku].prices}


def test_everything_at_first_then_what_changes(world: World, erp: DemoErp) -> None:
    assert world.draw().read == 2
    assert known(world) == {("EUR", ""): Decimal("17.2")}
    erp.office.price(MUG, "EUR", "17.40", "eu")
    erp.calls.clear()
    assert (world.draw().read, known(world)["EUR", "eu"]) == (1, Decimal("17.4"))
    version = world.bridge.goods.prices([MUG])[MUG].version
    again = world.draw()  # the feed tells the rows of the last seconds twice
    assert (again.written, world.bridge.goods.prices([MUG])[MUG].version) == (0, version)


def test_from_the_erp_to_the_shop(world: World, erp: DemoErp) -> None:
    shop = WooShop("eu", [product for product in PRODUCTS if product.sku in (MUG, TEA)])
    world.connect(shop)
    products.tell(world.bridge, "eu", {"prices": True, "products": True, "language": "de"})
    erp.office.describe(MUG, {"de": "Becher, See", "en": "Mug, sea"}, "4006381333931", 400)
    world.draw()
    world.settle()
    assert (shop.listing(MUG).price, shop.listing(MUG).title) == (Decimal("17.2"), "Becher, See")
    assert shop.listing(MUG).barcode == "4006381333931"
    erp.office.price(MUG, "EUR", "1.72")
    world.draw()
    world.settle()
    assert shop.listing(MUG).price == Decimal("17.2"), "a slip of the pen"
    assert [held.sku for held in prices.held(world.bridge)] == [MUG]


def test_a_list_of_zeros_changes_no_shop(world: World, erp: DemoErp) -> None:
    shop = WooShop("eu", [product for product in PRODUCTS if product.sku in (MUG, TEA)])
    world.connect(shop)
    products.tell(world.bridge, "eu", {"prices": True})
    world.draw()
    world.settle()
    erp.office.price(TEA, "EUR", "70")
    erp.office.price(MUG, "EUR", "17.30")
    erp.faults.script.extend(["", Fault.ZEROS])
    world.draw()
    world.settle()
    assert (shop.listing(MUG).price, shop.listing(TEA).price) == (Decimal("17.2"), Decimal("72.00"))
    assert len(prices.held(world.bridge)) == 2


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.HALF])
def test_a_missing_answer_is_not_no_price_and_is_asked_for_again(world: World, erp: DemoErp, fault: Fault) -> None:
    world.draw()
    erp.office.price(MUG, "EUR", "17.30")
    erp.faults.script.extend(["", fault])
    assert world.draw().missing == 1
    assert known(world) == {("EUR", ""): Decimal("17.2")}
    assert [todo.id for todo in world.bridge.control.todos(DRAW)] == [MUG]
    world.draw(later=LATER)
    assert known(world) == {("EUR", ""): Decimal("17.3")}
    assert list(world.bridge.control.todos(DRAW)) == []


@pytest.mark.parametrize("fault", [Fault.TORN, Fault.UNAVAILABLE, Fault.LOST])
def test_a_failed_read_moves_no_cursor(world: World, erp: DemoErp, fault: Fault) -> None:
    world.draw()
    erp.office.price(MUG, "EUR", "17.30")
    erp.faults.script.extend([fault] * 5)
    world.draw()
    assert known(world) == {("EUR", ""): Decimal("17.2")}
    erp.faults.script.clear()
    world.draw(later=LATER)
    assert known(world) == {("EUR", ""): Decimal("17.3")}


def test_a_price_that_ended_there_ends_here_and_no_price_at_all_changes_nothing(world: World, erp: DemoErp) -> None:
    erp.office.price(MUG, "EUR", "17.40", "eu")
    world.draw()
    erp.office.end_price(MUG, "EUR", "eu")
    world.draw()
    assert known(world) == {("EUR", ""): Decimal("17.2")}
    erp.office.end_price(MUG, "EUR")
    world.draw()
    assert known(world) == {("EUR", ""): Decimal("17.2")}


def test_what_cannot_be_a_price_is_visible_and_the_known_one_stays(world: World, erp: DemoErp) -> None:
    world.draw()
    erp.office.price(MUG, "EUR", "-5")
    erp.office.price(MUG, "JPY", "2600")
    world.draw()
    assert known(world) == {("EUR", ""): Decimal("17.2"), ("JPY", ""): Decimal(2600)}
    (row,) = quarantine.listed(world.bridge)
    assert (row.sku, row.reason) == (MUG, f"the price of {MUG} in EUR: a price below zero")
    erp.office.price(MUG, "EUR", "17.50")
    world.draw()
    assert known(world)["EUR", ""] == Decimal("17.5")
    assert quarantine.listed(world.bridge) == []


def test_an_older_revision_changes_nothing(world: World, erp: DemoErp) -> None:
    world.draw()
    card = erp.office.cards.cards[MUG]
    card.revision -= 1
    card.prices["EUR", None]["price"] = "9.99"
    world.draw(full=True)
    assert known(world) == {("EUR", ""): Decimal("17.2")}


def test_another_connection_counts_anew(world: World, erp: DemoErp) -> None:
    erp.office.price(MUG, "EUR", "17.30")
    world.draw()
    erp.office.cards.cards[MUG].revision = 1
    erp.office.cards.cards[MUG].prices["EUR", None]["price"] = "18.00"
    world.bridge.control.save_erp("demo")
    world.draw(full=True)
    assert known(world) == {("EUR", ""): Decimal(18)}


def test_prices_of_the_erp_are_changed_there(world: World, erp: DemoErp) -> None:
    with pytest.raises(InvalidInput, match="those of the ERP demo"):
        prices.say(world.bridge, {"sku": MUG, "currency": "EUR", "price": "5"})


def test_the_function_draws_as_well(world: World, erp: DemoErp, lambdas: Lambdas) -> None:
    with lambdas.start("pull_erp", world.aws.env_of("pull_erp")) as function:
        assert function.call({}).failures == []
    assert known(world) == {("EUR", ""): Decimal("17.2")}
