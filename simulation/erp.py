"""The demo ERP as a process of its own, with somebody in it who does what the simulation's clerk says.

`python -m simulation.erp`: one JSON document per line in, one out. The first says what it stocks, and is answered with
the credentials; each further one names a method of `Desk` with its arguments. What the bridge knows of this ERP comes
by HTTP only.
"""

import json
import random
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from local.erp.documents import Document, Refused
from local.erp.erp import DemoErp
from local.erp.faults import Fault
from local.shops.faults import Faults
from local.template import ROOT
from simulation.clock import Clock

OURS = "orderbridge"


class Desk:
    """What the clerk can ask for. Refusals of the ERP are answers, too."""

    def __init__(self, erp: DemoErp, place: str, seed: int) -> None:
        self._erp, self._office, self._place, self._chance = erp, erp.office, place, random.Random(seed)
        self._parcels: list[str] = []

    def receive(self, sku: str, units: int) -> str:
        self._office.receive(sku, self._place, units)
        return f"received {units} {sku}"

    def find(self, sku: str, units: int) -> str:
        """A count finds so many more."""
        with self._office.lock:
            there = self._office.shelves.booked(sku, self._place)
            self._office.count(sku, self._place, there + units)
        return f"counted {there + units} {sku}"

    def promise(self, sku: str) -> str:
        return self._office.promise("counter", sku, self._place, 1)

    def ship(self, sku: str) -> str:
        """A unit or all that is open, for whoever; now and then a unit more than was ordered."""
        with self._office.lock:
            documents = self._office.open_documents(sku)
            if not documents:
                return f"nothing to ship of {sku}"
            document = self._chance.choice(documents)
            units = self._chance.choice([1, 1, document.open_units(sku)]) + (self._chance.random() < 0.02)
            self._parcels = [*self._parcels[-50:], self._office.ship(document.id, sku, units, self._place)]
            return f"shipped {units} {sku} for {document.reference}"

    def take_back(self) -> str:
        """The last parcel was never collected."""
        return self._office.reverse(self._parcels.pop()) if self._parcels else "no parcel to take back"

    def faults(self, shares: dict[str, float]) -> str:
        self._erp.faults.shares = {Fault(name): share for name, share in shares.items()}
        return f"faults: {shares}"

    def documents(self) -> list[list[Any]]:
        """Ours: reference, state, SKU -> units wanted, SKU -> units shipped."""
        return [_said(document) for document in self._office.documents.values() if document.channel == OURS]

    def instants(self) -> dict[str, list[tuple[int, int]]]:
        """SKU -> units on hand, and units shipped for our documents, after each line of the journal."""
        found: dict[str, list[tuple[int, int]]] = {sku: [(0, 0)] for sku in self._office.skus}
        for move in self._office.shelves.journal:
            (on_hand, shipped), document = found[move.sku][-1], self._office.documents.get(move.document)
            ours = document is not None and document.channel == OURS
            found[move.sku].append((on_hand + move.quantity, shipped - move.quantity * ours))
        return found

    def shelves(self) -> dict[str, int]:
        return {sku: self._office.shelves.booked(sku, self._place) for sku in self._office.skus}


def _said(document: Document) -> list[Any]:
    wanted, shipped = Counter[str](), Counter[str]()
    for line in document.lines:
        wanted[line.sku] += line.quantity
        shipped[line.sku] += line.shipped
    return [document.reference, document.state.value, wanted, shipped]


class Seldom(Faults[Fault]):
    """A page that lacks rows is told by reading twice; one that lacks the same rows twice running nobody could tell."""

    _APART = 40  # calls; more than one snapshot makes

    def __init__(self, seed: int) -> None:
        super().__init__(seed, Fault)
        self._since = 0

    def next(self) -> Fault | None:
        fault, self._since = super().next(), self._since + 1
        if fault not in (Fault.HALF, Fault.EMPTY):
            return fault
        whole, self._since = self._since < self._APART, 0
        return None if whole else fault


class ErpProcess:
    """Starts the process and talks to it, one question at a time; it ends with its input."""

    def __init__(self, log: Path, **start: Any) -> None:
        self._line = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "simulation.erp"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("w"),
            text=True,
        )
        self.credentials: dict[str, Any] = self._say(start)

    def ask(self, method: str, **given: Any) -> Any:
        return self._say({"do": method, "with": given})

    def stop(self) -> None:
        self._process.communicate(timeout=10)

    def _say(self, document: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._line:
            self._process.stdin.write(json.dumps(document) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


def main() -> None:
    start = json.loads(sys.stdin.readline())
    clock = Clock(Path(start["clock"]))
    erp = DemoErp(start["skus"], (start["place"],), seed=start["seed"], clock=clock.now)
    erp.faults = Seldom(start["seed"])
    erp.faults.slow = start["slow"]
    desk = Desk(erp, start["place"], start["seed"])
    with erp:
        print(json.dumps(erp.credentials), flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                answer = getattr(desk, asked["do"])(**asked["with"])
            except Refused as refusal:
                answer = f"refused: {refusal.words}"
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
