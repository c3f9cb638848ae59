"""The rules alone, as a machine: shops sell, buyers change their minds, messages come late, often and out of order, and
a worker tells the shops step by step. After every step the laws hold."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from orderbridge import shelves
from orderbridge.model import Kit, Listing
from orderbridge.shelves import Action, Plan, Shelf, Shelved
from orderbridge.stock import ANY, Level, available
from tests.orders import ORDERED_AT
from tests.stateful.buyers import PART, PICK, SHOP, SKU, SKUS, STORES, UNITS, Buyers
from tests.stateful.known import Known
from tests.stateful.runs import run
from tests.stateful.town import Sale, Shop, State

KITS = {"K": Kit(sku="K", components={"A": 2, "B": 1})}


@dataclass
class Job:
    """How far the worker has come with one listing: decided, then written (or refused as stale), then read."""

    plan: Plan
    ats: int
    written: Shelf | None = None
    wrote: bool = False


class Rules(Buyers):
    def __init__(self) -> None:
        super().__init__()
        self.known = Known(STORES, KITS, self.fetched)
        self.shelf = Counter[str]()  # what lies there
        self.left = Counter[tuple[tuple[str, str], str]]()  # (order, SKU) -> units that left for it
        self.told = {(id, sku): Shelf() for id in STORES for sku in SKUS}
        self.jobs: dict[tuple[str, str], Job] = {}

    # What happens on the shelf

    @rule(sku=PART, units=st.integers(1, 20))
    def receive(self, sku: str, units: int) -> None:
        self.shelf[sku] += units
        self.known.add(sku, on_hand=units)

    @precondition(lambda self: self.known.orders)
    @rule(pick=PICK, sku=PART, units=UNITS)
    def ship(self, pick: int, sku: str, units: int) -> None:
        """Maybe more than the order wants, maybe after it was cancelled: people do that."""
        key = sorted(self.known.orders)[pick % len(self.known.orders)]
        self.shelf[sku] -= units
        self.left[key, sku] += units
        self.known.ship(key, sku, units)

    # What reaches us

    @rule(state=Buyers.states)
    def deliver(self, state: State) -> None:
        """Any state, any time, any number of times."""
        self.arrived(state.document)
        self.known.take(state.document)

    # What the worker does, one step at a time; anything may happen in between

    @rule(shop=SHOP, sku=SKU, ignored=st.booleans())
    def work(self, shop: str, sku: str, ignored: bool) -> None:
        key = shop, sku
        job = self.jobs.get(key)
        if job is None:
            self.jobs[key] = self.decided(shop, sku)
        elif job.plan.action is Action.WRITE and not job.wrote:
            self.write(job, self.shops[shop], sku, ignored=ignored)
        else:
            del self.jobs[key]
            if job.plan.action is not Action.SKIP:
                shows = {"": self.shops[shop].shows[sku]}
                self.told[key] = shelves.observed(job.plan, job.written, shows, self.now())

    def decided(self, shop: str, sku: str) -> Job:
        store = STORES[shop]
        plan = shelves.decide(
            Shelved(Listing(store=shop, sku=sku, product_id=sku, item_id=sku), self.told[shop, sku]),
            self.levels(),
            KITS,
            store,
            self.now(),
            compare_and_set=self.shops[shop].takes_at_order,
        )
        return Job(plan, self.ats(shop, sku))

    def write(self, job: Job, shop: Shop, sku: str, *, ignored: bool) -> None:
        job.wrote = True
        target, expected = job.plan.targets[""], job.plan.expected[""]
        if shop.takes_at_order and expected != shop.shows[sku]:
            return  # stale
        if shop.takes_at_order and not ignored and sku not in shop.gave_back:
            unseen = self.unseen(shop, sku)
            assert target <= max(0, job.ats - unseen), f"{target} of {sku} offered, {unseen} were sold unseen"
        assert target <= job.ats
        if ignored:
            shop.gave_back.add(sku)  # from here on nobody can tell from its number what it has sold
        else:
            shop.shows[sku] = target
        job.written = self.told[shop.id, sku] = shelves.accepted(job.plan, "push", self.now())

    # What must hold after every step

    def check(self) -> None:
        self.newest_wins()
        self.records_add_up()
        self.offers_what_there_is()

    def newest_wins(self) -> None:
        for key, latest in self.came.items():
            place = self.sale(*key).place(self.known.orders[key].order)
            assert place >= latest, f"order {key} is kept as it was at {place}, and {latest} came"

    def records_add_up(self) -> None:
        wanted, shipped = Counter[str](), Counter[str]()
        for key, stored in self.known.orders.items():
            exploded = self.wanted(self.sale(*key).states[self.sale(*key).place(stored.order)])
            for sku in ("A", "B"):
                hold = max(exploded[sku], self.left[key, sku])
                assert stored.holds.get((sku, ANY), 0) == hold, (key, sku)
                wanted[sku] += hold
                shipped[sku] += self.left[key, sku]
        for sku in ("A", "B"):
            level = self.levels()[sku]
            assert level.wanted.get(ANY, 0) == wanted[sku]
            assert level.shipped.get(ANY, 0) == level.counted.get(ANY, 0) == shipped[sku]

    def offers_what_there_is(self) -> None:
        for shop, sku in self.told:
            found = available(sku, self.levels(), KITS, STORES[shop]).number
            assert found == self.ats(shop, sku), (shop, sku)

    @rule()
    def quiet(self) -> None:
        """Input stops, everything comes in, time passes: then every shop shows what there is to sell."""
        for sale in self.sales():
            self.known.take(self.fetched(*sale.key))
        for shop, sku in self.told:
            self.settle(shop, sku)

    def settle(self, shop: str, sku: str) -> None:
        for _ in range(2):
            for _ in range(8):
                self.work(shop, sku, ignored=False)
            self.second += 660  # what was taken for an unseen sale and was none is drift by now
        shows, ats = self.shops[shop].shows[sku], self.ats(shop, sku)
        assert shows == ats, f"{shop} shows {shows} of {sku}, {ats} may be sold"
        while (shop, sku) in self.jobs:
            self.work(shop, sku, ignored=False)
        assert self.decided(shop, sku).plan.action is Action.SKIP, "and that nothing is left to do is known"
        self.shops[shop].gave_back.discard(sku)

    # The truth

    def now(self) -> datetime:
        return ORDERED_AT + timedelta(seconds=self.second)

    def levels(self) -> dict[str, Level]:
        return {sku: self.known.levels.get(sku, Level(sku)) for sku in SKUS}

    def wanted(self, state: State) -> Counter[str]:
        units = Counter(state.units)
        return Counter(A=units["A"] + 2 * units["K"], B=units["B"] + units["K"])

    def ats(self, shop: str, sku: str) -> int:
        """What we could know is left to sell: on the shelf, less what the orders we heard of still want."""
        left = Counter(self.shelf)
        for key, stored in self.known.orders.items():
            state = self.sale(*key).states[self.sale(*key).place(stored.order)]
            for part, units in self.wanted(state).items():
                left[part] -= max(0, units - self.left[key, part])
        free = {part: max(0, left[part] - STORES[shop].buffer) for part in ("A", "B")}
        return min(free["A"] // 2, free["B"]) if sku == "K" else free[sku]

    def unseen(self, shop: Shop, sku: str) -> int:
        """Units that the shop has sold and we have not heard of."""
        return sum(self._sold(sale, sku) for sale in shop.sales.values())

    def _sold(self, sale: Sale, sku: str) -> int:
        stored = self.known.orders.get(sale.key)
        known = stored.sold.get(sku, 0) if stored else 0
        return (sale.lines[sku].ordered if sku in sale.lines and sale.paid else 0) - known


def test_rules() -> None:
    run(Rules, examples=150, steps=50)
