"""An order as everybody can read it: texts in the merchant's language, addresses understood, phones in E.164.

All of it is derived from what the platform said and never stored: a better dictionary helps old orders as well, and
there is no second copy of a buyer's data. It is made when an order is handed to the ERP or shown to an operator.
Reference data is read when it is needed first, see `orderbridge.places` and `orderbridge.language`.
"""

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from orderbridge import rates
from orderbridge.language.of_order import translated
from orderbridge.language.texts import Target, Text, Translator
from orderbridge.model import Address, Canonical, Order
from orderbridge.places import phones
from orderbridge.places.address import Place, understand
from orderbridge.places.persons import Identity, identity
from orderbridge.places.phones import Phone
from orderbridge.rates import Rates, Stamp

if TYPE_CHECKING:
    from orderbridge.bridge import Bridge
    from orderbridge.orders import StoredOrder


class Worth(Canonical):
    """The order's total in the merchant's base currency, by the rate of its time."""

    amount: Decimal
    currency: str
    rate: Decimal
    source: str
    date: date


class Plain(Canonical):
    """
    language  of the translations
    texts     where a text stands ("lines.<id>.title", see `language.of_order`) -> original and translation
    phone     whom a carrier may call: of the ship-to address, else the buyer's; None where there is none
    customer  what finds the buyer again
    worth     None where no rate is known yet: it fills in by itself
    """

    language: str
    texts: dict[str, Text]
    ship_to: Place | None = None
    bill_to: Place | None = None
    phone: Phone | None = None
    customer: Identity = Identity()
    worth: Worth | None = None

    def text(self, place: str) -> str:
        """What a text says in the merchant's language, "" where the order has none there."""
        found = self.texts.get(place)
        return found.translated if found else ""


def of_stored(bridge: "Bridge", stored: "StoredOrder") -> Plain:
    """As the merchant of this stack reads it."""
    order, base = stored.order, bridge.settings.base_currency
    stamp = stored.stamp or rates.stamp(order.currency, order.created_at, base, Rates())
    return plain(order, bridge.translator, bridge.language, stamp)


def plain(order: Order, translator: Translator, language: Target, stamp: Stamp | None = None) -> Plain:
    """Never raises for what the order holds, nor when a translator is down."""
    ship_to, bill_to = _place(order.ship_to), _place(order.bill_to)
    return Plain(
        language=language,
        texts=translated(order, translator, language),
        ship_to=ship_to,
        bill_to=bill_to,
        phone=_phone(order, ship_to or bill_to),
        customer=identity(order),
        worth=_worth(order, stamp) if stamp else None,
    )


def _worth(order: Order, stamp: Stamp) -> Worth:
    amount = rates.worth(order.total, stamp)
    return Worth(amount=amount, currency=stamp.base, rate=stamp.rate, source=stamp.source, date=stamp.date)


def _place(address: Address | None) -> Place | None:
    return understand(address) if address else None


def _phone(order: Order, place: Place | None) -> Phone | None:
    raw = (order.ship_to.phone if order.ship_to else "") or (order.buyer.phone if order.buyer else "")
    return phones.understand(raw, place.country if place else "") if raw.strip() else None
