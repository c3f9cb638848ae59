"""CSV as operators send it: UTF-8 with or without a byte order mark; ',' or, as Excel writes in half of Europe, ';'."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from orderbridge.errors import BridgeError, InvalidInput

if TYPE_CHECKING:
    from _csv import Reader as _Rows

T = TypeVar("T")


@dataclass(frozen=True)
class Fault:
    line: int
    reason: str


@dataclass
class Read:
    """What became of a sheet.

    entered   rows that changed something, or confirmed a count
    repeats   rows that said what was known: of stock, the same reference and the same content
    faults    rows that were refused, by line of the file; the others are entered all the same
    """

    entered: int = 0
    repeats: int = 0
    faults: list[Fault] = field(default_factory=list)

    def all(self, entries: Iterable[tuple[int, T]], enter: Callable[[T], bool]) -> "Read":
        """Enter each (line of the file, entry); a refused one stops no other. `enter` is False for a repeat."""
        for line, entry in entries:
            try:
                new = enter(entry)
            except BridgeError as error:
                self.faults.append(Fault(line, error.reason))
            else:
                self.entered += new
                self.repeats += not new
        self.faults.sort(key=lambda fault: fault.line)
        return self


def rows(
    content: bytes, needed: Sequence[str], optional: Sequence[str], faults: list[Fault]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not empty with its line of the file: column -> cell, without spaces around it.

    A row that is none goes to `faults`. Raises InvalidInput when the file as a whole cannot be read.
    """
    header, found = _open(content, needed, optional)
    while (cells := _next(found, faults)) is not None:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) == len(header):
            yield found.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=True)}
        else:  # 1,000 without quotes must not become 1
            reason = f"the row has {len(cells)} cells, the first line {len(header)}"
            faults.append(Fault(found.line_num, reason))


def _open(content: bytes, needed: Sequence[str], optional: Sequence[str]) -> tuple[list[str], "_Rows"]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput("the file is not UTF-8 text; save it as `CSV UTF-8`") from error
    first = text.partition("\n")[0]
    delimiter = ";" if ";" in first and "," not in first else ","
    found = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip().lower() for name in next(found, [])]
    except csv.Error as error:
        raise InvalidInput(f"the first line is not CSV: {error}") from error
    _check(header, needed, optional)
    return header, found


def _next(found: "_Rows", faults: list[Fault]) -> list[str] | None:
    """The next row that is CSV; what is none is a fault of its own. None at the end."""
    while True:
        try:
            return next(found, None)
        except csv.Error as error:
            faults.append(Fault(found.line_num, f"this is not CSV: {error}"))


def _check(header: list[str], needed: Sequence[str], optional: Sequence[str]) -> None:
    missing = [name for name in needed if name not in header]
    strange = [name for name in header if name not in (*needed, *optional)]
    if missing or strange or len(set(header)) < len(header):
        may = f" and may name {', '.join(optional)}" if optional else ""
        said = ", ".join(header)[:200] or "nothing"
        raise InvalidInput(f"the first line must name the columns {', '.join(needed)}{may}, each once; it says: {said}")
