"""The signature schemes of webhooks: verify what came in, sign what our tests and demo shops send.

Standard library only: the receiver imports this and must start fast. A scheme is named in the store's
inbound spec; keys are text, the message is always the raw body as it came over the wire.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable


def _hmac_sha256_base64(key: str, body: bytes) -> str:
    """Shopify (https://shopify.dev/docs/apps/build/webhooks/subscribe/https) and WooCommerce
    (class-wc-webhook.php, generate_signature): base64 of HMAC-SHA256 over the raw body."""
    return base64.b64encode(hmac.digest(key.encode(), body, hashlib.sha256)).decode()


_SCHEMES: dict[str, Callable[[str, bytes], str]] = {"hmac-sha256-base64": _hmac_sha256_base64}


def sign(scheme: str, key: str, body: bytes) -> str:
    """The header value that a platform using `scheme` sends with `body`."""
    return _SCHEMES[scheme](key, body)


def verify(scheme: str, keys: Iterable[str], body: bytes, given: str) -> bool:
    """Whether `given` is the signature of `body` under any of `keys` (two during a rotation).

    Empty keys and empty signatures never verify. Each comparison takes constant time and every key is tried, so
    that the time tells nothing. `given` may be any text at all, also one that is no UTF-8.
    """
    claimed = given.encode(errors="surrogatepass")
    matches = [hmac.compare_digest(sign(scheme, key, body).encode(), claimed) for key in keys if key]
    return any(matches)
