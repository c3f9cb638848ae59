"""Table `Control`, pk ACCOUNT sk <platform>#<account>#<store>: which stores a message of a platform's bus is for."""

from orderbridge.model import Store
from orderbridge.tables.control import Control

_PK = "ACCOUNT"
_LONGEST = 200  # characters; what names more than that in a message is no account, and no key


class Accounts:
    def __init__(self, control: Control) -> None:
        self.table = control.table

    def stores(self, platform: str, account: str) -> list[str]:
        """Ids of the stores of an account, or of all accounts that begin with these parts (seller, marketplace)."""
        if not account or len(account) > _LONGEST:
            return []
        return [row["store"] for row in self.table.query(_PK, f"{platform}#{account}#")]

    def save(self, store: Store, account: str) -> None:
        """Messages of this account are for this store, those of the account that it had before are not."""
        mine = f"{store.platform}#{account}#{store.id}"
        self.table.write(self.table.put({"pk": _PK, "sk": mine, "store": store.id}))
        for row in self.table.query(_PK, f"{store.platform}#"):
            if row["store"] == store.id and row["sk"] != mine:
                self.table.write(self.table.delete(_PK, row["sk"]))
