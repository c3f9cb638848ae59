"""Bad input of a shop: stored, said in plain words, and held back from the ERP."""

from decimal import Decimal
from typing import Any

import pytest

from orderbridge.model import Part, Refund, Restock, Return, ReturnStatus, Shipment
from orderbridge.orders import doubts, waits
from tests.unit.test_orders import STORE, line, order


def refund(amount: int, **changes: Any) -> Refund:
    return Refund(id="r1", amount=Decimal(amount), **changes)


def coming_back(units: int, status: ReturnStatus = ReturnStatus.OPEN, **changes: Any) -> Return:
    return Return(id="b1", number="#1-R1", status=status, lines=(Part(line_id="1", quantity=units),), **changes)


SHIPPED = line("1", 3, shipped=2)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"paid": Decimal(3), "refunds": (refund(4),)}, "4 EUR were paid back, but only 3 EUR were received"),
        (
            {"paid": Decimal(3), "refunds": (refund(2), Refund(id="r2", amount=Decimal(2)))},
            "4 EUR were paid back, but only 3 EUR were received",
        ),
        ({"unknown": ("status 'packing'",)}, "the platform says status 'packing', which means nothing to us"),
        ({"refunds": (refund(0, lines=(Part(line_id="9", quantity=1),)),)}, "refund r1 names line 9"),
        ({"restocks": (Restock(id="s1", line_id="9", quantity=1),)}, "restock s1 names line 9"),
        ({"shipments": (Shipment(id="p1", lines=(Part(line_id="9", quantity=1),)),)}, "parcel p1 names line 9"),
        ({"returns": (coming_back(3),)}, "3 of line 1 are returned, but only 2 were shipped"),
        ({"returns": (coming_back(1), coming_back(2, ReturnStatus.CLOSED))}, "3 of line 1 are returned"),
        ({"returns": (coming_back(1, replacements=("1",)),)}, "return #1-R1 replaces a line by itself"),
        ({"returns": (coming_back(1, replacements=("7",)),)}, "return #1-R1 names line 7"),
        ({"lines": (line("1", 3, shipped=2, cancelled=2),)}, "2 of line 1 were shipped and 2 cancelled, of 3"),
    ],
)
def test_what_cannot_be_true_holds_the_order_back(changes: dict[str, Any], reason: str) -> None:
    doubtful = order(**{"lines": (SHIPPED,), "total": Decimal(3), **changes})
    (found,) = doubts(doubtful)
    assert found.startswith(reason)
    assert waits(doubtful, STORE, ()) == (found,)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"paid": Decimal(3), "refunds": (refund(3),)},
        {"paid": None, "refunds": (refund(4),)},  # the platform does not say what it received
        {"returns": (coming_back(2),)},
        {"returns": (coming_back(2), coming_back(1, ReturnStatus.REQUESTED), coming_back(1, ReturnStatus.DECLINED))},
        {"lines": (line("1", 3, shipped=1, cancelled=2),)},
    ],
)
def test_what_can_be_true_is_no_doubt(changes: dict[str, Any]) -> None:
    assert list(doubts(order(**{"lines": (SHIPPED,), "total": Decimal(3), **changes}))) == []
