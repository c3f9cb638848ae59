"""Addresses that are written from large to small without commas: China, Taiwan, Japan, Korea.

Only what follows a region's full name is read: 广东省深圳市南山区…, 東京都渋谷区…, 台北市大安區…, 경기도 성남시 ….
"""

import re
from functools import lru_cache

from orderbridge.places.fields import Fields
from orderbridge.places.reference import read

_NATION = {
    "CN": re.compile(r"(?:中国|中國|中华人民共和国)[\s,，]*"),
    "JP": re.compile(r"日本国?[\s、,，]*"),
    "KR": re.compile(r"(?:대한민국|한국)[\s,]*"),
    "TW": re.compile(r"(?:台灣|台湾|臺灣|中華民國)[\s,，]*"),
}
_POSTCODE = {
    "CN": re.compile(r"(\d{6})(?!\d)[\s,，]*"),
    "JP": re.compile(r"〒?\s*(\d{3}[-‐-―−ー－]?\d{4})(?!\d)[\s、,，]*"),
    "KR": re.compile(r"[(\[]?(\d{5})(?!\d)[)\]]?[\s,]*"),
    "TW": re.compile(r"(\d{3}(?:\d{2,3})?)(?!\d)[\s,，]*"),
}
_NAME = r"[^\s\d*＊,，、]"
# Towns whose names hold the word for town, district or county themselves.
_JAPANESE = "四日市市|廿日市市|野々市市|大和郡山市|郡山市|蒲郡市|小郡市|郡上市"
# City, then district. Japan's designated cities keep their ward; a county (郡) keeps its town.
_TOWNS = {
    "CN": re.compile(rf"({_NAME}{{1,9}}?(?:自治州|地区|市|盟))?\s*({_NAME}{{1,9}}?(?:自治县|新区|区|县|旗|市))?"),
    "JP": re.compile(
        rf"({_JAPANESE}|{_NAME}{{1,6}}?郡{_NAME}{{1,6}}?[町村]|{_NAME}{{1,6}}?市{_NAME}{{1,4}}?区|{_NAME}{{1,7}}?[市区])()"
    ),
    "KR": re.compile(rf"({_NAME}{{1,6}}[시군구])\s+(?:({_NAME}{{1,6}}[구군읍면])\s+)?"),
    "TW": re.compile(rf"({_NAME}{{1,4}}?[區区鄉乡鎮镇市])()"),
}
COUNTRIES = frozenset(_TOWNS)


def take(fields: Fields) -> None:
    """Move the postcode, region, city and district that the first line begins with into their fields."""
    if not fields.lines:
        return
    line = fields.lines[0]
    country = fields.country or ("" if "country" in fields.said else _nation(line))
    if country not in COUNTRIES:
        return
    rest = _after(_NATION[country], line)
    postcode = _POSTCODE[country].match(rest)
    rest = rest[postcode.end() :] if postcode else rest
    name = _leading_region(country, rest)
    if not name and not line.startswith("〒"):
        return
    fields.country = country
    if postcode and not fields.is_postcode(postcode[1], certain=True):
        return
    if name and not (fields.repeats(name) or fields.is_region(name)):
        return
    rest = rest[len(name) :].lstrip(" 　,，、")
    if rest and name:
        rest = _towns(fields, rest)
    if rest or len(fields.lines) > 1:
        fields.lines[:1] = [rest] if rest else []


def _nation(line: str) -> str:
    """The country that the line begins with, where the platform gave none."""
    return next((country for country, name in _NATION.items() if name.match(line)), "")


def _after(pattern: re.Pattern[str], text: str) -> str:
    """Without a leading name of the nation; unless a region follows nothing is taken, for it may be a street's."""
    found = pattern.match(text)
    return text[found.end() :] if found else text


@lru_cache(maxsize=8)
def _names(country: str) -> tuple[str, ...]:
    """Full names of its regions, the longest first, so that none hides a longer one."""
    rows = read("places")[country]["regions"]
    names = {name for row in rows for name in [row[1], row[2], *"|".join(row[3:4]).split("|")]}
    return tuple(sorted((name for name in names if len(name) > 1 and not name.isascii()), key=len, reverse=True))


def _leading_region(country: str, text: str) -> str:
    """The region's name that the text begins with, as it stands there; in Korea it is a word of its own."""
    plain = text[:20].replace("臺", "台")
    for name in _names(country):
        if plain.startswith(name) and (country != "KR" or plain[len(name) : len(name) + 1].isspace()):
            return text[: len(name)]
    return ""


def _towns(fields: Fields, text: str) -> str:
    """Take city and district; whatever the platform gave must be what stands here."""
    found = _TOWNS[fields.country].match(text)
    city, district = (found[1] or "", found[2] or "") if found else ("", "")
    if fields.country == "CN" and fields.region and city == fields.region.name:  # 北京市北京市朝阳区
        text = text[len(city) :].lstrip()
        city = ""
    for name, value in (("city", city), ("district", district)):
        if not value or not text.startswith(value) or len(text) == len(value):
            continue
        if getattr(fields, name) not in ("", value) or (name in fields.said and not getattr(fields, name)):
            break
        setattr(fields, name, value)
        text = text[len(value) :].lstrip()
    return text
