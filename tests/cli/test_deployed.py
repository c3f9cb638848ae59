"""The command and the API on a deployed stack: nothing is replaced, and roles give only what they give."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from typer.testing import CliRunner, Result

from cli.connection import Connection
from cli.main import app
from local.shops.shopify import ShopifyShop
from orderbridge import signatures
from tests.cli.conftest import Run, add, shown


def test_on_the_deployed_stack(
    stack: dict[str, str], us: ShopifyShop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is replaced: the stack is found, a store added, and its webhook address works."""
    local = tmp_path / "local.json"
    local.write_text(json.dumps({"endpoint": stack["EngineUrl"], "region": "us-east-1", "stack": "orderbridge"}))
    monkeypatch.setattr("cli.connection.LOCAL", local)

    def run(*arguments: str, input: str = "") -> Result:
        return CliRunner().invoke(app, ["--local", *arguments], input=input)

    run("stock", "location", "HAM")
    address = shown(add(run, us, "--json"))["webhook_url"]
    checked = {(f["about"], f["state"]) for f in shown(run("check", "--json"))}
    assert {("concurrency", "good"), ("schedules", "good"), (us.name, "good"), ("parameters", "good")} <= checked
    body = b'{"id": 1}'
    signature = signatures.sign("hmac-sha256-base64", us.webhook_secret, body)
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": signature}
    assert requests.post(address, body, headers=headers, timeout=30).status_code == 200
    assert requests.post(address, body + b" ", headers=headers, timeout=30).status_code == 401
    assert shown(run("stock", "receive", "A/B", "HAM", "2", "--reference", "DN-1", "--json")) == {"entered": True}
    ask = Asking(stack["ApiUrl"], Connection("", True).bridge.vault.operator_token())
    assert ask("/skus/A%2FB")["sku"] == "A/B"
    (rubbish,) = ask.until_there_is("/quarantine")
    assert ask(f"/quarantine/{rubbish['id']}/release", {})["id"] == rubbish["id"]
    receipt = {"kind": "receipt", "sku": "A/B", "location": "HAM", "quantity": 3, "reference": "DN-2"}
    assert ask("/ledger/movements", receipt) == {"entered": True}
    assert [m["balance"] for m in ask("/ledger/A%2FB/movements")] == [2, 5]
    assert ask("/health")["stores"][0]["store"] == us.name
    cost = ask("/cost?orders_per_day=1000&cost_now=5&cost_then=3&currency=CNY")
    assert cost["saved"] == {"amount": "730000", "currency": "CNY"}
    assert requests.get(f"{stack['ApiUrl']}/health", timeout=30).status_code == 401


class Asking:
    """The deployed API, with the rights that its role gives it and no others."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.headers = url, {"Authorization": f"Bearer {token}"}

    def __call__(self, path: str, body: object = None) -> Any:
        method = "GET" if body is None else "POST"
        answer = requests.request(method, self.url + path, json=body, headers=self.headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until_there_is(self, path: str) -> Any:
        give_up = time.monotonic() + 20
        while not (found := self(path)):
            assert time.monotonic() < give_up, f"{path} stays empty"
            time.sleep(0.1)
        return found


@pytest.mark.parametrize(("told", "kept"), [({"KeptNames": "Harbour & Pine"}, "Harbour & Pine"), ({}, "")])
def test_the_stack_tells_what_is_never_translated(
    run: Run, monkeypatch: pytest.MonkeyPatch, told: dict[str, str], kept: str
) -> None:
    connection = Connection("orderbridge", False)
    monkeypatch.setattr(Connection, "outputs", {**connection.outputs, **told})
    assert connection.bridge.settings.kept_names == kept
