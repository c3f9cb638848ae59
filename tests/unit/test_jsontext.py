"""The strict JSON reader."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge import jsontext
from orderbridge.errors import InvalidPayload


def test_numbers_keep_every_digit() -> None:
    found = jsontext.read(b'{"a": 10.799999999999999, "b": 12.00, "c": 9007199254740993, "d": 1E3}')
    assert found == {"a": Decimal("10.799999999999999"), "b": Decimal("12"), "c": 9007199254740993, "d": Decimal(1000)}
    assert str(found["b"]) == "12.00"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b"\n ", "the body is empty"),
        (b"\xff\xfe{}", "the body is not UTF-8 text"),
        (b'{"a": 1,}', "the body is not JSON: "),
        (b'\xef\xbb\xbf{"a": 1}', "the body is not JSON: "),  # a byte order mark
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "an object of the body has the same key twice"),
        (b"[NaN]", "the body holds NaN, which is no number"),
        (b"[-Infinity]", "the body holds -Infinity, which is no number"),
        (b"[1" + b"0" * 40 + b"]", "a number of the body is absurdly long"),
        (b"[1e41]", "a number of the body is absurdly long"),
        (b"[1e-9999999999999999999]", "a number of the body is absurdly long"),
        (b"[" * 100_000, "the body is nested too deeply"),
    ],
)
def test_what_is_doubtful_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        jsontext.read(body, platform="shopify", store="shopify-us")
    assert refused.value.reason.startswith(reason)
    assert (refused.value.platform, refused.value.store) == ("shopify", "shopify-us")
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None, "the standard library's error holds the whole body"


_DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**38), 10**38) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(document=_DOCUMENTS, ascii_only=st.booleans())
def test_everything_else_is_read_as_the_standard_library_does(document: object, ascii_only: bool) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only)
    assert jsontext.read(text) == document


@given(body=st.binary())
def test_nothing_but_a_document_or_a_named_refusal(body: bytes) -> None:
    try:
        jsontext.read(body)
    except InvalidPayload as refused:
        reason = refused.reason
    else:
        reason = "read"
    assert reason
