"""What operators write, checked before it becomes part of a key: a plain reason instead of an error of a table."""

from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, TypeAdapter, ValidationError

from orderbridge.errors import InvalidInput
from orderbridge.model import Id, SkuId, StoreId

M = TypeVar("M", bound=BaseModel)

_KINDS: dict[str, tuple[TypeAdapter[Any], str]] = {
    "store": (TypeAdapter(StoreId), "1 to 40 small letters, digits and '-'"),
    "SKU": (TypeAdapter(SkuId), "1 to 100 characters, without #, | and line breaks"),
    "order id": (TypeAdapter(Id), "1 to 200 characters"),
    "id": (TypeAdapter(Id), "1 to 200 characters"),
}


def valid(what: str, text: str) -> str:
    """`text`, if it can be a `what`. Raises InvalidInput."""
    kind, rule = _KINDS[what]
    try:
        kind.validate_python(text)
    except ValidationError:
        raise InvalidInput(f"{text[:120]!r} is no {what}: {rule}") from None
    return text


def made(model: type[M], **fields: Any) -> M:
    """A model of what an operator wrote. Raises InvalidInput that names the fields."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        raise InvalidInput(faults(error)) from None


def moment(text: str, zone: str) -> datetime:
    """A time as people write it, ISO 8601; without an offset it is in the merchant's zone. Raises InvalidInput."""
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{text[:40]!r} is no time; write 2026-11-23T14:00 or 2026-11-23T14:00:00Z") from None


def faults(error: ValidationError) -> str:
    """The fields of a refused document and what is wrong with each, without their values: they may be secret."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'the whole'}: {e['msg'].lower()}" for e in found[:5])
