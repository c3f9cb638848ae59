"""`orderbridge store`: connect shops, look after them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.credentials import SIGNING, ask_for
from cli.output import AsJson, as_json, connection, say, table
from cli.refusals import REFUSED
from orderbridge import platforms
from orderbridge.bridge import Bridge
from orderbridge.model import Store
from orderbridge.operations import products, stores, subscriptions
from orderbridge.operations.inputs import made, moment
from orderbridge.subscriptions import said

app = typer.Typer(help="The merchant's shops.", no_args_is_help=True)
StoreId = Annotated[str, typer.Argument(metavar="STORE", help="Your name for the shop: shopify-us")]


@app.command()
def add(
    ctx: typer.Context,
    store: StoreId,
    platform: Annotated[str, typer.Option(help=f"One of: {', '.join(platforms.names())}")] = "",
    url: Annotated[str, typer.Option(help="https://shop.example.com")] = "",
    currency: Annotated[str, typer.Option(help="What the shop charges in: EUR")] = "",
    name: Annotated[str, typer.Option(help="What people call it.")] = "",
    location: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID=OURS,OURS",
            help="The shop's id of a location, and which of ours it may sell from; ID alone: from all. Repeat it.",
        ),
    ] = None,
    buffer: Annotated[int | None, typer.Option(help="Units of each SKU that this shop never offers.")] = None,
    tolerance: Annotated[
        int | None,
        typer.Option(help="Minor units by which an order may fail to add up before it is held: 0 to 100, usually 1."),
    ] = None,
    parcels: Annotated[
        bool | None, typer.Option("--parcels/--no-parcels", help="Tell the shop what left for its orders; usually yes.")
    ] = None,
    notify: Annotated[
        bool | None, typer.Option("--notify/--no-notify", help="Have the shop write to buyers about it; usually yes.")
    ] = None,
    connected_at: Annotated[str, typer.Option(help="Orders from before are left alone; by default now.")] = "",
    credentials_file: Annotated[
        Path | None, typer.Option(help="JSON with the credentials and webhook_secret; otherwise they are asked for.")
    ] = None,
    check: Annotated[bool, typer.Option(help="Ask the shop first whether all is well.")] = True,
    update: Annotated[bool, typer.Option("--update", help="Change a store; what is not given stays as it is.")] = False,
    json: AsJson = False,
) -> None:
    """Connect a shop, or change how it is connected; prints where its webhooks or notifications go."""
    to = connection(ctx)
    since = moment(connected_at, to.bridge.settings.time_zone) if connected_at else None
    given: dict[str, Any] = {"platform": platform, "url": url, "currency": currency, "name": name, "buffer": buffer}
    given |= {"tells_parcels": parcels, "notifies_buyer": notify}
    given |= {"tolerance": tolerance, "connected_at": since, "locations": _locations(location) if location else None}
    record = _record(to.bridge, store, {key: value for key, value in given.items() if value not in ("", None)}, update)
    kind = platforms.load(record.platform)
    wanted = {name: field.is_required() for name, field in kind.Credentials.model_fields.items()}
    if kind.INBOUND is not None:
        wanted[SIGNING] = True
    credentials = ask_for(
        list(wanted), credentials_file, may_be_empty=update, asked={n for n, w in wanted.items() if w}
    )
    signing = credentials.pop(SIGNING, "")
    change = stores.update if update else stores.add
    done = change(to.bridge, record, credentials, signing, check=check)
    if done.token:
        _called(f"{to.outputs['WebhookUrl']}/{done.token}", done.store, json)
    else:
        _written_to(to.outputs["NotificationsQueueArn"], done.store, json)


def _called(address: str, record: Store, json: bool) -> None:
    """What to do for a shop that calls us."""
    if json:
        as_json({"store": record, "webhook_url": address})
    else:
        say(
            f"{record.id} is connected. `orderbridge store register {record.id}` has its webhooks sent to this address."
        )
        say("Show it to nobody else:")
        say(address)


def _written_to(queue: str, record: Store, json: bool) -> None:
    """What to do for a platform that writes to a bus."""
    if json:
        as_json({"store": record, "queue_arn": queue})
    else:
        say(f"{record.id} is connected. {record.platform.capitalize()} writes its notifications to this queue:")
        say(queue)
        say(f"`orderbridge store register {record.id}` subscribes to them. Until then orders come by the polls alone.")


@app.command()
def register(
    ctx: typer.Context,
    store: StoreId,
    stock: Annotated[bool, typer.Option("--stock", help="Also every change of a quantity, one call each.")] = False,
    json: AsJson = False,
) -> None:
    """Have the shop send its webhooks to the bridge, also what it deleted or switched off; as often as you like."""
    to = connection(ctx)
    repaired = subscriptions.register(to.bridge, store, to.outputs["WebhookUrl"], stock=stock)
    left = [f"{words}: {reason}" for finding, reason in repaired.left for words in said([finding])]
    if json:
        as_json({"store": store, "subscribed": [finding.topic for finding in repaired.done], "problems": left})
    else:
        say(f"{store}: {len(repaired.done)} webhooks put right" if repaired.done else f"{store}: nothing to do")
        for line in left:
            say(line)
    if left:
        raise typer.Exit(REFUSED)


@app.command("check")
def check_store(ctx: typer.Context, store: StoreId, json: AsJson = False) -> None:
    """Say what is wrong with credentials, scopes, locations, currency or webhooks."""
    to = connection(ctx)
    problems = stores.check(to.bridge, store) + subscriptions.problems(to.bridge, store, to.outputs["WebhookUrl"])
    if json:
        as_json({"store": store, "problems": problems})
    else:
        for line in problems or [f"{store}: all is well"]:
            say(line)
    if problems:
        raise typer.Exit(REFUSED)


@app.command()
def tell(
    ctx: typer.Context,
    store: StoreId,
    prices: Annotated[bool | None, typer.Option("--prices/--no-prices", help="What its listings cost.")] = None,
    contents: Annotated[
        bool | None, typer.Option("--contents/--no-contents", help="Their titles, barcodes and weights.")
    ] = None,
    new: Annotated[bool | None, typer.Option("--new/--no-new", help="SKUs that it lacks, as drafts.")] = None,
    language: Annotated[str, typer.Option(metavar="LANGUAGE", help="Of its titles: en, de, ja.")] = "",
    json: AsJson = False,
) -> None:
    """Say what the store is told beside its stock; nothing of it unless you say so."""
    given: dict[str, bool | str | None] = {"prices": prices, "products": contents, "creates": new}
    given["language"] = language or None
    said = {name: value for name, value in given.items() if value is not None}
    found = products.tell(connection(ctx).bridge, store, said)
    if json:
        as_json(found)
        return
    told = {"prices": found.prices, f"contents in {found.language}": found.products, "new listings": found.creates}
    words = ", ".join(name for name, wanted in told.items() if wanted)
    say(f"{store} is told its stock{f' and {words}' if words else ' only'}")


@app.command("list")
def list_stores(ctx: typer.Context, json: AsJson = False) -> None:
    """All stores."""
    rows = stores.listed(connection(ctx).bridge)
    if json:
        as_json(rows)
        return
    table(
        ("store", "platform", "currency", "listings", "to-dos", "state", "address"),
        [(r.store.id, r.store.platform, r.store.currency, r.listings, r.todos, _state(r), r.store.url) for r in rows],
        empty="no stores yet: `orderbridge store add`",
    )


@app.command()
def pause(
    ctx: typer.Context,
    store: StoreId,
    reason: Annotated[str, typer.Option(help="Why, for those who wonder.")] = "",
    json: AsJson = False,
) -> None:
    """Push nothing to the shop for now; its orders are taken as before."""
    stores.pause(connection(ctx).bridge, store, reason)
    _done(store, "paused", json)


@app.command()
def resume(ctx: typer.Context, store: StoreId, json: AsJson = False) -> None:
    """Push again, and at once what has changed meanwhile."""
    stores.resume(connection(ctx).bridge, store)
    _done(store, "resumed", json)


@app.command()
def poll(
    ctx: typer.Context,
    store: StoreId,
    since: Annotated[str, typer.Option(help="Read again all that changed since; by default what is due.")] = "",
    json: AsJson = False,
) -> None:
    """Read the shop's orders now, without waiting for the schedule."""
    to = connection(ctx)
    stores.poll(to.bridge, store, moment(since, to.bridge.settings.time_zone) if since else None)
    _done(store, "its orders are read", json)


def _done(store: str, what: str, json: bool) -> None:
    if json:
        as_json({"store": store, "done": what})
    else:
        say(f"{store}: {what}")


def _record(bridge: Bridge, id: str, given: dict[str, Any], update: bool) -> Store:
    if update:
        return made(Store, **{**bridge.control.store(id).model_dump(), **given})
    return made(Store, **{"id": id, "connected_at": datetime.now(UTC), **given})


def _locations(given: list[str]) -> dict[str, tuple[str, ...]]:
    pairs = (text.partition("=") for text in given)
    return {id: tuple(place.strip() for place in ours.split(",") if place.strip()) for id, _, ours in pairs}


def _state(row: stores.StoreRow) -> str:
    if row.store.paused:
        return f"paused: {row.store.paused}"
    waits = row.waiting_until and row.waiting_until > datetime.now(UTC)
    return f"waits until {row.waiting_until:%H:%M:%S} UTC" if waits else "pushing"
