"""What is written to Amazon's listings, and what is read of them. Pure.

https://developer-docs.amazon.com/sp-api/docs/listings-items-api · stock is merged into its attribute: `replace` would
set the handling time back to the account's default (selling-partner-api-models issue 4406; `merge` is there since
2025-06-16). A price is replaced: only that ends a sale (issue 4134).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from orderbridge import jsontext
from orderbridge.http import words
from orderbridge.model import Listing
from orderbridge.platforms.listings import Offer, Outcome, PriceRow, RowResult, ShownPrice, StockRow, WriteCall

ITEMS = "/listings/2021-08-01/items"
FEEDS = "/feeds/2021-06-30/feeds"
# Amazon takes 5 patches a second and one feed in two minutes (25,000 messages in it), so by the rates a feed is faster
# from 600 rows on; a worker makes some two or three calls a second, so in fact from about 300. Below that patches are
# better: each has its own answer, and none waits in a line behind which a newer number could arrive first.
FEED_FROM = 300
_ANY_PRODUCT = "PRODUCT"  # the type that fits every listing where only its offer is changed
# Amazon wants both ends of a sale. https://developer-docs.amazon.com/sp-api/docs/manage-purchasable-offer
_ALWAYS, _NEVER = "2000-01-01T00:00:00Z", "2099-12-31T23:59:59Z"


def item_path(seller: str, sku: str, marketplace: str) -> str:
    return f"{ITEMS}/{quote(seller, safe='')}/{quote(sku, safe='')}?marketplaceIds={marketplace}"


def stock_patch(row: StockRow) -> dict[str, Any]:
    value = {"fulfillment_channel_code": "DEFAULT", "quantity": row.quantity}
    return {"op": "merge", "path": "/attributes/fulfillment_availability", "value": [value]}


def price_patch(row: PriceRow, marketplace: str, currency: str) -> dict[str, Any]:
    offer: dict[str, Any] = {"marketplace_id": marketplace, "currency": currency, "audience": "ALL"}
    offer["our_price"] = [{"schedule": [{"value_with_tax": row.price}]}]
    if row.sale is not None:
        sale = {"value_with_tax": row.sale, "start_at": _at(row.sale_from) or _ALWAYS}
        offer["discounted_price"] = [{"schedule": [{**sale, "end_at": _at(row.sale_until) or _NEVER}]}]
    return {"op": "replace", "path": "/attributes/purchasable_offer", "value": [offer]}


def calls(
    rows: Sequence[tuple[Listing, dict[str, Any]]], seller: str, marketplace: str, push_id: str, batch: int
) -> list[WriteCall]:
    """One call per row, or where there are many one feed for `batch` of them at most."""
    if len(rows) < FEED_FROM:
        return [
            WriteCall(
                item_path(seller, listing.item_id, marketplace),
                jsontext.write({"productType": _ANY_PRODUCT, "patches": [patch]}),
                f"{push_id}.{n}",
                ((listing.item_id, ""),),
            )
            for n, (listing, patch) in enumerate(rows)
        ]
    parts = [rows[start : start + batch] for start in range(0, len(rows), batch)]
    return [_feed(part, seller, f"{push_id}.{n}") for n, part in enumerate(parts)]


def _feed(rows: Sequence[tuple[Listing, dict[str, Any]]], seller: str, key: str) -> WriteCall:
    messages = [
        {
            "messageId": n,
            "sku": listing.item_id,
            "operationType": "PATCH",
            "productType": _ANY_PRODUCT,
            "patches": [patch],
        }
        for n, (listing, patch) in enumerate(rows, 1)
    ]
    document = {"header": {"sellerId": seller, "version": "2.0"}, "messages": messages}
    return WriteCall(FEEDS, jsontext.write(document), key, tuple((listing.item_id, "") for listing, _ in rows))


def result(answer: Mapping[str, Any]) -> RowResult | None:
    """What became of a patch, None where the answer is none of a patch. ACCEPTED is not yet done, see WRITES_SETTLE."""
    status = answer.get("status")
    if status in ("ACCEPTED", "VALID"):
        return RowResult(Outcome.ACCEPTED)
    return RowResult(Outcome.REJECTED, issues(answer.get("issues"))) if status == "INVALID" else None


def issues(rows: Any) -> str:
    """Amazon's words of what is wrong, errors before the rest."""
    found = [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []
    found.sort(key=lambda row: row.get("severity") != "ERROR")
    said = "; ".join(f"{row.get('message', '')} ({row.get('code', '')})" for row in found)
    return words(said) or "Amazon refuses the change and does not say why"


def units(item: Mapping[str, Any]) -> int | None:
    """What Amazon offers of the seller's own stock; None where the listing has none, as one that Amazon sends."""
    rows = [row for row in item.get("fulfillmentAvailability") or () if row.get("fulfillmentChannelCode") == "DEFAULT"]
    quantity = rows[0].get("quantity") if rows else None
    return quantity if isinstance(quantity, int) and not isinstance(quantity, bool) else None


def sent_by_amazon(item: Mapping[str, Any]) -> bool:
    """Whether its stock lies with Amazon (FBA). Whoever writes a number to it makes it one that the seller sends."""
    channels = {row.get("fulfillmentChannelCode") for row in item.get("fulfillmentAvailability") or ()}
    return bool(channels) and "DEFAULT" not in channels


def shown_price(item: Mapping[str, Any], marketplace: str) -> ShownPrice:
    """Price and sale of the offer for everybody; the list price is Amazon's affair."""
    shown = (item.get("attributes") or {}).get("purchasable_offer") or []
    offers = [shown] if isinstance(shown, Mapping) else shown  # Amazon's own sample writes an object
    ours = [one for one in offers if one.get("marketplace_id", marketplace) == marketplace]
    everybody = [one for one in ours if one.get("audience", "ALL") == "ALL"]
    offer = everybody[0] if everybody else {}
    price, sale = _step(offer.get("our_price")), _step(offer.get("discounted_price"))
    return ShownPrice(
        price=_amount(price),
        sale=_amount(sale),
        sale_from=_moment(sale.get("start_at"), _ALWAYS),
        sale_until=_moment(sale.get("end_at"), _NEVER),
    )


def offer_of(item: Mapping[str, Any]) -> Offer:
    """The listing of a seller is its SKU; what Amazon calls the product is shared by all who sell it."""
    summary = (item.get("summaries") or [{}])[0]
    sku = str(item["sku"])
    return Offer(sku, sku, "", sku, str(summary.get("itemName") or ""), barcode=_barcode(item.get("attributes") or {}))


def quotable(skus: Iterable[str]) -> list[str]:
    """SKUs that a list with commas can name."""
    return [sku for sku in skus if "," not in sku]


def _barcode(attributes: Mapping[str, Any]) -> str:
    rows = attributes.get("externally_assigned_product_identifier") or ()
    return next((str(row["value"]) for row in rows if row.get("value")), "")


def _step(price: Any) -> Mapping[str, Any]:
    """The last step of a price's schedule."""
    steps = price[-1].get("schedule") if isinstance(price, list) and price else None
    return steps[-1] if isinstance(steps, list) and steps else {}


def _amount(step: Mapping[str, Any]) -> Decimal | None:
    value = step.get("value_with_tax")
    return Decimal(value) if isinstance(value, int | Decimal | str) else None


def _at(moment: datetime | None) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def _moment(value: Any, none: str) -> datetime | None:
    """A time; None where there is none, or where it is what we write for none. Amazon shows some without the hour."""
    if not isinstance(value, str) or value[:10] == none[:10]:
        return None
    moment = datetime.fromisoformat(value)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
