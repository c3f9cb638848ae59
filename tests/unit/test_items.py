"""The few things we ask of DynamoDB: on the engine, and what it may say that the engine never does."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.errors import TemporaryFailure
from orderbridge.tables import items
from orderbridge.tables.items import Conflict, Table, pack, transact, unpack
from tests.refusals import Refusals
from tests.resources import Aws

numbers = st.integers(-(10**30), 10**30) | st.decimals(allow_nan=False, allow_infinity=False, places=3)
values = st.recursive(
    st.none() | st.booleans() | st.text() | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(values)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert unpack(pack(value)) == value


def test_whole_numbers_are_int_and_others_decimal() -> None:
    assert [type(unpack({"N": text})) for text in ("-7", "0", "1.50", "1E+3")] == [int, int, Decimal, Decimal]


@pytest.mark.parametrize("value", [1.5, {1, 2}, object(), [0.1]])
def test_what_we_never_store_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="is not stored in a table"):
        pack(value)


@pytest.fixture
def table(aws: Aws) -> Table:
    return Table(aws.dynamodb, aws.settings.control_table)


def test_conditions_hold_or_nothing_is_written(table: Table) -> None:
    new = table.put({"pk": "a#1", "sk": "b#2", "n": 1}, [("pk", "absent", None)])
    assert table.write(new)
    assert not table.write(new)
    assert table.write(table.update("a#1", "b#2", add={"n": 4}, when=[("n", "=", 1)]))
    assert not table.write(table.update("a#1", "b#2", add={"n": 4}, when=[("n", "<", 5), ("pk", "present", None)]))
    assert table.get("a#1", "b#2") == {"pk": "a#1", "sk": "b#2", "n": 5}
    assert not table.write(table.delete("a#1", "b#2", [("n", "<>", 5)]))
    assert table.write(table.delete("a#1", "b#2", [("n", "<=", 5)]))
    assert table.get("a#1", "b#2") is None


def test_an_update_sets_sets_first_adds_and_removes(table: Table) -> None:
    for mark in ("x", "y"):
        request = table.update("p", "s", set={"mark#1": mark}, first={"since": mark}, add={"n#*": 2}, remove=["gone"])
        assert table.write(request)
    assert table.get("p", "s") == {"pk": "p", "sk": "s", "mark#1": "y", "since": "x", "n#*": 4}


def test_a_query_goes_through_all_pages_and_stops_where_it_is_told(table: Table) -> None:
    for n in range(7):
        table.write(table.put({"pk": "p", "sk": f"{'a' if n % 2 else 'b'}#{n}", "text": "x" * 300_000}))
    assert [item["sk"] for item in table.query("p")] == ["a#1", "a#3", "a#5", "b#0", "b#2", "b#4", "b#6"]
    assert [item["sk"] for item in table.query("p", "a#")] == ["a#1", "a#3", "a#5"]
    assert [item["sk"] for item in table.query("p", limit=2)] == ["a#1", "a#3"]
    assert [item["sk"] for item in table.query("p", after="b#0")] == ["b#2", "b#4", "b#6"]


def test_many_items_are_read_in_batches_and_absent_ones_left_out(table: Table) -> None:
    keys = [("p", f"{n:03}") for n in range(230)]
    for key in keys[::2]:
        table.write(table.put({"pk": key[0], "sk": key[1]}))
    assert table.get_many([*keys, *keys]).keys() == set(keys[::2])


def test_a_transaction_says_which_condition_failed(table: Table) -> None:
    there = table.put({"pk": "p", "sk": "1"}, [("pk", "absent", None)])
    assert table.write(there)
    requests = [table.put({"pk": "p", "sk": "2"}), there, table.delete("p", "3", [("pk", "present", None)])]
    with pytest.raises(Conflict) as conflict:
        transact(table.client, requests)
    assert conflict.value.refused == (1, 2)
    assert table.get("p", "2") is None


# What the engine never says: that two transactions met, or that its throughput was used up.


@pytest.fixture
def refusals(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Refusals]:
    monkeypatch.setattr(items, "_pause", lambda attempt: None)
    with Refusals().of(aws.dynamodb) as made:
        yield made


def test_a_transaction_that_met_another_is_a_conflict_without_a_position(table: Table, refusals: Refusals) -> None:
    for code in ("TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"):
        refusals.next(1, "TransactionCanceledException", "None", code)
        with pytest.raises(Conflict) as conflict:
            transact(table.client, [table.put({"pk": "p", "sk": "1"})])
        assert conflict.value.refused == ()


def test_a_failed_condition_counts_also_where_another_transaction_was_met(table: Table, refusals: Refusals) -> None:
    codes = ("ConditionalCheckFailed", "TransactionConflict")
    refusals.next(1, "TransactionCanceledException", *codes)
    with pytest.raises(Conflict) as conflict:
        transact(table.client, [table.put({"pk": "p", "sk": "1"})])
    assert conflict.value.refused == (0,)


@pytest.mark.parametrize(
    "codes", [(), ("ValidationError",), ("ConditionalCheckFailed", "ItemCollectionSizeLimitExceeded")]
)
def test_a_transaction_that_can_never_be_written_is_no_conflict(
    table: Table, refusals: Refusals, codes: tuple[str, ...]
) -> None:
    refusals.next(1, "TransactionCanceledException", *codes)
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        transact(table.client, [table.put({"pk": "p", "sk": "1"})])


def test_a_write_that_meets_a_transaction_is_made_again(table: Table, refusals: Refusals) -> None:
    refusals.next(3, "TransactionConflictException")
    assert table.write(table.put({"pk": "p", "sk": "1"}))
    assert refusals.made == 4
    refusals.next(100, "TransactionConflictException")
    with pytest.raises(TemporaryFailure, match="busy"):
        table.write(table.put({"pk": "p", "sk": "1"}))


def test_a_read_of_one_instant_that_meets_a_write_is_made_again(table: Table, refusals: Refusals) -> None:
    table.write(table.put({"pk": "p", "sk": "1"}))
    refusals.next(3, "TransactionCanceledException", "TransactionConflict")
    assert table.get_together([("p", "1"), ("p", "2")]) == {("p", "1"): {"pk": "p", "sk": "1"}}
    assert refusals.made == 4
    refusals.next(100, "TransactionCanceledException", "None", "TransactionConflict")
    with pytest.raises(TemporaryFailure, match="busy"):
        table.get_together([("p", "1")])
    refusals.next(1, "TransactionCanceledException", "ValidationError")
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        table.get_together([("p", "1")])
