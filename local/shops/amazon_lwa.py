"""Login with Amazon, as far as SP-API needs it: access tokens for a seller, and grantless ones for a scope.

https://developer-docs.amazon.com/sp-api/docs/connect-to-the-selling-partner-api and
https://developer-docs.amazon.com/sp-api/docs/grantless-operations (2026-08); the texts of errors are those that
callers were shown: amzn/selling-partner-api-models#230, #1851, amzn/selling-partner-api-docs#3030.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qsl

from local.shops.amazon_parts import Refused, denied, read, text
from local.shops.server import Answer, Request

PATH = "/auth/o2/token"
LIFE = timedelta(hours=1)
NOTIFICATIONS = "sellingpartnerapi::notifications"
_SCOPES = frozenset({NOTIFICATIONS, "sellingpartnerapi::migration", "sellingpartnerapi::client_credential:rotation"})


class Login:
    """The keys of one app that one seller has authorised.

    refreshes  how many access tokens were given out for the refresh token; `grants` for scopes
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.client_id = f"amzn1.application-oa2-client.{secrets.token_hex(16)}"
        self.client_secret = f"amzn1.oa2-cs.v1.{secrets.token_hex(32)}"
        self.refresh_token = f"Atzr|{secrets.token_urlsafe(48)}"
        self.refreshes = self.grants = 0
        self._now = now
        self._tokens: dict[str, tuple[datetime, str]] = {}  # access token -> its end, the scope of a grantless one

    def answer(self, request: Request) -> Answer:
        """One call of the token endpoint."""
        form = _fields(request)
        if request.method != "POST" or not form:
            return _refused(400, "invalid_request", "Malformed request")
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            return _refused(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "refresh_token":
                return self._for_the_seller(form.get("refresh_token", ""))
            case "client_credentials":
                return self._for_a_scope(form.get("scope", ""))
        return _refused(400, "unsupported_grant_type", "The authorization grant type is not supported")

    def _for_the_seller(self, given: str) -> Answer:
        if not given:
            return _refused(400, "invalid_request", "The request is missing a required parameter : refresh_token")
        if given != self.refresh_token:
            return revoked()
        self.refreshes += 1
        token = self._made("Atza", "")
        return _given({"access_token": token, "refresh_token": given, "token_type": "bearer", "expires_in": 3600})

    def _for_a_scope(self, scope: str) -> Answer:
        if scope not in _SCOPES:
            return _refused(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed")
        self.grants += 1
        token = self._made("Atc", scope)
        return _given({"access_token": token, "scope": scope, "token_type": "bearer", "expires_in": 3600})

    def _made(self, prefix: str, scope: str) -> str:
        token = f"{prefix}|{secrets.token_urlsafe(48)}"
        self._tokens[token] = self._now() + LIFE, scope
        return token

    def check(self, request: Request, scope: str = "") -> None:
        """Refuse a call whose token is not good for it; `scope` is that of a grantless operation."""
        given = request.headers.get("x-amz-access-token", "")
        if not given:
            raise denied("Access token is missing in the request header.")
        if given not in self._tokens:
            raise denied("The access token you provided is revoked, malformed or invalid.")
        end, held = self._tokens[given]
        if self._now() >= end:
            raise denied("The access token you provided has expired.")
        if held != scope:
            raise denied("")

    def forget(self) -> None:
        """Every access token that was given out is good for nothing any more."""
        self._tokens.clear()


def _fields(request: Request) -> dict[str, str]:
    """A form as the guide has it, or JSON as Amazon's own clients send it; nothing of what is neither."""
    kind = request.headers.get("content-type", "")
    if "x-www-form-urlencoded" in kind:
        return dict(parse_qsl(request.body.decode(errors="replace")))
    if "json" not in kind:
        return {}
    try:
        return {name: value for name, value in read(request.body).items() if isinstance(value, str)}
    except Refused:
        return {}


def revoked() -> Answer:
    return _refused(400, "invalid_grant", "The request has an invalid grant parameter : refresh_token")


def _given(document: dict[str, object]) -> Answer:
    return Answer(200, text(document), {"Cache-Control": "no-store"})


def _refused(status: int, error: str, description: str) -> Answer:
    return Answer(status, text({"error_description": description, "error": error}))
