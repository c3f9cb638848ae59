"""The one HTTP client: every call has a timeout, every answer that is no success becomes a named error."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from orderbridge import jsontext
from orderbridge.errors import AuthFailed, BridgeError, InvalidPayload, RateLimited, Rejected, TemporaryFailure

if TYPE_CHECKING:
    import requests
    from requests.auth import AuthBase

TIMEOUT = (3.05, 10)  # seconds to connect, seconds between bytes
_WAIT = 2.0  # seconds to wait when the counterparty asks to slow down and nobody says for how long
_RATE = "x-amzn-RateLimit-Limit"  # calls a second, https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits
_LONGEST_WAIT = 3600.0
_WORDS = 300  # characters of the counterparty's own words that are kept


class NotFound(Rejected):
    """A 404. `code` is the (first) error code in its JSON body, "" if there is none: then perhaps the whole API is
    missing."""

    code = ""


class Http:
    """Calls below one base URL. `platform` and `store` name the counterparty in errors."""

    def __init__(self, base_url: str, platform: str, store: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._where: dict[str, Any] = {"platform": platform, "store": store}

    @cached_property
    def session(self) -> "requests.Session":
        """Made, and its modules imported, with the first call: most deliveries make none."""
        import requests

        session = requests.Session()
        # Proxies and .netrc of the machine are not ours: credentials come from the store's secret only.
        session.trust_env = False
        return session

    def call(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: "AuthBase | None" = None,
        patience: float = _WAIT,
    ) -> "Answer":
        """Send JSON text, or nothing, and return the answer.

        patience  seconds to wait when the counterparty asks to slow down and does not say for how long

        Raises RateLimited (429), AuthFailed (401, 403), NotFound (404), Rejected (redirects and other 4xx),
        TemporaryFailure (no answer in time, 408, 425, 5xx).
        """
        from requests import RequestException

        sent = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        try:
            answer = self.session.request(
                method,
                self.base_url + path,
                data=body.encode() if body is not None else None,
                params=query,
                headers=sent,
                auth=auth,
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except RequestException as error:
            # The exception's text holds the URL with its query, which may hold credentials: keep only its kind.
            raise TemporaryFailure(f"no answer ({type(error).__name__})", **self._where) from None
        if answer.status_code >= 300:
            raise self._failure(answer, patience)
        return Answer(answer, self._where)

    def at(self, base_url: str) -> "Http":
        """The same client below another address of the same counterparty: where tokens or uploads go."""
        other = Http(base_url, self._where["platform"], self._where["store"])
        other.session = self.session
        return other

    def _failure(self, answer: "requests.Response", patience: float) -> BridgeError:
        status = answer.status_code
        where: dict[str, Any] = {**self._where, "status": status}
        if status == 429:
            return RateLimited("the platform asks to slow down", retry_after=_wait(answer, patience), **where)
        if status in (401, 403):
            return AuthFailed(f"the platform refuses our credentials ({status}): {_said(answer)}", **where)
        if status in (408, 425) or status >= 500:
            return TemporaryFailure(f"the platform answered {status}", **where)
        if status == 404:
            missing = NotFound(f"the platform has nothing at this address (404): {_said(answer)}", **where)
            missing.code = _code(answer)
            return missing
        if status < 400:
            return Rejected(f"the platform answered {status}, a redirect: correct the store's address", **where)
        return Rejected(f"the platform refuses the call ({status}): {_said(answer)}", **where)


class Answer:
    """A successful answer; `headers` are case-insensitive."""

    def __init__(self, response: "requests.Response", where: Mapping[str, Any]) -> None:
        self.headers, self._response, self._where = response.headers, response, where
        self.status = response.status_code

    @property
    def content(self) -> bytes:
        return self._response.content

    def json(self) -> Any:
        """The document, numbers as int or Decimal. Raises TemporaryFailure when it is none: a page of a proxy."""
        try:
            return jsontext.read(self._response.content)
        except InvalidPayload as error:
            reason = f"the platform's answer cannot be read: {error.reason}"
            raise TemporaryFailure(reason, status=self._response.status_code, **self._where) from error


def words(text: str) -> str:
    """A short, one-line excerpt of what the counterparty said."""
    return " ".join(text.split())[:_WORDS]


def _code(answer: "requests.Response") -> str:
    try:
        document = json.loads(answer.content)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    errors = document.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else document
    return str(first.get("code", ""))


def _said(answer: "requests.Response") -> str:
    """The message of a JSON error document; of any other body only its kind, it may be a whole web page."""
    try:
        document = json.loads(answer.content)
    except ValueError:  # also what is no UTF-8
        return f"a body of type {words(answer.headers.get('Content-Type', 'unknown'))}"
    said = document.get("message") or document.get("errors") if isinstance(document, dict) else document
    if isinstance(document, dict) and not said and isinstance(document.get("error"), str):
        said = f"{document['error']}: {document.get('error_description', '')}"  # OAuth 2, RFC 6749 section 5.2
    return words(said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))


def _wait(answer: "requests.Response", patience: float) -> float:
    """Seconds that Retry-After asks for: a number (Shopify writes "2.0") or a date; else the time that one call takes
    at the rate that Amazon names; `patience` without or if absurd."""
    text = answer.headers.get("Retry-After", "")
    try:
        seconds = float(text)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(text).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        except ValueError:
            seconds = _pause(answer.headers.get(_RATE, ""), patience)
    return max(0.0, min(_LONGEST_WAIT, seconds)) if seconds == seconds else patience


def _pause(rate: str, patience: float) -> float:
    try:
        calls = float(rate)
    except ValueError:
        return patience
    return 1 / calls if calls > 0 else patience
