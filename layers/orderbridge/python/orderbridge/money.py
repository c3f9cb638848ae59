"""Money: an exact amount with its ISO 4217 currency, and how many decimals each currency has.

Amounts are `Decimal` in major units, exactly as a platform wrote them. Nothing is rounded but by `Money.rounded`, and
nothing is added across currencies. Whether an amount is one that can be paid ("10.5" JPY is not) is asked with
`fits`: an order that says so is kept and named (`orderbridge.balance`), not refused here.
"""

from collections.abc import Mapping
from decimal import Clamped, Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import PydanticKnownError

from orderbridge.errors import InvalidInput

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


_UNITS = {digits: Decimal(1).scaleb(-digits) for digits in (0, 2, 3, 4)}


def minor_unit(currency: str) -> Decimal | None:
    """The least amount of an ISO 4217 code, in major units; None for a code that nobody knows."""
    digits = exponent(currency)
    return None if digits is None else _UNITS[digits]


def fits(amount: Decimal, currency: str) -> bool:
    """Whether the amount is a whole number of minor units; of a currency that nobody knows nothing is said."""
    unit = minor_unit(currency)
    return unit is None or not amount % unit


def plain(value: Decimal) -> Decimal:
    """Without trailing zeros and without an exponent: equal amounts are equal texts, whoever wrote them
    ("12.00" by a webhook, "12.0" by an API) and wherever they were stored (DynamoDB drops the zeros)."""
    return value.normalize() + _ZERO


_ZERO = Decimal(0)  # added to a number of up to 28 digits it undoes an exponent (1E+2) and a sign of nothing (-0)

# Bounds that no shop reaches, and below which sums and shares are exact in Decimal's 28 digits: so many digits, so many
# of them behind the point, so many before it.
_DIGITS, _WHOLE = 28, 18
_BOUNDED = Context(_DIGITS, Emin=-1, Emax=_WHOLE - 1, traps=[InvalidOperation, Inexact, Overflow])


def _bounded(value: Decimal) -> Decimal:
    """`plain`, within the bounds; in the words of pydantic's own constraints, which take three times as long."""
    try:
        return _BOUNDED.normalize(value) + _ZERO
    except Overflow:
        if value > 0:
            raise PydanticKnownError("less_than", {"lt": 10**_WHOLE}) from None
        raise PydanticKnownError("greater_than", {"gt": -(10**_WHOLE)}) from None
    except Inexact:
        raise PydanticKnownError("decimal_max_digits", {"max_digits": _DIGITS}) from None


Amount = Annotated[Decimal, Field(allow_inf_nan=False), AfterValidator(_bounded)]

# Whatever two amounts add up to is exact in it, or an error.
_EXACT = Context(prec=60, traps=[InvalidOperation, Overflow, Clamped, Inexact])


class InvalidAmount(InvalidInput):
    """What was given is no amount of money."""

    next_action = "Write an amount as 12.50, with a currency as EUR."


class MixedCurrencies(InvalidInput):
    """Amounts of two currencies were about to be added or compared."""

    next_action = "Convert one of them first."


class Money(BaseModel):
    """An amount with its currency. It adds, subtracts and compares within one currency; anything else raises."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    amount: Amount
    currency: Annotated[str, StringConstraints(min_length=1, max_length=12)]

    @classmethod
    def of(cls, value: str | int | Decimal, currency: str) -> Self:
        """Exactly what is written: of("52240.00", "CLP") is 52240 pesos. Raises InvalidAmount.

        A float is refused: 0.1 + 0.2 has seventeen digits that nobody wrote. Read JSON with `orderbridge.jsontext`,
        whose numbers are Decimals.
        """
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise InvalidAmount(f"a {type(value).__name__} is no exact amount")
        try:
            return cls.model_validate({"amount": value, "currency": currency})
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False, include_context=False)[0]
            raise InvalidAmount(f"no amount of money: {first['msg'].lower()}") from None

    @classmethod
    def of_minor(cls, units: int, currency: str, divisor: int | None = None) -> Self:
        """From whole minor units; `divisor` is how many make one major unit where the platform says so itself.

        Raises InvalidAmount: a currency that nobody knows without a divisor, a divisor that is no power of ten.
        """
        digits = exponent(currency) if divisor is None else len(str(divisor)) - 1
        if digits is None:
            raise InvalidAmount(f"currency {currency[:12]!r} is not an ISO 4217 code: its minor unit is unknown")
        if divisor is not None and divisor != 10**digits:
            raise InvalidAmount(f"{divisor} minor units to the major one is no power of ten")
        if isinstance(units, bool) or not isinstance(units, int):
            raise InvalidAmount(f"a {type(units).__name__} is no whole number of minor units")
        return cls.of(Decimal(f"{units}E-{digits}"), currency)

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Self:
        """As platforms write money: {value | amount, currency | currencyCode | currency_code, divisor?}; with a
        divisor the amount is in minor units. Raises InvalidAmount."""
        value = next((document[name] for name in ("value", "amount") if name in document), None)
        names = ("currency", "currencyCode", "currency_code")
        currency = next((document[name] for name in names if name in document), None)
        if value is None or not isinstance(currency, str):
            raise InvalidAmount("money needs an amount and a currency")
        if "divisor" in document:
            return cls.of_minor(value, currency, document["divisor"])
        return cls.of(value, currency)

    @property
    def minor(self) -> int:
        """Whole minor units. Raises InvalidAmount where the currency is not known or the amount is finer than it."""
        digits = exponent(self.currency)
        if digits is None or not fits(self.amount, self.currency):
            raise InvalidAmount(f"{self} is no whole number of minor units")
        return int(self.amount.scaleb(digits, _EXACT))

    def rounded(self, mode: str, digits: int | None = None) -> Self:
        """To the currency's minor unit, or to `digits` decimals; `mode` is one of `decimal`'s, e.g. ROUND_HALF_UP.

        Raises InvalidAmount for a currency that nobody knows, without digits.
        """
        digits = exponent(self.currency) if digits is None else digits
        if digits is None:
            raise InvalidAmount(f"currency {self.currency!r} is not an ISO 4217 code: how far to round is unknown")
        return self._with(self.amount.quantize(Decimal(1).scaleb(-digits), mode, Context(prec=60)))

    def __add__(self, other: "Money") -> Self:
        return self._with(_EXACT.add(self.amount, self._same(other)))

    def __sub__(self, other: "Money") -> Self:
        return self._with(_EXACT.subtract(self.amount, self._same(other)))

    def __neg__(self) -> Self:
        return self._with(-self.amount)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= self._same(other)

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def _with(self, amount: Decimal) -> Self:
        return type(self).of(amount, self.currency)

    def _same(self, other: "Money") -> Decimal:
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} do not add up")
        return other.amount
