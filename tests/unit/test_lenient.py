"""Fields of payload models that take more than one shape."""

from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from orderbridge import lenient
from orderbridge.errors import InvalidPayload
from orderbridge.lenient import Otherwise
from orderbridge.platforms.payloads import Many, Payload, Text, read
from orderbridge.platforms.shopify.documents import Id, ShopAmount, ShownAmount, Word

_BAG = {"shop_money": {"amount": "12.50", "currency_code": "EUR"}}


class Line(Payload):
    id: Id = "1"
    text: Text = ""
    word: Word = ""
    amount: ShopAmount = Decimal(0)
    shown: ShownAmount = None


class Document(Payload):
    lines: Many[Line]


@pytest.mark.parametrize(
    ("field", "given", "read"),
    [
        ("text", None, ""),
        ("text", 12, "12"),
        ("text", Decimal("1.50"), "1.50"),
        ("text", "half \ud83d a pair", "half ? a pair"),
        ("word", "Paid", "paid"),
        ("word", None, ""),
        ("id", 1640000119, "1640000119"),
        ("id", "gid://shopify/LineItem/7?key=1", "7"),
        ("amount", "12.50", Decimal("12.5")),
        ("amount", _BAG, Decimal("12.5")),
        ("amount", None, Decimal(0)),
        ("shown", None, None),
        ("shown", _BAG, Decimal("12.5")),
    ],
)
def test_every_shape_is_read(field: str, given: object, read: object) -> None:
    assert getattr(Line.model_validate({field: given}), field) == read


@pytest.mark.parametrize(
    ("field", "given", "reason"),
    [
        ("text", True, "lines.1.text: Input should be a valid string"),
        ("text", ["a"], "lines.1.text: Input should be a valid string"),
        ("text", "a" * 10_001, "lines.1.text: String should have at most 10000 characters"),
        ("id", None, "lines.1.id: Input should be a valid string"),
        ("id", "7; drop", "lines.1.id: String should match pattern '^[0-9]{1,30}$'"),
        ("amount", "a lot", "lines.1.amount: Input should be a valid decimal"),
        ("amount", "1e18", "lines.1.amount: Input should be less than 1000000000000000000"),
        ("shown", {"shop_money": {"amount": []}}, "lines.1.shown: Decimal input should be"),
    ],
)
def test_a_refusal_names_the_field_once_and_not_how_it_was_read(field: str, given: object, reason: str) -> None:
    with pytest.raises(InvalidPayload) as refused:
        read(Document, {"lines": [{}, {field: given}]}, "shopify", "shopify-us")
    assert refused.value.reason.startswith(f"the payload does not fit: {reason}")
    assert "; " not in refused.value.reason


def test_python_is_asked_only_where_a_value_does_not_fit() -> None:
    asked: list[Any] = []

    def mend(value: Any) -> Any:
        asked.append(value)
        return "mended"

    class Some(Payload):
        text: Annotated[str, Otherwise(mend, null="nothing")]

    assert [Some(text=given).text for given in ("a", None, 5)] == ["a", "nothing", "mended"]  # type: ignore[arg-type]
    assert asked == [5]


def test_what_does_not_fit_when_mended_either_is_a_problem() -> None:
    class Some(Payload):
        text: Annotated[str, Otherwise(lambda value: value)]

    with pytest.raises(ValidationError) as refused:
        Some.model_validate({"text": 5})
    assert lenient.problems(refused.value) == [("text", "Input should be a valid string")]
