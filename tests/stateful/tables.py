"""The library's real calls against the engine's tables, as a machine; where the stock comes from is left to subclasses.

After every step laws 2, 3 and 4 are read from the tables and compared with what is true; law 5 when all is quiet.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from local.engine import Engine
from orderbridge.deliveries import process
from orderbridge.errors import TemporaryFailure
from orderbridge.model import Kit, Listing, Order, OrderStatus
from orderbridge.operations.kits import define
from orderbridge.orders import StoredOrder
from orderbridge.publishing import Changed, publish
from orderbridge.pushing import serve
from orderbridge.queues import HINT, ORDER, Inbound
from orderbridge.settings import Settings
from orderbridge.stock import ANY
from orderbridge.sweeping import sweep
from orderbridge.tables.control import counterparty
from orderbridge.tables.items import Item
from orderbridge.tables.listings import Listings
from tests.laws import scan
from tests.memory import Memory
from tests.orders import ORDERED_AT
from tests.resources import Maker
from tests.stateful.buyers import PICK, SHOP, SKUS, STORES, UNITS, Buyers
from tests.stateful.till import Overwriting, Till
from tests.stateful.town import Sale, Shop, State
from tests.stateful.wired import Wired

Key = tuple[str, str]
Fresh = Callable[[], tuple[Settings, Any]]
PARTS = ("A", "B")
FAULTS = st.lists(st.sampled_from(["", "", "down", "lost", "ignored"]), max_size=3)
COMPONENTS = st.sampled_from([{"A": 2, "B": 1}, {"A": 1}, {"B": 3}])


class Tables(Buyers):
    """`fresh` makes empty tables: their names and a client.

    left    (order, SKU) -> units that left for it
    packed  order -> kit -> what one is packed from, as it was when we first heard of it
    """

    fresh: ClassVar[Fresh]

    def __init__(self) -> None:
        super().__init__()
        self.left = Counter[tuple[Key, str]]()
        self.packed: dict[Key, dict[str, Mapping[str, int]]] = {}
        self.kit: Mapping[str, int] = {"A": 2, "B": 1}
        self.stored: dict[Key, StoredOrder] = {}
        self.known_gone = set[Key]()
        kinds = {"compares": Till, "overwrites": Overwriting}
        self.tills = {id: kinds[id](STORES[id], shop, self.offered) for id, shop in self.shops.items()}
        self.bridge = Wired(*type(self).fresh(), self.tills)
        self.bridge.control.add_location("HAM")
        for store in STORES.values():
            self.bridge.control.save_store(store)
        for id, sku in [(id, sku) for id in STORES for sku in SKUS]:
            Listings(self.bridge.stock, self.bridge.control).add(
                Listing(store=id, sku=sku, product_id=sku, item_id=f"item-{sku}")
            )
        define(self.bridge, Kit(sku="K", components=dict(self.kit)))

    # What reaches us

    @rule(state=Buyers.states)
    def deliver(self, state: State) -> None:
        """Any state, any time, any number of times."""
        self.arrived(state.document)
        self.take(ORDER, state.document.store, state.document.model_dump_json())

    @rule(state=Buyers.states, pick=PICK)
    def deliver_two(self, state: State, pick: int) -> None:
        """Another state of the order comes right when the one is about to be written."""
        states = self.sale(state.document.store, state.document.id).states
        self.bridge.interrupted.meanwhile.append(partial(self.deliver, states[pick % len(states)]))
        self.deliver(state)
        self.bridge.interrupted.meanwhile.clear()

    @precondition(lambda self: self.sales())
    @rule(pick=PICK)
    def hint(self, pick: int) -> None:
        """Something happened to an order: go and look."""
        sale = self.sales()[pick % len(self.sales())]
        if not sale.gone:
            self.fetched(*sale.key)
        self.take(HINT, sale.shop.id, f'["{sale.id}", null]')

    @precondition(lambda self: self.stored)
    @rule(pick=PICK)
    def vanish(self, pick: int) -> None:
        """The shop forgets an order that we know; nobody tells us yet."""
        sale = self.sale(*sorted(self.stored)[pick % len(self.stored)])
        sale.gone = True
        sale.shop.gave_back |= sale.lines.keys()

    @precondition(lambda self: self.bridge.heard.inbound)
    @rule(pick=PICK)
    def take_what_was_polled(self, pick: int) -> None:
        waiting = self.bridge.heard.inbound
        message = waiting.pop(pick % len(waiting))
        self.arrived(Order.model_validate_json(message.body))
        self.take(message.kind, message.store, message.body.decode())

    def take(self, kind: str, store: str, body: str) -> None:
        message = Inbound(kind, store, "poll", datetime.now(UTC), body.encode())
        try:
            process(self.bridge, message, message.body)
        except TemporaryFailure as failure:
            # Nobody else writes and the shops answer such questions: it would fail each time, and be lost.
            raise AssertionError(f"an order of {store} cannot be written: {failure.reason}") from failure

    # What the functions do

    @rule()
    def publish(self) -> None:
        skus = list(self.bridge.stock.dirty_skus(100))
        publish(self.bridge, [Changed(sku, self.bridge.stock.level(sku)) for sku in skus])

    @rule(shop=SHOP, faults=FAULTS, news=st.lists(UNITS, max_size=3))
    def serve(self, shop: str, faults: list[str], news: list[int]) -> None:
        """The shop answers with faults, and before it answers it sells, or we hear of a sale in the other shop."""
        self.publish()
        till = self.tills[shop]
        till.faults.extend(faults)
        till.blurred |= set(SKUS) if any(faults) else set()
        till.meanwhile.extend(partial(self.sold_meanwhile, till, units) for units in news)
        serve(self.bridge, shop, 0.4, self.now, rest=timedelta(0))
        till.faults.clear()
        till.meanwhile.clear()

    def sold_meanwhile(self, till: Till, units: int) -> None:
        if units > 1:
            till.of.buy("A", units, self.second)
            return
        (other,) = (shop for shop in self.shops.values() if shop is not till.of)
        if state := other.buy("A", 1, self.second):
            till.blurred |= set(SKUS)  # there was more when the quantity was decided
            self.deliver(state)
            self.publish()

    @rule()
    def sweep(self) -> None:
        sweep(self.bridge, self.now)

    @rule(components=COMPONENTS)
    def pack_otherwise(self, components: Mapping[str, int]) -> None:
        define(self.bridge, Kit(sku="K", components=dict(components)))
        self.kit = components

    @rule()
    def quiet(self) -> None:
        """Input stops, all of it comes in and time passes: then every shop shows what there is to sell."""
        for sale in self.sales():
            if sale.gone:
                self.take(HINT, sale.shop.id, f'["{sale.id}", null]')
            else:
                self.take(ORDER, sale.shop.id, self.fetched(*sale.key).model_dump_json())
        self.bridge.heard.inbound.clear()
        self.restock()
        self.check()
        for _ in range(3):
            self.publish()
            for shop in self.shops:
                serve(self.bridge, shop, 0.4, self.now, rest=timedelta(0))
            self.second += 660  # until what was thought to be sold unseen is known not to be
            self.sweep()
        self.check()
        assert not list(self.bridge.stock.dirty_skus(100)), "levels are dirty"
        for id, till in self.tills.items():
            left = [todo.id for todo in self.bridge.control.todos(counterparty(id))]
            assert not left, f"{id} has still to be told of {left}"
            for sku in SKUS:
                shows, ats = till.of.shows[sku], self.ats(id, sku)
                assert shows == ats, f"{id} shows {shows} of {sku}, {ats} may be sold"
            till.of.gave_back.clear()
            till.blurred.clear()

    @rule(shop=SHOP)
    def tell_twice(self, shop: str) -> None:
        """All is quiet; then the other shop sells twice, the second time while this one is told of the first."""
        self.quiet()
        self.sold_meanwhile(self.tills[shop], 1)
        self.serve(shop, [], [1])
        self.quiet()

    def restock(self) -> None:
        """What brings our numbers in line with the warehouse."""

    # What must hold after every step

    def check(self) -> None:
        rows = list(scan(self.bridge.stock.table))
        self.orders_are_right(list(scan(self.bridge.orders.table)))
        wanted, leave = Counter[str](), Counter[tuple[str, ...]]()
        for key, stored in self.stored.items():
            wants = self.wants(key)
            for sku in PARTS:
                hold, left = max(wants[sku], self.left[key, sku]), self.left[key, sku]
                assert stored.holds.get((sku, ANY), 0) == hold, f"{key} holds {stored.holds} instead of {hold} of {sku}"
                wanted[sku] += hold
                leave[(sku, *key)] += hold - left
        held = {
            (row["pk"][4:], row["store"], row["order"]): row["quantity"] - row["shipped"] for row in _of(rows, "HOLD#")
        }
        assert held == +leave, "open holds"
        self.levels_are_right({row["pk"][4:]: row for row in _of(rows, "LEVEL")}, wanted)

    def orders_are_right(self, rows: list[Item]) -> None:
        """Laws 2 and 3: the newest state that came, and a revision for each change."""
        revisions = Counter(row["pk"] for row in _of(rows, "REVISION#"))
        for row in _of(rows, "ORDER"):
            _, *parts = row["pk"].split("#")
            key, before = (parts[0], parts[1]), self.stored.get((parts[0], parts[1]))
            assert row["revision"] == revisions[row["pk"]], f"{row['pk']}: a revision without its record"
            if before is None or before.revision != row["revision"]:
                self.stored[key] = self.bridge.orders.load(*key) or self.stored[key]
            self.newest(self.sale(*key), self.stored[key])
        assert self.came.keys() <= self.stored.keys()

    def newest(self, sale: Sale, stored: StoredOrder) -> None:
        if stored.order.status is OrderStatus.DELETED:
            assert sale.gone
            self.known_gone.add(sale.key)
            return
        assert sale.key not in self.known_gone, f"order {sale.key} was deleted and is back"
        place, latest = sale.place(stored.order), self.came.get(sale.key, 0)
        assert place >= latest, f"order {sale.key} is kept as it was at {place}, and {latest} came"
        if "K" in sale.states[place].units:
            self.packed.setdefault(sale.key, {}).setdefault("K", self.kit)

    def levels_are_right(self, rows: Mapping[str, Item], wanted: Counter[str]) -> None:
        """Law 4."""
        left = Counter[str]()
        for (_, sku), units in self.left.items():
            left[sku] += units
        for sku in PARTS:
            row = rows.get(sku, {})
            assert row.get("wanted#*", 0) == wanted[sku], f"{sku}: {wanted[sku]} are held"
            assert row.get("shipped#*", 0) == left[sku], f"{sku}: {left[sku]} have left"
            self.stock_is_right(sku, row)

    def stock_is_right(self, sku: str, row: Mapping[str, Any]) -> None:
        raise AssertionError("where the stock comes from is not said")

    # The truth

    def now(self) -> datetime:
        return ORDERED_AT + timedelta(seconds=self.second)

    def wants(self, key: Key) -> Counter[str]:
        """Units that the state which we have of an order asks for, kits as they were packed for it."""
        sale, document = self.sale(*key), self.stored[key].order
        if document.status is OrderStatus.DELETED:
            return Counter()
        units, parts = sale.states[sale.place(document)].units, Counter[str]()
        for sku, n in units.items():
            for part, each in self.packed[key]["K"].items() if sku == "K" else ((sku, 1),):
                parts[part] += n * each
        return parts

    def shelf(self, sku: str) -> int:
        """Units that we know to lie there."""
        raise AssertionError("where the stock comes from is not said")

    def ats(self, shop: str, sku: str) -> int:
        open_units = Counter[str]()
        for key in self.stored:
            wants = self.wants(key)
            for part in PARTS:
                open_units[part] += max(0, wants[part] - self.left[key, part])
        free = {part: max(0, self.shelf(part) - open_units[part] - STORES[shop].buffer) for part in PARTS}
        return min(free[part] // each for part, each in self.kit.items()) if sku == "K" else free[sku]

    def offered(self, shop: Shop, sku: str, quantity: int) -> None:
        """Never more than there is, less what this shop has sold and we have not heard of, where it compares."""
        if sku in self.tills[shop.id].blurred:
            return
        ats = self.ats(shop.id, sku)
        unseen = 0 if sku in shop.gave_back or not shop.takes_at_order else self.unseen(shop, sku)
        assert quantity <= max(0, ats - unseen), f"{quantity} of {sku} offered, {ats} are there, {unseen} sold unseen"

    def unseen(self, shop: Shop, sku: str) -> int:
        taken = sum(sale.lines[sku].ordered for sale in shop.sales.values() if sale.paid and sku in sale.lines)
        return taken - sum(stored.sold.get(sku, 0) for key, stored in self.stored.items() if key[0] == shop.id)


def in_memory() -> tuple[Settings, Any]:
    """Tables in a dictionary: a hundred times as fast, for many examples."""
    return Settings(orders_table="O", stock_table="S", control_table="C"), Memory()


def in_engine(engine: Engine, maker: Maker) -> tuple[Settings, Any]:
    """Tables as the template makes them."""
    engine.reset()
    aws = maker.make()
    return aws.settings, aws.dynamodb


def _of(rows: list[Item], sk: str) -> list[Item]:
    return [row for row in rows if row["sk"].startswith(sk)]
