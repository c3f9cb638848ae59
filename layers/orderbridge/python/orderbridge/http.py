"""The one HTTP client: every call has a timeout, every answer that is no success becomes a named error."""

from collections.abc import Mapping
from typing import Any

import requests

from orderbridge.errors import AuthFailed, Rejected, RateLimited, TemporaryFailure

TIMEOUT = (3.05, 10)  # seconds to connect, seconds between bytes
_WORDS = 300  # characters of the counterparty's own words that are kept


class Http:
    """Calls below one base URL. `label` names the counterparty in errors: (platform, store)."""

    def __init__(self, base_url: str, platform: str, store: str, headers: Mapping[str, str] | None = None) -> None:
        self.base_url, self.platform, self.store = base_url.rstrip("/"), platform, store
        self.session = requests.Session()
        self.session.headers.update(headers or {})

    def call(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        missing_ok: bool = False,
    ) -> "Answer | None":
        """Send and return the answer; None only for a 404 with `missing_ok`.

        Raises TemporaryFailure (no answer, 5xx, not JSON), RateLimited (429), AuthFailed (401, 403), Rejected (other 4xx).
        """
        raise_args: dict[str, Any] = {"platform": self.platform, "store": self.store}
        sent = {"Content-Type": "application/json", **(headers or {})} if body is not None else dict(headers or {})
        try:
            answer = self.session.request(
                method,
                self.base_url + path,
                data=body.encode() if body is not None else None,
                params=query,
                headers=sent,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # The exception's text holds the URL with its query, which may hold credentials: keep only its kind.
            raise TemporaryFailure(f"no answer from the platform ({type(error).__name__})", **raise_args) from None
        if answer.status_code == 404 and missing_ok:
            return None
        self._refuse(answer, raise_args)
        return Answer(answer, raise_args)

    def _refuse(self, answer: requests.Response, where: dict[str, Any]) -> None:
        status = answer.status_code
        if status < 300:
            return
        where["status"] = status
        if status == 429:
            raise RateLimited("the platform asks to slow down", retry_after=_seconds(answer), **where)
        if status in (401, 403):
            raise AuthFailed(f"the platform refuses our credentials: {words(answer.text)}", **where)
        if 400 <= status < 500 and status not in (408, 425):
            raise Rejected(f"the platform refuses the call: {words(answer.text)}", **where)
        raise TemporaryFailure(f"the platform answered {status}", **where)


class Answer:
    """A successful answer: `json()` refuses what is not JSON, `headers` are case-insensitive."""

    def __init__(self, response: requests.Response, where: dict[str, Any]) -> None:
        self.headers, self._response, self._where = response.headers, response, where

    def json(self) -> Any:
        try:
            return self._response.json(parse_float=str)
        except requests.JSONDecodeError:
            raise TemporaryFailure("the platform's answer is not JSON", status=self._response.status_code, **self._where) from None


def words(text: str) -> str:
    """A short, one-line excerpt of what the counterparty said."""
    return " ".join(text.split())[:_WORDS]


def _seconds(answer: requests.Response) -> float:
    """Retry-After in seconds: Shopify sends "2.0", a date or nothing count as 2 seconds."""
    try:
        return max(0.0, min(3600.0, float(answer.headers.get("Retry-After", "2"))))
    except ValueError:
        return 2.0
