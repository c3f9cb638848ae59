"""One whole order of a demo Shopify shop, as its webhooks carry it."""

from decimal import Decimal
from typing import TYPE_CHECKING

from local.shops.buyers import Buyer
from local.shops.sales import Sale
from local.shops.shopify_parts import (
    ZERO,
    Document,
    address,
    amounts,
    financial_status,
    fulfillment,
    fulfillment_status,
    gid,
    line_item,
    money_set,
    refund,
    shipping_line,
    stamped,
    tax_lines,
    text,
)

if TYPE_CHECKING:
    from local.shops.shopify import ShopifyShop


def order(sale: Sale, shop: "ShopifyShop") -> Document:
    place = address(sale.buyer)
    parts = {
        **_identity(sale, shop),
        **_totals(sale),
        "billing_address": place,
        "shipping_address": place,
        "customer": _customer(sale.buyer, sale, shop),
        "discount_applications": _discounts(sale),
        "fulfillments": [fulfillment(sale, parcel) for parcel in sale.parcels],
        "line_items": [line_item(sale, line) for line in sale.lines],
        "payment_terms": None,
        "refunds": [refund(sale, made) for made in sale.refunds],
        "shipping_lines": [shipping_line(sale)] if sale.shipping else [],
        "returns": [],
    }
    document: Document = stamped(parts, shop)
    return document


def _identity(sale: Sale, shop: "ShopifyShop") -> Document:
    buyer, closed = sale.buyer, sale.cancelled_at or sale.completed_at
    return {
        "id": sale.id,
        "admin_graphql_api_id": gid("Order", sale.id),
        "app_id": 580111,
        "browser_ip": "192.0.2.10",
        "buyer_accepts_marketing": False,
        "cancel_reason": sale.cancel_reason or None,
        "cancelled_at": sale.cancelled_at,
        "cart_token": None,
        "checkout_id": None,
        "checkout_token": None,
        "client_details": None,
        "closed_at": closed,
        "company": None,
        "confirmation_number": f"HP{sale.number}",
        "confirmed": True,
        "contact_email": buyer.email,
        "created_at": sale.created_at,
        "currency": sale.currency,
        "customer_locale": buyer.locale,
        "device_id": None,
        "discount_codes": _codes(sale),
        "duties_included": False,
        "email": buyer.email,
        "estimated_taxes": False,
        "financial_status": financial_status(sale),
        "fulfillment_status": fulfillment_status(sale, sale.lines),
        "landing_site": "/",
        "landing_site_ref": None,
        "location_id": None,
        "merchant_business_entity_id": f"HP{shop.first_id(shop.name)}",
        "merchant_of_record_app_id": None,
        "name": f"#{sale.number}",
        "note": sale.note or None,
        "note_attributes": [],
        "number": sale.number - 1000,
        "order_number": sale.number,
        "order_status_url": f"https://{shop.domain}/orders/{sale.id}/authenticate",
        "payment_gateway_names": ["harbour_pay"] if sale.paid_at else [],
        "phone": None,
        "po_number": None,
        "presentment_currency": (sale.presentment or (sale.currency,))[0],
        "processed_at": sale.created_at,
        "reference": None,
        "referring_site": None,
        "source_identifier": None,
        "source_name": "web",
        "source_url": None,
        "tags": "",
        "tax_exempt": False,
        "taxes_included": sale.tax.included,
        "test": sale.test,
        "token": f"{sale.id:032x}",
        "updated_at": sale.version,
        "user_id": None,
    }


def _totals(sale: Sale) -> Document:
    gross = sum((line.unit_price * line.quantity for line in sale.lines), ZERO)
    off = sum((line.discount for line in sale.lines), ZERO)
    tax = sale.line_tax + sale.shipping_tax
    left, left_tax = _left(sale)
    standing = sale.shipping if any(sale.current(line) for line in sale.lines) else ZERO
    current = left + standing + (ZERO if sale.tax.included else left_tax)
    return {
        **amounts(
            sale,
            subtotal_price=gross - off,
            total_line_items_price=gross,
            total_discounts=off,
            total_price=sale.total,
            total_tax=tax,
            current_subtotal_price=left,
            current_total_discounts=off if left else ZERO,
            current_total_price=current,
            current_total_tax=left_tax,
        ),
        "current_shipping_price_set": money_set(sale, standing),
        "current_total_additional_fees_set": None,
        "current_total_duties_set": None,
        "original_total_additional_fees_set": None,
        "original_total_duties_set": None,
        "tax_lines": tax_lines(sale, tax),
        "total_cash_rounding_payment_adjustment_set": money_set(sale, ZERO),
        "total_cash_rounding_refund_adjustment_set": money_set(sale, ZERO),
        **amounts(sale, total_outstanding=current - sale.received + sale.paid_back),
        "total_shipping_price_set": money_set(sale, sale.shipping),
        "total_tip_received": text(ZERO, sale.currency),
        "total_weight": sum(line.listing.product.grams * line.quantity for line in sale.lines),
    }


def _left(sale: Sale) -> tuple[Decimal, Decimal]:
    """What edits and refunds left of the lines, and of the tax."""
    left = tax = ZERO
    for line in sale.lines:
        units = sale.current(line)
        left += sale.share(line, line.charged, 0, units)
        tax += sale.share(line, sale.tax.of(line.charged, sale.currency), 0, units)
    return left, tax + (sale.shipping_tax if left else ZERO)


def _codes(sale: Sale) -> list[Document]:
    off = sum((line.discount for line in sale.lines), ZERO)
    return [{"code": sale.coupon, "amount": text(off, sale.currency), "type": "fixed_amount"}] if off else []


def _discounts(sale: Sale) -> list[Document]:
    return [
        {
            "target_type": "line_item",
            "type": "discount_code",
            "value": code["amount"],
            "value_type": "fixed_amount",
            "allocation_method": "across",
            "target_selection": "all",
            "code": code["code"],
        }
        for code in _codes(sale)
    ]


def _customer(buyer: Buyer, sale: Sale, shop: "ShopifyShop") -> Document | None:
    if not buyer.id:
        return None
    number = shop.first_id(shop.name) + buyer.id
    place = address(buyer)
    default = {k: v for k, v in place.items() if k not in {"latitude", "longitude"}}
    return {
        "id": number,
        "email": buyer.email,
        "created_at": sale.created_at,
        "updated_at": sale.created_at,
        "first_name": buyer.first,
        "last_name": buyer.last,
        "state": "disabled",
        "note": None,
        "verified_email": True,
        "multipass_identifier": None,
        "tax_exempt": False,
        "phone": buyer.phone or None,
        "email_marketing_consent": None,
        "sms_marketing_consent": None,
        "tags": "",
        "currency": sale.currency,
        "tax_exemptions": [],
        "admin_graphql_api_id": gid("Customer", number),
        "default_address": {
            **default, "id": number, "customer_id": number, "country_name": buyer.country_name, "default": True,
        },
    }  # fmt: skip
