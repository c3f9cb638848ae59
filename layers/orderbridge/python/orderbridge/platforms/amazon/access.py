"""Calls of the Selling Partner API: an access token of Login with Amazon in a header, renewed when it has expired.

https://developer-docs.amazon.com/sp-api/docs/connecting-to-the-selling-partner-api · the token is asked for in JSON, as
Amazon's own C# client does (LWAClient of selling-partner-api-models), and lives for an hour.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import BaseModel, SecretStr

from orderbridge.errors import AuthFailed, Rejected, TemporaryFailure
from orderbridge.http import Answer, Http, NotFound
from orderbridge.model import Store
from orderbridge.platforms.amazon.documents import PLATFORM
from orderbridge.tokens import Token, Tokens

LOGIN = "https://api.amazon.com/auth/o2/token"
NOTIFICATIONS = "sellingpartnerapi::notifications"  # scope of calls that are made for no seller ("grantless")
_HOPELESS = ("invalid_grant", "invalid_client", "unauthorized_client")  # RFC 6749 section 5.2: asking again is no use


class AmazonCredentials(BaseModel):
    """client_id, client_secret  of the merchant's own application in Seller Central (Develop Apps)
    refresh_token             what authorising that application for the seller's account gave
    seller_id, marketplace_id  whose listings, and where: a store is one seller in one marketplace
    token_url                 Login with Amazon
    """

    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr
    seller_id: str
    marketplace_id: str
    token_url: str = LOGIN


class Access:
    """`tokens` keeps the seller's token; the one for calls without a seller is rarely needed, and kept here."""

    def __init__(self, store: Store, credentials: AmazonCredentials, http: Http, tokens: Tokens) -> None:
        self.store, self.credentials, self.http = store, credentials, http
        self._sellers, self._nobodys = tokens, Tokens()

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: str | None = None,
        *,
        patience: float = 2.0,
        grantless: bool = False,
    ) -> Answer:
        """Raises the errors of `Http.call`; AuthFailed also where Amazon gives no token for these credentials."""
        tokens, make = (self._nobodys, self._for_nobody) if grantless else (self._sellers, self._for_seller)

        def send(token: str) -> Answer:
            headers = {"x-amz-access-token": token}
            return self.http.call(method, path, query=query, body=body, headers=headers, patience=patience)

        token = tokens.value(make)
        try:
            return send(token)
        except AuthFailed as refused:
            if "expired" not in refused.reason:
                raise
        return send(tokens.value(make, refused=token))

    def document(self, answer: Answer) -> dict[str, Any]:
        """Raises TemporaryFailure when the answer holds none."""
        found = answer.json()
        if not isinstance(found, dict):
            raise self.failure("the platform's answer is no document", answer)
        return found

    def failure(self, reason: str, answer: Answer) -> TemporaryFailure:
        return TemporaryFailure(reason, platform=PLATFORM, store=self.store.id, status=answer.status)

    def _for_seller(self) -> Token:
        secret = self.credentials.refresh_token.get_secret_value()
        return self._exchanged({"grant_type": "refresh_token", "refresh_token": secret})

    def _for_nobody(self) -> Token:
        return self._exchanged({"grant_type": "client_credentials", "scope": NOTIFICATIONS})

    def _exchanged(self, grant: Mapping[str, str]) -> Token:
        secret = self.credentials.client_secret.get_secret_value()
        body = {**grant, "client_id": self.credentials.client_id, "client_secret": secret}
        try:
            answer = self.http.at(self.credentials.token_url).call("POST", "", body=json.dumps(body))
        except Rejected as refused:
            if isinstance(refused, NotFound):
                refused.code = ""  # nothing was said of what the token was for
            if not any(word in refused.reason for word in _HOPELESS):
                raise
            where: dict[str, Any] = {"platform": PLATFORM, "store": self.store.id, "status": refused.status}
            raise AuthFailed(f"Login with Amazon gives no token: {refused.reason}", **where) from None
        given = self.document(answer)
        token, seconds = given.get("access_token"), given.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(seconds, int):
            raise self.failure("Login with Amazon answers without a token", answer)
        return Token(token, datetime.now(UTC) + timedelta(seconds=min(seconds, 86400)))
