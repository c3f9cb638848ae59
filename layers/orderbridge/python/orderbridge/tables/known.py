"""What table `Orders` says of many orders at once, without their documents."""

from collections.abc import Iterable
from datetime import datetime

from orderbridge.reconcile.rules import Known
from orderbridge.tables.holds import units_of
from orderbridge.tables.items import Item
from orderbridge.tables.orders import Orders, order_key

Place = tuple[str, str]  # the key of the last row that was read
_SAID = ("source_version", "created_at", "status", "number", "wants", "shipped", "waits", "buried")


def known(orders: Orders, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """By (store, order id); one of which there is no row is left out."""
    keys = [(order_key(store, order), "ORDER") for store, order in wanted]
    found = orders.table.get_many(keys, _SAID) if keys else {}
    return {(one.store, one.id): one for one in map(_known, found.values())}


def page(orders: Orders, after: Place | None, rows: int) -> tuple[list[Known], Place | None]:
    """The orders among the next `rows` rows of the table, in no order, and where to go on; None at the end."""
    items, last = orders.table.scan_page("ORDER", _SAID, rows, after)
    return [_known(item) for item in items], last


def _known(item: Item) -> Known:
    _, store, order = item["pk"].split("#", 2)
    if "source_version" not in item:
        return Known(store, order, buried=True)
    return Known(
        store,
        order,
        datetime.fromisoformat(item["source_version"]),
        item["status"],
        item["number"],
        datetime.fromisoformat(item["created_at"]) if "created_at" in item else None,
        units_of(item["wants"]),
        units_of(item["shipped"]),
        bool(item["waits"]),
    )
