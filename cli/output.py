"""What a command shows: a table for people, or with --json the same as JSON."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from pydantic_core import to_jsonable_python
from rich import box
from rich.console import Console
from rich.table import Table

from cli.connection import Connection

AsJson = Annotated[bool, typer.Option("--json", help="Show it as JSON.")]


def connection(ctx: typer.Context) -> Connection:
    found: Connection = ctx.obj
    return found


def as_json(document: Any) -> None:
    typer.echo(json.dumps(to_jsonable_python(document), ensure_ascii=False, indent=2))


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], title: str = "", empty: str = "nothing") -> None:
    """`empty` is said instead of a table without rows."""
    found = [[_cell(value) for value in row] for row in rows]
    if not found:
        say(f"{title}: {empty}" if title else empty)
        return
    shown = Table(*columns, title=title or None, title_justify="left", box=box.SIMPLE_HEAD)
    for row in found:
        shown.add_row(*row)
    _console().print(shown)


def say(text: str) -> None:
    _console().print(text, markup=False, soft_wrap=True)


def _console() -> Console:
    """Wide where nobody looks at it but a pipe: lines are not folded there."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=200)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    # Text of shops and buyers is no markup of ours.
    return str(value).replace("[", r"\[")
