"""The bridge and demo shops around one engine, without Lambda: tests take the messages from the queues themselves.

What a function does with a message is the library's; what triggers it (mappings, stream, schedule) is shown by the
tests of the deployed stack. Where a function must be able to die, or to run beside others, it is in `lambdas`.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from local.erp.erp import DemoErp
from local.shops.amazon import AmazonShop
from local.shops.shop import Shop
from local.shops.shopify import ShopifyShop
from orderbridge import drawing, handing, platforms
from orderbridge.announcing import announce, left_behind
from orderbridge.bridge import Bridge
from orderbridge.deliveries import Processed, process_record
from orderbridge.errors import TemporaryFailure
from orderbridge.model import Kit, Store
from orderbridge.notifying import Routed, route
from orderbridge.operations import kits
from orderbridge.operations.listings import import_all
from orderbridge.publishing import Changed, publish
from orderbridge.pushing import Served, serve
from orderbridge.receiving import Receiver, respond
from orderbridge.sweeping import Swept, sweep
from orderbridge.tables.accounts import Accounts
from orderbridge.tables.control import ERP, Todo, counterparty
from tests.gateway import Gateway
from tests.resources import Aws

CONNECTED = datetime(2020, 1, 1, tzinfo=UTC)
AFTER_A_CRASH = timedelta(minutes=2)  # longer than a lease


@dataclass
class World:
    """One merchant. `shops` by store id; `take` empties queues the way the functions would."""

    aws: Aws
    bridge: Bridge
    gateway: Gateway
    shops: dict[str, Shop] = field(default_factory=dict)
    ends: ExitStack = field(default_factory=ExitStack)
    in_flight: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    erp: DemoErp | None = None

    def connect(self, shop: Shop, *, parcels: bool = True) -> Store:
        """Register a running shop as a store: record, secrets, listings by exact SKU, webhook subscription."""
        kind = platforms.load(shop.platform)
        store = Store(
            id=shop.name,
            platform=shop.platform,
            url=self.ends.enter_context(shop).url,
            currency=shop.currency,
            locations=_locations(shop),
            connected_at=CONNECTED,
            tells_parcels=parcels,
        )
        token = f"token-{shop.name}"
        self.bridge.control.save_store(store)
        self.bridge.vault.put_api(store.id, shop.credentials)
        self.shops[store.id] = shop
        import_all(self.bridge, store.id, create=True)
        if kind.INBOUND is not None:
            secret = {"store": store.id, "platform": store.platform, "spec": vars(kind.INBOUND)}
            self.bridge.vault.put_inbound(token, {**secret, "keys": [kind.signing_key(shop.webhook_secret)]})
            shop.subscribe(self.gateway.url(token))
        else:
            self._join_bus(shop)
        return store

    def _join_bus(self, shop: Shop) -> None:
        """A shop that writes to a queue: whose its messages are, and where they go."""
        assert isinstance(shop, AmazonShop)
        made = self.bridge.shop(shop.name)
        Accounts(self.bridge.control).save(made.store, made.account(made.store, made.credentials))
        shop.send_to(self.aws.sqs)
        shop.subscribe(self.aws.settings.notifications_queue_arn)

    def connect_erp(self, erp: DemoErp) -> None:
        """Make a demo ERP the merchant's."""
        self.erp = self.ends.enter_context(erp)
        self.bridge.vault.put_erp("demo", erp.credentials)
        self.bridge.control.save_erp("demo")

    def stock(self, units: Mapping[str, int], location: str = "HAM") -> None:
        """Units on hand, written straight into the levels."""
        for sku, n in units.items():
            self.bridge.stock.table.write(self.bridge.stock.change_level(sku, {f"on_hand#{location}": n}))

    def kit(self, sku: str, components: dict[str, int]) -> None:
        kits.define(self.bridge, Kit(sku=sku, components=components))

    # What the functions do

    def inbound(self, limit: int = 10) -> list[dict[str, Any]]:
        """Messages of the inbound queue as Lambda's records; they stay in flight until `forget` or `come_back`."""
        answer = self.aws.sqs.receive_message(
            QueueUrl=self.aws.settings.inbound_queue_url, MaxNumberOfMessages=limit, MessageAttributeNames=["All"]
        )
        taken = [record_of(dict(m)) for m in answer.get("Messages", [])]
        self.in_flight |= {record["receiptHandle"]: record for record in taken}
        return taken

    def forget(self, record: Mapping[str, Any]) -> None:
        del self.in_flight[record["receiptHandle"]]
        self.aws.sqs.delete_message(QueueUrl=self.aws.settings.inbound_queue_url, ReceiptHandle=record["receiptHandle"])

    def come_back(self) -> None:
        """The queue's patience ends: what was taken and not forgotten lies on the queue again."""
        for handle in self.in_flight:
            self.aws.sqs.change_message_visibility(
                QueueUrl=self.aws.settings.inbound_queue_url, ReceiptHandle=handle, VisibilityTimeout=0
            )
        self.in_flight.clear()

    def route(self) -> list[Routed]:
        """Hand on what shops have written to the queue of their own bus."""
        if not any(isinstance(shop, AmazonShop) for shop in self.shops.values()):
            return []
        arn, done = self.aws.settings.notifications_queue_arn, list[Routed]()
        url = self.aws.sqs.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
        while found := self.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in found:
                platform = self.aws.settings.bus_platform or "amazon"
                done.append(route(self.bridge, platform, message["Body"].encode(), datetime.now(UTC)))
                self.aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return done

    def process(self) -> list[Processed]:
        """Process what is on the inbound queue, one message at a time; what fails for now stays in flight."""
        self.route()
        done: list[Processed] = []
        while records := self.inbound():
            for record in records:
                try:
                    done += process_record(self.bridge, record)
                except TemporaryFailure:
                    continue
                self.forget(record)
        return done

    def publish(self) -> None:
        """What the stream would bring: every level, price and product that is marked dirty."""
        rows = self.aws.dynamodb.scan(TableName=self.aws.settings.stock_table, IndexName="dirty")["Items"]
        dirty = [(row["pk"]["S"].removeprefix("SKU#"), row["sk"]["S"]) for row in rows]
        skus = [sku for sku, what in dirty if what == "LEVEL"]
        publish(self.bridge, [Changed(sku, self.bridge.stock.level(sku)) for sku in skus])
        announce(self.bridge, left_behind(self.bridge, dirty))

    def push(self, later: timedelta = timedelta(0)) -> list[Served]:
        """Serve every store once, `later` than now."""
        clock = lambda: datetime.now(UTC) + later  # noqa: E731
        return [serve(self.bridge, store, 20, clock, rest=timedelta(0)) for store in self.shops]

    def hand_over(self, later: timedelta = timedelta(0)) -> handing.Served:
        """Tell the ERP what it has to be told, `later` than now."""
        return handing.serve(self.bridge, 15, lambda: datetime.now(UTC) + later)

    def draw(self, *, full: bool = False, later: timedelta = timedelta(0)) -> drawing.Drawn:
        """Read prices and products from the ERP, `later` than now."""
        return drawing.draw(self.bridge, 15, full=full, now=lambda: datetime.now(UTC) + later)

    def sweep(self, later: timedelta = timedelta(0)) -> Swept:
        return sweep(self.bridge, lambda: datetime.now(UTC) + later)

    def todos(self) -> list[Todo]:
        tellable = [*map(counterparty, self.shops), ERP]
        return [todo for who in tellable for todo in self.bridge.control.todos(who)]

    def arrive(self) -> None:
        """Wait until every webhook that the shops have to send has arrived."""
        for shop in self.shops.values():
            assert shop.webhooks.idle(10), f"{shop.name} still sends"

    def settle(self, later: timedelta = timedelta(0), rounds: int = 20) -> None:
        """Deliver, process, publish and push until nothing is left to do. Where a platform shows a write only after a
        while, the pushes of each round are so much later than those of the one before."""
        late = max((platforms.load(shop.platform).WRITES_SETTLE for shop in self.shops.values()), default=timedelta(0))
        for n in range(rounds):
            self.arrive()
            self.process()
            self.publish()
            self.push(later + n * 1.1 * late)
            if self.erp:
                self.hand_over(later)
            if not self.todos() and not self._answered():
                return
        raise AssertionError(f"there is still something to do after many rounds: {self.todos()}")

    def _answered(self) -> bool:
        """Whether shops have said something more, as of parcels that they were told of."""
        self.arrive()
        return bool(self.process())

    def recover(self) -> None:
        """What time brings after a crash: the message comes back, the sweep goes round, the lease of the dead ends."""
        self.come_back()
        self.arrive()
        self.process()
        self.sweep(AFTER_A_CRASH)
        self.push(AFTER_A_CRASH)
        if self.erp:
            self.hand_over(AFTER_A_CRASH)
        if self.todos():
            self.settle(AFTER_A_CRASH)
        for who in map(counterparty, self.shops):  # whoever died with nothing left to do still holds a lease
            if self.bridge.control.lease(who, "time", datetime.now(UTC) + AFTER_A_CRASH, 0):
                self.bridge.control.release(who, "time")

    def shown(self, sku: str) -> dict[str, int]:
        """Store -> units that its shop shows for sale, read through the shop's own API."""
        found = {}
        for store in self.shops:
            listings = [s.listing for s in self.bridge.stock.listings(sku) if s.listing.store == store]
            if listings:
                found[store] = sum(s.quantity for s in self.bridge.shop(store).read_listings(listings).values())
        return found


def _locations(shop: Shop) -> dict[str, tuple[str, ...]]:
    """A shop with one location sells what the merchant has anywhere, one with several what lies at each."""
    if isinstance(shop, ShopifyShop) and len(shop.places) > 1:
        return {id: (name,) for id, name in shop.places.items()}
    return dict.fromkeys(shop.locations, ())


def record_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message as SQS gives it, in the shape in which Lambda hands it to a function."""
    attributes = {
        name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "messageAttributes": attributes,
        "attributes": {"ApproximateReceiveCount": "1"},
        "eventSource": "aws:sqs",
    }


def world(aws: Aws) -> Iterator[World]:
    bridge = Bridge(aws.settings)
    receiver = Receiver(bridge.vault, bridge.queues, bridge.archive)
    with Gateway(lambda event: respond(receiver, event)[0]) as gateway:
        made = World(aws, bridge, gateway)
        with made.ends:
            yield made
