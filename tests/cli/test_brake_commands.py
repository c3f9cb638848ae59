"""`orderbridge brake`, `quarantine discard` and `erp pull`, and the same by the API."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from orderbridge.bridge import Bridge
from orderbridge.pulling import pull
from tests.cli.conftest import Run, shown
from tests.functions.test_api import ask
from tests.merchant import STORE, Merchant, merchant
from tests.resources import Aws

SKUS = [f"HP-{n:03}" for n in range(30)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(aws: Aws) -> Iterator[Merchant]:
    with merchant(Bridge(aws.settings), dict.fromkeys(SKUS, 3)) as made:
        made.pull()
        for sku in SKUS[:25]:
            made.erp.office.count(sku, "HAM", 0)
        made.rest()
        made.pull(MINUTE)
        yield made


def test_released_by_command(run: Run, shop: Merchant) -> None:
    told = run("brake", "show").stdout
    assert all(words in told for words in ("a pull, stopped at", "25 of 30 SKUs in stock", SKUS[24], "25 %"))
    health = run("health").stdout
    assert "empty too many SKUs at once: 1" in health
    assert "the ERP's stock was last read at 20" in health
    assert run("brake", "release").exit_code == 2, "why?"
    assert run("brake", "release", "nothing", "--why", "x").exit_code == 1
    assert run("brake", "release", "--why", "sold out", "--who", "Ada").stdout.endswith("is released\n")
    assert "nothing is stopped" in run("brake", "show").stdout
    assert [d["who"] for d in shown(run("brake", "show", "--json"))["decided"]] == ["Ada"]
    assert "Refused: nothing is stopped" in run("brake", "discard", "--why", "x").stderr
    shop.settle(2 * MINUTE)
    assert shop.available(SKUS[0]) == 0


def test_limits_by_command(run: Run, shop: Merchant) -> None:
    assert shown(run("brake", "set", "--share", "90", "--json")) == {"share": 90, "least": 20, "number": 500}
    assert run("brake", "set", "--share", "101").exit_code == 1
    run("brake", "discard", "--why", "the limit was too low")
    shop.settle(2 * MINUTE)
    assert shop.available(SKUS[0]) == 0


def test_by_the_api(shop: Merchant) -> None:
    status, found = ask(shop.bridge, "/api/brake")
    ((stopped, falls),) = found["stopped"]
    assert (status, falls[SKUS[0]]) == (200, {"before": 3, "after": 0})
    path = f"/api/brake/{stopped['run']}"
    assert ask(shop.bridge, f"{path}/discard", "POST", {"who": "Ada"})[0] == 400
    assert ask(shop.bridge, f"{path}/discard", "POST", {"who": "Ada", "why": "a mistake"})[0] == 200
    assert ask(shop.bridge, f"{path}/release", "POST", {"who": "Ada", "why": "a mistake"})[0] == 404


def test_a_parked_shipment_is_given_up(run: Run, shop: Merchant) -> None:
    run("brake", "release", "--why", "sold out")
    shop.erp.office.ship(shop.document("unknown", {SKUS[29]: 1}), SKUS[29], 1, "HAM")
    shop.settle(2 * MINUTE)
    (row,) = shown(run("quarantine", "list", "--json"))
    assert (row["kind"], row["store"], row["sku"]) == ("shipment", STORE, SKUS[29])
    assert "did not come" not in run("quarantine", "show", row["id"]).stdout
    assert "is given up" in run("quarantine", "discard", row["id"], "--why", "an order of last year").stdout
    shop.settle(10 * MINUTE)
    assert shown(run("quarantine", "list", "--json")) == []
    body = {"who": "Ada", "why": "again"}
    assert ask(shop.bridge, f"/api/quarantine/{row['id']}/discard", "POST", body)[0] == 404


def test_read_now(run: Run, shop: Merchant, aws: Aws) -> None:
    run("brake", "release", "--why", "sold out")
    assert "its stock is read" in run("erp", "pull", "--full").stdout
    taken = aws.sqs.receive_message(QueueUrl=aws.settings.pulls_queue_url)["Messages"]
    assert [message["Body"] for message in taken] == ["go on"]
    assert pull(shop.bridge, 20, sleep=lambda _: None).read >= 30
    shop.bridge.control.save_erp("ledger")
    assert "there is nothing to read" in run("erp", "pull").stderr
