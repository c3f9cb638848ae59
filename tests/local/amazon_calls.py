"""Calls of a demo Amazon shop's API as any app would make them, without the bridge, and the world around it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import requests

from local.shops.amazon import AmazonShop
from local.shops.amazon_lwa import NOTIFICATIONS, PATH

ARN = "arn:aws:sqs:eu-central-1:111122223333:amazon"
ORDERS, OLD_ORDERS = "/orders/2026-01-01/orders", "/orders/v0/orders"
EVERYTHING = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX"


class Clock:
    """The shop's clock, in a test's hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def on(self, **more: float) -> None:
        self.at += timedelta(**more)


class Queues:
    """Stands for SQS: what was sent, by the queue's name."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []

    def get_queue_url(self, QueueName: str) -> dict[str, str]:
        return {"QueueUrl": f"https://sqs.example.com/{QueueName}"}

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:
        self.sent.append((QueueUrl, MessageBody))


def login(shop: AmazonShop, **form: str) -> requests.Response:
    keys = {"client_id": shop.login.client_id, "client_secret": shop.login.client_secret}
    return requests.post(shop.url + PATH, data={**keys, **form}, timeout=10)


def token(shop: AmazonShop, grantless: bool = False) -> str:
    form = {"grant_type": "refresh_token", "refresh_token": shop.login.refresh_token}
    if grantless:
        form = {"grant_type": "client_credentials", "scope": NOTIFICATIONS}
    return str(login(shop, **form).json()["access_token"])


def call(
    shop: AmazonShop, method: str, path: str, body: Any = None, *, held: str | None = None, **query: str
) -> requests.Response:
    """`held` is the access token to show, by default a fresh one of the seller's."""
    given = token(shop) if held is None else held
    headers = {"x-amz-access-token": given} if given else {}
    return requests.request(method, shop.url + path, params=query, json=body, headers=headers, timeout=10)


def ask(shop: AmazonShop, path: str, **query: str) -> dict[str, Any]:
    answer = call(shop, "GET", path, **query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def order(shop: AmazonShop, number: str, included: str = EVERYTHING) -> dict[str, Any]:
    found: dict[str, Any] = ask(shop, f"{ORDERS}/{number}", includedData=included)["order"]
    return found


def listing_path(shop: AmazonShop, sku: str = "") -> str:
    return f"/listings/2021-08-01/items/{shop.seller_id}" + (f"/{quote(sku, safe='')}" if sku else "")


def listing(shop: AmazonShop, sku: str, included: str = "summaries,issues,offers,fulfillmentAvailability") -> Any:
    return ask(shop, listing_path(shop, sku), marketplaceIds=shop.marketplace.id, includedData=included)


def units(shop: AmazonShop, sku: str) -> int:
    """As the listing shows them."""
    (row,) = listing(shop, sku)["fulfillmentAvailability"]
    return int(row["quantity"])


def patch(shop: AmazonShop, sku: str, *patches: dict[str, Any], **query: str) -> requests.Response:
    body = {"productType": "PRODUCT", "patches": list(patches)}
    return call(shop, "PATCH", listing_path(shop, sku), body, marketplaceIds=shop.marketplace.id, **query)


def stock(quantity: Any, channel: str = "DEFAULT") -> dict[str, Any]:
    value = [{"fulfillment_channel_code": channel, "quantity": quantity}]
    return {"op": "replace", "path": "/attributes/fulfillment_availability", "value": value}


def confirm(shop: AmazonShop, number: str, *rows: tuple[int | str, int], **detail: Any) -> requests.Response:
    """shipmentConfirmation of lines and units; `detail` replaces parts of the package."""
    items = [{"orderItemId": str(line), "quantity": units} for line, units in rows]
    package = {
        "packageReferenceId": "1",
        "carrierCode": "DHL",
        "trackingNumber": "HP0001",
        "shipDate": "2026-11-02T10:00:00Z",
        "orderItems": items,
        **detail,
    }
    body = {"marketplaceId": detail.pop("marketplace", shop.marketplace.id), "packageDetail": package}
    return call(shop, "POST", f"{OLD_ORDERS}/{number}/shipmentConfirmation", body)


def errors(answer: requests.Response) -> tuple[int, str, str]:
    """Status, code and message of the one error of an answer."""
    (error,) = answer.json()["errors"]
    assert set(error) == {"code", "message", "details"}
    return answer.status_code, error["code"], error["message"]
