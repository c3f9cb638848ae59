"""Shopify's search syntax, as far as lists of orders use it: terms joined by blanks or AND.

https://shopify.dev/docs/api/usage/search-syntax (2026-08). A filter that Shopify does not know is ignored
there without an error, and so it is here.
"""

import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.shops.sales import Sale

_TERM = re.compile(r"(\w+):(>=|<=|>|<|)(?:'([^']*)'|\"([^\"]*)\"|(\S+))")
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "": operator.eq, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


def matches(sale: Sale, query: str) -> bool:
    return all(_holds(sale, *_parts(term)) for term in _TERM.finditer(query))


def _parts(term: re.Match[str]) -> tuple[str, str, str]:
    field, sign, *values = term.groups()
    return field, sign, next(v for v in values if v is not None)


def _holds(sale: Sale, field: str, sign: str, value: str) -> bool:
    compare = _COMPARE[sign]
    match field:
        case "updated_at":
            return compare(sale.version, _time(value))
        case "created_at" | "processed_at":
            return compare(sale.created_at, _time(value))
        case "id":
            return compare(sale.id, int(value))
        case "name":
            return f"#{sale.number}".lstrip("#") == value.lstrip("#")
        case "test":
            return sale.test == (value == "true")
        case _:
            return True


def _time(value: str) -> datetime:
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
