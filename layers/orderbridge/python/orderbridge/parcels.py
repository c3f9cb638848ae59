"""What left for an order, as its platform has to be told: which lines, in which parcel, what is new. Pure, no I/O.

Our record has units of SKUs, the platform has lines. A line of a kit has left once every part of a unit has; units
beyond what the order wants are told nobody. The platform is compared before it is told, because an answer may be lost
and people ship in the shop as well: first by tracking, then by the units of each line.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from orderbridge.kits import Parts
from orderbridge.model import FulfilledBy, Order, Shipment
from orderbridge.movements import Movement

Lines = dict[str, int]  # line id -> units


@dataclass(frozen=True)
class Sent:
    """One parcel by our record.

    units     SKU -> units, kits exploded, less what came back by reversals
    location  of ours, that it left from
    earlier   tracking numbers that it had before
    """

    name: str
    at: datetime
    units: Mapping[str, int]
    carrier: str = ""
    tracking: str = ""
    tracking_url: str = ""
    location: str = ""
    earlier: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Telling:
    """What a platform has to be told of a parcel.

    lines     units that it does not show yet
    shipment  its id of the parcel whose carrier and tracking are to be put right, "" for none
    """

    parcel: Sent
    lines: Lines = field(default_factory=dict)
    shipment: str = ""


def sent(lines: Iterable[Movement]) -> list[Sent]:
    """The parcels that the shipment lines of an order make up, the first to leave first.

    Lines of one document and one tracking number are a parcel. What was taken back is missing from it, or, where it was
    taken back in another document, from the parcels that left last.
    """
    groups: dict[tuple[str, str], list[Movement]] = {}
    known = sorted(lines, key=lambda line: (line.at, line.units, line.line))
    for line in known:
        groups.setdefault((line.parcel_name, _number(line, known)), []).append(line)
    return sorted(_netted([_parcel(*key, group) for key, group in groups.items()]), key=lambda p: (p.at, p.name))


def allotted(
    order: Order, skus: Mapping[str, str], packed: Mapping[str, Parts], parcels: Sequence[Sent]
) -> list[Lines]:
    """For each parcel the lines that are complete with it.

    skus    line id -> SKU, of lines that are mapped
    packed  what the kits among them were packed from
    """
    lines = [line for line in order.lines if line.id in skus and line.fulfilled_by is FulfilledBy.MERCHANT]
    left = {line.id: max(line.wanted, line.shipped) for line in lines}
    pool: dict[str, int] = {}
    found: list[Lines] = []
    for parcel in parcels:
        for sku, units in parcel.units.items():
            pool[sku] = pool.get(sku, 0) + units
        mine: Lines = {}
        for line in lines:
            parts = packed.get(skus[line.id], {skus[line.id]: 1})
            units = min(left[line.id], *(pool.get(part, 0) // each for part, each in parts.items()))
            if units > 0:
                mine[line.id] = units
                left[line.id] -= units
                for part, each in parts.items():
                    pool[part] -= units * each
        found.append(mine)
    return found


def untold(order: Order, parcels: Sequence[Sent], lines: Sequence[Lines], void: Set[str]) -> list[Telling]:
    """What the platform, which shows `order`, does not know of these parcels with these lines.

    void  see `Platform.VOID_PARCELS`
    """
    left, free = [dict(mine) for mine in lines], {line.id: line.shipped for line in order.lines}
    put_right: dict[int, str] = {}
    for shipment in sorted(order.shipments, key=lambda shipment: not shipment.tracking):
        owners = _owners(shipment, parcels, left) if shipment.status not in void else []
        put_right.update({n: shipment.id for n in owners if _differs(shipment, parcels[n])})
        for part in shipment.lines:
            units = part.quantity
            for mine in (left[n] for n in owners):
                taken = _take(mine, part.line_id, units)
                units -= taken
                free[part.line_id] = free.get(part.line_id, 0) - taken
    for mine in left:  # the shop shipped by itself, or does not say in which parcel
        for id in list(mine):
            free[id] = free.get(id, 0) - _take(mine, id, max(0, free.get(id, 0)))
    tellings = [Telling(p, mine, put_right.get(n, "")) for n, (p, mine) in enumerate(zip(parcels, left, strict=True))]
    return [telling for telling in tellings if telling.lines or telling.shipment]


def complete(order: Order, lines: Sequence[Lines]) -> bool:
    """Whether all has left that the order wants and somebody has to send."""
    gone = [sum(mine.get(line.id, 0) for mine in lines) for line in order.lines]
    return all(
        n >= line.wanted
        for n, line in zip(gone, order.lines, strict=True)
        if line.requires_shipping and line.fulfilled_by is FulfilledBy.MERCHANT
    )


def taken_back(
    order: Order, skus: Mapping[str, str], packed: Mapping[str, Parts], lines: Sequence[Lines], back: Set[str]
) -> Lines:
    """Units that the platform shows as shipped although of these SKUs, `back`, something was taken back in the ERP."""
    found: Lines = {}
    for line in order.lines:
        if line.id in skus and back & packed.get(skus[line.id], {skus[line.id]: 1}).keys():
            found[line.id] = line.shipped - sum(mine.get(line.id, 0) for mine in lines)
    return {id: units for id, units in found.items() if units > 0}


def _number(line: Movement, lines: Iterable[Movement]) -> str:
    """The tracking number of a line; until all lines of its parcel have the newest, that of those which have it."""
    mates = [one for one in lines if one.parcel_name == line.parcel_name and one.tracking]
    newer = [one.tracking for one in mates if not line.tracking or line.tracking in one.earlier]
    return newer[0] if newer else line.tracking


def _parcel(name: str, tracking: str, lines: Sequence[Movement]) -> Sent:
    units: dict[str, int] = {}
    for line in lines:
        units[line.sku] = units.get(line.sku, 0) - line.units
    said = next((line for line in lines if line.tracking == tracking and any(line.way)), lines[0])
    earlier = frozenset(number for line in lines for number in (*line.earlier, line.tracking)) - {tracking, ""}
    return Sent(name, lines[0].at, units, said.carrier, tracking, said.tracking_url, lines[0].location, earlier)


def _netted(parcels: Sequence[Sent]) -> list[Sent]:
    """Parcels that have units; those with less than none are taken off the ones that left last."""
    latest, back, kept = sorted(parcels, key=lambda p: (p.at, p.name), reverse=True), dict[str, int](), list[Sent]()
    for parcel in parcels:
        for sku, units in parcel.units.items():
            back[sku] = back.get(sku, 0) + max(0, -units)
    for parcel in latest:
        left = {sku: max(0, n) for sku, n in parcel.units.items()}
        for sku in left:
            off = min(left[sku], back.get(sku, 0))
            left[sku], back[sku] = left[sku] - off, back.get(sku, 0) - off
        kept.append(replace(parcel, units={sku: n for sku, n in left.items() if n}))
    return [parcel for parcel in kept if parcel.units]


def _owners(shipment: Shipment, parcels: Sequence[Sent], left: Sequence[Lines]) -> list[int]:
    """The parcels that a platform shows as this shipment: those of its tracking, else the first of its very units."""
    numbers = {_plain(number) for number in shipment.tracking} - {""}
    for known in ([{parcel.tracking} for parcel in parcels], [parcel.earlier for parcel in parcels]):
        if same := [n for n, one in enumerate(known) if numbers & {_plain(number) for number in one}]:
            return same
    packed: Lines = {}
    for part in shipment.lines:
        packed[part.line_id] = packed.get(part.line_id, 0) + part.quantity
    return [] if numbers else [n for n, mine in enumerate(left) if mine and mine == packed][:1]


def _differs(shipment: Shipment, parcel: Sent) -> bool:
    """Whether the platform lacks its number. Carriers are not compared: platforms rename them, or leave them out."""
    shown = {_plain(number) for number in shipment.tracking}
    return bool(parcel.tracking) and _plain(parcel.tracking) not in shown


def _plain(number: str) -> str:
    return "".join(number.split()).casefold()


def _take(lines: Lines, id: str, units: int) -> int:
    """Take units off a line, as many as are there; returns how many."""
    taken = min(lines.get(id, 0), units)
    if taken:
        lines[id] -= taken
        if not lines[id]:
            del lines[id]
    return taken
