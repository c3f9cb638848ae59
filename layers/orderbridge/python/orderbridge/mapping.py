"""Which of our SKUs an order line or an offer is: by the listing's platform ids first, then by its SKU. Pure.

A blank SKU never matches, and a title never decides.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field

from orderbridge.matching import NO_RULES, match
from orderbridge.model import LONGEST_SKU, OrderLine, Rules


def reference(line: OrderLine) -> str:
    """What a mapping of this line is looked up by, and waited for: platform ids, else its SKU, else the line."""
    if line.product_id:
        return of_ids(line.product_id, line.variant_id)
    sku = written(line)
    return f"sku#{sku}" if sku else f"line#{line.id}"


def written(line: OrderLine) -> str:
    """The SKU as the platform wrote it; "" where it is blank, or longer than any of ours and any key of a table."""
    return usable(line.sku)


def usable(sku: str) -> str:
    """A written SKU; "" where it is blank, or longer than any of ours and any key of a table."""
    return sku if sku.strip() and len(sku) <= LONGEST_SKU else ""


def things(lines: tuple[OrderLine, ...]) -> set[tuple[str, str]]:
    """What `lookup.look_up` is asked of these lines: (reference, SKU as it is written)."""
    return {(reference(line), written(line)) for line in lines}


def of_ids(product: str, variant: str) -> str:
    """The reference of a listing."""
    return f"{product}#{variant}"


@dataclass(frozen=True)
class Found:
    """What is known of some lines or offers of one store.

    mapped  reference -> SKU, as the merchant's listings say
    known   SKUs that we stock
    named, rules  the store's mapping file and rules, see `orderbridge.matching`
    """

    mapped: Mapping[str, str]
    known: Set[str]
    named: Mapping[str, str] = field(default_factory=dict)
    rules: Rules = NO_RULES

    def sku(self, reference: str, written: str) -> str | None:
        return self.mapped.get(reference) or match(written, self.rules, self.known, self.named)


def resolve(
    lines: tuple[OrderLine, ...], found: Found, kept: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """(line id -> SKU, line id -> reference of the lines that stay unmapped).

    kept  see `by_rule`: rules may be cleared and rows taken off, but what is sold stays sold
    """
    skus: dict[str, str] = {}
    unmapped: dict[str, str] = {}
    for line in lines:
        ref = reference(line)
        if sku := found.sku(ref, written(line)) or kept.get(line.id):
            skus[line.id] = sku
        else:
            unmapped[line.id] = ref
    return skus, unmapped


def by_rule(lines: tuple[OrderLine, ...], found: Found, skus: Mapping[str, str]) -> dict[str, str]:
    """Line id -> SKU of those lines that only a rule or a row of the mapping file has placed: an order keeps them."""
    placed = {line.id: skus[line.id] for line in lines if line.id in skus and reference(line) not in found.mapped}
    return {line.id: placed[line.id] for line in lines if placed.get(line.id, line.sku) != line.sku}
