"""Which of our SKUs an order line is: by the listing's platform ids first, then by the exact SKU. Pure.

A blank SKU never matches, and a title never decides.
"""

from collections.abc import Mapping, Set

from orderbridge.model import LONGEST_SKU, OrderLine


def reference(line: OrderLine) -> str:
    """What a mapping of this line is looked up by, and waited for: platform ids, else its SKU, else the line."""
    if line.product_id:
        return of_ids(line.product_id, line.variant_id)
    sku = written(line)
    return f"sku#{sku}" if sku else f"line#{line.id}"


def written(line: OrderLine) -> str:
    """The SKU as the platform wrote it; "" where it is blank, or longer than any of ours and any key of a table."""
    return line.sku if line.sku.strip() and len(line.sku) <= LONGEST_SKU else ""


def of_ids(product: str, variant: str) -> str:
    """The reference of a listing."""
    return f"{product}#{variant}"


def resolve(
    lines: tuple[OrderLine, ...], mapped: Mapping[str, str], known: Set[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """(line id -> SKU, line id -> reference of the lines that stay unmapped).

    mapped  reference -> SKU, as the merchant's listings say
    known   SKUs that we stock
    """
    skus: dict[str, str] = {}
    unmapped: dict[str, str] = {}
    for line in lines:
        ref = reference(line)
        if ref in mapped:
            skus[line.id] = mapped[ref]
        elif line.sku in known:
            skus[line.id] = line.sku
        else:
            unmapped[line.id] = ref
    return skus, unmapped
