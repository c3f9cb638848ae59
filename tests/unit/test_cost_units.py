"""How DynamoDB counts, by the examples of its own documentation."""

from bench import units


def test_sizes() -> None:
    assert units.size({"pk": {"S": "é"}}) == 4
    assert units.size({"n": {"N": "-1234"}}) == 1 + 4
    assert units.size({"m": {"M": {"a": {"BOOL": True}}}}) == 1 + 3 + 1 + 1 + 1
    assert units.size(None) == 0


def test_units() -> None:
    assert [units.write(size) for size in (0, 1024, 1025, 3 * 1024)] == [1, 1, 2, 3]
    assert [units.read(size, consistent=True) for size in (0, 4096, 8192)] == [1, 1, 2]
    assert units.read(8192, consistent=False) == 1


def test_entries_of_an_index() -> None:
    marked, other = {"dirty": {"S": "3"}}, {"dirty": {"S": "4"}}
    assert units.index(None, marked, "dirty") == 1
    assert units.index(marked, marked, "dirty") == 0
    assert units.index(marked, other, "dirty") == 2
    assert units.index(marked, {}, "dirty") == 1
