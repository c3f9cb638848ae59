"""`orderbridge policy` and `orderbridge order oversold`."""

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from tests.cli.conftest import MUG, Run, shown, with_stock
from tests.world import World


@pytest.fixture
def us(run: Run, world: World) -> ShopifyShop:
    made = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    with_stock(run, world, made)
    return made


def test_a_policy_from_saying_to_clearing(run: Run, world: World, us: ShopifyShop) -> None:
    assert (
        "every SKU in shopify-us: buffer 1, at most 50 %"
        in run(*("policy", "set", "--store", us.name, "--buffer", "1", "--percent", "50")).stdout
    )
    assert run("policy", "set", "--sku", MUG, "--buffer", "2").exit_code == 0
    assert run("policy", "set", "--sku", MUG, "--store", us.name, "--fixed", "1").exit_code == 0
    found = run("policy", "show", "--sku", MUG).stdout
    assert all(words in found for words in ("every store", "buffer 2", "1 set apart", "at most 50 %"))
    world.settle()
    assert world.shown(MUG) == {us.name: 1}
    told = run("sku", "explain", MUG).stdout
    assert "shopify-us was last told 1 at" in told
    assert "buffer of shopify-us: -2; shopify-us may offer the 1 set apart for it: 1" in told
    for where in (("--sku", MUG), ("--sku", MUG, "--store", us.name), ("--store", us.name)):
        assert run("policy", "clear", *where).exit_code == 0
    assert shown(run("policy", "show", "--json"))["said"][0]["terms"]["percent"] is None
    world.settle()
    assert world.shown(MUG) == {us.name: 5}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("set", "--sku", MUG, "--cap", "-1"), "cap: input should be greater than or equal to 0"),
        (("set", "--store", "nobody", "--cap", "1"), "there is no store 'nobody'"),
        (("set", "--sku", MUG, "--cap", "1", "--percent", "5"), "here are cap and percent"),
        (("set", "--cap", "1"), "name a SKU, a store, or both"),
        (("set", "--sku", MUG), "say a buffer or a share"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, us: ShopifyShop, words: tuple[str, ...], reason: str) -> None:
    refused = run("policy", *words)
    assert refused.exit_code != 0
    assert reason in " ".join(refused.stderr.replace("│", " ").split())


def test_oversold_orders(run: Run, world: World, us: ShopifyShop) -> None:
    assert run("order", "oversold").stdout == "every order can be served\n"
    us.allow_oversell = True
    order = us.sell(MUG, 7)
    world.settle()
    assert all(words in run("order", "oversold").stdout for words in (MUG, order, f"7 x {MUG}"))
    assert shown(run("order", "oversold", "--json"))[0]["missing"] == 2
