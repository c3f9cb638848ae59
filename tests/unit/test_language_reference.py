"""The tables that are shipped are those that the scripts make, and the dictionary says what it should be asked for."""

import json
from collections import Counter

from orderbridge.language.dictionary import DATA, LATIN, dictionary
from reference import cldr, words

CASED = ("en", "de", "es", "fr", "pt")


def test_the_tables_are_what_the_scripts_make() -> None:
    assert json.loads((DATA / "words.json").read_text()) == words.build()
    assert json.loads((DATA / "names.json").read_text()) == cldr.build()


def test_the_dictionary_is_large_enough_and_has_every_language() -> None:
    kinds = Counter(kind for kind, _ in words.lines())
    assert sum(kinds.values()) - kinds["countries"] - kinds["origins"] >= 800
    assert kinds["colours"] >= 40
    assert kinds["materials"] >= 40
    assert set(kinds) == {*words.KINDS, "countries", "origins"}
    assert all(dictionary(language) for language in ("zh", "ja", *LATIN))
    assert dictionary("ko") is None


def test_every_cell_has_words_and_none_twice() -> None:
    for kind, cells in words.lines():
        for cell in cells:
            assert all(word == word.strip() and word for word in cell), (kind, cell)
            assert len(set(cell)) == len(cell), (kind, cell)


def test_numbers_are_said_in_every_language_or_in_none() -> None:
    for kind, cells in words.lines():
        assert len({cell[0].count("#") for cell in cells}) == 1, (kind, [cell[0] for cell in cells])
