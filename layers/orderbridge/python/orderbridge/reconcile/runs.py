"""Rows in table `Control`: the runs of the reconciliation, what each has found, and how far each store is.

pk RECON         sk <run>            a run, its name begins with its time; one line of JSON, compressed
pk RECON#<run>   sk <finding id>     the first few hundred differences that it found
pk RECONCILED    sk <store>          until when the store's orders were compared
"""

import json
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from orderbridge.reconcile.rules import Finding, Kind
from orderbridge.tables.control import Control
from orderbridge.tables.items import Condition, Item

KEPT = timedelta(days=90)
_DETAILED = 500  # findings of one run that are kept one by one; all are counted


@dataclass(frozen=True)
class Step:
    """One phase with one counterparty.

    store    "" for a phase that is not of one store
    place    where it goes on, as the phase writes it; "" is the beginning
    tries    how often it failed since it last got on
    checked  orders, listings or documents that were compared
    skipped  store (or "erp") -> why it was left out of this step
    done     also where it was given up, with the reason in `trouble`
    """

    phase: str
    store: str = ""
    place: str = ""
    tries: int = 0
    checked: int = 0
    skipped: dict[str, str] = field(default_factory=dict)
    trouble: str = ""
    done: bool = False


@dataclass(frozen=True)
class Run:
    """
    started   orders that the platforms modified later are left to the next run
    days      how many days back orders are read where a store was never compared, or a person asked for it
    since     read that far back, also where the last run came later
    counts    kind of difference -> [found, repaired]
    noted     store -> what the phases keep of it until they end
    complete  when it came to its end, None while it is under way
    """

    id: str
    started: datetime
    steps: tuple[Step, ...]
    since: datetime | None = None
    counts: dict[str, list[int]] = field(default_factory=dict)
    noted: dict[str, dict[str, Any]] = field(default_factory=dict)
    complete: datetime | None = None
    revision: int = 0

    @property
    def pending(self) -> list[int]:
        return [n for n, step in enumerate(self.steps) if not step.done]

    def with_step(self, n: int, step: Step) -> "Run":
        return replace(self, steps=(*self.steps[:n], step, *self.steps[n + 1 :]))

    def counted(self, findings: Iterable[Finding]) -> "Run":
        counts = {kind: list(pair) for kind, pair in self.counts.items()}
        for finding in findings:
            pair = counts.setdefault(finding.kind.value, [0, 0])
            pair[0] += 1
            pair[1] += bool(finding.repair)
        return replace(self, counts=counts)

    @property
    def found(self) -> int:
        return sum(found for found, _ in self.counts.values())

    @property
    def unrepaired(self) -> int:
        return self.found - sum(repaired for _, repaired in self.counts.values())


class Runs:
    def __init__(self, control: Control) -> None:
        self.table = control.table

    def latest(self) -> Run | None:
        return next((_run(item) for item in self.table.query("RECON", limit=1, newest_first=True)), None)

    def run(self, id: str) -> Run | None:
        item = self.table.get("RECON", id)
        return _run(item) if item else None

    def save(self, run: Run) -> Run | None:
        """Write it over the revision before; None when somebody else has done so."""
        fresh = replace(run, revision=run.revision + 1)
        seen: Condition = ("revision", "=", run.revision) if run.revision else ("pk", "absent", None)
        return fresh if self.table.write(self.table.put(_item(fresh), [seen])) else None

    def keep(self, run: Run, findings: Iterable[Finding]) -> None:
        """Keep findings one by one, as many as have room; the same one is one row."""
        room = max(0, _DETAILED - run.found)
        expires = {"expires_at": int((run.started + KEPT).timestamp())}
        for finding in list(findings)[:room]:
            row = {"pk": f"RECON#{run.id}", "sk": finding.id, **asdict(finding), "kind": finding.kind.value, **expires}
            self.table.write(self.table.put(row))

    def findings(self, run: str) -> list[Finding]:
        return [_finding(row) for row in self.table.query(f"RECON#{run}")]

    def finding(self, run: str, id: str) -> Finding | None:
        row = self.table.get(f"RECON#{run}", id)
        return _finding(row) if row else None

    def compared(self, store: str) -> datetime | None:
        """Until when the store's orders were compared with ours."""
        row = self.table.get("RECONCILED", store)
        return datetime.fromisoformat(row["until"]) if row else None

    def save_compared(self, store: str, until: datetime) -> None:
        self.table.write(self.table.put({"pk": "RECONCILED", "sk": store, "until": until.isoformat()}))


def _item(run: Run) -> Item:
    document = {**asdict(run), "steps": [asdict(step) for step in run.steps]}
    for name in ("started", "since", "complete"):
        document[name] = at.isoformat() if (at := getattr(run, name)) else None
    packed = zlib.compress(json.dumps(document, ensure_ascii=False).encode())
    expires = int((run.started + KEPT).timestamp())
    return {"pk": "RECON", "sk": run.id, "run": packed, "revision": run.revision, "expires_at": expires}


def _run(item: Item) -> Run:
    document = json.loads(zlib.decompress(item["run"]))
    times = {name: datetime.fromisoformat(at) if (at := document[name]) else None for name in ("since", "complete")}
    steps = tuple(Step(**step) for step in document["steps"])
    return Run(**{**document, **times, "started": datetime.fromisoformat(document["started"]), "steps": steps})


def _finding(row: Item) -> Finding:
    texts = {name: row[name] for name in ("store", "about", "number", "ours", "theirs", "repair")}
    return Finding(Kind(row["kind"]), **texts)
