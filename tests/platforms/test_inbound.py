"""Conformance, what comes in: every event of every platform. Never edited to add a platform.

Neither of the first two schemes signs a time, so there is no stale signature to refuse; a scheme that signs one
gets its stale vectors in vectors/<scheme>.json, marked "valid": false. A platform whose INBOUND is None writes to a
queue or bus of ours: nothing is signed there, and the tests of signatures say so and pass on.
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Any

import pytest

from orderbridge import balance, money, orders, platforms, signatures
from orderbridge.errors import InvalidPayload
from orderbridge.model import Order
from orderbridge.platforms.base import Delivery, Event
from tests.platforms import cases
from tests.platforms.cases import OTHER_SECRET, SECRET, Case

every = pytest.mark.parametrize("case", cases.cases(), ids=str)
every_signed = pytest.mark.parametrize("case", cases.signed_cases(), ids=str)
every_telling = pytest.mark.parametrize("case", cases.telling_cases(), ids=str)
every_platform = pytest.mark.parametrize("platform", platforms.names())


@every
def test_an_event_becomes_what_its_golden_says(case: Case) -> None:
    assert cases.outcome(case, case.event()) == case.expected()


@every_signed
def test_both_secrets_of_a_rotation_are_accepted(case: Case) -> None:
    for secrets in [(SECRET, OTHER_SECRET), (OTHER_SECRET, SECRET)]:
        answer, delivered = cases.receive(case.platform, case.event(), secrets)
        assert answer["statusCode"] < 300
        assert [message.body for message in delivered] == [cases.body(case.event())]


def _tampered(case: Case) -> dict[str, tuple[cases.Event, tuple[str, ...]]]:
    """What must be refused: an event and the secrets that the receiver knows."""
    event, body, header = case.event(), cases.body(case.event()), case.signature_header
    headers = event["headers"]
    flipped = cases.signed(case.platform, event, bytes([body[0] ^ 1]) + body[1:])
    bare = {name: value for name, value in headers.items() if name != header}

    def with_signature(value: str) -> cases.Event:
        return {**event, "headers": {**headers, header: value}}

    return {
        "one flipped byte": ({**flipped, "headers": headers}, (SECRET,)),
        "one byte more": ({**event, "body": event["body"] + "\n", "isBase64Encoded": False}, (SECRET,)),
        "missing header": ({**event, "headers": bare}, (SECRET,)),
        "wrong secret": (event, (OTHER_SECRET,)),
        "no secret": (event, ()),
        "empty secret": (cases.signed(case.platform, event, body, ""), ("",)),
        "empty signature": (with_signature(""), (SECRET,)),
        "half a signature": (with_signature(headers[header][:20]), (SECRET,)),
        "no text at all": (with_signature("\ud800\x00é"), (SECRET,)),
    }


@every_signed
def test_tampering_is_refused_like_an_unknown_address(case: Case) -> None:
    strange = {**case.event(), "pathParameters": {"token": "nobody's"}}
    unknown, _ = cases.receive(case.platform, strange)
    assert unknown["statusCode"] == 401
    for what, (event, secrets) in _tampered(case).items():
        answer, delivered = cases.receive(case.platform, event, secrets)
        assert (what, answer, delivered) == (what, unknown, [])


@pytest.mark.parametrize("case", [case for case in cases.cases() if case not in cases.telling_cases()], ids=str)
def test_a_handshake_delivers_nothing_and_opens_no_door(case: Case) -> None:
    event = case.event()
    assert cases.receive(case.platform, event)[1] == []
    for body in (event["body"] + "&" + "x" * 100, '{"id": 1}', ""):
        answer, delivered = cases.receive(case.platform, {**event, "body": body})
        assert (answer["statusCode"], delivered) == (401, [])


@pytest.mark.parametrize("case", [case for case in cases.telling_cases() if case.document], ids=str)
def test_unknown_fields_change_nothing(case: Case) -> None:
    document = case.document
    body = json.dumps(_with_more(document)).encode()
    assert cases.outcome(case, cases.signed(case.platform, case.event(), body)) == case.expected()


def _with_more(value: Any) -> Any:
    if isinstance(value, dict):
        more = {name: _with_more(inner) for name, inner in value.items()}
        return {**more, "added_in_2031": {"amount": "-1.00", "list": [None]}} if value else value
    return [_with_more(inner) for inner in value] if isinstance(value, list) else value


@every_telling
def test_the_same_event_twice_is_a_repeat(case: Case) -> None:
    first, second = _orders(case), _orders(case)
    assert first == second
    for before, after in zip(first, second, strict=True):
        assert orders.judge(before, after, fetched=False) is orders.Verdict.REPEAT
        assert orders.fingerprint(before) == orders.fingerprint(after)


@every_telling
def test_an_order_survives_being_stored(case: Case) -> None:
    for order in _orders(case):
        assert Order.model_validate_json(order.model_dump_json()) == order


@every_telling
def test_orders_are_sound(case: Case) -> None:
    for order in _orders(case):
        times = [order.version, order.created_at, *(r.created_at for r in order.refunds if r.created_at)]
        assert all(time.utcoffset() is not None and not time.utcoffset() for time in times), "a time that is not UTC"
        assert money.exponent(order.currency) is not None
        assert all(line.quantity > 0 for line in order.lines)
        assert bool(list(orders.doubts(order))) is ("doubtful" in case.name)
        balanced = balance.problem(order) is None
        assert balanced is ("unbalanced" not in case.name), balance.problem(order)


def _orders(case: Case) -> list[Order]:
    try:
        _, delivered = cases.receive(case.platform, case.event())
        return [item for item in cases.results(case.platform, delivered) if isinstance(item, Order)]
    except InvalidPayload:
        assert case.name.startswith("refused"), "only these cases are meant to be refused"
        return []


@every_platform
def test_every_handled_topic_has_an_event_and_one_is_ignored(platform: str) -> None:
    table = platforms.load(platform).EVENTS
    mine = [case for case in cases.telling_cases() if case.platform == platform and case.expected().get("topic")]
    topics = {case.topic for case in mine}
    assert {topic for topic, kind in table.items() if kind is not Event.IGNORED} <= topics
    assert any(case.expected().get("became") == [] for case in mine)


@every_platform
def test_who_signs_nothing_says_whose_its_messages_are(platform: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no signature vouches for a message, its account is all that leads it to a store."""
    kind, mine = platforms.load(platform), [case for case in cases.cases() if case.platform == platform]
    if kind.INBOUND is not None:
        assert not kind.supports("account")
        assert not kind.supports("notified")
        assert [case for case in mine if case.signature_header]
        return
    assert kind.supports("account")
    assert kind.supports("notified")
    with capsys.disabled():
        print(f"\n{platform}: it signs nothing and calls no address of ours, the tests of signatures do not apply")
    assert {"Records" in case.event() for case in mine} == {True, False}, "one from a queue, one from a bus"
    assert any(case.name.startswith("refused") and "none of our stores" in str(case.expected()) for case in mine)


@every_platform
def test_the_scheme_is_proven_by_vectors_of_others(platform: str) -> None:
    spec = platforms.load(platform).INBOUND
    if spec is None:
        pytest.skip(f"{platform} signs nothing: there is no scheme to prove")
    scheme = spec.scheme
    vectors = json.loads((cases.ROOT / "tests/platforms/vectors" / f"{scheme}.json").read_text())
    valid = [vector for vector in vectors if vector.get("valid", True)]
    assert valid, "without a published or real vector the docs must say that the scheme is unproven"
    for vector in vectors:
        body, expected = vector["body"].encode(), vector.get("valid", True)
        assert signatures.verify(scheme, [vector["key"]], body, vector["signature"]) is expected, vector["source"]


# Inputs that must be refused with a plain reason, whatever the platform and the topic.
RUBBISH: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b" \n\t",
    "not UTF-8": b'{"id": "\xff\xfe"}',
    "UTF-16": '{"id": 1}'.encode("utf-16"),
    "half a document": b'{"id": 1, "line_items": [',
    "two documents": b'{"id": 1}{"id": 2}',
    "a form": b"id=1&total=2",
    "deep": b"[" * 200_000,
    "deep and closed": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "duplicate keys": b'{"id": 1, "id": 2}',
    "NaN": b'{"id": NaN}',
    "Infinity": b'{"id": -Infinity}',
    "endless integer": b'{"id": ' + b"9" * 5000 + b"}",
    "endless decimal": b'{"id": 1.' + b"9" * 5000 + b"}",
    "endless exponent": b'{"id": 1e999999999}',
    "an exponent beyond Decimal": b'{"id": 1e9999999999999999999999}',
    "null": b"null",
    "a number": b"1",
    "a text": b'"order"',
    "a list": b"[]",
    "no fields": b"{}",
    "the wrong types": b'{"id": {"id": []}, "line_items": 3, "total": [], "total_price": true, "order_id": [1]}',
    "a negative id": b'{"id": -5, "order_id": -5}',
    "4 MB of one text": b'{"id": "' + b"x" * 4_000_000 + b'"}',
}


@pytest.mark.parametrize("what", RUBBISH)
@every_platform
def test_signed_rubbish_is_refused_by_name(platform: str, what: str) -> None:
    given = cases.connect(platform)
    for topic, kind in given.EVENTS.items():
        if kind is Event.IGNORED:
            continue
        delivery = Delivery(given.store.id, platform, topic, RUBBISH[what], _now())
        with pytest.raises(InvalidPayload) as refused:
            given.parse(delivery)
        error = refused.value
        assert (error.platform, error.store) == (platform, given.store.id)
        assert re.fullmatch(r"[ -~]{10,400}", error.reason), "a plain, short sentence"


def _private(case: Case) -> list[str]:
    """What the golden tells of the buyer, as far as it is long enough not to be found by chance."""
    found = []
    for item in case.expected().get("became", []):
        people = [item.get("order", {}).get(part) or {} for part in ("buyer", "ship_to", "bill_to")]
        texts = [text for person in people for text in person.values() if isinstance(text, str)]
        found += [text for text in texts if len(text) > 5]
    return found


@pytest.mark.parametrize("case", [case for case in cases.signed_cases() if _private(case)], ids=str)
def test_no_buyers_data_in_errors_or_logs(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    """Break every field of the document in turn: the refusal may name the field, never what any field holds."""
    caplog.set_level(logging.DEBUG)
    private, refused = _private(case), 0
    given = cases.connect(case.platform)
    topic = case.topic
    for broken in _broken(case.document or {}):
        try:
            given.parse(Delivery(given.store.id, case.platform, topic, json.dumps(broken).encode(), _now()))
        except InvalidPayload as error:
            refused += 1
            shown = "".join(traceback.format_exception(error)) + repr(error)
            assert not [word for word in private if word in shown]
    assert refused
    assert caplog.records == []


@pytest.mark.parametrize("case", [case for case in cases.signed_cases() if _private(case)], ids=str)
def test_half_a_character_costs_no_order(case: Case) -> None:
    """JSON can escape half of a surrogate pair, UTF-8 cannot hold it: the order must still be stored."""
    text = cases.body(case.event()).decode()
    [whole] = _orders(case)
    assert whole.buyer
    broken = text.replace(json.dumps(whole.buyer.email)[1:-1], "\\ud83d@example.com")
    assert broken != text
    _, delivered = cases.receive(case.platform, cases.signed(case.platform, case.event(), broken.encode()))
    [order] = cases.results(case.platform, delivered)
    assert isinstance(order, Order)
    assert order.buyer
    assert order.buyer.email == "?@example.com"
    assert Order.model_validate_json(order.model_dump_json()) == order


def _broken(document: dict[str, Any]) -> list[Any]:
    """One copy of the document for each of its fields, in which that field holds the buyer's name and address."""
    copies: list[Any] = []

    def walk(node: Any, path: tuple[Any, ...]) -> None:
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            copy = json.loads(json.dumps(document))
            target = copy
            for step in path:
                target = target[step]
            target[key] = [document.get("billing_address") or document.get("billing")]
            copies.append(copy)
            if isinstance(inner, dict | list):
                walk(inner, (*path, key))

    walk(document, ())
    return copies


def _now() -> datetime:
    return datetime(2026, 10, 5, tzinfo=UTC)
