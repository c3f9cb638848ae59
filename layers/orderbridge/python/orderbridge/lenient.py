"""Fields of payload models that take more than one shape, read without Python where the shape is the usual one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, core_schema

_AS_IT_IS, _MENDED = "as it is", "mended"  # how pydantic names the two ways in the place of an error


@dataclass(frozen=True)
class Otherwise:
    """For `Annotated`: a value that does not fit as it is, is given to `mend` and has to fit then.

    A BeforeValidator would be called for every value, which costs a text ten times what it costs to be validated.
    `mend` never raises, and gives back what it does not know. `null` is what stands for null, if anything does.
    """

    mend: Callable[[Any], Any]
    null: Any = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fits = handler(source)
        mended = core_schema.no_info_before_validator_function(self.mend, fits)
        ways: list[CoreSchema | tuple[CoreSchema, str]] = [(fits, _AS_IT_IS), (mended, _MENDED)]
        if self.null is not None:
            ways.insert(1, (_null(self.null), _AS_IT_IS))
        return core_schema.union_schema(ways, mode="left_to_right")


def _null(value: Any) -> CoreSchema:
    """Takes null alone and makes `value` of it: what fits nowhere becomes the default."""
    nowhere = core_schema.with_default_schema(core_schema.literal_schema([value]), default=value, on_error="default")
    return core_schema.chain_schema([core_schema.none_schema(), nowhere])


def problems(error: ValidationError) -> list[tuple[str, str]]:
    """(field, what is wrong with it) of a pydantic error, never the value: it may be a buyer's. What was wrong with a
    value before it was mended is not said."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    told = [(one["loc"], one["msg"]) for one in found if _AS_IT_IS not in one["loc"]]
    return [(".".join(str(part) for part in where if part != _MENDED), words) for where, words in told]
