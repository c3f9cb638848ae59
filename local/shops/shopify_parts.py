"""The parts of an order of a demo Shopify shop in the REST shape that its webhooks carry (API version 2026-07).

The keys are those of real payloads. Top-level amounts are in the shop's currency, every `*_set` also holds
the buyer's. `total_*` is as ordered (units that an edit removed stay in `quantity`), `current_total_*` is
what edits and refunds left of it.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.shops.buyers import Buyer
from local.shops.sales import Line, Parcel, Refund, RefundLine, Sale, rounded

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop

Document = dict[str, Any]
ZERO = Decimal(0)


def text(amount: Decimal, currency: str) -> str:
    return f"{rounded(amount, currency):f}"


def number(amount: Decimal) -> int | float:
    """Refund rows carry JSON numbers; nobody calculates with this float, it is only printed."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def money_set(sale: Sale, amount: Decimal) -> Document:
    currency, rate = sale.presentment or (sale.currency, Decimal(1))
    return {
        "shop_money": {"amount": text(amount, sale.currency), "currency_code": sale.currency},
        "presentment_money": {"amount": text(amount * rate, currency), "currency_code": currency},
    }


def amounts(sale: Sale, **named: Decimal) -> Document:
    """`x` and `x_set` for every named amount."""
    both: Document = {}
    for name, amount in named.items():
        both[name], both[f"{name}_set"] = text(amount, sale.currency), money_set(sale, amount)
    return both


def gid(kind: str, number: int | str) -> str:
    return f"gid://shopify/{kind}/{number}"


def financial_status(sale: Sale) -> str:
    if sale.paid_at is None:
        return "voided" if sale.cancelled_at else "pending"
    if not sale.paid_back:
        return "paid"
    return "refunded" if sale.paid_back >= sale.total else "partially_refunded"


def fulfillment_status(sale: Sale, lines: list[Line]) -> str | None:
    if not any(sale.shipped(line) for line in lines):
        return None
    return "partial" if any(sale.open(line) for line in lines) else "fulfilled"


def line_item(sale: Sale, line: Line, quantity: int | None = None) -> Document:
    product, variant = line.listing.product, line.listing.product.option or None
    name = f"{product.title} - {variant}" if variant else product.title
    allocations = [{**_amount(sale, "amount", line.discount), "discount_application_index": 0}]
    return {
        "id": line.id,
        "admin_graphql_api_id": gid("LineItem", line.id),
        "attributed_staffs": [],
        "current_quantity": sale.current(line),
        "fulfillable_quantity": sale.open(line),
        "fulfillment_service": "manual",
        "fulfillment_status": fulfillment_status(sale, [line]),
        "gift_card": False,
        "grams": product.grams,
        "name": name,
        **amounts(sale, price=line.unit_price),
        "product_exists": True,
        "product_id": line.listing.product_id,
        "properties": [],
        "quantity": line.quantity if quantity is None else quantity,
        "requires_shipping": True,
        "sku": line.listing.sku or None,
        "taxable": True,
        "title": product.title,
        **amounts(sale, total_discount=ZERO),
        "variant_id": line.listing.variant_id,
        "variant_inventory_management": "shopify" if line.listing.tracked else None,
        "variant_title": variant,
        "vendor": "Harbour & Pine",
        "tax_lines": tax_lines(sale, sale.tax.of(line.charged, sale.currency)),
        "duties": [],
        "discount_allocations": allocations if line.discount else [],
    }


def tax_lines(sale: Sale, amount: Decimal) -> list[Document]:
    if not amount:
        return []
    priced = _amount(sale, "price", amount)
    return [{"channel_liable": False, **priced, "rate": number(sale.tax.rate), "title": sale.tax.title}]


def fulfillment(sale: Sale, parcel: Parcel) -> Document:
    return {
        "id": parcel.id,
        "admin_graphql_api_id": gid("Fulfillment", parcel.id),
        "created_at": parcel.at,
        "location_id": int(parcel.location),
        "name": f"#{sale.number}.{sale.parcels.index(parcel) + 1}",
        "order_id": sale.id,
        "origin_address": {},
        "receipt": {},
        "service": "manual",
        "shipment_status": "delivered" if parcel.delivered else None,
        "status": "success",
        "tracking_company": parcel.carrier or None,
        "tracking_number": parcel.tracking or None,
        "tracking_numbers": [parcel.tracking] if parcel.tracking else [],
        "tracking_url": _followed(parcel) or None,
        "tracking_urls": [_followed(parcel)] if parcel.tracking else [],
        "updated_at": parcel.at,
        "line_items": [line_item(sale, line, quantity) for line, quantity in parcel.lines],
    }


def _followed(parcel: Parcel) -> str:
    """Where a parcel can be followed: as it was told, else as the shop makes an address of the number."""
    return parcel.url or (f"https://track.example.com/{parcel.tracking}" if parcel.tracking else "")


def refund(sale: Sale, made: Refund) -> Document:
    return {
        "id": made.id,
        "admin_graphql_api_id": gid("Refund", made.id),
        "created_at": made.at,
        "note": made.reason,
        "order_id": sale.id,
        "processed_at": made.at,
        "restock": any(row.restock != "no_restock" for row in made.lines),
        "total_additional_fees_set": money_set(sale, ZERO),
        "total_duties_set": money_set(sale, ZERO),
        "user_id": None,
        "additional_fees": [],
        "order_adjustments": _adjustments(sale, made),
        "transactions": [_transaction(sale, made)] if made.amount else [],
        "refund_line_items": [_refund_line(sale, row) for row in made.lines],
        "refund_shipping_lines": [],
        "duties": [],
        "return": None,
    }


def _refund_line(sale: Sale, row: RefundLine) -> Document:
    return {
        "id": row.id,
        "line_item_id": row.line.id,
        "location_id": int(row.location) if row.location else None,
        "quantity": row.quantity,
        "restock_type": row.restock,
        "subtotal": number(row.amount),
        "subtotal_set": money_set(sale, row.amount),
        "total_tax": number(row.tax),
        "total_tax_set": money_set(sale, row.tax),
        "line_item": line_item(sale, row.line),
    }


def _adjustments(sale: Sale, made: Refund) -> list[Document]:
    """What was paid back beyond the lines is shipping; Shopify shows it as a negative adjustment."""
    lines = sum((row.amount + (ZERO if sale.tax.included else row.tax) for row in made.lines), ZERO)
    extra = made.amount - lines
    if extra <= 0:
        return []
    return [
        {
            "id": made.id + 1,
            "amount": text(-extra, sale.currency),
            "amount_set": money_set(sale, -extra),
            "kind": "shipping_refund",
            "order_id": sale.id,
            "reason": "Shipping refund",
            "refund_id": made.id,
            "tax_amount": text(ZERO, sale.currency),
            "tax_amount_set": money_set(sale, ZERO),
        }
    ]


def _transaction(sale: Sale, made: Refund) -> Document:
    return {
        "id": made.id + 2,
        "admin_graphql_api_id": gid("OrderTransaction", made.id + 2),
        "amount": text(made.amount, sale.currency),
        "authorization": None,
        "created_at": made.at,
        "currency": sale.currency,
        "device_id": None,
        "error_code": None,
        "gateway": "harbour_pay",
        "kind": "refund",
        "location_id": None,
        "message": None,
        "order_id": sale.id,
        "parent_id": None,
        "payment_id": f"#{sale.number}.{sale.refunds.index(made) + 2}",
        "processed_at": made.at,
        "receipt": {},
        "source_name": "web",
        "status": "success",
        "test": sale.test,
        "user_id": None,
    }


def shipping_line(sale: Sale) -> Document:
    price = amounts(sale, price=sale.shipping, discounted_price=sale.shipping)
    return {
        "id": sale.id + 1,
        "carrier_identifier": None,
        "code": "Standard",
        "current_discounted_price_set": money_set(sale, sale.shipping),
        **price,
        "is_removed": False,
        "phone": None,
        "requested_fulfillment_service_id": None,
        "source": "shopify",
        "title": "Standard",
        "tax_lines": tax_lines(sale, sale.shipping_tax),
        "discount_allocations": [],
    }


def address(buyer: Buyer) -> Document:
    return {
        "first_name": buyer.first,
        "address1": buyer.lines[0],
        "phone": buyer.phone or None,
        "city": buyer.city,
        "zip": buyer.postcode,
        "province": buyer.region or None,
        "country": buyer.country_name,
        "last_name": buyer.last,
        "address2": buyer.lines[1] if len(buyer.lines) > 1 else None,
        "company": buyer.company or None,
        "latitude": None,
        "longitude": None,
        "name": buyer.name,
        "country_code": buyer.country,
        "province_code": buyer.region_code or None,
    }


def _amount(sale: Sale, name: str, amount: Decimal) -> Document:
    return amounts(sale, **{name: amount})


def stamped(document: Any, shop: "ShopifyShop") -> Any:
    """Every time in the document as ISO text with the shop's own offset."""
    if isinstance(document, datetime):
        return document.astimezone(shop.zone).isoformat(timespec="seconds")
    if isinstance(document, dict):
        return {key: stamped(value, shop) for key, value in document.items()}
    return [stamped(value, shop) for value in document] if isinstance(document, list) else document
