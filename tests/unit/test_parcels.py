"""Which lines left in which parcel, and what of it a platform does not show yet: pure rules."""

from collections import Counter
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from orderbridge.kits import Parts
from orderbridge.model import FulfilledBy, Order, Part, Shipment
from orderbridge.movements import Kind, Movement
from orderbridge.parcels import Lines, Sent, allotted, complete, sent, taken_back, untold
from tests.unit.test_orders import DAY, line, order

SKUS = {"1": "A", "2": "KIT", "3": "A"}
KIT: dict[str, Parts] = {"KIT": {"A": 2, "B": 1}}


def moved(sku: str, units: int, name: str = "P-1", hour: int = 0, **way: str) -> Movement:
    """`units` left; negative: came back."""
    at = DAY + timedelta(hours=hour)
    row = f"{sku}{units}{hour}"
    return Movement(sku, "HAM", Kind.SHIPMENT, -units, "D-1", at, at, line=row, parcel=name, **way)  # type: ignore[arg-type]


def parcel(units: dict[str, int], name: str = "P-1", hour: int = 0, tracking: str = "", *earlier: str) -> Sent:
    at = DAY + timedelta(hours=hour)
    return Sent(name, at, units, tracking and "DHL", tracking, earlier=frozenset(earlier))


def shipment(lines: Lines, *tracking: str, id: str = "1", status: str = "success", carrier: str = "DHL") -> Shipment:
    parts = tuple(Part(line_id=id, quantity=units) for id, units in lines.items())
    return Shipment(id=id, status=status, tracking=tracking, carrier=carrier, lines=parts)


def showing(*shipments: Shipment, **quantities: int) -> Order:
    """An order of lines `l1`, `l2`, ... as its platform shows it."""
    shipped = Counter[str]()
    for one in shipments:
        for part in one.lines if one.status == "success" else ():
            shipped[part.line_id] += part.quantity
    lines = [line(id[1:], quantity=units, shipped=shipped[id[1:]]) for id, units in quantities.items()]
    return order(*lines, shipments=shipments)


def told(shown: Order, parcels: list[Sent], lines: list[Lines]) -> list[tuple[str, Lines, str]]:
    return [(t.parcel.name, t.lines, t.shipment) for t in untold(shown, parcels, lines, {"cancelled"})]


def test_lines_of_one_document_are_a_parcel_and_reversals_are_missing_from_it() -> None:
    found = sent(
        [moved("A", 3), moved("B", 1), moved("A", -1, hour=1), moved("A", 2, "P-2", 2), moved("A", -3, "R", 3)]
    )
    assert [(one.name, dict(one.units)) for one in found] == [("P-1", {"A": 1, "B": 1})], "the last to leave came back"


def test_a_tracking_number_counts_for_the_whole_parcel_until_each_line_has_it() -> None:
    (one,) = sent([moved("A", 1, tracking="X", carrier="DHL"), moved("B", 1)])
    assert (one.tracking, one.carrier) == ("X", "DHL")
    new = Movement("A", "HAM", Kind.SHIPMENT, -1, "D-1", DAY, DAY, line="9", parcel="P-1", tracking="Y", earlier=("X",))
    (one,) = sent([new, moved("B", 1, tracking="X")])
    assert (one.tracking, one.earlier) == ("Y", frozenset({"X"}))
    assert len(sent([moved("A", 1, tracking="X"), moved("B", 1, tracking="Y")])) == 2, "a box each"


def test_kits_several_lines_of_a_sku_and_units_beyond_the_order() -> None:
    shown = showing(l1=1, l2=1, l3=2)
    parcels = [parcel({"A": 4}), parcel({"B": 1, "A": 4}, "P-2", 1)]
    assert allotted(shown, SKUS, KIT, parcels) == [{"1": 1, "3": 2}, {"2": 1}]
    assert complete(shown, [{"1": 1, "3": 2}, {"2": 1}])
    assert not complete(shown, [{"1": 1, "3": 2}])


def test_what_the_platform_sends_itself_or_was_cancelled_is_left_out() -> None:
    shown = order(line("1", quantity=2, cancelled=1), line("3", quantity=1, fulfilled_by=FulfilledBy.PLATFORM))
    assert allotted(shown, SKUS, {}, [parcel({"A": 5})]) == [{"1": 1}]
    assert complete(shown, [{"1": 1}])


def test_the_same_tracking_is_the_same_parcel() -> None:
    one = [parcel({"A": 2}, tracking="003 404")]
    assert told(showing(shipment({"1": 2}, "003404"), l1=2), one, [{"1": 2}]) == []
    assert told(showing(shipment({"1": 1}, "003404"), l1=2), one, [{"1": 2}]) == [("P-1", {"1": 1}, "")]
    void = showing(shipment({"1": 2}, "003404", status="cancelled"), l1=2)
    assert told(void, one, [{"1": 2}]) == [("P-1", {"1": 2}, "")], "a person has cancelled it there"


def test_tracking_that_came_later_or_changed_is_put_right() -> None:
    known = [parcel({"A": 2}, "P-1", 0, "X", "OLD")]
    assert told(showing(shipment({"1": 2}, id="7", carrier=""), l1=2), known, [{"1": 2}]) == [("P-1", {}, "7")]
    assert told(showing(shipment({"1": 2}, "OLD", id="7"), l1=2), known, [{"1": 2}]) == [("P-1", {}, "7")]
    assert told(showing(shipment({"1": 2}, "X", carrier="dhl-de"), l1=2), known, [{"1": 2}]) == []


def test_what_the_shop_shipped_by_itself_is_the_units_of_each_line() -> None:
    parcels, lines = [parcel({"A": 1}), parcel({"A": 2}, "P-2", 1, "X")], [{"1": 1}, {"1": 2}]
    assert told(showing(shipment({"1": 2}, "OWN"), l1=3), parcels, lines) == [("P-2", {"1": 1}, "")]
    completed = order(line("1", quantity=3, shipped=3))
    assert told(completed, parcels, lines) == []


def test_a_number_on_two_documents_is_told_for_both() -> None:
    parcels, lines = [parcel({"A": 1}, tracking="X"), parcel({"B": 1}, "P-2", 1, "X")], [{"1": 1}, {"2": 1}]
    assert told(showing(shipment({"1": 1}, "X"), l1=1, l2=1), parcels, lines) == [("P-2", {"2": 1}, "")]
    both = showing(shipment({"1": 1}, "X"), shipment({"2": 1}, "X", id="2"), l1=1, l2=1)
    assert told(both, parcels, lines) == []


def test_what_the_shop_shows_and_the_erp_took_back() -> None:
    shown = showing(shipment({"1": 2, "2": 1}, "X"), l1=2, l2=1)
    assert taken_back(shown, SKUS, KIT, [{"1": 1}], {"A"}) == {"1": 1, "2": 1}, "the kit lacks a part of it"
    assert taken_back(shown, SKUS, KIT, [{"1": 1}], {"C"}) == {}


units = st.dictionaries(st.sampled_from("AB"), st.integers(1, 4), max_size=2)
lines_of = st.tuples(*[st.integers(1, 3)] * 3)


@settings(deadline=None)
@given(st.lists(units, max_size=5), lines_of)
def test_never_more_than_left_nor_than_ordered(left: list[dict[str, int]], ordered: tuple[int, int, int]) -> None:
    shown = showing(**{f"l{n}": q for n, q in enumerate(ordered, 1)})
    parcels = [parcel(one, f"P-{n}", n) for n, one in enumerate(left)]
    found = allotted(shown, SKUS, KIT, parcels)
    gone, used = Counter[str](), Counter[str]()
    for one, mine in zip(parcels, found, strict=True):
        gone.update(one.units)
        for id, n in mine.items():
            used.update({part: each * n for part, each in KIT.get(SKUS[id], {SKUS[id]: 1}).items()})
        assert all(used[sku] <= gone[sku] for sku in "AB"), "nothing is told before it has left"
    for id, quantity in zip("123", ordered, strict=True):
        assert sum(mine.get(id, 0) for mine in found) <= quantity


@settings(deadline=None)
@given(st.permutations("AAAAAB"), st.lists(st.integers(1, 3), min_size=6, max_size=6))
def test_all_is_told_once_all_has_left(order_of_leaving: list[str], cut: list[int]) -> None:
    """One each of lines 1 and 2, two of line 3: five A and one B, in whatever parcels."""
    parcels, left = [], list(order_of_leaving)
    for n, size in enumerate(cut):
        parcels += [parcel(dict(Counter(left[:size])), f"P-{n}", n)] if left else []
        left = left[size:]
    assert complete(showing(l1=1, l2=1, l3=2), allotted(showing(l1=1, l2=1, l3=2), SKUS, KIT, parcels))


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2), st.sampled_from(["", "X", "Y", "Z"])), min_size=1, max_size=4), st.data())
def test_a_platform_that_was_told_is_told_nothing_more(left: list[tuple[int, str]], data: st.DataObject) -> None:
    """Told one by one, and the answers lost: whatever it shows by then, the rest is told once, then nothing."""
    parcels = [parcel({"A": n}, f"P-{i}", i, tracking) for i, (n, tracking) in enumerate(left)]
    ordered = sum(n for n, _ in left)
    shipments: list[Shipment] = []
    for _ in range(len(parcels) * 3):
        shown = showing(*shipments, l1=ordered)
        tellings = untold(shown, parcels, allotted(shown, SKUS, KIT, parcels), {"cancelled"})
        if not tellings:
            break
        one = data.draw(st.sampled_from(tellings))
        if one.shipment:
            shipments = [s.model_copy(update=_way(one.parcel)) if s.id == one.shipment else s for s in shipments]
        if one.lines:
            way = (one.parcel.tracking,) if one.parcel.tracking else ()
            shipments.append(shipment(one.lines, *way, id=str(len(shipments)), carrier=one.parcel.carrier))
    assert sum(part.quantity for s in shipments for part in s.lines) == ordered
    assert untold(showing(*shipments, l1=ordered), parcels, [{"1": n} for n, _ in left], set()) == []


def _way(one: Sent) -> dict[str, object]:
    return {"tracking": (one.tracking,) if one.tracking else (), "carrier": one.carrier}
