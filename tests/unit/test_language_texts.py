"""Texts are cleaned of what hides in them, and cut into what has a language and what must pass."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.language.names import country, currency, language, latin
from orderbridge.language.pieces import parts, pieces, protected
from orderbridge.language.texts import cleaned

anything = st.text(st.characters(), max_size=200)  # also controls, marks of direction and halves of surrogate pairs


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("  Red / M ", "Red / M"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u200fשלום\u200e \u2066x\u2069", "שלום x"),
        ("a\x00b\x1b[31mc\x7f", "ab[31mc"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffbom", "softhyphen zerowidth bom"),
        ("Cafe\u0301", "Café"),
        ("tab\tstays", "tab\tstays"),
        ("👩\u200d👩\u200d👧 می\u200cخواهم", "👩\u200d👩\u200d👧 می\u200cخواهم"),
        ("half \ud83d pair", "half  pair"),
        ("", ""),
    ],
)
def test_cleaned(given: str, clean: str) -> None:
    assert cleaned(given) == clean


@given(anything)
def test_cleaned_text_stays_as_it_is_and_holds_nothing_hidden(text: str) -> None:
    clean = cleaned(text)
    assert cleaned(clean) == clean
    assert {unicodedata.category(c) for c in clean if c not in "\n\t"} & {"Cc", "Cs", "Zl", "Zp"} == set()
    assert not set(clean) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200e\u200f\u061c")
    clean.encode()


@given(anything)
def test_nothing_is_lost_between_the_pieces(text: str) -> None:
    found, tail = pieces(text)
    assert "".join(piece.gap + piece.text for piece in found) + tail == text
    assert "".join(parts(text)) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("see https://a.example/rot?x=1 now", ["https://a.example/rot?x=1"]),
        ("mail anna@example.com", ["anna@example.com"]),
        ("HP-MUG-01 and #1001-R1", ["HP-MUG-01", "#1001-R1"]),
        ("500ml, 60 x 90 cm, 42-44, 3/4", ["500ml", "60 x 90 cm", "42-44", "3/4"]),
        ("XL M 3XL iPhone15", ["XL", "M", "3XL", "iPhone15"]),
        ("😊 und 👩\u200d👧", ["😊", "👩\u200d👧"]),
        ("Rot, zwei Stück", []),
    ],
)
def test_what_passes_unharmed(text: str, kept: list[str]) -> None:
    assert [text[start:end] for start, end in protected(text)] == kept


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Jürgen Groß", "Jurgen Gross"),
        ("王小明", "WangXiaoMing"),
        ("Иван Петров", "Ivan Petrov"),
        ("สมชาย", "smchay"),
        (" Anna ", "Anna"),
        ("\u202eAnna", "Anna"),
    ],
)
def test_a_name_in_latin_letters(name: str, shown: str) -> None:
    assert latin(name) == shown


@given(anything)
def test_any_name_can_be_shown_in_latin_letters(name: str) -> None:
    assert latin(name).isascii()


def test_names_of_countries_currencies_and_languages() -> None:
    assert [country("DE", code) for code in ("zh", "en", "ja", "fr")] == ["德国", "Germany", "ドイツ", "Allemagne"]
    assert (currency("JPY", "zh"), language("pt", "en"), country("XX", "en")) == ("日元", "Portuguese", "XX")
