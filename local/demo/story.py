"""What buyers, shops and the operator do in the demo. All that reaches the bridge of it are the shops' webhooks."""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from local.demo.screen import Screen
from local.shops.catalogue import PRODUCTS
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from local.shops.shopify_orders import order as shopify_order
from local.shops.shopify_parts import Document
from orderbridge.bridge import Bridge
from orderbridge.erps.ledger import Ledger
from orderbridge.operations import listings

_BEAT = 0.05  # seconds between two things that happen
_PATIENCE = 20.0  # seconds that a scene waits for what it needs
_PLENTY = [product.sku for product in PRODUCTS if sum(product.stock.values()) >= 80]
_LAST = "HP-PACK-01"
# All there is of these, and all but one of the last, sold by shops that know nothing of each other.
_SELL_OUT = [
    ("shopify-us", "HP-LAMP-01", 3), ("shopify-jp", "HP-LAMP-01", 2), ("shopify-us", "HP-TENT-01", 2),
    ("woo-eu", "HP-TENT-01", 2), ("shopify-us", _LAST, 5), ("woo-eu", "HP-TEA-01", 4), ("shopify-jp", _LAST, 4),
    ("shopify-us", "HP-TEA-01", 5), ("shopify-jp", "HP-TEA-01", 4), ("woo-eu", _LAST, 4),
    ("shopify-us", "HP-CLOCK-01", 6), ("shopify-jp", "HP-CLOCK-01", 5),
]  # fmt: skip


@dataclass
class Story:
    """Each run sells the same; when what arrives differs."""

    bridge: Bridge
    shops: Mapping[str, Shop]
    screen: Screen
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    def play(self) -> None:
        for shop in self.shops.values():
            shop.webhook_faults.duplicate, shop.webhook_faults.delay = 0.2, (0.0, 0.6)
        parcel = self._sell("shopify-us", {"HP-MUG-03": 2})
        unpaid = self._sell("shopify-jp", {"HP-KIT-DESK": 2}, paid=False)
        first_word = self._document("shopify-jp", unpaid)
        self._trade(4)
        self._changes_of_mind()
        for store, sku, units in _SELL_OUT:
            self._sell(store, {sku: units})
        self._bad_deliveries()
        self._without_sku()
        self._trade(4)
        self._ship(parcel)
        self._late(unpaid, first_word)
        self._last_one()
        for shop in self.shops.values():
            shop.webhook_faults.duplicate, shop.webhook_faults.delay = 0.0, (0.0, 0.0)

    def _trade(self, orders: int) -> None:
        for n in range(orders):
            basket = {
                sku: self._random.randint(1, 3) for sku in self._random.sample(_PLENTY, self._random.randint(1, 2))
            }
            self._sell(list(self.shops)[n % len(self.shops)], basket)

    def _changes_of_mind(self) -> None:
        """Kits, an edit, a refund, a cancellation, an order that is never paid, a test order."""
        us, eu, jp = self.shops.values()
        edited = self._sell(us.name, {"HP-NOTE-03": 3})
        refunded = self._sell(us.name, {"HP-BOWL-01": 2, "HP-CANDLE-01": 1})
        cancelled = self._sell(jp.name, {"HP-INK-01": 2})
        self._sell(eu.name, {"HP-KIT-TEA": 2})
        self._sell(us.name, {"HP-KIT-CAMP": 1})
        self._sell(eu.name, {"HP-ROPE-01": 3}, paid=False)
        self._sell(us.name, {"HP-SOCK-01": 1}, test=True)
        self._beat(lambda: us.edit(edited, "HP-NOTE-03", 1))
        self._beat(lambda: us.refund(refunded, "HP-BOWL-01", 1))
        self._beat(lambda: jp.cancel(cancelled))

    def _bad_deliveries(self) -> None:
        """Signed, so they are taken: rubbish goes to quarantine, an order that does not add up is held back."""
        self.screen.event("did", "shopify-us", self.screen.words("rubbish"))
        self._send("shopify-us", b'{"id": 4711, "line_items": "three mugs"')
        order = self._sell("shopify-jp", {"HP-PEN-02": 1})
        document = self._document("shopify-jp", order)
        self.screen.event("did", "shopify-jp", self.screen.words("wrong_sum", number=document["name"]))
        later = datetime.fromisoformat(document["updated_at"]) + timedelta(seconds=1)
        wrong = {"total_price": str(Decimal(document["total_price"]) + 100), "updated_at": later.isoformat()}
        self._send("shopify-jp", json.dumps({**document, **wrong}).encode())

    def _without_sku(self) -> None:
        """Listings that carry no SKU in the shop: an order of one waits until the operator says what it is."""
        us = self.shops["shopify-us"]
        order = self._sell(us.name, {"HP-CARD-01": 2})
        self._until(lambda: bool((found := self.bridge.orders.load(us.name, order)) and found.unmapped))
        for store, shop in self.shops.items():
            for listing in shop.listings:
                if not listing.sku:
                    sku = listing.product.sku
                    self.screen.event("operator", store, self.screen.words("maps", sku=sku))
                    variant = str(listing.variant_id or "")
                    listings.map_one(self.bridge, store, str(listing.product_id), variant, sku)

    def _ship(self, order: str) -> None:
        """The embedded ledger ships: what was wanted is gone, what is offered stays; its shop is told."""
        store, sku = "shopify-us", "HP-MUG-03"
        self._until(lambda: self.bridge.orders.load(store, order) is not None)
        number = f"#{self.shops[store].sale(order).number}"
        said = self.screen.words("ships", sku=sku, quantity=2, location="HAM", number=number)
        self.screen.event("operator", store, said)
        Ledger(self.bridge).ship(store, order, sku, "HAM", 2, reference="parcel-1")

    def _late(self, order: str, first_word: Document) -> None:
        """The order is paid, and after that comes what the shop said of it at first."""
        store, number = "shopify-jp", first_word["name"]
        self.shops[store].pay(order)
        self._until(lambda: bool((found := self.bridge.orders.load(store, order)) and not found.waits))
        self.screen.event("did", store, self.screen.words("late_again", number=number))
        self._send(store, json.dumps(first_word).encode())

    def _last_one(self) -> None:
        """One unit is left and every shop shows it; all sell it before they can hear of each other."""
        self._until(lambda: all(sum(shop.quantities()[_LAST].values()) == 1 for shop in self.shops.values()))
        self.screen.event("did", _LAST, self.screen.words("last_one", sku=_LAST))
        for shop in self.shops.values():
            shop.sell(_LAST)

    def _document(self, store: str, order: str) -> Document:
        shop = self.shops[store]
        assert isinstance(shop, ShopifyShop)
        with shop.lock:
            return shopify_order(shop.sale(order), shop)

    def _send(self, store: str, body: bytes) -> None:
        """A webhook with any body, well signed."""
        shop = self.shops[store]
        assert isinstance(shop, ShopifyShop)
        shop.send_rubbish(body, "orders/updated")

    def _sell(self, store: str, basket: Mapping[str, int], *, paid: bool = True, test: bool = False) -> str:
        order = self.shops[store].sell_basket(basket, paid=paid, test=test)
        time.sleep(_BEAT)
        return order

    def _beat(self, happens: Callable[[], object]) -> None:
        happens()
        time.sleep(_BEAT)

    def _until(self, holds: Callable[[], bool]) -> None:
        """Wait until the bridge has come so far; go on anyway when it does not, the end will show it."""
        give_up = time.monotonic() + _PATIENCE
        while not holds() and time.monotonic() < give_up:
            time.sleep(0.1)
