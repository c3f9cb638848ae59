"""Secrets come from a file, from the environment or from a prompt that does not show them: never as an argument,
which every user of the machine could see."""

import json
import os
import sys
from collections.abc import Collection
from pathlib import Path

import typer

from orderbridge.errors import InvalidInput

SIGNING = "webhook_secret"


def ask_for(
    fields: list[str], file: Path | None, *, may_be_empty: bool, asked: Collection[str] | None = None
) -> dict[str, str]:
    """A value for each field: of the JSON file, of ORDERBRIDGE_<FIELD>, or typed in.

    may_be_empty  leave out what is not given, and ask only a person at a terminal
    asked         the fields that must be there and are typed in if they are not given; by default all
    """
    given = _read(file, fields) if file else {}
    given = {
        field: os.environ[name] for field in fields if (name := f"ORDERBRIDGE_{field.upper()}") in os.environ
    } | given
    missing = [field for field in fields if not given.get(field) and (asked is None or field in asked)]
    if not may_be_empty or (not given and sys.stdin.isatty()):
        hint = " (empty: as before)" if may_be_empty else ""
        for field in missing:
            words = field.replace("_", " ") + hint
            given[field] = typer.prompt(
                words, default="" if may_be_empty else None, hide_input=True, show_default=False, err=True
            )
    return {field: value for field, value in given.items() if value}


def _read(file: Path, fields: list[str]) -> dict[str, str]:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        # The error's own text may quote the file.
        raise InvalidInput(f"{file} cannot be read as JSON ({type(error).__name__})") from None
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise InvalidInput(f'{file} must hold one JSON object of texts: {{"{fields[0]}": "...", ...}}')
    if strange := document.keys() - set(fields):
        raise InvalidInput(f"{file} names {', '.join(sorted(strange))}; known are {', '.join(fields)}")
    return document
