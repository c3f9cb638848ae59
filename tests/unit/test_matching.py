"""A written SKU is one of ours, or waits for a person: never a guess, never one that we do not stock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.matching import candidates, fits, match, renamed
from orderbridge.model import LONGEST_SKU, Rules

US = Rules(strip_prefix="US-")
ANY_CASE = Rules(ignore_case=True)

texts = st.text(st.sampled_from("abAB01-_ ß\u00a0 #"), max_size=8)
skus = texts.filter(lambda sku: bool(sku.strip()))
affixes = st.text(st.sampled_from("aAuUsS-"), max_size=3)
rules_of_a_store = st.builds(
    Rules,
    strip_prefix=affixes,
    add_prefix=affixes,
    strip_suffix=affixes,
    add_suffix=affixes,
    ignore_case=st.booleans(),
)


@pytest.mark.parametrize(
    ("rules", "written", "becomes"),
    [
        (US, "US-HP-MUG-01", "HP-MUG-01"),
        (US, "HP-MUG-01", "HP-MUG-01"),
        (US, "us-HP-MUG-01", "us-HP-MUG-01"),
        (US, "US-", "US-"),
        (US, "US-US-A", "US-A"),
        (Rules(strip_prefix="US-", ignore_case=True), "us-A", "A"),
        (Rules(add_prefix="HP-"), "MUG-01", "HP-MUG-01"),
        (Rules(strip_prefix="US-", add_prefix="HP-"), "US-MUG", "HP-MUG"),
        (Rules(strip_prefix="US-", add_prefix="HP-"), "DE-MUG", "DE-MUG"),
        (Rules(strip_suffix="-EU"), "MUG-EU", "MUG"),
        (Rules(add_suffix="-01"), "MUG", "MUG-01"),
        (Rules(strip_suffix="-EU", add_suffix="-DE"), "MUG-EU", "MUG-DE"),
        (Rules(strip_prefix="US-", strip_suffix="-X"), "US-MUG-X", "MUG"),
        (Rules(strip_prefix="US-", strip_suffix="-X"), "MUG-X", "MUG"),
        (Rules(), "US-MUG", "US-MUG"),
    ],
)
def test_prefix_and_suffix(rules: Rules, written: str, becomes: str) -> None:
    assert renamed(written, rules) == becomes


@pytest.mark.parametrize(
    ("written", "rules", "known", "found"),
    [
        ("A", US, {"A"}, "A"),
        ("US-A", US, {"A"}, "A"),
        ("US-A", US, {"A", "US-A"}, "US-A"),
        ("US-A", Rules(), {"A"}, None),
        ("US-A", US, {"B"}, None),
        (" US-A ", US, {"A"}, "A"),
        (" A", US, {"A"}, "A"),
        (" A", Rules(), {"A"}, None),
        ("mug", ANY_CASE, {"MUG"}, "MUG"),
        ("MUG", ANY_CASE, {"mug"}, "mug"),
        ("Mug", ANY_CASE, {"mug", "MUG"}, None),
        ("mug", ANY_CASE, {"Mug"}, None),
        ("us-mug", Rules(strip_prefix="US-", ignore_case=True), {"MUG"}, "MUG"),
        ("us-mug", Rules(strip_prefix="US-", ignore_case=True), {"MUG", "US-MUG"}, None),
        ("a a", Rules(strip_prefix="a", strip_suffix="a"), {" "}, None),
    ],
)
def test_which_of_ours_it_is(written: str, rules: Rules, known: set[str], found: str | None) -> None:
    assert match(written, rules, known) == found


def test_the_mapping_file_goes_before_the_rules_and_never_to_an_unknown_sku() -> None:
    assert match("US-A", US, {"A", "B"}, {"US-A": "B"}) == "B"
    assert match(" US-A ", US, {"A", "B"}, {"US-A": "B"}) == "B"
    assert match("US-A", US, {"A"}, {"US-A": "B"}) is None, "a person has said B"
    assert match("A", US, {"A", "B"}, {"A": "B"}) == "A", "exact goes first"


def test_what_could_be_two_of_ours_is_named() -> None:
    assert fits("Mug", ANY_CASE, {"mug", "MUG", "X"}) == ("MUG", "mug")


@given(st.text(st.sampled_from(" \t\u00a0\u3000"), max_size=4), rules_of_a_store, st.sets(texts, max_size=4))
def test_blank_never_matches(blank: str, rules: Rules, known: set[str]) -> None:
    assert match(blank, rules, known | {blank, blank.strip()}, {"": "A", blank: "A"}) is None
    assert candidates(blank, rules) == ()


@given(texts, rules_of_a_store, st.sets(skus, max_size=6), st.dictionaries(skus, skus, max_size=4))
def test_only_skus_that_we_stock_and_only_what_was_looked_up(
    written: str, rules: Rules, known: set[str], named: dict[str, str]
) -> None:
    found = match(written, rules, known, named)
    asked = {written, *named.values(), *candidates(written, rules)}
    assert found is None or found in known & asked
    assert match(written, rules, known & asked, named) == found, "a table that was asked less finds the same"


@given(texts, rules_of_a_store, st.sets(skus, max_size=6), st.sets(skus, max_size=3))
def test_a_new_sku_of_ours_never_turns_a_match_into_another_guess(
    written: str, rules: Rules, known: set[str], more: set[str]
) -> None:
    if found := match(written, rules, known):
        assert match(written, rules, known | more) in (found, written, None)


@given(skus, rules_of_a_store)
def test_two_that_fit_are_none(written: str, rules: Rules) -> None:
    possible = candidates(written, rules)
    everything = set(possible) - {written}
    assert match(written, rules, everything) == (possible[0] if len(everything) == 1 else None)
    assert all(len(sku) <= LONGEST_SKU and sku.strip() and sku != written for sku in possible)


@given(skus, st.sets(skus, max_size=5))
def test_without_rules_only_the_exact_sku_counts(written: str, known: set[str]) -> None:
    assert match(written, Rules(), known) == (written if written in known else None)
