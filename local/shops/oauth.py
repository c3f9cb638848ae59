"""OAuth 1.0a without tokens, as WooCommerce checks it on plain http.

https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication-over-http (2026-08),
RFC 5849 section 3.4. The parameters come in the query string or in an Authorization header.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Container
from time import time
from urllib.parse import quote, unquote

from local.shops.server import Request

WINDOW = 15 * 60  # seconds that a timestamp may be off, and that a nonce may not come again
_NEEDED = ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce", "oauth_signature", "oauth_signature_method")
_DIGESTS = {"HMAC-SHA1": hashlib.sha1, "HMAC-SHA256": hashlib.sha256}


def parameters(request: Request) -> dict[str, str]:
    """Query and OAuth header together; empty when the caller did not try OAuth at all."""
    given = dict(request.query)
    header = request.headers.get("authorization", "")
    if header.startswith("OAuth "):
        given.update({k: unquote(v) for k, v in re.findall(r'(oauth_[a-z_]*)="([^"]*)"', header)})
    return given if any(name in given for name in _NEEDED) else {}


def problem(request: Request, url: str, key: str, secret: str, used: Container[str]) -> str | None:
    """Why the call is not authentic, in WooCommerce's words; None when it is. `url` is the shop's own root."""
    given = parameters(request)
    missing = [name for name in _NEEDED if not given.get(name)]
    if missing:
        return f"Missing OAuth parameter{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    if given["oauth_consumer_key"] != key:
        return "Consumer key is invalid."
    digest = _DIGESTS.get(given["oauth_signature_method"])
    if digest is None:
        return "Invalid signature - signature method is invalid."
    signature = given.pop("oauth_signature")
    pairs = "&".join(f"{_quoted(k)}={_quoted(v)}" for k, v in sorted(given.items()))
    signed = f"{request.method}&{_quoted(url + request.path)}&{_quoted(pairs)}"
    expected = base64.b64encode(hmac.digest(f"{secret}&".encode(), signed.encode(), digest)).decode()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return "Invalid signature - provided signature does not match."
    if abs(time() - float(given["oauth_timestamp"])) > WINDOW:
        return "Invalid timestamp."
    return "Invalid nonce - nonce has already been used." if given["oauth_nonce"] in used else None


def _quoted(text: str) -> str:
    return quote(text, safe="-._~")
