"""Reading and writing stock in the demo Shopify shop, with compare-and-set and idempotency keys.

https://shopify.dev/docs/api/admin-graphql/2026-07/mutations/inventorySetQuantities and
https://shopify.dev/docs/api/usage/implementing-idempotency (2026-08). Texts are those that a real store
answered with (2026-06 to 2026-09). A call is applied as a whole or not at all.
"""

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLResolveInfo, get_directive_values

from local.shops.sales import Listing
from local.shops.shopify_parts import gid, stamped
from local.shops.shopify_views import connection

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

Node = dict[str, Any]
MOST_QUANTITIES = 250
HIGHEST = 1_000_000_000
REASONS = frozenset(
    """correction cycle_count_available damaged movement_canceled movement_created movement_received
    movement_updated other promotion quality_control received reservation_created reservation_deleted
    reservation_updated restock safety_stock shrinkage""".split()
)


def item(listing: Listing, location: Callable[[str], Node], variant: Callable[[Listing], Node]) -> Node:
    """The inventory item of a listing with its levels; only the quantity "available" is kept."""

    def level(place: str) -> Node:
        def quantities(info: GraphQLResolveInfo, names: Sequence[str]) -> list[Node]:
            shown = {"name": "available", "quantity": listing.quantities[place]}
            return [shown] if "available" in names else []

        return {
            "__typename": "InventoryLevel",
            "id": gid("InventoryLevel", f"{place}?inventory_item_id={listing.item_id}"),
            "isActive": True,
            "item": lambda info: item(listing, location, variant),
            "location": lambda info: location(place),
            "quantities": quantities,
        }

    def one_level(info: GraphQLResolveInfo, **asked: Any) -> Node | None:
        found = [place for place in listing.quantities if gid("Location", place) == asked["locationId"]]
        return level(found[0]) if found else None

    return {
        "__typename": "InventoryItem",
        "id": gid("InventoryItem", listing.item_id),
        "legacyResourceId": str(listing.item_id),
        "sku": listing.sku or None,
        "tracked": listing.tracked,
        "measurement": {
            "id": gid("InventoryItemMeasurement", listing.item_id),
            "weight": {"unit": "GRAMS", "value": listing.weight},
        },
        "variant": lambda info: variant(listing),
        "inventoryLevel": one_level,
        "inventoryLevels": lambda info, **asked: connection(list(listing.quantities), asked, level, str),
    }


class Writer:
    """`inventorySetQuantities`. Remembers idempotency keys for as long as the shop runs (Shopify: 24 hours)."""

    def __init__(self, shop: "ShopifyShop") -> None:
        self._shop = shop
        self._done: dict[str, tuple[str, Node]] = {}

    def set_quantities(
        self,
        info: GraphQLResolveInfo,
        given: Node,
        item_node: Callable[[Listing], Node],
        location: Callable[[str], Node],
    ) -> Node:
        key = _key(info)
        parameters = json.dumps(given, sort_keys=True)
        if key in self._done:
            return self._again(key, parameters)
        _refuse_shape(given)
        errors = self._errors(given)
        answer: Node = {"inventoryAdjustmentGroup": None, "userErrors": errors}
        if not errors:
            answer["inventoryAdjustmentGroup"] = self._apply(given, item_node, location)
        self._done[key] = (parameters, answer)
        return answer

    def _again(self, key: str, parameters: str) -> Node:
        """The first answer, not applied again. A key whose first call was refused is used up."""
        first, answer = self._done[key]
        if first != parameters:
            words = "The same idempotency key cannot be used with different operation parameters."
            return _refused("IDEMPOTENCY_KEY_PARAMETER_MISMATCH", words)
        if answer["userErrors"]:
            words = "A previous request with this idempotency key failed. Retry with a new idempotency key."
            return _refused("IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED", words)
        return answer

    def _errors(self, given: Node) -> list[Node]:
        if given["name"] != "available":
            return [
                _error(["input", "name"], "INVALID_NAME", "The quantity name must be either 'available' or 'on_hand'.")
            ]
        if given["reason"] not in REASONS:
            words = f"The specified reason is invalid. Valid values are: {', '.join(sorted(REASONS))}."
            return [_error(["input", "reason"], "INVALID_REASON", words)]
        errors: list[Node] = []
        seen: set[tuple[str, str]] = set()
        for index, row in enumerate(given["quantities"]):
            pair = (row["inventoryItemId"], row["locationId"])
            problem = self._row_problem(row) if pair not in seen else _DUPLICATE
            seen.add(pair)
            if problem:
                errors.append(_error(["input", "quantities", str(index), *problem[:1]], *problem[1:]))
        return errors

    def _row_problem(self, row: Node) -> tuple[str, str, str] | None:
        listing = self._listing(row["inventoryItemId"])
        place = row["locationId"].removeprefix(gid("Location", ""))
        if listing is None:
            return "inventoryItemId", "INVALID_INVENTORY_ITEM", "The specified inventory item could not be found."
        if place not in self._shop.places:
            return "locationId", "INVALID_LOCATION", "The specified location could not be found."
        if place not in listing.quantities:
            words = "The specified inventory item is not stocked at the location."
            return "locationId", "ITEM_NOT_STOCKED_AT_LOCATION", words
        if row["quantity"] > HIGHEST:
            return "quantity", "INVALID_QUANTITY_TOO_HIGH", "The quantity can't be higher than 1,000,000,000."
        if row["quantity"] < -HIGHEST:
            return "quantity", "INVALID_QUANTITY_TOO_LOW", "The quantity can't be lower than -1,000,000,000."
        if row["changeFromQuantity"] not in {None, listing.quantities[place]}:
            words = "The changeFromQuantity argument no longer matches the persisted quantity."
            return "changeFromQuantity", "CHANGE_FROM_QUANTITY_STALE", words
        return None

    def _apply(self, given: Node, item_node: Callable[[Listing], Node], location: Callable[[str], Node]) -> Node:
        changes = []
        for row in given["quantities"]:
            listing, place = self._listing(row["inventoryItemId"]), row["locationId"].removeprefix(gid("Location", ""))
            assert listing is not None  # checked by _row_problem
            delta = row["quantity"] - listing.quantities[place]
            listing.quantities[place] = row["quantity"]
            changes.append(
                {"name": "available", "delta": delta, "item": item_node(listing), "location": location(place)}
            )
        return {
            "id": gid("InventoryAdjustmentGroup", len(self._done) + 1),
            "createdAt": stamped(self._shop.second(), self._shop),
            "reason": given["reason"],
            "referenceDocumentUri": given.get("referenceDocumentUri"),
            "changes": changes,
        }

    def _listing(self, id: str) -> Listing | None:
        return next((x for x in self._shop.listings if gid("InventoryItem", x.item_id) == id), None)


_DUPLICATE = (
    "locationId",
    "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
    "The combination of inventoryItemId and locationId must be unique.",
)


def _key(info: GraphQLResolveInfo) -> str:
    directive = info.schema.get_directive("idempotent")
    assert directive is not None  # it is in our schema file
    given = get_directive_values(directive, info.field_nodes[0], info.variable_values)
    if not given or not given["key"].strip():
        words = "The @idempotent directive is required for this mutation but was not provided."
        raise GraphQLError(words, extensions={"code": "BAD_REQUEST"})
    key: str = given["key"]
    return key


def _refuse_shape(given: Node) -> None:
    if len(given["quantities"]) > MOST_QUANTITIES:
        size = len(given["quantities"])
        words = f"The input array size of {size} is greater than the maximum allowed of {MOST_QUANTITIES}."
        raise GraphQLError(words, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
    # The schema lets it be left out, the mutation does not: null must be said.
    if any("changeFromQuantity" not in row for row in given["quantities"]):
        words = "InventoryQuantityInput must include the following argument: changeFromQuantity."
        raise GraphQLError(words, extensions={"code": "INVALID_FIELD_ARGUMENTS"})


def _error(field: list[str] | None, code: str, message: str) -> Node:
    return {"field": field, "code": code, "message": message}


def _refused(code: str, message: str) -> Node:
    return {"inventoryAdjustmentGroup": None, "userErrors": [_error(None, code, message)]}
