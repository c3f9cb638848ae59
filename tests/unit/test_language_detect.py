"""Which language a short text of a shop is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.language.detect import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("红色 / 大号", "zh"),
        ("紅色長袖", "zh"),
        ("赤いシャツ", "ja"),
        ("送料無料", "ja"),
        ("円高還元", "ja"),
        ("빨간 셔츠", "ko"),
        ("เสื้อสีแดง", "th"),
        ("Красная рубашка", "ru"),
        ("Червона сорочка її", "uk"),
        ("قميص أحمر", "ar"),
        ("חולצה אדומה", "he"),
        ("κόκκινο", "el"),
        ("Rot / M", "de"),
        ("Bitte klingeln", "de"),
        ("Lederhandtasche", "de"),
        ("Camiseta roja", "es"),
        ("¿Puede envolver?", "es"),
        ("Chemise bleue", "fr"),
        ("Não tocar a campainha", "pt"),
        ("Leave at the door", "en"),
        ("Maglietta rossa da uomo con il cappuccio", "it"),
        ("Áo sơ mi màu đỏ", "vi"),
        ("Proszę zostawić przed drzwiami", "pl"),
        ("HP-MUG-01", ""),
        ("😊 42", ""),
        ("Xyzzq", ""),
        ("", ""),
    ],
)
def test_language_of(text: str, language: str) -> None:
    assert language_of(text) == language


def test_where_several_are_as_likely_the_preferred_one_is_taken() -> None:
    assert (language_of("Material"), language_of("Material", "de"), language_of("Rot", "en")) == ("en", "de", "de")


@given(st.text(st.characters(), max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    assert language_of(text).isalpha() or language_of(text) == ""
