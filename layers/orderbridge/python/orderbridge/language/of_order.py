"""Which texts of an order people read, and what they say in the merchant's language. Pure but for the translator."""

from collections.abc import Iterator

from orderbridge.language.texts import Target, Text, Translator
from orderbridge.model import Order


def texts(order: Order) -> dict[str, str]:
    """Every text that is not blank, by where it stands: lines.<id>.title, lines.<id>.options.<n>.name and .value,
    fields.<n>.name and .value, fees.<n>.title, refunds.<id>.reason, returns.<id>.reason, shipping_method, note,
    cancel_reason."""
    return {place: text for place, text in (*_merchants(order), *_buyers(order)) if text.strip()}


def translated(order: Order, translator: Translator, language: Target) -> dict[str, Text]:
    """The same places, each with its text in `language`. Never raises."""
    found: dict[str, Text] = {}
    for written, private in ((_merchants(order), False), (_buyers(order), True)):
        some = {place: text for place, text in written if text.strip()}
        made = translator.translate(list(some.values()), language, private=private)
        found |= dict(zip(some, made, strict=True))
    return found


def _merchants(order: Order) -> Iterator[tuple[str, str]]:
    """Written by the merchant or the platform, and the same in many orders."""
    for line in order.lines:
        yield f"lines.{line.id}.title", line.title
        for n, (name, _) in enumerate(line.options):
            yield f"lines.{line.id}.options.{n}.name", name
    for n, (name, _) in enumerate(order.fields):
        yield f"fields.{n}.name", name
    for n, fee in enumerate(order.fees):
        yield f"fees.{n}.title", fee.title
    yield "shipping_method", order.shipping_method
    yield "cancel_reason", order.cancel_reason


def _buyers(order: Order) -> Iterator[tuple[str, str]]:
    """What a buyer may have written, or somebody about a buyer."""
    for line in order.lines:
        for n, (_, value) in enumerate(line.options):
            yield f"lines.{line.id}.options.{n}.value", value
    for n, (_, value) in enumerate(order.fields):
        yield f"fields.{n}.value", value
    yield from ((f"refunds.{refund.id}.reason", refund.reason) for refund in order.refunds)
    yield from ((f"returns.{made.id}.reason", made.reason) for made in order.returns)
    yield "note", order.note
