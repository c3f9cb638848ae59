"""The end of the demo: who shows what, what ran out, what came of it all."""

from collections.abc import Mapping

from local.demo.screen import Screen
from local.demo.truth import LONG, Row, Verdict
from local.demo.watch import Watch
from local.shops.catalogue import KITS
from local.shops.shop import Shop
from orderbridge.bridge import Bridge
from orderbridge.operations import skus

_COLUMNS = ("sku", "on_hand", "wanted", "ats", "recount")


def show(screen: Screen, verdict: Verdict, watch: Watch, bridge: Bridge) -> None:
    words, stores = screen.words, list(watch.shops)
    headings = [*map(words, _COLUMNS), *stores]
    screen.table("own", headings, [(_cells(row, stores), "" if row.all_right else "bold red") for row in verdict.rows])
    screen.say("recount_is", "dim")
    gone = [row.sku for row in verdict.rows if not any(row.offers.values())]
    screen.say("sold_out", skus=", ".join(gone))
    for row in verdict.rows:
        if row.recount < 0 and row.sku not in KITS:
            _oversold(screen, bridge, watch.shops, row)
    screen.say(
        "counts",
        orders=sum(len(shop.sales) for shop in watch.shops.values()),
        webhooks=watch.webhooks,
        repeats=watch.repeats,
        late=watch.late,
        pushes=watch.pushes,
        quarantined=len(watch.quarantined),
        waiting=len(watch.waiting),
    )
    _verdict(screen, verdict)


def _cells(row: Row, stores: list[str]) -> list[str]:
    offer = max(row.offers.values())
    return [
        row.sku,
        *map(str, (row.on_hand, row.wanted, offer, row.recount)),
        *(_shown(row, store) for store in stores),
    ]


def _shown(row: Row, store: str) -> str:
    if store not in row.shown:
        return "-"
    return f"{row.shown[store]} {'✓' if row.right(store) else '✗'}"


def _oversold(screen: Screen, bridge: Bridge, shops: Mapping[str, Shop], row: Row) -> None:
    short = [hold for hold in skus.explain(bridge, row.sku).holds[row.sku] if hold.missing]
    orders = ", ".join(f"{hold.store} #{shops[hold.store].sale(hold.order).number}" for hold in short)
    screen.say("oversold", "yellow", sku=row.sku, units=-row.recount, orders=orders)


def _verdict(screen: Screen, verdict: Verdict) -> None:
    screen.say(
        "agreed" if verdict.agreed else "disagreed",
        "bold green" if verdict.agreed else "bold red",
        right=verdict.right,
        all=verdict.quantities,
        seconds=verdict.seconds,
    )
    if verdict.seconds > LONG:
        screen.say("slow", "yellow")
