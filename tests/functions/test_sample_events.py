"""events/<function>.json: what each trigger hands to its function, as `sam local invoke` uses it, is understood."""

import json
from typing import Any

import pytest

from local.template import ROOT
from orderbridge.bridge import Bridge
from tests.lambdas import Lambdas, Reply
from tests.resources import Aws
from tests.sam_local import connect_test_stores

FUNCTIONS = sorted(path.name for path in (ROOT / "functions").iterdir() if path.name != "receive_webhook")


def _invoke(lambdas: Lambdas, aws: Aws, function: str, event: str) -> Reply:
    found: dict[str, Any] = json.loads((ROOT / "events" / f"{event}.json").read_text())
    connect_test_stores(Bridge(aws.settings))
    with lambdas.start(function, aws.env_of(function)) as sandbox:
        return sandbox.call(found)


def test_there_is_one_for_every_function() -> None:
    assert sorted(path.stem for path in (ROOT / "events").glob("*.json")) == FUNCTIONS


@pytest.mark.parametrize("function", ["process_deliveries", "publish_changes", "update_store"])
def test_records_are_served(lambdas: Lambdas, aws: Aws, function: str) -> None:
    reply = _invoke(lambdas, aws, function, function)
    assert reply.failures == []
    assert reply.calls, "it did nothing"


def test_the_delivery_becomes_an_order(lambdas: Lambdas, aws: Aws) -> None:
    _invoke(lambdas, aws, "process_deliveries", "process_deliveries")
    assert Bridge(aws.settings).orders.load("shopify-us", "1640000119") is not None


def test_the_minute_is_swept(lambdas: Lambdas, aws: Aws) -> None:
    assert _invoke(lambdas, aws, "sweep", "sweep").answer["oldest_todo_seconds"] == 0


def test_without_a_source_no_rate_is_read(lambdas: Lambdas, aws: Aws) -> None:
    reply = _invoke(lambdas, aws, "refresh_rates", "refresh_rates")
    assert (set(reply.answer["outcomes"].values()), reply.answer["failed"]) == ({"no source"}, 0)
    assert set(reply.calls) == {"Query"}


def test_shops_without_an_address_of_ours_are_left_alone(lambdas: Lambdas, aws: Aws) -> None:
    reply = _invoke(lambdas, aws, "check_subscriptions", "check_subscriptions")
    assert set(reply.answer["stores"]) == {"amazon-de"}, "it writes to a queue, so it is asked, and nobody is there"
    assert reply.answer["stores"]["amazon-de"] == ["TemporaryFailure: no answer (ConnectionError)"]


def test_an_embedded_ledger_is_not_read(lambdas: Lambdas, aws: Aws) -> None:
    assert _invoke(lambdas, aws, "pull_erp", "pull_erp").calls == ["GetItem"] * 2


def test_the_operator_is_let_in(lambdas: Lambdas, aws: Aws) -> None:
    assert _invoke(lambdas, aws, "api", "api").answer["statusCode"] == 200


def test_a_webhook_is_accepted(lambdas: Lambdas, aws: Aws) -> None:
    assert _invoke(lambdas, aws, "receive_webhook", "shopify/orders_create").answer["statusCode"] == 200


def test_a_message_of_amazon_is_handed_on(lambdas: Lambdas, aws: Aws) -> None:
    reply = _invoke(lambdas, aws, "receive_notification", "receive_notification")
    assert reply.failures == []
    assert "SendMessage" in reply.calls, reply.log
