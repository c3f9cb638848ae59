"""Exchange rates come in once a day, stay with the orders of their time, and fill in where there was none."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from orderbridge.deliveries import Applier
from orderbridge.errors import InvalidInput, NotFound
from orderbridge.operations import rates
from orderbridge.rates import ECB, OPEN_ER, AbsurdRates, Stamp, shipped
from orderbridge.refreshing import Refreshed, refresh
from orderbridge.tables.orders import Origin
from tests.lambdas import Lambdas
from tests.world import World

MUG = "HP-MUG-01"
TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
EVENING = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=20)


def ecb(on: date, **changed: str) -> bytes:
    """The ECB's feed with the rates that came along, but for those that are named."""
    units = {**{code: str(value) for code, value in shipped().units.items()}, **changed}
    cubes = "".join(f"<Cube currency='{code}' rate='{value}'/>" for code, value in units.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
        'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject>'
        f"<Cube><Cube time='{on}'>{cubes}</Cube></Cube></gesmes:Envelope>"
    ).encode()


def second(on: date, **changed: float) -> bytes:
    midnight = int(datetime.combine(on, datetime.min.time(), UTC).timestamp())
    units = {**{code: float(value) for code, value in shipped().units.items()}, "EUR": 1, "VND": 29000.5, **changed}
    said = {"result": "success", "base_code": "EUR", "time_last_update_unix": midnight, "rates": units}
    return json.dumps(said).encode()


@dataclass
class Feeds:
    """Serves what both providers say today; without a body it answers 503."""

    bodies: dict[str, bytes] = field(default_factory=dict)
    url: str = ""

    def say(self, source: str, body: bytes) -> None:
        self.bodies[f"/{source}"] = body


@pytest.fixture
def feeds() -> Iterator[Feeds]:
    said = Feeds()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = said.bodies.get(self.path, b"")
            self.send_response(200 if body else 503)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent: pytest's output is for results."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        said.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield said
        server.shutdown()


@pytest.fixture
def bridge(world: World, feeds: Feeds) -> Bridge:
    """The world's, as if it had started just now with these feeds."""
    urls = {"ecb_url": f"{feeds.url}/{ECB}", "second_rates_url": f"{feeds.url}/{OPEN_ER}"}
    world.bridge.settings = replace(world.bridge.settings, **urls)
    feeds.say(ECB, ecb(TODAY))
    feeds.say(OPEN_ER, second(TODAY))
    return world.bridge


def run(bridge: Bridge, later: timedelta = timedelta(0)) -> Refreshed:
    return refresh(bridge, 20, EVENING + later)


def days(bridge: Bridge) -> list[str]:
    return [str(row["sk"]) for row in bridge.control.table.query("RATES")]


def connect(world: World, currency: str) -> ShopifyShop:
    mug = replace(PRODUCTS[0], prices={currency: Decimal(150000 if currency == "VND" else 20)})
    shop = ShopifyShop("shop", [mug], currency=currency, locations=("HAM",))
    world.connect(shop)
    world.stock({MUG: 10})
    world.settle()
    return shop


def stamped(world: World, order: str) -> Stamp | None:
    found = world.bridge.orders.load("shop", order)
    assert found is not None
    return found.stamp


def test_both_sources_are_read_and_a_day_is_written_once(bridge: Bridge) -> None:
    done = run(bridge)
    assert done.outcomes == {ECB: f"new {TODAY}", OPEN_ER: f"new {TODAY}"}
    assert run(bridge).outcomes == {ECB: "as known", OPEN_ER: "as known"}
    assert days(bridge) == [f"{ECB}#{TODAY}", f"{OPEN_ER}#{TODAY}"]
    assert bridge.rates.at(EVENING, fresh=True).published("VND", "USD", EVENING) is not None


def test_a_weekend_keeps_the_last_day(bridge: Bridge, feeds: Feeds) -> None:
    run(bridge)
    monday = timedelta(days=3)
    feeds.say(OPEN_ER, second(TODAY + monday))
    done = run(bridge, monday)
    assert (done.outcomes[ECB], done.failed) == ("as known", 0)
    found = bridge.rates.at(EVENING + monday, fresh=True).published("EUR", "USD", EVENING + monday)
    assert found
    assert found.on == TODAY


def test_one_source_that_is_down_stops_nothing_else(bridge: Bridge, feeds: Feeds) -> None:
    feeds.bodies.pop(f"/{ECB}")
    done = run(bridge)
    assert done.outcomes == {ECB: "TemporaryFailure: the platform answered 503", OPEN_ER: f"new {TODAY}"}
    assert done.failed == 1
    assert days(bridge) == [f"{OPEN_ER}#{TODAY}"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>moved</html>", "InvalidPayload"),
        (b"no xml", "InvalidPayload"),
        (b"\xff\xfe", "InvalidPayload"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "InvalidPayload: ecb: the feed has a DTD"),
        (b" " * 1_000_001, "InvalidPayload: ecb answers with 1000001 bytes"),
        (ecb(TODAY, JPY="-1"), "AbsurdRates: ecb for JPY: '-1' is no rate"),
        (ecb(TODAY, JPY="NaN"), "AbsurdRates"),
        (ecb(TODAY + timedelta(days=2)), "AbsurdRates"),
        (ecb(TODAY - timedelta(days=30)), "AbsurdRates"),
        (ecb(TODAY, USD="111"), f"AbsurdRates: ecb of {TODAY} jumped since {YESTERDAY}: USD"),
        (ecb(TODAY)[:700] + b"</Cube></Cube></gesmes:Envelope>", "InvalidPayload"),
    ],
)
def test_an_absurd_feed_changes_nothing(bridge: Bridge, feeds: Feeds, body: bytes, reason: str) -> None:
    feeds.say(ECB, ecb(YESTERDAY))
    run(bridge)
    before = days(bridge)
    feeds.say(ECB, body)
    done = run(bridge)
    assert done.outcomes[ECB].startswith(reason)
    assert (done.failed, days(bridge)) == (1, before)


@pytest.mark.parametrize(
    "body",
    [b'{"result": "error"}', b"[]", b"{}", b"<html>", second(TODAY).replace(b'"EUR", "time', b'"USD", "time'),
     second(TODAY, VND=0), second(TODAY, USD=0.01), second(TODAY).replace(b"29000.5", b'"much"')],
)  # fmt: skip
def test_an_absurd_second_feed_changes_nothing(bridge: Bridge, feeds: Feeds, body: bytes) -> None:
    feeds.say(OPEN_ER, body)
    done = run(bridge)
    assert done.failed == 1
    assert days(bridge) == [f"{ECB}#{TODAY}"]


def test_the_first_start_converts_without_any_feed(world: World) -> None:
    shop = connect(world, "EUR")
    order = shop.sell(MUG)
    world.settle()
    last = shipped()
    assert stamped(world, order) == Stamp("EUR", "USD", last.units["USD"], last.on, ECB)
    assert refresh(world.bridge, 1).outcomes == {ECB: "no source", OPEN_ER: "no source"}


def test_an_order_in_the_base_currency_needs_none(world: World) -> None:
    shop = connect(world, "USD")
    order = shop.sell(MUG)
    world.settle()
    assert stamped(world, order) is None
    assert not list(world.bridge.rates.unrated())


def test_a_stamp_is_moved_by_nothing(world: World, bridge: Bridge, feeds: Feeds) -> None:
    feeds.say(ECB, ecb(YESTERDAY, USD="1.11"))
    run(bridge)
    shop = connect(world, "EUR")
    order = shop.sell(MUG)
    world.settle()
    first = stamped(world, order)
    assert first == Stamp("EUR", "USD", Decimal("1.11"), YESTERDAY, ECB)
    feeds.say(ECB, ecb(TODAY, USD="1.12"))
    run(bridge)
    rates.fix(bridge, "EUR", "1.13")
    shop.cancel(order)
    world.settle()
    found = world.bridge.orders.load("shop", order)
    assert found
    assert (found.revision, found.stamp) == (2, first)


@pytest.mark.parametrize(("corrected", "waits"), [("EUR", []), ("USD", []), ("TWD", ["TWD"])])
def test_an_order_whose_currency_is_corrected_waits_for_the_old_one_no_more(
    world: World, bridge: Bridge, corrected: str, waits: list[str]
) -> None:
    shop = connect(world, "VND")
    order = shop.sell(MUG)
    world.settle()
    known = bridge.orders.load("shop", order)
    assert known
    assert [currency for currency, _, _ in bridge.rates.unrated()] == ["VND"]
    later = {"currency": corrected, "version": known.order.version + timedelta(seconds=1)}
    origin = Origin("corrected", "webhook", "orders/updated", EVENING)
    Applier(bridge, bridge.control.store("shop")).take(known.order.model_copy(update=later), origin)
    assert [currency for currency, _, _ in bridge.rates.unrated()] == waits


def test_an_order_without_a_rate_goes_on_and_gets_it_later(world: World, bridge: Bridge) -> None:
    shop = connect(world, "VND")
    order = shop.sell(MUG)
    world.settle()
    found = world.bridge.orders.load("shop", order)
    assert found
    assert (found.stamp, found.waits, found.holds) == (None, (), {(MUG, "*"): 1})
    assert list(bridge.rates.unrated()) == [("VND", "shop", order)]
    assert run(Bridge(bridge.settings)).looked_at_again == 1, "by a process that remembers other rates"
    world.settle()
    late = stamped(world, order)
    assert late
    assert (late.source, late.date, late.currency) == (OPEN_ER, TODAY, "VND")
    assert not list(bridge.rates.unrated())
    told = next(row for row in bridge.orders.rows("shop", order) if row["sk"] == "REVISION#00000002")
    assert json.loads(str(told["changes"])) == {"rate": [None, str(late)]}
    assert run(bridge).looked_at_again == 0


def test_what_waits_is_sent_while_there_is_time(world: World, bridge: Bridge) -> None:
    shop = connect(world, "VND")
    for _ in range(2):
        shop.sell(MUG)
    world.settle()
    done = refresh(bridge, -1, EVENING)
    assert (done.looked_at_again, done.more) == (0, True)
    assert (run(bridge).looked_at_again, done.failed) == (2, 0)


def test_a_currency_that_nobody_knows_waits_for_nothing(world: World) -> None:
    shop = connect(world, "XYZ")
    order = shop.sell(MUG)
    world.settle()
    assert stamped(world, order) is None
    assert not list(world.bridge.rates.unrated())


def test_a_fixed_rate_wins_until_it_is_taken_back(world: World, bridge: Bridge) -> None:
    shop = connect(world, "VND")
    orders = [shop.sell(MUG)]
    world.settle()
    assert rates.fix(bridge, "VND", "0.00004").orders_looked_at_again == 1
    world.settle()
    run(bridge)
    orders.append(shop.sell(MUG))
    world.settle()
    own = Stamp("VND", "USD", Decimal("0.00004"), TODAY, "fixed")
    assert [stamped(world, order) for order in orders] == [own, own]
    assert rates.show(bridge).stamps["VND"] == own
    rates.unfix(bridge, "VND")
    assert rates.show(bridge).stamps["VND"].source == OPEN_ER


@pytest.mark.parametrize(
    ("currency", "rate", "error"),
    [
        ("XYZ", "1", InvalidInput),
        ("eur", "1", InvalidInput),
        ("USD", "1", InvalidInput),
        ("EUR", "0", AbsurdRates),
        ("EUR", "-1", AbsurdRates),
        ("EUR", "much", AbsurdRates),
        ("EUR", "111", AbsurdRates),
    ],
)
def test_what_cannot_be_fixed_is_refused(bridge: Bridge, currency: str, rate: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        rates.fix(bridge, currency, rate)
    assert days(bridge) == []
    with pytest.raises(InvalidInput if error is InvalidInput else NotFound):
        rates.unfix(bridge, currency)


def test_the_function_may_do_what_it_must(world: World, bridge: Bridge, feeds: Feeds, lambdas: Lambdas) -> None:
    """With its own role; it raises nothing, and a feed that fails is counted and logged."""
    connect(world, "VND").sell(MUG)
    world.settle()
    feeds.bodies.pop(f"/{ECB}")
    env = {**world.aws.env_of("refresh_rates"), "ECB_URL": f"{feeds.url}/{ECB}"}
    env["SECOND_RATES_URL"] = f"{feeds.url}/{OPEN_ER}"
    with lambdas.start("refresh_rates", env) as sandbox:
        reply = sandbox.call({})
    assert (reply.error, reply.refused) == ("", [])
    assert reply.answer["outcomes"][OPEN_ER] == f"new {TODAY}"
    assert (reply.answer["failed"], reply.answer["looked_at_again"]) == (1, 1)
    assert '"RatesFailed":[1.0]' in reply.log.replace(" ", "")
    assert "the platform answered 503" in reply.log
