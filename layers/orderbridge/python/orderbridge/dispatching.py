"""Flow 3 for parcels: what left for an order is told to its shop, once.

A to-do only names an order. What its shop has to be told is worked out from our shipment lines and from the order as
the shop shows it now, so a call whose answer was lost is not made again. That the shop shows the parcel is read from
the shop once more, and goes the way of every order: through the inbound queue. Nothing is written down before a call:
after a crash the shop itself says what it was told.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from orderbridge import mapping, parcels
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidPayload, RateLimited, Rejected, TemporaryFailure
from orderbridge.lookup import look_up
from orderbridge.model import Order, Part, Store
from orderbridge.orders import StoredOrder, holds_nothing
from orderbridge.parcels import Lines, Sent, Telling
from orderbridge.platforms.base import Hint, Parcel, Platform
from orderbridge.polling import pass_on
from orderbridge.queues import TOLD, Inbound, lay_aside
from orderbridge.tables.control import PARCEL, Todo
from orderbridge.tables.movements import Movements

_WAIT = timedelta(seconds=60)  # until a parcel that was accepted and is not shown is looked for again
_ACCEPTED = "accepted, not shown yet: "
_BACK = "taken back"
_NEXT_ACTION = "Read the platform's words and put the order right in the shop, then release it: it is told again."
_IF_BACK = (
    "Cancel the parcel in the shop if its units stay here; if they did leave, put the ERP right. Then discard it."
)


@dataclass(frozen=True)
class Done:
    """How many parcels were told, or put right, and how many were refused."""

    told: int = 0
    refused: int = 0


def tell_all(
    bridge: Bridge,
    store: Store,
    todos: Sequence[Todo],
    now: Callable[[], datetime],
    goes_on: Callable[[], bool],
    tried: dict[tuple[str, str], int],
) -> Iterator[Done]:
    """Order by order, as long as `goes_on`. What fails twice in one run waits longer than its shop does: perhaps only
    this one cannot be told; `tried` remembers by (mark, key) of its to-do. Raises as `tell`."""
    for todo in todos:
        if not goes_on():
            return
        key = todo.mark, todo.sk
        try:
            yield tell(bridge, store, todo, now())
        except TemporaryFailure as failure:
            if key in tried and not isinstance(failure, RateLimited):
                bridge.control.later(todo, now() + _WAIT)
            tried[key] = 1
            raise


def tell(bridge: Bridge, store: Store, todo: Todo, now: datetime) -> Done:
    """Tell an order's shop what it does not show yet of what left, and take the to-do off the list.

    What the shop refuses is kept visible with its words. Raises TemporaryFailure, AuthFailed; then the to-do stays.
    """
    stored = bridge.orders.load(store.id, todo.id)
    if stored is None or not store.tells_parcels or holds_nothing(stored.order, store):
        bridge.control.done(todo)
        return Done()
    return _Teller(bridge, store, todo, now, stored).tell()


def quarantine_id(store: str, order: str) -> str:
    return f"parcel-{store}-{order}"


@dataclass(frozen=True)
class _View:
    """What left, parcel by parcel, and the lines of the order as its shop shows it that are complete with each."""

    order: Order
    sent: list[Sent]
    lines: list[Lines]
    taken_back: Lines

    def untold(self, shop: Platform) -> list[Telling]:
        if shop.SHOWS_PARCELS:
            return parcels.untold(self.order, self.sent, self.lines, shop.VOID_PARCELS)
        return [Telling(one, mine) for one, mine in zip(self.sent, self.lines, strict=True) if mine]

    def completes(self, telling: Telling) -> bool:
        last = [one.name for one, mine in zip(self.sent, self.lines, strict=True) if mine][-1:]
        return last == [telling.parcel.name] and parcels.complete(self.order, self.lines)


@dataclass
class _Teller:
    """words  name of a parcel -> why it could not be told"""

    bridge: Bridge
    store: Store
    todo: Todo
    now: datetime
    stored: StoredOrder
    words: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shop = self.bridge.shop(self.store.id)
        revisions = self.bridge.orders.revisions(self.store.id, self.todo.id)
        self.record = Movements(self.bridge.stock).of_order(revisions)

    def tell(self) -> Done:
        try:
            order = self.shop.fetch(self.todo.id)
        except (Rejected, InvalidPayload) as error:
            self.words["order"] = error.reason
            return self._end(Done(refused=1))
        if order is None:  # whoever applies it sees for himself that it is gone
            pass_on(self.bridge, self.store.id, [Hint(self.todo.id)])
            return self._end(Done())
        view = self._view(order)
        told = [telling for telling in view.untold(self.shop) if self._push(view, telling)]
        if (told or self.words) and (again := self.shop.fetch(self.todo.id)):
            view = self._view(again)
        done = Done(len(told), len(self.words))
        shown = {_key(telling) for telling in view.untold(self.shop)} if self.shop.SHOWS_PARCELS else set()
        if unseen := shown & {_key(telling) for telling in told}:
            return self._look_again(unseen, done)
        if told or not self.words:
            self._pass_on(view.order, told)
        if view.taken_back:
            units = ", ".join(f"{n} of line {id}" for id, n in sorted(view.taken_back.items()))
            self.words[_BACK] = f"the shop shows {units} as sent, and the ERP took that back"
        return self._end(done)

    def _view(self, order: Order) -> _View:
        found, _ = look_up(self.bridge, self.store, mapping.things(order.lines))
        skus, _ = mapping.resolve(order.lines, found, self.stored.by_rule)
        packed, sent = self.stored.packed, parcels.sent(self.record)
        lines = parcels.allotted(order, skus, packed, sent)
        back = {line.sku for line in self.record if line.units > 0}
        return _View(order, sent, lines, parcels.taken_back(order, skus, packed, lines, back))

    def _push(self, view: _View, telling: Telling) -> bool:
        """False when the shop refuses it."""
        name = telling.parcel.name
        if _key(telling) in self.todo.reason.removeprefix(_ACCEPTED).split():
            self.words[name] = "the platform accepted it and does not show it"
            return False
        parcel = self._parcel(view, telling)
        try:
            if telling.shipment and self.shop.supports("push_tracking"):
                self.shop.push_tracking(view.order, telling.shipment, parcel)
            elif not telling.lines:
                return False
            if telling.lines:
                self.shop.push_shipment(view.order, parcel)
        except Rejected as error:
            self.words[name] = error.reason
            return False
        return True

    def _parcel(self, view: _View, telling: Telling) -> Parcel:
        sent = telling.parcel
        parts = tuple(Part(line_id=id, quantity=units) for id, units in telling.lines.items())
        places = [id for id, ours in self.store.locations.items() if not ours or sent.location in ours]
        place = places[0] if len(places) == 1 else ""
        way = sent.carrier, sent.tracking, sent.tracking_url
        return Parcel(sent.name, parts, sent.at, *way, place, view.completes(telling))

    def _look_again(self, unseen: set[str], done: Done) -> Done:
        """The shop took it and does not show it yet: it is looked for later, and not told a second time."""
        at = self.now + max(self.shop.WRITES_SETTLE, _WAIT)
        reason = _ACCEPTED + " ".join(sorted(unseen))
        self.bridge.control.keep_todo(replace(self.todo, retry_at=at, reason=reason))
        return done

    def _pass_on(self, order: Order, told: list[Telling]) -> None:
        """The order as the shop shows it with its parcels, for the record; `topic` is for the timeline."""
        said = (" ".join(filter(None, (t.parcel.name, t.parcel.carrier, t.parcel.tracking))) for t in told)
        topic = f"parcel {'; '.join(said)}" if told else "parcels as the shop shows them"
        message = Inbound(TOLD, self.store.id, topic[:200], self.now, order.model_dump_json().encode())
        self.bridge.queues.deliver(lay_aside(message, self.bridge.archive))

    def _end(self, done: Done) -> Done:
        """Keep visible what could not be told, and take the to-do off the list if nobody wrote it again."""
        control, id = self.bridge.control, quarantine_id(self.store.id, self.todo.id)
        reason = "; ".join(f"{name}: {words}" for name, words in self.words.items())
        kept = control.quarantined_one(id)
        if kept and kept["reason"] != reason:
            control.recovered(id)
        if self.words:
            what = {"store": self.store.id, "kind": PARCEL, "order": self.todo.id, "topic": ", ".join(self.words)}
            then = _IF_BACK if self.words.keys() == {_BACK} else _NEXT_ACTION
            said = {"error": Rejected.__name__, "reason": reason, "next_action": then, "raw": ""}
            control.quarantine(id, {**what, **said})
        control.done(self.todo)
        return done


def _key(telling: Telling) -> str:
    """The same for the same content of the same parcel."""
    content = telling.parcel.name, telling.parcel.tracking, sorted(telling.lines.items()), telling.shipment
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]
