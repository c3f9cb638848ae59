"""Amazon beside another shop: its messages come by a queue, its numbers show late, and one unit is sold once."""

from datetime import UTC, datetime, timedelta

import pytest

from local.erp.erp import DemoErp
from local.shops.amazon import AmazonShop
from local.shops.amazon_patches import Outcome
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.model import OrderStatus
from orderbridge.operations import prices, products, reconciling
from orderbridge.platforms.amazon import Amazon
from orderbridge.polling import poll
from orderbridge.reconcile.running import begin, go_on
from tests.laws import assert_conserved
from tests.world import World

MUG, LAMP = "HP-MUG-01", "HP-LAMP-01"
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, LAMP)]
LATE = Amazon.WRITES_SETTLE * 1.1


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers show at once: who compares looks at the real clock, and cannot be told that it is later."""
    monkeypatch.setattr(Amazon, "WRITES_SETTLE", timedelta(0))
    monkeypatch.setattr("orderbridge.reconcile.shelves._A_MOMENT", 0)


@pytest.fixture
def amazon(world: World) -> AmazonShop:
    """It and a Shopify store offer ten mugs; the lamps lie in Amazon's own warehouse."""
    shop = AmazonShop("amazon-de", OFFERED, fba=frozenset({LAMP}))
    shop.settles_after = shop.search_lag = timedelta(0)
    world.connect(shop)
    world.connect(ShopifyShop("shopify-us", OFFERED, locations=("HAM",)))
    world.stock({MUG: 10, LAMP: 10})
    world.settle()
    assert world.shown(MUG) == {"amazon-de": 10, "shopify-us": 10}
    return shop


def test_a_sale_on_either_side_shows_on_the_other(world: World, amazon: AmazonShop) -> None:
    number = amazon.sell(MUG, 3)
    world.settle()
    assert world.shown(MUG) == {"amazon-de": 7, "shopify-us": 7}
    stored = world.bridge.orders.load("amazon-de", number)
    assert stored
    assert (stored.order.total, stored.order.currency) == (amazon.sale(number).total, "EUR")
    world.shops["shopify-us"].sell(MUG, 7)
    world.settle()
    assert world.shown(MUG) == {"amazon-de": 0, "shopify-us": 0}
    assert_conserved(world)


def test_messages_that_come_twice_and_late_change_nothing_twice(world: World, amazon: AmazonShop) -> None:
    amazon.webhook_faults.duplicate = 1
    number = amazon.sell(MUG, 2)
    amazon.fulfil(number)
    world.settle()
    assert world.bridge.stock.level(MUG).wanted == {"*": 2}
    assert_conserved(world)


def test_a_pending_order_holds_and_goes_to_the_erp_once_it_is_paid(world: World, amazon: AmazonShop) -> None:
    world.connect_erp(DemoErp((MUG, LAMP)))
    number = amazon.sell_basket({MUG: 2}, paid=False)
    world.settle()
    assert world.shown(MUG) == {"amazon-de": 8, "shopify-us": 8}
    assert world.erp
    assert not world.erp.office.documents
    amazon.pay(number)
    world.settle()
    assert len(world.erp.office.documents) == 1
    assert world.shown(MUG) == {"amazon-de": 8, "shopify-us": 8}


def test_what_amazon_sends_itself_holds_nothing_of_ours(world: World, amazon: AmazonShop) -> None:
    number = amazon.sell(LAMP)
    world.settle()
    stored = world.bridge.orders.load("amazon-de", number)
    assert stored
    assert not stored.holds
    assert world.shown(LAMP) == {"shopify-us": 10}
    assert amazon.by_amazon(amazon.sale(number)), "a number of ours took the lamp out of Amazon's warehouse"


def test_a_cancelled_order_gives_its_units_back(world: World, amazon: AmazonShop) -> None:
    number = amazon.sell(MUG, 4)
    world.settle()
    amazon.cancel(number)
    world.settle()
    stored = world.bridge.orders.load("amazon-de", number)
    assert stored
    assert stored.order.status is OrderStatus.CANCELLED
    assert world.shown(MUG) == {"amazon-de": 10, "shopify-us": 10}
    assert_conserved(world)


def test_a_message_that_was_never_sent_is_found_by_a_poll(world: World, amazon: AmazonShop) -> None:
    amazon.webhook_faults.drop = 1
    number = amazon.sell(MUG, 1)
    world.arrive()
    world.process()
    assert world.bridge.orders.load("amazon-de", number) is None
    poll(world.bridge, "amazon-de", datetime.now(UTC) - timedelta(hours=1), 5)
    amazon.webhook_faults.drop = 0
    world.settle()
    assert world.bridge.orders.load("amazon-de", number)
    assert world.shown(MUG) == {"amazon-de": 9, "shopify-us": 9}


def test_a_number_that_amazon_took_and_dropped_is_written_again(world: World, amazon: AmazonShop) -> None:
    amazon.submission_faults.script.append(Outcome.FORGOTTEN)
    world.shops["shopify-us"].sell(MUG, 2)
    world.arrive()
    world.process()
    world.publish()
    world.push()
    assert amazon.listing(MUG).quantities == {"": 10}
    world.settle(later=LATE)
    assert world.shown(MUG) == {"amazon-de": 8, "shopify-us": 8}


def test_a_token_that_ended_is_renewed_and_one_that_is_revoked_pauses(world: World, amazon: AmazonShop) -> None:
    amazon.now = lambda: datetime.now(UTC) + timedelta(hours=2)
    world.shops["shopify-us"].sell(MUG, 1)
    world.settle()
    assert world.shown(MUG) == {"amazon-de": 9, "shopify-us": 9}
    amazon.login.refresh_token = "Atzr|another"
    amazon.login.forget()
    world.shops["shopify-us"].sell(MUG, 1)
    world.arrive()
    world.process()
    world.publish()
    served = {one.store: one.outcome for one in world.push()}
    assert served["amazon-de"].startswith("paused")
    assert world.bridge.control.store("amazon-de").paused
    assert served["shopify-us"] == "done"


def test_the_nightly_comparison_finds_a_wrong_number_and_a_wrong_price(
    at_once: None, world: World, amazon: AmazonShop
) -> None:
    right, soon = amazon.listing(MUG).price, timedelta(minutes=5)
    prices.say(world.bridge, {"sku": MUG, "currency": "EUR", "price": str(right)})
    products.tell(world.bridge, "amazon-de", {"prices": True})
    world.settle()
    assert compared(world, soon) == set()
    amazon.correct(MUG, 77)
    amazon.reprice(MUG, "3.33")
    assert compared(world, 2 * soon) == {"wrong-quantity", "wrong-price"}
    world.settle(3 * soon)
    assert (amazon.listing(MUG).price, world.shown(MUG)["amazon-de"]) == (right, 10)
    assert compared(world, 4 * soon) == set()


def compared(world: World, later: timedelta) -> set[str]:
    """The kinds of differences that a whole run finds, `later` than now."""
    begin(world.bridge, datetime.now(UTC) + later)
    while go_on(world.bridge, 20, lambda: datetime.now(UTC) + later).more:
        pass
    return {finding.kind.value for finding in reconciling.report(world.bridge).findings}
