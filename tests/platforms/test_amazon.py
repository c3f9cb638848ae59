"""Amazon: our exchanges against its own models, feeds, tokens that expire, and the money of an order."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter

from orderbridge import balance, orders, pushing
from orderbridge.errors import AuthFailed, BridgeError, InvalidPayload, Rejected, TemporaryFailure
from orderbridge.http import Http
from orderbridge.model import FulfilledBy, Listing, Order, OrderStatus, Part, PaymentStatus
from orderbridge.platforms import amazon
from orderbridge.platforms.amazon import earlier, listings, parcels
from orderbridge.platforms.amazon.order import canonical, document
from orderbridge.platforms.base import Cursor, Hint, Parcel
from orderbridge.platforms.listings import Outcome, PriceRow, StockRow
from tests.platforms import cases, replay
from tests.platforms.swagger import Model

MODELS = Path(__file__).parents[3] / "shared" / "models" / "amazon"
PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads" / "amazon"
with_models = pytest.mark.skipif(not MODELS.exists(), reason="../shared/models, with Amazon's own models, is not here")
with_payloads = pytest.mark.skipif(not PAYLOADS.exists(), reason="../shared/payloads is not here")
# Not in the folder of models: Login with Amazon, and the Sellers API.
_NO_MODEL = ("/auth/o2/token", "/sellers/v1/marketplaceParticipations")


def _exchanges() -> list[Any]:
    return [
        pytest.param(exchange, id=f"{recording}-{n}")
        for recording in replay.recordings()
        if recording.platform == "amazon"
        for n, exchange in enumerate(recording.read()["exchanges"])
        if exchange["request"]["path"] not in _NO_MODEL
    ]


@with_models
@pytest.mark.parametrize("exchange", _exchanges())
def test_recorded_exchanges_fit_the_models(exchange: dict[str, Any]) -> None:
    request, answer = exchange["request"], exchange["response"]
    found = [(model, operation) for model, operation in _operations(request) if operation]
    assert len(found) == 1, "no model knows this path, or two do"
    [(model, operation)] = found
    assert list(model.problems(operation, request)) == []
    if isinstance(answer["body"], dict):
        told = operation["responses"].get(str(answer["status"]), operation["responses"]["400"])
        doubtful = "AWAITING_TIDE" in json.dumps(answer["body"])  # on purpose: a word that no model knows
        misfits = list(model.misfits(told["schema"], answer["body"], strict=False))
        # Three fixtures leave out on purpose what Amazon promises.
        assert [
            one for one in misfits if not (doubtful or "sellerSku is no string" in one or "proceeds is no" in one)
        ] == []


def _operations(request: dict[str, Any]) -> Iterator[tuple[Model, dict[str, Any] | None]]:
    for path in sorted(MODELS.glob("*.json")):
        model = Model(path)
        yield model, model.operation(request["method"], request["path"])


def _listing(sku: str) -> Listing:
    return Listing(store="amazon-de", sku="HP-1", product_id=sku, item_id=sku)


def _rows(count: int) -> list[StockRow]:
    return [StockRow(_listing(f"HP {n}"), "", n % 7) for n in range(count)]


def _platform(*answers: tuple[int, Any]) -> tuple[amazon.Amazon, replay.Replay]:
    """Amazon with a token already, and what it will answer."""
    token = {"access_token": "Atza|test", "expires_in": 3600, "token_type": "bearer"}
    exchanges = [{"response": {"status": status, "body": body}} for status, body in ((200, token), *answers)]
    platform, adapter = cases.connect("amazon"), replay.Replay(exchanges)
    replay.mount(platform, adapter)
    assert isinstance(platform, amazon.Amazon)
    return platform, adapter


_PLACE = (201, {"feedDocumentId": "doc-1", "url": "https://uploads.example.com/feed/1?signature=secret"})


def test_many_rows_become_a_feed_and_few_do_not() -> None:
    platform = cases.connect("amazon")
    assert len(platform.stock_calls(_rows(listings.FEED_FROM - 1), "p")) == listings.FEED_FROM - 1
    [one] = platform.stock_calls(_rows(listings.FEED_FROM), "p")
    assert one.path == listings.FEEDS
    assert [len(call.rows) for call in platform.stock_calls(_rows(4500), "p")] == [2000, 2000, 500]


@with_models
def test_a_feed_is_what_the_models_want() -> None:
    platform, adapter = _platform(_PLACE, (200, ""), (202, {"feedId": "50000000001"}))
    [call] = platform.stock_calls(_rows(300), "p")
    results = platform.push_stock(call)
    assert list(results) == list(call.rows)
    assert {result.outcome for result in results.values()} == {Outcome.ACCEPTED}
    _, place, upload, feed = adapter.sent
    model = Model(MODELS / "feeds_2021-06-30.json")
    for sent in (place, feed):
        operation = model.operation(sent["method"], sent["path"])
        assert operation
        assert list(model.problems(operation, sent)) == []
    assert (upload["method"], upload["path"], upload["query"]) == ("PUT", "/feed/1", {"signature": "secret"})
    assert "x-amz-access-token" not in {name.lower() for name in upload["headers"]}, "our token is nobody else's"
    assert upload["body"]["header"] == {"sellerId": "A1HARBOURPINE", "version": "2.0"}
    assert [m["messageId"] for m in upload["body"]["messages"]] == list(range(1, 301))
    patch = Model(MODELS / "listingsItems_2021-08-01.json")
    for message in upload["body"]["messages"]:
        body = {name: message[name] for name in ("productType", "patches")}
        assert list(patch.misfits({"$ref": "#/definitions/ListingsItemPatchRequest"}, body, strict=True)) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((403, "<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"), TemporaryFailure),
        ((401, ""), TemporaryFailure),
        ((400, "<Error/>"), Rejected),
        ((503, ""), TemporaryFailure),
        ((200, "<html>Please log in to this network</html>"), TemporaryFailure),
    ],
)
def test_an_upload_that_is_refused_pauses_no_store(answer: tuple[int, str], error: type[BridgeError]) -> None:
    """The place that Amazon names for it is valid for five minutes; our credentials have nothing to do with it."""
    platform, adapter = _platform(_PLACE, answer)
    [call] = platform.stock_calls(_rows(300), "p")
    with pytest.raises(error) as raised:
        platform.push_stock(call)
    assert type(raised.value) is error
    assert "signature" not in str(vars(raised.value))
    assert len(adapter.sent) == 3


def test_a_second_call_is_the_same_call() -> None:
    platform, adapter = _platform(*[(200, {"sku": "HP 0", "status": "ACCEPTED", "submissionId": "1"})] * 2)
    [call] = platform.stock_calls(_rows(1), "p")
    assert platform.push_stock(call) == platform.push_stock(call)
    assert adapter.sent[1] == adapter.sent[2]


@pytest.mark.parametrize("body", [{}, {"status": "MAYBE"}, {"status": None}])
def test_an_answer_that_says_nothing_is_no_success(body: dict[str, Any]) -> None:
    platform, _ = _platform((200, body))
    with pytest.raises(TemporaryFailure):
        platform.push_stock(platform.stock_calls(_rows(1), "p")[0])


def test_a_token_is_exchanged_once_and_renewed_once() -> None:
    expired = {"errors": [{"code": "Unauthorized", "details": "The access token you provided has expired."}]}
    token = (200, {"access_token": "Atza|second", "expires_in": 3600})
    platform, adapter = _platform((404, {"errors": [{"code": "NotFound"}]}), (403, expired), token, (403, expired))
    assert platform.fetch("402-1") is None
    with pytest.raises(AuthFailed):
        platform.fetch("402-1")
    paths = [sent["path"] for sent in adapter.sent]
    assert paths.count("/auth/o2/token") == 2
    assert [sent["headers"].get("x-amz-access-token") for sent in adapter.sent[1:]] == [
        "Atza|test",
        "Atza|test",
        None,
        "Atza|second",
    ]


def test_a_token_that_is_none_is_no_success() -> None:
    for body in ({}, {"access_token": ""}, {"access_token": "x"}, {"access_token": "x", "expires_in": "soon"}):
        platform = cases.connect("amazon")
        replay.mount(platform, replay.Replay([{"response": {"status": 200, "body": body}}]))
        with pytest.raises(TemporaryFailure):
            platform.fetch("402-1")


def test_the_search_never_asks_for_what_amazon_leaves_out() -> None:
    """It shows nothing of the last two minutes, and refuses a time in them."""
    platform, adapter = _platform((200, {"orders": []}))
    platform.orders_since(Cursor(datetime.now(UTC)))
    asked = datetime.fromisoformat(adapter.sent[1]["query"]["lastUpdatedAfter"])
    assert (datetime.now(UTC) - asked).total_seconds() > 150


class _Catalogue(BaseAdapter):
    """A seller's listings, of which one search shows 1,000 at most."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.items = [
            (f"HP {n:04}", f"2026-01-{1 + n // 300:02}T{n // 20 % 24:02}:{n % 60:02}:00Z") for n in range(count)
        ]
        self.items.sort(key=lambda item: item[1])

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        sent = replay.request_of(request)
        if sent["method"] == "POST":
            return replay.response(request, {"status": 200, "body": {"access_token": "x", "expires_in": 3600}})
        query = sent["query"]
        after, start = query.get("createdAfter", ""), int(query.get("pageToken", 0))
        shown = [item for item in self.items if item[1] >= after][:1000]
        page = [{"sku": sku, "summaries": [{"createdDate": at}]} for sku, at in shown[start : start + 20]]
        more = {"nextToken": str(start + 20)} if start + 20 < len(shown) else {}
        answer = {"numberOfResults": len(shown), "items": page, "pagination": more}
        return replay.response(request, {"status": 200, "body": answer})

    def close(self) -> None:
        """Nothing is open."""


def test_a_catalogue_of_more_than_a_thousand_is_read_to_its_end() -> None:
    platform, shop = cases.connect("amazon"), _Catalogue(2300)
    replay.mount(platform, shop)
    found, token, pages = set[str](), "", 0
    while True:
        page = platform.list_products(token)
        found |= {offer.item_id for offer in page.offers}
        token, pages = page.token, pages + 1
        assert pages < 400, "it comes to no end"
        if not token:
            break
    assert found == {sku for sku, _ in shop.items}


def test_a_thousand_listings_of_one_moment_are_said() -> None:
    platform, shop = cases.connect("amazon"), _Catalogue(1200)
    shop.items = [(sku, "2026-01-01T00:00:00Z") for sku, _ in shop.items]
    replay.mount(platform, shop)
    token = "|980|980"
    for _ in range(50):
        token = platform.list_products(token).token
        if token == "2026-01-01T00:00:00Z|980|980":
            break
    with pytest.raises(Rejected, match="created at 2026-01-01"):
        platform.list_products(token)


def test_a_sellers_sku_may_hold_any_sign() -> None:
    """It is the listing's item id, and so a part of the ids of to-dos."""
    assert pushing._listed("HP-1#OLD#1") == ("HP-1", "OLD#1")
    [call] = cases.connect("amazon").stock_calls([StockRow(_listing("OLD#1/ä?&"), "", 1)], "p")
    assert call.path.startswith("/listings/2021-08-01/items/A1HARBOURPINE/OLD%231%2F%C3%A4%3F%26?marketplaceIds=")


def test_a_parcels_number_is_its_references() -> None:
    def of(reference: str) -> str:
        return parcels.reference(Parcel(reference, (), datetime(2026, 10, 5, tzinfo=UTC)))

    numbers = {of(f"LS-{n}") for n in range(2000)}
    assert len(numbers) == 2000
    assert of("LS-1") == of("LS-1")
    assert all(number.isdecimal() and 0 < int(number) < 2**31 for number in numbers)


@pytest.mark.parametrize(
    ("carrier", "code"),
    [("DHL", "DHL"), ("dhl Paket", "DHL"), ("Deutsche Post", "Deutsche Post"), ("Rowing boat", "Other"), ("", "Other")],
)
def test_carriers(carrier: str, code: str) -> None:
    parcel = Parcel("LS-1", (Part(line_id="1", quantity=2),), datetime(2026, 10, 5, tzinfo=UTC), carrier, "T1")
    detail = json.loads(parcels.body(parcel, "A1"))["packageDetail"]
    assert (detail["carrierCode"], detail["carrierName"]) == (code, carrier or "unknown")


def test_prices_keep_every_digit() -> None:
    row = PriceRow(_listing("HP-1"), Decimal("1234567890123.45"))
    [call] = cases.connect("amazon").price_calls([row], "p")
    assert '"value_with_tax": 1234567890123.45' in call.request


def test_the_rate_that_amazon_names_is_waited_for() -> None:
    def waits(headers: dict[str, str], patience: float = 2.0) -> float:
        http = Http("https://api.example.com", "amazon", "s")
        http.session.mount("https://", replay.Replay([{"response": {"status": 429, "headers": headers, "body": ""}}]))
        with pytest.raises(BridgeError) as raised:
            http.call("GET", "/", patience=patience)
        return float(vars(raised.value)["retry_after"])

    assert waits({"x-amzn-RateLimit-Limit": "0.0056"}) == pytest.approx(178.57, abs=0.01)
    assert waits({"x-amzn-RateLimit-Limit": "5.0", "Retry-After": "7"}) == 7
    assert waits({}, 180.0) == 180
    for absurd in ("0", "-1", "soon", "nan"):
        assert waits({"x-amzn-RateLimit-Limit": absurd}) == 2


# Orders


def _shown(name: str = "fetch") -> dict[str, Any]:
    told = json.loads((cases.RECORDINGS / "amazon" / f"{name}.json").read_text())
    found: dict[str, Any] = told["exchanges"][-1]["response"]["body"]["order"]
    return found


def _order(shown: dict[str, Any]) -> Order:
    store = cases.connect("amazon").store
    return canonical(document(shown, store), store)


@pytest.mark.parametrize(
    ("word", "status", "payment"),
    [
        ("PENDING", OrderStatus.OPEN, PaymentStatus.UNPAID),
        ("PENDING_AVAILABILITY", OrderStatus.OPEN, PaymentStatus.UNPAID),
        ("UNSHIPPED", OrderStatus.OPEN, PaymentStatus.PAID),
        ("PARTIALLY_SHIPPED", OrderStatus.OPEN, PaymentStatus.PAID),
        ("SHIPPED", OrderStatus.COMPLETED, PaymentStatus.PAID),
        ("CANCELLED", OrderStatus.CANCELLED, PaymentStatus.UNPAID),
        ("UNFULFILLABLE", OrderStatus.CANCELLED, PaymentStatus.UNPAID),
    ],
)
def test_statuses(word: str, status: OrderStatus, payment: PaymentStatus) -> None:
    shown = _shown()
    shown["fulfillment"]["fulfillmentStatus"] = word
    order = _order(shown)
    assert (order.status, order.payment, list(orders.doubts(order))) == (status, payment, [])
    assert sum(line.wanted for line in order.lines) == (0 if status is OrderStatus.CANCELLED else 3)


def test_a_pending_order_holds_its_stock_and_waits() -> None:
    """Amazon shows neither money nor address, and counts no unit as still to be sent."""
    order, store = _order(_shown("fetch_pending")), cases.connect("amazon").store
    assert orders.wants(order, store, {order.lines[0].id: "HP-BAG-02"}, {}) == {("HP-BAG-02", "*"): 3}
    assert orders.waits(order, store, ()) == ("the order is not paid",)


def test_what_amazon_sends_holds_nothing() -> None:
    order, store = _order(_shown("fetch_sent_by_amazon")), cases.connect("amazon").store
    assert order.lines[0].fulfilled_by is FulfilledBy.PLATFORM
    assert orders.wants(order, store, {order.lines[0].id: "HP-CANDLE-01"}, {}) == {}


def test_what_another_shop_sold_is_no_order_of_this_store() -> None:
    order, store = _order(_shown("fetch_sold_elsewhere")), cases.connect("amazon").store
    assert orders.holds_nothing(order, store) == "not an order yet"


def test_a_cancelled_line_without_units_is_no_line() -> None:
    order = _order(_shown("fetch_cancelled_in_part"))
    assert [(line.sku, line.quantity, line.wanted) for line in order.lines] == [("HP-MUG-01", 2, 1)]


def test_a_discount_is_taken_off_whatever_its_sign() -> None:
    shown = _shown()
    negative = _order(shown)
    positive = json.loads(json.dumps(shown).replace('"-2.59"', '"2.59"'))
    assert _order(positive) == negative
    assert balance.problem(negative) is None


def _with_tax(total: str, marketplace: str, held: bool) -> Order:
    """10.00 and 1.90 of tax."""
    shown = _shown()
    money = {"currencyCode": "EUR"}
    kinds = {"ITEM": "10.00", "TAX": "1.90"}
    shown["orderItems"] = [
        {
            "orderItemId": "1",
            "quantityOrdered": 1,
            "product": {"sellerSku": "HP-MUG-01"},
            "proceeds": {"breakdowns": [{"type": k, "subtotal": money | {"amount": v}} for k, v in kinds.items()]},
            "tax": {"taxCollections": [{"model": "MARKETPLACE_FACILITATOR"}] if held else []},
        }
    ]
    shown["proceeds"] = {"grandTotal": money | {"amount": total}}
    shown["salesChannel"]["marketplaceId"] = marketplace
    return _order(shown)


_DE, _US = "A1PA6795UKMFR9", "ATVPDKIKX0DER"


@pytest.mark.parametrize(
    ("total", "marketplace", "held", "included", "tax", "withheld", "balanced"),
    [
        ("11.90", _US, True, False, "1.9", "1.9", True),
        ("11.90", _US, False, False, "1.9", "0", True),
        ("10.00", _US, True, False, "0", "0", True),  # Amazon collects it beside the total
        ("10.00", _US, False, False, "1.9", "0", False),  # nobody says who does
        ("10.00", _DE, False, True, "1.9", "0", True),
        ("10.00", _DE, True, True, "1.9", "1.9", True),
        ("10.01", _DE, False, True, "1.9", "0", False),
        ("11.00", _DE, False, False, "1.9", "0", False),
    ],
)
def test_what_the_tax_is_to_the_total_is_seen_from_the_sums(
    total: str, marketplace: str, held: bool, included: bool, tax: str, withheld: str, balanced: bool
) -> None:
    order = _with_tax(total, marketplace, held)
    assert (order.tax_included, str(order.tax), str(order.tax_withheld)) == (included, tax, withheld)
    assert (balance.problem(order) is None) is balanced


def test_half_a_cent_does_not_change_what_the_tax_is() -> None:
    order = balance.settled(_with_tax("10.01", _DE, False), 1)
    assert balance.problem(order) is None
    assert [(fee.kind, str(fee.amount)) for fee in order.fees] == [("rounding", "0.01")]


def test_prices_without_a_total_are_held() -> None:
    shown = _shown()
    del shown["proceeds"]
    for item in shown["orderItems"]:
        del item["proceeds"]["proceedsTotal"]
    assert list(orders.doubts(_order(shown))) == ["the platform says prices without a total, which means nothing to us"]


def test_two_currencies_in_one_order_are_held() -> None:
    shown = _shown()
    shown["orderItems"][0]["proceeds"]["breakdowns"][0]["subtotal"]["currencyCode"] = "GBP"
    assert any("amounts in EUR and GBP" in doubt for doubt in orders.doubts(_order(shown)))


def test_an_unreadable_order_of_a_list_is_a_hint() -> None:
    told = json.loads((cases.RECORDINGS / "amazon" / "orders_since.json").read_text())
    assert told["result"][-1] == {"hint": "402-1000013-0000013", "version": "2026-10-05T14:30:05+00:00"}
    platform, _ = _platform((200, {"orders": [{"orderId": "402-1", "lastUpdatedTime": "2026-10-05T14:30:05Z"}]}))
    assert platform.orders_since(Cursor(datetime(2026, 10, 1, tzinfo=UTC))).items == [
        Hint("402-1", datetime(2026, 10, 5, 14, 30, 5, tzinfo=UTC))
    ]


# Orders of v0


def _v0(**changes: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The mugs and the candle of the recording, as v0 shows them."""

    def euro(amount: str) -> dict[str, str]:
        return {"CurrencyCode": "EUR", "Amount": amount}

    order = {
        "AmazonOrderId": "402-1000001-0000001",
        "PurchaseDate": "2026-10-05T14:29:58Z",
        "LastUpdateDate": "2026-10-05T14:30:05Z",
        "OrderStatus": "Unshipped",
        "FulfillmentChannel": "MFN",
        "SalesChannel": "Amazon.de",
        "MarketplaceId": _DE,
        "ShipmentServiceLevelCategory": "STANDARD",
        "LatestShipDate": "2026-10-07T21:59:59Z",
        "OrderTotal": euro("65.51"),
        "IsReplacementOrder": "false",
        **changes,
    }
    mug = {
        "ASIN": "B0HARBOUR1",
        "OrderItemId": "40200000000101",
        "SellerSKU": "HP-MUG-01",
        "Title": "Stoneware mug, sea",
        "QuantityOrdered": 2,
        "QuantityShipped": 0,
        "ItemPrice": euro("33.80"),
        "ItemTax": euro("5.40"),
        "ShippingPrice": euro("4.90"),
        "ShippingTax": euro("0.78"),
        "PromotionDiscount": euro("0.00"),
        "IsGift": "false",
        "BuyerRequestedCancel": {"IsBuyerRequestedCancel": "false", "BuyerCancelReason": ""},
    }
    candle = {
        "ASIN": "B0HARBOUR2",
        "OrderItemId": "40200000000102",
        "SellerSKU": "HP-CANDLE-02",
        "Title": "Candle, salt & cedar",
        "QuantityOrdered": 1,
        "QuantityShipped": 0,
        "ItemPrice": euro("25.90"),
        "ItemTax": euro("4.10"),
        "PromotionDiscount": euro("2.59"),
        "PromotionDiscountTax": euro("0.38"),
        "IsGift": "true",
        "BuyerInfo": {
            "GiftWrapPrice": euro("3.50"),
            "GiftWrapTax": euro("0.56"),
            "GiftMessageText": "Alles Gute, Oma!",
            "GiftWrapLevel": "Classic",
        },
    }
    return order, [mug, candle]


def _read_v0(order: Any, items: Any) -> Order:
    store = cases.connect("amazon").store
    return canonical(earlier.document(order, items, store), store)


def test_an_order_of_v0_has_the_money_of_the_same_order_today() -> None:
    old, new = _read_v0(*_v0()), _order(_shown())
    same = "id version status payment tax_included shipping shipping_tax tax total fees".split()
    assert [getattr(old, name) for name in same] == [getattr(new, name) for name in same]
    what = "id product_id quantity subtotal discount tax shipped cancelled".split()
    assert [[getattr(line, name) for name in what] for line in old.lines] == [
        [getattr(line, name) for name in what] for line in new.lines
    ]
    assert balance.problem(old) is None


def test_the_words_of_v0() -> None:
    order, items = _v0(OrderStatus="Canceled", FulfillmentChannel="AFN", ReplacedOrderId="402-1", OrderTotal=None)
    items[0] |= {"QuantityOrdered": 0, "ItemPrice": None, "ItemTax": None, "ShippingPrice": None, "ShippingTax": None}
    items[1]["BuyerRequestedCancel"] = {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": "Found it cheaper"}
    items[1]["TaxCollection"] = {"Model": "MarketplaceFacilitator", "ResponsibleParty": "Amazon Services, Inc."}
    found = _read_v0(order, items)
    assert found.status is OrderStatus.CANCELLED
    assert [(line.quantity, line.cancelled, line.fulfilled_by) for line in found.lines] == [
        (1, 1, FulfilledBy.PLATFORM)
    ]
    assert found.lines[0].tax_withheld == found.lines[0].tax > 0
    assert ("replacement original id", "402-1") in found.fields
    assert ("asks to cancel", "BUYER") in found.lines[0].options


@pytest.mark.parametrize("items", [None, 3, "x", [None], [{}], [{"OrderItemId": "1", "QuantityOrdered": "2"}]])
def test_rubbish_of_v0_is_refused_by_name(items: Any) -> None:
    with pytest.raises(InvalidPayload):
        _read_v0(_v0()[0], items)


# Documents that others collected


def _collected() -> Iterator[tuple[str, Order]]:
    for path in sorted(PAYLOADS.glob("*.json")):
        told = json.loads(path.read_text())
        found: dict[str, Any] = told.get("response", told) if isinstance(told, dict) else {}
        shown = found.get("payload", found)
        if "getOrder-" in path.name and "2026" in path.name:
            yield path.name, _order(found["order"])
        elif "searchOrders-" in path.name:
            yield from ((path.name, _order(one)) for one in found.get("orders", []))
        elif "ordersV0-getOrder-" in path.name:
            items = _v0_items(path.name.replace("order__", "order_items__").replace("getOrder-", "getOrderItems-"))
            yield path.name, _read_v0(shown, items)
        elif "ordersV0-getOrders-" in path.name:
            yield from ((path.name, _read_v0(one, [])) for one in shown.get("Orders", []))


def _v0_items(name: str) -> list[Any]:
    told = json.loads((PAYLOADS / name).read_text())
    found: list[Any] = told.get("response", told)["payload"]["OrderItems"]
    return found


@with_payloads
def test_every_collected_order_is_read_and_says_its_sums(capsys: pytest.CaptureFixture[str]) -> None:
    said = [f"{name}: {balance.problem(order) or 'balanced'}; {order.source_status}" for name, order in _collected()]
    with capsys.disabled():
        print(f"\namazon: {len(said)} orders", *said, sep="\n  ")
    assert len(said) >= 7
    new = [one for one in said if "2026-01-01" in one]
    assert new
    assert all("balanced" in one for one in new)
