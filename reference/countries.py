"""Write the names of all countries: `python -m reference.countries`.

Needs babel (requirements/dev.txt) and the two roots of `pyproject.toml` on the path; nothing of babel is shipped.

countries.json      code -> English name
country_names.json  folded name or alpha-3 code -> code, in the languages of `LANGUAGES`, with our `VARIANTS`
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from babel import Locale
from babel.core import get_global

from orderbridge.places.reference import fold

DATA = Path(__file__).parent.parent / "layers/orderbridge/python/orderbridge/data"

LANGUAGES = """ar bg bn bs ca cs cy da de de_AT de_CH el en en_GB es es_MX et eu fa fi fil fr ga gl gu he hi hr hu hy id
    is it ja ka kk km kn ko lo lt lv mk ml mn mr ms my ne nl no pa pl pt pt_PT ro ru si sk sl sq sr sr_Latn sv sw ta te
    th tr uk ur uz vi zh zh_Hant zh_Hant_HK""".split()

# CLDR has names also for what is no country of ISO 3166-1. XK, user-assigned, stays: shops use it for Kosovo.
NOT_ISO = {"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"}

# Spellings that shops, carriers and ISO use beside those of CLDR; written by us.
VARIANTS = {
    "AE": "UAE|U.A.E.|Emirates",
    "BA": "Bosnia",
    "BN": "Brunei Darussalam",
    "BO": "Bolivia, Plurinational State of|Plurinational State of Bolivia",
    "BS": "The Bahamas",
    "CD": "DR Congo|Democratic Republic of the Congo|Congo, Democratic Republic of the|"
    "Congo, The Democratic Republic of the",
    "CG": "Republic of the Congo|Congo Republic",
    "CI": "Ivory Coast",
    "CN": "PRC|P.R. China|People's Republic of China|Mainland China|China Mainland|中国大陆|中國大陸|中华人民共和国|"
    "中華人民共和國",
    "CV": "Cape Verde",
    "CZ": "Czech Republic|Czech Rep.",
    "DE": "Federal Republic of Germany|Bundesrepublik Deutschland",
    "ES": "Kingdom of Spain|Canary Islands|Islas Canarias",
    "FK": "Falkland Islands (Malvinas)",
    "FM": "Micronesia, Federated States of|Federated States of Micronesia",
    "GB": "UK|U.K.|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|United Kingdom of Great Britain and "
    "Northern Ireland|Großbritannien|Grande-Bretagne|Gran Bretaña|Gran Bretagna|Inglaterra|Angleterre|英國",
    "GM": "The Gambia",
    "HK": "Hong Kong|Hong Kong SAR|Hong Kong S.A.R.|香港|中国香港|中國香港|香港特别行政区|香港特別行政區",
    "ID": "Republic of Indonesia",
    "IE": "Republic of Ireland|Eire",
    "IN": "Republic of India|Bharat",
    "IR": "Iran, Islamic Republic of|Islamic Republic of Iran",
    "JP": "日本国",
    "KP": "Korea, Democratic People's Republic of|Korea (North)|DPRK",
    "KR": "Korea|Republic of Korea|Korea (South)|Korea Republic of|Korea, Republic of|한국|Corea|Corée|Coreia|"
    "南韓|南韩",
    "LA": "Lao PDR|Lao P.D.R.|Lao People's Democratic Republic",
    "MD": "Moldova, Republic of|Republic of Moldova",
    "MK": "Macedonia|Republic of North Macedonia|Macedonia, the former Yugoslav Republic of",
    "MM": "Burma",
    "MO": "Macau|Macao|Macau SAR|Macao SAR|澳门|澳門|中国澳门|中國澳門",
    "MX": "Méjico|Estados Unidos Mexicanos",
    "NL": "Holland|The Netherlands|Holanda|Olanda|Hollande",
    "PH": "The Philippines|Republic of the Philippines|Phillipines",
    "PS": "Palestine, State of|Palestinian Territory, Occupied|State of Palestine",
    "RU": "Russian Federation|Российская Федерация",
    "SA": "KSA|Kingdom of Saudi Arabia",
    "SG": "Republic of Singapore",
    "SY": "Syrian Arab Republic",
    "SZ": "Swaziland",
    "TH": "เมืองไทย|ประเทศไทย|Kingdom of Thailand",
    "TL": "East Timor",
    "TR": "Turkey|Türkiye|Republic of Türkiye",
    "TW": "Taiwan|台灣|台湾|臺灣|中華民國|Taiwan, Province of China|Taiwan R.O.C.|Republic of China|中国台湾",
    "TZ": "Tanzania, United Republic of|United Republic of Tanzania",
    "US": "USA|U.S.A.|US of A|United States of America|the United States|the United States of America|EE.UU.|EUA|"
    "Estados Unidos de América|États-Unis d'Amérique|Vereinigte Staaten von Amerika",
    "VA": "Holy See|Holy See (Vatican City State)",
    "VE": "Venezuela, Bolivarian Republic of|Bolivarian Republic of Venezuela",
    "VG": "Virgin Islands, British",
    "VI": "Virgin Islands, U.S.",
    "VN": "Viet Nam|Viêt Nam|Socialist Republic of Vietnam",
}


# Where CLDR's English name is none that a carrier would print.
ENGLISH = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "HK": "Hong Kong",
    "MM": "Myanmar",
    "MO": "Macao",
    "PS": "Palestine",
}


def english() -> dict[str, str]:
    names = {**Locale("en").territories, **ENGLISH}
    return {code: names[code] for code in sorted(names) if len(code) == 2 and code.isalpha() and code not in NOT_ISO}


def names() -> dict[str, str]:
    """Ours count before those of CLDR; a name that means two countries there means none here."""
    codes = english()
    found: dict[str, set[str]] = defaultdict(set)
    for language in LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in codes and fold(name):
                found[fold(name)].add(code)
    result = {name: next(iter(meant)) for name, meant in found.items() if len(meant) == 1}
    for alias, meant_by in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(meant_by) == 1 and meant_by[0] in codes:
            result[alias.lower()] = meant_by[0]
    result |= {fold(name): code for code, name in codes.items()}
    result |= {fold(name): code for code, ours in VARIANTS.items() for name in ours.split("|")}
    return dict(sorted(result.items()))


def write(name: str, content: Any) -> None:
    """One entry per line, so that a change of the data can be read in a diff."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), indent=0)
    (DATA / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    write("countries", english())
    write("country_names", names())
