"""When so many SKUs would fall to zero at once that a mistake is likelier than a sell-out: stop, and ask a person.
Pure, no I/O.

A pull of an ERP that answers nothing but zeros, or a sheet with a column too few, would empty every shop within
seconds. So whoever is about to change many levels compares first, and writes nothing of a run that goes too far.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orderbridge.stock import Level

NOTHING_LEFT = 5  # with fewer SKUs in stock all of them may be sold out


@dataclass(frozen=True)
class Limits:
    """How much one run may do by itself.

    share   percent of the SKUs in stock that may fall to zero, if there are at least `least` of them
    least   fewer than this many SKUs are never too many, unless they are all that is in stock
    number  more than this many SKUs are too many, whatever their share
    """

    share: int = 25
    least: int = 20
    number: int = 500


@dataclass(frozen=True)
class Fall:
    """One SKU that could be sold and could not afterwards: units before and after, < 0 means oversold."""

    before: int
    after: int


def in_stock(levels: Iterable[Level]) -> int:
    """How many of them have something to sell."""
    return sum(level.balance() > 0 for level in levels)


def falls(before: Mapping[str, Level], after: Mapping[str, Level]) -> dict[str, Fall]:
    """SKU -> what would become of it, for those that would fall to zero."""
    found = {sku: Fall(before[sku].balance(), level.balance()) for sku, level in after.items()}
    return {sku: fall for sku, fall in found.items() if fall.before > 0 >= fall.after}


def too_many(fallen: int, stocked: int, limits: Limits) -> str:
    """Why a run that lets `fallen` of `stocked` SKUs fall to zero must stop; "" when it may go on."""
    if fallen > limits.number:
        return f"{fallen} SKUs would fall to zero at once, more than {limits.number}"
    if fallen >= limits.least and fallen * 100 > stocked * limits.share:
        return f"{fallen} of {stocked} SKUs in stock would fall to zero at once, more than {limits.share} %"
    if fallen >= NOTHING_LEFT and fallen >= stocked:
        return f"all {fallen} SKUs in stock would fall to zero at once"
    return ""
