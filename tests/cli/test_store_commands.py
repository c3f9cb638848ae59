"""`orderbridge store`: secrets come in unseen, and what is wrong with a shop is said in plain words."""

import json
from pathlib import Path

import pytest

from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from tests.bazaar import Market, market
from tests.cli.conftest import Run, add, shown
from tests.resources import Aws

__all__ = ["market"]


def test_a_store_from_adding_to_pausing(run: Run, us: ShopifyShop, aws: Aws) -> None:
    added = add(run, us)
    assert added.exit_code == 0, added.output
    token = added.stdout.split("https://bridge.example.com/webhooks/")[1].strip()
    assert Bridge(aws.settings).vault.inbound(token)["keys"] == [us.webhook_secret]
    for secret in (us.token, us.webhook_secret):
        assert secret not in added.output, "what is typed is not shown"
    assert "`orderbridge store register` makes them" in run("store", "check", us.name).stdout
    assert run("store", "register", us.name).exit_code == 0
    assert shown(run("store", "check", us.name, "--json")) == {"store": us.name, "problems": []}
    assert run("store", "pause", us.name, "--reason", "stock taking").exit_code == 0
    assert "paused: stock taking" in run("store", "list").stdout
    assert run("store", "check", us.name).exit_code == 1
    assert run("store", "resume", us.name).exit_code == 0
    (row,) = shown(run("store", "list", "--json"))
    assert (row["store"]["id"], row["store"]["paused"], row["store"]["url"]) == (us.name, "", us.url)
    changed = run("store", "add", us.name, "--update", "--buffer", "3", "--json")
    assert (shown(changed)["store"]["buffer"], shown(changed)["store"]["tolerance"]) == (3, 1)
    tolerant = shown(run("store", "add", us.name, "--update", "--tolerance", "0", "--json"))["store"]
    assert (tolerant["buffer"], tolerant["tolerance"]) == (3, 0)
    assert (tolerant["tells_parcels"], tolerant["notifies_buyer"]) == (True, True)
    quiet = shown(run("store", "add", us.name, "--update", "--no-parcels", "--no-notify", "--json"))["store"]
    assert (quiet["tells_parcels"], quiet["notifies_buyer"], quiet["buffer"]) == (False, False, 3)
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
        (["--platform", "shopfy"], "there is no platform 'shopfy'; there are: amazon, shopify, woocommerce"),
        (["--url", "shop.example.com"], "is not the address of a shop"),
        (["--currency", "USDT"], "is not a currency"),
        (["--buffer", "-1"], "buffer: "),
        (["--tolerance", "-1"], "tolerance: "),
        (["--tolerance", "101"], "tolerance: "),
        (["--connected-at", "yesterday"], "is no time"),
        (["--location", "1=H M"], "locations.1.0: "),
    ],
)
def test_a_store_that_cannot_be(run: Run, us: ShopifyShop, options: list[str], reason: str) -> None:
    refused = add(run, us, *options)
    assert refused.exit_code == 1
    assert reason in refused.stderr


def test_webhooks_are_registered_and_looked_after(run: Run, us: ShopifyShop) -> None:
    token = shown(add(run, us, "--json"))["webhook_url"].rsplit("/", 1)[1]
    us.scopes -= {"read_returns"}
    lacking = run("store", "register", us.name)
    assert lacking.exit_code == 1
    assert "give the app the scope read_returns" in lacking.stdout
    us.scopes |= {"read_returns"}
    done = shown(run("store", "register", us.name, "--stock", "--json"))
    assert (len(done["subscribed"]), done["problems"]) == (8, []), "seven of returns, and the one of quantities"
    assert "nothing to do" in run("store", "register", us.name).stdout
    us.subscriptions.pop()
    wrong = run("store", "check", us.name)
    assert (wrong.exit_code, "the shop does not send it" in wrong.stdout) == (1, True)
    for result in (lacking, wrong):
        assert token not in result.output


def test_a_store_of_a_bus_is_told_the_queue(run: Run, market: Market) -> None:
    given = (
        "store",
        "add",
        "bazaar",
        "--platform",
        "bazaar",
        "--url",
        "https://bazaar.example.com",
        "--currency",
        "EUR",
    )
    done = run(*given, input="a-key\nS1\nM1\n")
    assert done.exit_code == 0, done.output
    assert "webhook" not in done.output
    assert "Bazaar writes its notifications to this queue:\narn:aws:sqs:" in done.stdout
    assert "`orderbridge store register bazaar`" in done.stdout
    said = json.loads(run(*given, "--update", "--json").stdout)
    assert said["queue_arn"].startswith("arn:aws:sqs:")
    assert run("store", "register", "bazaar").stdout == "bazaar: 1 webhooks put right\n"
    assert [one.address for one in market.subscribed] == [said["queue_arn"]]
    checked = run("--stack", "nowhere", "check")
    assert "good: bazaar: its secrets are there, the shop accepts them" in checked.stdout
