"""`orderbridge erp`: the merchant's ERP is connected, shown, resumed and told."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.erp.erp import DemoErp
from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from tests.cli.conftest import MUG, Run, shown, with_stock
from tests.world import World


@pytest.fixture
def erp() -> Iterator[DemoErp]:
    with DemoErp([MUG]) as running:
        yield running


def connect(run: Run, erp: DemoErp, monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    monkeypatch.setenv("ORDERBRIDGE_TOKEN", erp.token)
    done = run("erp", "connect", "demo", "--url", erp.url, *more)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "demo: connected"), done.output
    assert "https://bridge.example.com/webhooks/erp/" in done.stdout


def test_an_erp_is_connected_and_told(run: Run, world: World, erp: DemoErp, monkeypatch: pytest.MonkeyPatch) -> None:
    us = ShopifyShop("shopify-us", PRODUCTS[:1], locations=("HAM",))
    with_stock(run, world, us)
    assert "ledger: 0 orders to tell" in run("erp", "show").stdout
    before = us.sell(MUG)
    world.settle()
    assert "connect an ERP first" in run("erp", "tell", us.name, before).stderr
    connect(run, erp, monkeypatch)
    order = us.sell(MUG, 2)
    world.arrive()
    world.process()
    assert shown(run("erp", "show", "--json"))["todos"] == 1
    assert "ERP demo: 1 orders to tell, 0 refused." in run("health").stdout
    assert [todo["counterparty"] for todo in shown(run("todo", "list", "--json"))][-1] == "erp"
    assert run("erp", "tell", us.name, before).exit_code == 0
    assert world.hand_over().told == 2
    assert {d.reference for d in erp.office.documents.values()} == {f"{us.name}/{before}", f"{us.name}/{order}"}
    assert "in the ERP: SO-00000" in run("order", "show", us.name, order).stdout
    assert shown(run("order", "show", us.name, order, "--json"))["erp"]["state"] == "taken"
    assert run("erp", "tell", us.name, "unknown").exit_code == 1


def test_a_pause_is_shown_and_ended(run: Run, world: World, erp: DemoErp, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(run, erp, monkeypatch, "--with", "settles_after=2")
    assert world.bridge.vault.erp("demo")["settles_after"] == "2"
    world.bridge.control.pause_erp("it refuses our credentials")
    told = run("erp", "show").stdout
    assert "paused: it refuses our credentials" in told
    assert "Paused: it refuses" in run("health").stdout
    assert run("erp", "resume").stdout == "demo: resumed\n"
    assert shown(run("erp", "show", "--json"))["paused"] == ""
    url = world.aws.settings.erp_bells_queue_url
    assert world.aws.sqs.receive_message(QueueUrl=url)["Messages"], "what waited goes out at once"


def test_what_does_not_answer_is_not_connected(
    run: Run, world: World, erp: DemoErp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ORDERBRIDGE_TOKEN", "wrong")
    refused = run("erp", "connect", "demo", "--url", erp.url)
    assert (refused.exit_code, "demo cannot be connected" in refused.stderr) == (1, True)
    assert "wrong" not in refused.output
    assert "lack or misspell: url" in run("erp", "connect", "demo").stderr
    assert "there is no ERP 'sap'" in run("erp", "connect", "sap").stderr
    assert "write FIELD=VALUE" in run("erp", "connect", "demo", "--url", erp.url, "--with", "token").stderr
    assert world.bridge.control.erp() == "ledger"
    monkeypatch.delenv("ORDERBRIDGE_TOKEN")
    (tmp_path / "secret.json").write_text(json.dumps({"token": erp.token}))
    file = str(tmp_path / "secret.json")
    assert run("erp", "connect", "demo", "--url", erp.url, "--credentials-file", file).exit_code == 0
    assert run("erp", "connect", "ledger").exit_code == 0
    assert world.bridge.control.erp() == "ledger"
