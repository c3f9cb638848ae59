"""How a store writes SKUs: what may be said, that it finds offers and order lines, and frees what waits."""

from collections.abc import Sequence
from typing import Any

import pytest

from local.shops.shopify import ShopifyShop
from orderbridge.bridge import Bridge
from orderbridge.errors import InvalidInput, NotFound, UnknownStore
from orderbridge.lookup import look_up
from orderbridge.model import Rules
from orderbridge.operations import listings, rules, stores
from orderbridge.operations.tabular import Fault
from orderbridge.tables.items import Item, Table
from tests.operations.conftest import store_of

MUG, MOSS = "HP-MUG-01", "HP-MUG-02"


@pytest.fixture
def shop(bridge: Bridge, us: ShopifyShop) -> ShopifyShop:
    stores.add(bridge, store_of(us), us.credentials, us.webhook_secret)
    return us


def stocked(bridge: Bridge, *skus: str) -> None:
    for sku in skus:
        bridge.stock.table.write(bridge.stock.change_level(sku, {}))


def waits(bridge: Bridge, store: str, order: str, sku: str) -> None:
    row = {"pk": f"UNMAPPED#{store}", "sk": f"sku#{sku}#{order}", "order": order, "reference": f"sku#{sku}"}
    bridge.control.table.write(bridge.control.table.put({**row, "sku": sku}))


def test_rules_are_kept_beside_all_else_that_is_known_of_a_store(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, MUG, MOSS)
    waits(bridge, shop.name, "7", f"US-{MUG}")
    waits(bridge, shop.name, "8", "US-NOBODY")
    done = rules.change(bridge, shop.name, {"strip_prefix": "US-"})
    assert (done.rules, done.orders_looked_at_again) == (Rules(strip_prefix="US-"), 1)
    before = bridge.control.store(shop.name)
    stores.update(bridge, before.model_copy(update={"name": "New name", "buffer": 2}), {}, "", check=False)
    bridge.control.pause(shop.name, "holidays")
    after = bridge.control.store(shop.name)
    assert (after.rules, after.name, after.buffer, after.paused) == (done.rules, "New name", 2, "holidays")
    assert rules.change(bridge, shop.name, {"ignore_case": True}).rules == Rules(ignore_case=True), "as a whole"
    assert rules.clear(bridge, shop.name).rules == Rules()
    assert bridge.control.store(shop.name).buffer == 2


@pytest.mark.parametrize(
    ("said", "ours", "reason"),
    [
        ({}, (), "the rules say nothing"),
        ({"strip_prefix": "", "ignore_case": False}, (), "the rules say nothing"),
        ({"strip_prefix": "US-", "add_prefix": "US-"}, (), "that changes nothing"),
        ({"add_suffix": "  "}, (), "a suffix of spaces"),
        ({"strip_prefix": "A#"}, (), "strip_prefix: string should match"),
        ({"strip_prefix": "x" * 41}, (), "strip_prefix: string should match"),
        ({"colour": "red"}, (), "colour: extra inputs are not permitted"),
        ({"strip_prefix": "US-"}, ("A", "US-A"), "US-A and A are both SKUs of ours"),
        ({"add_prefix": "HP-"}, ("MUG", "HP-MUG"), "MUG and HP-MUG are both SKUs of ours"),
        ({"strip_suffix": "-X"}, ("A-X", "A"), "A-X and A are both SKUs of ours"),
        ({"ignore_case": True}, ("mug", "MUG"), "MUG and mug are both SKUs of ours"),
        ({"ignore_case": True}, ("Mug", "MUG"), "Mug and MUG are both SKUs of ours"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    bridge: Bridge, shop: ShopifyShop, said: dict[str, Any], ours: Sequence[str], reason: str
) -> None:
    rules.change(bridge, shop.name, {"strip_prefix": "EU-"})
    stocked(bridge, *ours)
    with pytest.raises(InvalidInput, match=reason):
        rules.change(bridge, shop.name, said)
    assert rules.show(bridge, shop.name).rules == Rules(strip_prefix="EU-")


def test_a_store_that_is_not_there(bridge: Bridge) -> None:
    for ask in (rules.show, rules.clear):
        with pytest.raises(UnknownStore):
            ask(bridge, "nobody")
    with pytest.raises(UnknownStore):
        rules.change(bridge, "nobody", {"ignore_case": True})
    with pytest.raises(UnknownStore):
        rules.read(bridge, "nobody", b"shop_sku,sku\n")
    with pytest.raises(UnknownStore):
        rules.forget(bridge, "nobody", "X")


def test_skus_in_mixed_case_are_named(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, "Mug-01", "MUG-02", "mug-03")
    assert rules.change(bridge, shop.name, {"ignore_case": True}).mixed_case == ("Mug-01",)
    assert rules.change(bridge, shop.name, {"strip_prefix": "US-"}).mixed_case == ()


def test_a_mapping_file_enters_its_good_rows_and_names_the_bad_ones(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, MUG, MOSS)
    waits(bridge, shop.name, "7", "4711")
    content = f"""shop_sku,sku
4711,{MUG}
 4712 , {MUG}
4713,NOBODY
,{MUG}
4714,
4714,{MUG}|1
{MOSS},{MUG}
4711,{MOSS}
4711,{MUG}
4715,{MUG},
{"9" * 101},{MUG}
MUG#blue,{MOSS}
"""
    done = rules.read(bridge, shop.name, content.encode())
    assert (done.entered, done.repeats, done.orders_looked_at_again) == (3, 1, 1)
    expected = [
        Fault(4, "there is no SKU 'NOBODY'"),
        Fault(5, "'' is no SKU that a shop can write: 1 to 100 characters"),
        Fault(6, "'' is no SKU: 1 to 100 characters, without #, | and line breaks"),
        Fault(7, f"'{MUG}|1' is no SKU: 1 to 100 characters, without #, | and line breaks"),
        Fault(8, f"{MOSS} is a SKU of ours, and counts as such wherever a shop writes it"),
        Fault(9, f"line 2 says {MUG}"),
        Fault(11, "the row has 3 cells, the first line 2"),
        Fault(12, f"'{'9' * 101}' is no SKU that a shop can write: 1 to 100 characters"),
    ]
    assert done.faults == expected
    assert rules.show(bridge, shop.name).rows == {"4711": MUG, "4712": MUG, "MUG#blue": MOSS}
    again = rules.read(bridge, shop.name, f"sku;shop_sku\n{MUG};4711\n{MOSS};4712\n".encode())
    assert (again.entered, again.repeats, again.faults) == (1, 1, [])
    assert rules.show(bridge, shop.name).rows == {"4711": MUG, "4712": MOSS, "MUG#blue": MOSS}
    rules.forget(bridge, shop.name, " 4711 ")
    assert rules.show(bridge, shop.name).rows == {"4712": MOSS, "MUG#blue": MOSS}
    for nothing in ("4711", "", "x" * 3000):
        with pytest.raises(NotFound, match="has no SKU"):
            rules.forget(bridge, shop.name, nothing)


@pytest.mark.parametrize("content", [b"", b"sku\nA", b"written,sku\nA,B", b"shop_sku,sku,sku\nA,B,C", b"\xff"])
def test_a_file_that_is_none(bridge: Bridge, shop: ShopifyShop, content: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"must name the columns shop_sku, sku, each once|not UTF-8"):
        rules.read(bridge, shop.name, content)
    assert not bridge.control.store(shop.name).mapping_file


def test_the_same_chain_for_listings(bridge: Bridge, shop: ShopifyShop) -> None:
    stocked(bridge, MUG, MOSS, "HP-MUG-03", "hp-bowl-01")
    mug, moss, enamel, bowl, serving = shop.listings[:5]
    mug.sku, moss.sku, enamel.sku, bowl.sku, serving.sku = (
        "US-HP-MUG-01",
        "4711",
        "HP-MUG-03",
        "us-HP-BOWL-01",
        "US-NEW",
    )
    rules.change(bridge, shop.name, {"strip_prefix": "US-", "ignore_case": True})
    rules.read(bridge, shop.name, f"shop_sku,sku\n4711,{MOSS}\n".encode())
    done = listings.import_all(bridge, shop.name)
    assert (done.listed, done.exact, len(done.by_rule)) == (4, 1, 3)
    assert done.by_rule[0].startswith(
        f"US-HP-MUG-01 is HP-MUG-01 ({mug.product_id}#{mug.variant_id} Stoneware mug, sea"
    )
    assert [s.listing.item_id for s in bridge.stock.listings("hp-bowl-01")] == [str(bowl.item_id)]
    again = listings.import_all(bridge, shop.name)
    assert (again.listed, again.known_before) == (0, 4)
    created = listings.import_all(bridge, shop.name, create=True)
    assert "NEW" in created.created, "written as we do"
    assert "US-NEW" not in created.created
    rules.clear(bridge, shop.name)
    assert listings.import_all(bridge, shop.name).known_before == again.known_before + created.listed


def test_a_store_without_rules_costs_no_read_more(
    bridge: Bridge, shop: ShopifyShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked(bridge, MUG, MOSS)
    asked: list[list[tuple[str, str]]] = []
    get_many = Table.get_many

    def counted(table: Table, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        asked.append(sorted(keys))
        return get_many(table, keys)

    monkeypatch.setattr(Table, "get_many", counted)
    things = [("7#8", f"US-{MUG}"), ("7#9", MOSS)]
    found, _ = look_up(bridge, bridge.control.store(shop.name), things)
    assert (found.sku(*things[0]), found.sku(*things[1])) == (None, MOSS)
    assert asked == [
        [(f"MAP#{shop.name}", "7#8"), (f"MAP#{shop.name}", "7#9")],
        sorted((f"SKU#{sku}", sk) for sku in (f"US-{MUG}", MOSS) for sk in ("LEVEL", "KIT")),
    ]
    listings.import_all(bridge, shop.name)
    ids = bridge.stock.listings(MUG)[0].listing
    asked.clear()
    look_up(bridge, bridge.control.store(shop.name), [(f"{ids.product_id}#{ids.variant_id}", "SOMETHING ELSE")])
    assert asked[1:] == [[(f"SKU#{MUG}", "KIT"), (f"SKU#{MUG}", "LEVEL")]], (
        "whose ids are mapped, its SKU does not count"
    )
    monkeypatch.undo()
    rules.change(bridge, shop.name, {"strip_prefix": "US-"})
    found, _ = look_up(bridge, bridge.control.store(shop.name), things)
    assert (found.sku(*things[0]), found.sku(*things[1])) == (MUG, MOSS)
