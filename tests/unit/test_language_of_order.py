"""Every text of an order that people read, and who is asked for it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from orderbridge.bridge import Bridge
from orderbridge.language.amazon import Amazon
from orderbridge.language.of_order import texts, translated
from orderbridge.language.offline import Offline
from orderbridge.language.texts import Target, Text
from orderbridge.model import Fee, Order, OrderLine, OrderStatus, PaymentStatus, Refund, Return, ReturnStatus
from orderbridge.settings import Settings

NOW, ONE = datetime(2026, 11, 29, tzinfo=UTC), Decimal(1)
LINE = OrderLine(
    id="7",
    title="Keramikbecher - Rot",
    options=(("variant", "Rot / L"), ("Gravur", "Für Anna")),
    quantity=1,
    unit_price=ONE,
    subtotal=ONE,
)
ORDER = Order(
    store="demo",
    platform="shopify",
    id="1",
    number="#1",
    version=NOW,
    created_at=NOW,
    status=OrderStatus.OPEN,
    payment=PaymentStatus.PAID,
    source_status="paid",
    currency="EUR",
    lines=(LINE, LINE.model_copy(update={"id": "8", "title": " ", "options": ()})),
    total=ONE,
    fees=(Fee(kind="tip", amount=ONE), Fee(kind="fee", title="Geschenkverpackung", amount=ONE)),
    shipping_method="Standardversand",
    note="Bitte klingeln",
    fields=(("Liefertermin", "24.12.2026"),),
    cancel_reason="customer",
    refunds=(Refund(id="3", amount=ONE, reason="beschädigt"),),
    returns=(Return(id="4", status=ReturnStatus.OPEN, reason="zu klein"),),
)
SAID = {
    "lines.7.title": "Ceramic mug - Red",
    "lines.7.options.0.name": "variant",
    "lines.7.options.0.value": "Red / L",
    "lines.7.options.1.name": "Engraving",
    "lines.7.options.1.value": "For Anna",
    "fields.0.name": "Delivery date",
    "fields.0.value": "24.12.2026",
    "fees.1.title": "Gift wrap",
    "refunds.3.reason": "damaged",
    "returns.4.reason": "too small",
    "shipping_method": "Standard shipping",
    "note": "Please ring the bell",
    "cancel_reason": "customer",
}


def test_every_text_has_its_place() -> None:
    assert texts(ORDER).keys() == SAID.keys()
    assert texts(ORDER)["note"] == "Bitte klingeln"


def test_every_text_is_translated_beside_its_original() -> None:
    made = translated(ORDER, Offline(), "en")
    assert {place: text.translated for place, text in made.items()} == SAID
    assert {place: text.original for place, text in made.items()} == texts(ORDER)


def test_what_a_buyer_may_have_written_is_private() -> None:
    asked: dict[bool, list[str]] = {}

    class Asked(Offline):
        def translate(self, texts: Sequence[str], target: Target, *, private: bool = True) -> list[Text]:
            asked[private] = list(texts)
            return super().translate(texts, target)

    translated(ORDER, Asked(), "zh")
    assert asked[True] == ["Rot / L", "Für Anna", "24.12.2026", "beschädigt", "zu klein", "Bitte klingeln"]
    assert len(asked[False]) == len(SAID) - 6


@pytest.mark.parametrize(("translator", "kind"), [("offline", Offline), ("amazon", Amazon)])
def test_the_bridge_has_the_translator_of_its_settings(translator: str, kind: type) -> None:
    made: list[tuple[str, Any]] = []

    def client(service: str, **more: Any) -> object:
        made.append((service, more))
        return object()

    settings = Settings(translator=translator, translate_terminology="brands", kept_names="Red Bull,Rote Tüte")
    found = Bridge(settings, client).translator
    assert type(found) is kind
    if isinstance(found, Amazon):
        assert found.terms == "brands"
        ((_, more),) = [call for call in made if call[0] == "translate"]
        assert more["config"].read_timeout <= 5
    else:
        assert made == []
    names = found.fallback.names if isinstance(found, Amazon) else found.names  # type: ignore[attr-defined]
    assert names.within("eine rote Tüte")
