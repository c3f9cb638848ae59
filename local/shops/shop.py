"""A demo shop: a till with a lock, an HTTP server in front and webhooks behind.

A platform's half (`shopify.py`, `woocommerce.py`) says how the API answers and what is sent. All that a
person or a test does to a shop is a method of `Till`; the bridge sees only HTTP.
"""

import copy
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from local.shops import control
from local.shops.faults import ApiFaults, Fault, WebhookFaults
from local.shops.later import Later
from local.shops.sales import Listing, Sale, Tax
from local.shops.server import Answer, Request, ShopServer
from local.shops.webhooks import KEPT, Rules, Sender, Subscription


@dataclass(frozen=True)
class Call:
    """One API call that came in, for tests. `status` 0: the connection was broken instead of an answer."""

    request: Request
    status: int
    answer: str
    fault: Fault | None


class Shop(Later):
    """One demo shop; use it as a context manager, or `start` and `stop` it.

    name            the store id that people use for it, "shopify-us"
    api_faults, webhook_faults   switches, see `faults`
    calls           the last API calls; `webhooks.attempts` are the last sendings of webhooks (2000 of each)
    """

    platform: ClassVar[str]
    ACTIONS: ClassVar[frozenset[str]] = frozenset()  # what people can do to it beyond what they can do to every shop
    STOCK_TOPIC: ClassVar[str]  # what is sent when a quantity has changed, to those only who ask for it by name

    def __init__(
        self, name: str, currency: str, tax: Tax, locations: Sequence[str], *, rules: Rules, seed: int, port: int
    ) -> None:
        super().__init__(name, currency, tax, locations, seed)
        self.subscriptions: list[Subscription] = []
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self.api_faults, self.webhook_faults = ApiFaults(seed), WebhookFaults(seed)
        self.webhooks = Sender(rules, self.webhook_faults)
        self._server = ShopServer(self._respond, port)
        self._shelves: dict[tuple[int, str], int] = {}

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._server.start()
        self.webhooks.start()

    def stop(self) -> None:
        self._server.stop()
        self.webhooks.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    @property
    def location_map(self) -> dict[str, tuple[str, ...]]:
        """The platform's location id -> the merchant's locations whose stock stands there; none named: all."""
        return dict.fromkeys(self.locations, ())

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """What the merchant copies from the shop's settings for the API."""

    @property
    @abstractmethod
    def webhook_secret(self) -> str:
        """The secret that webhooks are signed with; during a rotation the new one."""

    @abstractmethod
    def subscribe(self, url: str, topics: Sequence[str] = ()) -> list[Subscription]:
        """Have webhooks of these topics, or of all about orders, sent to `url`."""

    def next_id(self) -> int:
        return next(self._ids)

    def order_id(self, sale: Sale) -> str:
        """As the platform writes it."""
        return str(sale.id)

    def watch_stock(self, url: str) -> None:
        """Have every quantity that changes from now on told to `url`, whoever changed it."""
        with self.lock:
            self._shelves = self._shown()
        self.subscribe(url, (self.STOCK_TOPIC,))

    def correct(self, sku: str, units: int) -> None:
        """A person writes another number in the shop's own screens, at its first location."""
        with self.lock:
            listing = self.listing(sku)
            listing.quantities[next(iter(listing.quantities))] = units
            self.tell_stock()

    def reprice(self, sku: str, price: str, compare_at: str = "") -> None:
        """A person writes another price in the shop's own screens."""
        with self.lock:
            listing = self.listing(sku)
            listing.price, listing.compare_at = Decimal(price), Decimal(compare_at) if compare_at else None

    def tell_stock(self) -> None:
        """Send what changed on the shelves since the last time; the first time nothing. The lock is held."""
        if any(self.STOCK_TOPIC in subscription.topics for subscription in self.subscriptions):
            before, self._shelves = self._shelves, self._shown()
            for listing in self.listings:
                for place, units in listing.quantities.items():
                    if before.get((listing.item_id, place), units) != units:
                        self.stock_changed(listing, place)

    def _shown(self) -> dict[tuple[int, str], int]:
        return {(x.item_id, place): units for x in self.listings for place, units in x.quantities.items()}

    @abstractmethod
    def stock_changed(self, listing: Listing, place: str) -> None:
        """Send what the platform sends when the quantity of a listing at one location is another."""

    @abstractmethod
    def api(self, request: Request) -> Answer:
        """Answer one call of the platform's API; the lock is held."""

    @abstractmethod
    def failure(self, fault: Fault) -> Answer:
        """How this platform shows THROTTLED, UNAVAILABLE, BROKEN or REVOKED."""

    def _respond(self, request: Request) -> Answer | None:
        if request.path.startswith(control.ROOT):
            return control.answer(self, request)
        fault = self.api_faults.next()
        with self.lock:
            answer = self._answer(request, fault)
            self.calls.append(Call(request, answer.status if answer else 0, answer.body if answer else "", fault))
        if fault is Fault.SLOW:
            threading.Event().wait(self.api_faults.slow)
        return None if fault is Fault.LOST else answer

    def _answer(self, request: Request, fault: Fault | None) -> Answer | None:
        if fault is Fault.UNREACHED:
            return None
        if fault in {Fault.THROTTLED, Fault.UNAVAILABLE, Fault.BROKEN, Fault.REVOKED}:
            return self.failure(fault)
        before = (
            [(listing, copy.deepcopy(vars(listing))) for listing in self.listings] if fault is Fault.IGNORED else []
        )
        answer = self.api(request)
        for listing, kept in before:
            vars(listing).update(kept)
        self.tell_stock()
        return answer
