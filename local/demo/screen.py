"""What the demo shows: one line per event while it runs, tables at the end; colours only on a terminal."""

import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo.words import Words

_WIDTH = 130  # where there is no terminal to ask
_STYLES = {
    "sold": "bold cyan",
    "did": "cyan",
    "operator": "cyan",
    "webhook": "blue",
    "order": "green",
    "waits": "yellow",
    "push": "magenta",
    "stock": "white",
    "quarantine": "bold red",
}


class Screen:
    """Threads may write at the same time; a line is never torn."""

    def __init__(self, words: Words) -> None:
        self.words = words
        self._console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False, soft_wrap=True)
        self._started, self._lock = time.monotonic(), threading.Lock()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    def title(self, key: str) -> None:
        self._print(Text(self.words(key), "bold"))

    def say(self, key: str, style: str = "", **values: object) -> None:
        self._print(Text(self.words(key, **values), style))

    def event(self, kind: str, where: str, text: str) -> None:
        """One line of the live log: when, what, which store or SKU, and the rest."""
        kind_text = _padded(self.words(kind), 10)
        self._print(
            Text.assemble((f"{self.seconds:6.2f}  ", "dim"), (kind_text, _STYLES[kind]), f"  {where:<12}  ", text)
        )

    @contextmanager
    def phase(self, key: str, values: Mapping[str, object] | None = None) -> Iterator[None]:
        """Says what was done and how long it took; `values` are read at the end."""
        started = time.monotonic()
        yield
        took = self.words("seconds", seconds=time.monotonic() - started)
        self._print(Text.assemble((f"{self.seconds:6.2f}  ", "dim"), ("✓ ", "green"), self.words(key, **values or {}),
                                  (f"  {took}", "dim")))  # fmt: skip

    def pairs(self, key: str, rows: Sequence[tuple[str, str]]) -> None:
        """A heading and lines of name and value; the values can be copied whole."""
        self._print(Text(f"\n{self.words(key)}", "bold"))
        widest = max(Text(name).cell_len for name, _ in rows)
        for name, value in rows:
            self._print(Text.assemble("  ", (_padded(name, widest), "dim"), "  ", value))

    def table(self, title: str, headings: Sequence[str], rows: Sequence[tuple[Sequence[str], str]]) -> None:
        """Rows are their cells and a style; all columns but the first are numbers."""
        table = Table(title=self.words(title), title_justify="left", box=None, header_style="bold", pad_edge=False)
        for n, heading in enumerate(headings):
            table.add_column(heading, justify="right" if n else "left", no_wrap=True)
        for cells, style in rows:
            table.add_row(*cells, style=style)
        self._print("")
        self._print(table)

    def _print(self, what: Text | Table | str) -> None:
        with self._lock:
            self._console.print(what)


def _padded(text: str, width: int) -> str:
    """To a width on the screen, where a Chinese character takes two cells."""
    return text + " " * (width - Text(text).cell_len)
