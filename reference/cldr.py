"""Write the names of countries, currencies and languages: `python -m reference.cldr`.

From CLDR by way of babel (requirements/dev.txt), which is 34 MB and not shipped.

names.json   {"order": languages, "countries" | "currencies" | "languages": {code: one name each, in that order}}
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel import Locale

from orderbridge import money

DATA = Path(__file__).parent.parent / "layers/orderbridge/python/orderbridge/data"
LANGUAGES = "zh en ja de es fr pt".split()
_LOCALES = [Locale.parse(language) for language in LANGUAGES]
# CLDR has names also for groups of countries and for places that ISO 3166-1 only reserves.
_NO_COUNTRY = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


def _codes(names: Iterable[object]) -> list[str]:
    return sorted(str(code) for code in names)


def countries() -> dict[str, list[str]]:
    codes = [code for code in _codes(_LOCALES[0].territories) if len(code) == 2 and code not in _NO_COUNTRY]
    return {code: [str(locale.territories[code]) for locale in _LOCALES] for code in codes}


def currencies() -> dict[str, list[str]]:
    """Those that an order may be in."""
    codes = [code for code in _codes(_LOCALES[0].currencies) if money.exponent(code) is not None]
    return {code: [str(locale.currencies.get(code, code)) for locale in _LOCALES] for code in codes}


def languages() -> dict[str, list[str]]:
    """Those with a two-letter code, and the two ways to write Chinese."""
    codes = [code for code in _codes(_LOCALES[0].languages) if len(code) == 2 or code in ("zh_Hans", "zh_Hant")]
    return {code: [str(locale.languages.get(code, code)) for locale in _LOCALES] for code in codes}


def build() -> dict[str, Any]:
    return {"order": LANGUAGES, "countries": countries(), "currencies": currencies(), "languages": languages()}


def main() -> None:
    text = json.dumps(build(), ensure_ascii=False, separators=(",", ":"))
    (DATA / "names.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
