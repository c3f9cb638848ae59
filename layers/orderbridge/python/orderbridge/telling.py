"""Flow 3, second half, for prices and contents: what a store's listings cost and say, after all that is about stock.

Look, write what differs, look again. What is to be told is made when it is told: no to-do carries a price. An attempt
is written down, bytes and all, before it is sent; after a crash the same bytes go out. Only a look at the shop makes a
price verified, and where the platform shows writes late (`Platform.WRITES_SETTLE`) the look waits. As soon as there is
stock to be told the worker leaves the rest on the list and goes back to `pushing`.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Generic, TypeVar

from orderbridge.bridge import Bridge
from orderbridge.errors import Rejected
from orderbridge.model import Listing, Store
from orderbridge.platforms.base import Platform
from orderbridge.platforms.listings import Content, Outcome, RowResult, ShownPrice, WriteCall
from orderbridge.serving import Shift
from orderbridge.tables.control import PRICES, Todo
from orderbridge.tags import REJECTED, VERIFIED, Tag, plain

TAG = "tag"  # kind of a quarantined row: a price or content that a shop refused
_TRIES = 2  # how often one listing is tried in one run before it waits
_WAIT = timedelta(minutes=5)
_GLANCE = 25  # to-dos

V = TypeVar("V", bound=ShownPrice | Content)
Key = tuple[str, str]  # SKU, item id


@dataclass
class Told:
    """What one run did; may be logged.

    held  prices that wait for a person from now on
    left  something more urgent is to be told first
    """

    pushed: int = 0
    verified: int = 0
    rejected: int = 0
    drift: int = 0
    held: int = 0
    left: bool = False


@dataclass(frozen=True)
class Want(Generic[V]):
    """What one listing is to show; `until` is when that changes by itself, `regular` the regular price behind it."""

    listing: Listing
    tag: Tag
    value: V
    regular: Decimal | None = None
    until: datetime | None = None

    @property
    def key(self) -> Key:
        return self.listing.sku, self.listing.item_id

    @property
    def id(self) -> str:
        return f"{self.listing.sku}#{self.listing.item_id}"


class Aspect(Generic[V]):
    """What of a listing is told: its price or its content. One for a store and a run.

    kind  of its tags and open pushes
    size  to-dos that are served together
    """

    kind: ClassVar[str]

    def __init__(self, bridge: Bridge, store: Store, shop: Platform) -> None:
        self.bridge, self.store, self.shop = bridge, store, shop

    @property
    def size(self) -> int:
        raise NotImplementedError

    def told_here(self) -> bool:
        """Whether the merchant wants it told in this store, and the platform can."""
        raise NotImplementedError

    def wants(self, listings: Mapping[Key, Listing], now: datetime) -> dict[Key, Want[V]]:
        """Listings that there is nothing to tell of are left out."""
        raise NotImplementedError

    def stopped(self, wants: Sequence[Want[V]], shown: Mapping[str, V], now: datetime) -> dict[Key, str]:
        """Those that must not be told before a person has seen them, and why."""
        return {}

    def passed(self, want: Want[V]) -> None:
        """A listing that was held before is not any more."""

    def calls(self, wants: Sequence[Want[V]], push_id: str) -> list[WriteCall]:
        raise NotImplementedError

    def push(self, call: WriteCall) -> Mapping[Key, RowResult]:
        raise NotImplementedError

    def read(self, listings: Sequence[Listing]) -> Mapping[str, V]:
        raise NotImplementedError

    def agrees(self, want: Want[V], shown: V) -> bool:
        raise NotImplementedError

    def fitted(self, want: Want[V], shown: V) -> Want[V]:
        """What of it can be told to this listing, by what it shows."""
        return want

    def words(self, value: V) -> str:
        raise NotImplementedError

    def value(self, told: Mapping[str, Any]) -> V:
        raise NotImplementedError


@dataclass
class Teller(Generic[V]):
    """Works off to-dos of one aspect; `tried` is (mark, key) of a to-do -> how often."""

    bridge: Bridge
    aspect: Aspect[V]
    shift: Shift
    told: Told
    tried: dict[Key, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store, self.now, self.who = self.aspect.store.id, self.shift.now, self.shift.who

    def send_again(self, pushes: Iterable[Mapping[str, Any]]) -> None:
        """Attempts whose outcome was not recorded."""
        for push in pushes:
            call = WriteCall(push["path"], push["request"], push["key"], tuple((i, p) for i, p in push["rows"]))
            known = self._listings([(sku, item) for sku, item in push["listings"]])
            tags = self.bridge.goods.tags(self.aspect.kind, self.store, known)
            regular = {item: Decimal(text) if text else None for item, text in push["regular"].items()}
            wants = [
                Want(listing, tags[key], self.aspect.value(push["values"][key[1]]), regular[key[1]])
                for key, listing in known.items()
            ]
            self._send(call, wants)

    def serve(self, todos: Sequence[Todo]) -> None:
        """One batch; what was seen to be right, or needs a person, is taken off the list."""
        ids = list(dict.fromkeys(todo.id for todo in todos))
        wants = self.aspect.wants(self._listings([_key(id) for id in ids]), self.now()) if self._told() else {}
        waits = {want.id: at for want in wants.values() if (at := self._unsettled(want))}
        ready = [want for want in wants.values() if want.id not in waits]
        done = {id for id in ids if _key(id) not in wants}
        done |= self._look(ready, first=True) if ready else set()
        turns = {want.id: want.until for want in wants.values() if want.until}
        for todo in todos:
            self._take_off(todo, todo.id in done, turns.get(todo.id), waits.get(todo.id))

    def _told(self) -> bool:
        return self.aspect.told_here()

    def _unsettled(self, want: Want[V]) -> datetime | None:
        """Until when there is no use in looking: what was told is what is wanted, and may not show yet."""
        at = want.tag.settles_until(self.aspect.shop.WRITES_SETTLE)
        return at if at and at > self.now() and plain(want.value) == want.tag.told else None

    def _look(self, wants: Sequence[Want[V]], *, first: bool) -> set[str]:
        """Read the shop; the first time write what differs and look once more. Returns ids that need no more."""
        shown = self.aspect.read([want.listing for want in wants])
        done: set[str] = set()
        there: list[Want[V]] = []
        for want in wants:
            if want.listing.item_id in shown:
                there.append(self.aspect.fitted(want, shown[want.listing.item_id]))
            else:
                done |= self._reject(want, "the shop does not show this listing")
        stopped = self.aspect.stopped(there, shown, self.now()) if first else {}
        differing: list[Want[V]] = []
        for want in there:
            seen = shown[want.listing.item_id]
            if want.key in stopped:
                done.add(want.id)
            elif self.aspect.agrees(want, seen):
                done |= self._verified(want, seen)
            else:
                differing.append(self._noted(want, seen, first=first))
        return done | (self._write_and_look(differing) if first else set())

    def _verified(self, want: Want[V], seen: V) -> set[str]:
        fresh = want.tag.seen(want.value, want.regular, self.aspect.words(seen), self.now())
        self._save(want, fresh)
        self.aspect.passed(want)
        self.told.verified += 1
        return {want.id}

    def _noted(self, want: Want[V], seen: V, *, first: bool) -> Want[V]:
        """What the shop shows in place of what it should. It is drift where it had shown the right thing before."""
        tag, shows = want.tag, self.aspect.words(seen)
        if first and tag.state == VERIFIED and tag.told == plain(want.value):
            self.told.drift += 1
            tag = replace(tag, drift=self.now(), trouble=f"somebody else has changed it to {shows}")
        elif not first:
            tag = replace(tag, trouble=f"the shop took it and shows {shows}")
        want = replace(want, tag=replace(tag, shown=shows, at=self.now()))
        self._save(want, want.tag)
        return want

    def _write_and_look(self, wants: Sequence[Want[V]]) -> set[str]:
        """Call by call; stock that has to be told meanwhile goes before the next one."""
        rejected: set[str] = set()
        written: list[Want[V]] = []
        for n, call in enumerate(self.aspect.calls(wants, uuid.uuid4().hex) if wants else []):
            if n and (self.now() >= self.shift.until or self._more_urgent()):
                break
            items = {item for item, _ in call.rows}
            refused, took = self._push(call, [want for want in wants if want.listing.item_id in items])
            rejected, written = rejected | refused, [*written, *took]
        if not written or self.aspect.shop.WRITES_SETTLE:
            return rejected
        return rejected | self._look(written, first=False)

    def _more_urgent(self) -> bool:
        self.told.left = any(todo.urgency < PRICES for todo in self.shift.due(_GLANCE))
        return self.told.left

    def _push(self, call: WriteCall, wants: Sequence[Want[V]]) -> tuple[set[str], list[Want[V]]]:
        details: dict[str, Any] = {
            **asdict(call),
            "kind": self.aspect.kind,
            "listings": [list(want.key) for want in wants],
            "values": {want.listing.item_id: plain(want.value) for want in wants},
            "regular": {want.listing.item_id: str(want.regular or "") for want in wants},
            "at": self.now().isoformat(),
        }
        self.bridge.control.open_push(self.store, call.key, details)
        return self._send(call, wants)

    def _send(self, call: WriteCall, wants: Sequence[Want[V]]) -> tuple[set[str], list[Want[V]]]:
        """Send an attempt that is written down; it stays open when no outcome is known.

        Returns ids of to-dos whose row was rejected, and what the shop took.
        """
        self.told.pushed += len(call.rows)
        try:
            results = self.aspect.push(call)
        except Rejected as error:
            self.bridge.control.close_push(self.store, call.key)
            return self._bisect(wants, error)
        rejected: set[str] = set()
        took: list[Want[V]] = []
        again: list[Want[V]] = []
        for want in wants:
            result = results.get((want.listing.item_id, ""), RowResult(Outcome.RETRY))
            if result.outcome is Outcome.REJECTED:
                rejected |= self._reject(want, result.words)
            elif result.outcome is Outcome.ACCEPTED:
                took.append(self._took(want, call.key))
            else:
                again.append(want)
        self.bridge.control.close_push(self.store, call.key)
        if again and len(again) < len(wants):  # the row that stopped them is not among them any more
            refused, more = self._write(again)
            rejected, took = rejected | refused, [*took, *more]
        return rejected, took

    def _write(self, wants: Sequence[Want[V]]) -> tuple[set[str], list[Want[V]]]:
        rejected: set[str] = set()
        took: list[Want[V]] = []
        for call in self.aspect.calls(wants, uuid.uuid4().hex):
            items = {item for item, _ in call.rows}
            refused, more = self._push(call, [want for want in wants if want.listing.item_id in items])
            rejected, took = rejected | refused, [*took, *more]
        return rejected, took

    def _bisect(self, wants: Sequence[Want[V]], error: Rejected) -> tuple[set[str], list[Want[V]]]:
        """One bad row must not stop the others: halve until it stands alone."""
        if len(wants) <= 1:
            return self._reject(wants[0], error.reason) if wants else set(), []
        middle = len(wants) // 2
        left, first = self._write(wants[:middle])
        right, second = self._write(wants[middle:])
        return left | right, [*first, *second]

    def _took(self, want: Want[V], push_id: str) -> Want[V]:
        self.aspect.passed(want)
        took = replace(want, tag=want.tag.took(want.value, want.regular, push_id, self.now()))
        self._save(took, took.tag)
        return took

    def _reject(self, want: Want[V], words: str) -> set[str]:
        """Keep the bad row visible with the platform's words; its next change tries again."""
        self._save(want, replace(want.tag, state=REJECTED, trouble=words, at=self.now()))
        error, (sku, item) = Rejected(""), want.key
        entry = {"store": self.store, "kind": TAG, "topic": self.aspect.kind, "sku": sku, "item": item, "raw": ""}
        said = {"error": error.name, "reason": words, "next_action": error.next_action}
        self.bridge.control.quarantine(f"{self.aspect.kind}-{self.store}-{item}", {**entry, **said})
        self.told.rejected += 1
        return {want.id}

    def _take_off(self, todo: Todo, done: bool, turn: datetime | None, settles: datetime | None) -> None:
        """What is done goes, or comes back when the price changes by itself; the rest is left for a while."""
        key = todo.mark, todo.sk
        if done:
            if turn:
                self.bridge.control.turn_at(self.who, todo.id, uuid.uuid4().hex, turn)
            self.bridge.control.done(todo)
        elif settle := self.aspect.shop.WRITES_SETTLE:
            self.bridge.control.later(todo, settles or self.now() + settle)
        elif not self.told.left:
            self.tried[key] = self.tried.get(key, 0) + 1
            if self.tried[key] >= _TRIES:
                self.bridge.control.later(todo, self.now() + _WAIT)

    def _listings(self, keys: Sequence[Key]) -> dict[Key, Listing]:
        return {key: one.listing for key, one in self.bridge.stock.shelved(self.store, keys).items()}

    def _save(self, want: Want[V], tag: Tag) -> None:
        self.bridge.goods.save_tag(self.aspect.kind, self.store, *want.key, tag)


def _key(id: str) -> Key:
    sku, _, item = id.partition("#")
    return sku, item
