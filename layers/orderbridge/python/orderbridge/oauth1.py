"""OAuth 1.0a with one leg (RFC 5849, no token): how a WooCommerce shop without TLS knows its caller.

Over https Woo takes Basic; over plain http only this, because the secret itself must not travel
(https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication-over-http).
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlsplit

from requests import PreparedRequest
from requests.auth import AuthBase


def signature(method: str, url: str, parameters: Iterable[tuple[str, str]], secret: str) -> str:
    """HMAC-SHA256 over the method, the URL without its query, and all parameters, RFC 5849 section 3.4.

    `parameters` are those of the query and of OAuth; a JSON body is not among them and is not protected.
    """
    parts = urlsplit(url)
    pairs = sorted((_escape(name), _escape(value)) for name, value in parameters)
    base_url = f"{parts.scheme.lower()}://{_host(url)}{parts.path or '/'}"
    text = "&".join((method.upper(), _escape(base_url), _escape("&".join(f"{name}={value}" for name, value in pairs))))
    digest = hmac.digest(f"{_escape(secret)}&".encode(), text.encode(), hashlib.sha256)
    return base64.b64encode(digest).decode()


class OAuth1(AuthBase):
    """Signs each request of a session in its Authorization header."""

    def __init__(self, key: str, secret: str) -> None:
        self._key, self._secret = key, secret

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        url = str(request.url)
        oauth = {
            "oauth_consumer_key": self._key,
            "oauth_nonce": secrets.token_hex(16),
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(int(time.time())),
            "oauth_version": "1.0",
        }
        query = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        oauth["oauth_signature"] = signature(str(request.method), url, [*query, *oauth.items()], self._secret)
        fields = ", ".join(f'{name}="{_escape(value)}"' for name, value in oauth.items())
        request.headers["Authorization"] = f"OAuth {fields}"
        return request


def _escape(text: str) -> str:
    return quote(text, safe="~")


def _host(url: str) -> str:
    """Lower case, with the port only where it is not the scheme's own."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    host = (parts.hostname or "").lower()
    return host if parts.port in (None, usual) else f"{host}:{parts.port}"
