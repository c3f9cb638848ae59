"""Signature schemes; the published vectors of each scheme are checked by the conformance suite of the platforms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge import signatures

SCHEME = "hmac-sha256-base64"


@given(key=st.text(min_size=1).filter(lambda text: text.isprintable()), body=st.binary())
def test_what_is_signed_verifies_with_either_of_two_keys(key: str, body: bytes) -> None:
    given_signature = signatures.sign(SCHEME, key, body)
    assert signatures.verify(SCHEME, [key], body, given_signature)
    assert signatures.verify(SCHEME, ["another", key], body, given_signature)
    assert not signatures.verify(SCHEME, ["another"], body, given_signature)


@given(body=st.binary(min_size=1), position=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_flipped_bit_is_seen(body: bytes, position: int, bit: int) -> None:
    at = position % len(body)
    other = body[:at] + bytes([body[at] ^ (1 << bit)]) + body[at + 1 :]
    assert not signatures.verify(SCHEME, ["key"], other, signatures.sign(SCHEME, "key", body))


@given(claimed=st.text() | st.sampled_from(["\ud800", "\x00", "é"]))
def test_any_text_may_be_claimed(claimed: str) -> None:
    assert not signatures.verify(SCHEME, ["key"], b"body", claimed)


def test_nothing_verifies_nothing() -> None:
    empty = signatures.sign(SCHEME, "", b"")
    assert not signatures.verify(SCHEME, [], b"", empty)
    assert not signatures.verify(SCHEME, [""], b"", empty)
    assert not signatures.verify(SCHEME, ["key"], b"", "")


def test_a_key_is_utf_8() -> None:
    assert signatures.sign(SCHEME, "Schlüssel", b"x") == "kHtXIIohEwigxlb0sPC53kkO+5Cdze5tf3QrgwwhsRU="


def test_an_unknown_scheme_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        signatures.verify("rot13", ["key"], b"body", "claimed")
