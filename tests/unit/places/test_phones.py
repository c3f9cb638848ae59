"""Phones become E.164 with the address's country as a hint; hidden and borrowed numbers are nobody's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.places import phones


@pytest.mark.parametrize(
    ("raw", "country", "e164"),
    [
        ("+44 20 7946 0958", "", "+442079460958"),
        ("0044 20 7946 0958", "DE", "+442079460958"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+49 (0)171 1234567", "FR", "+491711234567"),
        ("0171/1234567", "DE", "+491711234567"),
        ("491711234567", "DE", "+491711234567"),  # lost its +
        ("8613812345678", "DE", "+8613812345678"),
        ("(+86)13812345678", "ID", "+8613812345678"),
        ("０９０－１２３４－５６７８", "JP", "+819012345678"),
        ("٠٥٠١٢٣٤٥٦٧", "AE", "+971501234567"),
        ("66812345678", "TH", "+66812345678"),
        ("081-234-5678", "TH", "+66812345678"),
        ("(11) 98765-4321", "BR", "+5511987654321"),
        ("+52 1 55 1234 5678", "MX", "+525512345678"),
        ("0901234567", "VN", "+84901234567"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("415-555-2671 ext. 12", "US", "+14155552671"),
        ("4155552671 / 4155552672", "US", "+14155552671"),
        ("13812345678", "CN", "+8613812345678"),
        ("010-1234-5678", "KR", "+821012345678"),
    ],
)
def test_a_number_is_read_with_its_country(raw: str, country: str, e164: str) -> None:
    assert phones.understand(raw, country) == phones.Phone(raw=raw, e164=e164)


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ("****", "TH"),
        ("******64", "VN"),
        ("66********69", "TH"),
        ("(+1)213-***-1234", "US"),
        ("(+60)113*****36", "MY"),
        ("0502-***-6501", "KR"),
        ("XXXXXXX", "CL"),
        ("+49 xxx 1234567", "DE"),
        ("+1 480-386-0930 ext. 73824", "US"),  # Amazon's
        ("13812345678-1234", "CN"),  # WeChat's, Taobao's
        ("+86 138 1234 5678转1234", "CN"),
        ("0502-1234-5678", "KR"),  # Coupang's
        ("+82 502 1234 5678", ""),
    ],
)
def test_a_number_that_is_hidden_or_the_platforms_own_is_masked(raw: str, country: str) -> None:
    phone = phones.understand(raw, country)
    assert (phone.masked, phone.e164, phone.raw) == (True, "", raw)
    assert phone.problem


@pytest.mark.parametrize(
    ("raw", "country"),
    [
        ("060", "DE"),
        ("1111", "US"),
        ("555-625-1199", "US"),  # no such area
        ("0171 1234567", ""),  # of which country?
        ("call me", "US"),
        ("+", "US"),
        ("0" * 14, "DE"),
        ("1" * 100_000, "US"),
    ],
)
def test_what_is_no_number_has_a_problem_and_no_e164(raw: str, country: str) -> None:
    phone = phones.understand(raw, country)
    assert (phone.masked, phone.e164, phone.raw) == (False, "", raw)
    assert phone.problem


def test_no_phone_is_no_problem() -> None:
    assert phones.understand(" ", "DE") == phones.Phone(raw=" ")


@given(
    st.text(max_size=200) | st.text("0123456789+-() x*#/.", max_size=80), st.sampled_from(["", "US", "CN", "XX", "ZZ"])
)
def test_nothing_raises_and_what_was_written_is_kept(raw: str, country: str) -> None:
    phone = phones.understand(raw, country)
    assert phone.raw == raw
    assert not (phone.e164 and (phone.problem or phone.masked))
    assert not phone.e164 or phones.understand(phone.e164, "").e164 == phone.e164
