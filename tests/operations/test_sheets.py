"""Stock as CSV: good rows are entered, bad ones named by line; the same file twice changes nothing."""

import csv
import io
from dataclasses import replace

import pytest

from orderbridge.brake import Fall
from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import Braked, InvalidInput
from orderbridge.operations import brake, sheets
from orderbridge.operations.tabular import Read
from tests.orders import ordered


@pytest.fixture
def ledger(bridge: Bridge) -> Ledger:
    made = Ledger(bridge)
    made.add_location("HAM")
    return made


def test_a_sheet_of_counts_once(bridge: Bridge, ledger: Ledger) -> None:
    sheet = b"sku,location,quantity\nA,HAM,5\nB,HAM,0\n\n"
    assert sheets.read(bridge, sheet, "test") == Read(entered=2)
    assert sheets.read(bridge, sheet, "test") == Read(repeats=2)
    assert ledger.on_hand(["A", "B"]) == {"A": {"HAM": 5}, "B": {"HAM": 0}}
    assert ledger.movements("A")[0][0].who == "test"


@pytest.mark.parametrize(
    "sheet",
    [
        "\ufeffSKU, Location ,quantity,kind\r\nBecher – grün,HAM,5,receipt\r\n".encode(),
        "quantity;sku;location;kind\n5;Becher – grün;HAM;Receipt\n".encode(),
        'sku,location,quantity,kind\n"Becher – grün"," HAM",5,receipt'.encode(),
    ],
)
def test_as_spreadsheets_write_it(bridge: Bridge, ledger: Ledger, sheet: bytes) -> None:
    assert sheets.read(bridge, sheet, "test") == Read(entered=1)
    assert ledger.on_hand(["Becher – grün"]) == {"Becher – grün": {"HAM": 5}}


def test_a_sheet_that_would_empty_the_shelves_is_stopped_as_a_whole(bridge: Bridge, ledger: Ledger) -> None:
    skus = [f"S{n}" for n in range(8)]
    for sku in (*skus, "OTHER"):
        ledger.receive(sku, "HAM", 5, "opening")
    brake.set_limits(bridge, 50, 5, 500)
    rows = "".join(f"{sku},HAM,{0 if n < 6 else 4}\n" for n, sku in enumerate(skus))
    sheet = f"sku,location,quantity\n{rows}S0,HMA,1\n".encode()
    for _ in range(2):
        with pytest.raises(Braked, match="6 of 9 SKUs in stock would fall to zero at once, more than 50 %"):
            sheets.read(bridge, sheet, "Ada")
    assert {n for sku in skus for n in ledger.on_hand([sku])[sku].values()} == {5}
    ((stopped, falls),) = brake.show(bridge).stopped
    assert (stopped.kind, sorted(falls), falls["S0"]) == ("sheet", skus[:6], Fall(5, 0))
    brake.discard(bridge, stopped.run, "Ada", "a column was missing")
    assert brake.show(bridge).stopped == ()
    with pytest.raises(Braked):
        sheets.read(bridge, sheet, "Ada")
    released = brake.release(bridge, stopped.run, "Ada", "it is right")
    assert [fault.line for fault in released.refused] == [10]
    assert [ledger.on_hand([sku])[sku]["HAM"] for sku in skus] == [0] * 6 + [4] * 2
    assert [decided.outcome for decided in brake.show(bridge).decided] == ["discarded", "released"]


def test_bad_rows_stop_no_good_ones(bridge: Bridge, ledger: Ledger) -> None:
    rows = """sku,location,quantity,kind,reference,at
A,HAM,5,,,
A,HMA,5,,,
B,HAM,five,,,
B,HAM,1,000,,,
B,HAM,1.5,,,
B,HAM,-1,,,
B,HAM,9999999,,,
B,HAM,1,theft,,
B,HAM,1,,,yesterday
,HAM,1,,,
B,HAM,1,shipment,,
B,HAM,7,receipt,DN-1,2026-11-01T10:00:00+01:00
B,HAM,8,receipt,DN-1,2026-11-01T10:00:00+01:00
C,HAM,"""
    done = sheets.read(bridge, rows.encode(), "test")
    assert (done.entered, done.repeats) == (2, 0)
    reasons = [
        (3, "no location 'HMA'"),
        (4, "'five' is not a whole number"),
        (5, "the row has 7 cells, the first line 6"),
        (6, "'1.5' is not a whole number"),
        (7, "at least 0"),
        (8, "absurd"),
        (9, "kind"),
        (10, "'yesterday' is no time"),
        (11, "no SKU"),
        (12, "a shipment is of an order"),
        (14, "the reference DN-1 of B is taken"),
        (15, "the row has 3 cells"),
    ]
    assert len(done.faults) == len(reasons)
    for fault, (line, reason) in zip(done.faults, reasons, strict=True):
        assert fault.line == line
        assert reason in fault.reason
    assert ledger.on_hand(["A", "B"]) == {"A": {"HAM": 5}, "B": {"HAM": 7}}


def test_broken_quoting_is_a_fault_of_its_row(bridge: Bridge, ledger: Ledger) -> None:
    done = sheets.read(bridge, b'sku,location,quantity\n"A"x,HAM,1\nB,HAM,2\n"C,HAM,3\n', "test")
    assert done.entered == 1
    assert [fault.line for fault in done.faults] == [2, 4]
    assert all("not CSV" in fault.reason for fault in done.faults)


@pytest.mark.parametrize(
    ("sheet", "reason"),
    [
        (b"", "it says: nothing"),
        (b"sku,location\nA,HAM", "must name the columns"),
        (b"sku,location,qty\nA,HAM,1", "must name the columns"),
        (b"sku,sku,location,quantity\nA,A,HAM,1", "each once"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b'"sku,location,quantity\n', "not CSV"),
    ],
)
def test_a_file_that_is_no_sheet(bridge: Bridge, sheet: bytes, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        sheets.read(bridge, sheet, "test")


def test_times_without_a_zone_are_the_merchants(bridge: Bridge, ledger: Ledger) -> None:
    bridge.settings = replace(bridge.settings, time_zone="Asia/Shanghai")
    sheets.read(bridge, b"sku,location,quantity,at\nA,HAM,5,2026-11-01T10:00", "test")
    assert ledger.movements("A")[0][0].at.isoformat() == "2026-11-01T02:00:00+00:00"


def test_what_there_is_goes_out(bridge: Bridge, ledger: Ledger) -> None:
    ledger.add_location("SZX")
    ledger.receive("A", "HAM", 5, "1")
    ledger.receive("A", "SZX", 2, "2")
    ordered(bridge.orders, "s", "1", {"A": 3})
    ordered(bridge.orders, "s", "2", {"A": 1}, pool="SZX")
    ledger.ship("s", "1", "A", "HAM", 2, "P-1")
    ledger.receive("Becher, grün", "HAM", 1, "3")
    rows = list(csv.reader(io.StringIO(sheets.write(bridge))))
    assert rows == [
        list(sheets.COLUMNS),
        ["A", "HAM", "3", "0", "0", "3"],
        ["A", "SZX", "2", "1", "0", "1"],
        ["A", "*", "5", "3", "2", "3"],
        ["Becher, grün", "HAM", "1", "0", "0", "1"],
        ["Becher, grün", "*", "1", "0", "0", "1"],
    ]
