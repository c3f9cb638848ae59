"""The demo's texts: in two languages, all of them used, and chosen as the user's environment says."""

import re

import pytest

from local.demo.words import CHINESE, ENGLISH, TEXTS, Words, language
from local.template import ROOT

SOURCES = "".join(path.read_text() for path in [ROOT / "local/run.py", *ROOT.glob("local/demo/*.py")])


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_says_the_same_in_both_languages_and_is_used(key: str) -> None:
    english, chinese = (sorted(re.findall(r"{(\w+)", text)) for text in TEXTS[key])
    assert english == chinese
    assert len(re.findall(rf"[\"']{key}[\"']", SOURCES)) > 1, "only words.py names it"


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, ENGLISH),
        ({"LANG": "C.UTF-8"}, ENGLISH),
        ({"LANG": "zh"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8"}, CHINESE),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, ENGLISH),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "", "LC_MESSAGES": "zh_TW.UTF-8"}, CHINESE),
    ],
)
def test_the_language_is_the_users(env: dict[str, str], expected: int) -> None:
    assert language(env) == expected


def test_the_bridges_own_words_are_translated_where_they_are_known() -> None:
    assert Words(CHINESE).bridge("no SKU is mapped for line 12") == "行 12 没有对应的 SKU"
    assert Words(CHINESE).bridge("something new") == "something new"
    assert Words(ENGLISH).bridge("a test order") == "a test order"
