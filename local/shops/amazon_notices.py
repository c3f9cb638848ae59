"""What a demo Amazon shop sends, and how: notifications to an SQS queue, as Amazon itself sends them.

Shapes are those of the schemas at https://github.com/amzn/selling-partner-api-models/tree/main/schemas/notifications
(2026-08). FEED_PROCESSING_FINISHED alone writes its names with a small first letter. Amazon sends to standard queues
only, so that a notification may come twice, with the same `NotificationId`, and in any order.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import requests
from botocore.exceptions import BotoCoreError, ClientError

from local.shops.amazon_orders import standing, status
from local.shops.amazon_parts import DAY, Document, asin, stamp, text
from local.shops.amazon_v0 import STATUSES
from local.shops.sales import Line, Listing, Sale
from local.shops.webhooks import Delivery, Post, Subscription

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

    from local.shops.amazon import AmazonShop

ORDER = "ORDER_CHANGE"
QUANTITY = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"
STATUS = "LISTINGS_ITEM_STATUS_CHANGE"
ISSUES = "LISTINGS_ITEM_ISSUES_CHANGE"
FEED = "FEED_PROCESSING_FINISHED"
TOPICS = (ORDER, QUANTITY, STATUS, ISSUES, FEED)


def to_queues(sqs: "SQSClient") -> Post:
    """Sends a delivery's body as the body of an SQS message; the address is the ARN of the queue."""

    def post(
        session: requests.Session, arn: str, headers: Mapping[str, str], body: bytes, timeout: tuple[float, float]
    ) -> int:
        try:
            url = sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=body.decode())
        except (BotoCoreError, ClientError):
            return 0
        return 200

    return post


def subscription_id(shop: "AmazonShop", hook: Subscription) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{shop.name} {hook.id}"))


def tell_order(shop: "AmazonShop", sale: Sale, shown: str, reason: str, kind: str = "OrderStatusChange") -> None:
    """`shown` is the order's status in the notification: of v0, and not always what the order has come to since."""
    change = {
        "NotificationLevel": "OrderLevel",
        "SellerId": shop.seller_id,
        "AmazonOrderId": shop.order_id(sale),
        "OrderChangeType": kind,
        "OrderChangeTrigger": {"TimeOfOrderChange": stamp(sale.version, True), "ChangeReason": reason},
        "Summary": _summary(shop, sale, shown),
    }
    send(shop, ORDER, {"OrderChangeNotification": change}, sale.version)


def _summary(shop: "AmazonShop", sale: Sale, shown: str) -> Document:
    at = sale.created_at
    return {
        "MarketplaceId": shop.marketplace.id,
        "OrderStatus": shown,
        "PurchaseDate": stamp(at, True),
        "DestinationPostalCode": None if shown == "Pending" else sale.buyer.postcode,
        "FulfillmentType": "AFN" if shop.by_amazon(sale) else "MFN",
        "OrderType": "StandardOrder",
        "NumberOfItemsShipped": sum(sale.shipped(line) for line in sale.lines),
        "NumberOfItemsUnshipped": sum(sale.open(line) for line in sale.lines),
        "EarliestDeliveryDate": stamp(at + 3 * DAY, True),
        "LatestDeliveryDate": stamp(at + 6 * DAY, True),
        "EarliestShipDate": stamp(at, True),
        "LatestShipDate": stamp(at + 2 * DAY, True),
        "CancelNotifyDate": None,
        "OrderPrograms": [],
        "ShippingPrograms": [],
        "OrderItems": [_item(shop, sale, line, shown) for line in sale.lines],
    }


def _item(shop: "AmazonShop", sale: Sale, line: Line, shown: str) -> Document:
    return {
        "OrderItemId": str(line.id),
        "SellerSKU": line.listing.sku,
        "SupplySourceId": None,
        "OrderItemStatus": shown if standing(line) else "Canceled",
        "Quantity": standing(line),
        "QuantityShipped": sale.shipped(line),
        "IsBuyerRequestedCancel": sale.id in shop.cancel_requests,
    }


def status_of(sale: Sale) -> str:
    return STATUSES[status(sale)]


def tell_quantity(shop: "AmazonShop", listing: Listing) -> None:
    payload = {
        "SellerId": shop.seller_id,
        "Sku": listing.sku,
        "FulfillmentChannelCode": "DEFAULT",
        "Quantity": max(0, listing.available),
    }
    send(shop, QUANTITY, payload, shop.now())


def tell_status(shop: "AmazonShop", listing: Listing, shown: list[str]) -> None:
    payload = {**_about(shop, listing), "CreatedDate": stamp(shop.offers[listing.sku].created, True), "Status": shown}
    send(shop, STATUS, payload, shop.now())


def tell_issues(shop: "AmazonShop", listing: Listing) -> None:
    """Severities only: what is wrong is in the listing."""
    found = shop.offers[listing.sku].issues
    payload = {
        **_about(shop, listing),
        "Severities": sorted({issue["severity"] for issue in found}),
        "EnforcementActions": [],
    }
    send(shop, ISSUES, payload, shop.now())


def tell_feed(shop: "AmazonShop", feed: str, kind: str, outcome: str, document: str) -> None:
    about = {
        "sellerId": shop.seller_id,
        "accountId": f"amzn1.merchant.o.{shop.seller_id}",
        "feedId": feed,
        "feedType": kind,
        "processingStatus": outcome,
        "resultFeedDocumentId": document,
    }
    send(shop, FEED, {"feedProcessingFinishedNotification": about}, shop.now())


def _about(shop: "AmazonShop", listing: Listing) -> Document:
    return {
        "SellerId": shop.seller_id,
        "MarketplaceId": shop.marketplace.id,
        "Asin": asin(listing.sku),
        "Sku": listing.sku,
    }


def send(shop: "AmazonShop", topic: str, payload: Document, at: datetime) -> None:
    """One notification to everybody who has subscribed to the topic; the lock is held."""
    for hook in shop.subscriptions:
        if topic in hook.topics:
            envelope = {
                "NotificationVersion": "1.0",
                "NotificationType": topic,
                "PayloadVersion": "1.0",
                "EventTime": stamp(at, True),
                "Payload": payload,
                "NotificationMetadata": {
                    "ApplicationId": f"amzn1.sellerapps.app.{shop.name}",
                    "SubscriptionId": subscription_id(shop, hook),
                    "PublishTime": stamp(shop.now(), True),
                    "NotificationId": str(uuid.uuid4()),
                },
            }
            shop.webhooks.send(hook, topic, _once(_small(envelope) if topic == FEED else envelope))


def _once(envelope: Document) -> Delivery:
    """A notification that is sent twice is the same to the letter."""
    body = text(envelope).encode()
    return lambda: ({}, body)


def _small(document: Any) -> Any:
    """The same with small first letters."""
    if not isinstance(document, dict):
        return document
    return {name[:1].lower() + name[1:]: _small(value) for name, value in document.items()}
