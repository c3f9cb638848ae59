"""What of a store is no SKU of ours yet, which of ours each thing may be, and how many orders wait for it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from orderbridge import mapping
from orderbridge.bridge import Bridge
from orderbridge.lookup import look_up
from orderbridge.mapping import Found
from orderbridge.matching import fits
from orderbridge.model import Store
from orderbridge.operations.listings import offers, reference
from orderbridge.suggesting import Ours, Suggester, Suggestion, Thing
from orderbridge.tables.items import Item

_PAGE = 100  # listings


@dataclass(frozen=True)
class Left:
    """
    reference    what a mapping of it is looked up by: product#variant where the shop has ids for it
    sku, name, barcode   as the shop writes them
    problem      why no rule maps it
    offered      whether the shop's catalogue shows it; else only orders do, or the catalogue was not read
    orders       waiting orders that have it on a line; `frees` of them wait for no other SKU
    """

    reference: str
    sku: str
    name: str
    barcode: str
    problem: str
    offered: bool
    orders: int
    frees: int
    suggestions: tuple[Suggestion, ...]


class _Waiting:
    """Orders that wait, by the reference that they wait for, and the SKU that the shop wrote there."""

    def __init__(self, rows: Iterable[Item]) -> None:
        self.orders: dict[str, set[str]] = defaultdict(set)
        self.written: dict[str, str] = {}
        for row in rows:
            self.orders[row["reference"]].add(row["order"])
            self.written[row["reference"]] = row["sku"]
        self.waits = Counter(order for found in self.orders.values() for order in found)

    def frees(self, reference: str) -> int:
        return sum(self.waits[order] == 1 for order in self.orders.get(reference, ()))


def listed(bridge: Bridge, store: str, *, catalogue: bool = True) -> list[Left]:
    """What is left, that which frees most orders first.

    catalogue  read what the shop offers now; without it only the lines of waiting orders are looked at
    Goes through all SKUs and listings: not for the way of the data. Raises the errors of the platform, UnknownStore.
    """
    record, waiting = bridge.control.store(store), _Waiting(bridge.control.waiting(store))
    things = dict(_offered(bridge, record)) if catalogue else {}
    shown = set(things)
    things |= _ordered(bridge, record, waiting, shown)
    suggester = Suggester(_ours(bridge)) if things else Suggester([])
    found = [_left(ref, *told, ref in shown, waiting, suggester) for ref, told in things.items()]
    return sorted(found, key=lambda one: (-one.frees, -one.orders, -_best(one), one.name, one.reference))


def _left(ref: str, thing: Thing, problem: str, shown: bool, waiting: _Waiting, suggester: Suggester) -> Left:
    orders, frees = len(waiting.orders.get(ref, ())), waiting.frees(ref)
    return Left(ref, thing.sku, thing.name, thing.barcode, problem, shown, orders, frees, suggester.best(thing))


def _offered(bridge: Bridge, store: Store) -> Iterator[tuple[str, tuple[Thing, str]]]:
    """Reference -> (what the shop offers under it, why it is not mapped)."""
    for page in offers(bridge, store.id):
        found, _ = look_up(bridge, store, {(reference(o), mapping.usable(o.sku)) for o in page})
        for offer in page:
            if not found.sku(reference(offer), mapping.usable(offer.sku)):
                thing = Thing(offer.sku, offer.title, offer.options, offer.barcode)
                yield reference(offer), (thing, _problem(offer.sku, found))


def _ordered(bridge: Bridge, store: Store, waiting: _Waiting, shown: set[str]) -> dict[str, tuple[Thing, str]]:
    """The same of what only waiting orders show. What is mapped by now is not left: its orders are on their way."""
    found, _ = look_up(bridge, store, waiting.written.items())
    left = [(ref, sku) for ref, sku in waiting.written.items() if ref not in shown and not found.sku(ref, sku)]
    return {
        ref: (_of_order(bridge, store.id, min(waiting.orders[ref]), ref), _problem(sku, found)) for ref, sku in left
    }


def _of_order(bridge: Bridge, store: str, order: str, ref: str) -> Thing:
    stored = bridge.orders.load(store, order)
    lines = [line for line in stored.order.lines if mapping.reference(line) == ref] if stored else []
    return Thing(lines[0].sku, lines[0].title) if lines else Thing("", "")


def _problem(written: str, found: Found) -> str:
    if not written.strip():
        return "it has no SKU"
    if len(fitting := fits(mapping.usable(written), found.rules, found.known)) > 1:
        return f"it could be {' or '.join(fitting)}"
    return "there is no such SKU"


def _ours(bridge: Bridge) -> Iterable[Ours]:
    """All our SKUs with what any store calls them."""
    ours = {level.sku: Ours(level.sku) for level in bridge.stock.all_levels()}
    for store in bridge.control.stores():
        last = ""
        while page := bridge.control.items(store, last, _PAGE):
            for shelved in bridge.stock.shelved(store, [(sku, item) for item, sku in page.items()]).values():
                one = ours.setdefault(shelved.listing.sku, Ours(shelved.listing.sku))
                one.names |= {shelved.listing.title} - {""}
                one.barcodes |= {shelved.listing.barcode} - {""}
            last = max(page)
    return ours.values()


def _best(left: Left) -> int:
    return left.suggestions[0].score if left.suggestions else 0
