"""What one person changes for many SKUs at once is compared with the brake before any of it is written."""

from collections.abc import Mapping
from datetime import UTC, datetime

from orderbridge import brake
from orderbridge.brake import Fall
from orderbridge.bridge import Bridge
from orderbridge.errors import Braked
from orderbridge.tables.brakes import Stopped


def guard(bridge: Bridge, run: str, kind: str, falls: Mapping[str, Fall], redo: Mapping[str, str]) -> None:
    """Stop a run that would let these SKUs fall to zero, if they are too many. Raises Braked.

    run   names the run; the same one stopped again is one row
    kind  tells whoever releases it how to go on, with `redo`
    """
    limits = bridge.brakes.limits()
    if len(falls) < min(limits.least, brake.NOTHING_LEFT):
        return  # whatever else is in stock: going through all of it is not for small entries
    stocked = brake.in_stock(bridge.stock.all_levels())
    if reason := brake.too_many(len(falls), stocked, limits):
        now = datetime.now(UTC)
        bridge.brakes.keep(run, falls, now)
        bridge.brakes.stop(Stopped(run, kind, reason, now, len(falls), redo))
        raise Braked(reason)
