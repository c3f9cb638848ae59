"""One-legged OAuth 1.0a."""

import re
from urllib.parse import unquote

import pytest
from requests import Request

from orderbridge.oauth1 import OAuth1, signature

# RFC 5849 section 3.4.1.1 gives this request and its base string; its form body is part of the parameters there.
_URL = "http://EXAMPLE.COM:80/request"
_PARAMETERS = [
    ("b5", "=%3D"),
    ("a3", "a"),
    ("c@", ""),
    ("a2", "r b"),
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
    ("c2", ""),
    ("a3", "2 q"),
]
_BASE_STRING = (
    "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2"
    "%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth"
    "_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
)


def test_the_base_string_of_the_standard(monkeypatch: pytest.MonkeyPatch) -> None:
    signed: list[bytes] = []

    def digest(key: bytes, text: bytes, algorithm: object) -> bytes:
        signed.append(key + b" " + text)
        return b""

    monkeypatch.setattr("hmac.digest", digest)
    signature("post", _URL, _PARAMETERS, "j49sk3j29djd")
    assert signed == [f"j49sk3j29djd& {_BASE_STRING}".encode()]


def _header(url: str, secret: str = "cs") -> dict[str, str]:
    prepared = OAuth1("ck", secret)(Request("GET", url).prepare())
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', prepared.headers["Authorization"])}


def test_the_header_holds_what_is_needed_and_not_the_secret() -> None:
    fields = _header("http://shop.example.com/wp-json/wc/v3/orders?per_page=1")
    assert fields["oauth_consumer_key"] == "ck"
    assert fields["oauth_signature_method"] == "HMAC-SHA256"
    assert "cs" not in fields.values()
    assert fields.keys() == {
        "oauth_consumer_key",
        "oauth_nonce",
        "oauth_signature_method",
        "oauth_timestamp",
        "oauth_version",
        "oauth_signature",
    }


def test_the_signature_covers_query_and_secret() -> None:
    url = "http://shop.example.com:8080/wp-json/wc/v3/orders?modified_after=2026-10-05T14%3A00%3A00&x=a+b"
    fields = _header(url)
    given = fields.pop("oauth_signature")
    query = [("modified_after", "2026-10-05T14:00:00"), ("x", "a b")]
    bare = url.partition("?")[0]
    assert given == signature("GET", bare, [*query, *fields.items()], "cs")
    assert given != signature("GET", bare, [*query, *fields.items()], "another")
    assert given != signature("POST", bare, [*query, *fields.items()], "cs")
    assert given != signature("GET", bare, fields.items(), "cs")


def test_each_request_has_a_nonce_of_its_own() -> None:
    assert len({_header("http://shop.example.com/")["oauth_nonce"] for _ in range(50)}) == 50
