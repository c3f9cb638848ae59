"""The life of an order in the demo Amazon shop, as both versions of the Orders API show it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import requests

from local.shops.amazon import AmazonShop
from local.shops.buyers import BUYERS
from local.shops.catalogue import PRODUCTS
from local.shops.faults import Fault
from local.shops.sales import ShopRefuses, SoldOut, Tax
from tests.local.amazon_calls import OLD_ORDERS, ORDERS, Clock, ask, call, confirm, errors, order, units

PEN, MUG, INK = "HP-PEN-01", "HP-MUG-01", "HP-INK-01"


def _shop(clock: Clock, name: str = "amazon-de", **more: Any) -> AmazonShop:
    made = AmazonShop(name, PRODUCTS, **more)
    made.now, made.quotas.off = clock, True
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[AmazonShop]:
    with _shop(clock) as made:
        yield made


def _status(shop: AmazonShop, number: str) -> tuple[str, str]:
    """In both versions."""
    old = ask(shop, f"{OLD_ORDERS}/{number}")["payload"]["OrderStatus"]
    return order(shop, number)["fulfillment"]["fulfillmentStatus"], old


def _search(shop: AmazonShop, **query: str) -> dict[str, Any]:
    return ask(shop, ORDERS, marketplaceIds=shop.marketplace.id, **query)


def _numbers(found: dict[str, Any]) -> list[str]:
    return [one["orderId"] for one in found["orders"]]


# its life


def test_a_pending_order_has_taken_its_units_and_shows_no_money_and_nobody(shop: AmazonShop) -> None:
    before = units(shop, PEN)
    number = shop.sell_basket({PEN: 2}, paid=False)
    assert units(shop, PEN) == before - 2
    shown = order(shop, number)
    assert _status(shop, number) == ("PENDING", "Pending")
    assert {"proceeds", "buyer", "recipient"} & set(shown) == set()
    (item,) = shown["orderItems"]
    assert (item["quantityOrdered"], "proceeds" in item, "price" in item["product"]) == (2, False, False)
    old = ask(shop, f"{OLD_ORDERS}/{number}")["payload"]
    assert {"OrderTotal", "ShippingAddress"} & set(old) == set()
    shop.pay(number)
    assert _status(shop, number) == ("UNSHIPPED", "Unshipped")
    assert order(shop, number)["proceeds"]["grandTotal"] == {"amount": "67.00", "currencyCode": "EUR"}


def test_a_number_is_written_in_groups_of_3_7_and_7(shop: AmazonShop) -> None:
    number = shop.sell(PEN)
    assert [len(part) for part in number.split("-")] == [3, 7, 7]
    assert order(shop, number)["orderId"] == number
    assert errors(call(shop, "GET", f"{ORDERS}/{number.replace('-', '')}"))[:2] == (404, "NotFound")
    assert call(shop, "GET", f"{OLD_ORDERS}/999-0000000-0000000").status_code == 404


def test_the_last_units_can_be_sold_once(shop: AmazonShop) -> None:
    left = units(shop, "HP-LAMP-01")
    shop.sell("HP-LAMP-01", left)
    with pytest.raises(SoldOut):
        shop.sell("HP-LAMP-01")
    assert units(shop, "HP-LAMP-01") == 0


@pytest.mark.parametrize(
    ("reason", "back", "by"), [("customer", 2, "BUYER"), ("inventory", 0, "MERCHANT"), ("declined", 2, "AMAZON")]
)
def test_a_cancelled_order_puts_its_units_back_unless_there_were_none(
    shop: AmazonShop, reason: str, back: int, by: str
) -> None:
    before = units(shop, PEN)
    number = shop.sell(PEN, 2)
    shop.cancel(number, reason)
    assert units(shop, PEN) == before - 2 + back
    assert _status(shop, number) == ("CANCELLED", "Canceled")
    (item,) = order(shop, number)["orderItems"]
    assert (item["quantityOrdered"], item["fulfillment"]["quantityUnfulfilled"]) == (0, 0)
    assert item["cancellation"] == {"cancellationExecution": {"cancelledBy": by, "cancelReason": reason}}
    (old,) = ask(shop, f"{OLD_ORDERS}/{number}/orderItems")["payload"]["OrderItems"]
    assert old["QuantityOrdered"] == 0


def test_a_line_can_be_cancelled_alone_and_an_order_never_grows(shop: AmazonShop) -> None:
    before = units(shop, MUG)
    number = shop.sell_basket({PEN: 1, MUG: 3})
    shop.edit(number, MUG, 1)
    assert units(shop, MUG) == before - 1
    assert [i["quantityOrdered"] for i in order(shop, number)["orderItems"]] == [1, 1]
    assert order(shop, number)["proceeds"]["grandTotal"]["amount"] == "50.40"
    shop.edit(number, MUG, 0)
    with pytest.raises(ShopRefuses):
        shop.edit(number, PEN, 2)
    shop.edit(number, PEN, 0)
    assert _status(shop, number)[0] == "CANCELLED"


def test_a_buyers_wish_to_cancel_is_only_a_wish(shop: AmazonShop) -> None:
    number = shop.sell(PEN)
    shop.request_cancel(number, "Found cheaper")
    (item,) = order(shop, number)["orderItems"]
    assert item["cancellation"] == {"cancellationRequest": {"requester": "BUYER", "cancelReason": "Found cheaper"}}
    (old,) = ask(shop, f"{OLD_ORDERS}/{number}/orderItems")["payload"]["OrderItems"]
    assert old["BuyerRequestedCancel"] == {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": "Found cheaper"}
    assert _status(shop, number)[0] == "UNSHIPPED"


def test_a_refund_is_not_in_the_order_and_brings_nothing_back(shop: AmazonShop) -> None:
    number = shop.sell(PEN)
    with pytest.raises(ShopRefuses):
        shop.refund(number)
    shop.fulfil(number)
    before, shown = units(shop, PEN), order(shop, number)
    shop.refund(number)
    assert units(shop, PEN) == before
    assert order(shop, number) == shown


@pytest.mark.parametrize("act", ["hold", "release", "reopen", "delete"])
def test_what_amazon_does_not_know(shop: AmazonShop, act: str) -> None:
    number = shop.sell(PEN)
    with pytest.raises(ShopRefuses):
        getattr(shop, act)(number)
    with pytest.raises(ShopRefuses):
        shop.request_return(number, PEN)


def test_what_amazon_ships_takes_nothing_from_the_merchant(clock: Clock) -> None:
    with _shop(clock, fba=frozenset({PEN})) as shop:
        number = shop.sell(PEN, 5)
        assert order(shop, number)["fulfillment"]["fulfilledBy"] == "AMAZON"
        assert "buyerEmail" not in order(shop, number)["buyer"]
        assert ask(shop, f"{OLD_ORDERS}/{number}")["payload"]["FulfillmentChannel"] == "AFN"
        assert shop.quantities()[PEN] == {"": 0}
        assert order(shop, shop.sell(MUG))["fulfillment"]["fulfilledBy"] == "MERCHANT"
        with pytest.raises(ShopRefuses):
            shop.sell_basket({PEN: 1, MUG: 1})
        line = shop.sale(number).lines[0].id
        assert confirm(shop, number, (line, 1)).status_code == 400
        shop.fulfil(number)
        shown = order(shop, number)
        assert (shown["fulfillment"]["fulfillmentStatus"], "packages" in shown) == ("SHIPPED", False)


# money


def _sums(shown: dict[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    """Grand total, the totals of the items, and all breakdowns."""
    items = [item["proceeds"] for item in shown["orderItems"]]
    rows = [row for item in items for row in item["breakdowns"]]
    return (
        Decimal(shown["proceeds"]["grandTotal"]["amount"]),
        sum((Decimal(item["proceedsTotal"]["amount"]) for item in items), Decimal(0)),
        sum((Decimal(row["subtotal"]["amount"]) for row in rows), Decimal(0)),
    )


@pytest.mark.parametrize(
    ("place", "tax", "total"),
    [
        ("DE", Tax("MwSt.", Decimal("0.19"), True), "80.20"),
        ("US", Tax("Sales tax", Decimal("0.08"), False), "93.20"),
        ("JP", Tax("消費税", Decimal("0.1"), True), "13000"),
    ],
)
def test_money_adds_up_in_every_currency(clock: Clock, place: str, tax: Tax, total: str) -> None:
    with _shop(clock, place=place, tax=tax) as shop:
        shop.shipping = Decimal(800) if place == "JP" else Decimal("4.90")
        discount = Decimal(300) if place == "JP" else Decimal("5.60")
        shown = order(shop, shop.sell_basket({PEN: 2, INK: 1}, buyer=BUYERS[0], discount=discount))
        grand, items, rows = _sums(shown)
        assert grand == items == rows == Decimal(total)
        assert shown["proceeds"]["grandTotal"]["amount"] == total
        taxed = [x for x in shown["orderItems"] if any(r["type"] == "TAX" for r in x["proceeds"]["breakdowns"])]
        assert len(taxed) == (2 if place == "US" else 0)
        withheld = [x for x in shown["orderItems"] if "tax" in x]
        assert len(withheld) == (2 if place == "US" else 0)
        assert shown["orderItems"][0]["promotion"] == {"breakdowns": [{"promotionId": "HARBOUR"}]}


def test_the_old_shape_has_the_same_money_by_the_line(clock: Clock) -> None:
    with _shop(clock, place="US", tax=Tax("Sales tax", Decimal("0.08"), False)) as shop:
        number = shop.sell_basket({PEN: 2}, discount=Decimal(2))
        old = ask(shop, f"{OLD_ORDERS}/{number}")["payload"]
        (item,) = ask(shop, f"{OLD_ORDERS}/{number}/orderItems")["payload"]["OrderItems"]
        assert item["ItemPrice"] == {"CurrencyCode": "USD", "Amount": "72.00"}
        assert (item["PromotionDiscount"]["Amount"], item["ItemTax"]["Amount"]) == ("2.00", "5.60")
        assert old["OrderTotal"]["Amount"] == "75.60" == order(shop, number)["proceeds"]["grandTotal"]["amount"]
        assert item["TaxCollection"]["Model"] == "MarketplaceFacilitator"
        assert set(old["ShippingAddress"]) <= {"City", "StateOrRegion", "PostalCode", "CountryCode"}


# what is asked for


def test_datasets_come_only_when_they_are_asked_for(shop: AmazonShop) -> None:
    number = shop.sell(PEN)
    shop.fulfil(number)
    bare = ask(shop, f"{ORDERS}/{number}")["order"]
    assert set(bare) == {"orderId", "createdTime", "lastUpdatedTime", "salesChannel", "orderItems"}
    assert set(bare["orderItems"][0]) == {"orderItemId", "quantityOrdered", "product"}
    for name, field in [("BUYER", "buyer"), ("RECIPIENT", "recipient"), ("PACKAGES", "packages")]:
        assert set(order(shop, number, name)) - set(bare) == {field}
    assert errors(call(shop, "GET", f"{ORDERS}/{number}", includedData="ALL"))[:2] == (400, "InvalidInput")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"createdAfter": "2026-11-01T00:00:00Z", "lastUpdatedAfter": "2026-11-01T00:00:00Z"},
        {"createdAfter": "2026-11-01T00:00:00Z", "lastUpdatedBefore": "2026-11-02T00:00:00Z"},
        {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "lastUpdatedBefore": "2026-11-02T09:28:01Z"},
        {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "lastUpdatedBefore": "2026-10-31T00:00:00Z"},
        {"lastUpdatedAfter": "yesterday"},
        {"lastUpdatedAfter": "2026-11-01T00:00:00"},
        {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "marketplaceIds": ""},
        {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "maxResultsPerPage": "101"},
        {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "maxResultsPerPage": "0"},
        {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "fulfillmentStatuses": "Shipped"},
        {"lastUpdatedAfter": "2026-11-01T00:00:00Z", "paginationToken": "other"},
    ],
)
def test_what_a_search_refuses(shop: AmazonShop, query: dict[str, str]) -> None:
    answer = call(shop, "GET", ORDERS, **{"marketplaceIds": shop.marketplace.id, **query})
    assert errors(answer)[:2] == (400, "InvalidInput")


def test_a_search_ends_two_minutes_ago(shop: AmazonShop, clock: Clock) -> None:
    number = shop.sell(PEN)
    after = "2026-11-02T09:30:00Z"  # the very second of the sale: the bound is inclusive
    clock.on(seconds=119)
    assert _search(shop, lastUpdatedAfter="2026-11-01T00:00:00Z")["orders"] == []
    clock.on(seconds=1)
    found = _search(shop, lastUpdatedAfter=after)
    assert (_numbers(found), found["lastUpdatedBefore"]) == ([number], after)
    assert _search(shop, lastUpdatedAfter="2026-11-02T09:30:01Z", lastUpdatedBefore="")["orders"] == []


def test_a_search_goes_on_page_by_page_with_the_same_question(shop: AmazonShop, clock: Clock) -> None:
    numbers = []
    for _ in range(5):
        numbers.append(shop.sell(PEN))
        clock.on(minutes=1)
    clock.on(minutes=2)
    asked = {"createdAfter": "2026-11-01T00:00:00Z", "maxResultsPerPage": "2"}
    seen, page, given = [], _search(shop, **asked), ""
    while True:
        seen += _numbers(page)
        if "pagination" not in page:
            break
        given = page["pagination"]["nextToken"]
        page = _search(shop, **asked, paginationToken=given)
    assert seen == numbers
    other = {**asked, "createdAfter": "2026-10-01T00:00:00Z", "paginationToken": given}
    assert call(shop, "GET", ORDERS, marketplaceIds=shop.marketplace.id, **other).status_code == 400
    clock.on(hours=25)
    late = call(shop, "GET", ORDERS, marketplaceIds=shop.marketplace.id, **asked, paginationToken=given)
    assert late.status_code == 400


def test_a_search_can_be_narrowed(shop: AmazonShop, clock: Clock) -> None:
    sold, pending = shop.sell(PEN), shop.sell_basket({PEN: 1}, paid=False)
    clock.on(minutes=5)
    query = {"createdAfter": "2026-11-01T00:00:00Z"}
    assert _numbers(_search(shop, **query)) == [sold, pending]
    assert _numbers(_search(shop, **query, fulfillmentStatuses="PENDING,SHIPPED")) == [pending]
    assert _numbers(_search(shop, **query, fulfilledBy="AMAZON")) == []
    assert _numbers(ask(shop, ORDERS, marketplaceIds="ATVPDKIKX0DER", **query)) == []


def test_what_is_older_than_two_years_is_gone(shop: AmazonShop, clock: Clock) -> None:
    number = shop.sell(PEN)
    clock.at = datetime(2026, 11, 2, 9, 30, tzinfo=UTC) + timedelta(days=731)
    assert call(shop, "GET", f"{ORDERS}/{number}").status_code == 404
    assert _search(shop, createdAfter="2020-01-01T00:00:00Z")["orders"] == []


# shipping


def test_a_confirmed_shipment_is_a_package_and_the_same_reference_edits_it(shop: AmazonShop) -> None:
    number = shop.sell_basket({PEN: 3, MUG: 1})
    pen, mug = (line.id for line in shop.sale(number).lines)
    assert confirm(shop, number, (pen, 2)).status_code == 204
    assert _status(shop, number) == ("PARTIALLY_SHIPPED", "PartiallyShipped")
    edit = confirm(shop, number, (pen, 3), trackingNumber="HP0002", carrierCode="Other", carrierName="Harbour Post")
    assert edit.status_code == 204
    (package,) = order(shop, number)["packages"]
    assert (package["trackingNumber"], package["carrier"]) == ("HP0002", "Harbour Post")
    assert package["packageItems"] == [{"orderItemId": str(pen), "quantity": 3}]
    assert confirm(shop, number, (mug, 1), packageReferenceId="2").status_code == 204
    assert _status(shop, number) == ("SHIPPED", "Shipped")
    assert confirm(shop, number, (mug, 1), packageReferenceId="2").status_code == 204
    again = confirm(shop, number, (mug, 1), packageReferenceId="3")
    assert errors(again)[2].startswith("Failed to create package")
    assert units(shop, PEN) == shop.quantities()[PEN][""] == 65


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        ({"marketplace": "ATVPDKIKX0DER"}, "MarketplaceId is invalid."),
        ({"packageReferenceId": 1}, "invalid type [packageDetail.packageReferenceId]"),
        ({"packageReferenceId": "HP-1"}, "must be a positive numeric value"),
        ({"packageReferenceId": "0"}, "must be a positive numeric value"),
        ({"trackingNumber": None}, "invalid type [packageDetail.trackingNumber]"),
        ({"carrierCode": "Other"}, "CarrierName is required"),
        ({"shipDate": "02/21/2026"}, "ShipDate is invalid"),
        ({"orderItems": []}, "missing or invalid parameters"),
        ({"orderItems": [{"orderItemId": "1", "quantity": 1}]}, "OrderItemId is invalid"),
    ],
)
def test_what_a_confirmation_refuses(shop: AmazonShop, detail: dict[str, Any], words: str) -> None:
    number = shop.sell(PEN)
    answer = confirm(shop, number, (shop.sale(number).lines[0].id, 1), **detail)
    status, code, message = errors(answer)
    assert (status, code) == (400, "InvalidInput")
    assert words in message
    assert shop.sale(number).parcels == []


def test_no_more_units_leave_than_were_ordered(shop: AmazonShop) -> None:
    number = shop.sell(PEN, 2)
    line = shop.sale(number).lines[0].id
    assert "fewer units" in errors(confirm(shop, number, (line, 3)))[2]
    assert "fewer units" in errors(confirm(shop, number, (line, 1), (line, 2)))[2]
    confirm(shop, number, (line, 1))
    assert "fewer units" in errors(confirm(shop, number, (line, 2), packageReferenceId="2"))[2]
    assert "positive number" in errors(confirm(shop, number, (line, 0), packageReferenceId="2"))[2]


def test_pending_and_cancelled_orders_are_not_shipped(shop: AmazonShop) -> None:
    number = shop.sell_basket({PEN: 1}, paid=False)
    line = shop.sale(number).lines[0].id
    with pytest.raises(ShopRefuses):
        shop.fulfil(number)
    assert confirm(shop, number, (line, 1)).status_code == 400
    shop.cancel(number)
    assert confirm(shop, number, (line, 1)).status_code == 400
    done = shop.sell(PEN)
    shop.fulfil(done)
    with pytest.raises(ShopRefuses):
        shop.cancel(done)


def test_an_answer_that_is_lost_was_done(shop: AmazonShop) -> None:
    number = shop.sell(PEN)
    line = shop.sale(number).lines[0].id
    shop.api_faults.script.extend(["", Fault.LOST])
    with pytest.raises(requests.ConnectionError):
        confirm(shop, number, (line, 1))
    assert confirm(shop, number, (line, 1)).status_code == 204
    assert len(shop.sale(number).parcels) == 1
