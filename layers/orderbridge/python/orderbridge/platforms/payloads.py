"""How the documents of platforms are read: models that take what shops really send, and refuse what is no data."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from orderbridge.errors import InvalidPayload
from orderbridge.lenient import Otherwise, problems
from orderbridge.model import LONGEST_FIELD, MAX_FIELDS, Time

T = TypeVar("T")


class Payload(BaseModel):
    """Base of tolerant payload models: only the fields we use, unknown ones ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True, defer_build=True)


P = TypeVar("P", bound=Payload)


def read(model: type[P], document: Any, platform: str, store: str) -> P:
    """Validate a parsed JSON document; a failure becomes InvalidPayload that names fields but quotes no values."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise invalid(error, platform, store) from None


def invalid(error: ValidationError, platform: str, store: str) -> InvalidPayload:
    """The plain reason of a pydantic error: field and problem, never the value (it may be a buyer's)."""
    where = "; ".join(f"{field or 'the document'}: {words}" for field, words in problems(error)[:3])
    return InvalidPayload(f"the payload does not fit: {where[:300]}", platform=platform, store=store)


def spoken(value: object) -> str:
    """A value of a custom field as text; "" for lists and the like, which are for programs."""
    text = _text(value)
    return text if isinstance(text, str) else ""


def fields(rows: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Options or custom fields for people: without blank ones and those that begin with "_", which platforms hide.

    What no person reads to its end is cut, and what is beyond `MAX_FIELDS` left out; the raw document has it all.
    """
    shown = ((name.strip()[:LONGEST_FIELD], value.strip()[:LONGEST_FIELD]) for name, value in rows)
    return tuple((name, value) for name, value in shown if value and not name.startswith("_"))[:MAX_FIELDS]


def _text(value: object) -> object:
    """Platforms write null, and now and then a bare number, where a text is missing or looks like a number.

    Half of a surrogate pair, which JSON can escape and UTF-8 cannot hold, becomes "?": one broken letter in a note
    must not cost an order.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else value


def _iso(value: object) -> object:
    """Only text is a time: pydantic alone would take any number for seconds since 1970."""
    if value is not None and not isinstance(value, str):
        raise ValueError("a time that is no text")
    return value


TEXT = Otherwise(_text, null="")  # behind the constraints of any other text
# The field types of payload models. A text longer than any field of a shop is a mistake or an attack, not data.
Moment = Annotated[Time, BeforeValidator(_iso)]
Text = Annotated[str, StringConstraints(max_length=10_000), TEXT]
Note = Annotated[str, StringConstraints(max_length=200_000), TEXT]  # people paste whole mails there
Many = Annotated[tuple[T, ...], BeforeValidator(lambda value: () if value is None else value)]  # null is no list
