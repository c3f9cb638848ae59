"""Suggestions: what speaks for which SKU, in numbers and words; the same each time, and never above 100."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.shops.catalogue import PRODUCTS
from orderbridge.suggesting import Ours, Suggester, Suggestion, Thing, gtin, words

CATALOGUE = Suggester(
    Ours(one.sku, {f"{one.family} - {one.option}" if one.family else one.title, one.title_zh}, {one.barcode})
    for one in PRODUCTS
)
EAN = {one.sku: one.barcode for one in PRODUCTS}


def best(sku: str = "", name: str = "", options: tuple[str, ...] = (), barcode: str = "") -> Suggestion:
    return CATALOGUE.best(Thing(sku, name, options, barcode))[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Café-Becher, GRÜN!", ("cafe", "becher", "grun")),
        ("Steel bottle 0,5 l", ("steel", "bottle", "0.5", "l")),
        ("10ml x2", ("10", "ml", "x", "2")),
        ("ＭＵＧ 杯子", ("mug", "杯子")),
        ("粗陶马克杯", ("粗陶", "陶马", "马克", "克杯")),
        ("a a A", ("a",)),
        ("", ()),
    ],
)
def test_words_of_a_name(text: str, found: tuple[str, ...]) -> None:
    assert words(text) == found


def test_thai_has_no_spaces_and_keeps_its_vowels() -> None:
    glass, water_glass = words("แก้ว"), words("แก้วน้ำ")
    assert len(glass) == 3
    assert set(glass) < set(water_glass)


@pytest.mark.parametrize(
    ("barcode", "found"),
    [
        ("4006381333931", "04006381333931"),
        ("036000291452", "00036000291452"),
        ("0036000291452", "00036000291452"),
        ("978-3-16-148410-0", "09783161484100"),
        ("1234567", ""),
        ("00000000", ""),
        ("does not apply", ""),
        ("", ""),
    ],
)
def test_barcodes_are_compared_as_numbers(barcode: str, found: str) -> None:
    assert gtin(barcode) == found


def test_a_barcode_is_nearly_proof() -> None:
    found = best(name="Something else", barcode=EAN["HP-LAMP-01"])
    assert (found.sku, found.score, found.why) == ("HP-LAMP-01", 95, ("the same barcode",))


def test_a_name_alone_is_none() -> None:
    found = best(name="Tide clock")
    assert (found.sku, found.score, found.why) == ("HP-CLOCK-01", 70, ("100 % of the name: Tide clock",))
    assert best(name="潮汐钟").sku == "HP-CLOCK-01"


def test_all_evidence_adds_up() -> None:
    found = best("US-HP-CLOCK-01", "Tide clock", barcode=EAN["HP-CLOCK-01"])
    assert found.score == 100
    assert found.why == ("the same barcode", "written US-HP-CLOCK-01", "100 % of the name: Tide clock")


@pytest.mark.parametrize("written", ["HP-MUG-02", "hp mug 02", "HPMUG02", "US-HP-MUG-02", "HP-MUG-02-FBA", "HP-MUG-2"])
def test_how_it_is_written(written: str) -> None:
    assert best(written).sku == "HP-MUG-02"
    assert best(written).score >= 45


def test_other_digits_are_another_thing() -> None:
    assert CATALOGUE.best(Thing("HP-MUG-09", "")) == ()


def test_options_decide_between_variants() -> None:
    found = CATALOGUE.best(Thing("", "Canvas tote - navy", ("navy",)))
    assert found[0].sku == "HP-BAG-02"
    assert found[0].score > 2 * found[1].score
    assert found[1].why[-1] == "but not navy"
    litre = CATALOGUE.best(Thing("", "Steel bottle 1 l"))
    assert litre[0].sku == "HP-BOTTLE-02"
    assert litre[1].why[-1] == "but with other numbers"


def test_another_barcode_speaks_against_it() -> None:
    found = best(name="Tide clock", barcode=EAN["HP-PEN-01"])
    assert found.sku == "HP-PEN-01"
    clock = CATALOGUE.best(Thing("", "Tide clock", (), EAN["HP-PEN-01"]))[1]
    assert (clock.sku, clock.score, clock.why[-1]) == ("HP-CLOCK-01", 49, "but another barcode")


def test_three_at_most_and_nothing_where_nothing_speaks_for_it() -> None:
    assert len(CATALOGUE.best(Thing("", "Stoneware mug enamel candle notebook field"))) <= 3
    assert CATALOGUE.best(Thing("", "Zeppelin")) == ()
    assert CATALOGUE.best(Thing("", "")) == ()
    assert Suggester([]).best(Thing("A", "Mug")) == ()


texts = st.text(st.sampled_from("mug sea 0123 navy-杯子é"), max_size=12)
things = st.builds(Thing, texts, texts, st.lists(texts, max_size=2).map(tuple), texts)
many = st.lists(st.builds(Ours, texts, st.sets(texts, max_size=2), st.sets(texts, max_size=1)), max_size=6)


@given(things, many)
def test_scores_are_between_0_and_100_and_do_not_depend_on_an_order(thing: Thing, ours: list[Ours]) -> None:
    by_sku = {one.sku: one for one in ours}
    found = Suggester(by_sku.values()).best(thing)
    assert found == Suggester(reversed(by_sku.values())).best(thing)
    assert all(0 < one.score <= 100 and one.why and one.sku in by_sku for one in found)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
