"""Messages that failed too often: see them, and send them back to be tried again."""

from collections.abc import Mapping
from dataclasses import dataclass

from orderbridge.errors import InvalidInput
from orderbridge.queues import DeadLetter, DeadLetters


@dataclass(frozen=True)
class Pile:
    """One dead-letter queue: how many lie there, and some of them."""

    name: str
    count: int
    some: tuple[DeadLetter, ...]


def piles(queues: Mapping[str, DeadLetters]) -> list[Pile]:
    counts = {name: queue.count() for name, queue in queues.items()}
    return [Pile(name, n, tuple(queues[name].some()) if n else ()) for name, n in counts.items()]


def redrive(queues: Mapping[str, DeadLetters], name: str) -> int:
    """Returns how many were sent back. Raises InvalidInput."""
    if name not in queues:
        raise InvalidInput(f"there is no queue {name!r}; there are: {', '.join(queues)}")
    if not queues[name].source:
        raise InvalidInput(f"nothing reads {name} again: the sweep has published these changes since")
    return queues[name].redrive()
