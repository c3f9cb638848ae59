"""Law 3 and law 2, whatever arrives, in whatever order, however often, also within one second."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.shops.catalogue import PRODUCTS
from local.shops.sales import ShopRefuses
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_api import Bucket
from local.shops.woocommerce import WooShop
from orderbridge.deliveries import process
from orderbridge.errors import InvalidPayload, TemporaryFailure
from orderbridge.model import Order, OrderStatus, ReturnStatus
from orderbridge.orders import StoredOrder
from orderbridge.polling import poll_store
from orderbridge.queues import HINT, WEBHOOK, Inbound, inbound
from tests.laws import assert_conserved
from tests.world import World

MUG, BOWL = "HP-MUG-01", "HP-BOWL-01"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
OFFERED = [product for product in PRODUCTS if product.sku in (MUG, BOWL)]
SHOPS: dict[str, Callable[[], Shop]] = {
    "shopify": lambda: ShopifyShop("shop", OFFERED, locations=("HAM",)),
    "woocommerce": lambda: WooShop("shop", OFFERED),
}

# What a buyer or a person in the shop does to an order, and whether a second passes before it.
ACTS = st.sampled_from(
    """one-mug two-mugs two-mugs a-bowl no-bowl cheaper ship ship ship-all delivered refund hold release return
    return-closed exchange reopen cancel""".split()
)
ACT = st.tuples(st.just("act"), ACTS, st.sampled_from([False, False, True]))
# What happens next: mostly one more act, now and then the delivery of one of the last webhooks, or a poll.
STEPS = st.lists(st.one_of(ACT, ACT, st.tuples(st.just("deliver"), st.integers(0, 3)), st.just(("poll",))), max_size=9)


@dataclass
class Life:
    """One order of a shop, with every webhook that was sent for it."""

    world: World
    shop: Shop
    order: str = ""
    seconds: int = 0  # since noon
    webhooks: list[tuple[str, bytes]] = field(default_factory=list)

    def begin(self) -> None:
        day = NOON + timedelta(days=len(self.shop.sales))  # a day of its own: a poll finds no other order
        self.shop.now = lambda: day + timedelta(seconds=self.seconds)
        self.shop.webhooks.attempts.clear()
        self.order = self.shop.sell(MUG)
        self.note()

    def live(self, steps: Sequence[tuple[Any, ...]]) -> None:
        for step in steps:
            match step:
                case "act", what, later:
                    self.act(what, later)
                case "deliver", back:
                    self.deliver(*self.webhooks[-1 - back % len(self.webhooks)])
                case _:
                    self.poll()

    def act(self, what: str, later: bool) -> bool:
        """False when the shop does not do that with an order in this state, or never."""
        self.seconds += later
        shop, order = self.shop, self.order
        acts: dict[str, Callable[[], object]] = {
            "one-mug": lambda: shop.edit(order, MUG, 1),
            "two-mugs": lambda: shop.edit(order, MUG, 2),
            "a-bowl": lambda: shop.edit(order, BOWL, 1),
            "no-bowl": lambda: shop.edit(order, BOWL, 0),
            "cheaper": lambda: shop.rediscount(order, MUG, Decimal(self.seconds % 3 + 1)),
            "ship": lambda: shop.fulfil(order, MUG, 1),
            "ship-all": lambda: shop.fulfil(order),
            "delivered": lambda: shop.deliver(order),
            "refund": lambda: shop.refund(order, MUG, 1),
            "hold": lambda: shop.hold(order),
            "release": lambda: shop.release(order),
            "return": lambda: shop.request_return(order, MUG),
            "return-closed": self.close_return,
            "exchange": lambda: shop.exchange(order, MUG, 1, BOWL),
            "reopen": lambda: shop.reopen(order),
            "cancel": lambda: shop.cancel(order),
        }
        try:
            acts[what]()
        except ShopRefuses:
            return False
        self.note()
        return True

    def close_return(self) -> None:
        made = [r for r in self.shop.sale(self.order).returns if r.status in ("requested", "open")]
        if not made:
            raise ShopRefuses("nothing comes back")
        if made[0].status == "requested":
            self.shop.approve_return(self.order, str(made[0].id))
        else:
            self.shop.close_return(self.order, str(made[0].id))

    def deliver(self, topic: str, body: bytes) -> None:
        process(self.world.bridge, Inbound(WEBHOOK, "shop", topic, datetime.now(UTC), body), body)

    def poll(self) -> None:
        """The schedule's."""
        assert poll_store(self.world.bridge, "shop", 10, self.shop.now).outcome == "complete"
        for record in self.world.inbound():
            message = inbound(record)
            process(self.world.bridge, message, message.body)
            self.world.forget(record)

    def truth(self) -> Order:
        order = self.world.bridge.shop("shop").fetch(self.order)
        assert order is not None
        return order

    def stored(self) -> StoredOrder:
        found = self.world.bridge.orders.load("shop", self.order)
        assert found is not None
        return found

    def note(self) -> None:
        """Keep what the shop would have sent."""
        header = "x-wc-webhook-topic" if self.shop.platform == "woocommerce" else "x-shopify-topic"
        for sent in self.shop.webhooks.attempts:
            topic = next(value for name, value in sent.headers.items() if name.lower() == header)
            self.webhooks.append((topic, sent.body))
        self.shop.webhooks.attempts.clear()


@pytest.fixture(params=SHOPS)
def shop(world: World, request: pytest.FixtureRequest) -> Shop:
    made = SHOPS[request.param]()
    world.connect(made)
    if isinstance(made, ShopifyShop):
        made.graphql.bucket = Bucket(10**6, 10**6)  # hundreds of calls in seconds, and here is not where it throttles
    made.allow_oversell = True
    made.webhook_faults.drop = 1  # the test itself delivers them
    return made


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_any_order_of_arrival_ends_in_the_newest_state(world: World, shop: Shop, data: st.DataObject) -> None:
    held = wanted(world)
    life = Life(world, shop)
    life.begin()
    life.live(data.draw(STEPS))
    again = data.draw(st.lists(st.sampled_from(life.webhooks), max_size=3))
    newest_first = [*life.webhooks[::-1], *again]
    for topic, body in data.draw(st.just(newest_first) | st.permutations(newest_first)):
        life.deliver(topic, body)
    truth, stored = life.truth(), life.stored()
    assert stored.order == truth
    for facts in (truth.refunds, truth.returns, truth.restocks, truth.shipments):
        assert len({fact.id for fact in facts}) == len(facts), "each fact once, under an id of its own"
    units = Counter[str]()
    for line in truth.lines:
        units[line.sku] += line.wanted
    assert stored.holds == {(sku, "*"): n for sku, n in units.items() if n}
    assert wanted(world) == held + units
    assert_conserved(world)


LIFE = """two-mugs a-bowl cheaper hold release ship delivered ship no-bowl refund delivered return return-closed
    return-closed exchange ship-all delivered reopen""".split()


@pytest.mark.parametrize("seed", range(8))
def test_a_whole_life_in_any_order_and_again(world: World, shop: Shop, seed: int) -> None:
    """All that this platform knows, a second apart; every webhook at least once, some twice, in any order."""
    held = wanted(world)
    life = Life(world, shop)
    life.begin()
    done = []
    for what in LIFE:
        known = len(life.webhooks)
        done += [what] if life.act(what, later=True) else []
        for topic, body in life.webhooks[known:] if seed == 1 else []:  # one life in which all comes as it happens
            life.deliver(topic, body)
    assert {"two-mugs", "ship", "refund"} <= set(done)
    draw = random.Random(seed)
    arrivals = [*life.webhooks, *draw.choices(life.webhooks, k=10)]
    draw.shuffle(arrivals)
    for topic, body in {0: life.webhooks[::-1], 1: []}.get(seed, arrivals):
        life.deliver(topic, body)
    truth, stored = life.truth(), life.stored()
    assert stored.order == truth
    assert wanted(world) - held == Counter({sku: n for (sku, _), n in stored.holds.items()})
    assert_conserved(world)
    if shop.platform == "shopify":
        assert [r.status for r in truth.returns] == [ReturnStatus.CLOSED, ReturnStatus.OPEN]
        assert truth.returns[1].replacements == (truth.lines[-1].id,)
        assert all(parcel.delivered for parcel in truth.shipments)
        assert {restock.quantity for restock in truth.restocks} == {1}
    assert truth.refunds
    assert stored.waits == ()


def wanted(world: World) -> Counter[str]:
    return Counter({sku: world.bridge.stock.level(sku).wanted.get("*", 0) for sku in (MUG, BOWL)})


@pytest.mark.parametrize("shop", ["woocommerce"], indirect=True)
def test_a_state_that_comes_back_within_its_second_counts_again(world: World, shop: Shop) -> None:
    """An edited line of WooCommerce keeps nothing of what it was: the document is the same as before."""
    life = Life(world, shop)
    life.begin()
    for act in ("two-mugs", "one-mug", "two-mugs", "one-mug"):
        life.poll()
        assert life.stored().order == life.truth()
        life.act(act, later=False)
    life.poll()
    assert life.stored().order == life.truth()
    assert life.stored().holds == {(MUG, "*"): 1}
    assert_conserved(world)


def test_a_fetched_order_older_than_we_were_told_is_asked_for_again(world: World, shop: Shop) -> None:
    life = Life(world, shop)
    life.begin()
    newer = (shop.now() + timedelta(seconds=1)).isoformat()
    hint = Inbound(HINT, "shop", "poll", shop.now(), json.dumps([life.order, newer]).encode())
    with pytest.raises(TemporaryFailure, match="older than it told us"):
        process(world.bridge, hint, hint.body)
    assert world.bridge.orders.load("shop", life.order) is None
    life.act("a-bowl", later=True)
    assert [done.outcome for done in process(world.bridge, hint, hint.body)] == ["applied"]


def test_an_order_that_is_gone_wants_nothing_that_has_not_left(world: World, shop: Shop) -> None:
    life = Life(world, shop)
    life.begin()
    life.deliver(*life.webhooks[0])
    assert wanted(world)[MUG] == 1
    shop.delete(life.order)
    life.note()
    for topic, body in life.webhooks[::-1]:
        life.deliver(topic, body)
    assert (life.stored().order.status, life.stored().holds) == (OrderStatus.DELETED, {})
    assert_conserved(world)


def test_what_was_sent_before_a_deletion_does_not_bring_the_order_back(world: World, shop: Shop) -> None:
    """Known only by its deletion; or deleted as it was known, while a newer state is still on its way."""
    for known in (False, True):
        life = Life(world, shop)
        life.begin()
        life.act("two-mugs", later=True)
        shop.delete(life.order)
        life.note()
        created, deletion = life.webhooks[0], life.webhooks[-1]
        if known and shop.platform == "shopify":  # a webhook of WooCommerce shows the order as it is when it leaves
            life.deliver(*created)
        for topic, body in (deletion, *life.webhooks[:-1]):
            if b"invalid_id" not in body:
                life.deliver(topic, body)
        stored = world.bridge.orders.load("shop", life.order)
        assert stored is None or (stored.order.status, stored.holds) == (OrderStatus.DELETED, {})
        assert wanted(world) == Counter({MUG: 0, BOWL: 0})


def test_an_event_that_comes_before_its_order_is_shown_waits(world: World, shop: Shop) -> None:
    """A day, without spending attempts; then a person sees it. Nothing of it is dropped."""
    if shop.platform == "woocommerce":
        early = Inbound(HINT, "shop", "poll", datetime.now(UTC), json.dumps(["4711", None]).encode())
    else:
        early = Inbound(WEBHOOK, "shop", "refunds/create", datetime.now(UTC), b'{"id": 1, "order_id": 4711}')
    with pytest.raises(TemporaryFailure, match="told of order 4711 and does not show it yet"):
        process(world.bridge, early, early.body)
    old = replace(early, received_at=datetime.now(UTC) - timedelta(days=2))
    with pytest.raises(InvalidPayload, match="told of order 4711 and does not show it, for a day"):
        process(world.bridge, old, old.body)
    assert world.bridge.orders.load("shop", "4711") is None


@pytest.mark.parametrize("shop", ["shopify"], indirect=True)
def test_a_hold_that_comes_before_its_order_is_shown_waits(world: World, shop: Shop) -> None:
    body = b'{"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/4711", "status": "on_hold"}}'
    early = Inbound(WEBHOOK, "shop", "fulfillment_orders/placed_on_hold", datetime.now(UTC), body)
    with pytest.raises(TemporaryFailure, match="FulfillmentOrder/4711 and does not show it yet"):
        process(world.bridge, early, body)
    with pytest.raises(InvalidPayload, match="for a day"):
        process(world.bridge, replace(early, received_at=datetime.now(UTC) - timedelta(days=2)), body)
