"""A reconciliation through the deployed stack: command, queue and roles as they are in AWS."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from local.deploy import deploy
from local.engine import Engine
from local.shops.shopify import ShopifyShop
from tests.cli.conftest import MUG, add, shown


@pytest.mark.slow
def test_a_run_comes_to_its_end_and_what_it_asked_for_is_done(
    us: ShopifyShop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In an engine of its own: stores that other tests have left would be compared, too."""

    def run(*arguments: str, input: str = "") -> Result:
        return CliRunner().invoke(app, ["--local", *arguments], input=input)

    hour = datetime.now(UTC) - timedelta(hours=1)
    us.now = lambda: hour
    order = us.sell(MUG)  # nobody listens yet, and no poll reads what was before the store
    with Engine(port=0) as engine:
        deploy(engine.url)
        local = tmp_path / "local.json"
        local.write_text(json.dumps({"endpoint": engine.url, "region": "us-east-1", "stack": "orderbridge"}))
        monkeypatch.setattr("cli.connection.LOCAL", local)
        assert add(run, us).exit_code == 0
        assert run("reconcile", "run", "--days", "1").exit_code == 0
        _until(lambda: shown(run("reconcile", "report", "--json"))["complete"] is not None)
        assert f"missing-order/{us.name}/{order}" in run("reconcile", "report").stdout
        _until(lambda: run("order", "show", us.name, order).exit_code == 0)
        assert run("reconcile", "run", "--days", "1").exit_code == 0
        _until(lambda: shown(run("reconcile", "report", "--json"))["complete"] is not None)
        assert shown(run("reconcile", "report", "--json"))["found"] == 0


def _until(there: Callable[[], bool]) -> None:
    give_up = time.monotonic() + 60
    while not there():
        assert time.monotonic() < give_up, "it does not happen"
        time.sleep(0.5)
