"""Polls: whatever a webhook should have told is found, whatever happens while pages are read."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.server import Answer, Request
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from orderbridge import platforms, polling
from orderbridge.errors import InvalidInput
from orderbridge.operations import health, stores
from orderbridge.polling import Polled, answer, ask_all
from orderbridge.tables.polls import Progress
from tests.laws import assert_all_true, orders
from tests.world import World

MUG = "HP-MUG-01"
FIVE = timedelta(minutes=5)
SHOPS: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("shop", PRODUCTS[:5], locations=("HAM",)),
    "woocommerce": lambda: WooShop("shop", PRODUCTS[:5]),
}
only_shopify = pytest.mark.parametrize("shop", ["shopify"], indirect=True)


@pytest.fixture(params=SHOPS)
def shop(world: World, request: pytest.FixtureRequest) -> Shop:
    """Shows 500 mugs, and never sends a webhook."""
    made = SHOPS[request.param]()
    world.connect(made)
    world.stock({product.sku: 500 for product in PRODUCTS[:5]})
    world.settle()
    made.webhook_faults.drop = 1
    if isinstance(made, ShopifyShop):
        made.graphql.bucket = Bucket(10**6, 10**6)  # it throttles where a test wants it to
    return made


@pytest.fixture
def pages_of_two(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platforms.load(shop.platform), "ORDERS_PAGE", 2)


def messages(world: World) -> Iterator[str]:
    """What lies on the polls queue, each message gone once it was answered."""
    url = world.aws.settings.polls_queue_url
    while found := world.aws.sqs.receive_message(QueueUrl=url).get("Messages"):
        yield found[0]["Body"]
        world.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=found[0]["ReceiptHandle"])


def polls(world: World, later: timedelta = timedelta(0)) -> list[Polled]:
    """What one schedule starts, to its end."""
    ask_all(world.bridge)
    return [answer(world.bridge, asked, 15, lambda: datetime.now(UTC) + later) for asked in messages(world)]


def known(world: World) -> set[str]:
    return {stored.order.id for stored in orders(world)}


def at_each_page(shop: Shop, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """`act` happens in the shop just after it has answered with a page of orders."""
    api = shop.api

    def answered(request: Request) -> Answer:
        made = api(request)
        if "orders(first" in request.body.decode() or request.path.endswith("/orders"):
            act()
        return made

    monkeypatch.setattr(shop, "api", answered)


def test_a_shop_whose_webhooks_never_come_converges_by_polls_alone(world: World, shop: Shop) -> None:
    first, second = shop.sell(MUG, 2), shop.sell(MUG, 3)
    polls(world)
    world.settle()
    assert known(world) == {first, second}
    assert world.bridge.stock.level(MUG).wanted == {"*": 5}
    shop.cancel(first)
    shop.fulfil(second)
    polls(world, FIVE)
    world.settle()
    assert {o.order.id: str(o.order.status) for o in orders(world)} == {first: "cancelled", second: "completed"}
    assert world.shown(MUG) == {"shop": 497}
    assert_all_true(world)


def test_one_webhook_of_twenty_is_never_sent(world: World, shop: Shop) -> None:
    shop.webhook_faults.drop = 0.05
    sold = {shop.sell(MUG) for _ in range(40)}
    for order in sorted(sold)[:20]:
        shop.fulfil(order)
    world.settle()
    lost = [attempt for attempt in shop.webhooks.attempts if attempt.status == -1]
    assert lost, "no webhook was lost: another seed is needed"
    polls(world)
    world.settle()
    assert known(world) == sold
    assert sum(str(stored.order.status) == "completed" for stored in orders(world)) == 20
    assert_all_true(world)


def test_what_was_passed_on_and_is_settled_costs_nothing_when_it_is_met_again(world: World, shop: Shop) -> None:
    shop.now = lambda: datetime.now(UTC) - timedelta(minutes=2)  # modified two minutes ago
    for _ in range(3):
        shop.sell(MUG)
    (first,) = polls(world)
    (again,) = polls(world, timedelta(minutes=1))
    assert (first.found, first.passed_on) == (3, 3)
    assert (again.found, again.passed_on) == (3, 0)
    world.settle()
    assert len(known(world)) == 3


def test_two_changes_in_one_second_of_which_the_first_was_polled(world: World, shop: Shop) -> None:
    """They have the same version: that it was passed on before must not hide the second change."""
    moment = datetime.now(UTC)
    shop.now = lambda: moment
    order = shop.sell_basket({MUG: 2}, paid=False)
    polls(world)
    world.settle()
    shop.pay(order)
    (stored,) = orders(world)
    assert str(stored.order.payment) == "unpaid"
    polls(world, FIVE)
    world.settle()
    (stored,) = orders(world)
    assert (str(stored.order.payment), stored.order.version) == ("paid", moment.replace(microsecond=0))


@pytest.mark.usefixtures("pages_of_two")
def test_orders_that_change_and_come_between_two_pages(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read moves to the end of the list and all behind it one place up; what comes is left to the next."""
    clock = iter(range(10_000))
    start = datetime.now(UTC) - timedelta(minutes=3)
    shop.now = lambda: start + timedelta(seconds=next(clock))
    sold = [shop.sell(MUG) for _ in range(9)]
    changing = iter(sold[:4])

    def change() -> None:
        if order := next(changing, None):
            shop.cancel(order)
            sold.append(shop.sell(MUG))

    at_each_page(shop, change, monkeypatch)
    assert polls(world)[-1].outcome == "complete"
    polls(world, FIVE)
    world.settle()
    assert known(world) == set(sold)
    assert sum(str(stored.order.status) == "cancelled" for stored in orders(world)) == 4
    assert_all_true(world)


@pytest.mark.usefixtures("pages_of_two")
def test_more_than_a_page_of_one_second_while_it_changes(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bulk action: WooCommerce's pages are offsets here and may skip one; the overlap reads it again."""
    start = datetime.now(UTC) - timedelta(minutes=3)
    shop.now = lambda: start
    sold = [shop.sell(MUG) for _ in range(9)]
    shop.now = lambda: start + timedelta(seconds=30)
    changing = iter(sold[:2])
    at_each_page(shop, lambda: [shop.fulfil(order) for order in [next(changing, "")] if order], monkeypatch)
    polls(world)
    polls(world, FIVE)
    world.settle()
    assert known(world) == set(sold)


def test_a_sale_after_the_shop_was_read_belongs_to_the_next_poll(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cursor is taken before the read: without an overlap it would still not be ahead of the sale."""
    monkeypatch.setattr(platforms.load(shop.platform), "ORDERS_OVERLAP", timedelta(seconds=1))  # versions' own steps
    read_at: list[datetime] = []

    def sale() -> None:
        read_at.append(datetime.now(UTC))
        if not shop.sales:
            shop.sell(MUG)

    at_each_page(shop, sale, monkeypatch)
    assert [polled.found for polled in polls(world)] == [0]
    complete = world.bridge.polls.progress("shop").complete
    assert complete is not None
    assert complete < read_at[0], "the cursor is ahead of a sale that no page has shown"
    assert [polled.found for polled in polls(world, FIVE)] == [1]


@pytest.mark.usefixtures("pages_of_two")
def test_one_page_at_a_time_through_the_queue(world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "PAGES", 1)
    clock = iter(range(10_000))
    start = datetime.now(UTC) - timedelta(hours=3)
    shop.now = lambda: start + timedelta(seconds=next(clock))
    sold = {shop.sell(MUG) for _ in range(7)}
    runs = polls(world)
    assert [run.outcome for run in runs] == ["goes on"] * (len(runs) - 1) + ["complete"]
    assert len(runs) >= 4
    assert {run.pages for run in runs} == {1}
    world.process()
    assert known(world) == sold
    progress = world.bridge.polls.progress("shop")
    assert (progress.started, progress.token, progress.trouble) == (None, "", "")


@pytest.mark.parametrize("behind", [True, False])
def test_a_shop_whose_clock_is_wrong(world: World, shop: Shop, behind: bool) -> None:
    """By almost as much as its platform is allowed to be late."""
    polls(world)
    wrong = platforms.load(shop.platform).ORDERS_OVERLAP - timedelta(seconds=10)
    shop.now = lambda: datetime.now(UTC) - wrong if behind else datetime.now(UTC) + wrong
    order = shop.sell(MUG)
    polls(world)
    world.process()
    assert known(world) == {order}
    off = shop.now() - datetime.now(UTC)
    shop.now = lambda: datetime.now(UTC) + off + timedelta(seconds=1)  # versions have steps of a second
    shop.fulfil(order)
    polls(world)
    world.process()
    assert [str(stored.order.status) for stored in orders(world)] == ["completed"]


@pytest.mark.usefixtures("pages_of_two")
@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST, Fault.THROTTLED])
def test_a_failure_in_the_middle_goes_on_where_it_was(world: World, shop: Shop, fault: Fault) -> None:
    clock = iter(range(10_000))
    start = datetime.now(UTC) - timedelta(hours=3)
    shop.now = lambda: start + timedelta(seconds=next(clock))
    sold = {shop.sell(MUG) for _ in range(7)}
    shop.api_faults.script.extend(["", fault, fault, fault])
    (run,) = polls(world)
    if fault is Fault.THROTTLED:  # a short wait is slept out
        assert run.outcome == "complete"
    else:
        assert run.pages == 1
        assert world.bridge.polls.progress("shop").complete is None
        assert health.health(world.bridge).stores[0].poll_trouble == run.outcome
        assert [polled.outcome for polled in polls(world)] == ["waits for the platform"]
        assert [polled.outcome for polled in polls(world, FIVE)] == ["complete"]
    assert health.health(world.bridge).stores[0].poll_trouble == ""
    world.process()
    assert known(world) == sold


@only_shopify
def test_a_long_wait_is_left_to_the_next_schedule(world: World, shop: ShopifyShop) -> None:
    order = shop.sell(MUG)
    shop.graphql.bucket = Bucket(maximum=1000, restore_rate=1)
    shop.graphql.bucket.available = 0
    assert [polled.outcome for polled in polls(world)] == ["the platform asks to slow down"]
    shop.graphql.bucket = Bucket()
    assert [polled.outcome for polled in polls(world, FIVE)] == ["complete"]
    world.process()
    assert known(world) == {order}


def test_revoked_credentials_pause_the_store_and_resuming_loses_nothing(world: World, shop: Shop) -> None:
    polls(world)
    shop.api_faults.shares = {Fault.REVOKED: 1.0}
    shop.now = lambda: datetime.now(UTC) - timedelta(minutes=4)
    order = shop.sell(MUG)
    (run,) = polls(world)
    assert run.outcome.startswith("paused: ")
    assert "refuses our credentials" in world.bridge.control.store("shop").paused
    calls = len(shop.calls)
    assert polls(world) == []
    with pytest.raises(InvalidInput, match="paused"):
        stores.poll(world.bridge, "shop", None)
    assert len(shop.calls) == calls, "nobody knocks at a closed door"
    shop.api_faults.shares = {}
    stores.resume(world.bridge, "shop")
    (asked,) = messages(world)
    later = datetime.now(UTC) + timedelta(days=3)  # whenever that is
    assert answer(world.bridge, asked, 15, lambda: later).outcome == "complete"
    world.process()
    assert known(world) == {order}


def test_an_operator_asks_for_what_changed_since(world: World, shop: Shop) -> None:
    old = datetime.now(UTC) - timedelta(days=2)
    shop.now = lambda: old
    order = shop.sell(MUG)
    polls(world)
    clean(world)
    assert [polled.found for polled in polls(world)] == [0], "it is older than the overlap"
    complete = world.bridge.polls.progress("shop").complete
    stores.poll(world.bridge, "shop", old - timedelta(minutes=1))
    (asked,) = messages(world)
    assert answer(world.bridge, asked, 15).passed_on == 1
    assert complete is not None
    assert (world.bridge.polls.progress("shop").complete or complete) > complete
    world.process()
    assert known(world) == {order}


def test_a_time_that_has_not_come_moves_no_cursor(world: World, shop: Shop) -> None:
    polls(world)
    order = shop.sell(MUG)
    stores.poll(world.bridge, "shop", datetime.now(UTC) + timedelta(days=1))
    (asked,) = messages(world)
    answer(world.bridge, asked, 15)
    world.process()
    assert known(world) == {order}


def test_the_first_poll_begins_when_the_store_was_connected(world: World, shop: Shop) -> None:
    connected = datetime.now(UTC) - timedelta(days=1)
    world.bridge.control.save_store(world.bridge.control.store("shop").model_copy(update={"connected_at": connected}))
    for days in (2, 0.5):
        shop.now = lambda days=days: datetime.now(UTC) - timedelta(days=days)  # type: ignore[misc]
        newer = shop.sell(MUG)
    assert [polled.found for polled in polls(world)] == [1]
    world.process()
    assert known(world) == {newer}


def test_health_and_the_alarm_know_how_old_the_last_complete_poll_is(world: World, shop: Shop) -> None:
    connected = datetime.now(UTC) - timedelta(minutes=40)
    world.bridge.control.save_store(world.bridge.control.store("shop").model_copy(update={"connected_at": connected}))
    assert world.sweep().oldest_poll_seconds >= 2400, "never polled at all"
    polls(world)
    assert health.health(world.bridge).stores[0].unpolled < 60
    shop.api_faults.shares = {Fault.UNAVAILABLE: 1.0}
    polls(world, FIVE)
    assert world.sweep(timedelta(minutes=31)).oldest_poll_seconds > 1800


def clean(world: World) -> None:
    """Nobody heard of what was passed on."""
    for record in world.inbound():
        world.forget(record)


@pytest.mark.parametrize("shop", ["woocommerce"], indirect=True)
def test_a_page_that_the_shop_knows_no_more_is_read_anew(world: World, shop: Shop) -> None:
    order = shop.sell(MUG)
    now, polled = datetime.now(UTC), world.bridge.polls
    assert polled.save(
        "shop", Progress(started=now, since=now - FIVE, token="0", revision=1)
    )  # no page has this number
    (refused,) = polls(world)
    assert "refuses the call" in refused.outcome
    polls(world, FIVE)
    world.process()
    assert known(world) == {order}


def test_a_message_names_store_and_time(world: World, shop: Shop) -> None:
    ask_all(world.bridge)
    assert [json.loads(asked) for asked in messages(world)] == [{"store": "shop", "since": None}]
