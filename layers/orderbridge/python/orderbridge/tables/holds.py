"""How holds, units by (SKU, pool), are kept in an item: one map with the key `<sku>|<pool>`."""

from orderbridge.orders import Holds


def flat(holds: Holds) -> dict[str, int]:
    return {f"{sku}|{pool}": units for (sku, pool), units in holds.items()}


def units_of(flat: dict[str, int]) -> Holds:
    return {tuple(key.split("|")): units for key, units in flat.items()}  # type: ignore[misc]
