"""Every order and webhook document that was ever collected from a platform is parsed, or refused by name; it balances,
with what it is made of printed, or the reason is printed why it would be held.

The documents are not ours to publish: the test runs where ../shared/payloads is.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orderbridge import balance, orders
from orderbridge.errors import InvalidPayload
from orderbridge.language.offline import Offline
from orderbridge.model import Order
from orderbridge.money import exponent
from orderbridge.plain import Plain, plain
from orderbridge.platforms.base import Delivery, Event, Hint, Look, Platform, Seen
from tests.platforms import cases

PLATFORMS = ("shopify", "woocommerce")
PAYLOADS = Path(__file__).parents[3] / "shared" / "payloads"

# Documents that are rightly refused, and the field for which: a new refusal does not pass unseen.
REFUSED = {
    "shopify/orders__python-api-fixture-orders.json": "line_items: Field required",  # an order without its lines
    "woocommerce/order__ios-order-auto-draft-status.json": "line_items.1.quantity",  # one and a half units
    "woocommerce/order__ios-order.json": "line_items.1.quantity",
    "woocommerce/order_list__ios-broken-orders.json": "date_created_gmt",  # a draft without any date
}
# Documents whose amounts do not add up as they are: such orders would be held.
HELD = {"woocommerce/order__ios-order-with-faulty-attributes.json"}  # its shipping was taken out

pytestmark = pytest.mark.skipif(
    not PAYLOADS.exists(), reason="../shared/payloads, the collected documents, is not here"
)


def _objects(platform: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every JSON object in the files of a platform, with its file; not those inside of an order."""

    def walk(node: Any) -> Iterator[dict[str, Any]]:
        if isinstance(node, dict):
            yield node
        if isinstance(node, dict | list) and not _is_order(node):
            for inner in node.values() if isinstance(node, dict) else node:
                yield from walk(inner)

    for path in sorted((PAYLOADS / platform).glob("*.json")):
        for found in walk(json.loads(path.read_text())):
            yield f"{platform}/{path.name}", found


def _is_order(node: Any) -> bool:
    """An order as a webhook holds it: a refund, a draft and an answer of GraphQL have other fields."""
    return isinstance(node, dict) and "currency" in node and ("financial_status" in node or "billing" in node)


def _take(platform: Platform, topic: str, document: Any) -> Order | Hint | Seen | Look:
    body = json.dumps(document).encode()
    [item] = platform.parse(Delivery(platform.store.id, platform.name, topic, body, datetime.now(UTC)))
    return item


def _fate(platform: Platform, name: str, document: Any) -> tuple[str, str]:
    topic = next(topic for topic, kind in platform.EVENTS.items() if kind is Event.ORDER)
    try:
        item = _take(platform, topic, document)
    except InvalidPayload as error:
        return "refused", error.reason
    if not isinstance(item, Order):
        return "fetched", "it has refunds, whose units are elsewhere"
    assert orders.judge(item, item, fetched=False) is orders.Verdict.REPEAT
    settled = balance.settled(item, platform.store.tolerance)
    if problem := balance.problem(settled):
        return "held", problem
    said = "; ".join(_said(proof) for proof in balance.proofs(settled))
    return ("balanced" if settled == item else "rounded"), said


def _said(proof: balance.Proof) -> str:
    parts = ", ".join(f"{label} {amount}" for label, amount in proof.parts)
    off = f", not {proof.total}" if proof.difference else ""
    return f"{parts or 'nothing'} = {proof.sum} {proof.currency}{off}"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_order_is_parsed_or_refused_by_name(platform: str, capsys: pytest.CaptureFixture[str]) -> None:
    given = cases.connect(platform)
    fates = [(name, *_fate(given, name, node)) for name, node in _objects(platform) if _is_order(node)]
    with capsys.disabled():
        print(
            f"\n{platform}: {len(fates)} orders", *(f"{fate:9}{name}: {why}" for name, fate, why in fates), sep="\n  "
        )
    assert fates
    refused = {name: why for name, fate, why in fates if fate == "refused"}
    assert refused.keys() == {name for name in REFUSED if name.startswith(platform)}
    assert all(REFUSED[name] in why for name, why in refused.items())
    assert any("EUR" in why and "USD" in why for _, _, why in fates) is (platform == "shopify"), "a buyer abroad"
    assert {name for name, fate, _ in fates if fate == "held"} == {name for name in HELD if name.startswith(platform)}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_order_is_understood_or_says_why(platform: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Country, region, phone, currency and the languages of the texts: filled, or a reason."""
    given, topic = cases.connect(platform), "orders/create" if platform == "shopify" else "order.created"
    understood = list[str]()
    for name, node in _objects(platform):
        if _is_order(node) and name not in REFUSED and isinstance(order := _take(given, topic, node), Order):
            found = plain(order, Offline(), "en")
            missing = [what for what, why in _gaps(order, found) if not why]
            assert not missing, f"{name}: {', '.join(missing)} without a reason"
            understood.append(f"{name}: {'; '.join(f'{what}: {why}' for what, why in _gaps(order, found))}")
    with capsys.disabled():
        print(f"\n{platform}: {len(understood)} orders understood", *understood, sep="\n  ")
    assert understood


def _gaps(order: Order, found: Plain) -> Iterator[tuple[str, str]]:
    """(what, its value or why there is none); "" for neither."""
    place = found.ship_to
    notes = "; ".join(place.notes) if place else ""
    yield "country", (place.country or notes) if place else "nothing is sent to an address"
    has_region = place and (order.ship_to and (order.ship_to.region or order.ship_to.region_code))
    yield "region", (place.region or notes) if place and has_region else "the platform names none"
    yield "phone", (found.phone.e164 or found.phone.problem) if found.phone else "the platform gives none"
    yield "currency", order.currency if exponent(order.currency) is not None else balance.problem(order) or ""
    known = sorted({text.language for text in found.texts.values() if text.language})
    unknown = sum(not text.language for text in found.texts.values())
    untold = f"{unknown} texts hold no words of a known language" if unknown else ""
    yield "language", ", ".join(filter(None, [*known, untold])) or "there is no text"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_only_names_its_order_leads_to_it(platform: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Refunds, fulfilments and transactions, where the platform sends such documents."""
    given = cases.connect(platform)
    topics = [topic for topic, kind in given.EVENTS.items() if kind is Event.ORDER_ID and "delete" not in topic]
    named = [(name, node) for name, node in _objects(platform) if isinstance(node.get("order_id"), int)]
    for topic in topics:
        for name, node in named:
            assert _take(given, topic, node) == Hint(str(node["order_id"])), name
    with capsys.disabled():
        print(f"\n{platform}: {len(named)} documents that name an order, each under {len(topics)} topics")
    assert bool(named) is bool(topics)
