"""Calls of a WooCommerce shop's REST API v3, below `API`.

Plain http takes OAuth 1.0a only, https takes Basic.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, SecretStr
from requests.auth import AuthBase, HTTPBasicAuth

from orderbridge.errors import TemporaryFailure
from orderbridge.http import Http, NotFound
from orderbridge.model import Store
from orderbridge.oauth1 import OAuth1
from orderbridge.platforms.woocommerce.documents import PLATFORM

API = "/wp-json/wc/v3"
PAGE = 100  # the most that any list gives at once, and the most rows of a batch

T = TypeVar("T")


class WooCommerceCredentials(BaseModel):
    """A REST API key with the permission Read/Write."""

    consumer_key: SecretStr
    consumer_secret: SecretStr


class Access:
    def __init__(self, store: Store, credentials: WooCommerceCredentials, http: Http) -> None:
        self.store, self.credentials, self.http = store, credentials, http

    def call(self, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None) -> Any:
        """Raises the errors of `Http.call`; TemporaryFailure also when the answer is no document."""
        return self.send(method, API + path, query, body)

    def send(self, method: str, path: str, query: Mapping[str, str] | None = None, body: str | None = None) -> Any:
        """As `call`, with the path below `Store.url`."""
        key = self.credentials.consumer_key.get_secret_value()
        secret = self.credentials.consumer_secret.get_secret_value()
        safe = self.store.url.startswith("https://")
        auth: AuthBase = HTTPBasicAuth(key, secret) if safe else OAuth1(key, secret)
        answer = self.http.call(method, path, query=query, body=body, auth=auth).json()
        if not isinstance(answer, dict | list):
            raise TemporaryFailure(
                "the shop's answer is no document", platform=PLATFORM, store=self.store.id, status=200
            )
        return answer

    def rows(self, path: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """One page of a list; empty when the product that it belongs to is gone."""
        try:
            rows: list[dict[str, Any]] = self.call("GET", path, query)
        except NotFound as missing:
            if is_gone(missing):
                return []
            raise
        return rows

    def all(self, path: str) -> Iterable[dict[str, Any]]:
        """Every entry of a short list: what belongs to one order or product, the webhooks."""
        page = 1
        while rows := self.call("GET", path, {"per_page": str(PAGE), "page": str(page)}):
            yield from rows
            if len(rows) < PAGE:
                return
            page += 1


def is_gone(missing: NotFound) -> bool:
    """Whether WooCommerce itself says so. Without the plugin, or with broken permalinks, WordPress answers 404 to
    every call (`rest_no_route`), and no order may count as deleted for that."""
    return missing.code.startswith("woocommerce_rest_")


def parts(items: Sequence[T]) -> list[Sequence[T]]:
    """As many at once as a call takes."""
    return [items[start : start + PAGE] for start in range(0, len(items), PAGE)]
