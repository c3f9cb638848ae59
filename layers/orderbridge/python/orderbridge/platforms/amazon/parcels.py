"""A parcel as `confirmShipment` wants it. Pure.

https://developer-docs.amazon.com/sp-api/docs/orders-api-v0-reference#confirmshipment · what Amazon calls a package's id
is a number of ours: the same call again changes the package instead of adding one, so it is made of our reference.
"""

import hashlib
import json
from datetime import UTC

from orderbridge.platforms.base import Parcel

# What carriers are called elsewhere, in small letters without blanks -> Amazon's code. Others are "Other" with a name.
_CODES = {
    "dhl": "DHL",
    "dhlpaket": "DHL",
    "dhlexpress": "DHL",
    "deutschepost": "Deutsche Post",
    "dpd": "DPD",
    "gls": "GLS",
    "hermes": "Hermes Logistik Gruppe",
    "ups": "UPS",
    "usps": "USPS",
    "fedex": "FedEx",
    "ontrac": "OnTrac",
    "canadapost": "Canada Post",
    "royalmail": "Royal Mail",
    "parcelforce": "Parcelforce",
    "chronopost": "Chronopost",
    "laposte": "La Poste",
    "posteitaliane": "Poste Italiane",
    "tnt": "TNT",
    "aramex": "Aramex",
    "sagawa": "SAGAWA",
    "yamato": "YAMATO",
}


def body(parcel: Parcel, marketplace: str) -> str:
    code = _CODES.get("".join(parcel.carrier.lower().split()), "Other")
    detail = {
        "packageReferenceId": reference(parcel),
        "carrierCode": code,
        "carrierName": parcel.carrier or "unknown",
        "trackingNumber": parcel.tracking,
        "shipDate": parcel.shipped_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "orderItems": [{"orderItemId": part.line_id, "quantity": part.quantity} for part in parcel.lines],
    }
    return json.dumps({"marketplaceId": marketplace, "packageDetail": detail})


def reference(parcel: Parcel) -> str:
    """A positive number within 32 bits, always the same one for the same reference."""
    digest = hashlib.sha256(parcel.reference.encode()).digest()
    return str(int.from_bytes(digest[:4], "big") % (2**31 - 1) + 1)
