"""Stores: added only when the shop agrees, changed without losing their address, paused and resumed."""

import json

import pytest

from local.shops.shopify import ShopifyShop
from local.shops.woocommerce import WooShop
from orderbridge import signatures
from orderbridge.bridge import Bridge
from orderbridge.errors import AuthFailed, InvalidInput, InvalidSignature, UnknownStore
from orderbridge.operations import stores
from orderbridge.operations.listings import import_all
from orderbridge.receiving import Receiver
from orderbridge.tables.control import counterparty
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


def test_a_new_buffer_marks_all_listed_skus(bridge: Bridge, us: ShopifyShop) -> None:
    stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    import_all(bridge, us.name, create=True)
    bridge.stock.clean("HP-MUG-01", 1)
    stores.update(bridge, store_of(us))
    assert not bridge.stock.level("HP-MUG-01").dirty
    stores.update(bridge, store_of(us).model_copy(update={"buffer": 2}))
    assert bridge.stock.level("HP-MUG-01").dirty


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


def test_check_names_our_location_that_has_no_stock(bridge: Bridge, us: ShopifyShop) -> None:
    store = store_of(us).model_copy(update={"locations": {us.locations[0]: ("HAM", "HMA")}})
    bridge.control.add_location("HAM")
    stores.add(bridge, store, us.credentials, us.webhook_secret)
    assert stores.check(bridge, us.name) == ["no stock is kept at our location 'HMA'"]
