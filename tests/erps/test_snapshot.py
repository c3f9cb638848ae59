"""Snapshots on the engine: what an ERP leaves out, contradicts or shows too late is not written."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from orderbridge import snapshot
from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp, Posted
from orderbridge.errors import TemporaryFailure
from orderbridge.movements import Kind, Movement
from tests.orders import ordered
from tests.resources import Aws

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Stubborn(Erp):
    """Answers whatever it was told to."""

    name: ClassVar[str] = "stubborn"
    SETTLES_AFTER = 1.5

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.shelves: dict[str, dict[str, int]] = {}
        self.others: dict[str, dict[str, int]] = {}
        self.documents: list[dict[str, Posted]] = [{}]
        self.down = False

    def posted(self, skus: Iterable[str]) -> dict[str, Posted]:
        now = self.documents.pop(0) if len(self.documents) > 1 else self.documents[0]
        return {sku: now.get(sku, Posted()) for sku in skus}

    def on_hand(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        if self.down:
            raise TemporaryFailure("down")
        return {sku: self.shelves[sku] for sku in skus if sku in self.shelves}

    def promised(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        return {sku: self.others.get(sku, {}) for sku in skus}


@pytest.fixture
def erp(aws: Aws) -> Stubborn:
    return Stubborn(Bridge(aws.settings))


def take(erp: Stubborn, *skus: str) -> frozenset[str]:
    waited: list[float] = []
    written = snapshot.take(erp.bridge, erp, skus, waited.append)
    assert waited == [erp.SETTLES_AFTER]
    return written


def line(units: int, move: str = "m1", sku: str = "A", order: str = "1") -> Movement:
    return Movement(sku, "HAM", Kind.SHIPMENT, -units, move, NOW, NOW, store="s", order=order, line="1")


def test_what_the_erp_has_is_what_there_is(erp: Stubborn) -> None:
    erp.shelves, erp.others = {"A": {"HAM": 5, "SZX": 2}}, {"A": {"HAM": 1}}
    assert take(erp, "A") == {"A"}
    level = erp.bridge.stock.level("A")
    assert (level.on_hand, level.others, level.snapshot, level.dirty) == ({"HAM": 5, "SZX": 2}, {"HAM": 1}, 1, True)


def test_a_sku_that_the_erp_leaves_out_stays_as_it_is(erp: Stubborn) -> None:
    erp.shelves = {"A": {"HAM": 5}, "B": {"HAM": 7}}
    take(erp, "A", "B")
    erp.shelves = {"A": {"HAM": 4}}
    assert take(erp, "A", "B") == {"A"}
    assert erp.bridge.stock.level("B").on_hand == {"HAM": 7}


@pytest.mark.parametrize("place", ["", "A#B", "HAM/Stock 1", "Ä"])
def test_units_at_a_place_that_is_none_are_not_taken(erp: Stubborn, place: str) -> None:
    erp.shelves = {"A": {"HAM": 5, place: 3}, "B": {"HAM": 7}}
    looked = snapshot.look(erp.bridge, erp, ["A", "B"], lambda _: None)
    assert looked.left_out == {"A": snapshot.NOWHERE}
    assert snapshot.write(looked, erp.bridge.stock) == {"B"}


def test_an_erp_that_is_down_changes_nothing(erp: Stubborn) -> None:
    erp.shelves = {"A": {"HAM": 5}}
    take(erp, "A")
    erp.down = True
    with pytest.raises(TemporaryFailure):
        take_without_waiting(erp)
    assert erp.bridge.stock.level("A").on_hand == {"HAM": 5}


def take_without_waiting(erp: Stubborn) -> None:
    snapshot.take(erp.bridge, erp, ["A"], lambda _: None)


def test_a_closed_location_keeps_nothing(erp: Stubborn) -> None:
    erp.shelves, erp.others = {"A": {"HAM": 5, "SZX": 2}}, {"A": {"OLD": 1}}
    take(erp, "A")
    erp.shelves, erp.others = {"A": {"HAM": 5}}, {"A": {"HAM": 0}}
    take(erp, "A")
    assert erp.bridge.stock.level("A").balance() == 5


def test_lines_are_recorded_and_counted(erp: Stubborn) -> None:
    ordered(erp.bridge.orders, "s", "1", {"A": 3})
    erp.shelves, erp.documents = {"A": {"HAM": 8}}, [{"A": Posted(frozenset([line(2)]))}]
    assert take(erp, "A") == {"A"}
    level = erp.bridge.stock.level("A")
    assert (level.shipped, level.counted, level.balance()) == ({"*": 2}, {"*": 2}, 7)
    assert take(erp, "A") == {"A"}, "told again"
    assert erp.bridge.stock.level("A").shipped == {"*": 2}


def test_a_line_posted_meanwhile_stops_the_write(erp: Stubborn) -> None:
    ordered(erp.bridge.orders, "s", "1", {"A": 3})
    erp.shelves, erp.documents = {"A": {"HAM": 8}}, [{}, {"A": Posted(frozenset([line(2)]))}]
    assert take(erp, "A") == frozenset()
    assert take(erp, "A") == {"A"}


def test_a_document_that_changed_meanwhile_stops_the_write(erp: Stubborn) -> None:
    erp.shelves = {"A": {"HAM": 8}}
    erp.documents = [{"A": Posted(open=frozenset([("d", "1")]))}, {"A": Posted(open=frozenset([("d", "2")]))}]
    assert take(erp, "A") == frozenset()


def test_an_order_that_never_reached_us_is_left_to_the_shelf(erp: Stubborn) -> None:
    erp.shelves, erp.documents = {"A": {"HAM": 8}}, [{"A": Posted(frozenset([line(2, order="unknown")]))}]
    assert take(erp, "A") == {"A"}
    assert erp.bridge.stock.level("A").balance() == 8


def test_a_contradiction_stops_only_its_sku(erp: Stubborn) -> None:
    ordered(erp.bridge.orders, "s", "1", {"A": 3, "B": 1})
    erp.shelves = {"A": {"HAM": 8}, "B": {"HAM": 8}}
    erp.documents = [{"A": Posted(frozenset([line(-2)])), "B": Posted(frozenset([line(1, sku="B")]))}]
    assert take(erp, "A", "B") == {"B"}, "more came back than left"


def test_a_reversal_after_its_shipment_is_fine_in_any_order(erp: Stubborn) -> None:
    ordered(erp.bridge.orders, "s", "1", {"A": 3})
    erp.shelves = {"A": {"HAM": 10}}
    erp.documents = [{"A": Posted(frozenset([line(-2, "m0"), line(2, "m1")]))}]
    assert take(erp, "A") == {"A"}
    assert erp.bridge.stock.level("A").balance() == 7


def test_a_snapshot_that_was_overtaken_writes_nothing(erp: Stubborn) -> None:
    erp.shelves = {"A": {"HAM": 8}}
    slow = snapshot.note_shipped(snapshot.look_at_documents(snapshot.begin(erp.bridge, ["A"]), erp), erp.bridge.stock)
    erp.shelves = {"A": {"HAM": 6}}
    take(erp, "A")
    slow = snapshot.look_at_shelves(slow, erp)
    assert snapshot.write(slow, erp.bridge.stock) == frozenset()
    early = snapshot.begin(erp.bridge, ["A"])
    take(erp, "A")
    late_look = snapshot.note_shipped(snapshot.look_at_documents(early, erp), erp.bridge.stock)
    assert snapshot.write(snapshot.look_at_shelves(late_look, erp), erp.bridge.stock) == frozenset()
    assert erp.bridge.stock.level("A").snapshot == 4


def test_a_snapshot_that_finds_nothing_new_overtakes_all_the_same(erp: Stubborn) -> None:
    """Else an older look would write what lay there in between, and nobody would look again."""
    erp.shelves = {"A": {"HAM": 8}}
    take(erp, "A")
    slow = snapshot.note_shipped(snapshot.look_at_documents(snapshot.begin(erp.bridge, ["A"]), erp), erp.bridge.stock)
    erp.shelves = {"A": {"HAM": 6}}
    slow = snapshot.look_at_shelves(slow, erp)
    erp.shelves = {"A": {"HAM": 8}}
    version = erp.bridge.stock.level("A").version
    take(erp, "A")
    assert snapshot.write(slow, erp.bridge.stock) == frozenset()
    level = erp.bridge.stock.level("A")
    assert (level.on_hand, level.version) == ({"HAM": 8}, version)
