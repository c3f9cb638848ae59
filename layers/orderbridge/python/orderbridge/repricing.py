"""What is told of prices: which listing is to show which price, and which a person should see first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from orderbridge.bridge import Bridge
from orderbridge.model import Listing, Store
from orderbridge.platforms.base import Platform
from orderbridge.platforms.listings import PriceRow, RowResult, ShownPrice, WriteCall
from orderbridge.pricing import Limits, Priced, jump, kept, priced, words
from orderbridge.tables.control import PRICE
from orderbridge.tables.held import RELEASED, HeldPrice
from orderbridge.tags import HELD, price_of
from orderbridge.telling import Aspect, Key, Want


class Prices(Aspect[ShownPrice]):
    """`held` counts prices that wait for a person from now on; `released` are ids of those that one has let go."""

    kind: ClassVar[str] = PRICE

    def __init__(self, bridge: Bridge, store: Store, shop: Platform) -> None:
        super().__init__(bridge, store, shop)
        self.held, self.released, self.priced = 0, set[str](), dict[str, Priced]()

    @property
    def size(self) -> int:
        return self.shop.PRICE_BATCH

    def told_here(self) -> bool:
        return self.store.prices and self.shop.supports("price_calls")

    def wants(self, listings: Mapping[Key, Listing], now: datetime) -> dict[Key, Want[ShownPrice]]:
        tags = self.bridge.goods.tags(self.kind, self.store.id, listings)
        self.priced = self._priced(listings, now)
        found = {}
        for key, listing in listings.items():
            one = self.priced[key[0]]
            if one.record is not None and one.shown is not None:
                found[key] = Want(listing, tags[key], one.shown, one.record.price, one.until)
        return found

    def stopped(
        self, wants: Sequence[Want[ShownPrice]], shown: Mapping[str, ShownPrice], now: datetime
    ) -> dict[Key, str]:
        """The brake, price by price: all others are told. What a person has released goes, as long as it is that."""
        limits = self.bridge.held.limits()
        found = {w.key: reason for w in wants if (reason := self._jump(w, shown[w.listing.item_id], limits))}
        known = self.bridge.held.of(f"{self.store.id}#{w.id}" for w in wants if w.key in found)
        for want in (want for want in wants if want.key in found):
            row = known.get(f"{self.store.id}#{want.id}")
            same = row is not None and row.price == self._record(want)
            if row is not None and same and row.word == RELEASED:
                self.released.add(want.id)
                del found[want.key]
            elif not same:
                self._hold(want, shown[want.listing.item_id], found[want.key], now)
        return found

    def passed(self, want: Want[ShownPrice]) -> None:
        if want.tag.state == HELD and want.id not in self.released:
            self.bridge.held.forget(f"{self.store.id}#{want.id}")

    def calls(self, wants: Sequence[Want[ShownPrice]], push_id: str) -> list[WriteCall]:
        return self.shop.price_calls([PriceRow(want.listing, **_terms(want.value)) for want in wants], push_id)

    def push(self, call: WriteCall) -> Mapping[Key, RowResult]:
        return self.shop.push_prices(call)

    def read(self, listings: Sequence[Listing]) -> Mapping[str, ShownPrice]:
        return self.shop.read_prices(listings)

    def agrees(self, want: Want[ShownPrice], shown: ShownPrice) -> bool:
        return kept(shown, self.shop.PRICE_PARTS) == want.value

    def words(self, value: ShownPrice) -> str:
        return words(value, self.store.currency)

    def value(self, told: Mapping[str, Any]) -> ShownPrice:
        return price_of(told)

    def _priced(self, listings: Mapping[Key, Listing], now: datetime) -> dict[str, Priced]:
        kept = self.bridge.goods.prices({sku for sku, _ in listings})
        return {sku: priced(one.prices, self.store, now, self.shop.PRICE_PARTS) for sku, one in kept.items()}

    def _jump(self, want: Want[ShownPrice], seen: ShownPrice, limits: Limits) -> str:
        record = self.priced[want.listing.sku].record
        before = [want.tag.regular] if want.tag.regular is not None else [seen.price, seen.compare_at]
        return jump([amount for amount in before if amount is not None], record, limits) if record else ""

    def _record(self, want: Want[ShownPrice]) -> dict[str, Any]:
        record = self.priced[want.listing.sku].record
        return record.model_dump(mode="json", exclude_none=True) if record else {}

    def _hold(self, want: Want[ShownPrice], seen: ShownPrice, reason: str, now: datetime) -> None:
        (sku, item), record = want.key, self._record(want)
        before, after = self.words(seen), self.words(want.value)
        self.bridge.held.hold(HeldPrice(self.store.id, sku, item, record, before, after, reason, now))
        tag = replace(want.tag, state=HELD, trouble=reason, shown=before, at=now)
        self.bridge.goods.save_tag(self.kind, self.store.id, sku, item, tag)
        self.held += 1


def _terms(value: ShownPrice) -> dict[str, Any]:
    """As `PriceRow` takes them."""
    assert value.price is not None  # `priced` gives none without
    return {"price": value.price, **{n: getattr(value, n) for n in ("compare_at", "sale", "sale_from", "sale_until")}}
