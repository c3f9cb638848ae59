"""An address is understood into the same fields whoever the platform is, and nothing of it is lost."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orderbridge.model import Address
from orderbridge.places import countries, regions
from orderbridge.places.address import Place, understand
from orderbridge.places.reference import digits, fold


def _address(*lines: str, **fields: str) -> Address:
    return Address(lines=lines, **fields)


# One address as one line, as lines, and as districts; what it must become.
SPRINGFIELD = {"country": "US", "region": "US-IL", "city": "Springfield", "postcode": "62701", "lines": ("1 Main St",)}
SHIBUYA = {"country": "JP", "region": "JP-13", "city": "渋谷区", "postcode": "150-0001", "lines": ("神宮前1-2-3",)}
SHENZHEN = {"country": "CN", "region": "CN-GD", "city": "深圳市", "district": "南山区", "lines": ("科技园路1号",)}
KHLONG_TOEI = {
    "country": "TH",
    "region": "TH-10",
    "city": "เขตคลองเตย",
    "district": "แขวงคลองเตย",
    "postcode": "10110",
    "lines": ("99/1 ถ.สุขุมวิท",),
}
SAO_PAULO = {"country": "BR", "region": "BR-SP", "city": "São Paulo", "postcode": "01310-100", "lines": ("Rua A, 123",)}


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (_address("1 Main St, Springfield, IL 62701, USA"), SPRINGFIELD),
        (_address("1 Main St", "Springfield", "IL 62701", country="US"), SPRINGFIELD),
        (_address("1 Main St", city="Springfield", region_code="IL", postcode="62701", country="USA"), SPRINGFIELD),
        (
            _address(
                "1 Main St, Springfield, IL", city="Springfield", region="Illinois", postcode="62701", country="us"
            ),
            SPRINGFIELD,
        ),
        (_address("〒150-0001 東京都渋谷区神宮前1-2-3", country="JP"), SHIBUYA),
        (_address("日本、東京都渋谷区神宮前1-2-3 〒１５０－０００１"), SHIBUYA),
        (_address("神宮前1-2-3", city="渋谷区", region="Tokyo", postcode="1500001", country="Japan"), SHIBUYA),
        (_address("中国广东省深圳市南山区科技园路1号"), SHENZHEN),
        (_address("广东省深圳市南山区科技园路1号", country="China"), SHENZHEN),
        (_address("科技园路1号", region="廣東", city="深圳市", district="南山区", country="CN"), SHENZHEN),
        (
            _address("广东省深圳市南山区科技园路1号", region="广东省", city="深圳市", district="南山区", country="CN"),
            SHENZHEN,
        ),
        (_address("99/1 ถ.สุขุมวิท แขวงคลองเตย เขตคลองเตย กรุงเทพมหานคร 10110", country="Thailand"), KHLONG_TOEI),
        (_address("99/1 ถ.สุขุมวิท, แขวงคลองเตย, เขตคลองเตย, กรุงเทพฯ 10110, ประเทศไทย"), KHLONG_TOEI),
        (
            _address(
                "99/1 ถ.สุขุมวิท",
                district="แขวงคลองเตย",
                city="เขตคลองเตย",
                region="Bangkok",
                postcode="๑๐๑๑๐",
                country="TH",
            ),
            KHLONG_TOEI,
        ),
        (_address("Rua A, 123, São Paulo - SP, 01310-100, Brasil"), SAO_PAULO),
        (
            _address("Rua A, 123", city="São Paulo", region="São Paulo", region_code="BR-SP", postcode="01310100"),
            SAO_PAULO,
        ),
    ],
)
def test_one_address_in_many_shapes_lands_in_the_same_fields(address: Address, expected: dict[str, Any]) -> None:
    place = understand(address)
    assert {name: getattr(place, name) for name in expected} == expected
    assert (place.masked, place.notes) == ((), ())


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (
            _address("Hauptstr. 5, 10115 Berlin, Deutschland"),
            {"region": "DE-BE", "city": "Berlin", "postcode": "10115"},
        ),
        (_address("10 Downing St, London SW1A 2AA, UK"), {"country": "GB", "city": "London", "postcode": "SW1A 2AA"}),
        (_address("Via Roma 1, 00144 Roma RM, Italia"), {"region": "IT-RM", "city": "Roma", "postcode": "00144"}),
        (_address("12 King St, Sydney NSW 2000", country="AU"), {"region": "AU-NSW", "city": "Sydney"}),
        (
            _address("1 Changi Road, #01-11, Singapore 500001", country="SG"),
            {"postcode": "500001", "lines": ("1 Changi Road, #01-11",)},
        ),
        (
            _address("5 Lê Lợi, Phường Bến Nghé, Quận 1, TP. Hồ Chí Minh, Việt Nam"),
            {"country": "VN", "region": "VN-SG", "city": "Quận 1", "district": "Phường Bến Nghé"},
        ),
        (
            _address("Jl. Sudirman 1, Kec. Menteng, Kota Jakarta Pusat, DKI Jakarta 10310", country="ID"),
            {"region": "ID-JK", "city": "Kota Jakarta Pusat", "district": "Kec. Menteng", "postcode": "10310"},
        ),
        (_address("No 5, Jalan Ampang, 50450 Kuala Lumpur, Malaysia"), {"region": "MY-14", "city": "Kuala Lumpur"}),
        (
            _address("106台北市大安區信義路三段1號", country="TW"),
            {"region": "TW-TPE", "city": "大安區", "postcode": "106"},
        ),
        (
            _address("경기도 성남시 분당구 판교로 123, 13494", country="KR"),
            {"region": "KR-41", "city": "성남시", "district": "분당구", "postcode": "13494"},
        ),
        (_address("北京市北京市朝阳区建国路88号", country="CN"), {"region": "CN-BJ", "district": "朝阳区"}),
        (
            _address("四日市市諏訪町1-5", region="三重県", country="JP"),
            {"region": "JP-24", "lines": ("四日市市諏訪町1-5",)},
        ),
        (_address("三重県四日市市諏訪町1-5", country="JP"), {"region": "JP-24", "city": "四日市市"}),
        (
            _address("Malaysia, Perak, Lumut,BL*********", region="Perak", country="MY", postcode="32***"),
            {"region": "MY-08", "city": "Lumut", "lines": ("BL*********",), "masked": ("lines", "postcode")},
        ),
        (_address("Rama I Rd", city="Bangkok", postcode="10330", country="TH"), {"region": "TH-10", "city": "Bangkok"}),
        (_address("5 A St", city="Washington", postcode="20001", country="US"), {"region": "", "city": "Washington"}),
        (_address("5 A St", city="New York", postcode="10001", country="US"), {"region": "US-NY", "city": "New York"}),
        (
            _address("Nathan Rd 1", city="Mong Kok", region="Kowloon", country="HK"),
            {"region": "", "region_name": "Kowloon"},
        ),
        (_address("彌敦道1號", city="旺角", region="九龍", country="香港"), {"country": "HK", "region_name": "九龍"}),
        (_address("x", city="นนทบุรี", region="นนทบุรี/ Nonthaburi", country="Thailand"), {"region": "TH-12"}),
        (_address("x", region="DC", postcode="20001", country="US"), {"region_name": "District of Columbia"}),
    ],
)
def test_what_stands_in_the_lines_lands_in_its_field(address: Address, expected: dict[str, Any]) -> None:
    place = understand(address)
    assert {name: getattr(place, name) for name in expected} == expected


@pytest.mark.parametrize(
    "lines",
    [
        ("Av. Rivadavia 1234",),  # a house number that looks like a postcode
        ("Piso 2, Av. Rivadavia 1234",),
        ("99 Moo 10",),
        ("Singapore",),
        ("台灣大道二段1號",),  # a street
        ("*** ring twice, please ***",),
    ],
)
@pytest.mark.parametrize("country", ["AR", "TH", "TW", "DE", "SG"])
def test_what_is_not_certain_stays_in_the_lines(lines: tuple[str, ...], country: str) -> None:
    assert understand(Address(lines=lines, country=country)).lines == lines


@pytest.mark.parametrize(
    ("address", "notes"),
    [
        (_address("x", country="Narnia"), ("the country is not known",)),
        (_address("x"), ("the address names no country",)),
        (_address("x", region="Narnia", country="US"), ("the region is none that is known in US",)),
        (_address("x", region="Cavan", country="BO"), ()),  # of this country we know no regions
        (
            _address("x", region="Texas", region_code="CA", country="US"),
            ("the region's code says US-CA, its name US-TX",),
        ),
        (_address("x", postcode="1011", country="DE"), ("the postcode is none of DE",)),
        (_address("x", region="NY", postcode="94133", country="US"), ("the postcode does not lie in US-NY",)),
        (_address("****", country="****", region="****", postcode="****"), ()),  # hidden is not unknown
    ],
)
def test_what_cannot_be_resolved_is_noted_without_the_buyers_words(address: Address, notes: tuple[str, ...]) -> None:
    assert understand(address).notes == notes


def test_hidden_fields_are_named() -> None:
    address = _address(
        "Ấp******", name="P******n", phone="******64", city="Huyện Phước Long", region="Bạc Liêu", country="VN"
    )
    assert understand(address).masked == ("name", "lines", "phone")
    hidden = dict.fromkeys(("name", "district", "city", "region", "postcode", "country", "phone"), "****")
    place = understand(_address("****", **hidden))
    assert (place.city, place.region_name, place.postcode, place.lines) == ("", "", "", ("****",))
    assert place.masked == (
        "name", "lines", "district", "city", "region", "postcode", "country", "phone",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("address", "label", "latin"),
    [
        (
            _address("1830 Mason St", "Apt 4", name="Jane Roe", company="Roe Inc", city="San Francisco",
                     region="California", postcode="94133", country="US"),
            ("Jane Roe", "Roe Inc", "1830 Mason St", "Apt 4", "SAN FRANCISCO, CA 94133"),
            ("Jane Roe", "Roe Inc", "1830 Mason St", "Apt 4", "SAN FRANCISCO, CA 94133", "UNITED STATES"),
        ),
        (
            _address("神宮前1-2-3", name="山田太郎", city="渋谷区", region="東京都", postcode="1500001", country="JP"),
            ("〒150-0001", "東京都渋谷区", "神宮前1-2-3", "山田太郎"),
            ("ShanTianTaiLang", "ShenGongQian1-2-3", "SeGuQu, TOKYO", "150-0001", "JAPAN"),
        ),
        (
            _address("Hauptstr. 5", name="Jürgen Groß", city="Köln", region="NW", postcode="50667", country="DE"),
            ("Jürgen Groß", "Hauptstr. 5", "50667 Köln"),
            ("Jurgen Gross", "Hauptstr. 5", "50667 Koln", "GERMANY"),
        ),
        (
            _address("Orchard Rd 1", name="Tan", city="Singapore", postcode="238801", country="SG"),
            ("Tan", "Orchard Rd 1", "SINGAPORE 238801"),
            ("Tan", "Orchard Rd 1", "SINGAPORE 238801", "SINGAPORE"),
        ),
        (  # platforms write Chinese addresses in Latin letters, too
            _address("1 Keji Rd", name="Li Lei", city="Shenzhen", region="Guangdong", postcode="518000", country="CN"),
            ("Li Lei", "1 Keji Rd", "Shenzhen", "GUANGDONG, 518000"),
            ("Li Lei", "1 Keji Rd", "Shenzhen", "GUANGDONG, 518000", "CHINA"),
        ),
        (  # the country's format has no place for a district
            _address("High St 1", name="Bob", district="Soho", city="London", postcode="w1d1aa", country="GB"),
            ("Bob", "High St 1", "Soho", "LONDON", "W1D 1AA"),
            ("Bob", "High St 1", "Soho", "LONDON", "W1D 1AA", "UNITED KINGDOM"),
        ),
        (
            _address("Somewhere 5", name="Bob", country="Narnia"),
            ("Bob", "Somewhere 5", "Narnia"),
            ("Bob", "Somewhere 5", "NARNIA"),
        ),
        (
            _address("Rue 1", company="Firma SA", name="Anne", city="Paris", postcode="75001", country="FR"),
            ("Firma SA", "Anne", "Rue 1", "75001 PARIS"),
            ("Anne", "Firma SA", "Rue 1", "75001 PARIS", "FRANCE"),
        ),
    ],
)  # fmt: skip
def test_labels(address: Address, label: tuple[str, ...], latin: tuple[str, ...]) -> None:
    place = understand(address)
    assert (place.label, place.latin) == (label, latin)


def test_an_understood_address_is_understood_the_same_again() -> None:
    place = understand(_address("Hauptstr. 5, 10115 Berlin, Deutschland", name="Jane"))
    again = understand(
        Address(
            name=place.name, lines=place.lines, city=place.city, region_code=place.region, region=place.region_name,
            postcode=place.postcode, country=place.country,
        )
    )  # fmt: skip
    assert again == place


TOKENS = [
    "Thailand", "USA", "中国", "UK", "Deutschland", "กรุงเทพมหานคร", "Bangkok", "California", "CA", "NY",
    "東京都", "广东省", "62701", "10115", "150-0001", "SW1A 1AA", "〒150-0001", "Berlin", "München", "深圳市",
    "渋谷区", "10", "****", "J***n", "Springfield, IL 62701", "10115 Berlin", "São Paulo - SP",
    "แขวงคลองเตย เขตคลองเตย กรุงเทพฯ 10110", "Quận 1", "🏠", ",", " ", "东京", "서울특별시 강남구 테헤란로 1",
    "TH-10", "XX-9", "\u0000", "a\nb", "١٠", "ﬁ", "İ", "ß", "ญี่ปุ่น", "ー",
]  # fmt: skip
PIECES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(TOKENS),
    st.lists(st.sampled_from(TOKENS), max_size=5).map(", ".join),
    st.lists(st.sampled_from(TOKENS), max_size=4).map(" ".join),
    st.lists(st.sampled_from(TOKENS), max_size=4).map("".join),
)
COUNTRIES = st.one_of(
    PIECES, st.sampled_from(["", "US", "JP", "CN", "TH", "DE", "GB", "BR", "TW", "KR", "VN", "IN", "AR"])
)
ADDRESSES = st.builds(
    Address,
    name=PIECES,
    company=PIECES,
    lines=st.lists(PIECES, max_size=4).map(tuple),
    district=PIECES,
    city=PIECES,
    region=PIECES,
    region_code=PIECES,
    postcode=PIECES,
    country=COUNTRIES,
    phone=PIECES,
)


def _is_in(piece: str, place: Place) -> bool:
    """Whether the piece is found again: as it was, but for spelling, or as the country or region that it names."""
    shown = place.model_dump(
        include={"name", "company", "lines", "district", "city", "region_name", "postcode", "label"}
    )
    texts = [text for value in shown.values() for text in (value if isinstance(value, tuple) else (value,))]
    everything = fold(digits(" ".join(texts)).replace("ー", ""))  # which postcodes use as a dash
    if countries.country_of(piece) == place.country != "" or piece.strip() in "\n".join(texts):
        return True
    region = regions.resolve(place.country, piece)
    if region and region.code == place.region:
        return True
    names = [place.country, countries.english(place.country), place.region, *_tokens_that_mean(place)]
    understood = fold(digits(" ".join(names)))
    return all(
        (plain := fold(digits(word).replace("ー", ""))) in everything or plain in understood
        for word in re.findall(r"[^\W_]+", piece)
    )


def _tokens_that_mean(place: Place) -> list[str]:
    """Names of the place's country or region that stand in the lines and are in fields of their own afterwards."""
    words = [word for token in TOKENS for word in (token, *token.replace(",", " ").split())]
    return [
        word
        for word in words
        if countries.country_of(word) == place.country != ""
        or ((region := regions.resolve(place.country, word)) and region.code == place.region)
    ]


@settings(max_examples=400, deadline=None)
@given(ADDRESSES)
@example(Address(lines=("10115 Berlin",), city="Berlin", country="DE"))
@example(Address(lines=("中国",), region="广东省", country="CN"))
@example(Address(region_code="XX-9", region="California", country="US"))
@example(Address(country="Narnia", lines=(",", "🏠")))
@example(Address(lines=("〒150-0001",), country="JP"))
def test_nothing_raises_and_every_piece_is_found_again(address: Address) -> None:
    place = understand(address)
    pieces = [
        *address.lines,
        *(getattr(address, name) for name in Address.model_fields if name not in ("lines", "phone")),
    ]
    lost = [piece for piece in pieces if piece.strip(" \t\n*") and not _is_in(piece, place)]
    assert not lost
    assert Place.model_validate_json(place.model_dump_json()) == place


SENTENCES = re.compile(
    r"the country is not known|the address names no country|the region is none that is known in [A-Z]{2}|"
    r"the region's code says [A-Z]{2}-\w{1,3}, its name [A-Z]{2}-\w{1,3}|the postcode is none of [A-Z]{2}|"
    r"the postcode does not lie in [A-Z]{2}-\w{1,3}"
)


@given(ADDRESSES)
def test_notes_hold_nothing_that_a_buyer_wrote(address: Address) -> None:
    assert all(SENTENCES.fullmatch(note) for note in understand(address).notes)


def test_a_huge_address_is_read_in_no_time() -> None:
    lines = ("a, " * 5000, "*" * 10_000, "1 " * 5000, "東京都" * 3000, "- " * 5000)
    for country in ("US", "JP", "TH", "AR", "GB"):
        assert understand(Address(lines=lines, country=country, region="r" * 10_000, postcode="1" * 10_000)).lines
