"""What a store offers: a listing, the way from the platform's ids to it, the store's number of listings, and the dirty
mark that has its stock pushed, always in one transaction."""

from collections.abc import Sequence

from orderbridge import mapping
from orderbridge.errors import InvalidInput
from orderbridge.model import Listing
from orderbridge.patience import until_written
from orderbridge.tables.control import Control
from orderbridge.tables.items import Condition, Conflict, Item, transact
from orderbridge.tables.stock import Stock, sku_key

_MAP, _ITEM = 0, 1  # positions of the mapping and of the item in the transaction


class Listings:
    def __init__(self, stock: Stock, control: Control) -> None:
        self.stock, self.control = stock, control

    def add(self, listing: Listing) -> bool:
        """False when the platform's ids are mapped already, to whatever SKU.

        Raises InvalidInput when its stock is that of another listing: no two SKUs can be told to one item.
        """
        one_more = self.control.table.update("STORE", listing.store, add={"listings": 1})
        requests = [
            self._map(listing, ("pk", "absent", None)),
            self._item(listing, [("pk", "absent", None)]),
            self.stock.new_listing(listing),
            one_more,
            self.stock.change_level(listing.sku, {}),
        ]
        return self._transact(listing, requests)

    def move(self, listing: Listing, before: str) -> bool:
        """List what was listed under SKU `before` under another one; False when it is not (any more) under it."""
        requests = [
            self._map(listing, ("sku", "=", before)),
            self._item(listing),
            self.stock.new_listing(listing),
            self.stock.table.delete(sku_key(before), f"LISTING#{listing.store}#{listing.item_id}"),
            self.stock.change_level(listing.sku, {}),
        ]
        return self._transact(listing, requests)

    def _map(self, listing: Listing, when: Condition) -> Item:
        row = {"pk": f"MAP#{listing.store}", "sk": mapping.of_ids(listing.product_id, listing.variant_id)}
        return self.control.table.put({**row, "sku": listing.sku}, [when])

    def describe(self, listing: Listing) -> None:
        """Keep what the shop calls a listing now, if it is still there."""
        sk, said = f"LISTING#{listing.store}#{listing.item_id}", {"listing": listing.model_dump(mode="json")}
        change = self.stock.table.update(sku_key(listing.sku), sk, set=said, when=[("pk", "present", None)])
        self.stock.table.write(change)

    def _item(self, listing: Listing, when: Sequence[Condition] = ()) -> Item:
        row = {"pk": f"ITEM#{listing.store}", "sk": listing.item_id, "sku": listing.sku}
        return self.control.table.put(row, when)

    def _transact(self, listing: Listing, requests: list[Item]) -> bool:
        def attempt() -> bool:
            try:
                transact(self.stock.client, requests)
            except Conflict as conflict:
                if _MAP in conflict.refused:
                    return False
                if _ITEM in conflict.refused:
                    raise self._taken(listing) from conflict
                raise
            return True

        return until_written(attempt, f"the listing {listing.item_id} of {listing.store}")

    def _taken(self, listing: Listing) -> InvalidInput:
        other = self.control.sku_of(listing.store, listing.item_id)
        reason = f"its stock is item {listing.item_id}, which is listed as {other}"
        return InvalidInput(reason, store=listing.store)
