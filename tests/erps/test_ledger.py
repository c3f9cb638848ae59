"""The embedded ledger: every entry once, records add up to balances, counts are true whenever they are written down."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.model import Kit
from orderbridge.movements import Kind
from orderbridge.operations import kits
from orderbridge.tables.items import Conflict
from tests.orders import ordered
from tests.resources import Aws

NOW = datetime.now(UTC).replace(microsecond=0)


def minutes_ago(n: float) -> datetime:
    return NOW - timedelta(minutes=n)


@pytest.fixture
def ledger(aws: Aws) -> Ledger:
    made = Ledger(Bridge(aws.settings))
    made.add_location("HAM")
    made.add_location("SZX")
    return made


def on_hand(ledger: Ledger, sku: str = "A") -> dict[str, int]:
    return dict(ledger.bridge.stock.level(sku).on_hand)


def adds_up(ledger: Ledger, sku: str = "A") -> bool:
    """Law 4: the last balance of each location is what is on hand there."""
    balances = {m.location: balance for m, balance in ledger.movements(sku)}
    return balances == {**dict.fromkeys(balances, 0), **on_hand(ledger, sku)}


def test_a_receipt_once(ledger: Ledger) -> None:
    assert ledger.receive("A", "HAM", 5, "DN-1") is True
    assert ledger.receive("A", "HAM", 5, "DN-1") is False
    assert ledger.receive("A", "SZX", 3, "DN-2") is True
    assert ledger.on_hand(["A", "B"]) == {"A": {"HAM": 5, "SZX": 3}}, "B is not known"
    assert ledger.promised(["A"]) == {"A": {"HAM": 0, "SZX": 0}}
    assert ledger.bridge.stock.level("A").dirty


@pytest.mark.parametrize("again", [("SZX", 5), ("HAM", 6)])
def test_a_reference_has_one_content(ledger: Ledger, again: tuple[str, int]) -> None:
    ledger.receive("A", "HAM", 5, "DN-1")
    with pytest.raises(InvalidInput, match="DN-1 of A is taken: a receipt of 5 at HAM"):
        ledger.receive("A", *again, "DN-1")
    with pytest.raises(InvalidInput, match="is taken"):
        ledger.count("A", "HAM", 5, None, "DN-1")
    assert on_hand(ledger) == {"HAM": 5}


def test_a_count_sets_right_what_lay_there_then(ledger: Ledger) -> None:
    ledger.receive("A", "HAM", 10, "DN-1", minutes_ago(60))
    ledger.receive("A", "HAM", 4, "DN-2", minutes_ago(20))
    assert ledger.count("A", "HAM", 8, minutes_ago(30), "C-1") is True
    assert on_hand(ledger) == {"HAM": 12}, "8 were there, and 4 came since"
    assert ledger.count("A", "HAM", 8, minutes_ago(30), "C-1") is False
    assert [(m.kind, m.units, b) for m, b in ledger.movements("A")] == [
        (Kind.RECEIPT, 10, 10),
        (Kind.COUNT, -2, 8),
        (Kind.RECEIPT, 4, 12),
    ]


def test_a_unit_that_left_after_the_count_stays_gone(ledger: Ledger) -> None:
    ordered(ledger.bridge.orders, "s", "1", {"A": 3})
    ledger.receive("A", "HAM", 10, "DN-1", minutes_ago(60))
    ledger.ship("s", "1", "A", "HAM", 3, "P-1")
    ledger.count("A", "HAM", 9, minutes_ago(10), "C-1")
    assert on_hand(ledger) == {"HAM": 6}
    assert adds_up(ledger)


def test_what_a_count_has_found_cannot_come_in_again(ledger: Ledger) -> None:
    ledger.count("A", "HAM", 8, minutes_ago(30), "C-1")
    with pytest.raises(InvalidInput, match="is in that count"):
        ledger.receive("A", "HAM", 2, "DN-1", minutes_ago(40))
    with pytest.raises(InvalidInput, match="is in that count"):
        ledger.count("A", "HAM", 2, minutes_ago(40), "C-0")
    assert ledger.receive("A", "SZX", 2, "DN-2", minutes_ago(40)), "there nothing was counted"


def test_a_receipt_that_slips_in_while_a_count_is_written(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    write = ledger.rows.write

    def slip_in(*asked: Any) -> None:
        monkeypatch.undo()
        Ledger(ledger.bridge).receive("A", "HAM", 2, "DN-1", minutes_ago(40))
        write(*asked)

    monkeypatch.setattr(ledger.rows, "write", slip_in)
    ledger.count("A", "HAM", 8, minutes_ago(30), "C-1")
    assert on_hand(ledger) == {"HAM": 8}, "the count has found the two"
    assert adds_up(ledger)


def test_a_count_that_slips_in_while_a_receipt_is_written(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    write = ledger.rows.write

    def slip_in(*asked: Any) -> None:
        monkeypatch.undo()
        Ledger(ledger.bridge).count("A", "HAM", 8, minutes_ago(30), "C-1")
        write(*asked)

    monkeypatch.setattr(ledger.rows, "write", slip_in)
    with pytest.raises(InvalidInput, match="is in that count"):
        ledger.receive("A", "HAM", 2, "DN-1", minutes_ago(40))
    assert on_hand(ledger) == {"HAM": 8}


def test_a_dated_receipt_told_again_after_a_count_is_a_repeat(ledger: Ledger) -> None:
    ledger.receive("A", "HAM", 2, "DN-1", minutes_ago(40))
    ledger.count("A", "HAM", 8, minutes_ago(30), "C-1")
    assert ledger.receive("A", "HAM", 2, "DN-1", minutes_ago(40)) is False


def test_a_shipment_moves_no_number_that_is_offered(ledger: Ledger) -> None:
    ordered(ledger.bridge.orders, "s", "1", {"A": 3})
    ledger.receive("A", "HAM", 10, "DN-1")
    assert ledger.ship("s", "1", "A", "HAM", 2, "P-1") is True
    assert ledger.ship("s", "1", "A", "HAM", 2, "P-1") is False
    level = ledger.bridge.stock.level("A")
    assert (level.on_hand, level.wanted, level.shipped, level.counted) == ({"HAM": 8}, {"*": 3}, {"*": 2}, {"*": 2})
    assert level.balance() == 7
    (hold,) = ledger.bridge.stock.open_holds("A")
    assert (hold["quantity"], hold["shipped"]) == (3, 2)
    with pytest.raises(InvalidInput, match="known already with other content"):
        ledger.ship("s", "1", "A", "HAM", 1, "P-1")
    assert ledger.ship("s", "1", "A", "HAM", 1, "P-1", "2"), "another line of the parcel"
    assert ledger.bridge.stock.open_holds("A") == []
    stored = ledger.bridge.orders.load("s", "1")
    assert stored
    assert (stored.shipped, stored.revision) == ({("A", "*"): 3}, 3)


def test_a_shipment_is_taken_back_by_a_new_line(ledger: Ledger) -> None:
    ordered(ledger.bridge.orders, "s", "1", {"A": 3})
    ledger.receive("A", "HAM", 10, "DN-1")
    ledger.ship("s", "1", "A", "HAM", 2, "P-1")
    with pytest.raises(InvalidInput, match="only 2 of A for order 1 of s were shipped"):
        ledger.ship("s", "1", "A", "HAM", -3, "P-1", "back")
    assert ledger.ship("s", "1", "A", "HAM", -2, "P-1", "back")
    level = ledger.bridge.stock.level("A")
    assert (level.on_hand, level.shipped, level.counted, level.balance()) == ({"HAM": 10}, {"*": 0}, {"*": 0}, 7)
    (hold,) = ledger.bridge.stock.open_holds("A")
    assert (hold["quantity"], hold["shipped"]) == (3, 0)


def test_more_than_the_order_holds_left_only_if_it_is_said_so(ledger: Ledger) -> None:
    ordered(ledger.bridge.orders, "s", "1", {"A": 3})
    ledger.receive("A", "HAM", 10, "DN-1")
    with pytest.raises(InvalidInput, match="there are 3 of A for order 1 of s left to ship, not 4"):
        ledger.ship("s", "1", "A", "HAM", 4, "P-1")
    assert ledger.ship("s", "1", "A", "HAM", 4, "P-1", beyond=True)
    assert ledger.ship("s", "1", "A", "HAM", 4, "P-1") is False, "a repeat needs no leave"
    assert ledger.bridge.stock.level("A").balance() == 6
    assert ledger.ship("s", "1", "A", "HAM", -4, "P-2")
    assert ledger.bridge.stock.level("A").wanted == {"*": 3}, "the hold falls back to what is wanted"


def test_a_shipment_serves_the_pool_of_its_location(ledger: Ledger) -> None:
    ordered(ledger.bridge.orders, "s", "1", {"A": 2}, pool="SZX")
    ledger.receive("A", "SZX", 5, "DN-1")
    ledger.ship("s", "1", "A", "HAM", 1, "P-1")
    level = ledger.bridge.stock.level("A")
    assert (level.on_hand, level.counted) == ({"HAM": -1, "SZX": 5}, {"SZX": 1}), "it is the hold's pool, wherever from"


def test_a_shipment_of_an_unknown_order(ledger: Ledger) -> None:
    with pytest.raises(NotFound, match="store s has no order 9"):
        ledger.ship("s", "9", "A", "HAM", 1, "P-1")


WRONG: list[tuple[str, Callable[[Ledger], object]]] = [
    ("no location 'HMA', there are: HAM, SZX", lambda x: x.receive("A", "HMA", 1, "r")),
    ("at least 1", lambda x: x.receive("A", "HAM", 0, "r")),
    ("at least 1", lambda x: x.receive("A", "HAM", -1, "r")),
    ("at least 0", lambda x: x.count("A", "HAM", -1, None, "r")),
    ("absurd", lambda x: x.receive("A", "HAM", 1_000_001, "r")),
    ("absurd", lambda x: x.ship("s", "1", "A", "HAM", -1_000_001, "r")),
    ("is none", lambda x: x.ship("s", "1", "A", "HAM", 0, "r")),
    ("no SKU", lambda x: x.receive("A|B", "HAM", 1, "r")),
    ("no reference", lambda x: x.receive("A", "HAM", 1, "")),
    ("no reference", lambda x: x.receive("A", "HAM", 1, "a\nb")),
    ("no line", lambda x: x.ship("s", "1", "A", "HAM", 1, "r", "a#b")),
    ("has no zone", lambda x: x.count("A", "HAM", 1, datetime(2026, 1, 1), "r")),  # noqa: DTZ001
    ("future", lambda x: x.count("A", "HAM", 1, NOW + timedelta(hours=1), "r")),
    ("is a kit", lambda x: x.receive("KIT", "HAM", 1, "r")),
    ("no location", lambda x: x.add_location("a b")),
]


@pytest.mark.parametrize(("reason", "call"), WRONG)
def test_what_makes_no_sense_is_refused_in_plain_words(
    ledger: Ledger, reason: str, call: Callable[[Ledger], object]
) -> None:
    kits.define(ledger.bridge, Kit(sku="KIT", components={"C": 1}))
    with pytest.raises(InvalidInput, match=reason):
        call(ledger)
    assert ledger.bridge.stock.level("A").version == 0


def test_eight_at_once_lose_nothing(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """Receipts, shipments and counts of one SKU by eight hands, each entry told twice."""
    conflicts = count_conflicts(monkeypatch)
    ordered(ledger.bridge.orders, "s", "1", {"A": 24})
    ledger.receive("A", "HAM", 100, "opening", minutes_ago(10))

    def work(hand: int) -> int:
        new = 0
        for n in range(3):
            for _ in range(2):
                new += ledger.receive("A", "HAM", 2, f"DN-{hand}-{n}")
                new += ledger.ship("s", "1", "A", "HAM", 1, f"P-{hand}-{n}")
                if hand == 0:
                    new += ledger.count("A", "HAM", 90, minutes_ago(5 - n), f"C-{n}")
        return new

    with ThreadPoolExecutor(8) as hands:
        assert sum(hands.map(work, range(8))) == 8 * 3 * 2 + 3
    print(f"{len(conflicts)} conflicts, of these {sum(map(bool, conflicts))} conditions that did not hold")
    assert conflicts, "nothing met"
    level = ledger.bridge.stock.level("A")
    assert level.on_hand == {"HAM": 90 + 48 - 24}
    assert (level.shipped, level.counted, level.wanted) == ({"*": 24}, {"*": 24}, {"*": 24})
    assert adds_up(ledger)


def count_conflicts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """What transactions were refused for, by position; () when another one was at work."""
    met: list[tuple[int, ...]] = []
    lock = threading.Lock()

    class Counted(Conflict):
        def __init__(self, refused: tuple[int, ...]) -> None:
            super().__init__(refused)
            with lock:
                met.append(refused)

    monkeypatch.setattr("orderbridge.tables.items.Conflict", Counted)
    return met
