"""The order and refund documents of a demo WooCommerce shop (REST API v3, WooCommerce 10).

https://woocommerce.github.io/woocommerce-rest-api-docs/ (2026-08). All amounts are without tax even where the
shop's prices include it; each line's tax is rounded by itself. Times are the site's local time without a
zone, with a twin in UTC.
"""

import html
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local.shops.buyers import Buyer
from local.shops.sales import Line, Note, Refund, RefundLine, Sale, rounded

if TYPE_CHECKING:
    from local.shops.woocommerce import WooShop

Document = dict[str, Any]
ZERO = Decimal(0)
RATE_ID = 1
ROOT = "/wp-json/wc/v3"


def status(sale: Sale) -> str:
    if sale.status:
        return sale.status
    if sale.cancelled_at:
        return "cancelled"
    if sale.paid_back and sale.paid_back >= sale.total:
        return "refunded"
    if sale.completed_at:
        return "completed"
    return "processing" if sale.paid_at else "on-hold"


def order(sale: Sale, shop: "WooShop") -> Document:
    return {
        **_identity(sale, shop),
        **_totals(sale),
        **_people(sale),
        **dates(shop, created=sale.created_at, modified=sale.version, paid=sale.paid_at, completed=sale.completed_at),
        "line_items": [_line(sale, line) for line in sale.lines],
        "tax_lines": _tax_lines(sale),
        "shipping_lines": _shipping_lines(sale),
        "fee_lines": [],
        "coupon_lines": _coupon_lines(sale),
        "refunds": [_refund_summary(sale, made) for made in reversed(sale.refunds)],
        "meta_data": [{"id": sale.id + 1, "key": "_demo_shop", "value": shop.name}],
        "_links": _links(shop, "orders", f"orders/{sale.id}"),
    }


def refund(sale: Sale, made: Refund, shop: "WooShop") -> Document:
    return {
        "id": made.id,
        "parent_id": sale.id,
        **dates(shop, created=made.at),
        "amount": _text(sale, made.amount),
        "reason": made.reason,
        "refunded_by": 1,
        "refunded_payment": bool(sale.paid_at),
        "meta_data": [],
        "line_items": [_refund_line(sale, row) for row in made.lines],
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
        "_links": _links(shop, f"orders/{sale.id}/refunds", f"orders/{sale.id}/refunds/{made.id}"),
    }


def note(made: Note, shop: "WooShop") -> Document:
    """WordPress keeps what is written as HTML."""
    text = html.escape(made.text, quote=False)
    about = {"author": "system", "note": text, "customer_note": made.to_buyer}
    return {"id": made.id, **dates(shop, created=made.at), **about}


def dates(shop: "WooShop", **times: datetime | None) -> Document:
    """`date_x` in the site's time and `date_x_gmt` in UTC, both without a zone."""
    shown: Document = {}
    for name, at in times.items():
        for suffix, zone in (("", shop.zone), ("_gmt", UTC)):
            shown[f"date_{name}{suffix}"] = at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S") if at else None
    return shown


def net(sale: Sale, amount: Decimal) -> Decimal:
    """The amount without tax; `amount` is as the shop shows its prices."""
    return amount - sale.tax.of(amount, sale.currency) if sale.tax.included else amount


def _text(sale: Sale, amount: Decimal) -> str:
    return f"{rounded(amount, sale.currency):f}"


def _number(amount: Decimal) -> int | float:
    """PHP prints the line's `price` as a number with all its digits; nobody calculates with this float."""
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def _identity(sale: Sale, shop: "WooShop") -> Document:
    shown = status(sale)
    return {
        "id": sale.id,
        "parent_id": 0,
        "status": shown,
        "currency": sale.currency,
        "currency_symbol": {"EUR": "€", "USD": "$", "JPY": "¥"}[sale.currency],
        "version": "10.0.2",
        "prices_include_tax": sale.tax.included,
        "number": str(sale.number),
        "order_key": f"wc_order_{sale.id:x}",
        "created_via": "checkout",
        "customer_id": sale.buyer.id,
        "customer_ip_address": "192.0.2.20",
        "customer_user_agent": "Mozilla/5.0 (demo)",
        "customer_note": sale.note,
        "payment_method": "bacs",
        "payment_method_title": "Überweisung",
        "transaction_id": "",
        "cart_hash": f"{sale.id:032x}",
        "payment_url": f"{shop.url}/checkout/order-pay/{sale.id}/?pay_for_order=true",
        "is_editable": shown in {"pending", "on-hold", "auto-draft"},
        "needs_payment": shown in {"pending", "failed"},
        "needs_processing": True,
    }


def _totals(sale: Sale) -> Document:
    shown = [_line(sale, line) for line in sale.lines]
    off = sum((Decimal(x["subtotal"]) - Decimal(x["total"]) for x in shown), ZERO)
    off_tax = sum((Decimal(x["subtotal_tax"]) - Decimal(x["total_tax"]) for x in shown), ZERO)
    return {
        "discount_total": _text(sale, off),
        "discount_tax": _text(sale, off_tax),
        "shipping_total": _text(sale, net(sale, sale.shipping)),
        "shipping_tax": _text(sale, sale.shipping_tax),
        "cart_tax": _text(sale, sale.line_tax),
        "total": _text(sale, sale.total),
        "total_tax": _text(sale, sale.line_tax + sale.shipping_tax),
    }


def _people(sale: Sale) -> Document:
    place = _address(sale.buyer)
    phone = sale.buyer.phone
    return {
        "billing": {**place, "email": sale.buyer.email, "phone": phone},
        "shipping": {**place, "phone": phone},
    }


def _address(buyer: Buyer) -> Document:
    return {
        "first_name": buyer.first,
        "last_name": buyer.last,
        "company": buyer.company,
        "address_1": buyer.lines[0],
        "address_2": buyer.lines[1] if len(buyer.lines) > 1 else "",
        "city": buyer.city,
        "state": buyer.region_code,
        "postcode": buyer.postcode,
        "country": buyer.country,
    }


def _line(sale: Sale, line: Line) -> Document:
    product, gross = line.listing.product, line.unit_price * line.quantity
    total, total_tax = net(sale, line.charged), sale.tax.of(line.charged, sale.currency)
    subtotal_tax = sale.tax.of(gross, sale.currency)
    option = line.listing.product.option if line.listing.variant_id else ""
    return {
        "id": line.id,
        "name": f"{product.family} - {option}" if option else product.title,
        "product_id": line.listing.product_id,
        "variation_id": line.listing.variant_id,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": _text(sale, net(sale, gross)),
        "subtotal_tax": _text(sale, subtotal_tax),
        "total": _text(sale, total),
        "total_tax": _text(sale, total_tax),
        "taxes": [{"id": RATE_ID, "total": f"{total_tax:f}", "subtotal": f"{subtotal_tax:f}"}],
        "meta_data": _option_meta(line.id, option) + _restock_meta(sale, line),
        "sku": line.listing.sku,
        "global_unique_id": "",
        "price": _number(total / line.quantity),
        "image": {"id": "", "src": ""},
        "parent_name": product.family if option else None,
    }


def _option_meta(line_id: int, option: str) -> list[Document]:
    if not option:
        return []
    return [{"id": line_id + 1, "key": "kind", "value": option, "display_key": "Kind", "display_value": option}]


def _restock_meta(sale: Sale, line: Line) -> list[Document]:
    """A running number on the line says how many units refunds put back on the shelf."""
    back = sum(
        row.quantity for r in sale.refunds for row in r.lines if row.line is line and row.restock != "no_restock"
    )
    key = "_restock_refunded_items"
    return (
        [{"id": line.id + 2, "key": key, "value": str(back), "display_key": key, "display_value": str(back)}]
        if back
        else []
    )


def _refund_line(sale: Sale, row: RefundLine) -> Document:
    total = row.amount - row.tax if sale.tax.included else row.amount
    back = {"total": _text(sale, -total), "total_tax": _text(sale, -row.tax)}
    meta = {"id": row.id + 1, "key": "_refunded_item_id", "value": str(row.line.id)}
    return {
        **_line(sale, row.line),
        "id": row.id,
        "quantity": -row.quantity,
        "subtotal": back["total"],
        "subtotal_tax": back["total_tax"],
        **back,
        "taxes": [{"id": RATE_ID, "total": back["total_tax"], "subtotal": back["total_tax"], "refund_total": 0}],
        "meta_data": [{**meta, "display_key": meta["key"], "display_value": meta["value"]}],
    }


def _refund_summary(sale: Sale, made: Refund) -> Document:
    return {"id": made.id, "reason": made.reason, "total": _text(sale, -made.amount)}


def _tax_lines(sale: Sale) -> list[Document]:
    return [
        {
            "id": sale.id + 2,
            "rate_code": "DE-MWST-1",
            "rate_id": RATE_ID,
            "label": sale.tax.title,
            "compound": False,
            "tax_total": _text(sale, sale.line_tax),
            "shipping_tax_total": _text(sale, sale.shipping_tax),
            "rate_percent": _number(sale.tax.rate * 100),
            "meta_data": [],
        }
    ]


def _shipping_lines(sale: Sale) -> list[Document]:
    if not sale.shipping:
        return []
    tax = sale.shipping_tax
    return [
        {
            "id": sale.id + 3,
            "method_title": "Paket",
            "method_id": "flat_rate",
            "instance_id": "1",
            "total": _text(sale, net(sale, sale.shipping)),
            "total_tax": _text(sale, tax),
            "taxes": [{"id": RATE_ID, "total": f"{tax:f}", "subtotal": ""}],
            "tax_status": "taxable",
            "meta_data": [],
        }
    ]


def _coupon_lines(sale: Sale) -> list[Document]:
    if not sale.coupon:
        return []
    totals = _totals(sale)
    off = {"discount": totals["discount_total"], "discount_tax": totals["discount_tax"]}
    kind = {"discount_type": "fixed_cart", "nominal_amount": 0, "free_shipping": False}
    return [{"id": sale.id + 4, "code": sale.coupon.lower(), **off, "meta_data": [], **kind}]


def _links(shop: "WooShop", collection: str, itself: str) -> Document:
    base = f"{shop.url}{ROOT}"
    return {"self": [{"href": f"{base}/{itself}"}], "collection": [{"href": f"{base}/{collection}"}]}
