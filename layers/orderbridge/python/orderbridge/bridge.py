"""Ties the parts together for one process: clients, tables, queues, secrets, and connections to shops."""

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from orderbridge import aws, erps, platforms
from orderbridge.archive import Archive
from orderbridge.errors import AuthFailed
from orderbridge.http import Http
from orderbridge.model import Store
from orderbridge.platforms.base import Platform
from orderbridge.queues import Queues
from orderbridge.settings import Settings
from orderbridge.tables.brakes import Brakes
from orderbridge.tables.control import Control
from orderbridge.tables.movements import EMBEDDED
from orderbridge.tables.orders import Orders
from orderbridge.tables.polls import Polls
from orderbridge.tables.rates import RateTable
from orderbridge.tables.stock import Stock
from orderbridge.tokens import Shared, Tokens
from orderbridge.vault import Vault

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from orderbridge.erps.base import Erp
    from orderbridge.language.texts import Target, Translator
    from orderbridge.metering import Meter
    from orderbridge.tables.goods import Goods
    from orderbridge.tables.held import Held

_STORE_FRESH = 60.0  # seconds a store's record and credentials are used without another look


class Bridge:
    """Everything a function may need; each client is made when it is first used."""

    def __init__(self, settings: Settings, client: Callable[..., Any] = aws.client) -> None:
        self.settings, self._client = settings, client
        self._shops: dict[str, tuple[float, Platform]] = {}
        self._erp: tuple[tuple[str, str], Erp] | None = None

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        made: DynamoDBClient = self._client("dynamodb")
        return made

    @cached_property
    def stock(self) -> Stock:
        return Stock(self.dynamodb, self.settings)

    @cached_property
    def orders(self) -> Orders:
        return Orders(self.dynamodb, self.settings, self.stock)

    @cached_property
    def control(self) -> Control:
        return Control(self.dynamodb, self.settings)

    @cached_property
    def polls(self) -> Polls:
        return Polls(self.dynamodb, self.settings)

    @cached_property
    def rates(self) -> RateTable:
        return RateTable(self.control)

    @cached_property
    def brakes(self) -> Brakes:
        return Brakes(self.control)

    @cached_property
    def goods(self) -> "Goods":
        """Products and prices; imported only where they are looked at, which no sale does."""
        from orderbridge.tables.goods import Goods

        return Goods(self.stock)

    @cached_property
    def held(self) -> "Held":
        from orderbridge.tables.held import Held

        return Held(self.control)

    @cached_property
    def queues(self) -> Queues:
        return Queues(self._client("sqs"), self.settings)

    @cached_property
    def vault(self) -> Vault:
        return Vault(self._client("secretsmanager"), self.settings)

    @cached_property
    def archive(self) -> Archive:
        return Archive(lambda: self._client("s3"), self.settings)

    @cached_property
    def meter(self) -> "Meter":
        """What CloudWatch counted of the stack."""
        from orderbridge.metering import Meter

        of = self.settings.stack, self.settings.stage
        return Meter(self._client("cloudformation"), self._client("cloudwatch"), *of)

    @cached_property
    def translator(self) -> "Translator":
        """Who translates the texts of orders; made, and its modules imported, only where a text is to be read."""
        from orderbridge.language.offline import Offline

        offline = Offline(self.settings.kept_names.split(","))
        if self.settings.translator != "amazon":
            return offline
        from botocore.config import Config

        from orderbridge.language.amazon import Amazon
        from orderbridge.tables.texts import Texts

        # The ERP waits for it: boto3's own patience of a minute, five times, would use up the function's time.
        patience = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2, "mode": "standard"})
        client = self._client("translate", config=patience)
        return Amazon(client, Texts(self.dynamodb, self.settings), self.settings.translate_terminology, offline)

    @property
    def language(self) -> "Target":
        """What the merchant's people read."""
        return "zh" if self.settings.language == "zh" else "en"

    def shop(self, store: str) -> Platform:
        """The platform, connected for one store. Raises UnknownStore, AuthFailed (missing or unusable credentials)."""
        known = self._shops.get(store)
        if known is None or time.monotonic() - known[0] > _STORE_FRESH:
            record, credentials = self.control.store(store), self.vault.api(store)
            tokens = Shared(self.vault, self.control, record, credentials)
            known = time.monotonic(), connect(record, credentials, tokens)
            self._shops[store] = known
        return known[1]

    def renew(self, store: Store) -> None:
        """Forget the connection that was made with another record of this store."""
        known = self._shops.get(store.id)
        if known and known[1].store != store:
            del self._shops[store.id]

    def store_refuses_us(self, store: str, reason: str) -> None:
        """Pause a store, unless there are other credentials by now: these are used from here on."""
        self._shops.pop(store, None)
        if self.vault.api(store) == self.vault.api(store, at_least_as_fresh_as=0):
            self.control.pause(store, reason)

    @property
    def erp(self) -> "Erp":
        """The merchant's ERP; the embedded ledger where no other was connected.

        Asked afresh: with the address of one and the cursor of another, changes would be lost.
        """
        return self.connected_erp()[0]

    def connected_erp(self) -> tuple["Erp", str]:
        """The ERP, and the name of this connection to it: revisions of another one count anew."""
        connection = self.control.erp_connection()
        if self._erp is None or self._erp[0] != connection:
            self.vault.forget_erp(connection[0])
            self._erp = connection, erps.load(connection[0])(self)
        return self._erp[1], "/".join(connection)

    def erp_takes_orders(self) -> bool:
        """Whether the ERP keeps orders of its own; asked afresh, for an order not told is an order lost."""
        name = self.control.erp()
        return name != EMBEDDED and erps.load(name).supports("save_order")

    def erp_refuses_us(self, reason: str) -> None:
        """Pause the ERP, unless there are other credentials by now: these are used from here on."""
        name, self._erp = self.control.erp(), None
        if self.vault.erp(name) == self.vault.erp(name, at_least_as_fresh_as=0):
            self.control.pause_erp(reason)


def connect(store: Store, credentials: dict[str, Any], tokens: Tokens | None = None) -> Platform:
    """The platform of a store with these credentials, which need not be stored: without `tokens` it exchanges them for
    access tokens of its own. Raises AuthFailed when fields are missing or wrong.
    """
    kind = platforms.load(store.platform)
    try:
        valid = kind.Credentials.model_validate(credentials)
    except ValidationError as error:
        # The error's own text would quote the credentials.
        fields = ", ".join(str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"])
        reason = f"the credentials lack or misspell: {fields}"
        raise AuthFailed(reason, platform=store.platform, store=store.id) from None
    return kind(store, valid, Http(store.url, store.platform, store.id), tokens)
