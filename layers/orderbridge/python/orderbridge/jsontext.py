"""The one strict JSON reader: numbers keep every digit, and what is doubtful is refused with a plain reason. And a
writer, for platforms that want amounts as numbers: it writes a Decimal with every digit.

The standard library alone takes duplicate keys (the last one wins, silently), NaN and Infinity, and floats. To look at
every object and number in Python takes as long again, so a document is read by msgspec first, and only where that
leaves a doubt by the standard library with hooks, which know the reason. Both give the same document.
"""

import json
from collections.abc import Mapping
from decimal import Clamped, Context, Decimal, DecimalException, InvalidOperation, Overflow, Rounded, Subnormal
from typing import Any, NoReturn

from msgspec import MsgspecError
from msgspec.json import Decoder, Encoder

from orderbridge.errors import InvalidPayload

_DIGITS = 40  # a number longer than this, or with an exponent beyond it, is no amount, quantity or id
# Raises for any number that would not be kept as it is written, and for one with an exponent beyond the bounds.
_NUMBER = Context(30, Emin=29 - _DIGITS, Emax=_DIGITS, traps=[InvalidOperation, Overflow, Subnormal, Rounded, Clamped])
_DECODER, _ENCODER = Decoder(float_hook=_NUMBER.create_decimal), Encoder(decimal_format="number")
_TO_ZEROS, _TOO_LONG = bytes.maketrans(b"123456789", b"0" * 9), b"0" * (_DIGITS + 1)


def read(body: bytes | str, *, platform: str = "", store: str = "") -> Any:
    """The document in `body`: numbers with a point or exponent are Decimal, all others int.

    Raises InvalidPayload, and nothing else, for: nothing at all, bytes that are not UTF-8, bad syntax, a key that
    comes twice in one object, NaN or Infinity, absurdly long numbers, nesting deeper than Python's stack.
    """
    try:
        text = body if isinstance(body, bytes) else body.encode()
        document = _DECODER.decode(text)
        if _says_all(document, text):
            return document
    except (MsgspecError, DecimalException, RecursionError, UnicodeEncodeError):
        pass  # for the reason, or because half a surrogate pair is nothing to msgspec
    return _read(body, platform, store)


def _says_all(document: Any, text: bytes) -> bool:
    """Whether nothing in `text` came twice or is too long a number; False also where this cannot be told.

    Written anew, the document has as many quotation marks as the text, unless a key that came twice took some along;
    only an escaped mark (u0022) that is now written as itself could stand in for these, and then there is a backslash.
    """
    anew = _ENCODER.encode(document)
    marks = text.count(b'"') == anew.count(b'"') and (b"\\" not in anew or b"\\u0022" not in text)
    return marks and _TOO_LONG not in text.translate(_TO_ZEROS)


def _read(body: bytes | str, platform: str, store: str) -> Any:
    """The same, slower, with a reason for every refusal."""
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
    if len(text.lstrip("-")) > _DIGITS:
        raise _Doubt("a number of the body is absurdly long")
    return int(text)


def _constant(name: str) -> NoReturn:
    raise _Doubt(f"the body holds {name}, which is no number")
