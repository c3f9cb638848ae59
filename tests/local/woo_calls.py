"""Calls of a demo WooCommerce shop's API, signed with OAuth 1.0a by code of our own kept apart from the shop's."""

import base64
import hashlib
import hmac
import time
import uuid
from typing import Any
from urllib.parse import quote, urlencode

import requests

from local.shops.woocommerce import WooShop

API = "/wp-json/wc/v3"


def call(shop: WooShop, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
    pairs = {**query, **oauth(shop)}
    return send(shop, method, path, signed(shop, method, path, pairs), body)


def oauth(shop: WooShop) -> dict[str, str]:
    return {
        "oauth_consumer_key": shop.consumer_key,
        "oauth_timestamp": str(int(time.time())),
        "oauth_nonce": uuid.uuid4().hex,
        "oauth_signature_method": "HMAC-SHA256",
    }


def signed(shop: WooShop, method: str, path: str, pairs: dict[str, str]) -> dict[str, str]:
    plain = urlencode(sorted(pairs.items()), quote_via=quote, safe="-._~")
    base = "&".join(quote(part, safe="-._~") for part in (method, shop.url + API + path, plain))
    digest = hmac.digest(f"{shop.consumer_secret}&".encode(), base.encode(), hashlib.sha256)
    return {**pairs, "oauth_signature": base64.b64encode(digest).decode()}


def send(shop: WooShop, method: str, path: str, pairs: dict[str, str], body: Any = None) -> requests.Response:
    return requests.request(method, shop.url + API + path, params=pairs, json=body, timeout=10)
