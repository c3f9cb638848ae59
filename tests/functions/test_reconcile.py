"""Platforms, our record and the ERP are compared: what differs is found, put right by others, and found no more."""

import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from local.erp.documents import Line
from local.erp.documents import State as Shown
from local.erp.erp import DemoErp
from local.erp.faults import Fault as ErpFault
from local.shops.amazon import AmazonShop
from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import platforms
from orderbridge.errors import NotFound
from orderbridge.model import Order
from orderbridge.operations import prices, products, reconciling
from orderbridge.operations.reconcile_page import page
from orderbridge.operations.reconciling import Report
from orderbridge.platforms.base import Cursor, Hint, Page
from orderbridge.platforms.shopify import Shopify
from orderbridge.pulling import pull
from orderbridge.reconcile.rules import Kind
from orderbridge.reconcile.running import HELD, Went, begin, go_on
from orderbridge.reconcile.runs import Runs, Step
from orderbridge.tables.control import ERP
from tests.lambdas import Lambdas
from tests.laws import assert_conserved
from tests.world import World

MUG, BOWL = "HP-MUG-01", "HP-BOWL-01"
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, BOWL)]
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
T = TypeVar("T")
SOON = timedelta(minutes=5)  # what was done before is not fresh any more
SHOPS: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("shop", OFFERED, locations=("HAM",)),
    "woocommerce": lambda: WooShop("shop", OFFERED),
    "amazon": lambda: _amazon(),
}


def _amazon() -> AmazonShop:
    """Its writes show at once, and its list ends now: the clock of these tests is not that of days."""
    shop = AmazonShop("shop", OFFERED)
    shop.settles_after = shop.search_lag = timedelta(0)
    shop.quotas.off = True
    return shop


# Those that show a number at once; Amazon's own days are in test_amazon.
PROMPT = pytest.mark.parametrize("shop", ["shopify", "woocommerce"], indirect=True)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.reconcile.shelves._A_MOMENT", 0)


@pytest.fixture(params=SHOPS)
def shop(world: World, request: pytest.FixtureRequest) -> Shop:
    """Shows 50 of each; all that it told has arrived."""
    return connect(world, SHOPS[request.param]())


def connect(world: World, made: Shop) -> Shop:
    earlier(made, timedelta(0))
    world.connect(made)
    world.stock({MUG: 50, BOWL: 50})
    world.settle()
    return made


def earlier(shop: Shop, ago: timedelta = timedelta(hours=2)) -> None:
    """The shop's clock goes on by a second whenever it is looked at, as versions have steps of one."""
    ticks, start = iter(range(10_000)), datetime.now(UTC) - ago
    shop.now = lambda: start + timedelta(seconds=next(ticks))


def goes(world: World, later: timedelta = SOON, budget: float = 20) -> Iterator[Went]:
    """Invocations until none is asked for; the last first waits, and is then taken up again."""
    for _ in range(100):
        went = go_on(world.bridge, budget, lambda: datetime.now(UTC) + later)
        yield went
        if not went.more:
            return
    raise AssertionError("it never ends")


def reconcile(world: World, later: timedelta = SOON) -> Report:
    """A whole run, `later` than now."""
    begin(world.bridge, datetime.now(UTC) + later)
    list(goes(world, later))
    return reconciling.report(world.bridge)


def found(report: Report) -> dict[str, set[str]]:
    """Kind -> what differs; each difference is counted once."""
    kinds = {finding.kind.value for finding in report.findings}
    assert {count.kind: count.found for count in report.counts} == Counter(f.kind.value for f in report.findings)
    return {kind: {f.about for f in report.findings if f.kind == kind} for kind in kinds}


def of_orders(report: Report) -> dict[str, set[str]]:
    """What is found of orders; an order that we do not know also makes a shop show less than we think."""
    return {kind: about for kind, about in found(report).items() if kind != Kind.QUANTITY}


def lose(shop: Shop, act: Callable[[], T]) -> T:
    """Something happens in the shop, and nobody is told."""
    shop.webhook_faults.drop = 1
    done = act()
    assert shop.webhooks.idle(10)
    shop.webhook_faults.drop = 0
    return done


def vanish(shop: Shop, order: str) -> set[str]:
    """An order is deleted, and nobody is told; returns which was. Amazon deletes none."""
    if isinstance(shop, AmazonShop):
        return set()
    lose(shop, lambda: shop.delete(order))
    return {order}


def some(expected: dict[str, set[str]]) -> dict[str, set[str]]:
    return {kind: about for kind, about in expected.items() if about}


def test_every_difference_of_an_order_is_found_repaired_and_found_no_more(world: World, shop: Shop) -> None:
    orders = [shop.sell(MUG) for _ in range(4)]
    world.settle()
    missing = lose(shop, lambda: shop.sell(BOWL, 2))
    lose(shop, lambda: shop.cancel(orders[0]))
    gone = vanish(shop, orders[1])
    report = reconcile(world)
    assert of_orders(report) == some({Kind.MISSING: {missing}, Kind.OLDER: {orders[0]}, Kind.DELETED: gone})
    assert (report.found, report.repaired, report.for_a_person) == (4 + len(gone), 4 + len(gone), 0), "and both shelves"
    world.settle()
    assert world.bridge.stock.level(MUG).wanted == {"*": 3 - len(gone)}
    assert world.bridge.stock.level(BOWL).wanted == {"*": 2}
    assert_conserved(world)
    assert found(reconcile(world, 2 * SOON)) == {}


@PROMPT
def test_a_price_that_somebody_wrote_in_the_shop_is_found_and_put_right(world: World, shop: Shop) -> None:
    right = shop.listing(MUG).price
    prices.say(world.bridge, {"sku": MUG, "currency": shop.currency, "price": str(right)})
    prices.say(world.bridge, {"sku": BOWL, "currency": shop.currency, "price": "1"})  # a jump: it waits for a person
    products.tell(world.bridge, "shop", {"prices": True})
    world.settle()
    assert found(reconcile(world)) == {}
    shop.reprice(MUG, "3.33")
    (wrong,) = reconcile(world, 2 * SOON).findings
    assert (wrong.kind, wrong.number, wrong.theirs) == (Kind.PRICE, MUG, f"3.33 {shop.currency}")
    assert wrong.repair
    assert [served.drift for served in world.push(2 * SOON)] == [1]
    assert shop.listing(MUG).price == right
    assert found(reconcile(world, 3 * SOON)) == {}


@PROMPT
def test_a_number_that_somebody_wrote_in_the_shop_is_found_and_put_right(world: World, shop: Shop) -> None:
    shop.correct(MUG, 77)
    shop.correct(BOWL, 12)
    report = reconcile(world)
    (mug, bowl) = sorted(report.findings, key=lambda f: f.number, reverse=True)
    assert {f.kind for f in report.findings} == {Kind.QUANTITY}
    assert (mug.number, mug.ours, mug.theirs) == (MUG, place(shop, 50), place(shop, 77))
    assert (bowl.number, bowl.theirs) == (BOWL, place(shop, 12))
    assert report.for_a_person == 0
    world.push(SOON)
    world.settle(3 * SOON)  # units that seem sold are waited for
    assert [world.shown(sku) for sku in (MUG, BOWL)] == [{"shop": 50}, {"shop": 50}]
    assert found(reconcile(world, 4 * SOON)) == {}


def place(shop: Shop, units: int) -> str:
    return f"{units} at {shop.locations[0]}" if shop.locations[0] else str(units)


def test_a_listing_that_has_still_to_be_told_is_no_difference(world: World, shop: Shop) -> None:
    world.stock({MUG: 5})
    assert found(reconcile(world)) == {}, "not published yet"
    world.publish()
    assert found(reconcile(world, 2 * SOON)) == {}, "on the list"


@PROMPT
def test_a_listing_that_the_shop_does_not_show_any_more(world: World, shop: Shop) -> None:
    with shop.lock:
        shop.listings.remove(shop.listing(BOWL))
    assert {f.number for f in reconcile(world).findings} == {BOWL}
    world.push(SOON)
    assert found(reconcile(world, 2 * SOON)) == {}, "it is in the quarantine, where a person sees it"


def test_all_listings_of_a_store_page_by_page(world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orderbridge.reconcile.shelves._BATCH", 1)
    for sku in (MUG, BOWL):
        shop.correct(sku, 60)
    report = reconcile(world)
    assert {f.number for f in report.findings} == {MUG, BOWL}
    assert {(c.phase, c.checked) for c in report.compared} >= {("quantities", 2)}


@PROMPT
def test_a_gap_in_the_numbers_is_told_where_a_platform_numbers_one_by_one(world: World, shop: Shop) -> None:
    """The order is lost in the shop as well: only its number tells of it."""
    earlier(shop)
    orders = [shop.sell(MUG) for _ in range(3)]
    with shop.lock:
        number = shop.sale(orders[1]).number
    world.settle()
    row = world.bridge.orders.table.delete(f"ORDER#shop#{orders[1]}", "ORDER")
    world.bridge.orders.table.write(row)
    with shop.lock:
        shop.sale(orders[1]).deleted = True
    expected = {Kind.GAP: {str(number)}} if shop.platform == "shopify" else {}
    assert of_orders(reconcile(world)) == expected


def test_a_store_that_usually_sells_at_this_hour_and_does_not_is_silent(world: World, shop: Shop) -> None:
    week, now = timedelta(weeks=1), datetime.now(UTC)
    for before in (3 * week, 2 * week, week):
        earlier(shop, before - timedelta(minutes=1))
        for _ in range(12):
            shop.sell(MUG)
    world.settle()
    begin(world.bridge, now + timedelta(hours=2))
    list(goes(world, timedelta(hours=2)))
    report = reconciling.report(world.bridge)
    assert {f.kind for f in report.findings} == {Kind.SILENT}
    assert report.for_a_person == 1


def test_where_all_agree_nothing_is_found_and_nothing_asked_for(world: World, shop: Shop) -> None:
    shop.sell(MUG)
    world.settle()
    report = reconcile(world)
    assert found(report) == {}
    assert [step.checked for step in report.compared] == [1, 1, 2], "shown by the shop, held by us, offered"
    assert world.inbound() == []


def test_what_is_fresh_may_still_be_on_its_way(world: World, shop: Shop) -> None:
    lost = lose(shop, lambda: shop.sell(MUG))
    assert of_orders(reconcile(world, timedelta(0))) == {}
    assert of_orders(reconcile(world)) == {Kind.MISSING: {lost}}, "and it is left to the next run"


def test_an_order_in_the_trash_of_a_shop_is_gone(world: World) -> None:
    shop = connect(world, SHOPS["woocommerce"]())
    assert isinstance(shop, WooShop)
    order = shop.sell(MUG)
    world.settle()
    lose(shop, lambda: shop.trash(order))
    assert found(reconcile(world)) == {Kind.DELETED: {order}}
    world.settle()
    assert found(reconcile(world, 2 * SOON)) == {}


def test_page_by_page_and_call_by_call_each_difference_counts_once(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two orders a page, four rows a page, one page an invocation."""
    monkeypatch.setattr(platforms.load(shop.platform), "ORDERS_PAGE", 2)
    monkeypatch.setattr("orderbridge.reconcile.record._ROWS", 4)
    known = [shop.sell(MUG) for _ in range(5)]
    world.settle()
    missing = {lose(shop, lambda: shop.sell(BOWL)) for _ in range(5)}
    gone = vanish(shop, known[2])
    begin(world.bridge, datetime.now(UTC) + SOON)
    assert go_on(world.bridge, 0, lambda: datetime.now(UTC) + SOON).more
    assert Runs(world.bridge.control).compared("shop") is None, "not before its last page"
    went = list(goes(world, budget=0))
    assert len(went) > 9
    assert {one.pages for one in went} == {1}
    assert of_orders(reconciling.report(world.bridge)) == some({Kind.MISSING: missing, Kind.DELETED: gone})


def test_who_dies_after_asking_for_a_repair_finds_the_same_again(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = lose(shop, lambda: shop.sell(MUG))
    begin(world.bridge, datetime.now(UTC) + SOON)

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Runs, "save", die)
        with pytest.raises(SystemExit):
            go_on(world.bridge, 20, lambda: datetime.now(UTC) + SOON)
    list(goes(world))
    assert of_orders(reconciling.report(world.bridge)) == {Kind.MISSING: {missing}}
    world.settle()
    assert world.bridge.stock.level(MUG).wanted == {"*": 1}, "asked for twice, held once"


def test_a_shop_that_is_down_is_left_out_and_the_others_are_compared(world: World, shop: Shop) -> None:
    other = connect(world, ShopifyShop("other", OFFERED, locations=("HAM",)))
    shop.sell(MUG)
    world.settle()
    missing = lose(other, lambda: other.sell(MUG))
    shop.api_faults.script.extend([Fault.UNAVAILABLE] * 50)
    begin(world.bridge, datetime.now(UTC) + SOON)
    waits = [list(goes(world, SOON + n * SOON, budget=0.1))[-1].wait for n in range(6)]
    assert True in waits, "the message comes again in a while"
    report = reconciling.report(world.bridge)
    assert report.complete
    assert of_orders(report) == {Kind.MISSING: {missing}}
    left_out = {(c.phase, c.store): c.left_out for c in report.compared if c.left_out}
    assert left_out.keys() == {("orders", "shop"), ("record", ""), ("quantities", "shop")}
    assert left_out["record", ""].startswith("shop: ")
    shop.api_faults.script.clear()
    lose(shop, lambda: shop.sell(BOWL))
    assert of_orders(reconcile(world, 10 * SOON)).keys() == {Kind.MISSING}, "read from where it was left out"


def test_what_one_store_has_found_is_not_lost_while_another_is_waited_for(world: World, shop: Shop) -> None:
    other = connect(world, ShopifyShop("another", OFFERED, locations=("HAM",)))
    order = other.sell(MUG)
    shop.sell(MUG)
    world.settle()
    lose(other, lambda: other.delete(order))
    run = begin(world.bridge, datetime.now(UTC) + SOON)
    Runs(world.bridge.control).save(replace(run, steps=(Step(HELD),)))
    shop.api_faults.script.extend([Fault.UNAVAILABLE] * 4)
    assert [went.wait for went in goes(world, budget=0)] == [False, True], "found by the first, then nothing got on"
    world.settle()
    shop.api_faults.script.clear()
    list(goes(world, 2 * SOON))
    report = reconciling.report(world.bridge)
    assert found(report) == {Kind.DELETED: {order}}
    assert [(c.checked, c.left_out) for c in report.compared] == [(2, "")]


def test_one_run_at_a_time_until_it_is_endless(world: World, shop: Shop) -> None:
    now = datetime.now(UTC)
    first = begin(world.bridge, now)
    assert begin(world.bridge, now + SOON).id == first.id
    assert begin(world.bridge, now + timedelta(hours=21)).id != first.id


@PROMPT
def test_a_person_may_have_days_compared_again(world: World, shop: Shop) -> None:
    reconcile(world)
    order = lose(shop, lambda: shop.sell(MUG))
    far = timedelta(days=3)
    Runs(world.bridge.control).save_compared("shop", datetime.now(UTC) + timedelta(days=2))
    assert of_orders(reconcile(world, far)) == {}
    begin(world.bridge, datetime.now(UTC) + far + SOON, days=7)
    list(goes(world, far + SOON))
    assert of_orders(reconciling.report(world.bridge)) == {Kind.MISSING: {order}}


def test_the_report_explains_itself_also_as_a_page(world: World, shop: Shop) -> None:
    with pytest.raises(NotFound, match="nothing was reconciled yet"):
        reconciling.report(world.bridge)
    order = lose(shop, lambda: shop.sell(MUG))
    report = reconcile(world)
    finding = next(finding for finding in report.findings if finding.kind is Kind.MISSING)
    explained = reconciling.explain(world.bridge, finding.id)
    assert (explained.finding.about, explained.title) == (order, "missing order")
    with pytest.raises(NotFound, match="no finding"):
        reconciling.explain(world.bridge, "missing-order/shop/0")
    html = page(report)
    assert html.startswith("<!doctype html>")
    assert f"<td>{order}</td>" in html
    assert [word for word in ("http", "<script", "<link") if word in html] == [], "it needs nothing else"


@pytest.fixture
def erp(world: World, shop: Shop) -> DemoErp:
    """Has 50 of each, has been read, and is told of every order."""
    made = DemoErp([MUG, BOWL], ("HAM",))
    for sku in (MUG, BOWL):
        made.office.receive(sku, "HAM", 50)
    world.connect_erp(made)
    pulled(world)
    world.settle()
    earlier(shop, -timedelta(seconds=2))  # what is sold from now on is sold after that
    return made


def pulled(world: World, later: timedelta = timedelta(0)) -> None:
    while pull(world.bridge, 20, now=lambda: datetime.now(UTC) + later, sleep=lambda _: None).more:
        pass


def forget_document(erp: DemoErp, order: str) -> None:
    """Somebody removes it in the ERP: it is in no list of ours any more."""
    with erp.office.lock:
        document = erp.office.by_reference("orderbridge", f"shop/{order}")
        assert document
        document.channel, document.cancelled = "removed", True
        del erp.office._by_reference["orderbridge", document.reference]
        erp.office._changed(document, set())


def test_what_the_erp_lacks_and_what_it_has_beyond_us(world: World, shop: Shop, erp: DemoErp) -> None:
    never, lost, shipped, fourth = (shop.sell(MUG) for _ in range(4))
    world.arrive()
    world.process()
    for todo in world.bridge.control.todos(ERP):  # a to-do is lost before the ERP is told
        if todo.id == f"shop#{never}":
            world.bridge.control.done(todo)
    world.settle()
    nobodys = erp.office.create("orderbridge", "shop/no such", [Line(MUG, 1, None)], 1, {}).id
    forget_document(erp, lost)
    document = erp.office.by_reference("orderbridge", f"shop/{shipped}")
    assert document
    erp.office.ship(document.id, MUG, 1, "HAM")
    with erp.office.lock:  # and its feed does not tell of it
        erp.office.shelves.feed.clear()
    missing = lose(shop, lambda: shop.sell(BOWL, 2))
    gone = vanish(shop, fourth)
    shop.correct(BOWL, 70)

    report = reconcile(world)
    differing = found(report)
    assert differing.pop(Kind.QUANTITY)
    (parcel,) = differing.pop(Kind.PARCEL)
    assert parcel.startswith(document.id)
    untold, strange = {never, lost}, {nobodys}
    assert differing == some({Kind.MISSING: {missing}, Kind.DELETED: gone, Kind.UNTOLD: untold, Kind.STRANGER: strange})
    assert report.for_a_person == 1, "a document that nobody knows"

    world.settle(SOON)
    pulled(world, SOON)
    world.settle(3 * SOON)
    erp.office.cancel(nobodys, 1, 2)  # by a person
    assert world.bridge.stock.level(MUG).shipped == {"*": 1}
    for order in (never, lost, missing):
        made = erp.office.by_reference("orderbridge", f"shop/{order}")
        assert made
        assert made.state is Shown.CONFIRMED
    assert_conserved(world)
    assert found(reconcile(world, 4 * SOON)) == {}


def test_an_order_from_before_the_erp_was_connected_is_not_missing_there(world: World, shop: Shop) -> None:
    earlier(shop)
    shop.sell(MUG)
    world.settle()
    world.connect_erp(DemoErp([MUG, BOWL], ("HAM",)))
    assert found(reconcile(world)) == {}


def test_part_of_it_has_left_a_document_that_is_gone(world: World, shop: Shop, erp: DemoErp) -> None:
    order = shop.sell(MUG, 2)
    world.settle()
    document = erp.office.by_reference("orderbridge", f"shop/{order}")
    assert document
    erp.office.ship(document.id, MUG, 1, "HAM")
    pulled(world, SOON)
    forget_document(erp, order)
    with erp.office.lock:
        erp.office._shipped[MUG].clear()
    report = reconcile(world)
    assert found(report) == {Kind.UNTOLD: {order}}
    assert report.for_a_person == 1
    assert world.inbound() == []


def test_an_erp_that_is_down_is_left_out(world: World, shop: Shop, erp: DemoErp) -> None:
    missing = lose(shop, lambda: shop.sell(MUG))
    erp.faults.script.extend([ErpFault.UNAVAILABLE] * 100)
    begin(world.bridge, datetime.now(UTC) + SOON)
    for n in range(8):
        list(goes(world, SOON + n * SOON, budget=0.1))
    report = reconciling.report(world.bridge)
    assert report.complete
    assert of_orders(report) == {Kind.MISSING: {missing}}
    assert {c.phase for c in report.compared if c.left_out} >= {"documents", "parcels"}


def test_the_function_may_do_that(world: World, shop: Shop, erp: DemoErp, lambdas: Lambdas) -> None:
    """Under its own role, as deployed, and by the real clock: begun by the schedule, gone on with by its queue."""
    earlier(shop)
    hour = datetime.now(UTC) - timedelta(hours=1)
    erp.office.shelves.clock = lambda: hour
    long = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    world.bridge.control.table.write(world.bridge.control.table.update("ERP", "ERP", set={"first": long}))
    fourth, never, shipped, removed = (shop.sell(MUG) for _ in range(4))
    world.settle()
    row = world.bridge.orders.table.delete(f"ORDER#shop#{never}", "ERP")
    world.bridge.orders.table.write(row)  # as if the ERP had not been told
    document = erp.office.by_reference("orderbridge", f"shop/{shipped}")
    assert document
    erp.office.ship(document.id, MUG, 1, "HAM")
    forget_document(erp, removed)
    missing = lose(shop, lambda: shop.sell(BOWL))
    gone = vanish(shop, fourth)
    url = world.aws.settings.reconcile_queue_url
    with lambdas.start("reconcile", world.aws.env_of("reconcile")) as sandbox:
        assert sandbox.call({}).error == ""
        (message,) = world.aws.sqs.receive_message(QueueUrl=url)["Messages"]
        assert message["Body"] == "go on"
        reply = sandbox.call({"Records": [{"messageId": "1", "body": message["Body"]}]})
    assert reply.failures == []
    report = reconciling.report(world.bridge)
    assert [c.left_out for c in report.compared if c.left_out] == []
    assert report.complete
    assert {kind: len(about) for kind, about in found(report).items()} == {
        Kind.MISSING: 1,
        **({Kind.DELETED: 1} if gone else {}),
        Kind.QUANTITY: 1,
        Kind.UNTOLD: 2,
        Kind.PARCEL: 1,
    }
    assert of_orders(report)[Kind.MISSING] == {missing}


def test_who_wants_to_be_left_alone_has_not_failed(world: World, shop: Shop) -> None:
    begin(world.bridge, datetime.now(UTC) + SOON)
    world.bridge.control.wait_until("reconcile#shop", datetime.now(UTC) + 20 * SOON, "it asked us to")
    for n in range(4):
        assert list(goes(world, SOON + n * SOON))[-1].wait
    run = Runs(world.bridge.control).latest()
    assert run
    assert [(step.phase, step.tries) for step in run.steps if not step.done] == [("orders", 0), ("quantities", 0)]
    list(goes(world, 25 * SOON))
    assert [c.left_out for c in reconciling.report(world.bridge).compared] == ["", "", ""]


def test_ten_thousand_orders_need_no_more_memory_than_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps of 20 s, as the function goes; one order of each size is missing here."""
    connect(world, SHOPS["shopify"]())
    world.settle()
    peaks = []
    for orders in (2_000, 10_000):
        fill(world, orders)
        monkeypatch.setattr(Shopify, "orders_since", lambda _, cursor, n=orders: a_page(cursor, n))
        begin(world.bridge, datetime.now(UTC) + SOON, days=60)
        tracemalloc.start()
        for _ in goes(world):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        report = reconciling.report(world.bridge)
        assert found(report)[Kind.MISSING] == {str(orders)}
        assert [c.checked for c in report.compared[:2]] == [orders + 1, orders]
    assert peaks[1] < peaks[0] * 1.25 + 1_000_000, peaks


def fill(world: World, orders: int) -> None:
    """Orders of the last days as they lie in the table, shipped and done with; no two of one second."""
    row = {"sk": "ORDER", "document": "{}" * 500, "revision": 1, "status": "completed", "wants": {}, "shipped": {}}
    world.bridge.orders.table.put_many(
        {**row, "pk": f"ORDER#shop#{n}", "number": f"#{n}", "waits": [], **at(n)} for n in range(orders)
    )


def at(n: int) -> dict[str, str]:
    placed = (TODAY - timedelta(days=6) + timedelta(seconds=n)).isoformat()
    return {"source_version": placed, "created_at": placed}


def a_page(cursor: Cursor, orders: int) -> Page[Order | Hint]:
    """As a platform lists them, and one more."""
    first = max(0, int((cursor.since - TODAY + timedelta(days=6)).total_seconds()))
    found = [Hint(str(n), datetime.fromisoformat(at(n)["source_version"])) for n in range(first, orders + 1)[:250]]
    last = found[-1].version
    assert last
    return Page(list(found), Cursor(last) if len(found) == 250 else None)
