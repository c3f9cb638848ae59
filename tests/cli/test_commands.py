"""What the commands do and what they print."""

from pathlib import Path

from local.shops.catalogue import PRODUCTS
from local.shops.shopify import ShopifyShop
from orderbridge.queues import WEBHOOK, Inbound
from tests.cli.conftest import MUG, Run, add, shown, with_stock
from tests.resources import Aws
from tests.world import CONNECTED, World


def test_listings_stock_and_explanations(run: Run, us: ShopifyShop, tmp_path: Path) -> None:
    add(run, us)
    assert run("stock", "location", "HAM").exit_code == 0
    assert run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-1").stdout == "entered\n"
    assert "nothing has changed" in run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-1").stdout
    assert shown(run("stock", "count", MUG, "HAM", "4", "--reference", "C-1", "--json")) == {"entered": True}
    imported = run("listing", "import", us.name)
    assert "1 newly listed" in imported.stdout
    assert "without a SKU" in imported.stdout
    assert shown(run("listing", "import", us.name, "--create", "--json"))["listed"] == len(us.listings) - 2
    kit = run("kit", "define", "SET", f"{MUG}=2", "--json")
    assert shown(kit) == {"sku": "SET", "components": {MUG: 2}}
    card = shown(run("listing", "import", us.name, "--json"))["blank"][0].split()[0]
    assert shown(run("listing", "map", us.name, card, "SET", "--json"))["sku"] == "SET"
    assert f"{us.name} at {us.locations[0]} may offer 2" in run("sku", "explain", "SET").stdout
    assert shown(run("sku", "explain", MUG, "--json"))["offers"][0]["units"] == 4
    moved = run("stock", "movements", MUG).stdout
    assert all(word in moved for word in ("receipt", "count", "DN-1", "(command line)"))
    sheet = tmp_path / "stock.csv"
    sheet.write_text("sku,location,quantity\nNEW,HAM,7\nNEW,HMA,1\n")
    read = run("stock", "import", str(sheet))
    assert (read.exit_code, "line 3: there is no location 'HMA'" in read.stdout) == (1, True)
    assert "NEW,HAM,7,0,0,7" in run("stock", "export").stdout
    assert run("stock", "export", str(tmp_path / "out.csv")).exit_code == 0
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfsku,location")


def test_an_order_is_shown_and_shipped(run: Run, world: World) -> None:
    us = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    with_stock(run, world, us)
    order = us.sell(MUG, 2)
    world.settle()
    told = run("order", "show", us.name, order).stdout
    assert all(words in told for words in (us.name, "holds", "timeline", "orders/", "the parts add up to"))
    assert "order #1001: lines 36, tax 2.52 = 38.52 USD" in told
    assert shown(run("order", "show", us.name, order, "--json"))["holds"][0]["units"] == 2
    us.fulfil(order, tracking="HP-1")
    us.deliver(order)
    us.refund(order, MUG, 1)
    us.open_return(order, MUG)
    world.settle()
    told = run("order", "show", us.name, order).stdout
    assert all(words in told for words in ("Harbour Post HP-1, delivered: 2 of", "-R1 open: 1 of line", "USD for 1 of"))
    assert "the shop put back on its shelf: 1 of line" in told
    assert all(words in told for words in (": lines 18, tax 1.26 = 19.26 USD", "19.26 USD of it stand after edits"))
    ship = ("stock", "ship", us.name, order, MUG, "HAM")
    assert shown(run(*ship, "2", "--reference", "P-1", "--json")) == {"entered": True}
    tracked = (*ship, "2", "--reference", "P-1", "--carrier", "DHL", "--tracking", "00340434", "--json")
    assert [shown(run(*tracked)) for _ in range(2)] == [{"entered": True}, {"entered": False}], "it is news once"
    refused = run(*ship, "1", "--reference", "P-2")
    assert (refused.exit_code, "there are 0 of" in refused.stderr) == (1, True)
    assert run(*ship, "1", "--reference", "P-2", "--beyond").exit_code == 0
    assert run(*ship, "-3", "--reference", "P-3").exit_code == 0
    assert shown(run("sku", "explain", MUG, "--json"))["levels"][MUG]["on_hand"] == {"HAM": 5}


def test_a_decision_is_listed_shown_and_made(run: Run, world: World) -> None:
    us = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    with_stock(run, world, us)
    assert run("decide", "list").stdout == "nothing to decide\n"
    order = us.sell(MUG, 2)
    world.settle()
    assert run("stock", "ship", us.name, order, MUG, "HAM", "2", "--reference", "P-1").exit_code == 0
    us.cancel(order)
    world.settle()
    (asked,) = shown(run("decide", "list", "--json"))
    assert asked["id"] in run("decide", "list").stdout
    assert "let-go" in run("decide", "show", asked["id"]).stdout
    assert f"decide show {asked['id']}" in run("order", "show", us.name, order).stdout
    assert "1 questions wait for a person" in run("health").stdout
    make = ("decide", "make", asked["id"])
    assert run(*make, "let-go", "--who", "Mara").exit_code == 2, "a reason is asked for"
    refused = run(*make, "burn", "--who", "Mara", "--why", "cold")
    assert (refused.exit_code, "is no choice" in refused.stderr) == (1, True)
    assert "made at" in run(*make, "let-go", "--who", "Mara", "--why", "gone").stdout
    assert (run(*make, "return", "--who", "Tom", "--why", "no").exit_code, run("decide", "list").exit_code) == (1, 0)
    told = run("order", "show", us.name, order).stdout
    assert all(words in told for words in ("made: gone", "left, but order", "P-1 line"))


def test_to_dos_quarantine_and_health(run: Run, world: World) -> None:
    us = ShopifyShop("shopify-us", PRODUCTS[:4], locations=("HAM",))
    with_stock(run, world, us)
    assert run("todo", "list").stdout == "nothing is left to do\n"
    run("stock", "receive", MUG, "HAM", "5", "--reference", "DN-2")
    world.publish()
    assert [todo["counterparty"] for todo in shown(run("todo", "list", "--json"))] == ["store#shopify-us"]
    assert MUG in run("todo", "list").stdout
    world.bridge.queues.deliver(Inbound(WEBHOOK, us.name, "orders/create", CONNECTED, b'{"email": "b@example.com"'))
    world.process()
    (found,) = shown(run("quarantine", "list", "--json"))
    table = run("quarantine", "list").stdout
    assert found["id"] in table
    assert "example.com" not in table
    assert run("quarantine", "show", found["id"]).stdout == '{"email": "b@example.com"'
    assert run("quarantine", "release", found["id"]).exit_code == 0
    assert shown(run("quarantine", "list", "--json")) == []
    health = run("health")
    assert "75.0% of the listings are as they should be" in health.stdout
    assert shown(run("health", "--json"))["stores"][0]["todos"] == 1


def test_dead_letters(run: Run, aws: Aws) -> None:
    url = next(url for url in aws.sqs.list_queues()["QueueUrls"] if "InboundDlq" in url)
    aws.sqs.send_message(QueueUrl=url, MessageBody="b@example.com")
    listed = run("dlq", "list")
    assert "inbound" in listed.stdout
    assert "example.com" not in listed.stdout
    assert shown(run("dlq", "list", "--json"))[0]["count"] == 1
    assert shown(run("dlq", "redrive", "inbound", "--json")) == {"queue": "inbound", "moved": 1}
    assert run("dlq", "redrive", "outbound").exit_code == 1
