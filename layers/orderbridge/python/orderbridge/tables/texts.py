"""Table `Control`, pk TEXT#<target>#<hash> sk TEXT: a translation that was paid for, so that it is paid for once.

The hash is of the text and of the terminology it was translated with; the text itself is not kept. What a buyer may
have written has `expires_at`, after which the table's TTL removes it; titles stay.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from orderbridge.settings import Settings
from orderbridge.tables.items import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PRIVATE_KEPT = timedelta(days=30)


class Texts:
    def __init__(self, client: "DynamoDBClient", settings: Settings) -> None:
        self.table = Table(client, settings.control_table)

    def translations(self, texts: Sequence[str], target: str, terms: str) -> dict[str, str]:
        """Text -> its translation, for those that we have."""
        keys = {text: (_pk(text, target, terms), "TEXT") for text in texts}
        found = self.table.get_many(list(keys.values())) if keys else {}
        now = int(datetime.now(UTC).timestamp())
        rows = {text: found[key] for text, key in keys.items() if key in found}
        # The TTL removes a row some time after it has expired.
        return {text: row["translated"] for text, row in rows.items() if row.get("expires_at", now) >= now}

    def keep(self, translations: Mapping[str, str], target: str, terms: str, *, private: bool) -> None:
        end = int((datetime.now(UTC) + PRIVATE_KEPT).timestamp())
        rows = [
            {"pk": _pk(text, target, terms), "sk": "TEXT", "translated": translated}
            | ({"expires_at": end} if private else {})
            for text, translated in translations.items()
        ]
        self.table.put_many(rows)


def _pk(text: str, target: str, terms: str) -> str:
    return f"TEXT#{target}#{hashlib.sha256(chr(0).join((terms, text)).encode()).hexdigest()}"
