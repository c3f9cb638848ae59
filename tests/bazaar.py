"""A made-up marketplace: it writes to a bus, takes numbers that show only later, and lets itself be searched rarely.

No HTTP: what is tried with it is what we make of a platform like this, not how one is asked.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, SecretStr

from orderbridge import platforms
from orderbridge.errors import InvalidPayload, RateLimited
from orderbridge.model import Listing, Order, OrderStatus, Store
from orderbridge.platforms.base import (
    Cursor,
    Delivery,
    Event,
    Hint,
    Look,
    Notified,
    Page,
    Platform,
    Seen,
    Subscription,
    event,
)
from orderbridge.platforms.listings import Catalogue, Offer, Outcome, RowResult, Shown, StockRow, WriteCall
from orderbridge.tables.accounts import Accounts
from tests.orders import order_of
from tests.world import CONNECTED, World

SELLER, MARKET = "S1", "M1"
CREDENTIALS = {"key": "a-key", "seller": SELLER, "market": MARKET}
SETTLES = timedelta(minutes=5)


@dataclass
class Market:
    """What the marketplace knows, by its own clock, which tests move.

    shows       SKU -> units on sale
    coming      accepted numbers that do not show yet: when they will, SKU, units
    deaf        SKUs whose numbers it accepts and never shows
    tokens      searches that it allows now; one more comes with each `restores`
    calls       what it was asked
    circle      its list of orders names each page as the next one
    """

    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    shows: dict[str, int] = field(default_factory=dict)
    coming: list[tuple[datetime, str, int]] = field(default_factory=list)
    deaf: set[str] = field(default_factory=set)
    orders: dict[str, Order] = field(default_factory=dict)
    tokens: float = 20
    fetches: float = 1000
    restores: timedelta = timedelta(seconds=180)
    calls: list[str] = field(default_factory=list)
    subscribed: list[Subscription] = field(default_factory=list)
    circle: bool = False
    endless: bool = False

    def pass_time(self, by: timedelta) -> None:
        self.now += by
        self.tokens = min(20, self.tokens + by / self.restores)
        self.fetches = min(1000, self.fetches + by / timedelta(seconds=2))

    def settle(self) -> None:
        for at, sku, units in [one for one in self.coming if one[0] <= self.now]:
            self.coming.remove((at, sku, units))
            if sku not in self.deaf:
                self.shows[sku] = units

    def sell(self, sku: str, units: int = 1) -> str:
        self.settle()
        self.shows[sku] -= units
        id = f"B-{len(self.orders) + 1}"
        self.orders[id] = order_of("bazaar", id, {sku: units}).model_copy(
            update={"platform": "bazaar", "version": self.now.replace(microsecond=0), "created_at": self.now}
        )
        return id

    def cancel(self, id: str) -> None:
        old = self.orders[id]
        lines = tuple(line.model_copy(update={"cancelled": line.quantity}) for line in old.lines)
        version = self.now.replace(microsecond=0)
        self.orders[id] = old.model_copy(update={"status": OrderStatus.CANCELLED, "lines": lines, "version": version})


class Bazaar(Platform):
    name = "bazaar"
    INBOUND: ClassVar[Any] = None
    EVENTS: ClassVar[dict[str, Event]] = {
        "ORDER": Event.ORDER_ID,
        "QUANTITY": Event.STOCK,
        "ISSUE": Event.STOCK,
        "OTHER": Event.IGNORED,
    }
    STOCK_BATCH = 10
    ORDERS_PAGE = 2
    WRITES_SETTLE = SETTLES
    POLL_EVERY = timedelta(minutes=15)
    market: ClassVar[Market]

    class Credentials(BaseModel):
        key: SecretStr
        seller: str
        market: str

    @classmethod
    def account(cls, store: Store, credentials: BaseModel) -> str:
        assert isinstance(credentials, cls.Credentials)
        return f"{credentials.seller}#{credentials.market}"

    @classmethod
    def notified(cls, document: Any) -> Notified:
        try:
            account = "#".join(filter(None, (document["seller"], document.get("market"))))
            return Notified(account, document["topic"])
        except (KeyError, TypeError) as error:
            raise InvalidPayload(f"it lacks {error}", platform=cls.name) from error

    def parse(self, delivery: Delivery) -> list[Any]:
        said = json.loads(delivery.body) if event(self.EVENTS, delivery) is not Event.IGNORED else {}
        match delivery.topic:
            case "ORDER":
                return [Hint(said["order"])]
            case "QUANTITY":
                return [Seen(said["sku"], "", said["units"])]
            case "ISSUE":
                return [Look(said["sku"], said["words"])]
        return []

    def fetch(self, order_id: str) -> Order | None:
        self._asked("fetch")
        if self.market.fetches < 1:
            raise RateLimited("the platform asks to slow down", retry_after=10, platform=self.name)
        self.market.fetches -= 1
        return self.market.orders.get(order_id)

    def orders_since(self, cursor: Cursor) -> Page[Order | Hint]:
        """By version; a token is how many of these were shown."""
        self._asked("search")
        if self.market.tokens < 1:
            wait = self.market.restores.total_seconds()
            raise RateLimited("the platform asks to slow down", retry_after=wait, platform=self.name)
        self.market.tokens -= 1
        found = sorted((o for o in self.market.orders.values() if o.version >= cursor.since), key=lambda o: o.version)
        start = int(cursor.token or 0)
        page: list[Order | Hint] = list(found[start : start + self.ORDERS_PAGE])
        more = start + len(page) < len(found)
        if self.market.circle and page:
            return Page(page, cursor)
        if self.market.endless:
            return Page(page, replace(cursor, token=str(start + 1)))
        return Page(page, replace(cursor, token=str(start + len(page))) if more else None)

    def stock_calls(self, rows: Sequence[StockRow], push_id: str) -> list[WriteCall]:
        batches = [rows[n : n + self.STOCK_BATCH] for n in range(0, len(rows), self.STOCK_BATCH)]
        return [
            WriteCall("/stock", json.dumps([[r.listing.item_id, r.quantity] for r in batch]), f"{push_id}-{n}",
                      tuple(row.key for row in batch))
            for n, batch in enumerate(batches)
        ]  # fmt: skip

    def push_stock(self, call: WriteCall) -> dict[tuple[str, str], RowResult]:
        self._asked("write")
        for sku, units in json.loads(call.request):
            self.market.coming.append((self.market.now + SETTLES / 2, sku, units))
        return dict.fromkeys(call.rows, RowResult(Outcome.ACCEPTED))

    def read_listings(self, listings: Sequence[Listing]) -> dict[tuple[str, str], Shown]:
        self._asked("read")
        self.market.settle()
        shown = self.market.shows
        return {(one.item_id, ""): Shown(shown[one.item_id]) for one in listings if one.item_id in shown}

    def list_products(self, token: str = "") -> Catalogue:
        return Catalogue([Offer(sku, sku, "", sku, sku) for sku in self.market.shows])

    def subscriptions(self) -> list[Subscription]:
        return list(self.market.subscribed)

    def subscribe(self, topic: str, address: str, key: str) -> None:
        self.market.subscribed.append(Subscription(f"id-{topic}", topic, address))

    def repair(self, subscription: Subscription, address: str, key: str) -> None:
        self.unsubscribe(subscription)
        self.subscribe(subscription.topic, address, key)

    def unsubscribe(self, subscription: Subscription) -> None:
        self.market.subscribed.remove(subscription)

    def _asked(self, what: str) -> None:
        self.market.calls.append(what)


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Market:
    """The platform `bazaar` is there as if it had a module."""
    load: Callable[[str], type[Platform]] = platforms.load
    monkeypatch.setattr(platforms, "load", lambda name: Bazaar if name == "bazaar" else load(name))
    Bazaar.market = Market()
    return Bazaar.market


def store_of(id: str = "bazaar", **more: Any) -> Store:
    given = {"id": id, "platform": "bazaar", "url": "https://bazaar.example.com", "currency": "EUR", **more}
    return Store(connected_at=CONNECTED, locations={"": ()}, **given)


def connect(world: World, id: str = "bazaar") -> Store:
    """A store of the bazaar, with what it shows as listings."""
    from orderbridge.operations.listings import import_all

    store = store_of(id)
    world.bridge.control.save_store(store)
    world.bridge.vault.put_api(id, CREDENTIALS)
    Accounts(world.bridge.control).save(store, f"{SELLER}#{MARKET}")
    import_all(world.bridge, id, create=True)
    return store
