"""Money of one order: minor units per currency and the proof that an order balances (law 6).

Amounts are `Decimal` in major units of the order's currency, exactly as the platform charged them.
Nothing here rounds or recomputes.
"""

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderbridge.model import Order

# ISO 4217 list one, https://www.six-group.com/en/products-services/financial-information/data-standards.html
# (2026-01-01): active codes by number of minor digits; everything active that is not named here has two.
_DIGITS_0 = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_DIGITS_3 = frozenset("BHD IQD JOD KWD LYD OMR TND".split())
_DIGITS_4 = frozenset("CLF UYW".split())
_DIGITS_2 = frozenset(
    """AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
    CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
    HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
    MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
    SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
    VED VES WST XCD XCG YER ZAR ZMW ZWG""".split()
)


def exponent(currency: str) -> int | None:
    """Digits after the decimal point of an ISO 4217 code, None for a code that nobody knows."""
    if currency in _DIGITS_2:
        return 2
    if currency in _DIGITS_0:
        return 0
    if currency in _DIGITS_3:
        return 3
    return 4 if currency in _DIGITS_4 else None


def charged_sum(order: "Order") -> Decimal:
    """What the parts of the order add up to, to be compared with `order.total`.

    Lines + shipping + fees - discounts, plus tax where the amounts do not already include it.
    """
    lines = sum((line.subtotal - line.discount for line in order.lines), Decimal(0))
    fees = sum((fee.amount for fee in order.fees), Decimal(0))
    tax = Decimal(0) if order.tax_included else order.tax
    return lines - order.discount + order.shipping + fees + tax


def problem(order: "Order") -> str | None:
    """Why the money of this order cannot be trusted, in one sentence; None when it balances."""
    digits = exponent(order.currency)
    if digits is None:
        return f"currency {order.currency!r} is not an ISO 4217 code"
    parts, total = charged_sum(order), order.total
    if abs(parts - total) >= Decimal(1).scaleb(-digits):
        return f"the parts add up to {parts} {order.currency}, the platform charged {total} {order.currency}"
    return None


def refunded(order: "Order") -> Decimal:
    """What was paid back so far."""
    return sum((refund.amount for refund in order.refunds), Decimal(0))


def refund_problem(order: "Order") -> str | None:
    """Why the refunds of this order cannot be right; None when they are no more than what was paid.

    Only amounts that the platform itself shows are compared. Where it does not say what it received, nothing is said.
    """
    back = refunded(order)
    if order.paid is None or back <= order.paid:
        return None
    return f"{back} {order.currency} were paid back, but only {order.paid} {order.currency} were received"
