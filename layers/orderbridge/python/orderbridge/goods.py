"""Products and prices as the merchant keeps them, in an ERP or here; amounts are in major units of their currency.

What cannot be is refused when it is made: a price below zero, with more digits than its currency has, in a currency
that nobody knows, a sale that is no lower or ends before it begins. A price of zero can be: it is left to the brake.
"""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from orderbridge.model import Canonical, SkuId, StoreId, Time
from orderbridge.money import Amount, exponent, fits

MOST_PRICES = 200  # of one SKU; together they must fit into one item of a table


def _known(currency: str) -> str:
    if exponent(currency) is None:
        raise ValueError("a currency that nobody knows")
    return currency


# A platform shows times in whole seconds: a fraction would differ for ever.
_Second = Annotated[Time, AfterValidator(lambda at: at.replace(microsecond=0))]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=250)]


class Price(Canonical):
    """What one SKU costs in one currency.

    store       the one store that it counts in, None for every store of this currency
    compare_at  a higher price that shops show crossed out beside it
    sale        a lower price from `sale_from` (now, if None) until `sale_until` (open, if None), that moment not in it
    """

    sku: SkuId
    currency: Annotated[str, AfterValidator(_known)]
    store: StoreId | None = None
    price: Amount
    compare_at: Amount | None = None
    sale: Amount | None = None
    sale_from: _Second | None = None
    sale_until: _Second | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.currency, self.store or ""

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        amounts = [amount for amount in (self.price, self.compare_at, self.sale) if amount is not None]
        if min(amounts) < 0:
            raise ValueError("a price below zero")
        if not all(fits(amount, self.currency) for amount in amounts):
            raise ValueError(f"more digits than {self.currency} has")
        if self.compare_at is not None and self.compare_at <= self.price:
            raise ValueError("the price to compare with is not above the price")
        if self.sale is None and (self.sale_from or self.sale_until):
            raise ValueError("dates of a sale without a sale price")
        if self.sale is not None and self.sale >= self.price:
            raise ValueError("the sale price is not below the price")
        if self.sale_from and self.sale_until and self.sale_until <= self.sale_from:
            raise ValueError("the sale ends before it begins")
        return self


class Product(Canonical):
    """What the merchant calls a SKU, by language, and what it is.

    grams  weight of one unit
    kit    it is packed from others; what from is said by the kit itself, see `model.Kit`
    """

    sku: SkuId
    names: dict[Language, Name] = Field(default_factory=dict, max_length=40)
    barcode: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{0,40}$")] = ""
    grams: Annotated[int, Field(ge=0, le=10_000_000, strict=True)] | None = None
    kit: bool = False

    def name(self, *languages: str) -> str:
        """In the first of these languages that it has one in, "" without."""
        return next((self.names[one] for one in languages if one in self.names), "")


def refusal(error: ValidationError) -> str:
    """Why a price or product cannot be, in plain words."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    where = ".".join(map(str, first["loc"]))
    said = str(first["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
