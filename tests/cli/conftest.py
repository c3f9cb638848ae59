"""Runs the `orderbridge` command in this process, on an empty engine."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.connection import Connection
from cli.main import app
from local.shops.demo import demo_shops
from local.shops.shopify import ShopifyShop
from tests.resources import Aws
from tests.world import World

MUG = "HP-MUG-01"
Run = Callable[..., Result]


@pytest.fixture
def run(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the fresh engine, as if `aws` were a deployed stack."""
    names = {name.lower().replace("_", ""): value for name, value in aws.env.items()}
    wanted = (
        "Stage OrdersTable StockTable ControlTable InboundQueueUrl BellsQueueUrl ErpBellsQueueUrl "
        "PollsQueueUrl PullsQueueUrl ReconcileQueueUrl RawBucket SecretPrefix TimeZone "
        "BaseCurrency Language Translator NotificationsQueueArn"
    ).split()
    outputs = {name: names[name.lower()] for name in wanted} | {"WebhookUrl": "https://bridge.example.com/webhooks"}
    urls = aws.sqs.list_queues()["QueueUrls"]
    for name in (
        "InboundDlq",
        "NotificationsDlq",
        "NotificationsQueue",
        "-BellsDlq",
        "ErpBellsDlq",
        "PollsDlq",
        "PullsDlq",
        "ReconcileDlq",
        "StreamFailures",
    ):
        outputs[f"{name.removeprefix('-')}Url"] = next(url for url in urls if name in url)
    monkeypatch.setattr(Connection, "outputs", outputs)

    def invoke(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=input)

    return invoke


@pytest.fixture
def us() -> Iterator[ShopifyShop]:
    shop = demo_shops()["shopify-us"]
    assert isinstance(shop, ShopifyShop)
    with shop:
        yield shop


def shown(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def add(run: Run, shop: ShopifyShop, *more: str, secrets: Sequence[str] | None = None) -> Result:
    given = [shop.token, shop.webhook_secret] if secrets is None else secrets
    places = ["--location", shop.locations[0]]
    return run(
        *("store", "add", shop.name, "--platform", "shopify", "--url", shop.url, "--currency", "USD", *places, *more),
        input="".join(f"{line}\n" for line in given),
    )


def with_stock(run: Run, world: World, shop: ShopifyShop) -> None:
    world.connect(shop)
    run("stock", "location", "HAM")
    assert run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-1").exit_code == 0
    world.settle()
