"""The demo WooCommerce shop's API: what it does, and what it refuses like the real one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
import requests

from local.shops import oauth
from local.shops.catalogue import PRODUCTS
from local.shops.server import Request
from local.shops.woocommerce import WooShop
from tests.local.woo_calls import API, call, send, signed
from tests.local.woo_calls import oauth as oauth_pairs


@pytest.fixture
def shop() -> Iterator[WooShop]:
    with WooShop("woo-eu", PRODUCTS) as shop:
        yield shop


def _ids(answer: requests.Response) -> list[int]:
    return [document["id"] for document in answer.json()]


# who may call


def test_a_signature_made_by_another_program_is_accepted() -> None:
    """The request of https://oauth.net/core/1.0a/#sig_base_example without its token, signed with
    `openssl dgst -sha1 -hmac 'kd94hf93k423kf44&'`: past the signature only its time of 2007 is left to refuse."""
    query = {
        "file": "vacation.jpg",
        "size": "original",
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1191242096",
        "oauth_nonce": "kllo9940pd9333jh",
        "oauth_signature": "Y7OT4FbN3oz/ZRRr9/f+Zc7xsgI=",
    }
    request = Request("GET", "/photos", tuple(query.items()), {}, b"")
    problem = oauth.problem(request, "http://photos.example.net", "dpf43f3p2l4k3l03", "kd94hf93k423kf44", set())
    assert problem == "Invalid timestamp."


def test_without_credentials_nothing_is_shown(shop: WooShop) -> None:
    answer = requests.get(shop.url + API + "/orders", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, "woocommerce_rest_cannot_view")


def test_basic_credentials_are_not_read_over_plain_http(shop: WooShop) -> None:
    pair = (shop.consumer_key, shop.consumer_secret)
    assert requests.get(shop.url + API + "/orders", auth=pair, timeout=5).status_code == 401
    query = {"consumer_key": pair[0], "consumer_secret": pair[1]}
    assert requests.get(shop.url + API + "/orders", params=query, timeout=5).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"oauth_consumer_key": "ck_other"}, "Consumer key is invalid."),
        ({"oauth_signature_method": "PLAINTEXT"}, "signature method is invalid"),
        ({"oauth_timestamp": "1000000000"}, "Invalid timestamp."),
        ({"oauth_nonce": ""}, "Missing OAuth parameter oauth_nonce"),
    ],
)
def test_what_oauth_refuses(shop: WooShop, wrong: dict[str, str], words: str) -> None:
    pairs = signed(shop, "GET", "/orders", {**oauth_pairs(shop), **wrong})
    answer = send(shop, "GET", "/orders", pairs)
    assert answer.status_code == 401
    assert words in answer.json()["message"]


def test_a_signature_is_for_one_query_and_one_time(shop: WooShop) -> None:
    pairs = signed(shop, "GET", "/orders", oauth_pairs(shop))
    assert send(shop, "GET", "/orders", {**pairs, "page": "2"}).status_code == 401
    assert send(shop, "GET", "/products", pairs).status_code == 401
    assert send(shop, "GET", "/orders", pairs).status_code == 200
    assert "nonce" in send(shop, "GET", "/orders", pairs).json()["message"]


def test_a_signature_may_come_in_the_header(shop: WooShop) -> None:
    pairs = signed(shop, "GET", "/orders", oauth_pairs(shop))
    header = "OAuth " + ", ".join(f'{k}="{quote(v, safe="")}"' for k, v in pairs.items())
    answer = requests.get(shop.url + API + "/orders", headers={"Authorization": header}, timeout=5)
    assert answer.status_code == 200


def test_a_read_key_writes_nothing(shop: WooShop) -> None:
    shop.rest.permissions = "read"
    assert call(shop, "GET", "/orders").status_code == 200
    assert call(shop, "POST", "/products/batch", {"update": []}).status_code == 401


# orders


def test_pages_and_their_headers(shop: WooShop) -> None:
    for _ in range(12):
        shop.sell("HP-PEN-02")
    answer = call(shop, "GET", "/orders", per_page="5", page="3", orderby="id", order="asc")
    assert (answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ("12", "3")
    assert len(answer.json()) == 2
    assert len(call(shop, "GET", "/orders").json()) == 10
    assert call(shop, "GET", "/orders", page="9").json() == []


@pytest.mark.parametrize("query", [{"per_page": "101"}, {"per_page": "0"}, {"page": "x"}, {"modified_after": "soon"}])
def test_bad_parameters_are_400(shop: WooShop, query: dict[str, str]) -> None:
    shop.sell("HP-PEN-02")
    answer = call(shop, "GET", "/orders", **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "rest_invalid_param")


def test_modified_after_leaves_out_its_own_second_and_knows_two_clocks(shop: WooShop) -> None:
    at = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)
    shop.now = lambda: at
    shop.sell("HP-PEN-02")
    before, exactly = "2026-07-01T11:59:59", "2026-07-01T12:00:00"
    found = {
        (text, gmt): len(call(shop, "GET", "/orders", modified_after=text, dates_are_gmt=gmt).json())
        for text in (before, exactly)
        for gmt in ("true", "false")
    }
    # In Berlin it is two hours later, so 12:00 site time is long before noon in UTC.
    assert found == {(before, "true"): 1, (exactly, "true"): 0, (before, "false"): 1, (exactly, "false"): 1}


def test_dates_come_twice_and_without_a_zone(shop: WooShop) -> None:
    shop.now = lambda: datetime(2026, 7, 1, 12, 0, 0, 987654, tzinfo=UTC)
    order = call(shop, "GET", f"/orders/{shop.sell('HP-PEN-02')}").json()
    assert (order["date_modified"], order["date_modified_gmt"]) == ("2026-07-01T14:00:00", "2026-07-01T12:00:00")


def test_the_trash_is_not_in_any(shop: WooShop) -> None:
    order = shop.sell("HP-PEN-02")
    shop.trash(order)
    assert call(shop, "GET", "/orders").json() == []
    assert _ids(call(shop, "GET", "/orders", status="trash")) == [int(order)]
    assert call(shop, "GET", f"/orders/{order}").json()["status"] == "trash"
    shop.restore(order)
    assert call(shop, "GET", f"/orders/{order}").json()["status"] == "processing"


def test_an_unknown_order_and_an_unknown_route_are_404(shop: WooShop) -> None:
    assert call(shop, "GET", "/orders/999999").json()["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert call(shop, "GET", "/nothing").json()["code"] == "rest_no_route"


def test_the_statuses_of_an_order(shop: WooShop) -> None:
    order = shop.sell_basket({"HP-PEN-02": 2}, paid=False)

    def status() -> str:
        return str(call(shop, "GET", f"/orders/{order}").json()["status"])

    seen = [status()]
    for step in (shop.pay, shop.fulfil, shop.refund):
        step(order)
        seen.append(status())
    assert seen == ["on-hold", "processing", "completed", "refunded"]
    shop.set_status(order, "packing")
    assert status() == "packing"


def test_a_refund_shows_its_units_only_in_its_own_list(shop: WooShop) -> None:
    order = shop.sell("HP-PEN-02", 3)
    shop.refund(order, "HP-PEN-02", 2, reason="too many")
    summary = call(shop, "GET", f"/orders/{order}").json()["refunds"]
    assert set(summary[0]) == {"id", "reason", "total"}
    assert summary[0]["total"] == "-17.00"
    (refund,) = call(shop, "GET", f"/orders/{order}/refunds").json()
    (line,) = refund["line_items"]
    assert (refund["amount"], line["quantity"]) == ("17.00", -2)
    assert line["meta_data"][0]["value"] == str(shop.sale(order).lines[0].id)


def test_an_edit_leaves_no_trace_of_what_was_there(shop: WooShop) -> None:
    order = shop.sell_basket({"HP-PEN-02": 3, "HP-MUG-01": 1})
    shop.edit(order, "HP-PEN-02", 1)
    shop.edit(order, "HP-MUG-01", 0)
    lines = call(shop, "GET", f"/orders/{order}").json()["line_items"]
    assert [(line["sku"], line["quantity"]) for line in lines] == [("HP-PEN-02", 1)]
    assert shop.quantities()["HP-PEN-02"][""] == 199


def test_a_reopened_order_takes_its_units_again(shop: WooShop) -> None:
    order = shop.sell("HP-PEN-02", 3)
    shop.cancel(order)
    assert shop.quantities()["HP-PEN-02"][""] == 200
    shop.set_status(order, "processing")
    assert shop.quantities()["HP-PEN-02"][""] == 197


# stock


def test_a_batch_is_done_row_by_row(shop: WooShop) -> None:
    simple, child = shop.listing("HP-PEN-02"), shop.listing("HP-BAG-01")
    rows = [
        {"id": simple.product_id, "manage_stock": True, "stock_quantity": 3},
        {"id": 999999, "stock_quantity": 3},
        {"id": child.variant_id, "stock_quantity": 3},
        {"id": simple.product_id, "stock_quantity": "many"},
    ]
    answer = call(shop, "POST", "/products/batch", {"update": rows})
    assert answer.status_code == 200
    codes = [row.get("error", {}).get("code") for row in answer.json()["update"]]
    assert codes == [
        None, "woocommerce_rest_product_invalid_id", "woocommerce_rest_invalid_product_id", "rest_invalid_param",
    ]  # fmt: skip
    assert shop.quantities()["HP-PEN-02"][""] == 3
    assert shop.quantities()["HP-BAG-01"][""] == 120


def test_variations_have_a_batch_of_their_own(shop: WooShop) -> None:
    child = shop.listing("HP-BAG-01")
    path = f"/products/{child.product_id}/variations"
    rows = [{"id": child.variant_id, "stock_quantity": 0}, {"id": 5, "stock_quantity": 1}]
    answer = call(shop, "POST", f"{path}/batch", {"update": rows}).json()["update"]
    assert answer[0]["stock_status"] == "outofstock"
    assert answer[1]["error"]["code"] == "woocommerce_rest_product_variation_invalid_id"
    assert len(call(shop, "GET", path).json()) == 3
    assert _ids(call(shop, "GET", path, include=str(child.variant_id))) == [child.variant_id]


def test_a_quantity_counts_only_where_stock_is_managed(shop: WooShop) -> None:
    pen = shop.listing("HP-PEN-02")
    pen.tracked = False
    path = f"/products/{pen.product_id}"
    assert call(shop, "PUT", path, {"stock_quantity": 3}).json()["stock_quantity"] is None
    assert call(shop, "PUT", path, {"manage_stock": True, "stock_quantity": 3}).json()["stock_quantity"] == 3


def test_more_than_100_rows_are_413(shop: WooShop) -> None:
    rows = [{"id": shop.listing("HP-PEN-02").product_id, "stock_quantity": 1}] * 101
    assert call(shop, "POST", "/products/batch", {"update": rows}).status_code == 413
    assert shop.quantities()["HP-PEN-02"][""] == 200


def test_a_variable_product_shows_no_stock_of_its_own(shop: WooShop) -> None:
    child = shop.listing("HP-BAG-01")
    parent = call(shop, "GET", f"/products/{child.product_id}").json()
    assert (parent["type"], parent["manage_stock"], len(parent["variations"])) == ("variable", False, 3)


def test_an_order_of_long_ago_is_still_found(shop: WooShop) -> None:
    shop.now = lambda: datetime.now(UTC) - timedelta(days=400)
    order = shop.sell("HP-PEN-02")
    assert call(shop, "GET", f"/orders/{order}").json()["id"] == int(order)
