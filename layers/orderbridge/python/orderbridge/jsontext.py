"""The one strict JSON reader: numbers keep every digit, and what is doubtful is refused with a plain reason. And a
writer, for platforms that want amounts as numbers: it writes a Decimal with every digit.

The standard library alone takes duplicate keys (the last one wins, silently), NaN and Infinity, and floats.
"""

import json
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from orderbridge.errors import InvalidPayload

_DIGITS = 40  # a number longer than this, or with an exponent beyond it, is no amount, quantity or id


def read(body: bytes | str, *, platform: str = "", store: str = "") -> Any:
    """The document in `body`: numbers with a point or exponent are Decimal, all others int.

    Raises InvalidPayload, and nothing else, for: nothing at all, bytes that are not UTF-8, bad syntax, a key that
    comes twice in one object, NaN or Infinity, absurdly long numbers, nesting deeper than Python's stack.
    """
    try:
        text = body.decode() if isinstance(body, bytes) else body
        if not text.strip():
            raise _Doubt("the body is empty")
        return json.loads(
            text, object_pairs_hook=_object, parse_float=_decimal, parse_int=_int, parse_constant=_constant
        )
    except UnicodeDecodeError:
        reason = "the body is not UTF-8 text"
    except json.JSONDecodeError as error:
        reason = f"the body is not JSON: {error.msg} at character {error.pos}"
    except _Doubt as doubt:
        reason = str(doubt)
    except RecursionError:
        reason = "the body is nested too deeply"
    # Outside the handlers on purpose: the causes quote the body, which may be a buyer's data.
    raise InvalidPayload(reason, platform=platform, store=store)


def write(document: Any) -> str:
    """JSON text, as json.dumps writes it, of a document whose numbers are int or Decimal."""
    if isinstance(document, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)}: {write(value)}" for key, value in document.items()) + "}"
    if isinstance(document, list | tuple):
        return "[" + ", ".join(write(item) for item in document) + "]"
    return format(document, "f") if isinstance(document, Decimal) else json.dumps(document)


class _Doubt(Exception):
    """Valid for the standard library, not for us."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Doubt("an object of the body has the same key twice")
    return found


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text) if len(text) <= _DIGITS else None
    except InvalidOperation:  # an exponent beyond what Decimal can hold
        number = None
    if number is None or abs(number.adjusted()) > _DIGITS:
        raise _Doubt("a number of the body is absurdly long")
    return number


def _int(text: str) -> int:
    if len(text) > _DIGITS:
        raise _Doubt("a number of the body is absurdly long")
    return int(text)


def _constant(name: str) -> NoReturn:
    raise _Doubt(f"the body holds {name}, which is no number")
