"""Translations are kept by what they are of, for as long as they may be."""

from datetime import UTC, datetime

import pytest

from orderbridge.errors import TemporaryFailure
from orderbridge.tables import items
from orderbridge.tables.texts import PRIVATE_KEPT, Texts
from tests.resources import Aws


@pytest.fixture
def kept(aws: Aws) -> Texts:
    return Texts(aws.dynamodb, aws.settings)


def test_a_translation_is_found_by_text_target_and_terminology(kept: Texts) -> None:
    kept.keep({"Rot": "Red", "Xyzzq": ""}, "en", "", private=False)
    assert kept.translations(["Rot", "Xyzzq", "Blau"], "en", "") == {"Rot": "Red", "Xyzzq": ""}
    assert kept.translations(["Rot"], "zh", "") == kept.translations(["Rot"], "en", "brands") == {}
    assert kept.translations([], "en", "") == {}


def test_many_are_written_in_batches(kept: Texts) -> None:
    texts = {f"text {n}": f"said {n}" for n in range(120)}
    kept.keep(texts, "en", "", private=True)
    assert kept.translations(list(texts), "en", "") == texts


def test_a_buyers_text_goes_after_30_days_and_is_not_in_the_row(kept: Texts) -> None:
    kept.keep({"mein Text": "my text"}, "en", "", private=True)
    kept.keep({"Titel": "title"}, "en", "", private=False)
    rows = {row["translated"]: row for row in kept.table.scan("TEXT")}
    ends = datetime.fromtimestamp(rows["my text"]["expires_at"], UTC)
    assert abs(ends - datetime.now(UTC) - PRIVATE_KEPT).total_seconds() < 60
    assert "expires_at" not in rows["title"]
    assert "mein Text" not in str(rows)


def test_a_row_that_has_expired_and_is_still_there_is_not_used(kept: Texts) -> None:
    kept.keep({"alt": "old"}, "en", "", private=True)
    (row,) = kept.table.scan("TEXT")
    kept.table.write(kept.table.put({**row, "expires_at": 1}))
    assert kept.translations(["alt"], "en", "") == {}


def test_what_the_table_did_not_take_is_written_again(kept: Texts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "_pause", lambda attempt: None)
    write, busy = kept.table.client.batch_write_item, [2]

    def sometimes(RequestItems: dict[str, list[object]]) -> dict[str, object]:
        if busy[0]:
            busy[0] -= 1
            return {"UnprocessedItems": RequestItems}
        return write(RequestItems=RequestItems)  # type: ignore[arg-type, return-value]

    monkeypatch.setattr(kept.table.client, "batch_write_item", sometimes)
    kept.keep({"Rot": "Red"}, "en", "", private=False)
    assert kept.translations(["Rot"], "en", "") == {"Rot": "Red"}
    busy[0] = 100
    with pytest.raises(TemporaryFailure, match="no more writes"):
        kept.keep({"Blau": "Blue"}, "en", "", private=False)
