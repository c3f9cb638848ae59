"""The `orderbridge` command: what it does, what it prints, and how it refuses."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from typer.testing import CliRunner, Result

from cli.connection import Connection
from cli.main import app
from local.shops.catalogue import PRODUCTS
from local.shops.demo import demo_shops
from local.shops.shopify import ShopifyShop
from orderbridge import signatures
from orderbridge.bridge import Bridge
from orderbridge.queues import WEBHOOK, Inbound
from tests.resources import Aws
from tests.world import CONNECTED, World

MUG = "HP-MUG-01"
Run = Callable[..., Result]


@pytest.fixture
def run(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on the fresh engine, as if `aws` were a deployed stack."""
    names = {name.lower().replace("_", ""): value for name, value in aws.env.items()}
    wanted = (
        "Stage OrdersTable StockTable ControlTable InboundQueueUrl BellsQueueUrl RawBucket SecretPrefix TimeZone"
    ).split()
    outputs = {name: names[name.lower()] for name in wanted} | {"WebhookUrl": "https://bridge.example.com/webhooks"}
    urls = aws.sqs.list_queues()["QueueUrls"]
    for name in ("InboundDlq", "BellsDlq", "StreamFailures"):
        outputs[f"{name}Url"] = next(url for url in urls if name in url)
    monkeypatch.setattr(Connection, "outputs", outputs)

    def invoke(*arguments: str, input: str | None = None) -> Result:
        return CliRunner().invoke(app, list(arguments), input=input)

    return invoke


def shown(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def us() -> Iterator[ShopifyShop]:
    shop = demo_shops()["shopify-us"]
    assert isinstance(shop, ShopifyShop)
    with shop:
        yield shop


def add(run: Run, shop: ShopifyShop, *more: str, secrets: Sequence[str] | None = None) -> Result:
    given = [shop.token, shop.webhook_secret] if secrets is None else secrets
    places = [word for place in shop.locations for word in ("--location", place)]
    return run(
        *("store", "add", shop.name, "--platform", "shopify", "--url", shop.url, "--currency", "USD", *places, *more),
        input="".join(f"{line}\n" for line in given),
    )


def test_a_store_from_adding_to_pausing(run: Run, us: ShopifyShop, aws: Aws) -> None:
    added = add(run, us)
    assert added.exit_code == 0, added.output
    token = added.stdout.split("https://bridge.example.com/webhooks/")[1].strip()
    assert Bridge(aws.settings).vault.inbound(token)["keys"] == [us.webhook_secret]
    for secret in (us.token, us.webhook_secret):
        assert secret not in added.output, "what is typed is not shown"
    assert shown(run("store", "check", us.name, "--json")) == {"store": us.name, "problems": []}
    assert run("store", "pause", us.name, "--reason", "stock taking").exit_code == 0
    assert "paused: stock taking" in run("store", "list").stdout
    assert run("store", "check", us.name).exit_code == 1
    assert run("store", "resume", us.name).exit_code == 0
    (row,) = shown(run("store", "list", "--json"))
    assert (row["store"]["id"], row["store"]["paused"], row["store"]["url"]) == (us.name, "", us.url)
    changed = run("store", "add", us.name, "--update", "--buffer", "3", "--json")
    assert shown(changed)["store"]["buffer"] == 3
    assert shown(changed)["webhook_url"].endswith(token)


def test_secrets_from_a_file_or_the_environment(
    run: Run, us: ShopifyShop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: Aws
) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"access_token": us.token, "webhook_secret": "one"}))
    assert add(run, us, "--credentials-file", str(file), secrets=[]).exit_code == 0
    monkeypatch.setenv("ORDERBRIDGE_WEBHOOK_SECRET", "two")
    changed = shown(run("store", "add", us.name, "--update", "--json"))
    token = changed["webhook_url"].rsplit("/", 1)[1]
    vault = Bridge(aws.settings).vault
    assert vault.inbound(token)["keys"] == ["two", "one"]
    assert vault.api(us.name)["access_token"] == us.token, "what is not given stays"


@pytest.mark.parametrize(
    ("content", "reason"),
    [("{", "cannot be read as JSON"), ('["secret-1"]', "one JSON object"), ('{"token": "secret-1"}', "names token")],
)
def test_a_file_without_credentials(run: Run, us: ShopifyShop, tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "secrets.json"
    file.write_text(content)
    refused = add(run, us, "--credentials-file", str(file), secrets=[])
    assert refused.exit_code == 1
    assert reason in refused.stderr
    assert "secret-1" not in refused.output


def test_wrong_credentials_and_scopes_in_plain_words(run: Run, us: ShopifyShop) -> None:
    refused = add(run, us, secrets=["wrong-token", "secret"])
    assert (refused.exit_code, "access token does not work" in refused.stderr) == (1, True)
    assert "wrong-token" not in refused.output
    us.scopes.discard("write_inventory")
    assert "the app lacks the scope write_inventory" in add(run, us).stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--platform", "shopfy"], "there is no platform 'shopfy'; there are: shopify, woocommerce"),
        (["--url", "shop.example.com"], "is not the address of a shop"),
        (["--currency", "USDT"], "is not a currency"),
        (["--buffer", "-1"], "buffer: "),
        (["--connected-at", "yesterday"], "is no time"),
        (["--location", "1=H M"], "locations.1.0: "),
    ],
)
def test_a_store_that_cannot_be(run: Run, us: ShopifyShop, options: list[str], reason: str) -> None:
    refused = add(run, us, *options)
    assert refused.exit_code == 1
    assert reason in refused.stderr


def test_listings_stock_and_explanations(run: Run, us: ShopifyShop, tmp_path: Path) -> None:
    add(run, us)
    assert run("stock", "location", "HAM").exit_code == 0
    assert run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-1").stdout == "entered\n"
    assert "nothing has changed" in run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-1").stdout
    assert shown(run("stock", "count", MUG, "HAM", "4", "--reference", "C-1", "--json")) == {"entered": True}
    imported = run("listing", "import", us.name)
    assert "1 newly listed" in imported.stdout
    assert "without a SKU" in imported.stdout
    assert shown(run("listing", "import", us.name, "--create", "--json"))["listed"] == len(us.listings) - 2
    kit = run("kit", "define", "SET", f"{MUG}=2", "--json")
    assert shown(kit) == {"sku": "SET", "components": {MUG: 2}}
    card = shown(run("listing", "import", us.name, "--json"))["blank"][0].split()[0]
    assert shown(run("listing", "map", us.name, card, "SET", "--json"))["sku"] == "SET"
    assert f"{us.name} at {us.locations[0]} may offer 2" in run("sku", "explain", "SET").stdout
    assert shown(run("sku", "explain", MUG, "--json"))["offers"][0]["units"] == 4
    moved = run("stock", "movements", MUG).stdout
    assert all(word in moved for word in ("receipt", "count", "DN-1", "(command line)"))
    sheet = tmp_path / "stock.csv"
    sheet.write_text("sku,location,quantity\nNEW,HAM,7\nNEW,HMA,1\n")
    read = run("stock", "import", str(sheet))
    assert (read.exit_code, "line 3: there is no location 'HMA'" in read.stdout) == (1, True)
    assert "NEW,HAM,7,0,0,7" in run("stock", "export").stdout
    assert run("stock", "export", str(tmp_path / "out.csv")).exit_code == 0
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfsku,location")


def test_an_order_is_shown_and_shipped(run: Run, world: World) -> None:
    us = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    with_stock(run, world, us)
    order = us.sell(MUG, 2)
    world.settle()
    told = run("order", "show", us.name, order).stdout
    assert all(words in told for words in (us.name, "holds", "timeline", "orders/create", "the parts add up to"))
    assert shown(run("order", "show", us.name, order, "--json"))["holds"][0]["units"] == 2
    ship = ("stock", "ship", us.name, order, MUG, "HAM")
    assert shown(run(*ship, "2", "--reference", "P-1", "--json")) == {"entered": True}
    refused = run(*ship, "1", "--reference", "P-2")
    assert (refused.exit_code, "there are 0 of" in refused.stderr) == (1, True)
    assert run(*ship, "1", "--reference", "P-2", "--beyond").exit_code == 0
    assert run(*ship, "-3", "--reference", "P-3").exit_code == 0
    assert shown(run("sku", "explain", MUG, "--json"))["levels"][MUG]["on_hand"] == {"HAM": 5}


def with_stock(run: Run, world: World, shop: ShopifyShop) -> None:
    world.connect(shop)
    run("stock", "location", "HAM")
    assert run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-1").exit_code == 0
    world.settle()


def test_to_dos_quarantine_and_health(run: Run, world: World) -> None:
    us = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    with_stock(run, world, us)
    assert run("todo", "list").stdout == "nothing is left to do\n"
    run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-2")
    world.publish()
    assert [todo["counterparty"] for todo in shown(run("todo", "list", "--json"))] == ["store#shopify-us"]
    assert MUG in run("todo", "list").stdout
    world.bridge.queues.deliver(Inbound(WEBHOOK, us.name, "orders/create", CONNECTED, b'{"email": "b@example.com"'))
    world.process()
    (found,) = shown(run("quarantine", "list", "--json"))
    table = run("quarantine", "list").stdout
    assert found["id"] in table
    assert "example.com" not in table
    assert run("quarantine", "show", found["id"]).stdout == '{"email": "b@example.com"'
    assert run("quarantine", "release", found["id"]).exit_code == 0
    assert shown(run("quarantine", "list", "--json")) == []
    health = run("health")
    assert "75.0% of the listings are as they should be" in health.stdout
    assert shown(run("health", "--json"))["stores"][0]["todos"] == 1


def test_dead_letters(run: Run, aws: Aws) -> None:
    url = next(url for url in aws.sqs.list_queues()["QueueUrls"] if "InboundDlq" in url)
    aws.sqs.send_message(QueueUrl=url, MessageBody="b@example.com")
    listed = run("dlq", "list")
    assert "inbound" in listed.stdout
    assert "example.com" not in listed.stdout
    assert shown(run("dlq", "list", "--json"))[0]["count"] == 1
    assert shown(run("dlq", "redrive", "inbound", "--json")) == {"queue": "inbound", "moved": 1}
    assert run("dlq", "redrive", "outbound").exit_code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("order", "show", "shopify-us", "1"),
        ("sku", "explain", "none"),
        ("sku", "explain", "a#b"),
        ("store", "check", "nobody"),
        ("store", "pause", "nobody"),
        ("store", "add", "nobody", "--update"),
        ("listing", "import", "nobody"),
        ("listing", "map", "nobody", "1#2", "A"),
        ("kit", "define", "SET", "A=none"),
        ("kit", "define", "SET", "A=0"),
        ("stock", "receive", "A", "HMA", "1", "--reference", "r"),
        ("stock", "count", "A", "HMA", "1", "--reference", "r", "--as-of", "soon"),
        ("stock", "movements", "none"),
        ("quarantine", "show", "none"),
        ("quarantine", "release", "none"),
    ],
)
def test_a_refusal_is_two_lines_and_exit_code_1(run: Run, arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert (refused.exit_code, refused.stdout) == (1, "")
    first, second = refused.stderr.splitlines()
    assert first.startswith("Refused: ")
    assert second


@pytest.mark.parametrize(
    "arguments", [("stock", "fly"), ("stock", "receive", "A"), ("store", "add", "a", "--color", "red")]
)
def test_a_command_that_does_not_exist_is_exit_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def denied(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (denied("ExpiredTokenException"), "your AWS session has ended"),
        (denied("InvalidClientTokenId"), "AWS does not know these credentials"),
        (denied("AccessDenied"), "your AWS user may not do this (DescribeStacks)"),
        (denied("Throttling"), "AWS refused DescribeStacks: no (Throttling)"),
        (NoCredentialsError(), "there are no complete AWS credentials"),
        (EndpointConnectionError(endpoint_url="http://x"), "AWS cannot be reached"),
    ],
)
def test_what_aws_refuses_in_plain_words(monkeypatch: pytest.MonkeyPatch, error: Exception, words: str) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(Connection, "client", refuse)
    refused = CliRunner().invoke(app, ["health"])
    assert refused.exit_code == 1
    assert words in refused.stderr


def test_a_stack_that_is_not_there(aws: Aws) -> None:
    refused = CliRunner().invoke(app, ["--stack", "nothing", "health"])
    assert (refused.exit_code, "there is no stack 'nothing' in us-east-1" in refused.stderr) == (1, True)
    refused = CliRunner().invoke(app, ["--stack", "state", "health"])
    assert (refused.exit_code, "'state' is none of ours" in refused.stderr) == (1, True)


def test_no_local_bridge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("cli.connection.LOCAL", tmp_path / "local.json")
    refused = CliRunner().invoke(app, ["--local", "health"])
    assert (refused.exit_code, "start `make run` first" in refused.stderr) == (1, True)


def test_on_the_deployed_stack(
    stack: dict[str, str], us: ShopifyShop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing is replaced: the stack is found, a store added, and its webhook address works."""
    local = tmp_path / "local.json"
    local.write_text(json.dumps({"endpoint": stack["EngineUrl"], "region": "us-east-1", "stack": "orderbridge"}))
    monkeypatch.setattr("cli.connection.LOCAL", local)

    def run(*arguments: str, input: str = "") -> Result:
        return CliRunner().invoke(app, ["--local", *arguments], input=input)

    address = shown(add(run, us, "--json"))["webhook_url"]
    body = b'{"id": 1}'
    signature = signatures.sign("hmac-sha256-base64", us.webhook_secret, body)
    headers = {"X-Shopify-Topic": "orders/create", "X-Shopify-Hmac-Sha256": signature}
    assert requests.post(address, body, headers=headers, timeout=30).status_code == 200
    assert requests.post(address, body + b" ", headers=headers, timeout=30).status_code == 401
    run("stock", "location", "HAM")
    assert shown(run("stock", "receive", "A/B", "HAM", "2", "--reference", "DN-1", "--json")) == {"entered": True}
    ask = Asking(stack["ApiUrl"], Connection("", True).bridge.vault.operator_token())
    assert ask("/skus/A%2FB")["sku"] == "A/B"
    (rubbish,) = ask.until_there_is("/quarantine")
    assert ask(f"/quarantine/{rubbish['id']}/release", {})["id"] == rubbish["id"]
    receipt = {"kind": "receipt", "sku": "A/B", "location": "HAM", "quantity": 3, "reference": "DN-2"}
    assert ask("/ledger/movements", receipt) == {"entered": True}
    assert [m["balance"] for m in ask("/ledger/A%2FB/movements")] == [2, 5]
    assert ask("/health")["stores"][0]["store"] == us.name
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
