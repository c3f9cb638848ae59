"""The judge of `make run` counts by the shops' own books, and sees a quantity that is wrong."""

from collections.abc import Mapping

import pytest

from local.demo.truth import Row, Verdict, recount
from local.shops.demo import demo_shops
from local.shops.shop import Shop

US, EU, JP = "shopify-us", "woo-eu", "shopify-jp"


@pytest.fixture
def shops() -> Mapping[str, Shop]:
    return demo_shops(us_locations=("Portland",))


def test_what_is_sold_is_gone_and_what_is_cancelled_is_not(shops: Mapping[str, Shop]) -> None:
    before = recount(shops)
    shops[US].sell("HP-MUG-01", 3)
    shops[JP].cancel(shops[JP].sell("HP-MUG-01", 5))
    shops[EU].cancel(shops[EU].sell("HP-MUG-01", 5))
    shops[US].refund(shops[US].sell("HP-MUG-01", 2), "HP-MUG-01", 1)
    shops[US].edit(shops[US].sell("HP-MUG-01", 4), "HP-MUG-01", 1)
    shops[US].sell_basket({"HP-MUG-01": 9}, test=True)
    assert before["HP-MUG-01"] - recount(shops)["HP-MUG-01"] == 3 + 1 + 1


def test_a_shipped_unit_stays_gone(shops: Mapping[str, Shop]) -> None:
    before, order = recount(shops)["HP-MUG-01"], shops[US].sell("HP-MUG-01", 3)
    shops[US].fulfil(order)
    shops[US].refund(order)
    assert before - recount(shops)["HP-MUG-01"] == 3


def test_a_kit_takes_its_parts_and_sells_out_with_the_scarcest(shops: Mapping[str, Shop]) -> None:
    before = recount(shops)
    shops[EU].sell("HP-KIT-TEA", 2)
    after = recount(shops)
    assert (before["HP-TEA-01"] - after["HP-TEA-01"], before["HP-MUG-01"] - after["HP-MUG-01"]) == (2, 4)
    assert after["HP-KIT-TEA"] == after["HP-TEA-01"] == 13


@pytest.mark.parametrize(
    ("balance", "offered", "shown", "right"),
    [
        (7, 7, 7, True),
        (7, 7, 8, False),
        (7, 8, 8, False),  # the bridge and the shop agree on a wrong number
        (8, 7, 7, False),  # the shop is right, but the bridge has not heard all
        (7, 7, None, False),
    ],
)
def test_a_quantity_is_right_only_if_all_sides_say_so(
    balance: int, offered: int, shown: int | None, right: bool
) -> None:
    row = Row("HP-MUG-01", 10, 3, 7, balance, {US: offered}, {US: shown})
    assert Verdict([row], 0.0).agreed is right


def test_oversold_is_right_when_every_shop_shows_nothing() -> None:
    assert Row("HP-PACK-01", 14, 16, -2, -2, {US: 0}, {US: 0}).all_right


def test_nothing_to_look_at_is_no_agreement() -> None:
    assert not Verdict([], 0.0).agreed
