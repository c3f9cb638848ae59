"""How a store writes SKUs: its rules, an attribute of the store's row, and the rows of the merchant's mapping file."""

from collections.abc import Iterable

from orderbridge.errors import UnknownStore
from orderbridge.model import Rules, Store
from orderbridge.tables.control import Control


class Spellings:
    """Rows `NAMED#<store>` of table Control and what the store's row says of them."""

    def __init__(self, control: Control) -> None:
        self.table = control.table

    def save_rules(self, store: str, rules: Rules) -> None:
        """Change a store's rules as a whole, and nothing else of it. Raises UnknownStore."""
        self._of_store(store, "rules", rules.model_dump())

    def use_file(self, store: str) -> None:
        """From now on written SKUs are looked up in the mapping file, too; before, nobody pays for that.

        Raises UnknownStore.
        """
        self._of_store(store, "mapping_file", True)

    def named(self, store: Store, written: Iterable[str]) -> dict[str, str]:
        """Written SKU -> our SKU, for those that the mapping file has."""
        bare = {sku.strip() for sku in written} - {""} if store.mapping_file else set()
        found = self.table.get_many([(_pk(store.id), sku) for sku in bare]) if bare else {}
        return {sk: row["sku"] for (_, sk), row in found.items()}

    def all_named(self, store: str) -> dict[str, str]:
        """The mapping file: written SKU -> our SKU."""
        return {row["sk"]: row["sku"] for row in self.table.query(_pk(store))}

    def name(self, store: str, written: str, sku: str) -> None:
        self.table.write(self.table.put({"pk": _pk(store), "sk": written, "sku": sku}))

    def forget(self, store: str, written: str) -> bool:
        """False when the mapping file has no such row."""
        return self.table.write(self.table.delete(_pk(store), written, [("pk", "present", None)]))

    def _of_store(self, store: str, name: str, value: object) -> None:
        change = self.table.update("STORE", store, set={name: value}, when=[("pk", "present", None)])
        if not self.table.write(change):
            raise UnknownStore(f"there is no store {store!r}", store=store)


def _pk(store: str) -> str:
    return f"NAMED#{store}"
