"""`orderbridge price`, `orderbridge product` and `orderbridge store tell`."""

from decimal import Decimal
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
    return made


def test_prices_from_a_sheet_to_the_shop_and_the_held_one(
    run: Run, world: World, us: ShopifyShop, tmp_path: Path
) -> None:
    sheet = tmp_path / "prices.csv"
    sheet.write_text(f"sku,currency,price\n{MUG},USD,1.95\nHP-MUG-02,USD,-3\nHP-MUG-03,USD,15\n")
    read = run("price", "import", str(sheet))
    assert read.exit_code != 0
    assert "2 rows entered, 0 said what was known, 1 refused\n  line 3: a price below zero" in read.stdout
    world.settle()
    assert us.listing("HP-MUG-03").price == PRODUCTS[2].prices["USD"], "nobody said that this store is told prices"
    assert "but it is told no prices" in run("price", "explain", MUG).stdout
    assert run("store", "tell", us.name, "--prices").stdout == "shopify-us is told its stock and prices\n"
    world.settle()
    assert us.listing("HP-MUG-03").price == 15
    held = run("price", "held").stdout
    assert all(words in held for words in (MUG, "18.00 USD", "1.95 USD", "more than 50 %"))
    assert "prices that no shop is told before you say so: 1" in run("health").stdout
    assert run("price", "release", MUG).exit_code != 0, "without a reason"
    assert "1.95 USD is released" in run("price", "release", MUG, "--why", "clearance").stdout
    world.settle()
    assert us.listing(MUG).price == Decimal("1.95")
    assert run("price", "held").stdout.endswith("no price is held\n")
    assert "verified" in run("sku", "explain", MUG).stdout


def test_one_price_with_a_sale_and_its_end(run: Run, us: ShopifyShop) -> None:
    said = ("price", "set", MUG, "USD", "19", "--sale", "15", "--sale-until", "2031-01-01T00:00")
    assert run(*said).stdout == "entered\n"
    assert run(*said).stdout == "it was known; nothing has changed\n"
    (price,) = shown(run("price", "show", MUG, "--json"))["prices"]
    assert (price["price"], price["sale"], price["sale_until"]) == ("19", "15", "2031-01-01T00:00:00Z")
    assert run("price", "forget", MUG, "USD").stdout == "entered\n"
    assert run("price", "limit", "30").stdout == "a price that changes by more than 30 % is held\n"


def test_a_product_from_its_name_to_the_shop(run: Run, world: World, us: ShopifyShop) -> None:
    run("store", "tell", us.name, "--contents", "--language", "de")
    assert run("product", "set", MUG, "--name", "de=Becher", "--grams", "390").stdout == "entered\n"
    world.settle()
    assert (us.listing(MUG).title, us.listing(MUG).weight) == ("Becher", 390)
    assert "Becher" in run("product", "show", MUG).stdout


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("price", "set", MUG, "USD", "1.005"), "more digits than USD has"),
        (("price", "set", MUG, "SHELLS", "1"), "a currency that nobody knows"),
        (("price", "set", MUG, "EUR", "1", "--store", "shopify-us"), "shopify-us sells in USD, not in EUR"),
        (("price", "explain", "NOTHING"), "there is no SKU 'NOTHING' with a price"),
        (("price", "release", "NOTHING", "--why", "x"), "no price of NOTHING is held"),
        (("product", "set", MUG, "--name", "Becher"), "write a name as"),
        (("store", "tell", "nobody", "--prices"), "there is no store 'nobody'"),
    ],
)
def test_what_cannot_be_is_refused(run: Run, us: ShopifyShop, words: tuple[str, ...], reason: str) -> None:
    refused = run(*words)
    assert refused.exit_code != 0
    assert reason in " ".join(refused.stderr.replace("│", " ").split())
