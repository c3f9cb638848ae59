"""What a SKU costs in a store now, and until when; and which change of a price a person should see first. Pure, no I/O.

A price that was said for the store counts before one for its currency. A sale with dates is told as the price at the
moment it begins, with the regular one beside it, and ends the same way; only a platform that keeps dates itself
(`Platform.PRICE_PARTS`) gets it beforehand.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from orderbridge.goods import Price
from orderbridge.model import Store
from orderbridge.platforms.listings import ShownPrice

COMPARE_AT, SALE = "compare_at", "sale"


@dataclass(frozen=True)
class Limits:
    """percent  by how much a price may rise or fall by itself, and how much a sale may take off"""

    percent: int = 50


@dataclass(frozen=True)
class Priced:
    """
    record  the price that counts, without a sale that is over; None where the store's currency has none
    shown   what the store is to show now, None as above
    until   when that changes by itself, None where it does not
    steps   how it came about, in plain words
    """

    record: Price | None = None
    shown: ShownPrice | None = None
    until: datetime | None = None
    steps: tuple[str, ...] = ()


def counts(prices: Iterable[Price], store: Store) -> Price | None:
    """The one of a SKU's prices that counts in a store."""
    mine = {price.store: price for price in prices if price.currency == store.currency}
    return mine.get(store.id) or mine.get(None)


def priced(prices: Iterable[Price], store: Store, now: datetime, parts: Iterable[str]) -> Priced:
    """parts  what the store's platform keeps of a price beside the price itself"""
    price = counts(prices, store)
    if price is None:
        return Priced(steps=(f"no price in {store.currency}: the shop keeps what it shows",))
    if _over(price, now):  # it counts no more, also not for the brake
        price = price.model_copy(update={"sale": None, "sale_from": None, "sale_until": None})
    whose = f"price for {store.id}" if price.store else f"price in {price.currency}"
    steps, until = [f"{whose}: {price.price}"], _next_change(price, now)
    regular = ShownPrice(price.price, price.compare_at)
    if price.sale is not None and SALE in parts:
        regular = replace(regular, sale=price.sale, sale_from=price.sale_from, sale_until=price.sale_until)
        steps.append(f"the platform keeps the sale itself: {price.sale}{_span(price)}")
    elif price.sale is not None and (price.sale_from is None or price.sale_from <= now):
        regular = ShownPrice(price.sale, price.price)
        steps.append(f"on sale: {price.sale}{_span(price)}")
    elif price.sale is not None:
        steps.append(f"a sale will come: {price.sale}{_span(price)}")
    return Priced(price, kept(regular, parts), until, tuple(steps))


def kept(shown: ShownPrice, parts: Iterable[str]) -> ShownPrice:
    """Without what the platform does not keep: only the rest can be told, and compared."""
    return replace(shown, **{} if COMPARE_AT in parts else {"compare_at": None})


def jump(before: Iterable[Decimal], price: Price, limits: Limits) -> str:
    """Why a person should see this price before shops do; "" where it may go.

    before  prices that it may be near to: the regular one that was told last, else those that the shop shows
    """
    if not price.price or price.sale == 0:
        return "it would cost nothing"
    share = Decimal(limits.percent) / 100
    if price.sale is not None and price.sale < price.price * (1 - share):
        return f"the sale takes more than {limits.percent} % off: {price.sale} in place of {price.price}"
    known = [amount for amount in before if amount]
    if known and not any(amount * (1 - share) <= price.price <= amount * (1 + share) for amount in known):
        return f"from {known[0]} to {price.price} is more than {limits.percent} %"
    return ""


def words(shown: ShownPrice | None, currency: str) -> str:
    """For people: 12.5 EUR (before: 16), sale 10 from ... until ..."""
    if shown is None or shown.price is None:
        return "no price"
    text = f"{shown.price} {currency}"
    if shown.compare_at is not None:
        text += f" (crossed out: {shown.compare_at})"
    if shown.sale is not None:
        text += f", sale {shown.sale}{_span(shown)}"
    return text


def _over(price: Price, now: datetime) -> bool:
    return price.sale_until is not None and price.sale_until <= now


def _next_change(price: Price, now: datetime) -> datetime | None:
    return min((at for at in (price.sale_from, price.sale_until) if at and at > now), default=None)


def _span(price: Price | ShownPrice) -> str:
    begin = f" from {price.sale_from:%Y-%m-%d %H:%M} UTC" if price.sale_from else ""
    return begin + (f" until {price.sale_until:%Y-%m-%d %H:%M} UTC" if price.sale_until else "")
