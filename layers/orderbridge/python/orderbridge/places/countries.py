"""Countries: ISO 3166-1 alpha-2 from a code, an alpha-3 code or a name in any of some sixty languages."""

from orderbridge.places.reference import fold, read

_LONGEST = 80  # no name of a country is longer; what is longer is something else
_OTHER_CODES = {"UK": "GB"}  # reserved by ISO 3166-1 for the United Kingdom, and written by many


def known(code: str) -> bool:
    return code in read("countries")


def english(code: str) -> str:
    """The English name, "" for no country."""
    return str(read("countries").get(code, ""))


def country_of(text: str) -> str:
    """Alpha-2 of a country's code or name, "" where it is none, or one that means two countries ("Kongo")."""
    if len(text) > _LONGEST:
        return ""
    code = text.strip().upper()
    code = _OTHER_CODES.get(code, code)
    if len(code) == 2 and known(code):
        return code
    return str(read("country_names").get(fold(text), ""))
