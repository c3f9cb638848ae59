"""The strict JSON reader."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
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


_NUMBERS = ["1", "-0", "-0.0", "1.50", "1E3", "1e40", "1e41", "1e-41", "0e-41", "1." + "0" * 39, "NaN", "-Infinity"]
_NUMBERS += [sign + "9" * digits for sign in ("", "-") for digits in (40, 41)]
_TEXTS = [f'"{text}"' for text in ("a", "b", r"\u0061", r"a\"b", r"\u0022", r"\\u0022", r"\ud800", r"\/", "é")]
_WRITTEN = st.recursive(
    st.sampled_from([*_NUMBERS, *_TEXTS, "null", "true", ""]),
    lambda inner: (
        st.lists(inner).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(st.sampled_from(_TEXTS), inner)).map(
            lambda pairs: "{" + ", ".join(f"{name}: {value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=8,
)


@given(text=_WRITTEN)
@example(text="0e-41")
def test_the_quick_way_reads_what_the_slow_way_reads(text: str) -> None:
    body = text.encode()
    assert _told(jsontext.read, body) == _told(lambda slow: jsontext._read(slow, "", ""), body)


def test_an_escaped_quotation_mark_does_not_stand_in_for_a_key_that_comes_twice() -> None:
    body = b'{"a": 1, "a": "\\u0022\\u0022"}'
    assert json.loads(body) == {"a": '""'}
    with pytest.raises(InvalidPayload, match="same key twice"):
        jsontext.read(body)


def test_an_order_is_read_the_quick_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsontext, "_read", None)
    body = b'{"id": 1640000119, "note": "say \\"hello\\"", "rate": 0.07, "tags": []}'
    assert jsontext.read(body) == {"id": 1640000119, "note": 'say "hello"', "rate": Decimal("0.07"), "tags": []}


def _told(read: Callable[[bytes], Any], body: bytes) -> str:
    try:
        return repr(read(body))
    except InvalidPayload as refused:
        return refused.reason


@given(body=st.binary())
def test_nothing_but_a_document_or_a_named_refusal(body: bytes) -> None:
    try:
        jsontext.read(body)
    except InvalidPayload as refused:
        reason = refused.reason
    else:
        reason = "read"
    assert reason
