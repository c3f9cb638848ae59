"""What a store is told beside its stock, one thing after the other: prices, then contents, then new listings."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orderbridge.bridge import Bridge
from orderbridge.errors import AuthFailed
from orderbridge.model import Store
from orderbridge.repricing import Prices
from orderbridge.rewording import Contents, create
from orderbridge.serving import Shift
from orderbridge.tables.control import CREATE, PRICE, PRICES, PRODUCT, PRODUCTS, RETAG, TURN, Todo
from orderbridge.telling import Teller, Told

ACCESS = "access"  # kind of a quarantined row: the shop lets us tell no prices or contents
_PAGE = 100  # listings
_NO_ACCESS = timedelta(minutes=15)
_OF_PRICES = (PRICE, TURN)


def tell(bridge: Bridge, store: Store, shift: Shift, pushes: Iterable[Mapping[str, Any]]) -> Told:
    """Work until the list is empty, time is up, or stock has to be told.

    pushes  attempts of ours whose outcome is not known
    """
    work = _Work(bridge, store, shift)
    try:
        work.run(list(pushes))
    except AuthFailed as error:
        _no_access(bridge, store, shift, error)
    else:
        bridge.control.recovered(f"{ACCESS}-{store.id}")
    work.told.held = work.prices.held
    return work.told


def _no_access(bridge: Bridge, store: Store, shift: Shift, error: AuthFailed) -> None:
    """Who may write stock may lack the right to write prices. That stops no stock: credentials that are good for
    nothing pause the store when its stock is told."""
    for todo in bridge.control.todos(shift.who):
        if todo.urgency >= PRICES and (todo.retry_at is None or todo.retry_at <= shift.now()):
            bridge.control.later(todo, shift.now() + _NO_ACCESS)
    entry = {"store": store.id, "kind": ACCESS, "topic": PRICE, "raw": "", "error": error.name}
    action = "Give the app or key the right to write products, then release this."
    bridge.control.quarantine(f"{ACCESS}-{store.id}", {**entry, "reason": error.reason, "next_action": action})


@dataclass
class _Work:
    bridge: Bridge
    store: Store
    shift: Shift
    told: Told = field(default_factory=Told)

    def __post_init__(self) -> None:
        shop = self.bridge.shop(self.store.id)
        self.prices, self.contents = Prices(self.bridge, self.store, shop), Contents(self.bridge, self.store, shop)
        self.of_prices = Teller(self.bridge, self.prices, self.shift, self.told)
        self.of_contents = Teller(self.bridge, self.contents, self.shift, self.told)
        self.shop = shop

    def run(self, pushes: Sequence[Mapping[str, Any]]) -> None:
        self.of_prices.send_again([push for push in pushes if push["kind"] == PRICE])
        self.of_contents.send_again([push for push in pushes if push["kind"] == PRODUCT])
        most = max(1, self.prices.size, self.contents.size)
        while self.shift.now() < self.shift.until and (todos := self.shift.due(most)):
            if todos[0].urgency < PRICES:
                self.told.left = True
            if self.told.left:
                return
            self._serve(todos)

    def _serve(self, todos: Sequence[Todo]) -> None:
        """The first of them, and those that go with it."""
        match todos[0].kind:
            case kind if kind in _OF_PRICES:
                mine = [todo for todo in todos if todo.kind in _OF_PRICES]
                self.of_prices.serve(mine[: max(1, self.prices.size)])
            case kind if kind == RETAG:
                self._go_through(todos[0])
            case kind if kind == PRODUCT:
                mine = [todo for todo in todos if todo.kind == PRODUCT]
                self.of_contents.serve(mine[: max(1, self.contents.size)])
            case kind if kind == CREATE:
                create(self.bridge, self.store, self.shop, todos[0].id, self.shift.now())
                self.bridge.control.done(todos[0])

    def _go_through(self, todo: Todo) -> None:
        """A page of all listings of a store becomes to-dos; the next page one more. It stays until that is written."""
        control, mark, now = self.bridge.control, uuid.uuid4().hex, self.shift.now()
        page = control.items(self.store.id, todo.id, _PAGE)
        for item, sku in page.items():
            if self.prices.told_here():
                control.add_todo(todo.counterparty, PRICES, PRICE, f"{sku}#{item}", mark, now)
            if self.contents.told_here():
                control.add_todo(todo.counterparty, PRODUCTS, PRODUCT, f"{sku}#{item}", mark, now)
        if len(page) == _PAGE:
            control.add_todo(todo.counterparty, PRICES, RETAG, max(page), mark, now)
        control.done(todo)
