"""Stores of a platform that calls no address of ours: what it is told, and whose its messages are."""

from datetime import UTC, datetime, timedelta

import pytest

from orderbridge.bridge import Bridge
from orderbridge.errors import AuthFailed, UnknownStore
from orderbridge.operations import stores, subscriptions
from orderbridge.platforms.base import Sending, Subscription
from orderbridge.subscribing import check_all
from orderbridge.subscriptions import Wrong, findings
from orderbridge.tables.accounts import Accounts
from orderbridge.vault import TOKEN
from tests.bazaar import CREDENTIALS, Market, market, store_of
from tests.resources import Aws

__all__ = ["market"]
TOPICS = ["ORDER"]


@pytest.fixture
def arn(aws: Aws, market: Market) -> str:
    return aws.settings.notifications_queue_arn


def test_it_needs_no_signing_secret_and_gets_no_address(bridge: Bridge, aws: Aws, market: Market) -> None:
    connected = stores.add(bridge, store_of(), CREDENTIALS, "")
    assert connected.token == ""
    assert bridge.vault.api("bazaar") == CREDENTIALS
    assert [one["Name"] for one in aws.secrets.list_secrets()["SecretList"] if "/inbound/" in one["Name"]] == []
    assert Accounts(bridge.control).stores("bazaar", "S1#M1") == ["bazaar"]
    assert stores.check(bridge, "bazaar") == []


def test_other_credentials_are_another_account(bridge: Bridge, market: Market) -> None:
    stores.add(bridge, store_of(), CREDENTIALS, "")
    stores.add(bridge, store_of("second"), {**CREDENTIALS, "market": "M2"}, "")
    accounts = Accounts(bridge.control)
    assert accounts.stores("bazaar", "S1") == ["bazaar", "second"]
    stores.update(bridge, store_of(), {"seller": "S2"})
    assert [accounts.stores("bazaar", one) for one in ("S1", "S1#M1", "S2#M1")] == [["second"], [], ["bazaar"]]
    assert TOKEN not in bridge.vault.api("bazaar")
    assert accounts.stores("shopify", "S2#M1") == [], "another platform may use the same words"
    with pytest.raises(AuthFailed, match="seller"):
        stores.add(bridge, store_of("third"), {"key": "a", "market": "M1"}, "")
    with pytest.raises(UnknownStore):
        stores.update(bridge, store_of("third"), CREDENTIALS)


def test_it_is_registered_with_the_queue(bridge: Bridge, market: Market, arn: str) -> None:
    stores.add(bridge, store_of(), CREDENTIALS, "")
    assert arn.startswith("arn:aws:sqs:")
    assert "none to our address" in subscriptions.problems(bridge, "bazaar", "https://unused.example.com")[0]
    repaired = subscriptions.register(bridge, "bazaar", "https://unused.example.com")
    assert [finding.topic for finding in repaired.done] == TOPICS
    assert [(one.topic, one.address) for one in market.subscribed] == [(topic, arn) for topic in TOPICS]
    assert subscriptions.register(bridge, "bazaar", "").done == []
    assert subscriptions.problems(bridge, "bazaar", "") == []


def test_what_the_platform_dropped_is_made_again(bridge: Bridge, market: Market, arn: str) -> None:
    stores.add(bridge, store_of(), CREDENTIALS, "")
    subscriptions.register(bridge, "bazaar", "")
    market.subscribed.clear()
    checked = check_all(bridge, 10, lambda: datetime.now(UTC) + timedelta(hours=6))
    assert (checked.repaired, checked.failed) == (1, 0)
    assert [one.address for one in market.subscribed] == [arn]


def test_whose_a_subscription_is_says_the_whole_name_of_the_queue() -> None:
    ours, theirs = "arn:aws:sqs:eu-central-1:1:ours", "arn:aws:sqs:eu-central-1:1:not-ours"
    shown = [Subscription("1", "ORDER", theirs)]
    assert [one.wrong for one in findings(["ORDER"], shown, ours, {})] == [Wrong.MISSING]
    assert findings(["ORDER"], [*shown, Subscription("2", "ORDER", ours)], ours, {}) == []
    off = [Subscription("2", "ORDER", ours, Sending.DISABLED)]
    assert [one.wrong for one in findings(["ORDER"], off, ours, {})] == [Wrong.DISABLED]
