"""Feeds of a demo Amazon shop: Feeds API 2021-06-30 with the one feed type that listings still have.

https://developer-docs.amazon.com/sp-api/docs/feeds-api-v2021-06-30-reference and
https://developer-docs.amazon.com/sp-api/docs/listings-feed-type-values (2026-08): the old XML and flat files end
FATAL since July 2025, and a JSON feed holds at most 25,000 messages (changelog of 2025-05-06). A feed is done when its
messages were read: each that reads well is then a change like any other and takes effect later.
"""

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.shops import amazon_notices as notices
from local.shops import amazon_patches as patches
from local.shops.amazon_parts import Document, Refused, invalid, read, stamp, text, without_nothing
from local.shops.server import Answer, Request

if TYPE_CHECKING:
    from local.shops.amazon import AmazonShop

LISTINGS = "JSON_LISTINGS_FEED"
MOST_MESSAGES = 25_000
UPLOADS = "/documents/"  # stands for Amazon's storage: no token of SP-API belongs there


@dataclass
class File:
    """A document: what it may be uploaded as, and what is in it; None until then."""

    type: str
    content: str | None = None
    signature: str = field(default_factory=secrets.token_hex)


@dataclass
class Feed:
    id: str
    kind: str
    places: list[str]
    document: str
    created: datetime
    due: datetime
    status: str = "IN_QUEUE"
    ended: datetime | None = None
    result: str = ""


def answer(shop: "AmazonShop", request: Request, parts: list[str]) -> tuple[int, Document]:
    match request.method, parts:
        case "POST", ["documents"]:
            return 201, _create_document(shop, read(request.body))
        case "GET", ["documents", id]:
            file = shop.files.get(id)
            if file is None or file.content is None:
                raise Refused(404, "NotFound", "Resource not found.")
            return 200, {"feedDocumentId": id, "url": _address(shop, id)}
        case "POST", ["feeds"]:
            return 202, {"feedId": _create(shop, read(request.body)).id}
        case "GET", ["feeds", id] if id in shop.feeds:
            return 200, _shown(shop.feeds[id], shop.now())
    raise Refused(404, "NotFound", "Resource not found.")


def storage(shop: "AmazonShop", request: Request) -> Answer:
    """What stands behind a presigned address: the signature is in the query, and nothing else may vouch for anybody."""
    id = request.path.removeprefix(UPLOADS)
    file = shop.files.get(id)
    if file is None or request.argument("X-Amz-Signature") != file.signature:
        return _xml(403, "AccessDenied", "Access Denied")
    if "authorization" in request.headers or "x-amz-access-token" in request.headers:
        return _xml(400, "InvalidArgument", "Only one auth mechanism allowed")
    if request.method == "PUT":
        if request.headers.get("content-type") != file.type:
            return _xml(403, "SignatureDoesNotMatch", "The Content-Type is not the one that was signed.")
        try:
            file.content = request.body.decode()
        except UnicodeDecodeError:
            return _xml(400, "InvalidRequest", "This storage takes text in UTF-8.")
        return Answer(200, "")
    if file.content is None:
        return _xml(404, "NoSuchKey", "The specified key does not exist.")
    return Answer(200, file.content, {"Content-Type": file.type})


def _xml(status: int, code: str, words: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
    return Answer(status, body, {"Content-Type": "application/xml"})


def _create_document(shop: "AmazonShop", asked: Document) -> Document:
    kind = asked.get("contentType")
    if not isinstance(kind, str) or not kind:
        raise invalid("contentType is required.")
    id = _keep(shop, File(kind))
    return {"feedDocumentId": id, "url": _address(shop, id)}


def _keep(shop: "AmazonShop", file: File) -> str:
    id = f"amzn1.tortuga.4.eu.{secrets.token_hex(16)}"
    shop.files[id] = file
    return id


def _address(shop: "AmazonShop", id: str) -> str:
    return f"{shop.url}{UPLOADS}{id}?X-Amz-Signature={shop.files[id].signature}&X-Amz-Expires=300"


def _create(shop: "AmazonShop", asked: Document) -> Feed:
    kind, places, document = (asked.get(name) for name in ("feedType", "marketplaceIds", "inputFeedDocumentId"))
    if not isinstance(kind, str) or not kind:
        raise invalid("feedType is required.")
    if places != [shop.marketplace.id]:
        raise invalid("marketplaceIds is missing or not one of this seller.")
    if not isinstance(document, str) or document not in shop.files:
        raise invalid("There is no such input feed document.")
    now = shop.now()
    feed = Feed(str(50_000_000_000 + len(shop.feeds)), kind, places, document, now, now + shop.feeds_take)
    shop.feeds[feed.id] = feed
    return feed


def _shown(feed: Feed, now: datetime) -> Document:
    begun = feed.created + (feed.due - feed.created) / 2
    working = feed.status == "IN_QUEUE" and now >= begun
    shown = {
        "feedId": feed.id,
        "feedType": feed.kind,
        "marketplaceIds": feed.places,
        "createdTime": stamp(feed.created, True),
        "processingStatus": "IN_PROGRESS" if working else feed.status,
        "processingStartTime": stamp(begun, True) if working or feed.ended else None,
        "processingEndTime": stamp(feed.ended, True) if feed.ended else None,
        "resultFeedDocumentId": feed.result,
    }
    return without_nothing(shown)


def process(shop: "AmazonShop") -> None:
    """Read what is due; the lock is held."""
    for feed in shop.feeds.values():
        if feed.status == "IN_QUEUE" and feed.due <= shop.now():
            report = _read(shop, feed)
            feed.status, feed.ended = ("DONE" if report else "FATAL"), shop.now()
            if report:
                feed.result = _keep(shop, File("application/json; charset=UTF-8", text(report)))
            notices.tell_feed(shop, feed.id, feed.kind, feed.status, feed.result)


def _read(shop: "AmazonShop", feed: Feed) -> Document:
    """The processing report; nothing of a feed that cannot be read at all."""
    content = shop.files[feed.document].content
    try:
        asked = json.loads(content or "", parse_float=Decimal)
        header, messages = asked["header"], asked["messages"]
        known = (header["sellerId"], header["version"]) == (shop.seller_id, "2.0")
    except (ValueError, KeyError, TypeError):
        return {}
    if feed.kind != LISTINGS or not known or not isinstance(messages, list) or not 0 < len(messages) <= MOST_MESSAGES:
        return {}
    seen: set[Any] = set()
    found = [_message(shop, message if isinstance(message, dict) else {}, seen) for message in messages]
    issues, bad = [row for rows in found for row in rows], sum(bool(rows) for rows in found)
    return {
        "header": {"sellerId": shop.seller_id, "version": "2.0", "feedId": feed.id},
        "issues": issues,
        "summary": {
            "errors": len(issues),
            "warnings": 0,
            "messagesProcessed": len(messages),
            "messagesAccepted": len(messages) - bad,
            "messagesInvalid": bad,
        },
    }


def _message(shop: "AmazonShop", message: Document, seen: set[Any]) -> list[Document]:
    """Take one message in, or say what is wrong with it."""
    number, sku = message.get("messageId"), message.get("sku")
    if type(number) is not int or number < 1 or number in seen:
        return [_wrong(number, sku, "The messageId must be a number that no other message has.")]
    seen.add(number)
    if not isinstance(sku, str) or not sku or not isinstance(message.get("productType"), str):
        return [_wrong(number, sku, "A message needs a sku and a productType.")]
    match message.get("operationType"):
        case "PATCH":
            changes = message.get("patches")
        case "PARTIAL_UPDATE" if isinstance(message.get("attributes"), dict):
            pairs = message["attributes"].items()
            changes = [{"op": "replace", "path": f"{patches.ROOT}{name}", "value": value} for name, value in pairs]
        case other:
            return [_wrong(number, sku, f"The operation {other} is not taken by this shop.")]
    try:
        values, found = patches.checked(shop, changes)
    except Refused as refused:
        return [_wrong(number, sku, str(refused))]
    if not found:
        patches.submit(shop, sku, values)
    return [_wrong(number, sku, row["message"], row["code"]) for row in found]


def _wrong(number: Any, sku: Any, words: str, code: str = "90000900") -> Document:
    shown = {"messageId": number or 0, "sku": sku, "code": code, "severity": "ERROR", "message": words}
    return {name: value for name, value in shown.items() if value is not None}
