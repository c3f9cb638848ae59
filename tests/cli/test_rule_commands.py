"""`orderbridge rule` and `orderbridge listing suggest`."""

from pathlib import Path

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from tests.cli.conftest import MUG, Run, shown, with_stock
from tests.world import World


@pytest.fixture
def us(run: Run, world: World) -> ShopifyShop:
    made = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    with_stock(run, world, made)
    made.listing(MUG).sku, made.listing(MUG).variant_id = f"US-{MUG}", 7  # as if it were a new offer
    made.listing(MUG).item_id = 8
    return made


def test_rules_from_saying_to_clearing(run: Run, world: World, us: ShopifyShop) -> None:
    us.sell(MUG, 1)
    world.settle()
    suggested = run("listing", "suggest", us.name).stdout
    assert f"US-{MUG} Stoneware mug, sea: there is no such SKU; 1 orders wait for it, 1 for nothing else" in suggested
    assert f"  100 {MUG}: the same barcode; written US-{MUG}; 100 % of the name: Stoneware mug, sea" in suggested
    assert f"orderbridge listing map {us.name} PRODUCT#VARIANT SKU" in suggested
    said = run("rule", "set", us.name, "--strip-prefix", "US-", "--ignore-case").stdout
    assert "shopify-us: prefix 'US-' off, capitals do not count" in said
    assert "1 orders that waited for a SKU are looked at again" in said
    assert "orderbridge listing import shopify-us" in said
    imported = run("listing", "import", us.name).stdout
    assert "of the new ones 0 by exactly our SKU, 1 by the store's mapping file and rules" in imported
    assert f"by a rule: US-{MUG} is {MUG}" in imported
    world.settle()
    assert run("listing", "suggest", us.name, "--orders").stdout == "everything is mapped\n"
    assert shown(run("listing", "suggest", us.name, "--json")) == []
    assert shown(run("rule", "show", us.name, "--json"))["rules"]["strip_prefix"] == "US-"
    assert "SKUs are written as ours" in run("rule", "clear", us.name).stdout
    assert shown(run("rule", "clear", us.name, "--json"))["rules"]["strip_prefix"] == ""


def test_skus_in_mixed_case_are_named(run: Run, us: ShopifyShop) -> None:
    assert run("stock", "receive", "Mug-Blue", "HAM", "1", "--reference", "DN-2").exit_code == 0
    said = run("rule", "set", us.name, "--ignore-case").stdout
    assert "1 SKUs of ours have capitals and small letters" in said
    assert "Mug-Blue" in said


def test_a_mapping_file(run: Run, us: ShopifyShop, tmp_path: Path) -> None:
    sheet = tmp_path / "skus.csv"
    sheet.write_text(f"shop_sku,sku\n4711,{MUG}\n4712,NOBODY\n")
    read = run("rule", "import", us.name, str(sheet))
    assert (read.exit_code, "1 rows entered, 0 had been entered before, 1 refused" in read.stdout) == (1, True)
    assert "line 3: there is no SKU 'NOBODY'" in read.stdout
    assert "4711" in run("rule", "show", us.name).stdout
    sheet.write_text(f"shop_sku,sku\n4711,{MUG}\n")
    assert shown(run("rule", "import", us.name, str(sheet), "--json"))["repeats"] == 1
    assert "says nothing of 4711 any more" in run("rule", "forget", us.name, "4711").stdout
    assert "no rows" in run("rule", "show", us.name).stdout
    assert shown(run("rule", "show", us.name, "--json"))["rows"] == {}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("set", "shopify-us"), "the rules say nothing"),
        (("set", "nobody", "--ignore-case"), "there is no store 'nobody'"),
        (("forget", "shopify-us", "4711"), "has no SKU '4711'"),
        (("show", "nobody"), "there is no store 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, us: ShopifyShop, words: tuple[str, ...], reason: str) -> None:
    refused = run("rule", *words)
    assert refused.exit_code == 1
    assert reason in refused.stderr
