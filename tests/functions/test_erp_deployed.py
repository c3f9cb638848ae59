"""An order on its way to the ERP through the deployed stack: queues, mappings and roles as they are in AWS."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from local.erp.documents import State
from local.erp.erp import DemoErp
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from tests.cli.conftest import add, shown

MUG = "HP-MUG-01"
T = TypeVar("T")


def test_an_order_reaches_the_erp_and_is_cancelled_there(
    stack: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    local = tmp_path / "local.json"
    local.write_text(json.dumps({"endpoint": stack["EngineUrl"], "region": "us-east-1", "stack": "orderbridge"}))
    monkeypatch.setattr("cli.connection.LOCAL", local)

    def run(*arguments: str, input: str = "") -> Result:
        return CliRunner().invoke(app, ["--local", *arguments], input=input)

    shop = ShopifyShop("shop-with-erp", PRODUCTS[:1], locations=("HAM",))
    with shop, DemoErp([MUG], ("HAM",)) as erp:
        shop.subscribe(shown(add(run, shop, "--json"))["webhook_url"])
        assert run("listing", "import", shop.name, "--create").exit_code == 0
        monkeypatch.setenv("ORDERBRIDGE_TOKEN", erp.token)
        assert run("erp", "connect", "demo", "--url", erp.url).exit_code == 0
        with shop.lock:  # the ERP has none, and the shop has perhaps been told so
            shop.correct(MUG, 5)
            order = shop.sell(MUG, 2)
        document = _until(lambda: erp.office.by_reference("orderbridge", f"{shop.name}/{order}"))
        assert [(line.sku, line.quantity) for line in document.lines] == [(MUG, 2)]
        shop.cancel(order)
        _until(lambda: document.state is State.CANCELLED)
        _until(lambda: shown(run("erp", "show", "--json"))["todos"] == 0)
        assert shown(run("order", "show", shop.name, order, "--json"))["erp"]["state"] == "cancelled"
        assert run("erp", "connect", "ledger").exit_code == 0


def _until(found: Callable[[], T | None]) -> T:
    give_up = time.monotonic() + 60
    while not (answer := found()):
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.1)
    return answer
