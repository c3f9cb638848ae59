"""How DynamoDB counts: sizes of items, and the request units of on-demand tables. Pure.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html (both read 2026-11)
"""

import base64
from collections.abc import Mapping
from typing import Any

Attributes = Mapping[str, Mapping[str, Any]]  # an item in DynamoDB's wire format


def size(item: Attributes | None) -> int:
    """Bytes: the names and values of all attributes; 0 for no item."""
    return sum(len(name.encode()) + _value(value) for name, value in (item or {}).items())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":  # one byte for two significant digits, one more, and one for a sign
            digits = len(inner.lstrip("-").replace(".", "").strip("0"))
            return (digits + 1) // 2 + 1 + int(inner.startswith("-"))
        case "B":
            return len(inner if isinstance(inner, bytes) else base64.b64decode(inner))
        case "L":
            return 3 + sum(1 + _value(part) for part in inner)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value(part) for name, part in inner.items())
    return 1  # true, false and null


def read(nbytes: int, *, consistent: bool) -> float:
    """Read request units: one per 4 KB, half of that where an older state will do; what is not there costs one, too."""
    return max(1, -(-nbytes // 4096)) * (1 if consistent else 0.5)


def write(nbytes: int) -> int:
    """Write request units: one per KB of the larger of the item before and after."""
    return max(1, -(-nbytes // 1024))


def index(before: Attributes | None, after: Attributes | None, key: str) -> int:
    """Writes to an index that holds keys only: an entry comes, goes, or moves."""
    old, new = (before or {}).get(key), (after or {}).get(key)
    return 0 if old == new else (old is not None) + (new is not None)
