"""What a text is before and after it was translated, and who can translate. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Literal, Protocol

from orderbridge.model import Canonical

Target = Literal["en", "zh"]
By = Literal["same", "dictionary", "partial", "amazon", "none"]

# What changes how a text looks, or hides in it, and says nothing: controls, marks that turn the direction of reading
# (an order's note must not rearrange an operator's screen, https://trojansource.codes, 2021), zero-width spaces,
# halves of surrogate pairs. The joiners U+200C and U+200D stay: emoji and several scripts are written with them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\x85")


class Text(Canonical):
    """One text of an order.

    original    as it came, untouched
    language    ISO 639-1 of the original, "" where it cannot be told
    translated  cleaned, and in the target language as far as `by` says
    by          same        it is in the target language, or holds nothing that has a language (codes, numbers, links)
                dictionary  everything that has a language was found in the dictionary
                partial     some words are left as they were, or it is prose, put together word by word
                amazon      by Amazon Translate
                none        not translated
    """

    original: str
    language: str
    translated: str
    by: By


class Translator(Protocol):
    def translate(self, texts: Sequence[str], target: Target, *, private: bool = True) -> list[Text]:
        """One Text for each, in their order. Never raises for what a text holds, nor when a service is down.

        private  a buyer may have written them: nobody keeps them longer than 30 days
        """
        ...


def cleaned(text: str) -> str:
    """Composed (NFC), without hidden characters, lines ended by newlines, no blanks around it."""
    if text.isascii() and text.isprintable():
        return text.strip()
    lines = _LINE_ENDS.sub("\n", text)
    return unicodedata.normalize("NFC", _HIDDEN.sub("", lines)).strip()
