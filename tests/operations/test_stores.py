"""Stores: added only when the shop agrees, changed without losing their address, paused and resumed."""

import json

import pytest

from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import signatures
from orderbridge.bridge import Bridge
from orderbridge.errors import AuthFailed, InvalidInput, InvalidSignature, UnknownStore
from orderbridge.operations import stores
from orderbridge.receiving import Receiver
from orderbridge.tables.control import RETELL, counterparty
from tests.operations.conftest import store_of
from tests.resources import Aws


def received(bridge: Bridge, token: str, key: str) -> int:
    body = b'{"id": 1}'
    headers = {
        "x-shopify-topic": "orders/create",
        "x-shopify-hmac-sha256": signatures.sign("hmac-sha256-base64", key, body),
    }
    status, _ = Receiver(bridge.vault, bridge.queues, bridge.archive).receive(token, headers, body)
    return status


def test_an_added_store_takes_webhooks_and_has_credentials(bridge: Bridge, us: ShopifyShop) -> None:
    connected = stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    assert len(connected.token) >= 43
    assert received(bridge, connected.token, us.webhook_secret) == 200
    assert bridge.control.store(us.name) == store_of(us)
    assert bridge.shop(us.name).check() == []
    assert stores.check(bridge, us.name) == []


def test_a_woocommerce_store_too(bridge: Bridge, eu: WooShop) -> None:
    stores.add(bridge, store_of(eu), eu.credentials, eu.webhook_secret)
    assert stores.check(bridge, eu.name) == []


def test_wrong_credentials_are_named_and_nothing_is_written(bridge: Bridge, us: ShopifyShop) -> None:
    with pytest.raises(InvalidInput, match="access token does not work"):
        stores.add(bridge, store_of(us), {"access_token": "wrong-secret"}, us.webhook_secret)
    with pytest.raises(AuthFailed, match="access_token") as lacking:
        stores.add(bridge, store_of(us), {"acces_token": "wrong-secret"}, us.webhook_secret)
    assert "wrong-secret" not in str(lacking.value)
    us.scopes.discard("write_inventory")
    with pytest.raises(InvalidInput, match="lacks the scope write_inventory"):
        stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    assert bridge.control.stores() == {}
    with pytest.raises(UnknownStore):
        bridge.vault.api(us.name)


def test_an_empty_signing_secret_is_refused(bridge: Bridge, us: ShopifyShop) -> None:
    with pytest.raises(InvalidInput, match="signing secret is empty"):
        stores.add(bridge, store_of(us), us.credentials, "")


def test_a_second_store_of_the_same_id_is_refused_and_the_first_unharmed(bridge: Bridge, us: ShopifyShop) -> None:
    first = stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    with pytest.raises(InvalidInput, match="already"):
        stores.add(bridge, store_of(us), us.credentials, "another")
    assert received(bridge, first.token, us.webhook_secret) == 200


def test_rotation_keeps_the_address_and_the_previous_key(bridge: Bridge, us: ShopifyShop) -> None:
    token = stores.add(bridge, store_of(us), us.credentials, "one").token
    for secret in ("two", "two", "three"):
        assert stores.update(bridge, store_of(us), signing_secret=secret).token == token
    assert received(bridge, token, "three") == received(bridge, token, "two") == 200
    with pytest.raises(InvalidSignature):
        received(bridge, token, "one")
    assert bridge.vault.api(us.name)["access_token"] == us.token


def test_neither_secret_lies_in_the_tables_or_in_the_names_of_secrets(
    aws: Aws, bridge: Bridge, us: ShopifyShop
) -> None:
    token = stores.add(bridge, store_of(us), us.credentials, us.webhook_secret).token
    rows = aws.dynamodb.scan(TableName=aws.settings.control_table)["Items"]
    names = [secret["Name"] for secret in aws.secrets.list_secrets()["SecretList"]]
    for hidden in (token, us.token, us.webhook_secret):
        assert hidden not in json.dumps(rows)
        assert not any(hidden in name for name in names)


def test_a_new_buffer_or_map_makes_a_to_do_that_stands_for_all_listings(bridge: Bridge, us: ShopifyShop) -> None:
    def todos() -> list[str]:
        found = list(bridge.control.todos(counterparty(us.name)))
        return [todo.kind for todo in found if bridge.control.done(todo)]

    bridge.control.add_location("HAM")
    stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    stores.update(bridge, store_of(us).model_copy(update={"name": "Portland"}))
    assert todos() == []
    stores.update(bridge, store_of(us).model_copy(update={"buffer": 2}))
    assert todos() == [RETELL]
    assert bridge.control.store(us.name).buffer == 2
    stores.update(bridge, store_of(us).model_copy(update={"buffer": 2, "locations": {us.locations[0]: ("HAM",)}}))
    assert todos() == [RETELL]


def test_pause_and_resume(aws: Aws, bridge: Bridge, us: ShopifyShop) -> None:
    stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    stores.pause(bridge, us.name, "stock taking")
    assert stores.check(bridge, us.name) == ["pushing is paused: stock taking"]
    assert stores.listed(bridge)[0].store.paused == "stock taking"
    stores.resume(bridge, us.name)
    assert bridge.control.store(us.name).paused == ""
    bells = aws.sqs.receive_message(QueueUrl=aws.settings.bells_queue_url)["Messages"]
    assert [bell["Body"] for bell in bells] == [counterparty(us.name)]
    with pytest.raises(UnknownStore):
        stores.pause(bridge, "nobody", "")


@pytest.mark.parametrize(
    ("ours", "words"),
    [
        ((("HAM", "HMA"), ("SZX",)), "no location 'HMA'; add it"),
        ((("HAM", "SZX"), ("HAM",)), "HAM is mapped to two locations"),
        (((), ("HAM",)), "must be the only one"),
    ],
)
def test_a_map_of_locations_that_cannot_be_is_refused(
    bridge: Bridge, us: ShopifyShop, ours: tuple[tuple[str, ...], ...], words: str
) -> None:
    for known in ("HAM", "SZX"):
        bridge.control.add_location(known)
    store = store_of(us).model_copy(update={"locations": dict(zip(us.locations, ours, strict=True))})
    with pytest.raises(InvalidInput, match=words):
        stores.add(bridge, store, us.credentials, us.webhook_secret)
    bridge.control.save_store(store)
    assert any(words in problem for problem in stores.check(bridge, us.name)), "and shown where it is there already"
