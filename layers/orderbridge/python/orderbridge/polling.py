"""Orders read from a shop go the same way as webhooks: onto the inbound queue. A poll backs up every webhook.

Every five minutes a store's orders of all statuses are read by modification. A poll begins where the last complete one
began, less the platform's `ORDERS_OVERLAP`; its own beginning is taken before it reads anything, so what changes
meanwhile is left to the next. A page counts as read once the queue has all of it, and each page is written down:
whoever goes on, after a crash, a budget or a refusal, begins with the first page that is not durable.

Where lists are scarce (`POLL_EVERY`) a store is polled less often, and one that is behind catches up page by page: a
refusal ends the run, and the next schedule goes on with as many pages as the platform allows by then.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.errors import BridgeError, Rejected
from orderbridge.model import Order, Store
from orderbridge.platforms.base import Cursor, Hint, Page
from orderbridge.queues import HINT, ORDER, Inbound, lay_aside
from orderbridge.serving import DONE, Shift, utc_now
from orderbridge.tables.polls import Progress

PAGES = 20  # of one run, about as many as fit into its time
# An order may change twice within its version's one second. What a poll showed later than this after that second was
# the last of it; a shop's clock may be slow by as much.
_SETTLED = timedelta(minutes=1)
_LONG = timedelta(hours=1)  # after which a poll goes on with the schedule only, and says so: its list may have no end
_REMEMBERED = 2000  # hits; one that is forgotten is passed on once more

Item = Order | Hint


@dataclass
class Polled:
    """What one run did; may be logged. `more` asks for another run at once."""

    store: str
    outcome: str = "complete"
    pages: int = 0
    found: int = 0
    passed_on: int = 0
    more: bool = False


def ask_all(bridge: Bridge, now: Callable[[], datetime] = utc_now) -> list[str]:
    """Ask for a poll of every store that can be polled and whose time has come; returns their ids."""
    able = [
        store.id
        for store, _ in bridge.control.stores().values()
        if not store.paused and platforms.load(store.platform).supports("orders_since") and _due(bridge, store, now())
    ]
    for store in able:
        bridge.queues.ask_poll(store)
    return able


def _due(bridge: Bridge, store: Store, now: datetime) -> bool:
    """A poll under way goes on; a new one waits, where lists are scarce."""
    every = platforms.load(store.platform).POLL_EVERY
    if not every:
        return True
    progress = bridge.polls.progress(store.id)
    return progress.started is not None or progress.complete is None or now - progress.complete >= every


def answer(bridge: Bridge, asked: str, budget: float, now: Callable[[], datetime] = utc_now) -> Polled:
    """Poll the store that a message of the polls queue names, and ask again when there is more to read."""
    document = json.loads(asked)
    since = datetime.fromisoformat(document["since"]) if document["since"] else None
    polled = poll_store(bridge, document["store"], budget, now, since)
    if polled.more:
        bridge.queues.ask_poll(polled.store)
    return polled


def poll_store(
    bridge: Bridge, store: str, budget: float, now: Callable[[], datetime] = utc_now, since: datetime | None = None
) -> Polled:
    """Go on with the poll under way, or begin one, for at most about `budget` seconds.

    since  read everything modified since then again, whatever was passed on before
    """
    record = bridge.control.store(store)
    if record.paused:
        return Polled(store, "paused")
    shift = Shift(bridge.control, f"poll#{store}", now, now() + timedelta(seconds=budget))
    run = _Run(bridge, record, shift, since)
    try:
        outcome = shift.serve(run.read, partial(bridge.store_refuses_us, store))
    except BridgeError as error:  # the shop refuses: that is written down, and the next schedule asks again
        outcome = error.reason
    if outcome != DONE:
        run.polled.outcome = outcome
    return run.polled


def poll(bridge: Bridge, store: str, since: datetime, pages: int) -> int:
    """Put every order modified since that we do not know so new on the inbound queue; returns their number.

    In haste: at most so many pages, and what changes twice in one second is left to the schedule's poll.
    Raises the errors of the platform.
    """
    shop, found, cursor = bridge.shop(store), 0, Cursor(since)
    for _ in range(pages):
        page = shop.orders_since(cursor)
        known = bridge.orders.versions(store, [_id(item) for item in page.items if item.version])
        news = [item for item in page.items if not item.version or known.get(_id(item), _NEVER) < item.version]
        pass_on(bridge, store, news)
        found += len(news)
        if page.next is None:
            break
        cursor = page.next
    return found


def age(progress: Progress | None, store: Store, now: datetime) -> timedelta:
    """How old the newest modification may be that no poll has seen, as far as polls are concerned."""
    known = progress and (progress.complete or progress.started)
    return max(timedelta(0), now - (known or store.connected_at))


class _Run:
    """One function's part of a poll."""

    def __init__(self, bridge: Bridge, store: Store, shift: Shift, since: datetime | None) -> None:
        self.bridge, self.store, self.shift, self.since = bridge, store, shift, since
        self.overlap = platforms.load(store.platform).ORDERS_OVERLAP
        self.polled, self.progress = Polled(store.id), Progress()

    def read(self) -> None:
        """Read pages until there are no more or the budget ends; after a short wait this goes on."""
        if not self.progress.started:
            before = self.bridge.polls.progress(self.store.id)
            self.progress = _begun(before, self.store, self.overlap, self.shift.now(), self.since)
        try:
            while self._page():
                if self.polled.pages >= PAGES or self.shift.now() >= self.shift.until:
                    self._go_on()
                    return
        except BridgeError as error:
            # A page that is refused may be one that the shop does not know any more.
            token = "" if isinstance(error, Rejected) else self.progress.token
            self._save(replace(self.progress, token=token, trouble=error.reason))
            raise

    def _go_on(self) -> None:
        """At once, unless this poll has been at it for long."""
        assert self.progress.started is not None
        self.polled.outcome, self.polled.more = "goes on", True
        if (took := self.shift.now() - self.progress.started) > _LONG:
            self.polled.outcome = f"goes on with the schedule: it has not come to an end for {took // _LONG} h"
            self.polled.more = False
            self._save(replace(self.progress, trouble=self.polled.outcome))

    def _page(self) -> bool:
        """Pass one page on and write that down; False after the last one."""
        assert self.progress.since is not None
        cursor = Cursor(self.progress.since, self.progress.token)
        page = self.bridge.shop(self.store.id).orders_since(cursor)
        fresh = [item for item in page.items if self.progress.passed.get(_id(item), _NEVER) != item.version]
        pass_on(self.bridge, self.store.id, fresh)
        self.polled.pages += 1
        self.polled.found += len(page.items)
        self.polled.passed_on += len(fresh)
        if page.next == cursor:
            raise Rejected("the shop names a page of its orders as the next one of itself", store=self.store.id)
        if not self._save(_after(self.progress, page, self.overlap)):
            self.polled.outcome = "another poll was faster"
            return False
        return page.next is not None

    def _save(self, progress: Progress) -> bool:
        self.progress = replace(progress, revision=self.progress.revision + 1)
        return self.bridge.polls.save(self.store.id, self.progress)


_NEVER = datetime.min.replace(tzinfo=UTC)


def _begun(
    before: Progress, store: Store, overlap: timedelta, now: datetime, since: datetime | None = None
) -> Progress:
    """The poll under way, or a new one; the first begins when the store was connected."""
    if before.started and since is None:
        return before
    usual = before.complete - overlap if before.complete else store.connected_at
    if since is None:
        return replace(before, started=now, since=usual, token="")
    # Never later than what is due anyway: the end of this poll tells that all before its beginning was read.
    return replace(before, started=now, since=min(since, usual, before.since or usual), token="", passed={})


def _after(progress: Progress, page: Page[Item], overlap: timedelta) -> Progress:
    """The progress once a page is durable; with the last page the poll is complete."""
    assert progress.started is not None
    first, last = progress.started - overlap, progress.started - _SETTLED  # what the next poll meets, and is settled
    seen = {_id(item): item.version for item in page.items if item.version and first <= item.version <= last}
    newest = sorted({**progress.passed, **seen}.items(), key=lambda hit: hit[1])[-_REMEMBERED:]
    if page.next:
        return replace(progress, since=page.next.since, token=page.next.token, passed=dict(newest), trouble="")
    passed = {id: version for id, version in newest if version >= first}
    return Progress(progress.started, passed=passed, revision=progress.revision)


def _id(item: Item) -> str:
    return item.order_id if isinstance(item, Hint) else item.id


def pass_on(bridge: Bridge, store: str, items: Sequence[Item]) -> None:
    """Durable once this returns."""
    bridge.queues.deliver_all(lay_aside(message, bridge.archive) for message in _messages(store, items))


def _messages(store: str, items: Iterable[Item]) -> Iterable[Inbound]:
    for item in items:
        if isinstance(item, Order):
            kind, body = ORDER, item.model_dump_json()
        else:
            kind, body = HINT, json.dumps([item.order_id, item.version.isoformat() if item.version else None])
        yield Inbound(kind, store, "poll", utc_now(), body.encode())
