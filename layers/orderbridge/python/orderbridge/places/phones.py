"""Phones: E.164 from what a buyer or a platform wrote, with the country of the address as a hint."""

import re
from typing import TYPE_CHECKING

from orderbridge.model import Canonical
from orderbridge.places import masking
from orderbridge.places.reference import digits

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

_LONGEST = 64  # an E.164 number has 15 digits; the rest is room for separators, an extension, a second number
_EXTENSION = re.compile(r"(?:ext\.?|extension|x|转|轉|#|-)\s*(\d+)\s*$", re.IGNORECASE)
_TWO = re.compile(r"\s*[/;,]\s*")
_MEXICAN_MOBILE = re.compile(r"^(?:00)?521(?=\d{10}$)")  # the 1 is gone since 2019-08-03, people still write it
_NOT_A_DIGIT = re.compile(r"\D+")


class Phone(Canonical):
    """raw: as written, with its extension; e164: "" where there is none that can be relied on; masked: hidden or
    replaced by the platform, so it is no person's number; problem: why there is no e164, in plain words."""

    raw: str
    e164: str = ""
    masked: bool = False
    problem: str = ""


def understand(raw: str, country: str) -> Phone:
    """Never raises. `country` is alpha-2 or ""; a number with + or 00 and its country code needs none."""
    text = _first(digits(raw[: _LONGEST + 1]).strip())
    if not text:
        return Phone(raw=raw)
    if masking.phone(text):
        return Phone(raw=raw, masked=True, problem="the platform hides the number")
    if len(raw.strip()) > _LONGEST:
        return Phone(raw=raw, problem="this is too long for a phone number")
    if _is_relay(text, country):
        return Phone(raw=raw, masked=True, problem="the platform gives a number of its own instead of the buyer's")
    number = _parsed(text, country)
    if number is None:
        return Phone(raw=raw, problem="no valid phone number" + ("" if country else ", or its country is not known"))
    return Phone(raw=raw, e164=f"+{number.country_code}{_national(number)}")


def _first(text: str) -> str:
    """The first of two numbers in one field; a slash after fewer digits stands after an area code ("040/123456")."""
    first = _TWO.split(text, maxsplit=1)[0]
    return first if len(_NOT_A_DIGIT.sub("", first)) >= 7 else text


def _is_relay(text: str, country: str) -> bool:
    """Numbers that ring at the platform and end with the order.

    Amazon: a number with an extension of five digits (https://channelx.world/2019/05/amazon-customer-phone-number-
    anonymisation/ and the examples of SP-API, 2026-11). WeChat, and likewise Taobao and Douyin: mobile number, "-",
    four digits (https://developers.weixin.qq.com/doc/store/API/logistics/delivery_virtual_number_get_virtual.html,
    2026-11).
    Coupang: a "safe number" of Korea's range 050 (facts of the project, section 7).
    """
    extension = _EXTENSION.search(text)
    main = _NOT_A_DIGIT.sub("", text[: extension.start()] if extension else text)
    if extension and extension[0][0] != "-" and len(extension[1]) == 5 and len(main) >= 10:
        return True
    if extension and len(extension[1]) == 4 and re.fullmatch(r"(?:0{0,2}86)?1\d{10}", main):
        return True
    korean = re.sub(r"^(?:00)?82", "0", _NOT_A_DIGIT.sub("", text)) if country == "KR" or "+82" in text else ""
    return bool(re.fullmatch(r"0{1,2}50\d{8,9}", korean))


def _parsed(text: str, country: str) -> "PhoneNumber | None":
    """The readings in turn; the first that is a valid number counts.

    A number that lost its "+" may look like a valid national one where lengths differ as in Germany: from 12 digits on,
    or when it begins with the code of the address's country, it is read as international first. No national number has
    more than 11 digits there and leaves its leading 0 away.
    """
    bare = _MEXICAN_MOBILE.sub("52", _NOT_A_DIGIT.sub("", text))
    if text.startswith("00") and not text.startswith("000"):
        return _valid("+" + bare.removeprefix("00"), "") or _valid(text, country)
    if text.startswith(("+", "(+")):
        return _valid("+" + bare, "") or _valid(text, country)
    if bare.startswith("0") or not 11 <= len(bare) <= 15:
        return _valid(text, country)
    readings = [("+" + bare, ""), (text, country)]
    if len(bare) == 11 and not bare.startswith(_calling_code(country)):
        readings.reverse()
    return _valid(*readings[0]) or _valid(*readings[1])


def _calling_code(country: str) -> str:
    from phonenumbers import country_code_for_region

    return str(country_code_for_region(country))


def _valid(text: str, country: str) -> "PhoneNumber | None":
    from phonenumbers import NumberParseException, is_valid_number, parse  # 21 ms, only for orders that have phones

    try:
        number = parse(text, country or None)
    except NumberParseException:
        return None
    return number if is_valid_number(number) else None


def _national(number: "PhoneNumber") -> str:
    from phonenumbers import national_significant_number

    return national_significant_number(number)
