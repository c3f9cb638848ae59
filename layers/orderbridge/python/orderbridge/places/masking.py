"""What platforms hide: recognised as hidden, never taken for data.

Seen in documents of Shopee ("P******n", "******64", "****"), Lazada ("D**** ", "4***0"), TikTok Shop ("A*** F***i",
"(+60)113*****36", "32***"), Coupang ("이*주", "0502-***-6501"), WeChat shops ("林**") and in redacted samples ("XXXX").
"""

import re

_STARS = "*＊∗✱●○◯•"
# A name has no star in it at all; a street may ("*** ring twice ***"): there the stars must touch what they hide.
_IN_NAME = re.compile(f"[{_STARS}]")
_IN_TEXT = re.compile(rf"\w[{_STARS}]{{2,}}|[{_STARS}]{{2,}}\w|\w[{_STARS}]+\w")
_ONLY = re.compile(rf"[\s{_STARS}\-.]*[{_STARS}][\s{_STARS}\-.]*|[Xx]{{3,}}")
_IN_PHONE = re.compile(rf"[{_STARS}]|(?<![A-Za-z])[Xx]{{2,}}(?![A-Za-z])")


def name(text: str) -> bool:
    """Whether (a part of) a person's name, an id or an e-mail address is hidden."""
    return bool(_IN_NAME.search(text) or _ONLY.fullmatch(text.strip()))


def words(text: str) -> bool:
    """Whether (a part of) a line, a place or a postcode is hidden."""
    return bool(_ONLY.fullmatch(text.strip()) or _IN_TEXT.search(text))


def phone(text: str) -> bool:
    return bool(_IN_PHONE.search(text))
