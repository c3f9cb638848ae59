"""Law 6: what an order, its refunds and what its buyer saw are made of, and that each is the total it claims.

Nothing here recomputes what a platform charged, and nothing rounds. A difference up to the store's tolerance becomes a
line of its own (`settled`); above it the order is held and both sums are said (`problem`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from orderbridge.model import Entry, Fee, Order, Refund
from orderbridge.money import exponent, fits, minor_unit, plain

ROUNDING = "rounding"
_NOTHING = Decimal(0)
_HALF = Decimal("0.5")

Parts = tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True)
class Proof:
    """One sum in one currency.

    what   what the sum is of: the order, a refund
    parts  (what it is for, amount) in the order of an invoice, without those of nothing; they add up to `sum`
    total  what the platform says they come to
    within what of these parts is tax that they already include
    """

    what: str
    currency: str
    parts: Parts
    total: Decimal
    within: Parts = ()

    @property
    def sum(self) -> Decimal:
        return plain(_add(amount for _, amount in self.parts))

    @property
    def difference(self) -> Decimal:
        return plain(self.total - self.sum)


def proof(order: Order) -> Proof:
    """What the order is made of in the shop's currency, as ordered."""
    by_platform = _add(line.platform_discount for line in order.lines)
    tax = (("tax", order.tax - order.tax_withheld), ("tax that the platform collects", order.tax_withheld))
    parts = (
        ("lines", _add(line.subtotal for line in order.lines)),
        ("seller's discounts on lines", by_platform - _add(line.discount for line in order.lines)),
        ("platform's discounts on lines", -by_platform),
        ("seller's discount on the order", order.platform_discount - order.discount),
        ("platform's discount on the order", -order.platform_discount),
        ("shipping", order.shipping),
        ("discount on shipping", -order.shipping_discount),
        *(() if order.tax_included else tax),
        *((f"{fee.kind} {fee.title}".strip().replace("_", " "), fee.amount) for fee in order.fees),
    )
    within = _said(tax) if order.tax_included else ()
    return Proof(f"order {order.number}", order.currency, _said(parts), order.total, within)


def buyer_proof(order: Order) -> Proof | None:
    """The same in the buyer's currency; None where it is no other, or where the platform does not show the parts."""
    if order.buyer_total is None or not order.buyer_parts:
        return None
    total = order.buyer_total
    return Proof(f"order {order.number} as its buyer saw it", total.currency, _entries(order.buyer_parts), total.amount)


def refund_proofs(refund: Refund, currency: str) -> Iterator[Proof]:
    """What the platform says a refund is for, in the shop's `currency` and in the buyer's; nothing where it does not
    say."""
    if refund.made_of:
        yield Proof(f"refund {refund.id}", currency, _entries(refund.made_of), refund.amount)
    if refund.buyer_amount and refund.buyer_made_of:
        seen, parts = refund.buyer_amount, _entries(refund.buyer_made_of)
        yield Proof(f"refund {refund.id} as its buyer saw it", seen.currency, parts, seen.amount)


def proofs(order: Order) -> tuple[Proof, ...]:
    """All of an order, in all of its currencies."""
    refunds = (one for refund in order.refunds for one in refund_proofs(refund, order.currency))
    return tuple(found for found in (proof(order), buyer_proof(order), *refunds) if found)


def charged_sum(order: Order) -> Decimal:
    """What the parts of the order add up to, to be compared with `order.total`: the sum of `proof(order)`, faster."""
    lines = _add(line.subtotal - line.discount for line in order.lines)
    tax = _NOTHING if order.tax_included else order.tax
    shipping = order.shipping - order.shipping_discount
    return lines - order.discount + shipping + _add(fee.amount for fee in order.fees) + tax


def settled(order: Order, tolerance: int) -> Order:
    """The order with a rounding line for a difference of up to `tolerance` minor units, in each of its currencies.

    Where the buyer paid in another currency, the amounts in one of the two are conversions, each rounded by itself, a
    unit's price before it is multiplied. So if one currency comes out, the other may be off by half a minor unit for
    each amount that it shows, and that is rounding, too.
    """
    shop = order.total - charged_sum(order)
    seen = buyer_proof(order)
    buyer = seen.difference if seen else _NOTHING
    if not shop and not buyer:
        return order
    most_shop, most_buyer = _units(tolerance, order.currency), _units(tolerance, seen.currency if seen else "")
    if seen and (abs(shop) <= most_shop or abs(buyer) <= most_buyer):
        amounts = _HALF * _converted(order)
        most_shop = max(most_shop, _units(amounts, order.currency))
        most_buyer = max(most_buyer, _units(amounts, seen.currency))
    changes: dict[str, object] = {}
    if shop and abs(shop) <= most_shop:
        changes["fees"] = (*order.fees, Fee(kind=ROUNDING, amount=shop, tax=_NOTHING))
    if buyer and abs(buyer) <= most_buyer:
        changes["buyer_parts"] = (*order.buyer_parts, Entry(kind=ROUNDING, amount=buyer))
    return order.model_copy(update=changes)


def problem(order: Order) -> str | None:
    """Why the money of this order cannot be trusted, in plain words; None when all of it can."""
    return "; ".join(problems(order)) or None


def problems(order: Order) -> Iterator[str]:
    """The same, reason by reason."""
    if (unit := minor_unit(order.currency)) is None:
        yield f"currency {order.currency!r} is not an ISO 4217 code"
        return
    if order.total < 0:
        yield f"the total is below zero: {order.total} {order.currency}"
    if odd := next((amount for amount in _amounts(order) if amount % unit), None):
        yield f"{odd} {order.currency} is not an amount of that currency"
    if (parts := plain(charged_sum(order))) != order.total:
        yield f"the parts add up to {parts} {order.currency}, the platform charged {order.total} {order.currency}"
    if order.standing is not None and order.standing > order.total >= 0:
        yield f"{order.standing} {order.currency} are left of an order of {order.total} {order.currency}"
    yield from _tax_problem(order)
    yield from _buyer_problem(order)


def refunded(order: Order) -> Decimal:
    """What was paid back so far."""
    return _add(refund.amount for refund in order.refunds)


def refund_problems(order: Order) -> Iterator[str]:
    """Why the refunds of this order cannot be right; nothing when they are no more than what was paid.

    Only amounts that the platform itself shows are compared. Where it does not say what it received, nothing is said.
    Less than what a refund names is no doubt: fees of a return are kept back, and of an order that was paid in part
    more is called off than can be paid back.
    """
    back, currency = refunded(order), order.currency
    if order.paid is not None and back > order.paid:
        yield f"{plain(back)} {currency} were paid back, but only {order.paid} {currency} were received"
    for named in (one for refund in order.refunds for one in refund_proofs(refund, currency)):
        if named.difference > _allowed(len(named.parts), named.currency):
            paid, parts = f"{named.total} {named.currency}", f"{named.sum} {named.currency}"
            yield f"{named.what} is of {paid}, what it is for adds up to {parts}"


def _tax_problem(order: Order) -> Iterator[str]:
    """Each amount is rounded by itself, or only their sum: half a minor unit for each is what that explains."""
    shares = [order.shipping_tax, *(fee.tax for fee in order.fees)]
    shown = [share for share in shares if share is not None]
    if len(shown) < len(shares):
        return
    taxes = plain(_add(line.tax for line in order.lines) + _add(shown))
    if abs(taxes - order.tax) > _allowed(len(order.lines) + len(shown), order.currency):
        yield f"the taxes of lines, shipping and fees add up to {taxes} {order.currency}, the order says {order.tax}"


def _buyer_problem(order: Order) -> Iterator[str]:
    if order.buyer_total is None:
        return
    total, currency = order.buyer_total.amount, order.buyer_total.currency
    if exponent(currency) is None:
        yield f"the buyer's currency {currency!r} is not an ISO 4217 code"
    elif not fits(total, currency):
        yield f"{total} {currency} is not an amount of that currency"
    seen = buyer_proof(order)
    if seen and seen.difference:
        yield f"what the buyer saw adds up to {seen.sum} {currency}, the platform charged {total} {currency}"


def _amounts(order: Order) -> list[Decimal]:
    """All but prices of a unit, which may be a share of what a line costs, and what a rounding line takes away."""
    amounts = [order.total, order.discount, order.shipping, order.shipping_discount, order.tax]
    for line in order.lines:
        amounts += (line.subtotal, line.discount, line.tax)
    amounts += [fee.amount for fee in order.fees if fee.kind != ROUNDING]
    amounts += [refund.amount for refund in order.refunds]
    return amounts if order.paid is None else [*amounts, order.paid]


def _converted(order: Order) -> int:
    """How many amounts were converted from one currency to the other: units, and all that is charged beside them."""
    units = sum(line.quantity for line in order.lines)
    off = sum(1 for line in order.lines if line.discount)
    others = (order.discount, order.shipping, order.shipping_discount, order.tax, order.total)
    return units + off + sum(1 for amount in others if amount) + len(order.fees)


def _allowed(amounts: int, currency: str) -> Decimal:
    return _units(_HALF * amounts, currency)


def _units(minor: int | Decimal, currency: str) -> Decimal:
    """So many minor units; none of a currency that nobody knows."""
    digits = exponent(currency)
    return _NOTHING if digits is None else Decimal(minor).scaleb(-digits)


def _entries(entries: Sequence[Entry]) -> Parts:
    return _said((entry.kind.replace("_", " "), entry.amount) for entry in entries)


def _said(parts: Iterable[tuple[str, Decimal]]) -> Parts:
    return tuple((label, plain(amount)) for label, amount in parts if amount)


def _add(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _NOTHING)
