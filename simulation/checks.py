"""The laws, when all is at rest: what was checked, and what is wrong. Shops are asked through their own APIs."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from local.shops.shop import Shop
from orderbridge.model import Order, OrderStatus
from orderbridge.orders import StoredOrder, holds
from orderbridge.platforms.base import Cursor, Hint
from simulation.book import Beyond
from simulation.stage import Stage
from tests import laws
from tests.world import CONNECTED

_WRITTEN = 10.0  # seconds of the clock between reading a level and the shop's shelf
_PULLED = 300.0  # seconds of the clock in which a pull has seen what happened in the ERP, faults included
_SHOWN = 5  # violations that are told in full


@dataclass
class Finding:
    """One law: how many things were looked at, and which are wrong (the first few, in words)."""

    law: str
    checked: int = 0
    violated: int = 0
    examples: list[str] = field(default_factory=list)

    def look(self, wrong: str) -> None:
        self.checked += 1
        if wrong:
            self.violated += 1
            if len(self.examples) < _SHOWN:
                self.examples.append(wrong)


@dataclass(frozen=True)
class Document:
    """A sales document in the ERP: SKU -> units that it wants, and that were shipped for it."""

    state: str
    wanted: dict[str, int]
    shipped: dict[str, int]


@dataclass
class Verdict:
    findings: list[Finding]
    orders: int = 0
    lost: int = 0
    doubled: int = 0
    beyond: int = 0
    unheard_deletions: int = 0
    converged: float = 0.0

    @property
    def violations(self) -> list[str]:
        return [f"{finding.law}: {example}" for finding in self.findings for example in finding.examples]

    @property
    def held(self) -> bool:
        return not any(finding.violated for finding in self.findings)


def check(stage: Stage, left: Iterable[str]) -> Verdict:
    """`left` is what was still to be done when the run had to end."""
    verdict, world = Verdict([]), stage.world
    lost, newest = Finding("1 nothing lost"), Finding("3 newest wins")
    for shop in stage.shops:
        for wrong, old in _compared(stage, shop, verdict):
            lost.look(wrong)
            newest.look(old)
    verdict.lost = lost.violated
    lost.checked += stage.tally.answered - stage.tally.unsafe
    for _ in range(stage.tally.unsafe):
        lost.look("a delivery was answered with 2xx and lay on no queue yet")
    once = _walk("2 once", _once(stage))
    verdict.doubled = once.violated
    conserved = _walk("4 conservation", (*laws.conserved(world), *stage.instants.strange(stage.erp.ask("instants"))))
    for beyond in unexplained(stage):
        verdict.beyond += beyond.units
        conserved.look(
            f"{beyond.store} sold {beyond.units} {beyond.sku} (order {beyond.order}) after it had heard of 0"
        )
    moving = [f"still to be done: {still}" for still in left]
    agreed = _walk("5 convergence", (*moving, *laws.agreed(world), *_shelves(stage)))
    verdict.converged = 100 * (1 - (agreed.violated - len(moving)) / max(1, agreed.checked - len(moving)))
    apart = _walk("7 nothing else stopped", _kept_apart(stage))
    apart.checked += sum(stage.tally.events.values())  # each was served without an error that nobody expects
    verdict.findings = [lost, once, newest, conserved, agreed, apart]
    return verdict


def unexplained(stage: Stage) -> Iterator[Beyond]:
    """Sales beyond a sell-out that the shop had heard of, less those that are explained by what we could not know when
    we wrote the quantity: another shop's sale that had not reached us, or units that somebody took in the ERP."""
    for beyond in stage.book.beyond:
        pulled = not beyond.fell <= beyond.since <= beyond.fell + _PULLED
        if pulled and all(_known_before(stage, store, order, beyond) for store, order in beyond.before):
            yield beyond


def _known_before(stage: Stage, store: str, order: str, beyond: Beyond) -> bool:
    """Whether our record of an order is older than the quantity that was sold from."""
    first = stage.bridge.orders.table.get(f"ORDER#{store}#{order}", f"REVISION#{1:08d}")
    return first is not None and datetime.fromisoformat(str(first["at"])).timestamp() < beyond.since - _WRITTEN


def _walk(law: str, found: Iterable[str]) -> Finding:
    finding = Finding(law)
    for wrong in found:
        finding.look(wrong)
    return finding


def _compared(stage: Stage, shop: Shop, verdict: Verdict) -> Iterator[tuple[str, str]]:
    """For every order of a shop: what is wrong if it is missing here, and if what we have is not the newest."""
    seen = set[str]()
    for order in _orders_of(stage, shop):
        seen.add(order.id)
        verdict.orders += 1
        stored = stage.bridge.orders.load(shop.name, order.id)
        name = f"order {order.id} of {shop.name}"
        if stored is None:
            yield f"{name} is not here", ""
        elif stored.order != order:
            yield "", f"{name} is stored as of {stored.order.version}, the shop has {order.version}"
        else:
            yield "", ""
    for id in map(str, list(shop.sales)):
        if id not in seen:
            deleted = stage.bridge.orders.load(shop.name, id)
            told = deleted is not None and deleted.order.status is OrderStatus.DELETED
            verdict.unheard_deletions += not told


def _orders_of(stage: Stage, shop: Shop) -> Iterator[Order]:
    """Everything that the shop's API lists, whole."""
    api, cursor, seen = stage.bridge.shop(shop.name), Cursor(CONNECTED), set[str]()
    while True:
        page = api.orders_since(cursor)
        for item in page.items:
            id = item.order_id if isinstance(item, Hint) else item.id
            whole = api.fetch(id) if isinstance(item, Hint) and id not in seen else item
            if id not in seen and isinstance(whole, Order):
                yield whole
            seen.add(id)
        if page.next is None:
            return
        cursor = page.next


def _shelves(stage: Stage) -> Iterator[str]:
    """What we believe is on hand is what lies in the ERP."""
    for sku, units in stage.erp.ask("shelves").items():
        level = stage.bridge.stock.level(sku)
        ours = sum(level.on_hand.values())
        yield "" if ours == units else f"{sku}: {ours} on hand for us, {units} in the ERP"


def _once(stage: Stage) -> Iterator[str]:
    """Per order: one record per revision, its hold what the newest document wants, shipped what its lines say."""
    shipped: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for row in laws.scan(stage.bridge.stock.table):
        if row["sk"].startswith("SHIP#"):
            sku = str(row["pk"]).removeprefix("SKU#")
            shipped.setdefault((row["store"], row["order"]), Counter())[sku, row["pool"]] += row["quantity"]
    documents: dict[str, list[Document]] = {}
    for reference, state, wanted, left in stage.erp.ask("documents"):
        documents.setdefault(reference, []).append(Document(state, wanted, left))
    for stored in laws.stored(stage.world):
        yield _order_once(stage, stored, shipped.get((stored.order.store, stored.order.id), Counter()))
        yield _handed_once(stored, documents.pop(f"{stored.order.store}/{stored.order.id}", []))
    for reference in documents:
        yield f"the ERP has a document of {reference}, which we do not know"


def _order_once(stage: Stage, stored: StoredOrder, shipped: Counter[tuple[str, str]]) -> str:
    name = f"order {stored.order.id} of {stored.order.store}"
    rows = list(stage.bridge.orders.rows(stored.order.store, stored.order.id))
    revisions = sum(1 for row in rows if row["sk"].startswith("REVISION#") and row["sk"].count("#") == 1)
    applied = sum(1 for row in rows if row.get("outcome") == "applied")
    if not revisions == stored.revision >= applied:
        return f"{name} has revision {stored.revision}, {revisions} records of revisions, {applied} deliveries applied"
    if {key: n for key, n in shipped.items() if n} != {key: n for key, n in stored.shipped.items() if n}:
        return f"{name} has shipped {stored.shipped}, its shipments say {dict(shipped)}"
    if stored.holds != holds(stored.wants, stored.shipped):
        return f"{name} holds {stored.holds}, it wants {stored.wants} and shipped {stored.shipped}"
    return ""


def _handed_once(stored: StoredOrder, documents: list[Document]) -> str:
    """An order that may go to the ERP has one document there, which wants what the order wants; one that wants nothing
    has none, or a cancelled one."""
    name = f"order {stored.order.id} of {stored.order.store}"
    if len(documents) > 1:
        return f"{name} has {len(documents)} documents in the ERP"
    if not documents:
        return f"{name} is not in the ERP" if stored.wants and not stored.waits else ""
    wants, document = Counter[str](), documents[0]
    for (sku, _), units in stored.wants.items():
        wants[sku] += units
    expected = {sku: max(n, document.shipped.get(sku, 0)) for sku, n in wants.items()}
    there = {} if document.state == "cancelled" else {sku: n for sku, n in document.wanted.items() if n}
    short = {sku: n for sku, n in there.items() if n > expected.get(sku, document.shipped.get(sku, 0))}
    missing = {sku: n for sku, n in wants.items() if there.get(sku, 0) < n}
    return f"{name} wants {dict(wants)}, its document in the ERP {there}" if short or missing else ""


def _kept_apart(stage: Stage) -> Iterator[str]:
    """What could not be done is visible with a reason and a next action; nothing fell over for an unknown reason."""
    for row in stage.bridge.control.quarantined():
        yield "" if row.get("reason") and row.get("next_action") else f"{row['sk']} says neither why nor what to do"
    for error in stage.tally.errors:
        expected = any(name in error for name in _EXPECTED)
        yield "" if expected else f"{error}: {stage.tally.samples[error][-600:]}"


_EXPECTED = ("TemporaryFailure", "RateLimited")
