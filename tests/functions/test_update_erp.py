"""Orders reach the merchant's ERP: once, as they are when they are told, and whatever happens around it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.erp.documents import State as Shown
from local.erp.erp import DemoErp
from local.erp.faults import Fault
from local.shops.catalogue import PRODUCTS
from local.shops.server import Answer, Request
from local.shops.shopify import ShopifyShop
from orderbridge import handing
from orderbridge.operations import quarantine
from orderbridge.tables.control import ERP
from orderbridge.tables.handed import Handed, HandOvers, State
from tests.lambdas import Lambdas
from tests.world import AFTER_A_CRASH, World

MUG, BOWL = "HP-MUG-01", "HP-BOWL-01"
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, BOWL)]


@pytest.fixture
def shop(world: World) -> ShopifyShop:
    made = ShopifyShop("shop", OFFERED, locations=("HAM",))
    world.connect(made)
    world.stock({MUG: 50, BOWL: 50})
    world.settle()
    return made


@pytest.fixture
def erp(world: World, shop: ShopifyShop) -> DemoErp:
    made = DemoErp([MUG, BOWL], ("HAM", "SZX"))
    made.office.receive(MUG, "HAM", 50)
    world.connect_erp(made)
    return made


def come(world: World) -> None:
    """What the shops sent arrives and is processed; the ERP is not told yet."""
    world.arrive()
    world.process()


def told(world: World) -> handing.Served:
    come(world)
    return world.hand_over()


def documents(erp: DemoErp) -> list[tuple[str, Shown, dict[str, int]]]:
    """Reference, state and units of every document."""
    return [
        (d.reference, d.state, {line.sku: line.quantity for line in d.lines}) for d in erp.office.documents.values()
    ]


def handed(world: World, order: str) -> Handed | None:
    return HandOvers(world.bridge.orders).load("shop", order)[1]


def during_the_next(erp: DemoErp, monkeypatch: pytest.MonkeyPatch, method: str, act: Callable[[], None]) -> None:
    """The ERP's answer to the next call of this method waits until `act` has happened."""
    answer = erp._api.answer

    def api(request: Request) -> Answer:
        if request.method == method:
            monkeypatch.undo()
            act()
        return answer(request)

    monkeypatch.setattr(erp._api, "answer", api)


def test_the_function_hands_over_what_the_bell_is_about(
    world: World, shop: ShopifyShop, erp: DemoErp, lambdas: Lambdas
) -> None:
    order = shop.sell_basket({MUG: 2, BOWL: 1})
    come(world)
    with lambdas.start("update_erp", world.aws.env_of("update_erp")) as function:
        first = function.call({"Records": [{"body": "erp"}] * 3})
        calls = len(erp.calls)
        again = function.call({"Records": [{"body": "erp"}]})
    assert first.failures == again.failures == []
    assert documents(erp) == [(f"shop/{order}", Shown.CONFIRMED, {MUG: 2, BOWL: 1})]
    assert calls == 2, "one look, one document"
    assert len(erp.calls) == calls, "nothing to do, nothing asked"
    assert world.todos() == []
    taken = handed(world, order)
    assert taken is not None
    assert (taken.state, taken.document, taken.trouble) == (State.TAKEN, "SO-000001", "")


def test_the_processing_of_an_order_rings_once(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    shop.sell(MUG)
    come(world)
    url = world.aws.settings.erp_bells_queue_url
    messages = world.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    assert [message["Body"] for message in messages] == ["erp"]


def test_with_the_embedded_ledger_nothing_of_this_happens(world: World, shop: ShopifyShop) -> None:
    shop.sell(MUG)
    come(world)
    assert list(world.bridge.control.todos(ERP)) == []
    assert world.hand_over().outcome == "the ERP takes no orders"


def test_an_unpaid_order_waits_and_goes_once_it_is_paid(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    order = shop.sell_basket({MUG: 2}, paid=False)
    assert told(world).told == 0
    assert (documents(erp), handed(world, order), len(erp.calls)) == ([], None, 0)
    shop.pay(order)
    assert told(world).told == 1
    assert documents(erp) == [(f"shop/{order}", Shown.CONFIRMED, {MUG: 2})]


def test_an_order_cancelled_before_it_is_told_is_not_created(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    order = shop.sell(MUG)
    come(world)
    shop.cancel(order)
    told(world)
    assert (documents(erp), len(erp.calls)) == ([], 0)
    assert world.todos() == []


@pytest.mark.parametrize("kind", ["test", "old"])
def test_what_is_no_sale_never_goes(world: World, shop: ShopifyShop, erp: DemoErp, kind: str) -> None:
    if kind == "old":
        store = world.bridge.control.store("shop")
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        world.bridge.control.save_store(store.model_copy(update={"connected_at": tomorrow}))
    order = shop.sell_basket({MUG: 1}, test=kind == "test")
    come(world)
    assert list(world.bridge.control.todos(ERP)) == []
    shop.cancel(order)
    come(world)
    assert list(world.bridge.control.todos(ERP)) == []


def test_an_edit_and_a_partial_cancel_are_brought_in_line(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    order = shop.sell_basket({MUG: 3, BOWL: 2})
    told(world)
    shop.edit(order, MUG, 1)
    shop.edit(order, BOWL, 4)
    assert told(world).told == 1
    assert documents(erp) == [(f"shop/{order}", Shown.CONFIRMED, {MUG: 1, BOWL: 4})]


def test_a_cancelled_order_is_cancelled(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    order = shop.sell(MUG, 2)
    told(world)
    shop.cancel(order)
    told(world)
    assert [(reference, state) for reference, state, _ in documents(erp)] == [(f"shop/{order}", Shown.CANCELLED)]
    found = handed(world, order)
    assert found is not None
    assert (found.state, found.document) == (State.CANCELLED, "SO-000001")


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.HALF])
def test_a_list_without_the_document_is_not_believed_at_once(
    world: World, shop: ShopifyShop, erp: DemoErp, fault: Fault
) -> None:
    """Else a cancelled order would count as one that the ERP never had, and be delivered."""
    order = shop.sell(MUG)
    told(world)
    shop.cancel(order)
    erp.faults.script.append(fault)
    told(world)
    assert documents(erp) == [(f"shop/{order}", Shown.CANCELLED, {MUG: 1})]


def test_what_left_before_the_cancellation_is_told(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    order = shop.sell(MUG, 2)
    told(world)
    erp.office.ship("SO-000001", MUG, 1, "HAM")
    shop.cancel(order)
    assert told(world).beyond == 1
    assert documents(erp) == [(f"shop/{order}", Shown.SHIPPED, {MUG: 1})], "nothing more will leave"
    found = handed(world, order)
    assert found is not None
    assert found.beyond == {(MUG, "*"): 1}


def test_an_order_that_changes_during_the_call_is_told_again(
    world: World, shop: ShopifyShop, erp: DemoErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shop.sell(MUG, 2)
    come(world)

    def cancel() -> None:
        shop.cancel(order)
        come(world)

    during_the_next(erp, monkeypatch, "POST", cancel)
    assert world.hand_over().told == 2
    assert [state for _, state, _ in documents(erp)] == [Shown.CANCELLED]
    assert world.todos() == []


def test_a_second_worker_leaves_at_once_and_its_bell_is_not_lost(
    world: World, shop: ShopifyShop, erp: DemoErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []

    def ring_again() -> None:
        shop.sell(BOWL)
        come(world)
        outcomes.append(world.hand_over().outcome)

    shop.sell(MUG)
    come(world)
    during_the_next(erp, monkeypatch, "POST", ring_again)
    assert world.hand_over().told == 2
    assert outcomes == ["another worker is at it"]
    assert len(documents(erp)) == 2


def test_two_workers_at_once_make_one_document(
    world: World, shop: ShopifyShop, erp: DemoErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is so slow that its lease ends: the ERP's unique key is what keeps the second from doing it twice."""
    order = shop.sell(MUG)
    come(world)
    seen = []
    during_the_next(erp, monkeypatch, "POST", lambda: seen.append(world.hand_over(AFTER_A_CRASH).told))
    assert world.hand_over().told == 1
    assert seen == [1]
    assert len(documents(erp)) == 1
    assert (found := handed(world, order)) is not None
    assert found.state is State.TAKEN


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.UNREACHED, Fault.LOST, Fault.THROTTLED])
@pytest.mark.parametrize("call", [0, 1])
def test_a_short_failure_is_over_in_the_same_run(
    world: World, shop: ShopifyShop, erp: DemoErp, fault: Fault, call: int
) -> None:
    order = shop.sell(MUG)
    come(world)
    erp.faults.script.extend(["", fault][-1 - call :])
    assert world.hand_over().told == 1
    assert documents(erp) == [(f"shop/{order}", Shown.CONFIRMED, {MUG: 1})]


def test_while_the_erp_is_down_orders_wait_without_spending_attempts(
    world: World, shop: ShopifyShop, erp: DemoErp
) -> None:
    erp.stop()
    orders = [shop.sell(MUG), shop.sell(BOWL)]
    assert told(world).outcome.startswith("no answer")
    assert world.hand_over().outcome == "waits for the platform"
    assert len(world.todos()) >= 2
    assert all(found is None or found.state is State.ASKED for found in (handed(world, order) for order in orders))
    erp.start()
    assert world.sweep(AFTER_A_CRASH).rung == ["store#shop", ERP]
    assert world.hand_over(AFTER_A_CRASH).told == 2
    assert len(documents(erp)) == 2


def test_one_order_that_always_fails_holds_no_other_back(
    world: World, shop: ShopifyShop, erp: DemoErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = sorted([shop.sell(MUG), shop.sell(BOWL)])
    come(world)
    answer = erp._api.answer

    def api(request: Request) -> Answer:
        broken = orders[0] in request.body.decode() or request.argument("reference").endswith(orders[0])
        return Answer(500, "{}") if broken else answer(request)

    monkeypatch.setattr(erp._api, "answer", api)
    assert world.hand_over().told == 1
    assert [reference for reference, _, _ in documents(erp)] == [f"shop/{orders[1]}"]
    monkeypatch.undo()
    assert world.hand_over(AFTER_A_CRASH).told == 1


def test_what_the_erp_refuses_is_seen_with_its_words_and_can_be_released(
    world: World, shop: ShopifyShop, erp: DemoErp
) -> None:
    del erp.office._by_sku[MUG]  # nobody told the ERP of this product
    good, bad = shop.sell(BOWL), shop.sell(MUG)
    served = told(world)
    assert (served.told, served.refused) == (1, 1)
    assert [reference for reference, _, _ in documents(erp)] == [f"shop/{good}"]
    refused = handed(world, bad)
    assert refused is not None
    assert refused.state is State.REFUSED
    assert "Product HP-MUG-01 does not exist" in refused.trouble
    (row,) = quarantine.listed(world.bridge)
    assert (row.store, row.kind, row.topic) == ("shop", "erp", "order")
    assert "Product HP-MUG-01 does not exist" in row.reason
    assert row.next_action
    assert world.todos() == [], "it is not tried for ever"
    erp.office._by_sku[MUG] = {}
    quarantine.release(world.bridge, row.id)
    assert world.hand_over().told == 1
    assert quarantine.listed(world.bridge) == []
    assert len(documents(erp)) == 2


def test_a_refused_order_that_changes_is_tried_again_by_itself(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    products = erp.office._by_sku.pop(MUG)
    order = shop.sell_basket({MUG: 1, BOWL: 1})
    assert told(world).refused == 1
    erp.office._by_sku[MUG] = products
    shop.edit(order, BOWL, 2)
    assert told(world).told == 1
    assert quarantine.listed(world.bridge) == []


def test_refused_credentials_pause_and_new_ones_catch_up(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    shop.sell(MUG)
    told(world)
    erp.token = "another"
    shop.sell(BOWL)
    assert told(world).outcome.startswith("paused: the platform refuses our credentials (401)")
    assert "401" in world.bridge.control.erp_paused()
    assert world.hand_over().outcome == "paused"
    assert ERP not in world.sweep().rung
    world.bridge.vault.put_erp("demo", erp.credentials)
    world.bridge.control.pause_erp("")
    assert world.hand_over().told == 1
    assert len(documents(erp)) == 2


def test_new_credentials_are_used_by_an_environment_that_knows_the_old_ones(
    world: World, shop: ShopifyShop, erp: DemoErp, lambdas: Lambdas
) -> None:
    """The operator's command runs elsewhere: a warm function still holds what it read minutes ago."""
    with lambdas.start("update_erp", world.aws.env_of("update_erp")) as function:
        shop.sell(MUG)
        come(world)
        function.call({"Records": [{"body": "erp"}]})
        erp.token = "another"
        world.bridge.vault.put_erp("demo", erp.credentials)
        shop.sell(BOWL)
        come(world)
        function.call({"Records": [{"body": "erp"}]})
        assert world.sweep().rung == ["store#shop", ERP]
        function.call({"Records": [{"body": "erp"}]})
    assert world.bridge.control.erp_paused() == ""
    assert len(documents(erp)) == 2


def test_an_order_that_waits_after_a_lost_answer_is_taken_back(
    world: World, shop: ShopifyShop, erp: DemoErp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document was made, we do not know it, and by now the payment is doubtful: nothing may leave for it."""
    order = shop.sell(MUG)
    come(world)
    erp.faults.script.extend(["", Fault.LOST])
    erp.faults.shares = {Fault.UNREACHED: 1.0}
    world.hand_over()
    assert len(documents(erp)) == 1
    stored = world.bridge.orders.load("shop", order)
    assert stored is not None
    row = world.bridge.orders.table.update(
        f"ORDER#shop#{order}", "ORDER", set={"waits": ["held"], "revision": stored.revision + 1}
    )
    world.bridge.orders.table.write(row)
    erp.faults.shares = {}
    world.hand_over(AFTER_A_CRASH)
    assert [state for _, state, _ in documents(erp)] == [Shown.CANCELLED]


def test_out_of_time_it_asks_for_another_bell(world: World, shop: ShopifyShop, erp: DemoErp) -> None:
    shop.sell(MUG)
    come(world)
    served = handing.serve(world.bridge, 0)
    assert (served.more, served.told, len(erp.calls)) == (True, 0, 0)
    assert handing.serve(world.bridge, 15).more is False
