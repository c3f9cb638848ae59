"""Listings, prices and feeds of the demo Amazon shop: accepted at once, true later."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests

from local.shops.amazon import AmazonShop
from local.shops.amazon_feeds import MOST_MESSAGES
from local.shops.amazon_parts import stamp
from local.shops.amazon_patches import Outcome
from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from tests.local.amazon_calls import (
    Clock,
    ask,
    call,
    errors,
    listing,
    listing_path,
    order,
    patch,
    stock,
    token,
    units,
)

PEN, MUG = "HP-PEN-01", "HP-MUG-01"
JSON = "application/json; charset=UTF-8"
FEEDS = "/feeds/2021-06-30"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[AmazonShop]:
    made = AmazonShop("amazon-de", PRODUCTS)
    made.now, made.quotas.off = clock, True
    with made:
        yield made


def _price(amount: Any, currency: str = "EUR", **more: Any) -> dict[str, Any]:
    row = {"currency": currency, "our_price": [{"schedule": [{"value_with_tax": amount}]}], **more}
    return {"op": "replace", "path": "/attributes/purchasable_offer", "value": [row]}


def _sale(amount: Any, start: str, end: str) -> dict[str, Any]:
    schedule = {"value_with_tax": amount, "start_at": start, "end_at": end}
    return {"discounted_price": [{"schedule": [schedule]}]}


# reading


def test_a_listing_is_known_by_its_sku(shop: AmazonShop) -> None:
    shown = listing(shop, PEN)
    (summary,) = shown["summaries"]
    assert (shown["sku"], summary["itemName"], summary["status"]) == (PEN, "Brass pen", ["BUYABLE", "DISCOVERABLE"])
    assert shown["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "DEFAULT", "quantity": 68}]
    assert shown["offers"][0]["price"] == {"amount": "33.50", "currencyCode": "EUR"}
    unknown = call(shop, "GET", listing_path(shop, "HP-NO"), marketplaceIds=shop.marketplace.id)
    assert errors(unknown)[:2] == (404, "NOT_FOUND")


def test_what_is_not_this_sellers_is_not_shown(shop: AmazonShop) -> None:
    path, place = listing_path(shop, PEN), shop.marketplace.id
    assert call(shop, "GET", path.replace(shop.seller_id, "AOTHER"), marketplaceIds=place).status_code == 403
    assert call(shop, "GET", path).status_code == 400
    assert call(shop, "GET", path, marketplaceIds="ATVPDKIKX0DER").status_code == 400
    assert call(shop, "GET", path, marketplaceIds=place, includedData="everything").status_code == 400


def test_a_search_by_sku_leaves_out_the_unknown(shop: AmazonShop) -> None:
    query = {"marketplaceIds": shop.marketplace.id, "identifiersType": "SKU", "includedData": "fulfillmentAvailability"}
    found = ask(shop, listing_path(shop), identifiers=f"{PEN},HP-NO,{MUG}", **query)
    assert {item["sku"] for item in found["items"]} == {PEN, MUG}
    assert set(found["items"][0]) == {"sku", "fulfillmentAvailability"}
    many = ",".join(product.sku for product in PRODUCTS[:21])
    assert call(shop, "GET", listing_path(shop), identifiers=many, **query).status_code == 400


@pytest.mark.parametrize(
    "query",
    [{"identifiers": PEN}, {"identifiersType": "SKU"}, {"pageSize": "21"}, {"sortBy": "price"}, {"pageToken": "x"}],
)
def test_what_a_search_of_listings_refuses(shop: AmazonShop, query: dict[str, str]) -> None:
    answer = call(shop, "GET", listing_path(shop), marketplaceIds=shop.marketplace.id, **query)
    assert errors(answer)[:2] == (400, "InvalidInput")


def test_all_listings_come_page_by_page(shop: AmazonShop) -> None:
    asked = {"marketplaceIds": shop.marketplace.id, "pageSize": "15", "sortBy": "sku", "sortOrder": "ASC"}
    page = ask(shop, listing_path(shop), **asked)
    seen = [item["sku"] for item in page["items"]]
    assert page["numberOfResults"] == len(PRODUCTS)
    while "nextToken" in page["pagination"]:
        page = ask(shop, listing_path(shop), **asked, pageToken=page["pagination"]["nextToken"])
        seen += [item["sku"] for item in page["items"]]
    assert seen == sorted(product.sku for product in PRODUCTS)
    shop.offers[PEN].created += timedelta(days=1)
    late = stamp(shop.offers[PEN].created, True)
    assert [item["sku"] for item in ask(shop, listing_path(shop), **asked, createdAfter=late)["items"]] == [PEN]


# writing


def test_an_accepted_quantity_is_true_only_later(shop: AmazonShop, clock: Clock) -> None:
    answer = patch(shop, PEN, stock(7))
    said = answer.json()
    assert (answer.status_code, said["status"], said["issues"]) == (200, "ACCEPTED", [])
    assert units(shop, PEN) == 68
    clock.on(seconds=0.5)
    assert units(shop, PEN) == 7


def test_what_was_sold_meanwhile_is_overwritten(shop: AmazonShop, clock: Clock) -> None:
    patch(shop, PEN, stock(7))
    shop.sell(PEN, 3)
    assert units(shop, PEN) == 65
    clock.on(seconds=1)
    assert units(shop, PEN) == 7


def test_changes_take_effect_in_the_order_in_which_they_are_due(shop: AmazonShop, clock: Clock) -> None:
    shop.submission_faults.script.extend([Outcome.LATE, ""])
    patch(shop, PEN, stock(7))
    patch(shop, PEN, stock(5))
    clock.on(seconds=1)
    assert units(shop, PEN) == 5
    clock.on(minutes=10)
    assert units(shop, PEN) == 7
    shop.submission_faults.script.extend([Outcome.LATE, ""])
    patch(shop, PEN, stock(4))
    patch(shop, PEN, stock(3))
    clock.on(minutes=11)  # both at one look
    assert units(shop, PEN) == 4


@pytest.mark.parametrize(
    "one",
    [
        stock(-1),
        stock("7"),
        stock(1.5),
        stock(True),
        stock(None),
        stock(7, "AMAZON_EU"),
        stock(7, "OTHER"),
        {"op": "replace", "path": "/attributes/fulfillment_availability", "value": []},
        {"op": "replace", "path": "/attributes/color", "value": [{"value": "red"}]},
        {"op": "delete", "path": "/attributes/item_name"},
        {"op": "replace", "path": "/attributes/item_name", "value": [{"value": ""}]},
        _price(0),
        _price(-1),
        _price("33.50"),
        _price(33.505),
        _price(33.5, "USD"),
        _price(33.5, marketplace_id="ATVPDKIKX0DER"),
        _price(33.5, **_sale(33.5, "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z")),
        _price(33.5, **_sale(30, "2026-11-09T00:00:00Z", "2026-11-02T00:00:00Z")),
        _price(33.5, **_sale(30, "2026-11-02T00:00:00Z", "soon")),
        _price(33.5, discounted_price=[{"schedule": [{"value_with_tax": 30}]}]),
    ],
)
def test_what_does_not_read_well_is_invalid_and_changes_nothing(
    shop: AmazonShop, clock: Clock, one: dict[str, Any]
) -> None:
    before = listing(shop, PEN)
    said = patch(shop, PEN, one, stock(7)).json()
    assert said["status"] == "INVALID"
    assert [issue["severity"] for issue in said["issues"]] == ["ERROR"]
    clock.on(minutes=1)
    assert listing(shop, PEN) == before


@pytest.mark.parametrize(
    "one",
    [
        {"op": "set", "path": "/attributes/item_name", "value": []},
        {"op": "replace", "path": "/attributes/purchasable_offer/0/our_price", "value": []},
        {"op": "replace", "path": "/summaries/itemName", "value": []},
        {"op": "replace"},
    ],
)
def test_what_is_no_patch_is_refused(shop: AmazonShop, one: dict[str, Any]) -> None:
    assert errors(patch(shop, PEN, one))[:2] == (400, "InvalidInput")
    assert patch(shop, PEN).status_code == 400
    path, place = listing_path(shop, PEN), shop.marketplace.id
    assert call(shop, "PATCH", path, {"patches": [stock(7)]}, marketplaceIds=place).status_code == 400
    assert call(shop, "PATCH", path, [], marketplaceIds=place).status_code == 400


def test_a_preview_changes_nothing(shop: AmazonShop, clock: Clock) -> None:
    assert patch(shop, PEN, stock(7), mode="VALIDATION_PREVIEW").json()["status"] == "VALID"
    assert patch(shop, PEN, stock(-7), mode="VALIDATION_PREVIEW").json()["status"] == "INVALID"
    clock.on(minutes=1)
    assert units(shop, PEN) == 68


def test_an_unknown_sku_is_accepted_and_comes_to_nothing(shop: AmazonShop, clock: Clock) -> None:
    assert patch(shop, "HP/NO#1", stock(7)).json()["status"] == "ACCEPTED"
    clock.on(minutes=1)
    answer = call(shop, "GET", listing_path(shop, "HP/NO#1"), marketplaceIds=shop.marketplace.id)
    assert errors(answer)[2].startswith("SKU 'HP/NO#1' not found")


def test_price_sale_and_title_are_shown_and_asked_of_buyers(shop: AmazonShop, clock: Clock) -> None:
    sale = _sale(29.95, "2026-11-03T00:00:00Z", "2026-11-05T00:00:00Z")
    title = {"op": "replace", "path": "/attributes/item_name", "value": [{"value": "Brass pen, heavy"}]}
    list_price = {"op": "add", "path": "/attributes/list_price", "value": [{"currency": "EUR", "value_with_tax": 39}]}
    assert patch(shop, PEN, _price(31.9, **sale), title, list_price).json()["status"] == "ACCEPTED"
    clock.on(minutes=1)
    seen = []
    for _ in range(3):
        shown = listing(shop, PEN)
        sold = order(shop, shop.sell(PEN))["orderItems"][0]["product"]
        assert sold["price"]["unitPrice"] == shown["offers"][0]["price"]
        seen.append((shown["offers"][0]["price"]["amount"], sold["title"], shown["summaries"][0]["itemName"]))
        clock.on(days=2)
    assert seen == [(amount, "Brass pen, heavy", "Brass pen, heavy") for amount in ("31.90", "29.95", "31.90")]
    attributes = listing(shop, PEN, "attributes")["attributes"]
    assert attributes["list_price"] == [{"currency": "EUR", "value_with_tax": 39}]
    assert attributes["purchasable_offer"][0]["our_price"] == [{"schedule": [{"value_with_tax": 31.9}]}]
    patch(shop, PEN, {"op": "delete", "path": "/attributes/list_price"}, _price(31.9))
    clock.on(minutes=1)
    assert "list_price" not in listing(shop, PEN, "attributes")["attributes"]
    assert listing(shop, PEN)["offers"][0]["price"]["amount"] == "31.90"


def test_a_merchants_quantity_takes_a_sku_out_of_amazons_hands(clock: Clock) -> None:
    shop = AmazonShop("amazon-de", PRODUCTS, fba=frozenset({PEN}))
    shop.now = clock
    with shop:
        assert listing(shop, PEN)["fulfillmentAvailability"] == [{"fulfillmentChannelCode": "AMAZON_EU"}]
        patch(shop, PEN, stock(7))
        clock.on(seconds=1)
        assert units(shop, PEN) == 7
        assert order(shop, shop.sell(PEN))["fulfillment"]["fulfilledBy"] == "MERCHANT"


def test_a_change_may_end_in_an_issue_or_be_forgotten(shop: AmazonShop, clock: Clock) -> None:
    shop.submission_faults.script.extend([Outcome.ISSUE, Outcome.FORGOTTEN])
    assert patch(shop, PEN, stock(7)).json()["status"] == "ACCEPTED"
    assert patch(shop, MUG, stock(7)).json()["status"] == "ACCEPTED"
    clock.on(minutes=1)
    (issue,) = listing(shop, PEN)["issues"]
    assert (issue["severity"], issue["attributeNames"]) == ("ERROR", ["fulfillment_availability"])
    assert (units(shop, PEN), units(shop, MUG), listing(shop, MUG)["issues"]) == (68, 100, [])
    patch(shop, PEN, stock(8))
    clock.on(minutes=1)
    assert (units(shop, PEN), listing(shop, PEN)["issues"]) == (8, [])


@pytest.mark.parametrize("at_once", [True, False])
def test_what_is_ignored_is_answered_and_not_done(shop: AmazonShop, clock: Clock, at_once: bool) -> None:
    if at_once:
        shop.settles_after *= 0
    shop.api_faults.script.extend(["", Fault.IGNORED])
    assert patch(shop, PEN, stock(7)).json()["status"] == "ACCEPTED"
    clock.on(minutes=1)
    assert units(shop, PEN) == 68


# feeds


def _document(shop: AmazonShop, content: bytes, **headers: str) -> tuple[str, requests.Response]:
    made = call(shop, "POST", f"{FEEDS}/documents", {"contentType": JSON})
    assert made.status_code == 201
    given = made.json()
    sent = requests.put(given["url"], data=content, headers={"Content-Type": JSON, **headers}, timeout=10)
    return given["feedDocumentId"], sent


def _feed(shop: AmazonShop, *messages: dict[str, Any], **header: str) -> str:
    content = {"header": {"sellerId": shop.seller_id, "version": "2.0", **header}, "messages": list(messages)}
    document, sent = _document(shop, json.dumps(content).encode())
    assert sent.status_code == 200
    return _create(shop, document)


def _create(shop: AmazonShop, document: str, kind: str = "JSON_LISTINGS_FEED") -> str:
    asked = {"feedType": kind, "marketplaceIds": [shop.marketplace.id], "inputFeedDocumentId": document}
    made = call(shop, "POST", f"{FEEDS}/feeds", asked)
    assert made.status_code == 202, made.text
    return str(made.json()["feedId"])


def _message(number: int, sku: str, *patches: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "messageId": number,
        "sku": sku,
        "operationType": "PATCH",
        "productType": "PRODUCT",
        "patches": list(patches),
        **more,
    }


def _report(shop: AmazonShop, feed: str) -> dict[str, Any]:
    shown = ask(shop, f"{FEEDS}/feeds/{feed}")
    assert shown["processingStatus"] == "DONE"
    document = ask(shop, f"{FEEDS}/documents/{shown['resultFeedDocumentId']}")
    found: dict[str, Any] = requests.get(document["url"], timeout=10).json()
    return found


def test_a_feed_is_read_first_and_its_changes_come_after(shop: AmazonShop, clock: Clock) -> None:
    partial = {"operationType": "PARTIAL_UPDATE", "patches": None, "attributes": {"item_name": [{"value": "Mug"}]}}
    messages = [_message(1, PEN, stock(7)), _message(2, MUG, **partial), _message(3, MUG, stock(-1))]
    feed = _feed(shop, *messages, _message(3, PEN, stock(9)), _message(5, "HP-NO", stock(1)))
    seen = []
    for _ in range(3):
        seen.append(ask(shop, f"{FEEDS}/feeds/{feed}")["processingStatus"])
        clock.on(seconds=1)
    assert seen == ["IN_QUEUE", "IN_PROGRESS", "DONE"]
    report = _report(shop, feed)
    assert [issue["messageId"] for issue in report["issues"]] == [3, 3]
    summary = {"errors": 2, "warnings": 0, "messagesProcessed": 5, "messagesAccepted": 3, "messagesInvalid": 2}
    assert report["summary"] == summary
    clock.on(seconds=1)
    assert (units(shop, PEN), units(shop, MUG)) == (7, 100)
    assert listing(shop, MUG)["summaries"][0]["itemName"] == "Mug"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/xml"}, 403),
        ({"x-amz-access-token": "ours"}, 400),
        ({"Authorization": "Bearer ours"}, 400),
    ],
)
def test_an_upload_is_signed_for_one_content_type_and_takes_no_token(
    shop: AmazonShop, headers: dict[str, str], status: int
) -> None:
    document, sent = _document(shop, b"{}", **headers)
    assert sent.status_code == status
    assert call(shop, "GET", f"{FEEDS}/documents/{document}").status_code == 404


def test_an_upload_needs_its_signature(shop: AmazonShop) -> None:
    given = call(shop, "POST", f"{FEEDS}/documents", {"contentType": JSON}).json()
    bare = given["url"].partition("?")[0]
    assert requests.put(bare, data=b"{}", headers={"Content-Type": JSON}, timeout=10).status_code == 403


def test_what_a_feed_refuses(shop: AmazonShop) -> None:
    document, _ = _document(shop, b"{}")
    good = {"feedType": "X", "marketplaceIds": [shop.marketplace.id], "inputFeedDocumentId": document}
    wrongs: list[dict[str, Any]] = [{"feedType": ""}, {"marketplaceIds": []}, {"inputFeedDocumentId": "other"}]
    for wrong in wrongs:
        assert call(shop, "POST", f"{FEEDS}/feeds", {**good, **wrong}).status_code == 400
    assert call(shop, "POST", f"{FEEDS}/documents", {}).status_code == 400
    assert call(shop, "GET", f"{FEEDS}/feeds/1").status_code == 404


def test_a_feed_that_cannot_be_read_ends_fatal(shop: AmazonShop, clock: Clock) -> None:
    one = _message(1, PEN, stock(7))
    xml, _ = _document(shop, b"<AmazonEnvelope/>")
    feeds = [
        _create(shop, xml),
        _create(shop, xml, "POST_INVENTORY_AVAILABILITY_DATA"),
        _feed(shop, one, sellerId="AOTHER"),
        _feed(shop, one, version="1.0"),
        _feed(shop),
        _feed(shop, *[one] * (MOST_MESSAGES + 1)),
    ]
    clock.on(minutes=1)
    assert {ask(shop, f"{FEEDS}/feeds/{feed}")["processingStatus"] for feed in feeds} == {"FATAL"}
    assert units(shop, PEN) == 68


def test_a_token_of_the_api_opens_no_document(shop: AmazonShop, clock: Clock) -> None:
    feed = _feed(shop, _message(1, PEN, stock(7)))
    clock.on(minutes=1)
    result = ask(shop, f"{FEEDS}/feeds/{feed}")["resultFeedDocumentId"]
    url = ask(shop, f"{FEEDS}/documents/{result}")["url"]
    answer = requests.get(url, headers={"x-amz-access-token": token(shop)}, timeout=10)
    assert (answer.status_code, "messagesAccepted" in answer.text) == (400, False)
