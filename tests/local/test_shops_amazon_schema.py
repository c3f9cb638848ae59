"""Every document that the demo Amazon shop's API answers, held against Amazon's own models."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from local.shops.amazon import AmazonShop
from local.shops.amazon_patches import Outcome
from local.shops.catalogue import PRODUCTS
from local.shops.sales import Tax
from tests.local.amazon_calls import (
    ARN,
    EVERYTHING,
    OLD_ORDERS,
    ORDERS,
    Clock,
    ask,
    call,
    confirm,
    listing,
    listing_path,
    patch,
    stock,
    token,
)
from tests.local.swagger import Model

MODELS = Path(__file__).parents[3] / "shared" / "models" / "amazon"
PARTS = "summaries,attributes,issues,offers,fulfillmentAvailability,procurement,relationships,productTypes"
PEN, MUG, LAMP = "HP-PEN-01", "HP-MUG-01", "HP-LAMP-01"

pytestmark = pytest.mark.skipif(not MODELS.is_dir(), reason=f"Amazon's models are not beside the project ({MODELS})")


def _model(name: str) -> Model:
    return Model(MODELS / f"{name}.json")


@pytest.fixture(params=["DE", "US", "JP"])
def shop(request: pytest.FixtureRequest) -> Iterator[AmazonShop]:
    tax = Tax("Sales tax", Decimal("0.08"), False) if request.param == "US" else Tax("VAT", Decimal("0.1"), True)
    made = AmazonShop("amazon", PRODUCTS, place=request.param, tax=tax, fba=frozenset({LAMP}))
    made.now, made.quotas.off, made.shipping = Clock(), True, Decimal(5)
    with made:
        yield made


def _orders(shop: AmazonShop) -> list[str]:
    """One of each kind that the shop has."""
    numbers = [shop.sell_basket({PEN: 2, MUG: 1}, paid=paid, discount=Decimal(1)) for paid in (False, *[True] * 5)]
    numbers.append(shop.sell(LAMP))
    _, _, cut, cancelled, asked, sent, theirs = numbers
    shop.edit(cut, MUG, 0)
    shop.cancel(cancelled)
    shop.request_cancel(asked)
    assert confirm(shop, sent, (shop.sale(sent).lines[0].id, 1)).status_code == 204
    shop.fulfil(sent)
    shop.deliver(sent)
    shop.fulfil(theirs)
    return numbers


def test_orders_of_2026(shop: AmazonShop) -> None:
    model, numbers = _model("orders_2026-01-01"), _orders(shop)
    for number in numbers:
        assert model.faults("GetOrderResponse", ask(shop, f"{ORDERS}/{number}", includedData=EVERYTHING)) == []
    shop.now.on(minutes=5)  # type: ignore[attr-defined]
    query = {"createdAfter": "2026-11-01T00:00:00Z", "marketplaceIds": shop.marketplace.id, "maxResultsPerPage": "5"}
    found = ask(shop, ORDERS, includedData=EVERYTHING, **query)
    assert (len(found["orders"]), model.faults("SearchOrdersResponse", found)) == (5, [])


def test_orders_of_v0(shop: AmazonShop) -> None:
    model = _model("ordersV0")
    for number in _orders(shop):
        assert model.faults("GetOrderResponse", ask(shop, f"{OLD_ORDERS}/{number}")) == []
        assert model.faults("GetOrderItemsResponse", ask(shop, f"{OLD_ORDERS}/{number}/orderItems")) == []


def test_listings(shop: AmazonShop) -> None:
    model = _model("listingsItems_2021-08-01")
    shop.submission_faults.script.append(Outcome.ISSUE)
    for one in (stock(7), stock(-1)):
        assert model.faults("ListingsItemSubmissionResponse", patch(shop, PEN, one).json()) == []
    shop.now.on(minutes=1)  # type: ignore[attr-defined]
    for sku in (PEN, LAMP):
        assert model.faults("Item", listing(shop, sku, PARTS)) == []
    assert listing(shop, PEN)["issues"]
    found = ask(shop, listing_path(shop), marketplaceIds=shop.marketplace.id, includedData=PARTS)
    assert model.faults("ItemSearchResults", found) == []


def test_feeds(shop: AmazonShop) -> None:
    model = _model("feeds_2021-06-30")
    made = call(shop, "POST", "/feeds/2021-06-30/documents", {"contentType": "text/xml"}).json()
    assert model.faults("CreateFeedDocumentResponse", made) == []
    asked = {"feedType": "X", "marketplaceIds": [shop.marketplace.id], "inputFeedDocumentId": made["feedDocumentId"]}
    feed = call(shop, "POST", "/feeds/2021-06-30/feeds", asked).json()
    assert model.faults("CreateFeedResponse", feed) == []
    for _ in range(3):
        assert model.faults("Feed", ask(shop, f"/feeds/2021-06-30/feeds/{feed['feedId']}")) == []
        shop.now.on(seconds=1)  # type: ignore[attr-defined]
    requests.put(made["url"], data=b"<a/>", headers={"Content-Type": "text/xml"}, timeout=10)
    given = ask(shop, f"/feeds/2021-06-30/documents/{made['feedDocumentId']}")
    assert model.faults("FeedDocument", given) == []


def test_notifications(shop: AmazonShop) -> None:
    model, held, root = _model("notifications"), token(shop, grantless=True), "/notifications/v1"
    body = {"resourceSpecification": {"sqs": {"arn": ARN}}, "name": "bridge"}
    made = call(shop, "POST", f"{root}/destinations", body, held=held).json()
    assert model.faults("CreateDestinationResponse", made) == []
    assert model.faults("GetDestinationsResponse", call(shop, "GET", f"{root}/destinations", held=held).json()) == []
    id = made["payload"]["destinationId"]
    path = f"{root}/subscriptions/ORDER_CHANGE"
    hook = call(shop, "POST", path, {"payloadVersion": "1.0", "destinationId": id}).json()
    assert model.faults("CreateSubscriptionResponse", hook) == []
    assert model.faults("GetSubscriptionResponse", ask(shop, path)) == []
    own = f"{path}/{hook['payload']['subscriptionId']}"
    gone = call(shop, "DELETE", own, held=held).json()
    assert model.faults("DeleteSubscriptionByIdResponse", gone) == []


def test_refusals(shop: AmazonShop) -> None:
    model = _model("orders_2026-01-01")
    number, place = shop.sell(PEN), shop.marketplace.id
    calls: list[tuple[str, str, requests.Response]] = [
        ("orders_2026-01-01", "searchOrders", call(shop, "GET", ORDERS)),
        ("orders_2026-01-01", "getOrder", call(shop, "GET", f"{ORDERS}/{number}", held="")),
        ("orders_2026-01-01", "getOrder", call(shop, "GET", f"{ORDERS}/1")),
        ("ordersV0", "confirmShipment", confirm(shop, number)),
        (
            "listingsItems_2021-08-01",
            "getListingsItem",
            call(shop, "GET", listing_path(shop, "A"), marketplaceIds=place),
        ),
        ("listingsItems_2021-08-01", "patchListingsItem", patch(shop, PEN)),
        ("notifications", "getSubscription", call(shop, "GET", "/notifications/v1/subscriptions/ORDER_CHANGE")),
    ]
    for file, operation, answer in calls:
        assert answer.status_code in _model(file).statuses(operation) - {200, 204}
        assert model.faults("ErrorList", answer.json()) == []


def test_the_walk_sees_what_is_wrong() -> None:
    model = _model("orders_2026-01-01")
    bad: dict[str, Any] = {
        "orderId": 5,
        "createdTime": "2026-11-02 09:30",
        "lastUpdatedTime": "2026-11-02T09:30:00Z",
        "salesChannel": {"channelName": "AMAZON", "shop": "x"},
        "fulfillment": {"fulfillmentStatus": "Shipped"},
    }
    assert sorted(model.faults("Order", bad)) == [
        "Order.createdTime: '2026-11-02 09:30' is no time",
        "Order.fulfillment.fulfillmentStatus: 'Shipped' is none of ['PENDING_AVAILABILITY', 'PENDING', 'UNSHIPPED', "
        "'PARTIALLY_SHIPPED', 'SHIPPED', 'CANCELLED', 'UNFULFILLABLE']",
        "Order.orderId: 5 is no string",
        "Order.orderItems is missing",
        "Order.salesChannel.shop is not in the model",
    ]
