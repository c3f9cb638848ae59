"""Table `Control`, pk POLL sk <store>: how far the polls of each store are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from orderbridge.settings import Settings
from orderbridge.tables.items import Condition, Item, Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TIMES = ("complete", "started", "since")


@dataclass(frozen=True)
class Progress:
    """How far the polls of one store are. Times are by our clock.

    complete  every modification before it was passed on; None until the first poll has come to its end
    started   when the poll under way began, before it read anything; None between polls
    since     the poll under way reads what was modified at or after this time
    token     the page where it goes on
    passed    order id -> version of what was passed on and may be met again
    trouble   why the last poll came to no end, "" when it did
    revision  counts the writings of this row
    """

    complete: datetime | None = None
    started: datetime | None = None
    since: datetime | None = None
    token: str = ""
    passed: Mapping[str, datetime] = field(default_factory=dict)
    trouble: str = ""
    revision: int = 0


class Polls:
    def __init__(self, client: "DynamoDBClient", settings: Settings) -> None:
        self.table = Table(client, settings.control_table)

    def progress(self, store: str) -> Progress:
        return _progress(self.table.get("POLL", store) or {})

    def all(self) -> dict[str, Progress]:
        """By store; one that was never polled is left out."""
        return {item["sk"]: _progress(item) for item in self.table.query("POLL")}

    def save(self, store: str, progress: Progress) -> bool:
        """Write the progress over the one of the revision before; False when somebody else has done so."""
        item: dict[str, Any] = {"pk": "POLL", "sk": store, "token": progress.token, "trouble": progress.trouble}
        item |= {name: at.isoformat() for name in _TIMES if (at := getattr(progress, name)) is not None}
        item["passed"] = {id: version.isoformat() for id, version in progress.passed.items()}
        before, absent = progress.revision - 1, ("pk", "absent", None)
        seen: Condition = ("revision", "=", before) if before else absent
        return self.table.write(self.table.put({**item, "revision": progress.revision}, [seen]))


def _progress(item: Item) -> Progress:
    times = {name: datetime.fromisoformat(item[name]) for name in _TIMES if name in item}
    passed = {id: datetime.fromisoformat(version) for id, version in item.get("passed", {}).items()}
    return Progress(
        **times,
        token=item.get("token", ""),
        passed=passed,
        trouble=item.get("trouble", ""),
        revision=item.get("revision", 0),
    )
