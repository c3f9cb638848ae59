"""Which language a text of an order is in. Pure.

Such texts are short ("Rot / M", "bitte klingeln"), so letters come first, then words: those of our dictionary, and the
small words that sentences are held together by. A library would be asked for what it cannot know, see
docs/decisions.md.
"""

import re
from collections import Counter
from functools import cache, lru_cache

from orderbridge.language.dictionary import LATIN, dictionary
from orderbridge.language.pieces import HAN, KANA, folded, pieces

# Scripts that (nearly) tell the language; of several the one with the most letters counts.
_SCRIPTS = {
    "ja": KANA,
    "ko": "\u1100-\u11ff\u3130-\u318f\uac00-\ud7af",
    "th": "\u0e01-\u0e5b",
    "ru": "\u0400-\u04ff",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "ar": "\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefe",
    "he": "\u0590-\u05ff",
    "hi": "\u0900-\u097f",
    "bn": "\u0980-\u09ff",
    "ta": "\u0b80-\u0bff",
    "ka": "\u10a0-\u10ff",
    "hy": "\u0530-\u058f",
    "km": "\u1780-\u17ff",
    "lo": "\u0e80-\u0eff",
    "my": "\u1000-\u109f",
}
NOT_LATIN = frozenset((*_SCRIPTS, "zh", "uk"))
_FOREIGN = re.compile("|".join(f"(?P<{language}>[{letters}])" for language, letters in _SCRIPTS.items()))
_FIRST_FOREIGN = "\u0370"  # the letters before it are Latin
_HAN = re.compile(f"[{HAN}]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
# Forms that only Japan writes (shinjitai and its own characters), frequent in shops.
_ONLY_JAPANESE = re.compile(
    "[円込売発経駅気塩渋様枠畑働峠込栃浜広図実対応済単価値戻渡黒検査届価専別売歳毎営択択収団囲県辺払仮両変転軽]"
)
_AS_IN_CHINESE = set("別価値渡届両営収")  # also traditional or simplified Chinese: prove nothing by themselves

# What tells Latin languages apart: letters that few of them have, and the small words of those that have no dictionary
# here, so that they are not taken for a neighbour.
_LETTERS = {
    "de": "ßäöü",
    "es": "ñ¿¡",
    "fr": "œèêëîïûùç",
    "pt": "ãõç",
    "vi": "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    "pl": "ąćęłńśźż",
    "tr": "ğışİ",
    "cs": "ěřůčžš",
    "hu": "őű",
    "ro": "țșă",
    "sv": "å",
    "da": "øæ",
}
_LETTER_SETS = {language: frozenset(letters) for language, letters in _LETTERS.items()}
_SMALL = {
    "en": "the a an of and for with to in on is are this that you your my please it we i not do at by from as or if",
    "de": """der die das den dem des ein eine einen einem einer und oder mit für zu zum zur im in am an auf aus bei
        bitte nicht ich sie wir ist sind es von vom vor nach danke""",
    "es": """el la los las un una unos unas de del y o con para en por es son no que su mi me se lo al favor gracias
        más este esta""",
    "fr": """le la les un une des du de et ou avec pour en dans par est sont ne pas que mon ma mes je vous merci au aux
        sur ce cette s'il""",
    "pt": """o a os as um uma uns umas de do da dos das e ou com para em no na nos nas por é são não que meu minha favor
        obrigado obrigada ao à""",
    "it": """il lo la gli le un uno una di del della dei e o con per in nel nella da è sono non che mio mia grazie prego
        davanti alla al si""",
    "nl": "de het een en of met voor in op van bij is zijn niet ik u wij graag alstublieft bedankt deur aan naar te",
    "pl": "i w na do z ze się nie jest proszę przed po dla od czy lub dziękuję",
    "tr": "ve bir bu için ile lütfen de da var yok teşekkürler kapıya",
    "id": "dan di yang untuk dengan ini itu tolong tidak saya ke dari warna ukuran terima kasih mohon",
    "vi": "và của cho với không là tôi này xin vui lòng giao hàng màu áo đỏ",
    "sv": "och att det som en ett är på av för med inte jag till vid tack utanför dörren",
    "da": "og i det at en et er på af for med ikke jeg til tak ved døren",
    "cs": "a v na se je že do s z za prosím děkuji pro před",
    "hu": "a az és egy nem is kérem köszönöm",
    "ro": "și în la de cu pe nu este vă rog mulțumesc",
}
_ENOUGH = 0.15  # evidence below which nothing is said


@lru_cache(maxsize=2048)
def language_of(text: str, prefer: str = "") -> str:
    """ISO 639-1 of a text, "" where nothing tells.

    prefer  a language to be taken where several are as likely
    """
    if max(text, default="") < _FIRST_FOREIGN:
        return _of_words([folded(piece) for piece in pieces(text)[0] if piece.kind == "word"], prefer)
    foreign = Counter(str(match.lastgroup) for match in _FOREIGN.finditer(text))
    han = len(_HAN.findall(text))
    found, _ = pieces(text)
    words = [folded(piece) for piece in found if piece.kind == "word"]
    if foreign and max(foreign.values()) + han >= len(words):
        return _of_script(text, foreign.most_common(1)[0][0])
    if han and han >= len(words):
        return _of_han(text, prefer)
    return _of_words(words, prefer)


def _of_script(text: str, language: str) -> str:
    if language == "ru" and _UKRAINIAN.search(text):
        return "uk"
    return language


def _of_han(text: str, prefer: str) -> str:
    """Chinese, unless a form is written in Japan only or the dictionaries know it as Japanese alone."""
    if prefer == "ja" or set(_ONLY_JAPANESE.findall(text)) - _AS_IN_CHINESE:
        return "ja"
    chinese, japanese = dictionary("zh"), dictionary("ja")
    return "ja" if chinese and japanese and text in japanese and text not in chinese else "zh"


def _of_words(words: list[str], prefer: str) -> str:
    scores: dict[str, float] = {}
    told = _told()
    for word in words:
        for language, weight in told.get(word) or _by_endings(word):
            scores[language] = scores.get(language, 0) + weight
        for language, letters in _LETTER_SETS.items():
            if not word.isascii() and not letters.isdisjoint(word):
                scores[language] = scores.get(language, 0) + 1
    if not scores or (best := max(scores.values())) < _ENOUGH:
        return ""
    likely = [language for language, score in scores.items() if score > best - 0.01]
    return next((language for language in (prefer, *LATIN) if language in likely), likely[0])


def _by_endings(word: str) -> list[tuple[str, float]]:
    """A form of a word that a dictionary has another form of, or a German compound."""
    known = [language for language in LATIN if (words := dictionary(language)) and words.knows_form(word)]
    return [(language, 0.8 / len(known)) for language in known]


@cache
def _told() -> dict[str, list[tuple[str, float]]]:
    """Word -> the languages that have it, each with its weight: less, the more languages share the word."""
    languages: dict[str, set[str]] = {}
    for language in LATIN:
        words = dictionary(language)
        for word in words.words() if words else ():
            languages.setdefault(word, set()).add(language)
    for language, small in _SMALL.items():
        for word in small.split():
            languages.setdefault(word, set()).add(language)
    return {word: [(language, 1 / len(found)) for language in sorted(found)] for word, found in languages.items()}
