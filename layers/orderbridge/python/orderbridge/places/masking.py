"""What platforms hide: recognised as hidden, never taken for data.

Seen in documents of Shopee ("P******n", "******64", "****"), Lazada ("D**** ", "4***0"), TikTok Shop ("A*** F***i",
"(+60)113*****36", "32***"), Coupang ("이*주", "0502-***-6501"), WeChat shops ("林**") and in redacted samples ("XXXX").
"""

import re

_STARS = "*＊∗✱●○◯•"
# A name has no star in it at all. In a line one star between words is a sign like others.
_IN_NAME = re.compile(f"[{_STARS}]")
_IN_TEXT = re.compile(rf"[{_STARS}]{{2,}}|\w[{_STARS}]\w")
_ONLY = re.compile(rf"[\s{_STARS}\-.]*[{_STARS}][\s{_STARS}\-.]*|[Xx]{{3,}}")
_ORNAMENT = re.compile(rf"([{_STARS}]+)[^{_STARS}]+\1")  # "*** ring twice ***"
_IN_PHONE = re.compile(rf"[{_STARS}]|(?<![A-Za-z])[Xx]{{2,}}(?![A-Za-z])")


def entirely(text: str) -> bool:
    """Whether nothing of it is left to read."""
    return bool(_ONLY.fullmatch(text.strip()))


def name(text: str) -> bool:
    """Whether (a part of) a person's name, an id or an e-mail address is hidden."""
    return bool(_IN_NAME.search(text)) or entirely(text)


def words(text: str) -> bool:
    """Whether (a part of) a line, a place or a postcode is hidden."""
    return entirely(text) or bool(_IN_TEXT.search(text) and not _ORNAMENT.fullmatch(text.strip()))


def phone(text: str) -> bool:
    return bool(_IN_PHONE.search(text))
