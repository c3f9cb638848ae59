"""Kits: what a person may define."""

from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput
from orderbridge.kits import depth, explode, way
from orderbridge.model import MAX_UNITS, Kit
from orderbridge.patience import until_written

DEEPEST = 8  # kits inside each other
MOST_PARTS = 90  # SKUs that a kit is packed from in the end: their levels are read as of one instant, at most 100 items
MOST_COMPONENTS = 40  # that a kit names: a change of all of them fits into one transaction


def define(bridge: Bridge, kit: Kit) -> None:
    """A SKU that is packed from others, which may be kits; orders that come from now on hold what it is packed from.

    Raises InvalidInput: a kit inside itself (with the way there), stock of its own, more than we can read at once.
    """
    until_written(lambda: _define(bridge, kit), "the definition of kits")


def _define(bridge: Bridge, kit: Kit) -> None:
    changes = bridge.stock.kit_changes()  # before anything is looked at: see Stock.put_kit
    level = bridge.stock.level(kit.sku)
    if any(level.on_hand.values()):
        raise InvalidInput(f"{kit.sku} has stock of its own: count it to 0 before you make it a kit")
    above = bridge.stock.kits_with(kit.sku)
    _, known = bridge.stock.known([*kit.components, *above])
    for component in kit.components:
        if there := way(component, kit.sku, known):
            circle = " -> ".join((kit.sku, *there))
            raise InvalidInput(f"{kit.sku} would be part of itself: {circle}; take one of them out")
    if len(kit.components) > MOST_COMPONENTS:
        raise InvalidInput(f"{kit.sku} names {len(kit.components)} components; {MOST_COMPONENTS} are the most")
    for changed in (kit.sku, *above):
        _small_enough(changed, known | {kit.sku: kit})
    bridge.stock.put_kit(kit, changes, level)


def _small_enough(sku: str, kits: dict[str, Kit]) -> None:
    parts, deep = explode(sku, kits), depth(sku, kits)
    if deep > DEEPEST:
        raise InvalidInput(f"{sku} would be {deep} kits deep; {DEEPEST} are the most")
    if len(parts) > MOST_PARTS:
        raise InvalidInput(f"{sku} would be packed from {len(parts)} SKUs; {MOST_PARTS} are the most")
    if (most := max(parts.values())) > MAX_UNITS:
        raise InvalidInput(f"one {sku} would need {most} of a SKU; {MAX_UNITS} are the most")
