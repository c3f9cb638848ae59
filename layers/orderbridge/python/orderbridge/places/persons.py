"""Who bought: what may be compared between orders and stores to find one customer again.

Names are never split, and never compared.
"""

import re

from orderbridge.model import Address, Canonical, Order
from orderbridge.places import masking, phones
from orderbridge.places.countries import country_of
from orderbridge.places.reference import fold

# Domains whose addresses lead to a platform, not to a person; each also with what stands before a dot. Seen 2026-11.
_RELAYS = (
    r"marketplace\.amazon\.[a-z.]{2,6}",  # SP-API: "anonymized email address"; Fulfillment Outbound examples
    r"members\.ebay\.[a-z.]{2,6}",  # developer.ebay.com, KB 349 and Trading guide, Member communications
    r"relay\.walmart\.com",  # Walmart Marketplace, examples of getAllOrders
    r"chat\.seller\.tiktok\.com",  # TikTok Shop, sample of order detail (legacy)
    r"scs\.tiktokw\.us",  # TikTok Shop 202309, help.retently.com article 12538313
    r"mail\.mercadoli[bv]re\.[a-z.]{2,6}",  # Mercado Libre, buyer.email and secure_email of older answers
    r"fw\.rakuten\.ne\.jp",  # Rakuten RMS getOrder: masked e-mail, pc. and dm. before it
    r"shipping\.temuemail\.com",  # Temu, as merchants' tools list it
    r"verkopen\.bol\.com",  # bol Retailer API, examples of orders
    r"notification\.mirakl\.net",  # Mirakl marketplaces, as merchants' tools list it
    r"privaterelay\.appleid\.com",  # Apple, Hide My Email
    r"private\.icloud\.com",  # Apple, Hide My Email since 2026-06-15
)
_RELAY = re.compile(rf"(?:.+\.)?(?:{'|'.join(_RELAYS)})")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_LONGEST_EMAIL = 254  # RFC 3696, erratum 1690


class Identity(Canonical):
    """Each "" where it must not be used to find a customer again.

    store_key  "<store>/<the platform's id of the buyer>"
    email      in lower case; dots and "+..." stay: two customers taken for one are worse than one taken for two
    phone      E.164
    """

    store_key: str = ""
    email: str = ""
    phone: str = ""


def identity(order: Order) -> Identity:
    buyer = order.buyer
    if buyer is None:
        return Identity(phone=_phone(order))
    key = f"{order.store}/{buyer.id}" if buyer.id.strip() and not masking.name(buyer.id) else ""
    return Identity(store_key=key, email=email_of(buyer.email), phone=_phone(order))


def email_of(text: str) -> str:
    """The address in lower case; "" for none, for a masked one and for a platform's relay."""
    text = text.strip()
    if len(text) > _LONGEST_EMAIL or masking.name(text) or not _EMAIL.fullmatch(text):
        return ""
    local, _, domain = text.rpartition("@")
    domain = domain.casefold()
    return "" if _RELAY.fullmatch(domain) else f"{local.lower()}@{domain}"


def _phone(order: Order) -> str:
    """The buyer's own; of the ship-to address only where it is the buyer's, for a gift goes to someone else."""
    where = order.ship_to or order.bill_to or Address()
    country = country_of(where.country)
    said = [(order.buyer.phone if order.buyer else "", country)]
    if order.bill_to:
        said.append((order.bill_to.phone, country_of(order.bill_to.country) or country))
    if order.ship_to and _is_buyers(order.ship_to, order):
        said.append((order.ship_to.phone, country))
    found = (phones.understand(raw, hint).e164 for raw, hint in said if raw)
    return next((e164 for e164 in found if e164), "")


def _is_buyers(address: Address, order: Order) -> bool:
    names = [person.name for person in (order.buyer, order.bill_to) if person]
    return not masking.name(address.name) and any(fold(name) == fold(address.name) != "" for name in names)
