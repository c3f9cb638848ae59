"""The ERP's stock on its way to us through the deployed stack: schedule, queue and roles as they are in AWS."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from typer.testing import CliRunner, Result

from cli.main import app
from local.erp.erp import DemoErp
from tests.cli.conftest import shown

SKU = "HP-PULLED-01"


@pytest.mark.slow
def test_the_stock_comes_by_the_queue_and_every_minute(
    stack: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    local = tmp_path / "local.json"
    local.write_text(json.dumps({"endpoint": stack["EngineUrl"], "region": "us-east-1", "stack": "orderbridge"}))
    monkeypatch.setattr("cli.connection.LOCAL", local)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["--local", *arguments])

    def on_hand() -> object:
        explained = run("sku", "explain", SKU, "--json")
        return explained.exit_code == 0 and shown(explained)["levels"][SKU]["on_hand"]

    with DemoErp([SKU], ("HAM",)) as erp:
        erp.office.receive(SKU, "HAM", 7)
        monkeypatch.setenv("ORDERBRIDGE_TOKEN", erp.token)
        connected = run("erp", "connect", "demo", "--url", erp.url)
        assert connected.exit_code == 0
        address = connected.stdout.split()[-1]
        try:
            _until(lambda: run("erp", "pull").exit_code == 0 and on_hand() == {"HAM": 7}, 30)
            erp.office.receive(SKU, "HAM", 2)
            _until(lambda: on_hand() == {"HAM": 9}, 100)
            erp.office.receive(SKU, "HAM", 1)
            assert requests.post(address, json={"changed": SKU}, timeout=30).status_code == 200
            _until(lambda: on_hand() == {"HAM": 10}, 30)
            assert requests.post(f"{address}x", timeout=30).status_code == 401
        finally:
            assert run("erp", "connect", "ledger").exit_code == 0


def _until(there: Callable[[], bool], patience: float) -> None:
    give_up = time.monotonic() + patience
    while not there():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.5)
