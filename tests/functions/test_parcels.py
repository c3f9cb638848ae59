"""What left the warehouse is told to the shop of its order: once, with carrier and tracking, and seen there after."""

from datetime import timedelta

import pytest

from local.erp.erp import DemoErp
from local.shops.catalogue import KIT_PRODUCTS, PRODUCTS
from local.shops.faults import Fault
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge.erps.ledger import Ledger
from orderbridge.model import Shipment, Store
from orderbridge.operations import orders, quarantine
from orderbridge.operations.health import health
from orderbridge.operations.timeline import Event
from orderbridge.pulling import pull
from orderbridge.sweeping import sweep
from orderbridge.tables.control import PARCEL, Todo, counterparty
from tests.lambdas import Lambdas
from tests.laws import assert_conserved
from tests.resources import Aws
from tests.world import World

MUG, BOWL, TEA, KIT = "HP-MUG-01", "HP-BOWL-01", "HP-TEA-01", "HP-KIT-TEA"
OFFERED = (*(p for p in PRODUCTS if p.sku in (MUG, BOWL, TEA)), *(p for p in KIT_PRODUCTS if p.sku == KIT))
US, EU = "shopify-us", "woo-eu"
DHL = ("DHL", "00340434", "https://dhl.example.com/00340434")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    made = ShopifyShop(US, OFFERED, locations=("HAM",))
    _stocked(world)
    world.connect(made)
    settle(world)
    return made


@pytest.fixture
def woo(world: World) -> WooShop:
    made = WooShop(EU, OFFERED)
    _stocked(world)
    world.connect(made)
    settle(world)
    return made


def _stocked(world: World) -> None:
    world.kit(KIT, {MUG: 2, TEA: 1})
    world.bridge.control.add_location("HAM")
    world.stock({MUG: 50, BOWL: 50, TEA: 50})


def settle(world: World) -> None:
    """Until what the shops were told has come back to us as well."""
    world.settle()
    world.arrive()
    while world.process():
        world.settle()
        world.arrive()


def sold(world: World, shop: Shop, basket: dict[str, int]) -> str:
    order = shop.sell_basket(basket)
    settle(world)
    return order


def ship(
    world: World, shop: Shop, order: str, sku: str, units: int, way: tuple[str, str, str] = DHL, name: str = "P-1"
) -> bool:
    """A line of a parcel that the embedded ledger enters."""
    return Ledger(world.bridge).ship(shop.name, order, sku, "HAM", units, name, f"{sku}{units}", beyond=True, way=way)


def parcels(shop: Shop, order: str) -> list[tuple[str, str, dict[str, int]]]:
    """Carrier, tracking and units by SKU, as the shop has them."""
    return [
        (parcel.carrier, parcel.tracking, {line.listing.product.sku: n for line, n in parcel.lines})
        for parcel in shop.sale(order).parcels
    ]


def todos(world: World) -> list[Todo]:
    return [todo for todo in world.todos() if todo.kind == PARCEL]


def known(world: World, shop: Shop, order: str) -> tuple[Shipment, ...]:
    stored = world.bridge.orders.load(shop.name, order)
    assert stored is not None
    return stored.order.shipments


def told(world: World, shop: Shop, order: str) -> list[Event]:
    return [event for event in orders.show(world.bridge, shop.name, order).timeline if event.what == "told"]


def refused(world: World) -> list[quarantine.Quarantined]:
    return [row for row in quarantine.listed(world.bridge) if row.kind == PARCEL]


def test_a_parcel_of_several_lines_is_told_once_and_seen(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {MUG: 2, BOWL: 1})
    assert ship(world, shop, order, MUG, 2)
    assert ship(world, shop, order, BOWL, 1)
    assert not ship(world, shop, order, BOWL, 1), "entered twice"
    (todo,) = todos(world)
    assert (todo.urgency, todo.id, todo.counterparty) == (0, order, counterparty(US))
    assert health(world.bridge).stores[0].todos == 0, "no listing is wrong for it"
    settle(world)
    assert parcels(shop, order) == [("DHL", "00340434", {MUG: 2, BOWL: 1})]
    (shown,) = known(world, shop, order)
    assert (shown.carrier, shown.tracking, shown.tracking_urls) == ("DHL", (DHL[1],), (DHL[2],))
    (event,) = told(world, shop, order)
    assert (event.source, event.topic) == ("told", "parcel P-1 DHL 00340434")
    what = [event.what for event in orders.show(world.bridge, US, order).timeline]
    assert what.index("shipment") < what.index("told")
    assert refused(world) == []
    assert_conserved(world)


def test_the_shop_is_told_again_once_tracking_is_known(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {MUG: 2})
    ship(world, shop, order, MUG, 2, ("", "", ""))
    settle(world)
    assert parcels(shop, order) == [("", "", {MUG: 2})]
    assert ship(world, shop, order, MUG, 2), "the same line, with its tracking"
    assert len(todos(world)) == 1
    settle(world)
    assert parcels(shop, order) == [("DHL", "00340434", {MUG: 2})]
    assert ship(world, shop, order, MUG, 2, ("UPS", "1Z-9", "")), "it was handed to another"
    settle(world)
    assert parcels(shop, order) == [("UPS", "1Z-9", {MUG: 2})]
    assert not ship(world, shop, order, MUG, 2, ("UPS", "1Z-9", "")), "nothing new"
    assert not ship(world, shop, order, MUG, 2, ("", "", "")), "what is known is not forgotten"
    assert todos(world) == []
    (shown,) = known(world, shop, order)
    assert (shown.carrier, shown.tracking) == ("UPS", ("1Z-9",))


def test_two_parcels_and_a_line_that_comes_later(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {MUG: 3, BOWL: 1})
    ship(world, shop, order, MUG, 1)
    settle(world)
    ship(world, shop, order, BOWL, 1)  # a line of the first parcel that nobody knew of when it was told
    ship(world, shop, order, MUG, 2, ("UPS", "1Z-9", ""), "P-2")
    settle(world)
    assert parcels(shop, order) == [
        ("DHL", "00340434", {MUG: 1}),
        ("DHL", "00340434", {BOWL: 1}),
        ("UPS", "1Z-9", {MUG: 2}),
    ]
    assert [line.shipped for line in world.bridge.orders.load(US, order).order.lines] == [3, 1]  # type: ignore[union-attr]


def test_a_kit_is_told_when_all_of_it_has_left_and_nothing_beyond_the_order(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {KIT: 1, MUG: 1})
    ship(world, shop, order, MUG, 2, name="P-1")
    settle(world)
    assert parcels(shop, order) == [("DHL", "00340434", {MUG: 1})], "one mug is a line, the other waits for its pot"
    ship(world, shop, order, MUG, 1, ("UPS", "1Z-9", ""), "P-2")
    ship(world, shop, order, TEA, 3, ("UPS", "1Z-9", ""), "P-2")
    settle(world)
    assert parcels(shop, order)[1:] == [("UPS", "1Z-9", {KIT: 1})]
    assert refused(world) == []


def test_what_people_shipped_in_the_shop_is_not_told(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {MUG: 3})
    shop.fulfil(order, MUG, 2, tracking="OWN-1")
    settle(world)
    ship(world, shop, order, MUG, 3, ("", "", ""))
    settle(world)
    assert parcels(shop, order) == [("Harbour Post", "OWN-1", {MUG: 2}), ("", "", {MUG: 1})]
    again = sold(world, shop, {MUG: 1})
    shop.fulfil(again, tracking=" 0034 0434 ")
    settle(world)
    ship(world, shop, again, MUG, 1)
    settle(world)
    assert len(parcels(shop, again)) == 1, "a person has typed the same tracking number"


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.UNAVAILABLE, Fault.THROTTLED])
def test_an_answer_that_is_lost_makes_no_second_parcel(world: World, shop: ShopifyShop, fault: Fault) -> None:
    order = sold(world, shop, {MUG: 2})
    ship(world, shop, order, MUG, 2)
    shop.api_faults.script.extend(["", "", fault])  # the order, what is to be fulfilled, the parcel
    settle(world)
    settle(world)
    assert parcels(shop, order) == [("DHL", "00340434", {MUG: 2})]
    assert len(told(world, shop, order)) == 1


def test_a_hold_is_refused_in_words_and_others_go_on(world: World, shop: ShopifyShop) -> None:
    held, other = sold(world, shop, {MUG: 1}), sold(world, shop, {MUG: 1})
    shop.hold(held, "incorrect_address")
    settle(world)
    ship(world, shop, held, MUG, 1)
    ship(world, shop, other, MUG, 1, ("UPS", "1Z-9", ""), "P-2")
    settle(world)
    assert (parcels(shop, held), len(parcels(shop, other))) == ([], 1)
    (row,) = refused(world)
    assert "P-1: 1 of line" in row.reason
    assert "is on hold in the shop (Incorrect address)" in row.reason
    assert "put the order right in the shop, then release it" in row.next_action
    (kept,) = [e for e in orders.show(world.bridge, US, held).timeline if e.what == "kept back"]
    assert kept.why == row.reason
    shop.release(held)
    quarantine.release(world.bridge, row.id)
    settle(world)
    assert (len(parcels(shop, held)), refused(world)) == (1, [])


def test_what_was_accepted_and_is_not_shown_is_told_once_only(
    world: World, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, calls = sold(world, shop, {MUG: 1}), list[object]()
    monkeypatch.setattr(shop, "pack", lambda *told: calls.append(told))
    ship(world, shop, order, MUG, 1)
    world.push()
    (todo,) = todos(world)
    assert todo.reason.startswith("accepted, not shown yet: ")
    assert todo.retry_at is not None
    world.push(2 * MINUTE)
    (row,) = refused(world)
    assert row.reason == "P-1: the platform accepted it and does not show it"
    assert (len(calls), todos(world)) == (1, [])


def test_a_missing_scope_stops_no_stock(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {MUG: 1})
    shop.scopes.discard("write_merchant_managed_fulfillment_orders")
    ship(world, shop, order, MUG, 1)
    settle(world)
    (row,) = refused(world)
    assert "the app needs the scope write_merchant_managed_fulfillment_orders" in row.reason
    assert world.bridge.control.store(US).paused == ""
    world.stock({MUG: 5})
    settle(world)
    assert world.shown(MUG)[US] == 54


def test_a_reversal_of_what_was_told_is_shown_to_a_person(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {MUG: 3})
    ship(world, shop, order, MUG, 3)
    settle(world)
    ship(world, shop, order, MUG, -2, ("", "", ""), "R-1")
    settle(world)
    (row,) = refused(world)
    assert "the shop shows 2 of line" in row.reason
    assert "Cancel the parcel in the shop if its units stay here" in row.next_action
    assert len(parcels(shop, order)) == 1
    ship(world, shop, order, MUG, 2, ("UPS", "1Z-9", ""), "P-2")
    settle(world)
    assert refused(world) == [], "they have left again"


def test_a_reversal_before_anything_was_told(world: World, shop: ShopifyShop) -> None:
    order = sold(world, shop, {MUG: 3})
    ship(world, shop, order, MUG, 3)
    ship(world, shop, order, MUG, -1)
    settle(world)
    assert parcels(shop, order) == [("DHL", "00340434", {MUG: 2})]
    assert refused(world) == []


def test_a_cancelled_or_deleted_order_is_told_nothing(world: World, shop: ShopifyShop) -> None:
    cancelled, deleted = sold(world, shop, {MUG: 1}), sold(world, shop, {MUG: 1})
    shop.cancel(cancelled)
    shop.webhook_faults.drop = 1
    shop.delete(deleted)
    shop.webhook_faults.drop = 0
    ship(world, shop, cancelled, MUG, 1)
    ship(world, shop, deleted, MUG, 1, name="P-2")
    settle(world)
    assert (parcels(shop, cancelled), refused(world), todos(world)) == ([], [], [])
    stored = world.bridge.orders.load(US, deleted)
    assert stored is not None
    assert stored.order.status == "deleted", "asking the shop for the parcel's order has found it out"


def test_a_store_that_wants_no_parcels_gets_none(world: World, shop: ShopifyShop) -> None:
    store = world.bridge.control.store(US)
    world.bridge.control.save_store(store.model_copy(update={"tells_parcels": False}))
    order = sold(world, shop, {MUG: 1})
    ship(world, shop, order, MUG, 1)
    assert todos(world) == []
    world.bridge.control.save_store(store.model_copy(update={"connected_at": shop.now() + MINUTE}))
    ship(world, shop, order, MUG, -1)
    assert todos(world) == [], "an order from before the store was connected"


def test_woo_gets_a_note_for_each_parcel_and_is_completed_with_the_last(world: World, woo: WooShop) -> None:
    order = sold(world, woo, {MUG: 2, BOWL: 1})
    ship(world, woo, order, MUG, 2)
    settle(world)
    title = woo.listing(MUG).product.title
    (first,) = woo.sale(order).notes
    assert (first.text, first.to_buyer) == (f"P-1 - DHL 00340434 - {DHL[2]} - 2 x {title}", True)
    assert known_status(world, order) == "processing"
    ship(world, woo, order, BOWL, 1, ("", "", ""), "P-2")
    settle(world)
    assert (len(woo.sale(order).notes), known_status(world, order)) == (2, "completed")
    ship(world, woo, order, BOWL, 1, ("UPS", "1Z-9", ""), "P-2")
    settle(world)
    assert [note.text.split(" - ")[1] for note in woo.sale(order).notes][::2] == ["DHL 00340434", "UPS 1Z-9"]
    ship(world, woo, order, MUG, -2, ("", "", ""))
    settle(world)
    (row,) = refused(world)
    assert "the shop shows 2 of line" in row.reason


def known_status(world: World, order: str) -> str:
    stored = world.bridge.orders.load(EU, order)
    assert stored is not None
    return stored.order.source_status


def test_woo_orders_that_are_not_paid_are_not_completed(world: World, woo: WooShop) -> None:
    order = sold(world, woo, {MUG: 1})
    woo.set_status(order, "on-hold")
    settle(world)
    ship(world, woo, order, MUG, 1)
    settle(world)
    assert (len(woo.sale(order).notes), known_status(world, order)) == (1, "on-hold")


def test_from_the_erp_to_the_shop_with_tracking_that_comes_later(world: World, shop: ShopifyShop) -> None:
    erp = DemoErp([MUG, BOWL, TEA], ("HAM",))
    for sku in (MUG, BOWL, TEA):
        erp.office.receive(sku, "HAM", 50)
    world.connect_erp(erp)
    order = sold(world, shop, {MUG: 2, BOWL: 1})
    (document,) = erp.office.documents
    erp.office.ship(document, MUG, 2, "HAM", "SH-1.1")
    erp.office.ship(document, BOWL, 1, "HAM", "SH-1.2")
    _pulled(world)
    settle(world)
    assert parcels(shop, order) == [("", "", {MUG: 2, BOWL: 1})]
    erp.office.track("SH-1.1", *DHL)
    _pulled(world)
    settle(world)
    assert parcels(shop, order) == [("DHL", "00340434", {MUG: 2, BOWL: 1})]
    assert [event.topic for event in told(world, shop, order)] == ["parcel SH-1", "parcel SH-1 DHL 00340434"]
    _pulled(world)
    assert todos(world) == []


def _pulled(world: World) -> None:
    assert pull(world.bridge, 20, full=True, sleep=lambda _: None).kept == 0


def test_the_bell_rings_with_the_pull_and_the_sweep_rings_again(world: World, shop: ShopifyShop) -> None:
    erp = DemoErp([MUG], ("HAM",))
    erp.office.receive(MUG, "HAM", 50)
    world.connect_erp(erp)
    sold(world, shop, {MUG: 2})
    _bells(world)
    (document,) = erp.office.documents
    erp.office.ship(document, MUG, 2, "HAM")
    _pulled(world)
    assert counterparty(US) in _bells(world)
    assert sweep(world.bridge).rung == [counterparty(US)]


def _bells(world: World) -> list[str]:
    url, rung = world.aws.settings.bells_queue_url, []
    while found := world.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in found:
            rung.append(message["Body"])
            world.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return rung


def test_the_functions_may_do_that(world: World, shop: ShopifyShop, aws: Aws, lambdas: Lambdas) -> None:
    """Under their own roles, as deployed."""
    erp = DemoErp([MUG], ("HAM",))
    erp.office.receive(MUG, "HAM", 50)
    world.connect_erp(erp)
    order = sold(world, shop, {MUG: 2})
    (document,) = erp.office.documents
    erp.office.track(erp.office.ship(document, MUG, 2, "HAM"), *DHL)
    with lambdas.start("pull_erp", aws.env_of("pull_erp")) as sandbox:
        assert sandbox.call({"run": "full"}).error == ""
    with lambdas.start("update_store", aws.env_of("update_store")) as sandbox:
        assert sandbox.call({"Records": [{"body": counterparty(US)}]}).error == ""
    assert len(parcels(shop, order)) == 1
    settle(world)
    assert known(world, shop, order)[0].tracking == (DHL[1],)


def test_a_store_says_what_it_wants() -> None:
    store = Store(id="a", platform="shopify", url="https://a", currency="EUR", connected_at="2026-11-01T00:00:00Z")  # type: ignore[arg-type]
    assert (store.tells_parcels, store.notifies_buyer) == (True, True)
