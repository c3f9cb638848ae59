"""Which SKU a line is: by the platform's ids first, then by the exact SKU, never by a guess."""

from decimal import Decimal

import pytest

from orderbridge.mapping import Found, by_rule, reference, resolve, things, written
from orderbridge.model import LONGEST_SKU, OrderLine, Rules


def line(id: str = "1", product: str = "", variant: str = "", sku: str = "") -> OrderLine:
    one = Decimal(1)
    return OrderLine(
        id=id, product_id=product, variant_id=variant, sku=sku, title="MUG", quantity=1, unit_price=one, subtotal=one
    )


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (line(product="7", variant="8", sku="A"), "7#8"),
        (line(product="7", sku="A"), "7#"),
        (line(sku="A"), "sku#A"),
        (line(sku=" A "), "sku# A "),
        (line(sku="x" * LONGEST_SKU), "sku#" + "x" * LONGEST_SKU),
        (line("9", sku="x" * (LONGEST_SKU + 1)), "line#9"),
        (line("9", sku=" \t"), "line#9"),
        (line("9"), "line#9"),
    ],
)
def test_what_a_mapping_is_looked_up_by(given: OrderLine, found: str) -> None:
    assert reference(given) == found


def test_the_platforms_ids_go_before_the_sku() -> None:
    given = line(product="7", variant="8", sku="A")
    assert resolve((given,), Found({"7#8": "B"}, {"A", "B"}), {}) == ({"1": "B"}, {})
    assert resolve((given,), Found({}, {"A", "B"}), {}) == ({"1": "A"}, {})
    assert resolve((given,), Found({}, {"B"}), {}) == ({}, {"1": "7#8"})


def test_ids_then_exact_then_the_mapping_file_then_the_rules() -> None:
    given, rules = line(product="7", variant="8", sku="US-A"), Rules(strip_prefix="US-")
    known = {"A", "B", "C", "US-A"}
    assert resolve((given,), Found({"7#8": "C"}, known, {"US-A": "B"}, rules), {})[0] == {"1": "C"}
    assert resolve((given,), Found({}, known, {"US-A": "B"}, rules), {})[0] == {"1": "US-A"}
    assert resolve((given,), Found({}, known - {"US-A"}, {"US-A": "B"}, rules), {})[0] == {"1": "B"}
    assert resolve((given,), Found({}, known - {"US-A"}, {}, rules), {})[0] == {"1": "A"}
    assert resolve((given,), Found({}, {"B"}, {}, rules), {}) == ({}, {"1": "7#8"})


def test_what_only_a_rule_has_placed_stays_when_the_rule_goes() -> None:
    lines = (line("1", sku="US-A"), line("2", product="7", sku="US-A"), line("3", sku="A"), line("4", sku="US-Z"))
    found = Found({"7#": "C"}, {"A", "B", "C"}, {}, Rules(strip_prefix="US-"))
    skus, _ = resolve(lines, found, {})
    assert skus == {"1": "A", "2": "C", "3": "A"}
    kept = by_rule(lines, found, skus)
    assert kept == {"1": "A"}
    cleared = Found({"7#": "C"}, {"A", "B", "C"})
    assert resolve(lines, cleared, kept) == (skus, {"4": "sku#US-Z"})
    assert by_rule(lines, cleared, skus) == kept, "as often as the order changes"
    assert resolve(lines, Found({"7#": "C"}, {"A", "B", "C"}, {"US-A": "B"}), kept)[0]["1"] == "B", "a new word counts"


def test_a_line_is_looked_up_by_its_reference_and_its_sku() -> None:
    lines = (line("1", sku="A"), line("2", product="7", sku="A"), line("3", sku=" "), line("4", sku="A"))
    assert things(lines) == {("sku#A", "A"), ("7#", "A"), ("line#3", "")}


@pytest.mark.parametrize("sku", ["", " ", "a", " A", "A ", "MUG"])
def test_only_the_exact_sku_counts(sku: str) -> None:
    _, unmapped = resolve((line(sku=sku),), Found({}, {"A"}), {})
    assert unmapped.keys() == {"1"}


def test_lines_are_placed_one_by_one() -> None:
    skus, unmapped = resolve(
        (line("1", sku="A"), line("2", sku="X"), line("3", product="7")), Found({"7#": "B"}, {"A"}), {}
    )
    assert (skus, unmapped) == ({"1": "A", "3": "B"}, {"2": "sku#X"})


def test_a_sku_that_can_be_none_of_ours_is_not_looked_up() -> None:
    assert [written(line(sku=sku)) for sku in ("A", "", " ", "x" * (LONGEST_SKU + 1))] == ["A", "", "", ""]
