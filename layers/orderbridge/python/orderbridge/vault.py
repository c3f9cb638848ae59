"""Secrets: of a store `inbound` (signing keys and inbound spec, all that the receiver may read) and `api`
(credentials) and `token` (the access token that they were last exchanged for, see `tokens`), of an ERP its address and
credentials, and the operators' token."""

import hashlib
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from orderbridge.errors import UnknownStore
from orderbridge.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

TOKEN = "webhook_token"  # beside the credentials of a store or an ERP: a change of keys keeps the webhook address
_FRESH = 300.0  # seconds a secret is trusted without another look
_KNOWN = 1000  # secrets held in memory; an attacker's made-up tokens must not fill it


class Vault:
    """Reads and writes secrets below the stage's prefix, and remembers what it read for five minutes."""

    def __init__(self, client: "SecretsManagerClient", settings: Settings) -> None:
        self.client, self.prefix = client, settings.secret_prefix
        self._read: dict[str, tuple[float, dict[str, Any]]] = {}

    def inbound(self, token: str, *, at_least_as_fresh_as: float = _FRESH) -> dict[str, Any]:
        """{store, platform, keys, spec} of the store whose webhook address holds this token; of an ERP {erp}."""
        return self._get(self._inbound_name(token), at_least_as_fresh_as)

    def api(self, store: str, *, at_least_as_fresh_as: float = _FRESH) -> dict[str, Any]:
        return self._get(f"{self.prefix}/api/{store}", at_least_as_fresh_as)

    def erp(self, name: str, *, at_least_as_fresh_as: float = _FRESH) -> dict[str, Any]:
        """Address and credentials of an ERP. Raises UnknownStore when there are none."""
        known = self._get(f"{self.prefix}/erp/{name}", at_least_as_fresh_as)
        return {field: value for field, value in known.items() if field != TOKEN}

    def put_erp(self, name: str, secret: dict[str, Any]) -> str:
        """Returns the token of the address at which this ERP may call: made once, kept when the secret changes."""
        try:
            token = str(self._get(f"{self.prefix}/erp/{name}", 0)[TOKEN])
        except (UnknownStore, KeyError):
            token = secrets.token_urlsafe(32)
            self.put_inbound(token, {"erp": name})
        self._put(f"{self.prefix}/erp/{name}", {**secret, TOKEN: token})
        return token

    def forget_erp(self, name: str) -> None:
        """It was connected anew: what was read of it is old."""
        self._read.pop(f"{self.prefix}/erp/{name}", None)

    def operator_token(self, *, at_least_as_fresh_as: float = _FRESH) -> str:
        return str(self._get(f"{self.prefix}/operator", at_least_as_fresh_as)["token"])

    def put_inbound(self, token: str, secret: dict[str, Any]) -> None:
        self._put(self._inbound_name(token), secret)

    def put_api(self, store: str, secret: dict[str, Any]) -> None:
        self._put(f"{self.prefix}/api/{store}", secret)

    def token(self, store: str) -> dict[str, Any]:
        """The access token as it is now, whoever made it; {} where none was kept yet."""
        try:
            return self._get(f"{self.prefix}/token/{store}", 0)
        except UnknownStore:
            return {}

    def put_token(self, store: str, secret: dict[str, Any]) -> None:
        self._put(f"{self.prefix}/token/{store}", secret)

    def _inbound_name(self, token: str) -> str:
        # Names of secrets are seen in logs of AWS: the token itself must not be.
        return f"{self.prefix}/inbound/{hashlib.sha256(token.encode()).hexdigest()[:32]}"

    def _get(self, name: str, freshness: float) -> dict[str, Any]:
        """Raises UnknownStore when there is no such secret."""
        now = time.monotonic()
        known = self._read.get(name)
        if known and now - known[0] < freshness:
            return known[1]
        try:
            secret: dict[str, Any] = json.loads(self.client.get_secret_value(SecretId=name)["SecretString"])
        except self.client.exceptions.ResourceNotFoundException as error:
            raise UnknownStore("no store has these credentials") from error
        if len(self._read) >= _KNOWN:
            self._read.clear()
        self._read[name] = (now, secret)
        return secret

    def _put(self, name: str, secret: dict[str, Any]) -> None:
        text = json.dumps(secret)
        try:
            self.client.put_secret_value(SecretId=name, SecretString=text)
        except self.client.exceptions.ResourceNotFoundException:
            self.client.create_secret(Name=name, SecretString=text)
        self._read.pop(name, None)
