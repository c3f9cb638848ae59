"""`orderbridge reconcile`, and the same report by the API."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.reconcile.running import go_on
from tests.cli.conftest import MUG, Run, shown
from tests.functions.test_api import ask
from tests.world import World


@pytest.fixture
def order(world: World) -> str:
    """One that nobody was told of."""
    shop = ShopifyShop("shop", PRODUCTS[:1], locations=("HAM",))
    world.connect(shop)
    hour = datetime.now(UTC) - timedelta(hours=1)
    shop.now = lambda: hour
    shop.webhook_faults.drop = 1
    return shop.sell(MUG)


def test_run_report_explain(run: Run, world: World, order: str, tmp_path: Path) -> None:
    assert "nothing was reconciled yet" in run("reconcile", "report").output
    assert ask(world.bridge, "/api/reconcile")[0] == 404
    assert run("reconcile", "run", "--days", "0").exit_code == 1
    begun = shown(run("reconcile", "run", "--json"))["run"]
    assert "under way" in run("reconcile", "report").stdout
    messages = world.aws.sqs.receive_message(QueueUrl=world.aws.settings.reconcile_queue_url)["Messages"]
    assert [message["Body"] for message in messages] == ["go on"]
    go_on(world.bridge, 20)

    finding = f"missing-order/shop/{order}"
    told, page = run("reconcile", "report", "--html", str(tmp_path / "night.html")).stdout, tmp_path / "night.html"
    assert finding in told
    assert order in page.read_text()
    document = shown(run("reconcile", "report", "--json", "--run", begun))
    assert document == ask(world.bridge, "/api/reconcile")[1]
    assert finding in [f"{f['kind']}/{f['store']}/{f['about']}" for f in document["findings"]]
    assert "its webhooks and the polls since were lost" in run("reconcile", "explain", finding).stdout
    assert shown(run("reconcile", "explain", finding, "--json"))["finding"]["about"] == order
    assert run("reconcile", "explain", "nothing").exit_code == 1
    assert run("reconcile", "report", "--run", "none").exit_code == 1
