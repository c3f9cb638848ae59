"""A demo shop that behaves like one seller's account in one Amazon marketplace towards its API clients (SP-API).

https://developer-docs.amazon.com/sp-api/docs (2026-08) and the models of that month; see each `amazon_*` module.
Nothing is sent to a web address: notifications go to an SQS queue, see `amazon_notices`.

What Amazon does with a listing's quantity when an order is cancelled: the units went off it when the buyer ordered,
and "Buyer Cancelled" as the reason puts them back, while "No Inventory" does not (Amazon's own Seller Support blog,
2011-03-28, https://www.amazonsellersupportblog.com/2011/03/reason-for-cancellation-inside-cancelling-an-order.html).
Nothing newer, and nothing about orders that Amazon itself cancels while they are pending, was found: this shop puts
units back for every reason but "inventory". Units that come back to the merchant are no matter of Amazon's.
"""

import threading
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from local.shops import amazon_feeds, amazon_lwa, amazon_patches
from local.shops import amazon_notices as notices
from local.shops.amazon_api import Api
from local.shops.amazon_feeds import Feed, File
from local.shops.amazon_limits import Limits
from local.shops.amazon_listings import Offer, status_of
from local.shops.amazon_parts import MARKETPLACES, failure
from local.shops.amazon_patches import Outcome, Submission
from local.shops.amazon_quota import Quotas
from local.shops.amazon_subscriptions import create_destination, create_subscription
from local.shops.catalogue import Product, sellable
from local.shops.faults import Fault, Faults
from local.shops.sales import Listing, Parcel, Sale, ShopRefuses, Tax
from local.shops.server import Answer, Request
from local.shops.till import Event
from local.shops.webhooks import Rules, Subscription

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

# A queue that cannot be written to is tried again; nothing ever ends a subscription.
_RULES = Rules(lambda status: status == 200, (5, 5), lambda hook: None, (0.2, 1.0, 5.0))
_TICK = 0.1  # seconds between two looks at what has fallen due
_CODES = {
    Fault.THROTTLED: (429, "QuotaExceeded", "You exceeded your quota for the requested resource."),
    Fault.UNAVAILABLE: (503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again."),
    Fault.BROKEN: (500, "InternalFailure", "We encountered an internal error. Please try again."),
    Fault.REVOKED: (403, "Unauthorized", "Access to requested resource is denied."),
}


class AmazonShop(Limits):
    """One seller in one marketplace; all stock of the merchant's under "".

    fba             SKUs that lie in Amazon's warehouses: sold and shipped by Amazon, no stock of the merchant's
    settles_after   how long an accepted change of a listing takes, by the shop's clock; `feeds_take` a feed
    search_lag      a search ends this long before now
    submission_faults   what becomes of accepted changes instead, see `amazon_patches.Outcome`
    """

    platform: ClassVar[str] = "amazon"
    STOCK_TOPIC: ClassVar[str] = notices.QUANTITY
    ACTIONS: ClassVar[frozenset[str]] = frozenset({"request_cancel"})

    def __init__(
        self,
        name: str,
        products: Sequence[Product],
        *,
        place: str = "DE",
        tax: Tax | None = None,
        fba: frozenset[str] = frozenset(),
        sqs: "SQSClient | None" = None,
        seed: int = 1,
        port: int = 0,
    ) -> None:
        self.marketplace = MARKETPLACES[place]
        tax = tax or Tax("VAT", Decimal("0.19"), True)
        super().__init__(name, self.marketplace.currency, tax, ("",), rules=_RULES, seed=seed, port=port)
        if sqs:
            self.send_to(sqs)
        self.seller_id = f"A{zlib.crc32(name.encode()):013d}"
        self.login, self.quotas = amazon_lwa.Login(self._clock), Quotas(self._clock)
        self.destinations: dict[str, tuple[str, str]] = {}  # id -> name, ARN of the queue
        self.submissions: list[Submission] = []
        self.submission_faults = Faults[Outcome](seed, Outcome)
        self.feeds: dict[str, Feed] = {}
        self.files: dict[str, File] = {}
        self.settles_after, self.feeds_take = timedelta(seconds=0.5), timedelta(seconds=2)
        self.search_lag = timedelta(minutes=2)
        self.cancel_requests: dict[int, str] = {}  # order -> why its buyer wants it cancelled
        self.cancelled_by: dict[int, tuple[str, str]] = {}  # line -> who cancelled units of it, and why
        self.rest, self._ended = Api(self), threading.Event()
        self._ticker = threading.Thread(target=self._tick, daemon=True)
        self.offers: dict[str, Offer] = {}
        for product in products:
            self._list(product, product.sku in fba)

    @staticmethod
    def first_id(name: str) -> int:
        """Seventeen digits, for an order is written in groups of 3, 7 and 7 of them."""
        return (zlib.crc32(name.encode()) % 900 + 100) * 10**14 + 1_000_001 * 10**7 + 1

    def send_to(self, sqs: "SQSClient") -> None:
        """Have notifications sent with this client; until then they go nowhere."""
        self.webhooks.rules = replace(_RULES, post=notices.to_queues(sqs))

    def start(self) -> None:
        super().start()
        self._ticker.start()

    def stop(self) -> None:
        self._ended.set()
        self._ticker.join()
        super().stop()

    @property
    def credentials(self) -> dict[str, str]:
        return {
            "client_id": self.login.client_id,
            "client_secret": self.login.client_secret,
            "refresh_token": self.login.refresh_token,
            "seller_id": self.seller_id,
            "marketplace_id": self.marketplace.id,
            "token_url": f"{self.url}{amazon_lwa.PATH}",
        }

    @property
    def webhook_secret(self) -> str:
        """There is none: who may write into the queue is the queue's own policy."""
        return ""

    def subscribe(self, url: str, topics: Sequence[str] = ()) -> list[Subscription]:
        """Have notifications sent to the queue of this ARN, as the calls of the Notifications API would."""
        with self.lock:
            found = [id for id, (_, arn) in self.destinations.items() if arn == url]
            asked = {"resourceSpecification": {"sqs": {"arn": url}}, "name": self.name}
            id = found[0] if found else create_destination(self, asked)
            wanted = topics or notices.TOPICS
            versions = {notices.FEED: "2020-09-04"}
            return [create_subscription(self, topic, versions.get(topic, "1.0"), id) for topic in wanted]

    def order_id(self, sale: Sale) -> str:
        digits = str(sale.id)
        return f"{digits[:3]}-{digits[3:10]}-{digits[10:]}"

    def sale(self, order: str) -> Sale:
        return super().sale(order.replace("-", ""))

    def by_amazon(self, sale: Sale) -> bool:
        """Whether Amazon ships it: nothing of the merchant's stock is in it."""
        return not any(line.taken for line in sale.lines)

    def _clock(self) -> datetime:
        return self.now()

    def _tick(self) -> None:
        while not self._ended.wait(_TICK):
            self.settle()

    def _list(self, product: Product, by_amazon: bool) -> None:
        """Amazon knows every listing by the seller's SKU, and has one for each."""
        price, id = product.prices[self.currency], next(self._ids)
        units = 0 if by_amazon else sellable(product)
        listing = Listing(product, product.sku, id, 0, id, price, {"": units}, not by_amazon)
        channel = self.marketplace.channel if by_amazon else "DEFAULT"
        offer = Offer(listing, product.title, channel, price, self.now(), self.now())
        offer.told = offer.buyable
        self.listings.append(listing)
        self.offers[listing.sku] = offer

    # selling

    def sell_basket(self, basket: Mapping[str, int], **more: Any) -> str:
        """As of every shop; the number is Amazon's. Amazon makes two orders of what two ship, so does nobody here."""
        with self.lock:
            self.settle()
            ways = {self.offers[self.listing(sku).sku].channel == "DEFAULT" for sku in basket}
            if len(ways) > 1:
                raise ShopRefuses("Amazon and the merchant do not ship in one order")
            return self.order_id(self.sales[int(super().sell_basket(basket, **more))])

    def cancel(self, order: str, reason: str = "customer", restock: bool = True) -> None:
        """Before anything of it was shipped. Reasons: customer, inventory, declined (Amazon's own), or another."""
        with self.lock:
            sale = self._standing(order)
            if any(sale.shipped(line) for line in sale.lines):
                raise ShopRefuses("Amazon cancels no order of which something was shipped")
            by = {"customer": "BUYER", "declined": "AMAZON"}.get(reason, "MERCHANT")
            self.cancelled_by |= {line.id: (by, reason) for line in sale.lines}
            super().cancel(order, reason, restock and reason != "inventory")

    def cancelling(self, sale: Sale, restock: bool) -> None:
        for line in sale.lines:
            units = sale.open(line)
            if restock:
                self._put_back(line, units)
            line.removed += units

    def edit(self, order: str, sku: str, quantity: int) -> None:
        """Cancel units of one line: an order at Amazon never grows. With its last unit the order is cancelled."""
        with self.lock:
            sale = self._standing(order)
            line = self._line(sale, sku)
            if quantity > sale.current(line):
                raise ShopRefuses("an order at Amazon does not grow")
            if sum(sale.current(x) for x in sale.lines) == sale.current(line) and not quantity:
                self.cancel(order, "seller")
                return
            self.cancelled_by[line.id] = "MERCHANT", "seller"
            super().edit(order, sku, quantity)

    def reprice(self, sku: str, price: str, compare_at: str = "") -> None:
        """What Amazon crosses out beside a price is its own affair."""
        super().reprice(sku, price)
        with self.lock:
            self.offers[sku].price, self.offers[sku].sale = Decimal(price), None

    def request_cancel(self, order: str, reason: str = "Ordered by mistake") -> None:
        """The buyer asks the merchant to cancel; nothing happens by itself."""
        with self.lock:
            sale = self._standing(order)
            self._touch(sale)
            self.cancel_requests[sale.id] = reason
            notices.tell_order(self, sale, notices.status_of(sale), "Buyer Requested Cancel", "BuyerRequestedChange")

    def fulfil(self, order: str, sku: str = "", quantity: int = 0, tracking: str = "") -> str:
        if not self.sale(order).paid_at:
            raise ShopRefuses("a pending order cannot be shipped")
        return super().fulfil(order, sku, quantity, tracking)

    def ship(self, sale: Sale, parcel: Parcel, old: Parcel | None, event: Event) -> None:
        """Put a parcel in the place of an old one, or beside those that are there; the lock is held."""
        sale.parcels = [parcel if x is old else x for x in sale.parcels]
        if old is None:
            sale.parcels.append(parcel)
        self._touch(sale)
        self.announce(event, sale)

    def refund(self, order: str, sku: str = "", quantity: int = 0, restock: bool = True, reason: str = "") -> str:
        """Money for units that were shipped. The order does not show it, and no unit comes back to the listing."""
        with self.lock:
            sale = self.sale(order)
            if any(sale.open(line) for line in sale.lines if sku in {"", line.listing.product.sku}):
                raise ShopRefuses("what was not shipped is cancelled at Amazon, not refunded")
            return super().refund(order, sku, quantity, False, reason)

    # telling

    def announce(self, event: Event, sale: Sale) -> None:
        self.tell_stock()
        if event in (Event.REFUNDED, Event.UPDATED, Event.DELIVERED):
            return  # nobody is told
        if event is Event.CREATED:
            notices.tell_order(self, sale, "Pending", "Order Placed")
        if event is not Event.CREATED or sale.paid_at:  # an order is pending for a moment, however fast its buyer pays
            notices.tell_order(self, sale, notices.status_of(sale), event.name.title())

    def tell_stock(self) -> None:
        super().tell_stock()
        for offer in self.offers.values():
            if offer.told != offer.buyable:
                offer.told = offer.buyable
                notices.tell_status(self, offer.listing, status_of(offer))

    def stock_changed(self, listing: Listing, place: str) -> None:
        notices.tell_quantity(self, listing)

    # calls

    def settle(self) -> None:
        """Do what has fallen due by the shop's clock. Every call and every sale does it first, and so does a thread."""
        with self.lock:
            amazon_feeds.process(self)
            amazon_patches.settle(self)
            self.tell_stock()

    def api(self, request: Request) -> Answer:
        return self.rest.answer(request)

    def failure(self, fault: Fault) -> Answer:
        return failure(*_CODES[fault])

    def _answer(self, request: Request, fault: Fault | None) -> Answer | None:
        self.settle()
        if fault is Fault.REVOKED and request.path == amazon_lwa.PATH:
            return amazon_lwa.revoked()
        before = [*self.submissions]
        answer = super()._answer(request, fault)
        if fault is Fault.IGNORED:
            self.submissions = before
        self.settle()
        return answer
