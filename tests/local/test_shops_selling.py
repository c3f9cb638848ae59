"""The till of a demo shop: its own stock and nothing else decides what it sells."""

import random
import threading
import time
from collections.abc import Iterator

import pytest
import requests

from local.shops.catalogue import KITS, PRODUCTS
from local.shops.demo import BLANK_SKUS, demo_shops
from local.shops.faults import Fault
from local.shops.sales import ShopRefuses, SoldOut
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop


@pytest.fixture(params=["shopify-us", "woo-eu", "shopify-jp"])
def shop(request: pytest.FixtureRequest) -> Shop:
    return demo_shops()[request.param]


@pytest.fixture
def running() -> Iterator[Shop]:
    with demo_shops()["shopify-us"] as shop:
        yield shop


def _units(shop: Shop, sku: str) -> int:
    return sum(shop.quantities()[sku].values())


def test_a_sale_lowers_the_shops_own_quantity_and_stops_at_nothing(shop: Shop) -> None:
    units = _units(shop, "HP-BOX-01")
    for left in reversed(range(units)):
        shop.sell("HP-BOX-01")
        assert _units(shop, "HP-BOX-01") == left
    with pytest.raises(SoldOut, match="has 0 of HP-BOX-01"):
        shop.sell("HP-BOX-01")
    assert len(shop.sales) == units


def test_a_basket_is_sold_whole_or_not_at_all(shop: Shop) -> None:
    before = shop.quantities()
    with pytest.raises(SoldOut):
        shop.sell_basket({"HP-MUG-01": 1, "HP-BOX-01": 1000})
    assert shop.quantities() == before
    assert not shop.sales


def test_a_shop_that_may_oversell_goes_below_zero(shop: Shop) -> None:
    shop.allow_oversell = True
    units = _units(shop, "HP-BOX-01")
    order = shop.sell("HP-BOX-01", units + 3)
    assert _units(shop, "HP-BOX-01") == -3
    shop.cancel(order)
    assert _units(shop, "HP-BOX-01") == units


def test_many_buyers_at_once_never_get_more_than_there_is(shop: Shop) -> None:
    units, sold, refused = _units(shop, "HP-BOX-01"), [], []

    def buy() -> None:
        for _ in range(10):
            try:
                sold.append(shop.sell("HP-BOX-01"))
            except SoldOut:
                refused.append(1)

    threads = [threading.Thread(target=buy) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(sold), len(set(sold)), len(refused)) == (units, units, 80 - units)
    assert _units(shop, "HP-BOX-01") == 0


def test_units_come_back_to_where_they_were_taken() -> None:
    shop = demo_shops()["shopify-us"]
    before = shop.quantities()["HP-MUG-01"]
    order = shop.sell("HP-MUG-01", 55)
    assert list(shop.quantities()["HP-MUG-01"].values()) == [0, 45]
    shop.refund(order, "HP-MUG-01", 50)
    assert sum(shop.quantities()["HP-MUG-01"].values()) == 95
    shop.refund(order, "HP-MUG-01", 5)
    assert shop.quantities()["HP-MUG-01"] == before


def test_without_restock_nothing_comes_back(shop: Shop) -> None:
    units = _units(shop, "HP-BOX-01")
    shop.refund(shop.sell("HP-BOX-01"), restock=False)
    shop.cancel(shop.sell("HP-BOX-01"), restock=False)
    assert _units(shop, "HP-BOX-01") == units - 2


def test_what_shipped_comes_back_as_a_return() -> None:
    shop = demo_shops()["shopify-us"]
    order = shop.sell("HP-MUG-01", 3)
    shop.fulfil(order, "HP-MUG-01", 2)
    shop.refund(order, "HP-MUG-01", 2)
    (refund,) = shop.sale(order).refunds
    assert [(row.quantity, row.restock) for row in refund.lines] == [(1, "cancel"), (1, "return")]


def test_the_version_is_in_whole_seconds_and_never_goes_back(shop: Shop) -> None:
    order = shop.sell("HP-MUG-01", 2)
    first = shop.sale(order).version
    assert first.microsecond == 0
    now = shop.now
    shop.now = lambda: now().replace(year=2020)
    shop.refund(order, "HP-MUG-01", 1)
    assert shop.sale(order).version == first


@pytest.mark.parametrize(
    ("step", "args"),
    [
        ("edit", ("HP-MUG-01", 5)),
        ("pay", ()),
        ("fulfil", ()),
        ("cancel", ()),
    ],
)
def test_a_cancelled_order_takes_no_more_steps(shop: Shop, step: str, args: tuple[str, int]) -> None:
    order = shop.sell("HP-MUG-01")
    shop.cancel(order)
    version, stock = shop.sale(order).version, shop.quantities()
    with pytest.raises(ShopRefuses, match="cancelled"):
        getattr(shop, step)(order, *args)
    assert (shop.sale(order).version, shop.quantities()) == (version, stock)


def test_what_cannot_be_is_refused(shop: Shop) -> None:
    order = shop.sell("HP-MUG-01")
    shop.fulfil(order)
    with pytest.raises(ShopRefuses, match="only units that were not shipped"):
        shop.edit(order, "HP-MUG-01", 0)
    with pytest.raises(ShopRefuses, match="not so many units left to ship"):
        shop.fulfil(order)
    with pytest.raises(ShopRefuses, match="not so many units left to refund"):
        shop.refund(order, "HP-MUG-01", 2)
    with pytest.raises(ShopRefuses, match="no order"):
        shop.pay("1")
    with pytest.raises(ShopRefuses, match="at least 1"):
        shop.sell("HP-MUG-01", 0)
    with pytest.raises(ShopRefuses, match="does not sell"):
        shop.sell("nothing")


def test_shopify_does_not_cancel_what_has_shipped() -> None:
    shop = demo_shops()["shopify-us"]
    order = shop.sell("HP-MUG-01", 2)
    shop.fulfil(order, "HP-MUG-01", 1)
    with pytest.raises(ShopRefuses, match="fulfillments"):
        shop.cancel(order)


def test_whatever_happens_units_are_kept_or_sold(shop: Shop) -> None:
    """Random steps: what is on the shelf and what open orders hold is always what there was."""
    dice = random.Random(20260723)
    sku, orders = "HP-NOTE-01", [shop.sell("HP-NOTE-01", 2)]
    total = _units(shop, sku) + 2
    done = 0
    for _ in range(400):
        order = dice.choice(orders)
        step = dice.choice(["sell", "cancel", "refund", "edit", "fulfil"])
        try:
            if step == "sell":
                orders.append(shop.sell(sku, dice.randint(1, 3)))
            elif step == "edit":
                shop.edit(order, sku, dice.randint(0, 4))
            elif step == "refund":
                shop.refund(order, sku, 1)
            else:
                getattr(shop, step)(order)
            done += 1
        except ShopRefuses:
            continue
        held = sum(sum(line.taken.values()) for sale in shop.sales.values() for line in sale.lines)
        assert _units(shop, sku) + held == total
    print(f"{done} steps done, {len(orders)} orders")
    assert done > 150


# the demo merchant


def test_the_demo_merchant() -> None:
    shops = demo_shops()
    assert {name: shop.currency for name, shop in shops.items()} == {
        "shopify-us": "USD", "woo-eu": "EUR", "shopify-jp": "JPY",
    }  # fmt: skip
    assert len(PRODUCTS) == len({p.sku for p in PRODUCTS}) == 40
    assert len(KITS) == 3
    assert [list(shop.location_map.values()) for shop in shops.values()] == [[("HAM",), ("SZX",)], [()], [()]]
    for name, skus in BLANK_SKUS.items():
        assert {x.product.sku for x in shops[name].listings if not x.sku} == skus
    assert all(set(parts) <= {p.sku for p in PRODUCTS} for parts in KITS.values())


def test_shops_start_fast_and_several_run_side_by_side() -> None:
    started = time.monotonic()
    shops = demo_shops()
    for shop in shops.values():
        shop.start()
    took = time.monotonic() - started
    urls = {shop.url for shop in shops.values()}
    for shop in shops.values():
        shop.stop()
    print(f"{took:.3f} s")
    assert len(urls) == 3
    assert took < 1


# the handle for people, and faults


def test_a_person_can_sell_with_curl(running: Shop) -> None:
    answer = requests.post(f"{running.url}/_demo/sell", json={"sku": "HP-MUG-01", "quantity": 2}, timeout=5)
    assert answer.status_code == 200
    order = answer.json()["id"]
    state = requests.get(f"{running.url}/_demo/state", timeout=5).json()
    assert state["orders"][0]["id"] == order
    assert sum(state["quantities"]["HP-MUG-01"].values()) == 98
    assert requests.post(f"{running.url}/_demo/cancel", json={"order": order}, timeout=5).status_code == 200
    assert _units(running, "HP-MUG-01") == 100


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("sell", '{"sku": "HP-MUG-01", "quantity": 5000}', 409),
        ("sell", '{"sku": 7}', 400),
        ("sell", "[]", 400),
        ("sell", "nonsense", 400),
        ("cancel", '{"order": "1"}', 409),
        ("stop", "{}", 404),
    ],
)
def test_a_wrong_call_is_answered_in_plain_words(running: Shop, name: str, body: str, status: int) -> None:
    answer = requests.post(f"{running.url}/_demo/{name}", data=body, timeout=5)
    assert answer.status_code == status
    assert answer.json()["error"]


def test_shares_of_faults_come_true(running: Shop) -> None:
    running.api_faults.shares = {Fault.UNAVAILABLE: 0.2, Fault.UNREACHED: 0.1}
    drawn = [running.api_faults.next() for _ in range(2000)]
    assert 330 < drawn.count(Fault.UNAVAILABLE) < 470
    assert 140 < drawn.count(Fault.UNREACHED) < 260
    assert drawn.count(None) == 2000 - drawn.count(Fault.UNAVAILABLE) - drawn.count(Fault.UNREACHED)


def test_a_scripted_fault_meets_the_next_call_only(running: Shop) -> None:
    assert isinstance(running, ShopifyShop)
    running.api_faults.script.extend(["", Fault.UNAVAILABLE])
    statuses = [requests.post(running.url, timeout=5).status_code for _ in range(3)]
    assert statuses == [404, 503, 404]
    assert [call.fault for call in running.calls] == [None, Fault.UNAVAILABLE, None]


def test_a_slow_answer_comes_after_the_work_was_done(running: Shop) -> None:
    running.api_faults.slow = 0.3
    running.api_faults.script.append(Fault.SLOW)
    started = time.monotonic()
    requests.post(running.url, timeout=5)
    assert time.monotonic() - started > 0.3


def test_records_of_the_past_do_not_fill_the_memory(running: Shop) -> None:
    assert running.calls.maxlen
    assert running.webhooks.attempts.maxlen
