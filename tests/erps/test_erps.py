"""Every module beside `erps.base` is an ERP that keeps the contract. Nothing here is edited to add one: the far side
of an ERP behind HTTP comes from the module of its name in `tests/erps/remotes`."""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from orderbridge import erps
from orderbridge.bridge import Bridge
from orderbridge.erps.base import Document, Erp, Posted, Sale
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import AuthFailed, InvalidInput, RateLimited, Rejected, TemporaryFailure
from orderbridge.language.offline import Offline
from orderbridge.movements import Movement
from orderbridge.plain import plain
from orderbridge.stock import ANY
from tests.erps.remote import Remote, Trouble
from tests.orders import order_of
from tests.resources import Aws

MUG, TEA, BAG = SKUS = ("HP-MUG-01", "HP-TEA-01", "HP-BAG-01")
CAPABILITIES = ("on_hand", "promised", "posted", "changed", "skus", "save_order")
GOODS = ("prices", "products", "revalued")  # all or none
RECONCILED = ("our_documents", "documents_of")  # both or none
REMOTE = [name for name in erps.names() if erps.load(name).supports("save_order")]
that_keep_prices = pytest.mark.parametrize(
    "side", [name for name in REMOTE if erps.load(name).supports("prices")], indirect=True
)
that_list_documents = pytest.mark.parametrize(
    "side", [name for name in REMOTE if erps.load(name).supports("our_documents")], indirect=True
)


def test_an_erp_is_found_by_its_name() -> None:
    assert erps.load("ledger") is Ledger
    with pytest.raises(InvalidInput, match="there is no ERP 'sap'; there are: demo, ledger"):
        erps.load("sap")


@dataclass
class Side:
    """Our side of an ERP, and the far one."""

    erp: Erp
    remote: Remote


@pytest.fixture(params=REMOTE)
def side(request: pytest.FixtureRequest, aws: Aws) -> Iterator[Side]:
    module = importlib.import_module(f"tests.erps.remotes.{request.param}")
    with module.remote(SKUS, ("HAM", "SZX")) as remote:
        bridge = Bridge(aws.settings)
        bridge.vault.put_erp(request.param, remote.secret)
        yield Side(erps.load(request.param)(bridge), remote)


def sale(revision: int = 1, units: dict[tuple[str, str], int] | None = None, id: str = "1001") -> Sale:
    wanted = {(MUG, ANY): 2, (TEA, "HAM"): 1} if units is None else units
    order = order_of("shop", id, {MUG: 2, TEA: 1})
    return Sale(f"shop/{id}", revision, wanted, order, plain(order, Offline(), "en"))


def lines(erp: Erp, sku: str) -> list[Movement]:
    return sorted(erp.posted([sku])[sku].lines, key=lambda line: -line.units)


@pytest.mark.parametrize("name", erps.names())
def test_the_class(name: str) -> None:
    kind = erps.load(name)
    assert issubclass(kind, Erp)
    assert kind.name == name
    assert kind.supports("on_hand")
    supported = {capability for capability in CAPABILITIES if kind.supports(capability)}
    assert supported in ({"on_hand", "promised"}, set(CAPABILITIES)), "an ERP of ours, or one behind HTTP"
    assert len({kind.supports(capability) for capability in RECONCILED}) == 1
    assert len({kind.supports(capability) for capability in GOODS}) == 1


def test_what_is_not_supported_says_so(aws: Aws) -> None:
    ledger = Ledger(Bridge(aws.settings))
    with pytest.raises(TypeError, match="ledger does not support posted"):
        ledger.posted([])


def test_shelves(side: Side) -> None:
    side.remote.stock(MUG, "HAM", 5)
    assert side.erp.on_hand([MUG, TEA, "no such SKU"]) == {MUG: {"HAM": 5, "SZX": 0}, TEA: {"HAM": 0, "SZX": 0}}
    assert (side.erp.on_hand([]), side.erp.promised([]), side.erp.posted([])) == ({}, {}, {})


def test_only_documents_of_others_promise(side: Side) -> None:
    side.remote.stock(MUG, "SZX", 5)
    side.remote.promise(MUG, "SZX", 3)
    side.erp.save_order(sale())
    assert side.erp.promised([MUG, "no such SKU"]) == {MUG: {"HAM": 0, "SZX": 3}}
    assert side.erp.on_hand([MUG]) == {MUG: {"HAM": 0, "SZX": 5}}, "promised, and still there"


def test_all_skus_page_by_page(side: Side) -> None:
    page = side.erp.skus("")
    found = set(page.skus)
    while page.more:
        page = side.erp.skus(page.next)
        found |= page.skus
    assert found == set(SKUS)


def test_what_changed_since(side: Side) -> None:
    begin = side.erp.changed("")
    assert (begin.skus, begin.more) == (frozenset(), False)
    assert side.erp.changed(begin.next).skus == frozenset()
    side.remote.stock(MUG, "HAM", 5)
    side.remote.promise(TEA, "HAM", 1)
    assert {MUG, TEA} <= side.erp.changed(begin.next).skus
    document = side.erp.save_order(sale()).document
    after = side.erp.changed(begin.next).next
    side.remote.ship(document, MUG, "HAM", 1)
    assert MUG in side.erp.changed(after).skus


def test_many_changes_come_in_pages(side: Side) -> None:
    begin, pages, found = side.erp.changed(""), 0, set[str]()
    for n in range(300):
        side.remote.stock(SKUS[n % 2], "HAM", 1)
    side.remote.stock(BAG, "HAM", 1)
    page = side.erp.changed(begin.next)
    while page.more:
        pages, found = pages + 1, found | page.skus
        page = side.erp.changed(page.next)
    assert pages >= 1
    assert found | page.skus == set(SKUS)


def test_a_shipment_is_posted_with_its_order(side: Side) -> None:
    side.remote.stock(MUG, "SZX", 5)
    assert side.erp.posted([MUG, "no such SKU"]) == {MUG: Posted()}
    document = side.erp.save_order(sale()).document
    ordered = side.erp.posted([MUG])[MUG]
    assert (len(ordered.lines), len(ordered.open)) == (0, 1)
    side.remote.ship(document, MUG, "SZX", 2)
    (line,) = lines(side.erp, MUG)
    assert (line.store, line.order, line.units, line.location) == ("shop", "1001", -2, "SZX")
    assert (line.sku, line.reference) == (MUG, document)
    assert side.erp.posted([MUG])[MUG].open == frozenset(), "all of this SKU has left"
    assert side.erp.posted([TEA])[TEA].open, "the other has not"
    assert side.erp.on_hand([MUG]) == {MUG: {"HAM": 0, "SZX": 3}}
    assert side.erp.posted([MUG]) == side.erp.posted([MUG]), "nothing happened, nothing differs"


def test_a_reversal_is_a_line_of_its_own(side: Side) -> None:
    side.remote.stock(MUG, "HAM", 5)
    document = side.erp.save_order(sale()).document
    side.remote.reverse(side.remote.ship(document, MUG, "HAM", 2))
    back, gone = sorted(side.erp.posted([MUG])[MUG].lines, key=lambda line: -line.units)
    assert (gone.units, back.units) == (-2, 2)
    assert (gone.store, gone.order) == (back.store, back.order) == ("shop", "1001")
    assert (gone.reference, gone.line) != (back.reference, back.line)
    assert len(side.erp.posted([MUG])[MUG].open) == 1


def test_every_change_of_an_open_document_shows(side: Side) -> None:
    side.erp.save_order(sale())
    before = side.erp.posted([MUG])
    side.erp.save_order(sale(2, {(MUG, ANY): 3}))
    assert side.erp.posted([MUG]) != before


def test_an_order_is_taken_once(side: Side) -> None:
    taken = side.erp.save_order(sale())
    assert (bool(taken.document), taken.beyond) == (True, {})
    assert side.erp.save_order(sale()) == taken
    assert side.remote.wanted("shop/1001") == [{(MUG, None): 2, (TEA, "HAM"): 1}]


@that_list_documents
def test_our_documents_are_listed_and_found_by_their_references(side: Side) -> None:
    side.remote.stock(MUG, "HAM", 5)
    side.remote.promise(MUG, "HAM", 1)
    made = {f"shop/{n}": side.erp.save_order(sale(id=str(n))).document for n in range(120)}
    side.erp.save_order(sale(2, {}, id="7"))
    page, rows = side.erp.our_documents(""), list[Document]()
    while page.next is not None:
        rows, page = [*rows, *page.rows], side.erp.our_documents(page.next)
    rows += page.rows
    assert {row.reference: row.id for row in rows} == made, "none of others"
    assert [row.reference for row in rows if not row.open] == ["shop/7"]
    found = side.erp.documents_of([*made, "shop/no such"])
    assert {reference: row.id for reference, row in found.items()} == made


def test_a_later_revision_is_brought_in_line_and_an_earlier_one_is_not(side: Side) -> None:
    first = side.erp.save_order(sale())
    edited = sale(3, {(MUG, ANY): 1, (BAG, ANY): 4})
    assert side.erp.save_order(edited).document == first.document
    assert side.remote.wanted("shop/1001") == [{(MUG, None): 1, (BAG, None): 4}]
    side.erp.save_order(sale(2))
    assert side.remote.wanted("shop/1001") == [{(MUG, None): 1, (BAG, None): 4}]


def test_a_cancelled_order(side: Side) -> None:
    assert side.erp.save_order(sale(1, {})).document == "", "never seen, nothing to cancel"
    assert side.remote.wanted("shop/1001") == []
    side.erp.save_order(sale())
    side.erp.save_order(sale(2, {}))
    assert side.remote.wanted("shop/1001") == [{}]
    side.erp.save_order(sale(3))
    assert side.remote.wanted("shop/1001") == [{(MUG, None): 2, (TEA, "HAM"): 1}], "reopened"


def test_what_has_left_stays_and_is_told(side: Side) -> None:
    side.remote.stock(MUG, "HAM", 5)
    document = side.erp.save_order(sale()).document
    side.remote.ship(document, MUG, "HAM", 2)
    less = sale(2, {(MUG, ANY): 1})
    assert side.erp.save_order(less).beyond == {(MUG, ANY): 1}
    assert side.erp.save_order(less).beyond == {(MUG, ANY): 1}, "also when it is told again"
    nothing = side.erp.save_order(sale(3, {}))
    assert (nothing.document, nothing.beyond) == (document, {(MUG, ANY): 2})
    assert side.remote.wanted("shop/1001") == [{(MUG, None): 2}]


def test_what_the_erp_refuses_comes_with_its_words(side: Side) -> None:
    with pytest.raises(Rejected, match="no-such-sku") as refused:
        side.erp.save_order(sale(1, {("no-such-sku", ANY): 1}))
    assert refused.value.next_action
    assert not isinstance(refused.value, TemporaryFailure)
    side.erp.save_order(sale())
    with pytest.raises(Rejected, match="no-such-sku"):
        side.erp.save_order(sale(2, {("no-such-sku", ANY): 1}))


def test_a_lost_answer_makes_no_second_document(side: Side) -> None:
    side.remote.trouble(None, Trouble.LOST)
    with pytest.raises(TemporaryFailure):
        side.erp.save_order(sale())
    side.erp.save_order(sale())
    assert side.remote.wanted("shop/1001") == [{(MUG, None): 2, (TEA, "HAM"): 1}]


CALLS = {
    "on_hand": lambda erp: erp.on_hand([MUG]),
    "promised": lambda erp: erp.promised([MUG]),
    "posted": lambda erp: erp.posted([MUG]),
    "changed": lambda erp: erp.changed("0"),
    "skus": lambda erp: erp.skus(""),
    "save_order": lambda erp: erp.save_order(sale()),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble.BUSY, RateLimited),
        (Trouble.DOWN, TemporaryFailure),
        (Trouble.UNREACHED, TemporaryFailure),
        (Trouble.LOST, TemporaryFailure),
        (Trouble.REVOKED, AuthFailed),
    ],
)
def test_errors_are_named_for_what_to_do_next(
    side: Side, call: str, trouble: Trouble, error: type[TemporaryFailure] | type[AuthFailed]
) -> None:
    side.remote.trouble(trouble)
    with pytest.raises(error) as caught:
        CALLS[call](side.erp)
    assert caught.value.platform == side.erp.name
    assert side.remote.secret["token"] not in str(caught.value)


@pytest.mark.parametrize("call", CALLS)
def test_nobody_listens(side: Side, call: str) -> None:
    side.remote.closed()
    with pytest.raises(TemporaryFailure):
        CALLS[call](side.erp)


@that_list_documents
@pytest.mark.parametrize("call", RECONCILED)
@pytest.mark.parametrize(
    ("trouble", "error"),
    [(Trouble.BUSY, RateLimited), (Trouble.DOWN, TemporaryFailure), (Trouble.TORN, TemporaryFailure)],
)
def test_a_list_of_documents_that_fails_is_none(
    side: Side, call: str, trouble: Trouble, error: type[TemporaryFailure]
) -> None:
    side.remote.trouble(trouble)
    with pytest.raises(error):
        side.erp.our_documents("") if call == "our_documents" else side.erp.documents_of(["shop/1001"])


@that_list_documents
def test_a_document_that_a_list_lacks_is_asked_for_once_more(side: Side) -> None:
    side.erp.save_order(sale())
    side.remote.trouble(Trouble.EMPTY)
    assert side.erp.documents_of(["shop/1001"]).keys() == {"shop/1001"}


@pytest.mark.parametrize("call", ["on_hand", "promised", "posted"])
@pytest.mark.parametrize("trouble", [Trouble.HALF, Trouble.EMPTY])
def test_a_sku_that_is_missing_from_an_answer_is_missing_from_ours(side: Side, call: str, trouble: Trouble) -> None:
    for sku in SKUS:
        side.remote.stock(sku, "HAM", 5)
    side.remote.trouble(trouble)
    found = getattr(side.erp, call)(SKUS)
    whole = getattr(side.erp, call)(SKUS)
    assert set(whole) == set(SKUS)
    assert found.keys() < whole.keys()
    assert {sku: whole[sku] for sku in found} == found, "what is there is whole"


@pytest.mark.parametrize("call", [name for name in CALLS if name != "save_order"])
def test_an_answer_that_does_not_say_that_it_is_whole_is_none(side: Side, call: str) -> None:
    side.remote.trouble(Trouble.TORN)
    with pytest.raises(TemporaryFailure, match="not whole"):
        CALLS[call](side.erp)


@pytest.mark.parametrize("name", REMOTE)
def test_credentials_that_lack_something(aws: Aws, name: str) -> None:
    bridge = Bridge(aws.settings)
    bridge.vault.put_erp(name, {"token": "s3cret-token", "tocken": "s3cret-token"})
    with pytest.raises(AuthFailed, match="lack or misspell") as caught:
        erps.load(name)(bridge)
    assert "s3cret" not in str(caught.value)


@that_keep_prices
def test_prices_of_every_currency_and_store(side: Side) -> None:
    side.remote.price(MUG, "EUR", "16.90")
    side.remote.price(MUG, "EUR", "17.50", "woo-eu", compare_at="20", sale="12", sale_from="2026-11-27T00:00:00Z")
    side.remote.price(MUG, "JPY", "2600")
    found = side.erp.prices([MUG, TEA, "no such SKU"])
    assert found.keys() == {MUG, TEA}
    assert found[TEA].prices == (), "nothing is said of it, and that is not the same as a missing answer"
    prices = {price.key: price for price in found[MUG].prices}
    assert {key: str(price.price) for key, price in prices.items()} == {
        ("EUR", ""): "16.9",
        ("EUR", "woo-eu"): "17.5",
        ("JPY", ""): "2600",
    }
    special = prices["EUR", "woo-eu"]
    assert [special.compare_at, special.sale] == [20, 12]
    assert special.sale_until is None
    assert special.sale_from == datetime(2026, 11, 27, tzinfo=UTC)
    before = found[MUG].revision
    side.remote.price(MUG, "EUR", "16.80")
    assert side.erp.prices([MUG])[MUG].revision > before


@that_keep_prices
@pytest.mark.parametrize(("amount", "currency"), [("-1", "EUR"), ("1.005", "EUR"), ("10.5", "JPY"), ("5", "SHELLS")])
def test_what_cannot_be_a_price_is_named_and_the_others_count(side: Side, amount: str, currency: str) -> None:
    side.remote.price(MUG, "USD", "18")
    side.remote.price(MUG, currency, amount)
    found = side.erp.prices([MUG])[MUG]
    assert [price.currency for price in found.prices] == ["USD"]
    assert list(found.refused) == [(currency, "")]
    assert all(found.refused.values())


@that_keep_prices
def test_what_a_product_is(side: Side) -> None:
    side.remote.describe(MUG, {"en": "Stoneware mug", "zh": "粗陶马克杯"}, "2001234567893", 380)
    product = side.erp.products([MUG, "no such SKU"])[MUG].product
    assert product
    assert (product.names["zh"], product.barcode, product.grams) == ("粗陶马克杯", "2001234567893", 380)


@that_keep_prices
def test_only_prices_and_products_are_among_what_was_revalued(side: Side) -> None:
    begin = side.erp.revalued("")
    assert (begin.skus, begin.more) == (frozenset(), False)
    side.remote.stock(BAG, "HAM", 5)
    side.remote.price(MUG, "EUR", "16.90")
    side.remote.describe(TEA, {"en": "Teapot"}, "", 1800)
    assert side.erp.revalued(begin.next).skus == {MUG, TEA}


@that_keep_prices
@pytest.mark.parametrize("call", GOODS)
@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        (Trouble.BUSY, RateLimited),
        (Trouble.DOWN, TemporaryFailure),
        (Trouble.TORN, TemporaryFailure),
        (Trouble.REVOKED, AuthFailed),
    ],
)
def test_prices_that_cannot_be_read_are_none(
    side: Side, call: str, trouble: Trouble, error: type[TemporaryFailure] | type[AuthFailed]
) -> None:
    side.remote.price(MUG, "EUR", "16.90")
    side.remote.trouble(trouble)
    with pytest.raises(error):
        side.erp.revalued("0") if call == "revalued" else getattr(side.erp, call)([MUG])
