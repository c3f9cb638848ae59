"""Refunds of a Shopify order: what was paid back and for what, in the shop's currency and in the buyer's; restocks."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from orderbridge import model
from orderbridge.model import Entry
from orderbridge.money import Money
from orderbridge.platforms.payloads import read
from orderbridge.platforms.shopify.documents import PLATFORM, OrderDocument, Refund

_RESTOCK = {"cancel", "return", "legacy_restock"}
_NO_RESTOCK = {"", "no_restock"}
_NOTHING = Decimal(0)
# Bags in GraphQL; a webhook has them as plain amounts in the shop's currency.
_AMOUNTS = ("subtotal", "total_tax", "amount", "tax_amount")


def refunds_of(document: Any, shown: OrderDocument, store: str) -> tuple[model.Refund, ...]:
    """`document` is what `shown` was read from. Raises InvalidPayload for an amount that is none."""
    abroad = shown.presentment_currency not in ("", shown.currency)
    raw = document["refunds"] if abroad and shown.refunds else [None] * len(shown.refunds)
    return tuple(_refund(refund, shown, one, store) for refund, one in zip(shown.refunds, raw, strict=True))


def restocks(refunds: Sequence[Refund]) -> Iterator[model.Restock]:
    """Shopify puts units back on a shelf as part of a refund, also of one without money."""
    for part in (part for refund in refunds for part in refund.refund_line_items):
        if part.id and part.quantity and part.restock_type in _RESTOCK:
            yield model.Restock(
                id=part.id, line_id=part.line_item_id, quantity=part.quantity, location=part.location_id or ""
            )


def unknown_restocks(refunds: Sequence[Refund]) -> list[str]:
    """Words for it that Shopify has added since."""
    kinds = {part.restock_type for refund in refunds for part in refund.refund_line_items}
    return sorted(kinds - _RESTOCK - _NO_RESTOCK)


def _refund(refund: Refund, shown: OrderDocument, raw: Any, store: str) -> model.Refund:
    seen = _buyers(raw, shown.presentment_currency, store) if raw else None
    return model.Refund(
        id=refund.id,
        amount=_paid_back(refund),
        made_of=_made_of(refund, shown),
        buyer_amount=Money.of(_paid_back(seen), shown.presentment_currency) if seen else None,
        buyer_made_of=_made_of(seen, shown) if seen else (),
        reason=refund.note,
        created_at=refund.created_at,
        lines=tuple(model.Part(line_id=x.line_item_id, quantity=x.quantity) for x in refund.refund_line_items),
    )


def _buyers(raw: Mapping[str, Any], currency: str, store: str) -> Refund | None:
    """The same refund in the buyer's currency; None where one of its amounts is not shown in it."""
    try:
        return read(Refund, _in_buyers_money(raw, currency), PLATFORM, store)
    except LookupError:
        return None


def _in_buyers_money(value: Any, currency: str) -> Any:
    """A document with only the buyer's side of each of its bags. Raises LookupError for an amount without it."""
    if isinstance(value, list):
        return [_in_buyers_money(one, currency) for one in value]
    if not isinstance(value, dict):
        return value
    if "shopMoney" in value:
        seen = value["presentmentMoney"]
        if seen["currencyCode"] != currency:
            raise LookupError(currency)
        return {"shopMoney": seen}
    if any(isinstance(value.get(name), str) for name in _AMOUNTS):
        raise LookupError(currency)
    return {name: _in_buyers_money(one, currency) for name, one in value.items()}


def _paid_back(refund: Refund) -> Decimal:
    paid = (made.paid for made in refund.transactions if (made.kind, made.status) == ("refund", "success"))
    return sum(paid, _NOTHING)


def _made_of(refund: Refund, shown: OrderDocument) -> tuple[Entry, ...]:
    """What the money was for, once all of it is paid back. What was called off without money has no such parts, and of
    duties and additional fees webhook and API do not say the same."""
    paid = [made.status == "success" for made in refund.transactions if made.kind == "refund"]
    others = shown.original_total_duties_set or shown.original_total_additional_fees_set
    if not paid or not all(paid) or others or any(line.subtotal is None for line in refund.refund_line_items):
        return ()
    shipping = refund.refund_shipping_lines
    corrections = [made for made in refund.order_adjustments if not (shipping and made.kind == "shipping_refund")]
    tax = sum((line.total_tax for line in refund.refund_line_items), _NOTHING)
    tax += sum((line.tax_amount_set for line in shipping), _NOTHING)
    amounts = {
        "lines": sum((line.subtotal or _NOTHING for line in refund.refund_line_items), _NOTHING),
        "shipping": sum((line.subtotal_amount_set for line in shipping), _NOTHING)
        - sum((made.amount for made in corrections if made.kind == "shipping_refund"), _NOTHING),
        "tax": _NOTHING if shown.taxes_included else tax - sum((m.tax_amount for m in corrections), _NOTHING),
        "adjustment": -sum((made.amount for made in corrections if made.kind != "shipping_refund"), _NOTHING),
    }
    return tuple(Entry(kind=kind, amount=amount) for kind, amount in amounts.items() if amount)
