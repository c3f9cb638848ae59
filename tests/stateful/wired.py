"""The bridge of a machine: tables of the engine, fresh for every example; shops and queues in memory."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp
from orderbridge.platforms.base import Platform
from orderbridge.queues import Inbound, Queues
from orderbridge.settings import Settings
from orderbridge.tables.orders import Change, Orders


class Heard(Queues):
    """What was sent: `inbound` in order, and how many bells rang."""

    inbound: list[Inbound]
    bells = 0

    def deliver(self, message: Inbound, delay: float = 0) -> None:
        self.inbound.append(message)

    def deliver_all(self, messages: Iterable[Inbound]) -> None:
        self.inbound.extend(messages)

    def ring(self, counterparty: str) -> None:
        self.bells += 1

    def ring_all(self, counterparties: Iterable[str]) -> None:
        self.bells += len(list(counterparties))


class Interrupted(Orders):
    """`meanwhile` is called between what was read of an order and what is written on the condition of it."""

    meanwhile: deque[Callable[[], Any]]

    def commit(self, change: Change) -> None:
        if self.meanwhile:
            self.meanwhile.popleft()()
        super().commit(change)

    def ship(self, *given: Any, **more: Any) -> None:
        if self.meanwhile:
            self.meanwhile.popleft()()
        super().ship(*given, **more)


class Wired(Bridge):
    def __init__(self, settings: Settings, dynamodb: Any, shops: Mapping[str, Platform]) -> None:
        super().__init__(settings, lambda _: dynamodb)
        self.shops, self.remote = shops, None  # type: Mapping[str, Platform], Erp | None
        self.heard = Heard(dynamodb, settings)
        self.heard.inbound = []
        self.interrupted = Interrupted(dynamodb, settings, self.stock)
        self.interrupted.meanwhile = deque()

    @cached_property
    def orders(self) -> Orders:
        return self.interrupted

    @cached_property
    def queues(self) -> Queues:
        return self.heard

    def shop(self, store: str) -> Platform:
        return self.shops[store]

    @property
    def erp(self) -> Erp:
        return self.remote or super().erp
