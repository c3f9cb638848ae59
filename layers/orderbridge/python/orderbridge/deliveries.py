"""Flow 2: a delivery becomes a canonical order, and the order one conditional transaction."""

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from orderbridge import balance, decisions, looking, mapping, orders, rates
from orderbridge.archive import Copy
from orderbridge.bridge import Bridge
from orderbridge.decisions import Answer, Asked
from orderbridge.errors import BridgeError, InvalidInput, InvalidPayload, NotFound, RateLimited, TemporaryFailure
from orderbridge.lookup import look_up
from orderbridge.model import Order, OrderStatus, Store
from orderbridge.money import exponent
from orderbridge.orders import StoredOrder, Verdict
from orderbridge.patience import until_written
from orderbridge.platforms.base import Delivery, Hint, Look, Platform, Seen, Source
from orderbridge.platforms.payloads import invalid
from orderbridge.queues import HINT, ORDER, RECHECK, TOLD, Inbound, inbound
from orderbridge.rates import Stamp
from orderbridge.tables.items import Conflict
from orderbridge.tables.orders import Change, Origin

_PATIENCE = timedelta(days=1)  # how long a platform that cannot answer is waited for before a person must look
PERSON = "person"  # the source of what a person decided
_ORDER, _DELIVERY = 0, 1  # positions in the transaction
_SOURCES = {ORDER: Source.POLL, HINT: Source.POLL, TOLD: Source.TOLD}


@dataclass(frozen=True)
class Processed:
    """What became of one order of a delivery; may be logged."""

    store: str
    order: str
    outcome: str
    revision: int = 0
    waits: tuple[str, ...] = ()
    quarantined: bool = False

    @property
    def new(self) -> bool:
        """Whether it was the first that was heard of the order."""
        return (self.outcome, self.revision) == ("applied", 1)


def process_record(bridge: Bridge, record: Mapping[str, Any]) -> list[Processed]:
    """One record of the inbound queue. Raises TemporaryFailure when the queue shall bring it again.

    What nobody can read is kept in quarantine and counts as done. While its platform cannot answer, the message is
    sent on its way again with a delay, so that waiting spends no attempt; after a day it is left to the queue.
    """
    message = inbound(record)
    body = bridge.archive.read(message.raw) if message.raw else message.body
    try:
        return process(bridge, message, body)
    except TemporaryFailure as failure:
        age = datetime.now(UTC) - message.received_at
        if not failure.platform or age > _PATIENCE:
            raise
        bridge.queues.deliver(message, delay=_delay(failure, age) + random.uniform(0, 2))
        return [Processed(message.store, "", f"waits for the platform: {failure.reason}")]
    except BridgeError as error:
        quarantine(bridge, message, body, error)
        return [Processed(message.store, "", f"quarantined: {error.name}: {error.reason}", quarantined=True)]


def _delay(failure: TemporaryFailure, age: timedelta) -> float:
    """Seconds: half as long again as the message is old, at least what the platform asks for. Were it only that, many
    that wait would ask again each second, and take the place of those that need not ask."""
    least = failure.retry_after if isinstance(failure, RateLimited) else 15.0
    return max(least, age.total_seconds() / 2)


def process(bridge: Bridge, message: Inbound, body: bytes) -> list[Processed]:
    """All orders of one message. Raises any BridgeError."""
    store = bridge.control.store(message.store)
    if message.kind == RECHECK:
        return [_recheck(bridge, store, message, body.decode())]
    id = hashlib.sha256(body).hexdigest()[:32]
    source = _SOURCES.get(message.kind, Source.WEBHOOK)
    if source is Source.TOLD:  # a poll may bring the very same, and does not say what was told
        id = hashlib.sha256(f"{message.topic}\n{id}".encode()).hexdigest()[:32]
    copy = bridge.archive.copy(store.id, id, message.received_at, body, lies=message.raw)
    # What a poll brings is our own words: the platform's can be read there again.
    raw = copy if source is Source.WEBHOOK else None
    origin = Origin(id, source, message.topic, message.received_at, raw.key if raw else "")
    items = _items(bridge, store, message, body)
    if not items:
        return [Processed(store.id, "", "ignored: an event without an order")]
    applier = Applier(bridge, store, raw)
    return [_taken(applier, item, origin) for item in items]


def _taken(applier: "Applier", item: Order | Hint | Seen | Look, origin: Origin) -> Processed:
    bridge, store, now = applier.bridge, applier.store, datetime.now(UTC)
    if isinstance(item, Seen):
        return Processed(store.id, "", looking.seen(bridge, store, item, now))
    if isinstance(item, Look):
        return Processed(store.id, "", looking.said(bridge, store, item, now))
    return applier.take(item, origin)


def _items(bridge: Bridge, store: Store, message: Inbound, body: bytes) -> list[Order | Hint | Seen | Look]:
    if message.kind in (ORDER, TOLD):
        return [_canonical(body, store)]
    if message.kind == HINT:
        order, version = json.loads(body)
        return [Hint(order, datetime.fromisoformat(version) if version else None)]
    delivery, shop = Delivery(store.id, store.platform, message.topic, body, message.received_at), bridge.shop(store.id)
    items: Sequence[Order | Hint | Seen | Look] = shop.parse(delivery)
    return [_named(shop, i, message.received_at) if isinstance(i, Hint) and i.part else i for i in items]


def _named(shop: Platform, hint: Hint, told_at: datetime) -> Hint:
    """The hint with the order that its part belongs to. Raises TemporaryFailure, InvalidPayload."""
    order = shop.order_of(hint.part)
    if order is None:
        raise _not_shown(hint.part, shop.store, told_at)
    return replace(hint, order_id=order)


def _not_shown(what: str, store: Store, told_at: datetime) -> BridgeError:
    """An event came before the platform shows what it is about: it waits, for a day; then a person must look."""
    reason, late = f"the platform told of {what} and does not show it", datetime.now(UTC) - told_at > _PATIENCE
    kind, until = (InvalidPayload, ", for a day") if late else (TemporaryFailure, " yet")
    return kind(reason + until, platform=store.platform, store=store.id)


def _canonical(body: bytes, store: Store) -> Order:
    try:
        return Order.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error, store.platform, store.id) from None


def _recheck(bridge: Bridge, store: Store, message: Inbound, order: str) -> Processed:
    """A mapping changed: the stored document means more than it did."""
    stored = bridge.orders.load(store.id, order)
    if stored is None:
        raise InvalidPayload(f"order {order} is not known and cannot be looked at again", store=store.id)
    stamp = hashlib.sha256(f"{order}{message.received_at.isoformat()}".encode()).hexdigest()[:32]
    origin = Origin(stamp, RECHECK, message.topic, message.received_at)
    return Applier(bridge, store).take(stored.order, origin, again=True)


@dataclass
class Applier:
    """Writes states of orders of one store by law 3 and rule 1; `raw` is what told of them, if it may be kept."""

    bridge: Bridge
    store: Store
    raw: Copy | None = None

    def take(self, item: Order | Hint, origin: Origin, *, again: bool = False) -> Processed:
        """Apply one order until it is written or found to be old or known.

        again  the document is the stored one and is to be looked at with new eyes
        """
        id = item.order_id if isinstance(item, Hint) else item.id

        def attempt() -> Processed:
            try:
                return self._once(item, id, origin, again)
            except Conflict as conflict:
                if _DELIVERY in conflict.refused:
                    return Processed(self.store.id, id, "repeat")
                if _ORDER in conflict.refused and self.bridge.orders.buried(self.store.id, id):
                    return Processed(self.store.id, id, "deleted before it was known here")
                raise

        return until_written(attempt, f"order {id} of store {self.store.id}")

    def answer(self, order: str, number: str, answer: Answer) -> Processed:
        """A person's answer to the open question `number` of an order: a revision like any other.

        Raises NotFound (no such order), InvalidInput (the question is not open any more).
        """
        id = hashlib.sha256(f"{order}{number}".encode()).hexdigest()[:32]
        origin = Origin(id, PERSON, f"decision {number}: {answer.choice}", datetime.now(UTC))

        def attempt() -> Processed:
            stored = self._load(order)
            if stored is None:
                raise NotFound(f"store {self.store.id} has no order {order!r} that we know", store=self.store.id)
            if stored.asked.open != number:
                raise InvalidInput(f"decision {number} of order {order} is not open any more", store=self.store.id)
            change = self.plan(stored.order, stored, origin, answer)
            self._commit(change)
            return Processed(self.store.id, order, "applied", change.revision, change.waits)

        return until_written(attempt, f"order {order} of store {self.store.id}")

    def _load(self, id: str) -> StoredOrder | None:
        """The order as it is, whole: what was left to be written of it is written first."""
        stored = self.bridge.orders.load(self.store.id, id)
        if stored and stored.pending:
            self.bridge.orders.finish(self.store.id, id)
            stored = self.bridge.orders.load(self.store.id, id)
        return stored

    def _once(self, item: Order | Hint, id: str, origin: Origin, again: bool) -> Processed:
        stored = self._load(id)
        before = stored.order if stored else None
        if isinstance(item, Hint) and item.version and before and before.version > item.version:
            return self._note(stored, origin, Verdict.STALE, _older(item.version, before))
        fetched = isinstance(item, Hint)
        order = self._fetch(item, stored) if isinstance(item, Hint) else item
        if order is None:
            return self._unknown(id, item, origin)
        # Whoever brought it, before it is compared with what is stored: equal states give equal orders.
        order = balance.settled(order, self.store.tolerance)
        if fetched:
            origin = _told(origin, order, stored.revision if stored else 0)
        verdict = orders.judge(before, order, fetched=fetched)
        if verdict is Verdict.UNSETTLED or (verdict is Verdict.NEWER and not fetched and self._tells_less(before)):
            # Read the source after our own record: whatever it says now came last.
            return self._once(Hint(id, order.version), id, origin, again)
        if verdict is Verdict.STALE:
            return self._note(stored, origin, verdict, _older(order.version, before))
        if verdict is Verdict.REPEAT and not again:
            return self._note(stored, origin, verdict, "says what is known already")
        change = self.plan(order, stored, origin)
        self._commit(change)
        return Processed(self.store.id, id, "applied", change.revision, change.waits)

    def _commit(self, change: Change) -> None:
        """The bell may be lost, the to-do that was written with the order is not."""
        self._keep()
        self.bridge.orders.commit(change)
        if change.for_erp:
            self.bridge.queues.ring_erp()

    def _tells_less(self, before: Order | None) -> bool:
        """Whether a newer document of a webhook may not replace this one unseen: it was sent before the order was
        deleted, or the order has what webhooks never show."""
        hidden = self.bridge.shop(self.store.id).WEBHOOK_HIDES
        return before is not None and (
            before.status is OrderStatus.DELETED or any(getattr(before, name) for name in hidden)
        )

    def _keep(self) -> None:
        """The raw payload, before anything names it."""
        if self.raw:
            self.raw.keep()

    def _note(self, stored: StoredOrder | None, origin: Origin, outcome: str, reason: str) -> Processed:
        if stored is None:
            return Processed(self.store.id, "", outcome)
        if outcome == Verdict.REPEAT:
            origin = replace(origin, raw="")  # the one that it repeats is kept
        else:
            self._keep()
        self.bridge.orders.note(self.store.id, stored.order.id, origin, outcome, reason)
        return Processed(self.store.id, stored.order.id, outcome, stored.revision)

    def _unknown(self, id: str, item: Order | Hint, origin: Origin) -> Processed:
        """The platform does not know the order either. Deleted: remember it, so that what was sent before and comes
        later does not bring it back. Otherwise an event came before its order is shown: it waits.

        Raises TemporaryFailure, InvalidPayload.
        """
        if isinstance(item, Hint) and item.deleted:
            self._keep()
            self.bridge.orders.bury(self.store.id, id, origin)
        if self.bridge.orders.buried(self.store.id, id):
            return Processed(self.store.id, id, "deleted before it was known here")
        raise _not_shown(f"order {id}", self.store, origin.received_at)

    def _fetch(self, hint: Hint, stored: StoredOrder | None) -> Order | None:
        """The order as its source has it now. Raises TemporaryFailure when that is older than what we were told."""
        order = self.bridge.shop(self.store.id).fetch(hint.order_id)
        if order is None:
            return orders.deleted(stored.order) if stored else None
        if hint.version and order.version < hint.version:
            reason = f"the platform shows order {hint.order_id} older than it told us"
            raise TemporaryFailure(reason, platform=self.store.platform, store=self.store.id)
        return order

    def plan(self, order: Order, stored: StoredOrder | None, origin: Origin, answer: Answer | None = None) -> Change:
        """Map the lines, explode kits, work out holds, reasons to wait, and the exchange rate of its time."""
        found, kits = look_up(self.bridge, self.store, mapping.things(order.lines))
        skus, unmapped = mapping.resolve(order.lines, found, stored.by_rule if stored else {})
        asked = stored.asked if stored else Asked()
        asked = replace(asked, choice=answer.choice.value) if answer else asked
        packed = orders.packing(stored, set(skus.values()), kits)
        stamp = self._stamp(order, stored)
        wants = {} if decisions.released(order, asked) else orders.wants(order, self.store, skus, packed)
        return Change(
            order,
            stored,
            wants,
            orders.holds(wants, stored.shipped if stored else {}),
            *orders.sold(order, skus),
            unmapped,
            orders.waits(order, self.store, tuple(unmapped)),
            origin,
            answer,
            self._for_erp(order, stored),
            packed,
            mapping.by_rule(order.lines, found, skus),
            stamp,
            unrated=stamp is None and self._foreign(order),
        )

    def _stamp(self, order: Order, stored: StoredOrder | None) -> Stamp | None:
        """That of its first revision is kept. Where none is known, it may have come in the last ten minutes."""
        if stored and stored.stamp and stored.stamp.currency == order.currency:
            return stored.stamp
        if not self._foreign(order):
            return None
        at, base, known = order.created_at, self.bridge.settings.base_currency, self.bridge.rates
        return rates.stamp(order.currency, at, base, known.at(at)) or rates.stamp(
            order.currency, at, base, known.at(at, fresh=True)
        )

    def _foreign(self, order: Order) -> bool:
        """Whether it has a currency to be converted from; for one that nobody knows no rate will ever come."""
        return order.currency != self.bridge.settings.base_currency and exponent(order.currency) is not None

    def _for_erp(self, order: Order, stored: StoredOrder | None) -> bool:
        """What never wanted anything (a test, a draft, from before the store was connected) the ERP never hears of."""
        concerned = not orders.holds_nothing(order, self.store) or bool(stored and stored.wants)
        return concerned and self.bridge.erp_takes_orders()


def _older(version: datetime, known: Order | None) -> str:
    when = f"{known.version:%Y-%m-%d %H:%M:%S}" if known else "nothing"
    return f"of {version:%Y-%m-%d %H:%M:%S}, older than what is known, of {when}"


def _told(origin: Origin, order: Order, revision: int) -> Origin:
    """What a fetch told is named by the order it brought: the hint's bytes are the same for every later change.

    And by the revision it came after: within one second an order may return to a state that it had before.
    """
    id = hashlib.sha256(f"{origin.id}{orders.fingerprint(order)}{revision}".encode()).hexdigest()[:32]
    return Origin(id, f"{origin.source}+fetch", origin.topic, origin.received_at, origin.raw)


def quarantine(bridge: Bridge, message: Inbound, body: bytes, error: BridgeError) -> None:
    """Keep what cannot be processed, with a reason and a next action, under an id that a repeat finds again."""
    id = hashlib.sha256(message.store.encode() + body).hexdigest()[:16]
    raw = bridge.archive.copy(message.store, f"quarantine-{id}", message.received_at, body, lies=message.raw).keep()
    bridge.control.quarantine(
        id,
        {
            "store": message.store,
            "kind": message.kind,
            "topic": message.topic,
            "received_at": message.received_at.isoformat(),
            "raw": raw,
            "error": error.name,
            "reason": error.reason,
            "next_action": error.next_action,
        },
    )
