"""What counts as a difference, and what does not."""

from datetime import UTC, datetime, timedelta

import pytest

from orderbridge.platforms.base import Hint
from orderbridge.reconcile.rules import Kind, Known, compare, compare_shelf

THEN = datetime(2026, 11, 20, 9, tzinfo=UTC)
LATER = THEN + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("shown", "known", "kind", "repaired"),
    [
        (THEN, None, Kind.MISSING, True),
        (None, None, Kind.MISSING, True),
        (THEN, Known("shop", "1", buried=True), Kind.MISSING, False),
        (THEN, Known("shop", "1", THEN, "open"), None, False),
        (None, Known("shop", "1", THEN, "open"), None, False),
        (LATER, Known("shop", "1", THEN, "open"), Kind.OLDER, True),
        (THEN, Known("shop", "1", LATER, "open"), None, False),
        (THEN, Known("shop", "1", THEN, "deleted"), Kind.OLDER, True),
        (THEN, Known("shop", "1", LATER, "deleted"), None, False),
    ],
)
def test_an_order_that_is_listed(
    shown: datetime | None, known: Known | None, kind: Kind | None, repaired: bool
) -> None:
    found = compare("shop", Hint("1", shown), known)
    assert (found and found.kind, bool(found and found.repair)) == (kind, repaired)
    assert found is None or (found.store, found.about) == ("shop", "1")


@pytest.mark.parametrize(
    ("status", "wants", "shipped", "open"),
    [
        ("open", {}, {}, True),
        ("draft", {}, {}, True),
        ("completed", {("A", "*"): 2}, {("A", "*"): 1}, True),
        ("completed", {("A", "*"): 2}, {("A", "*"): 2}, False),
        ("cancelled", {("A", "*"): 2}, {}, False),
        ("deleted", {}, {}, False),
    ],
)
def test_an_order_matters_to_its_platform_while_it_may_still_hold_something(
    status: str, wants: dict[tuple[str, str], int], shipped: dict[tuple[str, str], int], open: bool
) -> None:
    assert Known("shop", "1", THEN, status, wants=wants, shipped=shipped).open is open


def test_a_listing_is_compared_location_by_location() -> None:
    assert compare_shelf("shop", "A", "9", {"1": 2, "2": 3}, {"1": 2, "2": 3}) is None
    found = compare_shelf("shop", "A", "9", {"1": 2, "2": 3}, {"1": 2, "2": 0})
    assert found
    assert (found.kind, found.about, found.ours, found.theirs) == (Kind.QUANTITY, "A#9", "3 at 2", "0 at 2")
    hidden = compare_shelf("shop", "A", "9", {"1": 2, "2": 3}, {"1": 2})
    assert hidden
    assert hidden.kind is Kind.UNLISTED
