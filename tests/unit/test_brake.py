"""When too many SKUs would fall to zero."""

import pytest

from orderbridge.brake import Fall, Limits, falls, in_stock, too_many
from orderbridge.stock import Level

LIMITS = Limits(share=25, least=20, number=500)


def level(on_hand: int, wanted: int = 0) -> Level:
    return Level("A", on_hand={"HAM": on_hand}, wanted={"*": wanted})


def test_only_what_could_be_sold_falls() -> None:
    before = {"A": level(5), "B": level(0), "C": level(5, 5), "D": level(3)}
    after = {"A": level(0), "B": level(0), "C": level(0, 5), "D": level(1)}
    assert falls(before, after) == {"A": Fall(5, 0)}
    assert in_stock(before.values()) == 2


@pytest.mark.parametrize(
    ("fallen", "stocked", "reason"),
    [
        (0, 0, ""),
        (19, 20, ""),
        (20, 80, ""),
        (20, 79, "20 of 79 SKUs in stock"),
        (25, 100, ""),
        (26, 100, "more than 25 %"),
        (500, 10_000, ""),
        (501, 10_000, "more than 500"),
        (4, 4, ""),
        (5, 5, "all 5"),
        (5, 6, ""),
    ],
)
def test_too_many(fallen: int, stocked: int, reason: str) -> None:
    found = too_many(fallen, stocked, LIMITS)
    assert reason in found
    assert bool(found) == bool(reason)
