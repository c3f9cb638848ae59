"""What a new state of an order means: is it newer, what does it hold, what changed. Pure, no I/O."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orderbridge import balance
from orderbridge.decisions import Asked
from orderbridge.kits import Parts, explode
from orderbridge.model import FulfilledBy, Kit, Order, OrderStatus, Part, PaymentStatus, ReturnStatus, Store
from orderbridge.rates import Stamp
from orderbridge.stock import ANY

Holds = dict[tuple[str, str], int]  # (SKU, pool) -> units

_ERP_WAITS_FOR = {
    PaymentStatus.UNPAID: "the order is not paid",
    PaymentStatus.PARTLY_PAID: "the order is only partly paid",
    PaymentStatus.AUTHORIZED: "the payment is authorised but not captured",
    PaymentStatus.FAILED: "the payment failed",
}


_COMES_BACK = (ReturnStatus.OPEN, ReturnStatus.CLOSED)


@dataclass(frozen=True)
class StoredOrder:
    """The order as our table has it; `wants`, `holds` and `shipped` by (SKU, pool), `sold` and `back` by listed SKU.

    wants  what the order's lines ask for; holds[key] = max(wants[key], shipped[key])
    sold   units the shop took from its own quantity; back  units of these that the order gave up
    packed  the kits among them as they were when the order came, see `packing`
    by_rule  line id -> SKU of lines that no listing has placed, see `mapping.by_rule`
    stamp  the exchange rate of its time; None where its currency is the base, or no rate is known yet
    """

    order: Order
    revision: int
    wants: Holds = field(default_factory=dict)
    holds: Holds = field(default_factory=dict)
    shipped: Holds = field(default_factory=dict)
    sold: Mapping[str, int] = field(default_factory=dict)
    back: Mapping[str, int] = field(default_factory=dict)
    unmapped: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()
    pending: Mapping[str, Any] | None = None
    asked: Asked = field(default_factory=Asked)
    packed: Mapping[str, Parts] = field(default_factory=dict)
    by_rule: Mapping[str, str] = field(default_factory=dict)
    stamp: Stamp | None = None


class Verdict(StrEnum):
    NEW = "new"
    NEWER = "newer"
    STALE = "stale"
    REPEAT = "repeat"
    UNSETTLED = "unsettled"  # same version, other content: only the source knows which came last


def fingerprint(order: Order) -> str:
    """The same for two documents exactly when they say the same."""
    return hashlib.sha256(order.model_dump_json().encode()).hexdigest()[:32]


def judge(stored: Order | None, order: Order, *, fetched: bool) -> Verdict:
    """Law 3: compare by the source's own version, never by arrival.

    A document that was fetched after the stored one was read settles a tie, because versions have steps of one
    second and the source is asked last.
    """
    if stored is None:
        return Verdict.NEW
    if order.version != stored.version:
        return Verdict.NEWER if order.version > stored.version else Verdict.STALE
    if order == stored:
        return Verdict.REPEAT
    return Verdict.NEWER if fetched else Verdict.UNSETTLED


def deleted(order: Order) -> Order:
    """The order after its source no longer knows it: whatever had not left is not wanted any more."""
    lines = tuple(
        line.model_copy(update={"cancelled": max(line.cancelled, line.quantity - line.shipped)}) for line in order.lines
    )
    return order.model_copy(update={"status": OrderStatus.DELETED, "lines": lines})


def holds_nothing(order: Order, store: Store) -> str:
    """Why no line of this order wants stock, "" if lines do."""
    if order.test:
        return "a test order"
    if order.status is OrderStatus.DRAFT:
        return "not an order yet"
    # Platforms tell whole seconds: an order of the very second in which the store was connected is from after it.
    if order.created_at < store.connected_at.replace(microsecond=0):
        return "from before the store was connected"
    return ""


def sold(order: Order, skus: Mapping[str, str]) -> tuple[dict[str, int], dict[str, int]]:
    """(units the shop took from its own quantity for this order, units of these that the order gave up), by listed SKU.

    `skus` maps line id -> SKU for the lines that are mapped. Unlike a hold this counts test orders, too, and a refund
    gives up: it tells when the shop's own number may have moved, not what we must keep. Both are told, for an order may
    be cancelled before we hear of it for the first time, and its shop need not put the units on sale again.
    """
    taken, back = dict[str, int](), dict[str, int]()
    for line in order.lines if order.deducted else ():
        if line.id in skus and line.fulfilled_by is FulfilledBy.MERCHANT:
            sku = skus[line.id]
            refunded = sum(part.quantity for r in order.refunds for part in r.lines if part.line_id == line.id)
            taken[sku] = taken.get(sku, 0) + line.quantity
            back[sku] = back.get(sku, 0) + min(line.quantity, max(line.cancelled, refunded))
    return taken, {sku: n for sku, n in back.items() if n}


def packing(stored: StoredOrder | None, skus: Iterable[str], kits: Mapping[str, Kit]) -> dict[str, Parts]:
    """What the kits among these SKUs are packed from, for this order.

    An order keeps a kit as it was when it came: a part may have left by then, and a kit that is packed otherwise
    from now on must not be wanted a second time. For the same reason a SKU that became a kit stays what it was.
    """
    known, plain = (stored.packed, {sku for sku, _ in stored.wants}) if stored else ({}, set())
    return {sku: known.get(sku) or explode(sku, kits) for sku in skus if sku in known or sku in kits.keys() - plain}


def wants(order: Order, store: Store, skus: Mapping[str, str], packed: Mapping[str, Parts]) -> Holds:
    """Units ordered - cancelled or removed before shipping, kits exploded."""
    wanted: Holds = {}
    if not holds_nothing(order, store):
        for line in order.lines:
            if line.id not in skus or line.fulfilled_by is not FulfilledBy.MERCHANT:
                continue
            pool = pool_of(store, line.location)
            for sku, units in packed.get(skus[line.id], {skus[line.id]: 1}).items():
                wanted[sku, pool] = wanted.get((sku, pool), 0) + units * line.wanted
    return {key: units for key, units in wanted.items() if units}


def holds(wanted: Holds, shipped: Holds) -> Holds:
    """hold = max(wanted, shipped). Cumulative: shipping, refund and return do not change it; what left although
    nobody wanted it (any more) is held as well, until a reversal takes it back."""
    both = {key: max(wanted.get(key, 0), shipped.get(key, 0)) for key in wanted.keys() | shipped.keys()}
    return {key: units for key, units in both.items() if units}


def pool_of(store: Store, location: str) -> str:
    """The pool that a line bound to a platform location draws from: one of our locations, or any."""
    places = store.locations.get(location, ()) if location else ()
    return places[0] if len(places) == 1 else ANY


def waits(order: Order, store: Store, unmapped: tuple[str, ...]) -> tuple[str, ...]:
    """Plain reasons why the order does not go to the ERP yet; empty when it may."""
    reasons = [holds_nothing(order, store), _ERP_WAITS_FOR.get(order.payment, ""), *balance.problems(order)]
    if order.on_hold:
        reasons.append("the platform holds the order back")
    if unmapped:
        reasons.append(f"no SKU is mapped for line {', '.join(unmapped)}")
    return tuple(reason for reason in [*reasons, *doubts(order)] if reason)


def doubts(order: Order) -> Iterator[str]:
    """What of the order cannot be true, in plain words: until its shop is right, nothing of it is passed on."""
    yield from balance.refund_problems(order)
    for word in order.unknown:
        yield f"the platform says {word}, which means nothing to us"
    lines = {line.id: line for line in order.lines}
    for what, id in _named_lines(order):
        if id not in lines:
            yield f"{what} names line {id}, which the order does not have"
    refunded = [part for refund in order.refunds for part in refund.lines]
    returned = [part for back in order.returns if back.status in _COMES_BACK for part in back.lines]
    for line in order.lines:
        paid_back = _units(refunded, line.id)
        if paid_back > line.quantity:
            yield f"{paid_back} of line {line.id} are refunded, of {line.quantity}"
        if line.cancelled + line.shipped > line.quantity:
            yield f"{line.shipped} of line {line.id} were shipped and {line.cancelled} cancelled, of {line.quantity}"
        back = _units(returned, line.id)
        if back > line.shipped:
            yield f"{back} of line {line.id} are returned, but only {line.shipped} were shipped"
    for back_again in order.returns:
        if {part.line_id for part in back_again.lines} & set(back_again.replacements):
            yield f"return {back_again.number or back_again.id} replaces a line by itself"


def _units(parts: Sequence[Part], line: str) -> int:
    return sum([part.quantity for part in parts if part.line_id == line])


def _named_lines(order: Order) -> Iterator[tuple[str, str]]:
    """(what names it, line id) of everything that points at a line."""
    for refund in order.refunds:
        yield from ((f"refund {refund.id}", part.line_id) for part in refund.lines)
    for back in order.returns:
        yield from ((f"return {back.number or back.id}", part.line_id) for part in back.lines)
        yield from ((f"return {back.number or back.id}", id) for id in back.replacements)
    for parcel in order.shipments:
        yield from ((f"parcel {parcel.id}", part.line_id) for part in parcel.lines)
    yield from ((f"restock {restock.id}", restock.line_id) for restock in order.restocks)


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every field that differs between two JSON-like documents: (dotted path, before, after).

    Items of lists are paired by their `id` where they have one, else by position.
    """
    if before == after:
        return
    if isinstance(before, list) and isinstance(after, list):
        before, after = _keyed(before), _keyed(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(k for k in after if k not in before)]:
            yield from differences(before.get(key), after.get(key), f"{path}.{key}" if path else key)
    else:
        yield path, before, after


def _keyed(items: list[Any]) -> dict[str, Any]:
    return {str(x.get("id", n)) if isinstance(x, dict) else str(n): x for n, x in enumerate(items)}
