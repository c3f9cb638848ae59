"""The demo Shopify shop's API: what it does, and what it refuses like the real one."""

import threading
from collections.abc import Iterator

import pytest
import requests

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import PATH, ShopifyShop
from local.shops.shopify_api import Bucket
from tests.local.shopify_calls import ask, post, row, set_stock

ORDERS = "query($q: String, $n: Int, $a: String) { orders(first: $n, after: $a, sortKey: UPDATED_AT, query: $q) {\
 nodes { id updatedAt } pageInfo { hasNextPage endCursor } } }"


@pytest.fixture
def shop() -> Iterator[ShopifyShop]:
    with ShopifyShop("shopify-us", PRODUCTS) as shop:
        yield shop


def _available(shop: ShopifyShop, sku: str) -> list[int]:
    return list(shop.quantities()[sku].values())


def _code(answer: dict[str, list[dict[str, dict[str, str]]]]) -> str:
    return answer["errors"][0]["extensions"]["code"]


def test_a_wrong_token_is_401_with_shopifys_words(shop: ShopifyShop) -> None:
    answer = post(shop, "{ shop { name } }", token="wrong")
    assert answer.status_code == 401
    assert answer.json()["errors"].startswith("[API] Invalid API key or access token")


def test_another_path_is_404(shop: ShopifyShop) -> None:
    assert requests.get(shop.url + PATH, timeout=5).status_code == 404
    assert requests.post(shop.url + "/admin/api/2025-01/graphql.json", timeout=5).status_code == 404


def test_a_missing_scope_is_an_error_inside_200(shop: ShopifyShop) -> None:
    shop.scopes.remove("read_orders")
    answer = ask(shop, "{ orders(first: 1) { nodes { id } } }")
    assert _code(answer) == "ACCESS_DENIED"
    assert "read_orders" in str(answer["errors"])


@pytest.mark.parametrize(
    "query", ["{ orders(first: 1) { nodes { nosuchfield } } }", "{ shop {", "{ orders { nodes { id } } }"]
)
def test_a_bad_query_is_an_error_inside_200(shop: ShopifyShop, query: str) -> None:
    answer = post(shop, query)
    assert answer.status_code == 200
    assert answer.json()["errors"]


def test_pages_are_at_most_250(shop: ShopifyShop) -> None:
    assert "errors" in ask(shop, "{ orders(first: 251) { nodes { id } } }")
    assert "errors" not in ask(shop, "{ orders(first: 250) { nodes { id } } }")


def test_the_filter_by_modification_includes_its_second(shop: ShopifyShop) -> None:
    version = shop.sale(shop.sell("HP-MUG-01")).version
    for sign, found in ((">=", 1), (">", 0), ("<", 0), ("<=", 1)):
        answer = ask(shop, ORDERS, n=5, q=f"updated_at:{sign}'{version:%Y-%m-%dT%H:%M:%SZ}'")
        assert len(answer["data"]["orders"]["nodes"]) == found, sign


def test_throttling_is_an_error_inside_200_with_the_state_of_the_bucket(shop: ShopifyShop) -> None:
    shop.graphql.bucket = Bucket(maximum=20, restore_rate=1)
    answers = [post(shop, "query { orders(first: 50) { nodes { id } } }") for _ in range(6)]
    assert {a.status_code for a in answers} == {200}
    last = answers[-1].json()
    assert _code(last) == "THROTTLED"
    cost = last["extensions"]["cost"]
    assert cost["throttleStatus"]["currentlyAvailable"] < cost["requestedQueryCost"]


def test_a_query_that_costs_too_much_is_refused(shop: ShopifyShop) -> None:
    wide = " ".join(f"a{n}: orders(first: 250) {{ nodes {{ id }} }}" for n in range(40))
    assert _code(ask(shop, f"{{ {wide} }}")) == "MAX_COST_EXCEEDED"


# writing stock


def test_without_a_key_nothing_is_done(shop: ShopifyShop) -> None:
    query = "mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) {\
      userErrors { code } } }"
    given = {"name": "available", "reason": "correction", "quantities": [row(shop, "HP-MUG-01", 1)]}
    answer = ask(shop, query, input=given)
    assert _code(answer) == "BAD_REQUEST"
    assert "@idempotent directive is required" in str(answer["errors"])
    assert _available(shop, "HP-MUG-01") == [40, 60]


def test_the_compared_quantity_must_be_said_even_when_it_is_null(shop: ShopifyShop) -> None:
    silent = row(shop, "HP-MUG-01", 1)
    del silent["changeFromQuantity"]
    query = 'mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input)\
      @idempotent(key: "k") { userErrors { code } } }'
    given = {"name": "available", "reason": "correction", "quantities": [silent]}
    assert _code(ask(shop, query, input=given)) == "INVALID_FIELD_ARGUMENTS"


def test_compare_and_set(shop: ShopifyShop) -> None:
    assert set_stock(shop, "a", row(shop, "HP-MUG-01", 7, changeFromQuantity=40)) == []
    assert set_stock(shop, "b", row(shop, "HP-MUG-01", 9, changeFromQuantity=40)) == ["CHANGE_FROM_QUANTITY_STALE"]
    assert set_stock(shop, "c", row(shop, "HP-MUG-01", 5, place=1)) == []
    assert _available(shop, "HP-MUG-01") == [7, 5]


def test_one_bad_row_undoes_the_whole_call(shop: ShopifyShop) -> None:
    codes = set_stock(shop, "a", row(shop, "HP-MUG-01", 1), row(shop, "HP-MUG-02", 1, changeFromQuantity=999))
    assert codes == ["CHANGE_FROM_QUANTITY_STALE"]
    assert _available(shop, "HP-MUG-01") == [40, 60]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"quantity": 1_000_000_001}, "INVALID_QUANTITY_TOO_HIGH"),
        ({"quantity": -1_000_000_001}, "INVALID_QUANTITY_TOO_LOW"),
        ({"inventoryItemId": "gid://shopify/InventoryItem/42"}, "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/42"}, "INVALID_LOCATION"),
    ],
)
def test_a_bad_row_is_named(shop: ShopifyShop, wrong: dict[str, object], code: str) -> None:
    assert set_stock(shop, "a", {**row(shop, "HP-MUG-01", 1), **wrong}) == [code]


def test_an_item_must_be_stocked_at_the_location(shop: ShopifyShop) -> None:
    given = row(shop, "HP-MUG-01", 1, place=1)
    del shop.listing("HP-MUG-01").quantities[shop.locations[1]]
    assert set_stock(shop, "a", given) == ["ITEM_NOT_STOCKED_AT_LOCATION"]


def test_a_pair_may_come_once_and_250_pairs_at_most(shop: ShopifyShop) -> None:
    twice = [row(shop, "HP-MUG-01", 1)] * 2
    assert set_stock(shop, "a", *twice) == ["NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"]
    given = {"name": "available", "reason": "correction", "quantities": [row(shop, "HP-MUG-01", 1)] * 251}
    query = 'mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input)\
      @idempotent(key: "k") { userErrors { code } } }'
    assert _code(ask(shop, query, input=given)) == "MAX_INPUT_SIZE_EXCEEDED"


@pytest.mark.parametrize(("more", "code"), [({"name": "damaged"}, "INVALID_NAME"), ({"reason": "x"}, "INVALID_REASON")])
def test_name_and_reason_are_checked(shop: ShopifyShop, more: dict[str, str], code: str) -> None:
    assert set_stock(shop, "a", row(shop, "HP-MUG-01", 1), **more) == [code]


def test_the_same_key_is_applied_once(shop: ShopifyShop) -> None:
    assert set_stock(shop, "a", row(shop, "HP-MUG-01", 7)) == []
    shop.sell("HP-MUG-01", 3)
    assert set_stock(shop, "a", row(shop, "HP-MUG-01", 7)) == []
    assert _available(shop, "HP-MUG-01") == [4, 60]
    assert set_stock(shop, "a", row(shop, "HP-MUG-01", 8)) == ["IDEMPOTENCY_KEY_PARAMETER_MISMATCH"]


def test_the_key_of_a_refused_call_is_used_up(shop: ShopifyShop) -> None:
    stale = row(shop, "HP-MUG-01", 7, changeFromQuantity=1)
    assert set_stock(shop, "a", stale) == ["CHANGE_FROM_QUANTITY_STALE"]
    assert set_stock(shop, "a", stale) == ["IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"]


def test_of_many_compare_and_sets_at_once_one_wins(shop: ShopifyShop) -> None:
    codes: list[list[str]] = []

    def write(n: int) -> None:
        codes.append(set_stock(shop, f"k{n}", row(shop, "HP-MUG-01", 100 + n, changeFromQuantity=40)))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stale = codes.count(["CHANGE_FROM_QUANTITY_STALE"])
    print(f"{stale} of {len(codes)} compares failed")
    assert (codes.count([]), stale) == (1, 11)
