"""What the demo Amazon shop sends to a queue, and to whom."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import requests

from local.shops.amazon import AmazonShop
from local.shops.amazon_notices import TOPICS
from local.shops.amazon_patches import Outcome
from local.shops.catalogue import PRODUCTS
from local.shops.demo import demo_shops
from tests.local.amazon_calls import ARN, Clock, Queues, call, confirm, errors, order, patch, stock, token
from tests.resources import Aws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

PEN, MUG, TENT = "HP-PEN-01", "HP-MUG-01", "HP-TENT-01"
ROOT = "/notifications/v1"
EXAMPLES = Path(__file__).parents[3] / "shared" / "payloads" / "amazon"


@pytest.fixture
def queues() -> Queues:
    return Queues()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock, queues: Queues) -> Iterator[AmazonShop]:
    made = AmazonShop("amazon-de", PRODUCTS, sqs=cast("SQSClient", queues))
    made.now, made.quotas.off = clock, True
    with made:
        yield made


def _sent(shop: AmazonShop, queues: Queues) -> list[dict[str, Any]]:
    """What has arrived since the last time, in the order in which it was told."""
    assert shop.webhooks.idle(5)
    found = [json.loads(body) for _, body in queues.sent]
    queues.sent.clear()
    return found


def _orders(sent: list[dict[str, Any]]) -> list[tuple[str, str]]:
    changes = [one["Payload"]["OrderChangeNotification"] for one in sent if one["NotificationType"] == "ORDER_CHANGE"]
    return sorted((x["Summary"]["OrderStatus"], x["OrderChangeTrigger"]["ChangeReason"]) for x in changes)


def _grantless(shop: AmazonShop, method: str, path: str, body: Any = None) -> requests.Response:
    return call(shop, method, ROOT + path, body, held=token(shop, grantless=True))


def _destination(shop: AmazonShop, arn: str = ARN, name: str = "bridge") -> requests.Response:
    return _grantless(shop, "POST", "/destinations", {"resourceSpecification": {"sqs": {"arn": arn}}, "name": name})


def _subscribe(shop: AmazonShop, topic: str, destination: str, version: str = "1.0") -> requests.Response:
    body = {"payloadVersion": version, "destinationId": destination}
    return call(shop, "POST", f"{ROOT}/subscriptions/{topic}", body)


# who is told


def test_a_destination_and_a_subscription_are_made_seen_and_taken_away(shop: AmazonShop, queues: Queues) -> None:
    destination = _destination(shop).json()["payload"]
    assert destination["resource"] == {"sqs": {"arn": ARN}}
    id = destination["destinationId"]
    assert _grantless(shop, "GET", "/destinations").json()["payload"] == [destination]
    assert _grantless(shop, "GET", f"/destinations/{id}").json()["payload"] == destination
    path = f"{ROOT}/subscriptions/ORDER_CHANGE"
    assert call(shop, "GET", path).status_code == 404
    made = _subscribe(shop, "ORDER_CHANGE", id).json()["payload"]
    assert call(shop, "GET", path).json()["payload"] == made
    assert _grantless(shop, "DELETE", f"/destinations/{id}").status_code == 409
    shop.sell(PEN)
    assert len(_sent(shop, queues)) == 2
    own = f"/subscriptions/ORDER_CHANGE/{made['subscriptionId']}"
    assert _grantless(shop, "DELETE", own).status_code == 200
    assert _grantless(shop, "DELETE", own).status_code == 404
    assert _grantless(shop, "DELETE", f"/destinations/{id}").json() == {}
    shop.sell(PEN)
    assert _sent(shop, queues) == []


@pytest.mark.parametrize(
    "arn", ["", "https://example.com/hook", "arn:aws:sns:eu-central-1:111122223333:topic", f"{ARN}.fifo"]
)
def test_only_a_standard_queue_is_a_destination(shop: AmazonShop, arn: str) -> None:
    assert errors(_destination(shop, arn))[:2] == (400, "InvalidInput")
    assert _destination(shop, name="").status_code == 400
    assert shop.destinations == {}


def test_what_is_there_already_is_a_conflict(shop: AmazonShop) -> None:
    id = _destination(shop).json()["payload"]["destinationId"]
    assert errors(_destination(shop, name="other"))[0] == 409
    assert _subscribe(shop, "ORDER_CHANGE", id).status_code == 200
    assert errors(_subscribe(shop, "ORDER_CHANGE", id))[0] == 409


def test_what_cannot_be_subscribed_to(shop: AmazonShop) -> None:
    id = _destination(shop).json()["payload"]["destinationId"]
    for answer in (
        _subscribe(shop, "ORDER_STATUS_CHANGE", id),
        _subscribe(shop, "ORDER_CHANGE", id, "2.0"),
        _subscribe(shop, "FEED_PROCESSING_FINISHED", id),
        _subscribe(shop, "ORDER_CHANGE", "other"),
    ):
        assert errors(answer)[:2] == (400, "InvalidInput")
    assert _subscribe(shop, "FEED_PROCESSING_FINISHED", id, "2020-09-04").status_code == 200
    assert _grantless(shop, "GET", "/destinations/other").status_code == 404


# what is told


def test_every_step_of_an_order_is_told(shop: AmazonShop, queues: Queues) -> None:
    shop.subscribe(ARN, ("ORDER_CHANGE",))
    number = shop.sell_basket({PEN: 2, MUG: 1}, paid=False)
    assert _orders(_sent(shop, queues)) == [("Pending", "Order Placed")]
    shop.pay(number)
    assert [status for status, _ in _orders(_sent(shop, queues))] == ["Unshipped"]
    shop.edit(number, MUG, 0)
    assert [status for status, _ in _orders(_sent(shop, queues))] == ["Unshipped"]
    line = shop.sale(number).lines[0].id
    confirm(shop, number, (line, 1))
    assert [status for status, _ in _orders(_sent(shop, queues))] == ["PartiallyShipped"]
    confirm(shop, number, (line, 1), trackingNumber="HP0002")
    assert _sent(shop, queues) == []
    confirm(shop, number, (line, 1), packageReferenceId="2")
    assert [status for status, _ in _orders(_sent(shop, queues))] == ["Shipped"]
    shop.refund(number)
    assert _sent(shop, queues) == []


def test_an_order_that_is_paid_at_once_was_pending_first(shop: AmazonShop, queues: Queues) -> None:
    shop.subscribe(ARN, ("ORDER_CHANGE",))
    number = shop.sell(PEN)
    sent = _sent(shop, queues)
    assert [status for status, _ in _orders(sent)] == ["Pending", "Unshipped"]
    about = [one["Payload"]["OrderChangeNotification"] for one in sent]
    assert {(x["AmazonOrderId"], x["SellerId"]) for x in about} == {(number, shop.seller_id)}
    assert len({one["NotificationMetadata"]["NotificationId"] for one in sent}) == 2
    shop.cancel(number)
    assert [status for status, _ in _orders(_sent(shop, queues))] == ["Canceled"]


def test_a_buyers_wish_to_cancel_is_a_change_of_its_own_kind(shop: AmazonShop, queues: Queues) -> None:
    number = shop.sell(PEN)
    shop.subscribe(ARN, ("ORDER_CHANGE",))
    shop.request_cancel(number)
    (sent,) = _sent(shop, queues)
    change = sent["Payload"]["OrderChangeNotification"]
    assert change["OrderChangeType"] == "BuyerRequestedChange"
    assert change["Summary"]["OrderItems"][0]["IsBuyerRequestedCancel"] is True


def test_a_listing_that_sells_out_and_comes_back_is_told(shop: AmazonShop, queues: Queues, clock: Clock) -> None:
    shop.subscribe(ARN, ("LISTINGS_ITEM_STATUS_CHANGE",))
    number = shop.sell(TENT, 5)
    assert [one["Payload"]["Status"] for one in _sent(shop, queues)] == [["DISCOVERABLE"]]
    shop.cancel(number)
    assert [one["Payload"]["Status"] for one in _sent(shop, queues)] == [["BUYABLE", "DISCOVERABLE"]]
    patch(shop, TENT, stock(0))
    assert _sent(shop, queues) == []
    clock.on(seconds=1)
    shop.settle()
    (sent,) = _sent(shop, queues)
    assert (sent["Payload"]["Sku"], sent["Payload"]["Status"]) == (TENT, ["DISCOVERABLE"])


def test_issues_are_told_when_they_come_and_when_they_go(shop: AmazonShop, queues: Queues, clock: Clock) -> None:
    shop.subscribe(ARN, ("LISTINGS_ITEM_ISSUES_CHANGE",))
    shop.submission_faults.script.append(Outcome.ISSUE)
    patch(shop, PEN, stock(7))
    clock.on(seconds=1)
    shop.settle()
    (sent,) = _sent(shop, queues)
    assert (sent["Payload"]["Sku"], sent["Payload"]["Severities"]) == (PEN, ["ERROR"])
    patch(shop, PEN, stock(8))
    clock.on(seconds=1)
    shop.settle()
    assert [one["Payload"]["Severities"] for one in _sent(shop, queues)] == [[]]


def test_a_quantity_that_changes_is_told_whoever_changed_it(shop: AmazonShop, queues: Queues, clock: Clock) -> None:
    shop.watch_stock(ARN)
    shop.sell(PEN, 2)
    shop.correct(PEN, 50)
    patch(shop, PEN, stock(7))
    clock.on(seconds=1)
    shop.settle()
    assert sorted(one["Payload"]["Quantity"] for one in _sent(shop, queues)) == [7, 50, 66]


def test_what_is_due_is_done_without_a_call(queues: Queues) -> None:
    with AmazonShop("amazon-de", PRODUCTS, sqs=cast("SQSClient", queues)) as shop:
        shop.watch_stock(ARN)
        shop.settles_after /= 10
        patch(shop, PEN, stock(7))
        for _ in range(100):
            if queues.sent:
                break
            shop._ended.wait(0.05)
        assert json.loads(queues.sent[0][1])["Payload"]["Quantity"] == 7


# how it is told


def test_a_doubled_notification_is_the_same_to_the_letter(shop: AmazonShop, queues: Queues) -> None:
    shop.subscribe(ARN, ("ORDER_CHANGE",))
    shop.webhook_faults.duplicate = 1.0
    shop.sell_basket({PEN: 1}, paid=False)
    assert shop.webhooks.idle(5)
    (first, second) = queues.sent
    assert first == second
    assert first[0].endswith("/amazon")


def test_notifications_can_come_in_any_order(shop: AmazonShop, queues: Queues) -> None:
    shop.subscribe(ARN, ("ORDER_CHANGE",))
    shop.webhook_faults.held = True
    number = shop.sell(PEN)
    assert queues.sent == []
    while shop.webhooks.send_one(lambda waiting: waiting - 1):
        pass
    found = [json.loads(body)["Payload"]["OrderChangeNotification"] for _, body in queues.sent]
    assert [one["Summary"]["OrderStatus"] for one in found] == ["Unshipped", "Pending"]
    assert order(shop, number)["fulfillment"]["fulfillmentStatus"] == "UNSHIPPED"


def test_without_a_queue_nothing_arrives_and_the_shop_sells_on() -> None:
    with AmazonShop("amazon-de", PRODUCTS) as shop:
        shop.subscribe(ARN, ("ORDER_CHANGE",))
        assert shop.sell(PEN)
        shop.webhooks.faults.held = True
    assert {attempt.status for attempt in shop.webhooks.attempts} <= {0}


def test_a_real_queue_holds_the_bare_notification(aws: Aws) -> None:
    url = aws.sqs.create_queue(QueueName="amazon-demo")["QueueUrl"]
    arn = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    shop = demo_shops(amazon=True)["amazon-de"]
    assert isinstance(shop, AmazonShop)
    shop.send_to(aws.sqs)
    with shop:
        shop.subscribe(arn, ("ORDER_CHANGE",))
        number = shop.sell_basket({PEN: 1}, paid=False)
        assert shop.webhooks.idle(5)
    (message,) = aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)["Messages"]
    assert json.loads(message["Body"])["Payload"]["OrderChangeNotification"]["AmazonOrderId"] == number


# in which shape


def _shape(document: Any) -> Any:
    """The names in a document, without what they stand for."""
    if isinstance(document, dict):
        return {name: _shape(value) for name, value in document.items()}
    return [_shape(row) for row in document[:1]] if isinstance(document, list) else None


@pytest.mark.parametrize(
    ("topic", "example"),
    [
        ("ORDER_CHANGE", "OrderChange"),
        ("LISTINGS_ITEM_STATUS_CHANGE", "ListingsItemStatusChange"),
        ("LISTINGS_ITEM_ISSUES_CHANGE", "ListingsItemIssuesChange"),
        ("FEED_PROCESSING_FINISHED", "FeedProcessingFinished"),
    ],
)
def test_notifications_have_the_names_of_amazons_examples(
    shop: AmazonShop, queues: Queues, clock: Clock, topic: str, example: str
) -> None:
    found = sorted(EXAMPLES.glob(f"notification_{example}Notification__*.json"))
    if not found:
        pytest.skip(f"Amazon's published examples are not beside the project ({EXAMPLES})")
    shop.subscribe(ARN)
    shop.submission_faults.script.append(Outcome.ISSUE)
    shop.sell(TENT, 5)
    patch(shop, PEN, stock(7))
    document = call(shop, "POST", "/feeds/2021-06-30/documents", {"contentType": "text/xml"}).json()["feedDocumentId"]
    asked = {"feedType": "X", "marketplaceIds": [shop.marketplace.id], "inputFeedDocumentId": document}
    call(shop, "POST", "/feeds/2021-06-30/feeds", asked)
    clock.on(minutes=1)
    shop.settle()
    sent = [x for x in _sent(shop, queues) if topic in (x.get("NotificationType"), x.get("notificationType"))]
    published = json.loads(found[0].read_text())
    assert sent
    for one in sent:
        _compare(_shape(one), _shape(published), topic)


# Amazon's example is of an order with everything; what an order of this shop never has is not in it.
_NEVER = frozenset(
    "EasyShipShipmentStatus ElectronicInvoiceStatus ItemEarliestDeliveryDate ItemLatestDeliveryDate".split()
)


def _compare(one: Any, published: Any, place: str) -> None:
    if isinstance(published, dict):
        assert set(one) == set(published) - _NEVER, place
        for name in one:
            _compare(one[name], published[name], f"{place}.{name}")
    elif isinstance(published, list) and one and published:
        _compare(one[0], published[0], place)


def test_all_topics_are_subscribed_to_unless_they_are_named(shop: AmazonShop) -> None:
    assert {topic for hook in shop.subscribe(ARN) for topic in hook.topics} == set(TOPICS)
