"""Rows in table `Control` that say how far the stock of an ERP has been read.

pk PULL#<erp>   sk changes   the run through what has changed; there is always one
                sk full      the run through all SKUs, and what the last one found
                sk goods, all-goods   the same for prices and products
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from orderbridge.tables.control import Control
from orderbridge.tables.items import Item

CHANGES, FULL = "changes", "full"
GOODS, ALL_GOODS = "goods", "all-goods"


@dataclass(frozen=True)
class Run:
    """Pages that are judged together.

    id        names the run, new for each
    cursor    where the ERP goes on: nothing before it is needed again
    first     number of a snapshot that was begun when a full run began: its own have higher ones
    had, has  SKUs in stock among those that it has read, before and after
    stocked   SKUs in stock that the last full run found which came to its end
    released  a person has said that this run may let any number of SKUs fall to zero
    running   False for a full run that has come to its end
    complete  when the last run of this kind came to its end
    """

    kind: str
    id: str
    cursor: str
    first: int = 0
    had: int = 0
    has: int = 0
    stocked: int = 0
    released: bool = False
    running: bool = True
    complete: datetime | None = None


class Pulls:
    def __init__(self, control: Control) -> None:
        self.table = control.table

    def run(self, erp: str, kind: str) -> Run | None:
        item = self.table.get(f"PULL#{erp}", kind)
        return _run(item) if item else None

    def save(self, erp: str, run: Run) -> None:
        self.table.write(self.table.put(_item(erp, run)))

    def advance(self, erp: str, run: Run, id: str) -> bool:
        """Save a run that was `id` when it was read; False when that is gone: the ERP was connected anew."""
        return self.table.write(self.table.put(_item(erp, run), [("id", "=", id)]))

    def forget(self, erp: str) -> None:
        """Begin anew with this ERP, which may be another one of the same kind: no cursor of its own counts."""
        for kind in (CHANGES, GOODS):
            self.table.write(self.table.delete(f"PULL#{erp}", kind))

    def begin(self, erp: str, run: Run) -> bool:
        """False when a run of this kind is under way."""
        for when in ([("pk", "absent", None)], [("running", "=", False)]):
            if self.table.write(self.table.put(_item(erp, run), when)):
                return True
        return False

    def release(self, erp: str, run: str, kind: str) -> bool:
        """Let a run do what it would do; False when it is not under way any more."""
        when = [("id", "=", run)]
        return self.table.write(self.table.update(f"PULL#{erp}", kind, set={"released": True}, when=when))

    def give_up(self, erp: str, run: str, kind: str, next: str) -> None:
        """A run is over before its end: of changes a new one, `next`, goes on at the same place; all SKUs wait for
        the next night."""
        found = self.run(erp, kind)
        if found and found.id == run:
            fresh = replace(found, id=next, had=0, has=0, running=kind == CHANGES)
            self.table.write(self.table.put(_item(erp, fresh), [("id", "=", run)]))


def _item(erp: str, run: Run) -> Item:
    complete = run.complete.isoformat() if run.complete else None
    return {"pk": f"PULL#{erp}", "sk": run.kind, **asdict(run), "complete": complete}


def _run(item: Item) -> Run:
    names = ("kind", "id", "cursor", "first", "had", "has", "stocked", "released", "running")
    complete = datetime.fromisoformat(item["complete"]) if item["complete"] else None
    return Run(**{name: item[name] for name in names}, complete=complete)
