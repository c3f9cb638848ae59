"""What a look before a deploy finds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["good", "wrong", "unknown"]


@dataclass(frozen=True)
class Finding:
    """
    state  `unknown` is what could not be asked, for want of a right or of the service; it fails nothing
    about  what was looked at, in a word or two
    said   what is so, or what is wrong and what to do
    """

    state: State
    about: str
    said: str


def all_of(about: str, problems: Iterable[str], good: str) -> list[Finding]:
    """A finding for each problem, or one that says that all is well."""
    return [Finding("wrong", about, problem) for problem in problems] or [Finding("good", about, good)]
