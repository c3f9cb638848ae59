"""What the root fields of the demo Shopify shop's GraphQL API answer.

graphql-core calls a method of `Root` per root field, and a function found in a dict per field with arguments.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLResolveInfo

from local.shops import shopify_fulfilling, shopify_goods, shopify_stock
from local.shops.catalogue import LOCATIONS
from local.shops.sales import Listing, Sale
from local.shops.shopify_fulfilling import fulfillment_order
from local.shops.shopify_hooks import Hooks
from local.shops.shopify_parts import gid
from local.shops.shopify_search import matches
from local.shops.shopify_views import allow, connection, order_node

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

Node = dict[str, Any]
MOST_IDS = 250


class Root:
    def __init__(self, shop: "ShopifyShop") -> None:
        self._shop = shop
        self._stock, self._hooks = shopify_stock.Writer(shop), Hooks(shop)
        self._parcels = shopify_fulfilling.Parcels(shop)

    # orders

    def order(self, info: GraphQLResolveInfo, id: str) -> Node | None:
        self._allow("read_orders", info)
        return self._order_node(id)

    def orders(self, info: GraphQLResolveInfo, **asked: Any) -> Node:
        self._allow("read_orders", info)
        sales = [s for s in self._shop.sales.values() if not s.deleted and matches(s, asked.get("query") or "")]
        sales.sort(key=_SALE_ORDER[asked["sortKey"]])
        return connection(sales, asked, lambda s: order_node(s, self._shop), lambda s: str(s.id))

    # products and stock

    def products(self, info: GraphQLResolveInfo, **asked: Any) -> Node:
        self._allow("read_products", info)
        firsts = {x.product_id: x for x in reversed(self._shop.listings)}
        return connection(sorted(firsts.values(), key=_by_product), asked, self._product, lambda x: str(x.product_id))

    def productVariants(self, info: GraphQLResolveInfo, **asked: Any) -> Node:
        self._allow("read_products", info)
        sku = (asked.get("query") or "").removeprefix("sku:").strip('"')
        found = [x for x in self._shop.listings if sku in ("", x.sku)]
        return connection(found, asked, self._variant, lambda x: str(x.variant_id))

    def productVariantsBulkUpdate(self, info: GraphQLResolveInfo, productId: str, variants: list[Node]) -> Node:
        self._allow("write_products", info)
        return shopify_goods.update_variants(self._shop, productId, variants)

    def productUpdate(self, info: GraphQLResolveInfo, product: Node) -> Node:
        self._allow("write_products", info)
        return shopify_goods.update_product(self._shop, product)

    def productSet(self, info: GraphQLResolveInfo, input: Node, **asked: Any) -> Node:
        self._allow("write_products", info)
        made, errors = shopify_goods.set_product(self._shop, input)
        return {"product": self._product(made) if made else None, "userErrors": errors}

    def inventoryItem(self, info: GraphQLResolveInfo, id: str) -> Node | None:
        self._allow("read_inventory", info)
        return self._item_node(id)

    def inventorySetQuantities(self, info: GraphQLResolveInfo, input: Node) -> Node:
        self._allow("write_inventory", info)
        return self._stock.set_quantities(info, input, self._item, self._location)

    def locations(self, info: GraphQLResolveInfo, **asked: Any) -> Node:
        self._allow("read_locations", info)
        return connection(list(self._shop.places), asked, self._location, str)

    # parcels

    def fulfillmentCreate(self, info: GraphQLResolveInfo, fulfillment: Node, message: str = "") -> Node:
        self._allow(shopify_fulfilling.SCOPE, info)
        return self._parcels.create(fulfillment)

    def fulfillmentTrackingInfoUpdate(self, info: GraphQLResolveInfo, **told: Any) -> Node:
        self._allow(shopify_fulfilling.SCOPE, info)
        return self._parcels.track(told["fulfillmentId"], told["trackingInfoInput"])

    # webhooks

    def webhookSubscriptions(self, info: GraphQLResolveInfo, **asked: Any) -> Node:
        return self._hooks.page(asked)

    def webhookSubscriptionCreate(self, info: GraphQLResolveInfo, topic: str, webhookSubscription: Node) -> Node:
        return self._hooks.create(topic, webhookSubscription["uri"])

    def webhookSubscriptionUpdate(self, info: GraphQLResolveInfo, id: str, webhookSubscription: Node) -> Node:
        return self._hooks.update(id, webhookSubscription["uri"])

    def webhookSubscriptionDelete(self, info: GraphQLResolveInfo, id: str) -> Node:
        return self._hooks.delete(id)

    # anything by its id

    def nodes(self, info: GraphQLResolveInfo, ids: Sequence[str]) -> list[Node | None]:
        if len(ids) > MOST_IDS:
            words = f"The input array size of {len(ids)} is greater than the maximum allowed of {MOST_IDS}."
            raise GraphQLError(words, extensions={"code": "MAX_INPUT_SIZE_EXCEEDED"})
        return [self.node(info, id) for id in ids]

    def node(self, info: GraphQLResolveInfo, id: str) -> Node | None:
        kind = id.removeprefix("gid://shopify/").partition("/")[0]
        known: dict[str, tuple[str, Callable[[str], Node | None]]] = {
            "FulfillmentOrder": ("read_merchant_managed_fulfillment_orders", self._fulfillment_order_node),
            "InventoryItem": ("read_inventory", self._item_node),
            "Location": ("read_locations", self._location_node),
            "Order": ("read_orders", self._order_node),
            "ProductVariant": ("read_products", self._variant_node),
            "Return": ("read_returns", self._return_node),
        }
        if kind not in known:
            raise GraphQLError(f"Invalid global id '{id}'", extensions={"code": "RESOURCE_NOT_FOUND"})
        scope, find = known[kind]
        self._allow(scope, info)
        return find(id)

    # the shop itself

    def currentAppInstallation(self, info: GraphQLResolveInfo) -> Node:
        scopes = [{"handle": scope} for scope in sorted(self._shop.scopes)]
        return {"id": gid("AppInstallation", self._shop.first_id(self._shop.name)), "accessScopes": scopes}

    def shop(self, info: GraphQLResolveInfo) -> Node:
        return {
            "id": gid("Shop", self._shop.first_id(self._shop.name)),
            "name": f"Harbour & Pine {self._shop.name}",
            "currencyCode": self._shop.currency,
            "ianaTimezone": str(self._shop.zone),
            "myshopifyDomain": self._shop.domain,
        }

    # inside

    def _allow(self, scope: str, info: GraphQLResolveInfo) -> None:
        allow(scope, self._shop, info)

    def _order_node(self, id: str) -> Node | None:
        number = id.removeprefix(gid("Order", ""))
        sale = self._shop.sales.get(int(number)) if number.isdecimal() else None
        return order_node(sale, self._shop) if sale and not sale.deleted else None

    def _fulfillment_order_node(self, id: str) -> Node | None:
        """A demo order has one, of its own number."""
        number = id.removeprefix(gid("FulfillmentOrder", ""))
        order = self._order_node(gid("Order", number))
        return {**fulfillment_order(self._shop.sales[int(number)], self._shop), "order": order} if order else None

    def _return_node(self, id: str) -> Node | None:
        found = (s for s in self._shop.sales.values() if any(gid("Return", r.id) == id for r in s.returns))
        order = next((self._order_node(gid("Order", sale.id)) for sale in found), None)
        return {"__typename": "Return", "id": id, "order": order} if order else None

    def _item_node(self, id: str) -> Node | None:
        return next((self._item(x) for x in self._shop.listings if gid("InventoryItem", x.item_id) == id), None)

    def _variant_node(self, id: str) -> Node | None:
        return next((self._variant(x) for x in self._shop.listings if gid("ProductVariant", x.variant_id) == id), None)

    def _location_node(self, id: str) -> Node | None:
        return next((self._location(place) for place in self._shop.places if gid("Location", place) == id), None)

    def _location(self, place: str) -> Node:
        code = self._shop.places[place]
        name = LOCATIONS.get(code, code)
        return {
            "__typename": "Location", "id": gid("Location", place), "legacyResourceId": place, "name": name,
            "isActive": True, "fulfillsOnlineOrders": True,
        }  # fmt: skip

    def _product(self, listing: Listing) -> Node:
        variants = [x for x in self._shop.listings if x.product_id == listing.product_id]
        return {
            "__typename": "Product",
            "id": gid("Product", listing.product_id),
            "legacyResourceId": str(listing.product_id),
            "title": listing.title,
            "status": "DRAFT" if listing.draft else "ACTIVE",
            "variants": lambda info, **asked: connection(variants, asked, self._variant, lambda x: str(x.variant_id)),
        }

    def _variant(self, listing: Listing) -> Node:
        title = listing.product.option or "Default Title"
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", listing.variant_id),
            "legacyResourceId": str(listing.variant_id),
            "title": title,
            "displayName": f"{listing.product.title} - {title}",
            "sku": listing.sku or None,
            "barcode": listing.barcode,
            "price": f"{listing.price:.{shopify_goods.digits(self._shop)}f}",
            "compareAtPrice": shopify_goods.shown(listing.compare_at, self._shop),
            "selectedOptions": [{"name": "Kind" if listing.product.option else "Title", "value": title}],
            "inventoryQuantity": listing.available,
            "inventoryItem": lambda info: self._item(listing),
            "product": lambda info: self._product(listing),
        }

    def _item(self, listing: Listing) -> Node:
        return shopify_stock.item(listing, self._location, self._variant)


def _by_product(listing: Listing) -> int:
    return listing.product_id


_SALE_ORDER: Mapping[str, Callable[[Sale], Any]] = {
    "ID": lambda s: s.id,
    "CREATED_AT": lambda s: (s.created_at, s.id),
    "PROCESSED_AT": lambda s: (s.created_at, s.id),
    "UPDATED_AT": lambda s: (s.version, s.id),
}
