"""Kits: SKUs that are packed from others when they are sold, at any depth. Pure, no I/O.

Kits are given as a mapping SKU -> Kit that holds every kit which is met on the way down. They have no cycle: the door
(`operations.kits`) refuses one.
"""

from collections.abc import Mapping

from orderbridge.model import Kit

Parts = dict[str, int]  # SKU -> units in one kit


def explode(sku: str, kits: Mapping[str, Kit]) -> Parts:
    """What lies on a shelf for one unit of a SKU; a part that is needed in two ways is added up."""
    if (kit := kits.get(sku)) is None:
        return {sku: 1}
    parts: Parts = {}
    for component, units in kit.components.items():
        for part, each in explode(component, kits).items():
            parts[part] = parts.get(part, 0) + units * each
    return parts


def depth(sku: str, kits: Mapping[str, Kit]) -> int:
    """How many kits lie inside each other; 0 for what is no kit."""
    kit = kits.get(sku)
    return 1 + max(depth(part, kits) for part in kit.components) if kit else 0


def way(sku: str, to: str, kits: Mapping[str, Kit]) -> tuple[str, ...]:
    """SKUs from `sku` down to `to`, both named; empty when `to` is no part of it."""
    if sku == to:
        return (sku,)
    for component in kits[sku].components if sku in kits else ():
        if found := way(component, to, kits):
            return (sku, *found)
    return ()
