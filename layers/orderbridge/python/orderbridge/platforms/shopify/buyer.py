"""What a Shopify order comes to in the currency that its buyer saw, where it is not the shop's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orderbridge.model import Entry
from orderbridge.money import Money
from orderbridge.platforms.payloads import read
from orderbridge.platforms.shopify.documents import PLATFORM, Bag, OrderDocument, SeenLine, SeenOrder, SeenPart


@dataclass(frozen=True)
class Buyers:
    """`total` and `parts` as `Order` has them; `strange` are other currencies that were found among the amounts."""

    total: Money | None = None
    parts: tuple[Entry, ...] = ()
    strange: tuple[str, ...] = ()


def buyers(document: Any, shown: OrderDocument, store: str) -> Buyers:
    """Raises InvalidPayload for an amount that is none."""
    currency = shown.presentment_currency
    if currency in ("", shown.currency):
        return Buyers()
    seen = read(SeenOrder, document, PLATFORM, store)
    if seen.total is None:
        return Buyers()
    bags = list(_bags(seen))
    strange = {bag.currency for bag in bags if bag} - {"", currency}
    # Webhooks show tips in the shop's currency only: what the buyer saw cannot be proven then.
    parts = () if None in bags or shown.total_tip_received else tuple(_parts(seen, shown))
    return Buyers(Money.of(seen.total.amount, currency), parts, tuple(sorted(strange)))


def _bags(seen: SeenOrder) -> Iterator[Bag | None]:
    """Every amount that the sum needs, None for one that is not shown in the buyer's currency."""
    yield from (seen.total, seen.tax)
    yield from (bag for bag in (seen.duties, seen.additional) if bag)
    for line in (*seen.line_items, *seen.shipping_lines):
        yield line.price
        yield from (part.amount for part in line.discount_allocations)


def _parts(seen: SeenOrder, shown: OrderDocument) -> Iterator[Entry]:
    amounts = {
        "lines": _priced(seen.line_items),
        "discounts_on_lines": -_off(seen.line_items),
        "shipping": _priced(seen.shipping_lines),
        "discount_on_shipping": -_off(seen.shipping_lines),
        "tax": Decimal(0) if shown.taxes_included else _amount(seen.tax),
        "additional": _amount(seen.additional),
        "duty": Decimal(0) if shown.duties_included else _amount(seen.duties),
    }
    yield from (Entry(kind=kind, amount=amount) for kind, amount in amounts.items() if amount)


def _priced(lines: Sequence[SeenLine]) -> Decimal:
    return sum((_amount(line.price) * line.quantity for line in lines), Decimal(0))


def _off(lines: Sequence[SeenLine]) -> Decimal:
    parts: list[SeenPart] = [part for line in lines for part in line.discount_allocations]
    return sum((_amount(part.amount) for part in parts), Decimal(0))


def _amount(bag: Bag | None) -> Decimal:
    return bag.amount if bag else Decimal(0)
