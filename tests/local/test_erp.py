"""The demo ERP refuses what a real one refuses, and has the faults that it is told to have."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from local.erp.documents import Refused, State
from local.erp.erp import DemoErp
from local.erp.faults import Fault
from local.template import ROOT

A, B = "HP-MUG-01", "HP-BOWL-01"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def erp(clock: Clock) -> Iterator[DemoErp]:
    with DemoErp([A, B], ("HAM", "SZX"), clock=clock) as running:
        running.office.receive(A, "HAM", 10)
        yield running


def ask(erp: DemoErp, method: str, path: str, body: Any = None, token: str = "") -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token or erp.token}"}
    answer = requests.request(method, erp.url + path, json=body, headers=headers, timeout=5)
    return answer.status_code, answer.json()


def search(erp: DemoErp, name: str, *skus: str, **more: Any) -> Any:
    status, answer = ask(erp, "POST", f"/v1/{name}/search", {"skus": skus or (A, B), **more})
    assert status == 200, answer
    return answer


def order(erp: DemoErp, lines: dict[str, int], reference: str = "shop/1", location: str | None = None) -> str:
    status, made = ask(erp, "POST", "/v1/documents", document(lines, reference, location))
    assert status == 201, made
    return str(made["id"])


def document(lines: dict[str, int], reference: str = "shop/1", location: str | None = None) -> dict[str, Any]:
    rows = [{"sku": sku, "quantity": n, "location": location} for sku, n in lines.items()]
    return {"channel": "orderbridge", "reference": reference, "told": 1, "head": {}, "lines": rows}


def test_whoever_has_no_token_is_told_nothing(erp: DemoErp) -> None:
    status, answer = ask(erp, "POST", "/v1/stock/search", {"skus": [A]}, token="wrong")
    assert (status, answer) == (401, {"code": "token", "message": "The token is not valid."})


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (document({"nothing": 1}), 422, "Product nothing does not exist."),
        (document({A: 1}, location="MOON"), 422, "Location MOON does not exist."),
        (document({A: -1}), 422, "A quantity of -1 is not possible."),
        (document({}), 400, "at least 1 item"),
        ({**document({A: 1}), "surprise": 1}, 400, "surprise"),
    ],
)
def test_a_document_that_cannot_be(erp: DemoErp, body: Any, status: int, words: str) -> None:
    found, answer = ask(erp, "POST", "/v1/documents", body)
    assert found == status
    assert words in answer["message"]
    assert erp.office.documents == {}


def test_a_reference_is_taken_once(erp: DemoErp) -> None:
    id = order(erp, {A: 1})
    status, answer = ask(erp, "POST", "/v1/documents", document({B: 1}))
    assert (status, answer["code"], id in answer["message"]) == (409, "duplicate", True)


def test_a_change_names_what_it_replaces_and_takes_nothing_back_that_left(erp: DemoErp) -> None:
    id = order(erp, {A: 3})
    erp.office.ship(id, A, 2, "HAM")
    assert ask(erp, "PUT", f"/v1/documents/{id}", {**document({A: 3}), "revision": 1})[1]["code"] == "changed"
    status, answer = ask(erp, "PUT", f"/v1/documents/{id}", {**document({A: 1}), "revision": 2})
    assert (status, "2 of HP-MUG-01 have been shipped" in answer["message"]) == (409, True)
    assert ask(erp, "POST", f"/v1/documents/{id}/cancel", {"revision": 2, "told": 2})[0] == 409
    status, changed = ask(erp, "PUT", f"/v1/documents/{id}", {**document({A: 2, B: 1}), "revision": 2})
    assert (status, changed["state"], changed["revision"]) == (200, "partly_shipped", 3)
    assert [line["shipped"] for line in changed["lines"]] == [2, 0]


def test_pages_are_as_small_as_asked_and_never_larger_than_allowed(erp: DemoErp) -> None:
    first = search(erp, "stock", limit=1)
    assert (first["rows"], first["next"]) == ([{"sku": B, "on_hand": {"HAM": 0, "SZX": 0}}], B)
    assert search(erp, "stock", limit=1, after=B) == {
        "rows": [{"sku": A, "on_hand": {"HAM": 10, "SZX": 0}}],
        "next": None,
    }
    assert ask(erp, "POST", "/v1/stock/search", {"skus": [A], "limit": 51})[0] == 400
    assert ask(erp, "POST", "/v1/stock/search", {"skus": ["x"] * 101})[0] == 400
    assert ask(erp, "GET", "/v1/products?limit=51")[0] == 400
    assert ask(erp, "GET", "/v1/nothing")[0] == 404


def test_what_people_may_not_do(erp: DemoErp) -> None:
    office, id = erp.office, order(erp, {A: 20})
    with pytest.raises(Refused, match="Only 10 of HP-MUG-01 are at HAM"):
        office.ship(id, A, 11, "HAM")
    with pytest.raises(Refused, match="at least one unit"):
        office.ship(id, A, 0, "HAM")
    with pytest.raises(Refused, match="no shipment line SH-9"):
        office.reverse("SH-9")
    office.negative_allowed = True
    parcel = office.ship(id, A, 11, "HAM")
    assert office.shelves.on_hand(A)["HAM"] == -1
    office.reverse(parcel, 4)
    with pytest.raises(Refused, match=r"7 of .* can be taken back"):
        office.reverse(parcel, 8)
    office.reverse(parcel)
    assert office.shelves.on_hand(A)["HAM"] == 10
    assert office.documents[id].state is State.CONFIRMED


def test_a_draft_ships_once_it_is_confirmed(erp: DemoErp) -> None:
    erp.office.confirms = False
    id = order(erp, {A: 1})
    with pytest.raises(Refused, match="is draft"):
        erp.office.ship(id, A, 1, "HAM")
    erp.office.confirm(id)
    erp.office.ship(id, A, 1, "HAM")
    assert erp.office.documents[id].state is State.SHIPPED


def test_shipped_from_another_location_and_more_than_ordered(erp: DemoErp) -> None:
    erp.office.receive(A, "SZX", 5)
    id = order(erp, {A: 2}, location="HAM")
    erp.office.ship(id, A, 3, "SZX")
    (line,) = erp.office.documents[id].lines
    assert (line.location, line.quantity, line.shipped) == ("HAM", 2, 3)
    (row,) = search(erp, "sales", A, channel="orderbridge")["rows"]
    assert [(s["location"], s["quantity"], s["reference"]) for s in row["shipments"]] == [("SZX", 3, "shop/1")]
    assert row["open"] == []


def test_stock_follows_a_shipment_after_its_time(erp: DemoErp, clock: Clock) -> None:
    erp.office.shelves.settles_after = 2.0
    id = order(erp, {A: 2})
    erp.office.ship(id, A, 2, "HAM")
    (row,) = search(erp, "sales", A, channel="orderbridge")["rows"]
    assert len(row["shipments"]) == 1
    assert erp.office.shelves.on_hand(A)["HAM"] == 10
    assert erp.office.shelves.booked(A, "HAM") == 8
    clock.time += timedelta(seconds=2)
    assert erp.office.shelves.on_hand(A)["HAM"] == 8


def test_a_row_of_the_feed_may_be_seen_after_later_ones(erp: DemoErp, clock: Clock) -> None:
    erp.office.shelves.late = 5.0
    for _ in range(20):
        clock.time += timedelta(seconds=0.1)
        erp.office.receive(B, "HAM", 1)
    seen = [row["id"] for row in ask(erp, "GET", "/v1/changes")[1]["rows"]]
    assert set(range(1, max(seen))) - set(seen), "a gap below what is seen"
    clock.time += timedelta(seconds=5)
    assert len(ask(erp, "GET", "/v1/changes")[1]["rows"]) == 21


def test_people_count_and_promise(erp: DemoErp) -> None:
    erp.office.count(A, "HAM", 7)
    erp.office.promise("a walk-in customer", A, "HAM", 3)
    order(erp, {A: 2})
    assert search(erp, "promised", A, channel_not="orderbridge")["rows"] == [
        {"sku": A, "promised": {"HAM": 3, "SZX": 0}}
    ]
    assert search(erp, "stock", A)["rows"] == [{"sku": A, "on_hand": {"HAM": 7, "SZX": 0}}]


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (Fault.HALF, {"rows": [{"sku": B, "on_hand": {"HAM": 0, "SZX": 0}}], "next": None}),
        (Fault.TORN, {"rows": [{"sku": B, "on_hand": {"HAM": 0, "SZX": 0}}]}),
        (Fault.EMPTY, {"rows": [], "next": None}),
        (Fault.ZEROS, {"rows": [{"sku": s, "on_hand": {"HAM": 0, "SZX": 0}} for s in (B, A)], "next": None}),
    ],
)
def test_spoilt_lists(erp: DemoErp, fault: Fault, answer: Any) -> None:
    erp.faults.script.append(fault)
    assert search(erp, "stock") == answer
    assert len(search(erp, "stock")["rows"]) == 2, "only once"
    erp.faults.script.append(fault)
    order(erp, {A: 1})


def test_somebody_ships_between_two_reads(erp: DemoErp) -> None:
    id = order(erp, {A: 2})
    erp.faults.script.append(Fault.SHIPPED)
    before = search(erp, "sales", A, channel="orderbridge")
    assert before["rows"][0]["shipments"] == []
    assert search(erp, "sales", A, channel="orderbridge") != before
    assert erp.office.documents[id].state is State.PARTLY_SHIPPED


def test_shares_draw_the_same_faults_for_the_same_seed() -> None:
    def drawn(seed: int) -> list[Fault | None]:
        faults = DemoErp([A], seed=seed).faults
        faults.shares = {Fault.SLOW: 0.2, Fault.LOST: 0.2}
        return [faults.next() for _ in range(50)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_as_a_process_of_its_own(tmp_path: Any) -> None:
    """With the handle for people, faults among them."""
    stock = tmp_path / "stock.json"
    stock.write_text(json.dumps({A: {"HAM": 4}}))
    command = [sys.executable, "-m", "local.erp", "--skus", str(stock), "--settles-after", "1.5"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = json.loads(process.stdout.readline())
        assert told["settles_after"] == 1.5
        url, headers = told["url"], {"Authorization": f"Bearer {told['token']}"}
        done = requests.post(f"{url}/_demo/receive", json={"sku": A, "location": "HAM", "quantity": 2}, timeout=5)
        assert done.json()["ok"]
        refused = requests.post(
            f"{url}/_demo/ship", json={"document": "x", "sku": A, "quantity": 1, "location": "HAM"}, timeout=5
        )
        assert (refused.status_code, refused.json()) == (409, {"error": "There is no document x."})
        assert requests.get(f"{url}/_demo/state", timeout=5).json()["on_hand"] == {A: {"HAM": 6}}
        requests.post(f"{url}/_demo/faults", json={"script": ["503"]}, timeout=5)
        assert requests.get(f"{url}/v1/products", headers=headers, timeout=5).status_code == 503
        assert requests.get(f"{url}/v1/products", headers=headers, timeout=5).json()["rows"] == [{"sku": A}]
        assert requests.get(f"{url}/_demo/nothing", timeout=5).status_code == 404
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
