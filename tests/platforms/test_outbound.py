"""Conformance, what goes out: every recording of every platform, and every way in which a call can fail.

Never edited to add a platform.
"""

import json
import logging
import traceback
from dataclasses import dataclass, replace
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from orderbridge import platforms
from orderbridge.errors import AuthFailed, BridgeError, RateLimited, Rejected, TemporaryFailure
from orderbridge.http import NotFound
from tests.platforms import cases, replay
from tests.platforms.replay import CALLS, Recording

every = pytest.mark.parametrize("recording", replay.recordings(), ids=str)
every_platform = pytest.mark.parametrize("platform", platforms.names())


def that_can(capability: str) -> pytest.MarkDecorator:
    """Every platform that supports a method."""
    able = [name for name in platforms.names() if platforms.load(name).supports(capability)]
    return pytest.mark.parametrize("platform", able)


# `check` answers with words what the others raise.
raising = pytest.mark.parametrize(
    "recording", [one for one in replay.recordings() if one.read()["call"] != "check"], ids=str
)


@every
def test_calls_and_results_equal_the_recording(recording: Recording) -> None:
    told = recording.read()
    adapter, outcome = replay.replayed(recording)
    assert adapter.sent == [exchange["request"] for exchange in told["exchanges"]]
    assert json.loads(json.dumps(outcome)) == {name: told[name] for name in ("result", "raises") if name in told}


@every_platform
def test_every_capability_is_recorded(platform: str) -> None:
    recorded = {one.read()["call"] for one in replay.recordings() if one.platform == platform}
    can = {name for name in CALLS if platforms.load(platform).supports(name)}
    assert recorded == can


@every_platform
def test_lists_are_read_to_their_end(platform: str) -> None:
    """Each capability that comes in pages has a recording with more than one call."""
    calls = [one.read() for one in replay.recordings() if one.platform == platform]
    for name in ("orders_since", "list_products", "subscriptions"):
        lengths = [len(told["exchanges"]) for told in calls if told["call"] == name]
        assert not lengths or max(lengths) > 1, name


@that_can("push_stock")
def test_an_error_inside_a_success_is_an_error(platform: str) -> None:
    found = [one.read() for one in replay.recordings() if one.platform == platform]
    fine = [told for told in found if all(exchange["response"]["status"] < 300 for exchange in told["exchanges"])]
    raised = [told["raises"]["error"] for told in fine if "raises" in told]
    rows = [row[-1]["outcome"] for told in fine if told["call"] == "push_stock" for row in told.get("result", [])]
    assert raised or "rejected" in rows


@pytest.mark.parametrize("recording", [one for one in replay.recordings() if "same_as" in one.read()], ids=str)
def test_a_fetched_order_equals_the_one_that_was_told(recording: Recording) -> None:
    """Law 3 compares content: the same state of an order must read the same from both sources. A platform that tells no
    orders by itself has them in a recorded list instead."""
    told = recording.read()
    case = cases.Case(recording.platform, told["same_as"])
    if not case.path.exists():
        assert told["result"] in json.loads((recording.path.parent / f"{case.name}.json").read_text())["result"]
        return
    golden = case.expected()
    said = [{name: value for name, value in item.items() if name != "read"} for item in golden["became"]]
    assert [told["result"]] == said


@that_can("fetch")
def test_a_fetched_order_is_compared_with_a_webhook(platform: str) -> None:
    assert any("same_as" in one.read() for one in replay.recordings() if one.platform == platform)


@dataclass
class Failing(BaseAdapter):
    """Answers the first calls as recorded, then with one failure."""

    exchanges: list[dict[str, Any]]
    failure: "requests.RequestException | tuple[int, dict[str, str], str]"
    fails_at: int
    count: int = 0

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self.count += 1
        if self.count <= self.fails_at:
            return replay.response(request, self.exchanges[self.count - 1]["response"])
        if isinstance(self.failure, requests.RequestException):
            raise self.failure
        status, headers, body = self.failure
        return replay.response(request, {"status": status, "headers": headers, "body": body})

    def close(self) -> None:
        """Nothing is open."""


_LEAK = "https://user:password@shop.example.com"  # what texts of requests' own errors may hold
_HTML = {"Content-Type": "text/html"}
FAILURES: dict[str, tuple[Any, type[BridgeError]]] = {
    "429 with seconds": ((429, {"Retry-After": "7.0"}, ""), RateLimited),
    "429 without": ((429, {}, "<html>slow down</html>"), RateLimited),
    "401": ((401, {}, '{"errors": "[API] Invalid API key or access token"}'), AuthFailed),
    "403": ((403, _HTML, "<html>Forbidden by the firewall</html>"), AuthFailed),
    "400": ((400, {}, '{"message": "Invalid parameter(s): page"}'), Rejected),
    "404 of no API": ((404, _HTML, "<html>Nothing here</html>"), NotFound),
    "409": ((409, {}, ""), Rejected),
    "422": ((422, {}, '{"errors": {"quantity": ["is invalid"]}}'), Rejected),
    "301": ((301, {"Location": "https://elsewhere.example.com"}, ""), Rejected),
    "408": ((408, {}, ""), TemporaryFailure),
    "500": ((500, _HTML, "<html>There has been a critical error</html>"), TemporaryFailure),
    "502": ((502, _HTML, ""), TemporaryFailure),
    "503": ((503, {"Retry-After": "3"}, ""), TemporaryFailure),
    "504": ((504, {}, ""), TemporaryFailure),
    "200 of a proxy": ((200, _HTML, "<html>Please log in to this network</html>"), TemporaryFailure),
    "200 and no document": ((200, {}, '"ok"'), TemporaryFailure),
    "200 and nothing": ((200, {}, ""), TemporaryFailure),
    "connect timeout": (requests.ConnectTimeout(_LEAK), TemporaryFailure),
    "read timeout": (requests.ReadTimeout(_LEAK), TemporaryFailure),
    "refused": (requests.ConnectionError(_LEAK), TemporaryFailure),
    "cut off": (requests.exceptions.ChunkedEncodingError(), TemporaryFailure),
}


@pytest.mark.parametrize("what", FAILURES)
@raising
def test_failures_are_named_for_what_to_do(recording: Recording, what: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failure, expected = FAILURES[what]
    told = recording.read()
    for fails_at in range(len(told["exchanges"])):
        platform = cases.connect(recording.platform)
        replay.mount(platform, Failing(told["exchanges"], failure, fails_at))
        with pytest.raises(BridgeError) as raised:
            CALLS[told["call"]](platform, told["arguments"])
        error = raised.value
        assert type(error) is expected, error
        assert (error.platform, error.store) == (recording.platform, platform.store.id)
        assert error.status == (failure[0] if isinstance(failure, tuple) else 0)
        shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)) + caplog.text
        secrets = (_LEAK, *cases.store_file(recording.platform)["credentials"].values())
        assert not [secret for secret in secrets if secret in shown]
        if isinstance(error, RateLimited):
            # Where nobody says for how long: 2 seconds, or what the platform's own limits say of this call.
            assert error.retry_after == 7.0 if "seconds" in what else error.retry_after >= 2.0


@that_can("check")
def test_check_says_in_words_what_is_wrong_with_the_credentials(platform: str) -> None:
    given = cases.connect(platform)
    replay.mount(given, Failing([], (401, {}, '{"message": "Consumer key is invalid."}'), 0))
    problems = given.check()
    assert problems
    assert all("Consumer key is invalid." in problem for problem in problems)


@that_can("check")
def test_check_compares_the_currency(platform: str) -> None:
    [told] = [one.read() for one in replay.recordings() if (one.platform, one.path.stem) == (platform, "check")]
    given = cases.connect(platform)
    given.store = given.store.model_copy(update={"currency": "CHF"})
    replay.mount(given, replay.Replay(told["exchanges"]))
    assert [problem for problem in given.check() if "CHF" in problem]


@that_can("stock_calls")
def test_stock_calls_are_pure_and_within_limits(platform: str) -> None:
    given = cases.connect(platform)
    [told] = [one.read() for one in replay.recordings() if (one.platform, one.path.stem) == (platform, "push_stock")]
    row = replay.rows(told["arguments"])[0]
    items = [row.listing.model_copy(update={"item_id": str(n), "variant_id": ""}) for n in range(1, 1001)]
    rows = [type(row)(item, row.location, 5, None) for item in items]
    calls = given.stock_calls(rows, "push-9")
    assert calls == given.stock_calls(rows, "push-9")
    assert [key for call in calls for key in call.rows] == [row.key for row in rows]
    assert max(len(call.rows) for call in calls) <= given.STOCK_BATCH
    assert len({call.key for call in calls} | {call.key for call in given.stock_calls(rows, "push-10")}) == 2 * len(
        calls
    )


@that_can("price_calls")
def test_price_calls_are_pure_and_within_limits(platform: str) -> None:
    given = cases.connect(platform)
    [told] = [one.read() for one in replay.recordings() if (one.platform, one.path.stem) == (platform, "push_prices")]
    row = replay.price_rows(told["arguments"])[0]
    ids = [str(n) for n in range(1, 1001)]
    rows = [
        replace(row, listing=row.listing.model_copy(update={"product_id": id, "variant_id": id, "item_id": id}))
        for id in ids
    ]
    calls = given.price_calls(rows, "push-9")
    assert calls == given.price_calls(rows, "push-9")
    assert sorted(key for call in calls for key in call.rows) == sorted(row.key for row in rows)
    assert max(len(call.rows) for call in calls) <= given.PRICE_BATCH
    assert len({call.key for call in calls} | {call.key for call in given.price_calls(rows, "push-10")}) == 2 * len(
        calls
    )
