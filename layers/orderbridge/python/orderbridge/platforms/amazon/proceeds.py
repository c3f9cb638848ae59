"""The money of an Amazon order: `proceeds` of its items, kind by kind. Pure; nothing is made up that is not shown.

Which kind of 2026-01-01 is which amount of v0 is in Amazon's own table of the migration (selling-partner-api-samples,
2026-05): ITEM is ItemPrice, for all units; DISCOUNT is PromotionDiscount, of which SHIPPING is ShippingDiscount; TAX is
all taxes, of which ITEM is ItemTax and SHIPPING is ShippingTax. Whether a discount is written as a negative amount is
not said anywhere: its size counts.

What TAX is to the total differs by marketplace, and is seen from the sums: added to the prices (US, Canada), contained
in them (elsewhere), or, where Amazon collects it itself, in neither. The reading whose sum comes out is taken; if none
does, the order does not balance and is held with both sums.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from orderbridge.model import Fee
from orderbridge.platforms.amazon.documents import Breakdown, Item, Money, OrderDocument

# Marketplaces whose prices are shown without tax: US, Canada. https://developer-docs.amazon.com/sp-api/docs/marketplace-ids
_TAX_IS_ADDED = frozenset({"ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"})
_KNOWN = frozenset({"ITEM", "SHIPPING", "TAX", "DISCOUNT", "GIFT_WRAP", "COD_FEE", "OTHER"})
_FEES = ("GIFT_WRAP", "COD_FEE", "OTHER")
_TIP = "DELIVERY_TIP"  # of the order, not of an item; charged later, and PENDING until then
_NOTHING = Decimal(0)


class Tax(Enum):
    ADDED = "added to the prices"
    INCLUDED = "contained in the prices"
    OUTSIDE = "collected by Amazon beside the total"


@dataclass(frozen=True)
class Charged:
    """What one item costs, all of its units. `shipping_tax` is None where the taxes are not said one by one."""

    item: Decimal
    discount: Decimal
    shipping: Decimal
    shipping_discount: Decimal
    tax: Decimal
    shipping_tax: Decimal | None
    fees: tuple[Fee, ...]

    @property
    def line_tax(self) -> Decimal:
        """The tax that is on neither shipping nor a fee."""
        return self.tax - (self.shipping_tax or _NOTHING) - _sum(fee.tax or _NOTHING for fee in self.fees)

    @property
    def without_tax(self) -> Decimal:
        fees = _sum(fee.amount for fee in self.fees)
        return self.item - self.discount + self.shipping - self.shipping_discount + fees


def charged(item: Item) -> Charged:
    rows = item.proceeds.breakdowns if item.proceeds else ()
    sums = {kind: _sum(row.subtotal.amount for row in rows if row.type == kind) for kind in {row.type for row in rows}}
    taxes, discounts = _details(rows, "TAX"), _details(rows, "DISCOUNT")
    shipping, tax = sums.get("SHIPPING", _NOTHING), sums.get("TAX", _NOTHING)
    shipping_off = abs(discounts.get("SHIPPING", _NOTHING))
    kinds = [kind for kind in sums if kind in _FEES or kind not in _KNOWN]
    fees = [Fee(kind=kind.lower()[:40], amount=sums[kind], tax=taxes.get(kind, _NOTHING)) for kind in sorted(kinds)]
    told_apart = bool(taxes) or not (shipping and tax)
    return Charged(
        item=sums["ITEM"] if "ITEM" in sums else _undivided(item),
        discount=abs(sums.get("DISCOUNT", _NOTHING)) - shipping_off,
        shipping=shipping,
        shipping_discount=shipping_off,
        tax=tax,
        shipping_tax=taxes.get("SHIPPING", _NOTHING) if told_apart else None,
        fees=tuple(fee for fee in fees if fee.amount or fee.tax),
    )


@dataclass(frozen=True)
class Bill:
    """The money of one order. `said` is the total as Amazon says it, None where it does not."""

    parts: tuple[Charged, ...]
    tips: tuple[Fee, ...]
    said: Decimal | None
    withheld: Decimal
    kind: Tax

    @property
    def tax(self) -> Decimal:
        return _sum(part.tax for part in self.parts)

    @property
    def total(self) -> Decimal:
        return _charged(self.parts, self.tips) + self.tax if self.said is None else self.said

    @property
    def counts_tax(self) -> bool:
        return self.kind is not Tax.OUTSIDE

    @property
    def shipping_tax(self) -> Decimal | None:
        known = [part.shipping_tax for part in self.parts if part.shipping_tax is not None]
        return _sum(known) if len(known) == len(self.parts) else None


def bill(shown: OrderDocument) -> Bill:
    parts, tips, said = tuple(map(charged, shown.order_items)), _tips(shown), _said(shown)
    withheld = _sum(part.tax for item, part in zip(shown.order_items, parts, strict=True) if item.withheld)
    tax, bare = _sum(part.tax for part in parts), _charged(parts, tips)
    return Bill(parts, tips, said, withheld, _kind(tax, bare, said, withheld, shown.sales_channel.marketplace_id))


def _charged(parts: Iterable[Charged], tips: Iterable[Fee]) -> Decimal:
    return _sum(part.without_tax for part in parts) + _sum(fee.amount for fee in tips)


def _tips(shown: OrderDocument) -> tuple[Fee, ...]:
    rows = shown.proceeds.breakdowns if shown.proceeds else ()
    amount = _sum(row.subtotal.amount for row in rows if row.type == _TIP and row.status != "PENDING")
    return (Fee(kind="tip", amount=amount, tax=_NOTHING),) if amount else ()


def _said(shown: OrderDocument) -> Decimal | None:
    if shown.proceeds and shown.proceeds.grand_total:
        return shown.proceeds.grand_total.amount
    totals = [item.proceeds.proceeds_total for item in shown.order_items if item.proceeds]
    if not totals or len(totals) < len(shown.order_items):
        return None
    known = [one.amount for one in totals if one]
    return _sum(known) if len(known) == len(totals) else None


def _kind(tax: Decimal, bare: Decimal, said: Decimal | None, withheld: Decimal, marketplace: str) -> Tax:
    """What the tax is to the total. `bare` is the sum without it."""
    if not tax or said is None or abs(said - bare - tax) <= abs(said - bare):
        return Tax.ADDED
    if marketplace not in _TAX_IS_ADDED:
        return Tax.INCLUDED
    return Tax.OUTSIDE if withheld == tax else Tax.ADDED


def strange(shown: OrderDocument, pending: bool) -> Iterable[str]:
    """What of the amounts means nothing to us, in words that end "... which means nothing to us"."""
    rows = [row for item in shown.order_items if item.proceeds for row in item.proceeds.breakdowns]
    for kind in sorted({row.type for row in rows} - _KNOWN):
        yield f"proceeds of the kind {kind[:40]!r}"
    if not pending and _said(shown) is None and any(_currencies(shown)):
        yield "prices without a total"
    if len(seen := sorted(set(_currencies(shown)))) > 1:
        yield f"amounts in {' and '.join(seen)[:100]}"
    for row in shown.proceeds.breakdowns if rows and shown.proceeds else ():
        of_items = _sum(one.subtotal.amount for one in rows if one.type == row.type)
        if row.type != _TIP and of_items != row.subtotal.amount:
            yield f"{row.type[:40]} of {row.subtotal.amount} for the order and of {of_items} for its items"


def currency(shown: OrderDocument) -> str:
    """ "" where no amount is shown."""
    return next(iter(_currencies(shown)), "")


def _currencies(shown: OrderDocument) -> Iterable[str]:
    proceeds = [shown.proceeds, *(item.proceeds for item in shown.order_items)]
    for one in (one for one in proceeds if one):
        yield from (money.currency for money in (one.grand_total, one.proceeds_total) if money)
        yield from (row.subtotal.currency for row in one.breakdowns)
    yield from (price.currency for item in shown.order_items if (price := unit_price(item)))


def unit_price(item: Item) -> Money | None:
    return item.product.price.unit_price if item.product.price else None


def _undivided(item: Item) -> Decimal:
    """The price of an item that is not divided by kinds: its total, else its units at the price that is shown."""
    if item.proceeds and item.proceeds.proceeds_total and not item.proceeds.breakdowns:
        return item.proceeds.proceeds_total.amount
    price = unit_price(item)
    return (
        price.amount * item.quantity_ordered if price and not (item.proceeds and item.proceeds.breakdowns) else _NOTHING
    )


def _details(rows: Sequence[Breakdown], kind: str) -> dict[str, Decimal]:
    """Subtype -> amount of one kind."""
    found: dict[str, Decimal] = {}
    for detail in (detail for row in rows if row.type == kind for detail in row.detailed_breakdowns if detail.value):
        assert detail.value
        found[detail.subtype] = found.get(detail.subtype, _NOTHING) + detail.value.amount
    return found


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, _NOTHING)
