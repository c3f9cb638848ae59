"""A price and a new product on their way through the deployed stack: the stream's filter and the roles as in AWS."""

import json
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from tests.cli.conftest import add, shown

MUG, BELL = "HP-MUG-01", "HP-BELL-01"
T = TypeVar("T")


def test_a_price_and_a_new_product_reach_the_shop(
    stack: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    local = tmp_path / "local.json"
    local.write_text(json.dumps({"endpoint": stack["EngineUrl"], "region": "us-east-1", "stack": "orderbridge"}))
    monkeypatch.setattr("cli.connection.LOCAL", local)

    def run(*arguments: str, input: str = "") -> Result:
        return CliRunner().invoke(app, ["--local", *arguments], input=input)

    with ShopifyShop("shop-with-prices", PRODUCTS[:1], locations=("HAM",)) as shop:
        shop.subscribe(shown(add(run, shop, "--json"))["webhook_url"])
        assert run("listing", "import", shop.name, "--create").exit_code == 0
        assert run("store", "tell", shop.name, "--prices", "--contents", "--new").exit_code == 0
        assert run("price", "set", MUG, "USD", "19.50").exit_code == 0
        _until(lambda: shop.listing(MUG).price == Decimal("19.5"))
        assert run("price", "set", BELL, "USD", "35").exit_code == 0
        assert run("product", "set", BELL, "--name", "en=Brass bell").exit_code == 0
        made = _until(lambda: next((x for x in shop.listings if x.sku == BELL), None))
        assert (made.title, made.draft) == ("Brass bell", True)
        _until(lambda: [r for r in shown(run("store", "list", "--json")) if r["listings"] == 2 and not r["todos"]])
        assert run("price", "set", MUG, "USD", "1").exit_code == 0
        _until(lambda: shown(run("price", "held", "--json")))
        assert shop.listing(MUG).price == Decimal("19.5")


def _until(found: Callable[[], T | None]) -> T:
    give_up = time.monotonic() + 60
    while not (answer := found()):
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.1)
    return answer
