"""`orderbridge cost` and GET /api/cost, on an engine without metrics."""

import json

from orderbridge.bridge import Bridge
from orderbridge.routes import respond
from tests.cli.conftest import Run, shown
from tests.resources import Aws

ASKED = {"orders_per_day": "1000", "cost_now": "5", "cost_then": "3", "currency": "CNY"}
OPTIONS = [word for name, value in ASKED.items() for word in (f"--{name.replace('_', '-')}", value)]


def test_what_is_saved_in_a_year(run: Run) -> None:
    said = run("--stack", "state", "cost", *OPTIONS)
    assert said.exit_code == 0, said.output
    assert "saved a year: 730,000 CNY = 365,000 orders x (5 - 3)" in said.stdout
    assert "no metrics of a full day yet" in said.stdout
    assert "CNY (ecb, 20" in said.stdout


def test_without_a_rate_dollars_are_shown(run: Run) -> None:
    said = run("--stack", "state", "cost", *OPTIONS[:-1], "VND").stdout
    assert "no exchange rate of USD and VND is known" in said
    assert "USD at AWS's list prices" in said
    assert "left a year" not in said


def test_what_cannot_be_is_refused(run: Run) -> None:
    refused = run("--stack", "state", "cost", *OPTIONS[:-1], "RMB")
    assert refused.exit_code == 1
    assert "'RMB' is no currency of ISO 4217" in refused.stderr


def test_the_api_says_the_same(run: Run, aws: Aws) -> None:
    bridge = Bridge(aws.settings)
    object.__setattr__(bridge.settings, "stack", "state")

    def ask(given: dict[str, str]) -> tuple[int, dict[str, object]]:
        event = {"rawPath": "/api/cost", "requestContext": {"http": {"method": "GET"}}, "queryStringParameters": given}
        token = bridge.vault.operator_token()
        answer = respond(bridge, {**event, "headers": {"authorization": f"Bearer {token}"}})
        return answer["statusCode"], json.loads(answer["body"])

    assert ask(ASKED) == (200, shown(run("--stack", "state", "cost", *OPTIONS, "--json")))
    status, refused = ask({**ASKED, "cost_now": "NaN"})
    assert (status, refused["error"]) == (400, "InvalidAmount")
    status, refused = ask({"cost_now": "5"})
    assert (status, refused["error"]) == (400, "InvalidInput")
    assert str(refused["reason"]).startswith("orders_per_day, cost_then, currency is missing")
