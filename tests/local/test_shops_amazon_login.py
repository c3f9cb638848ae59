"""Who may call the demo Amazon shop's API, and how often."""

from collections.abc import Iterator

import pytest
import requests

from local.shops.amazon import AmazonShop
from local.shops.amazon_lwa import PATH
from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from tests.local.amazon_calls import ARN, ORDERS, Clock, call, errors, listing_path, login, token


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[AmazonShop]:
    made = AmazonShop("amazon-de", PRODUCTS[:3])
    made.now = clock
    with made:
        yield made


def _order(shop: AmazonShop) -> str:
    return f"{ORDERS}/{shop.sell(PRODUCTS[0].sku)}"


# tokens


def test_the_sellers_keys_open_the_api_for_an_hour(shop: AmazonShop, clock: Clock) -> None:
    answer = login(shop, grant_type="refresh_token", refresh_token=shop.login.refresh_token)
    given = answer.json()
    assert (answer.status_code, given["token_type"], given["expires_in"]) == (200, "bearer", 3600)
    path, held = _order(shop), given["access_token"]
    clock.on(minutes=59, seconds=59)
    assert call(shop, "GET", path, held=held).status_code == 200
    clock.on(seconds=1)
    late = call(shop, "GET", path, held=held)
    assert errors(late) == (403, "Unauthorized", "Access to requested resource is denied.")
    assert late.json()["errors"][0]["details"] == "The access token you provided has expired."


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"refresh_token": "Atzr|other"}, 400, "invalid_grant"),
        ({"refresh_token": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "invalid_scope"),
        ({"grant_type": "client_credentials", "scope": "sellingpartnerapi::orders"}, 400, "invalid_scope"),
    ],
)
def test_what_the_token_endpoint_refuses(shop: AmazonShop, form: dict[str, str], status: int, error: str) -> None:
    good = {"grant_type": "refresh_token", "refresh_token": shop.login.refresh_token}
    answer = login(shop, **{**good, **form})
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert shop.login.refreshes == 0


def test_the_token_endpoint_reads_forms_and_json(shop: AmazonShop) -> None:
    keys = {name: shop.credentials[name] for name in ("client_id", "client_secret", "refresh_token")}
    asked = {"grant_type": "refresh_token", **keys}
    given = requests.post(shop.url + PATH, json=asked, timeout=10)
    assert (given.status_code, given.json()["token_type"]) == (200, "bearer")
    for body, kind in ((b"{", "application/json"), (b"a=b", "text/plain"), (b"", "application/x-www-form-urlencoded")):
        answer = requests.post(shop.url + PATH, data=body, headers={"Content-Type": kind}, timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_refreshes_are_counted(shop: AmazonShop) -> None:
    token(shop)
    token(shop)
    token(shop, grantless=True)
    assert (shop.login.refreshes, shop.login.grants) == (2, 1)


@pytest.mark.parametrize(
    ("held", "details"),
    [
        ("", "Access token is missing in the request header."),
        ("Atza|other", "The access token you provided is revoked, malformed or invalid."),
    ],
)
def test_a_call_without_a_good_token_is_403(shop: AmazonShop, held: str, details: str) -> None:
    answer = call(shop, "GET", _order(shop), held=held)
    assert errors(answer)[:2] == (403, "Unauthorized")
    assert answer.json()["errors"][0]["details"] == details
    assert "x-amzn-RateLimit-Limit" not in answer.headers


def test_a_grantless_token_is_for_grantless_operations_alone(shop: AmazonShop) -> None:
    seller, app = token(shop), token(shop, grantless=True)
    assert call(shop, "GET", _order(shop), held=app).status_code == 403
    body = {"resourceSpecification": {"sqs": {"arn": ARN}}, "name": "bridge"}
    assert call(shop, "POST", "/notifications/v1/destinations", body, held=seller).status_code == 403
    made = call(shop, "POST", "/notifications/v1/destinations", body, held=app).json()["payload"]
    asked = {"payloadVersion": "1.0", "destinationId": made["destinationId"]}
    path = "/notifications/v1/subscriptions/ORDER_CHANGE"
    assert call(shop, "POST", path, asked, held=app).status_code == 403
    hook = call(shop, "POST", path, asked, held=seller).json()["payload"]["subscriptionId"]
    assert call(shop, "GET", f"{path}/{hook}", held=seller).status_code == 403
    assert call(shop, "GET", f"{path}/{hook}", held=app).status_code == 200


def test_revoked_keys_are_refused_by_both(shop: AmazonShop) -> None:
    held, path = token(shop), _order(shop)
    shop.api_faults.shares = {Fault.REVOKED: 1.0}
    assert call(shop, "GET", path, held=held).status_code == 403
    answer = login(shop, grant_type="refresh_token", refresh_token=shop.login.refresh_token)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_nothing_is_known_beside_the_api(shop: AmazonShop) -> None:
    for path in (
        "/orders/2027-01-01/orders",
        "/listings/2021-08-01",
        f"{listing_path(shop, 'A/B').replace('%2F', '/')}",
    ):
        assert call(shop, "GET", path, marketplaceIds=shop.marketplace.id).status_code == 403


def test_who_the_seller_is_and_where_it_sells(shop: AmazonShop) -> None:
    answer = call(shop, "GET", "/sellers/v1/marketplaceParticipations")
    (here,) = answer.json()["payload"]
    assert (here["marketplace"]["id"], here["marketplace"]["defaultCurrencyCode"]) == (shop.marketplace.id, "EUR")
    assert here["participation"] == {"isParticipating": True, "hasSuspendedListings": False}
    assert answer.headers["x-amzn-RateLimit-Limit"] == "0.016"


# quotas


def test_after_the_burst_calls_are_429_until_the_bucket_fills(shop: AmazonShop, clock: Clock) -> None:
    held, path = token(shop), listing_path(shop, PRODUCTS[0].sku)

    def one() -> requests.Response:
        return call(shop, "GET", path, held=held, marketplaceIds=shop.marketplace.id)

    first = [one() for _ in range(10)]
    assert [answer.status_code for answer in first] == [200] * 10
    assert {answer.headers["x-amzn-RateLimit-Limit"] for answer in first} == {"5.0"}
    refused = one()
    assert errors(refused)[:2] == (429, "QuotaExceeded")
    assert "x-amzn-RateLimit-Limit" not in refused.headers
    assert "x-amzn-RequestId" in refused.headers
    clock.on(seconds=0.2)
    assert [one().status_code for _ in range(2)] == [200, 429]
    assert shop.quotas.refused == 2


def test_an_orders_search_is_scarce_and_each_operation_has_its_own_bucket(shop: AmazonShop, clock: Clock) -> None:
    held, path = token(shop), _order(shop)
    query = {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "marketplaceIds": shop.marketplace.id}
    seen = [call(shop, "GET", ORDERS, held=held, **query).status_code for _ in range(21)]
    assert seen == [200] * 20 + [429]
    assert call(shop, "GET", path, held=held).status_code == 200
    clock.on(seconds=170)
    assert call(shop, "GET", ORDERS, held=held, **query).status_code == 429
    clock.on(seconds=10)
    assert call(shop, "GET", ORDERS, held=held, **query).status_code == 200


def test_quotas_can_be_sped_up_and_switched_off(shop: AmazonShop, clock: Clock) -> None:
    held = token(shop)
    query = {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "marketplaceIds": shop.marketplace.id}
    shop.quotas.off = True
    assert {call(shop, "GET", ORDERS, held=held, **query).status_code for _ in range(25)} == {200}
    shop.quotas.off, shop.quotas.speed = False, 1000.0
    for _ in range(20):
        call(shop, "GET", ORDERS, held=held, **query)
    assert call(shop, "GET", ORDERS, held=held, **query).status_code == 429
    clock.on(seconds=1)
    assert call(shop, "GET", ORDERS, held=held, **query).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.THROTTLED, 429, "QuotaExceeded"),
        (Fault.UNAVAILABLE, 503, "ServiceUnavailable"),
        (Fault.BROKEN, 500, "InternalFailure"),
    ],
)
def test_faults_speak_amazons_language(shop: AmazonShop, fault: Fault, status: int, code: str) -> None:
    held, path = token(shop), _order(shop)
    shop.api_faults.script.append(fault)
    assert errors(call(shop, "GET", path, held=held))[:2] == (status, code)
