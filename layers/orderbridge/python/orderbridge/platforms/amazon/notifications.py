"""Messages of Amazon's Notifications API: what they say of themselves, and of a listing.

https://developer-docs.amazon.com/sp-api/docs/notification-type-values · the schemas are in selling-partner-api-models,
schemas/notifications. Quirks, 2026-08:
- FEED_PROCESSING_FINISHED writes its envelope in camelCase, the others in PascalCase.
- LISTINGS_ITEM_MFN_QUANTITY_CHANGE and FEED_PROCESSING_FINISHED name a seller and no marketplace.
- An order's message has TimeOfOrderChange in milliseconds; nobody promises that it is the order's lastUpdatedTime.
- LISTINGS_ITEM_ISSUES_CHANGE tells how bad it is, and not what it is.
"""

from collections.abc import Mapping
from typing import Any

from pydantic import AliasChoices, Field

from orderbridge.model import Units
from orderbridge.platforms.amazon.documents import PLATFORM, OrderId, Sku
from orderbridge.platforms.base import Event, Hint, Look, Notified, Seen
from orderbridge.platforms.payloads import Many, Payload, Text, read

ORDER = "ORDER_CHANGE"
QUANTITY = "LISTINGS_ITEM_MFN_QUANTITY_CHANGE"
STATUS = "LISTINGS_ITEM_STATUS_CHANGE"
ISSUES = "LISTINGS_ITEM_ISSUES_CHANGE"
# What a queue may also get where somebody subscribed it to more; a type that is not here is shown in quarantine.
_OTHERS = """ACCOUNT_STATUS_CHANGED ANY_OFFER_CHANGED B2B_ANY_OFFER_CHANGED BRANDED_ITEM_CONTENT_CHANGE
    DATA_KIOSK_QUERY_PROCESSING_FINISHED DETAIL_PAGE_TRAFFIC_EVENT FBA_INVENTORY_AVAILABILITY_CHANGES
    FBA_OUTBOUND_SHIPMENT_STATUS FEED_PROCESSING_FINISHED FEE_PROMOTION FULFILLMENT_ORDER_STATUS
    ITEM_INVENTORY_EVENT_CHANGE ITEM_PRODUCT_TYPE_CHANGE ITEM_SALES_EVENT_CHANGE ORDER_STATUS_CHANGE PRICING_HEALTH
    PRODUCT_TYPE_DEFINITIONS_CHANGE REPORT_PROCESSING_FINISHED TRANSACTION_UPDATE"""
EVENTS: dict[str, Event] = {
    ORDER: Event.ORDER_ID,
    QUANTITY: Event.STOCK,
    STATUS: Event.LOOK,
    ISSUES: Event.LOOK,
    **dict.fromkeys(_OTHERS.split(), Event.IGNORED),
}


class Envelope(Payload):
    type: Text = Field(validation_alias=AliasChoices("NotificationType", "notificationType"), min_length=1)
    payload: dict[str, Any] = Field(validation_alias=AliasChoices("Payload", "payload"))


class Changed(Payload):
    order_id: OrderId = Field(validation_alias="AmazonOrderId")


class OrderChange(Payload):
    changed: Changed = Field(validation_alias="OrderChangeNotification")


class QuantityChange(Payload):
    """`channel` is DEFAULT for stock of the seller's; Amazon's own (AMAZON_EU ...) is none of ours."""

    sku: Sku = Field(validation_alias="Sku")
    channel: Text = Field(validation_alias="FulfillmentChannelCode")
    quantity: Units = Field(validation_alias="Quantity")


class ListingChange(Payload):
    sku: Sku = Field(validation_alias="Sku")
    severities: Many[Text] = Field((), validation_alias="Severities")
    actions: Many[Text] = Field((), validation_alias="EnforcementActions")

    @property
    def words(self) -> str:
        return " ".join(["ERROR", *self.actions])[:300] if "ERROR" in self.severities else ""


def notified(document: Any) -> Notified:
    """Raises InvalidPayload for what is no notification, or names no seller."""
    envelope = read(Envelope, document, PLATFORM, "")
    found = _names(envelope.payload)
    account = read(Account, found, PLATFORM, "")
    return Notified("#".join(filter(None, (account.seller, account.marketplace))), envelope.type)


class Account(Payload):
    seller: Text = Field(validation_alias="sellerid", min_length=1, max_length=100, pattern=r"^[A-Za-z0-9]+$")
    marketplace: Text = Field("", validation_alias="marketplaceid", pattern=r"^[A-Za-z0-9]*$")


def _names(payload: Mapping[str, Any], depth: int = 3) -> dict[str, Any]:
    """The ids of seller and marketplace: in the payload itself, or in the one object that it holds, or below that."""
    found: dict[str, Any] = {}
    for inner in payload.values():
        if isinstance(inner, Mapping) and depth:
            found |= _names(inner, depth - 1)
    return found | {key.lower(): payload[key] for key in payload if key.lower() in ("sellerid", "marketplaceid")}


def items(kind: Event, topic: str, document: Any, store: str) -> list[Hint | Seen | Look]:
    """What a message of a handled topic means. Raises InvalidPayload."""
    payload = read(Envelope, document, PLATFORM, store).payload
    if kind is Event.ORDER_ID:
        return [Hint(read(OrderChange, payload, PLATFORM, store).changed.order_id)]
    if topic == QUANTITY:
        change = read(QuantityChange, payload, PLATFORM, store)
        return [Seen(change.sku, "", change.quantity)] if change.channel == "DEFAULT" else []
    listing = read(ListingChange, payload, PLATFORM, store)
    return [Look(listing.sku, listing.words)]
