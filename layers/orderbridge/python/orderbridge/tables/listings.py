"""What a store offers: a listing, the way from the platform's ids to it, the store's number of listings, and the dirty
mark that has its stock pushed, always in one transaction."""

from orderbridge import mapping
from orderbridge.model import Listing
from orderbridge.patience import until_written
from orderbridge.tables.control import Control
from orderbridge.tables.items import Condition, Conflict, Item, transact
from orderbridge.tables.stock import Stock, sku_key

_MAP = 0  # position of the mapping in the transaction


class Listings:
    def __init__(self, stock: Stock, control: Control) -> None:
        self.stock, self.control = stock, control

    def add(self, listing: Listing) -> bool:
        """False when the platform's ids are mapped already, to whatever SKU."""
        one_more = self.control.table.update("STORE", listing.store, add={"listings": 1})
        requests = [
            self._map(listing, ("pk", "absent", None)),
            self._item(listing),
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

    def _item(self, listing: Listing) -> Item:
        return self.control.table.put({"pk": f"ITEM#{listing.store}", "sk": listing.item_id, "sku": listing.sku})

    def _transact(self, listing: Listing, requests: list[Item]) -> bool:
        def attempt() -> bool:
            try:
                transact(self.stock.client, requests)
            except Conflict as conflict:
                if _MAP in conflict.refused:
                    return False
                raise
            return True

        return until_written(attempt, f"the listing {listing.item_id} of {listing.store}")
