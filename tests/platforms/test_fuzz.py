"""Conformance, what nobody would send: whatever is signed becomes orders or an InvalidPayload, and nothing else."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orderbridge import balance, orders, platforms
from orderbridge.errors import InvalidPayload
from orderbridge.model import Order
from orderbridge.platforms.base import Delivery, Event, Hint, Platform
from tests.platforms import cases

every_platform = pytest.mark.parametrize("platform", platforms.names())
thorough = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

# Values that shops were never seen to send, next to those that they send in the wrong place.
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from(
        [0, -1, 2**63, 10**17, 10**30, 1e308, -0.0, 1.5, "NaN", "1e400", "-0", "1_000", "\ud800", "\x00", "#|"]
    ),
    st.sampled_from(["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-13-01T00:00:00Z", "2026-10-05"]),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.just("x" * 20_000),
    st.recursive(st.none(), lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner)),
)


def _takes(platform: Platform, topic: str, body: bytes) -> None:
    """Parse; what comes out must be usable by everything behind: judged, printed, stored and read again."""
    delivery = Delivery(platform.store.id, platform.name, topic, body, datetime(2026, 10, 5, tzinfo=UTC))
    try:
        items = platform.parse(delivery)
    except InvalidPayload:
        return
    for item in items:
        if not isinstance(item, Order):
            assert (item.order_id or item.part) if isinstance(item, Hint) else item.item_id
            continue
        balance.problem(item)
        orders.fingerprint(item)
        assert Order.model_validate_json(item.model_dump_json()) == item
        assert all(line.quantity > 0 and line.cancelled <= line.quantity for line in item.lines)


@thorough
@every_platform
@given(data=st.data())
def test_documents_with_odd_values(platform: str, data: st.DataObject) -> None:
    found = [case for case in cases.telling_cases() if case.platform == platform and case.document and case.topic]
    case = data.draw(st.sampled_from(found))
    document = copy.deepcopy(case.document)
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(_places(document))
        if not places:
            break
        container, key = places[data.draw(st.integers(0, len(places) - 1))]
        if data.draw(st.booleans()):
            container[key] = data.draw(_ODD)
        elif isinstance(container, dict):
            del container[key]
    given_platform = cases.connect(platform)
    _takes(given_platform, case.topic, json.dumps(document).encode())


@thorough
@every_platform
@given(body=st.binary(max_size=200), data=st.data())
@example(body=b"\xef\xbb\xbf{}", data=None)
def test_any_bytes(platform: str, body: bytes, data: st.DataObject | None) -> None:
    connected = cases.connect(platform)
    topics = [topic for topic, kind in connected.EVENTS.items() if kind is not Event.IGNORED]
    _takes(connected, data.draw(st.sampled_from(topics)) if data else topics[0], body)


@thorough
@every_platform
@given(topic=st.text(max_size=300))
def test_any_topic(platform: str, topic: str) -> None:
    _takes(cases.connect(platform), topic, b"{}")


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) in a document."""
    for key, inner in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(inner, dict | list):
            yield from _places(inner)
