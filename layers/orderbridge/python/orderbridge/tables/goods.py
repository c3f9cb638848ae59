"""Table `Stock`, beside the levels: products, prices, and what each shop was told of them.

pk SKU#<sku>   sk PRICE                           all prices of the SKU: one row, so that they change together
               sk PRODUCT                         names by language, barcode, weight
               sk TAG#<kind>#<store>#<item id>    what a listing was told of its price or content, and showed; a row of
                                                  its own, for a listing is written at each sale and should stay small

PRICE and PRODUCT carry `dirty` and `version` as levels do, and `source` and `revision`: who said it last, and which
revision of theirs. A later revision of the same source wins; another source begins anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orderbridge.goods import Price, Product
from orderbridge.tables.items import Condition, Item
from orderbridge.tables.stock import Stock, shard, sku_key
from orderbridge.tags import Tag, packed, unpacked

PRICE, PRODUCT = "PRICE", "PRODUCT"


@dataclass(frozen=True)
class Kept:
    """What is known of a SKU's prices or of it as a product; `version` 0 is none yet.

    refused  ids of quarantined rows: what its source says and what cannot be
    """

    prices: tuple[Price, ...] = ()
    product: Product | None = None
    source: str = ""
    revision: int = 0
    version: int = 0
    dirty: bool = False
    refused: tuple[str, ...] = ()


class Goods:
    def __init__(self, stock: Stock) -> None:
        self.table = stock.table

    def prices(self, skus: Iterable[str]) -> dict[str, Kept]:
        """By SKU; one without is empty."""
        return self._kept(skus, PRICE)

    def products(self, skus: Iterable[str]) -> dict[str, Kept]:
        return self._kept(skus, PRODUCT)

    def all_rows(self, what: str) -> Iterator[tuple[str, Kept]]:
        """Every row PRICE or PRODUCT of the table, by SKU; for people, who look now and then."""
        for item in self.table.scan(what):
            yield str(item["pk"]).removeprefix("SKU#"), _kept(item)

    def save_prices(self, sku: str, after: Kept, before: Kept) -> bool:
        """All prices of a SKU as they are from now on; False when they were written since `before` was read."""
        rows = [price.model_dump(mode="json", exclude={"sku"}, exclude_none=True) for price in after.prices]
        return self._save(sku, PRICE, {"prices": rows}, after, before, same=after.prices == before.prices)

    def save_product(self, sku: str, after: Kept, before: Kept) -> bool:
        product, said = after.product, dict[str, Any]()
        if product:
            said = {"product": product.model_dump(mode="json", exclude={"sku"}, exclude_none=True)}
        return self._save(sku, PRODUCT, said, after, before, same=product == before.product)

    def clean(self, sku: str, what: str, version: int) -> bool:
        """Take the dirty mark off if the row is still at the version that was published."""
        when = [("version", "=", version)]
        return self.table.write(self.table.update(sku_key(sku), what, remove=["dirty"], when=when))

    def tags(self, kind: str, store: str, listed: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Tag]:
        """By (SKU, item id); a listing that was never told has an empty one."""
        keys = {key: (sku_key(key[0]), _tag(kind, store, key[1])) for key in listed}
        found = self.table.get_many(list(keys.values())) if keys else {}
        return {key: unpacked(found.get(row)) for key, row in keys.items()}

    def save_tag(self, kind: str, store: str, sku: str, item: str, tag: Tag) -> None:
        """Only the one worker of the store's lease writes tags."""
        values: dict[str, Any] = packed(tag)
        self.table.write(self.table.update(sku_key(sku), _tag(kind, store, item), set=values))

    def _kept(self, skus: Iterable[str], what: str) -> dict[str, Kept]:
        wanted = list(dict.fromkeys(skus))
        found = self.table.get_many([(sku_key(sku), what) for sku in wanted]) if wanted else {}
        return {sku: _kept(found.get((sku_key(sku), what))) for sku in wanted}

    def _save(self, sku: str, what: str, said: Mapping[str, Any], after: Kept, before: Kept, *, same: bool) -> bool:
        """A later revision that says the same is kept, for an earlier one may still be on its way; nobody is told."""
        values = {"source": after.source, "revision": after.revision, "refused": list(after.refused)}
        add: dict[str, int] = {}
        if not (same and before.version):
            values, add = {**values, **said, "dirty": shard(sku)}, {"version": 1}
        change = self.table.update(sku_key(sku), what, set=values, add=add, when=_unchanged(before))
        return self.table.write(change)


def kept_of(item: Item) -> Kept:
    """A row as the table's stream shows it."""
    return _kept(item)


def _tag(kind: str, store: str, item: str) -> str:
    return f"TAG#{kind}#{store}#{item}"


def _unchanged(before: Kept) -> list[Condition]:
    if not before.version:
        return [("pk", "absent", None)]
    return [("version", "=", before.version), ("revision", "=", before.revision), ("source", "=", before.source)]


def _kept(item: Item | None) -> Kept:
    if item is None:
        return Kept()
    sku = str(item["pk"]).removeprefix("SKU#")
    prices = tuple(Price.model_validate({**row, "sku": sku}) for row in item.get("prices", ()))
    product = Product.model_validate({**item["product"], "sku": sku}) if "product" in item else None
    said = item["source"], item["revision"], item["version"], "dirty" in item, tuple(item.get("refused", ()))
    return Kept(prices, product, *said)
