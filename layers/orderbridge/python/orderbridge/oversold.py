"""Which orders cannot be served from what there is. Derived, never written: the sale has happened. Pure, no I/O."""

from collections.abc import Iterable, Mapping
from typing import Any

from orderbridge.stock import Level

Hold = tuple[str, str, str]  # store, order id, pool


def oversold(level: Level, holds: Iterable[Mapping[str, Any]]) -> dict[Hold, int]:
    """Units that are missing, by hold: whoever ordered last goes short first.

    holds  rows of open holds of this SKU: store, order, pool, quantity, shipped, created_at (ISO 8601, UTC)
    """
    missing, short = max(0, -level.balance()), dict[Hold, int]()
    for hold in sorted(holds, key=lambda h: (h["created_at"], h["store"], h["order"]), reverse=True):
        units = min(missing, hold["quantity"] - hold["shipped"])
        if units > 0:
            short[hold["store"], hold["order"], hold["pool"]] = units
            missing -= units
    return short
