"""What the dictionary makes of the texts of orders, and what it leaves as it is."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orderbridge.language.offline import LONGEST, Offline
from orderbridge.language.texts import Target

anything = st.text(st.characters(), max_size=200)


def said(text: str, target: Target, *names: str) -> tuple[str, str]:
    (made,) = Offline(names).translate([text], target)
    assert made.original == text
    return made.translated, made.by


@pytest.mark.parametrize(
    ("text", "english", "chinese"),
    [
        ("Rot / M", "Red / M", "红色 / M"),
        ("rote Socken", "red socks", "红色袜子"),
        ("Keramikbecher - Marineblau", "Ceramic mug - Navy", "陶瓷马克杯 - 藏青色"),
        ("Camiseta roja de algodón", "Red cotton T-shirt", "红色棉T恤"),
        ("tasse à café en céramique bleue", "blue ceramic coffee cup", "蓝色陶瓷咖啡杯"),
        ("Camisas pretas", "Black shirt", "黑色衬衫"),
        ("綿のシャツ", "Cotton shirt", "棉衬衫"),
        ("Tシャツ 3枚セット", "T-shirt set of 3", "T恤3件套"),
        ("綿100%、長袖のシャツ", "Cotton 100%, long sleeve shirt", "棉100%、长袖衬衫"),
        ("2er-Pack Socken", "pack of 2 socks", "2件装袜子"),
        ("Juego de 3 toallas", "Set of 3 towel", "3件套毛巾"),
        ("Envío estándar", "Standard shipping", "标准配送"),
        ("Envio padrao", "Standard shipping", "标准配送"),
        ("送料無料", "Free shipping", "免运费"),
        ("Bitte vor die Tür legen, danke! 😊", "Please leave at the door, thank you! 😊", "请放在门口，谢谢！ 😊"),
        ("Por favor, deixe na porta", "Please leave at the door", "请放在门口"),
        ("Hergestellt in Portugal", "Made in Portugal", "葡萄牙制造"),
    ],
)
def test_what_orders_are_made_of(text: str, english: str, chinese: str) -> None:
    assert said(text, "en") == (english, "dictionary")
    assert said(text, "zh") == (chinese, "dictionary")


@pytest.mark.parametrize(
    ("text", "translated", "by"),
    [
        ("紅色長袖襯衫，請放在門口", "红色长袖衬衫，请放在门口", "dictionary"),
        ("红色", "红色", "same"),
        ("customer", "客户", "dictionary"),
        ("HP-MUG-01 42", "HP-MUG-01 42", "same"),
        ("https://example.com/rot", "https://example.com/rot", "same"),
        ("👍", "👍", "same"),
        ("เสื้อ", "เสื้อ", "none"),
        ("Xyzzq Wrgl", "Xyzzq Wrgl", "none"),
        ("Xyzzq mug", "Xyzzq 马克杯", "partial"),
        (
            "Blue mug HP-MUG-01, 500ml, see https://a.example/blue",
            "蓝色马克杯 HP-MUG-01, 500ml, see https://a.example/blue",
            "partial",
        ),
    ],
)
def test_into_chinese(text: str, translated: str, by: str) -> None:
    assert said(text, "zh") == (translated, by)


def test_a_text_in_the_target_language_is_only_cleaned() -> None:
    assert said("  Leave at the door\u202e ", "en") == ("Leave at the door", "same")
    assert said("Mug - Blau", "en") == ("Mug - Blue", "dictionary")
    assert said("白色T恤", "en") == ("White T-shirt", "dictionary")
    assert said("Mug 杯子", "en") == ("Mug cup", "dictionary")


def test_a_few_known_words_of_a_sentence_are_not_translated() -> None:
    text = "Quiero cambiar la dirección porque me mudo manaña a Sevilla con mi hermana"
    assert said(text, "en") == (text, "none")


def test_the_merchants_names_are_never_translated() -> None:
    assert said("Red Bull Becher, red bull rot", "en", "Red Bull") == ("Red Bull Mug, red bull red", "dictionary")
    assert said("Green Tea Becher", "zh", "Green Tea", " ", "") == ("Green Tea 马克杯", "dictionary")
    assert said("Redbull", "zh", "Red") == ("Redbull", "none")


@given(anything)
@example("\ud800")
@example("\u202e" * 50)
@example("#" * 40)
@example("1.1.1.1.1.1.1.1.1-1-1/1:1 x 1 x")
@example("A-" * 99)
def test_the_original_is_kept_whatever_it_is(text: str) -> None:
    offline = Offline(["Red Bull"])
    for target in ("en", "zh"):
        (made,) = offline.translate([text], target)
        assert made.original == text
        assert made.by in ("same", "dictionary", "partial", "none")
        made.translated.encode()


@given(
    st.lists(
        st.sampled_from(["HP-MUG-01", "https://a.example/x", "a@b.example", "😊", "12.5", "#1001", "rot", "Becher"])
    )
)
def test_codes_numbers_links_and_emoji_pass_unharmed(words: list[str]) -> None:
    translated, _ = said(" ".join(words), "zh")
    for word in set(words) - {"rot", "Becher"}:
        assert translated.count(word) == words.count(word)


@pytest.mark.parametrize(
    "text", ["rot, ", "é", "ab1-", "请放在门口", "a@", "1 x ", "https://", "\u202e", "ＸＬ\n", "1.", "A-"]
)
def test_a_note_of_100_kb_takes_no_time(text: str) -> None:
    note = (text * 100_000)[:100_000]
    began = time.process_time()
    (made,) = Offline().translate([note], "en")
    assert time.process_time() - began < 2
    assert made.original == note
    if len(made.translated) > LONGEST:
        assert made.by in ("partial", "none", "same")
