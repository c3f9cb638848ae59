"""Who bought: what may be compared, and what must not."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderbridge.model import Address, Buyer, Order, OrderLine, OrderStatus, PaymentStatus
from orderbridge.places import masking
from orderbridge.places.persons import Identity, email_of, identity

DAY = datetime(2026, 10, 5, tzinfo=UTC)


def _order(**parts: Any) -> Order:
    return Order(
        store="shop-de",
        platform="p",
        id="1",
        number="1",
        version=DAY,
        created_at=DAY,
        status=OrderStatus.OPEN,
        payment=PaymentStatus.PAID,
        source_status="",
        currency="EUR",
        lines=(OrderLine(id="1", quantity=1, unit_price=Decimal(1), subtotal=Decimal(1)),),
        total=Decimal(1),
        **parts,
    )


@pytest.mark.parametrize(
    ("written", "email"),
    [
        (" Jane.Roe+shop@Example.COM ", "jane.roe+shop@example.com"),  # dots and + stay
        ("j.roe@gmail.com", "j.roe@gmail.com"),
        ("müller@bücher.example", "müller@bücher.example"),
        ("", ""),
        ("Invalid Request", ""),  # what eBay writes after some days
        ("a@b", ""),
        ("a@b@c.de", ""),
        ("j***n@example.com", ""),
        ("XXXX", ""),
        ("abc123@marketplace.amazon.com", ""),
        ("abc123@marketplace.amazon.co.uk", ""),
        ("ABC@MEMBERS.EBAY.DE", ""),
        ("630083BD274E@relay.walmart.com", ""),
        ("v2b2V5@chat.seller.tiktok.com", ""),
        ("v4bD3U@scs.tiktokw.us", ""),
        ("jroe.sl0hmr+2-oge3d@mail.mercadolibre.com", ""),
        ("x@mail.mercadolivre.com.br", ""),
        ("815db15ff6ee7c02@pc.fw.rakuten.ne.jp", ""),
        ("x@u.shipping.temuemail.com", ""),
        ("x@verkopen.bol.com", ""),
        ("dpdcnf87nu@privaterelay.appleid.com", ""),
        ("x@private.icloud.com", ""),
        ("someone@icloud.com", "someone@icloud.com"),
        ("someone@amazon.com", "someone@amazon.com"),
        ("someone@notmembers.ebay.de", "someone@notmembers.ebay.de"),
        ("a" * 100_000 + "@example.com", ""),
    ],
)
def test_an_email_is_compared_in_lower_case_and_a_relay_not_at_all(written: str, email: str) -> None:
    assert email_of(written) == email


def test_a_customer_has_a_key_per_store_an_email_and_a_phone() -> None:
    buyer = Buyer(id="77", name="Jane Roe", email="Jane@Example.com", phone="0171 1234567")
    order = _order(buyer=buyer, ship_to=Address(country="Germany"))
    assert identity(order) == Identity(store_key="shop-de/77", email="jane@example.com", phone="+491711234567")


def test_a_guest_has_no_key() -> None:
    assert identity(_order(buyer=Buyer(email="jane@example.com"))) == Identity(email="jane@example.com")
    assert identity(_order()) == Identity()


def test_what_is_hidden_identifies_nobody() -> None:
    buyer = Buyer(id="****", name="J***n", email="x@relay.walmart.com", phone="(+1)213-***-1234")
    ship_to = Address(name="J***n", phone="4155552671", country="US")
    assert identity(_order(buyer=buyer, ship_to=ship_to)) == Identity()


@pytest.mark.parametrize(
    ("name", "phone"),
    [("JANE ROE", "+14155552671"), ("Her Aunt", ""), ("", "")],
)
def test_the_phone_of_the_parcel_is_the_buyers_only_under_the_buyers_name(name: str, phone: str) -> None:
    ship_to = Address(name=name, phone="4155552671", country="US")
    assert identity(_order(buyer=Buyer(id="1", name="Jane Roe"), ship_to=ship_to)).phone == phone


def test_the_phone_of_the_bill_is_the_buyers() -> None:
    bill_to = Address(name="Roe Ltd", phone="020 7946 0958", country="GB")
    ship_to = Address(name="Her Aunt", phone="4155552671", country="US")
    assert identity(_order(buyer=Buyer(id="1"), bill_to=bill_to, ship_to=ship_to)).phone == "+442079460958"


@pytest.mark.parametrize("name", ["J***n", "张*", "王**", "이*주", "****", "D**** ", "김○○", "XXXX", "＊＊"])
def test_a_hidden_name(name: str) -> None:
    assert masking.name(name)


@pytest.mark.parametrize("name", ["Jane Roe", "Malcolm X", "Xxenia", "O'Neil", "", "王小明", "Anne-Marie"])
def test_a_name(name: str) -> None:
    assert not masking.name(name)


@pytest.mark.parametrize(
    "text",
    ["****", "Ấp******", "******11", "1*** Coleman Ave", "32***", "P***k", "XXXX", "세종대로 110 ***", "#**-***"],
)
def test_hidden_words(text: str) -> None:
    assert masking.words(text)


@pytest.mark.parametrize("text", ["*** ring twice ***", "Flat 5 * 2nd floor", "", "Xanten", "Lot A"])
def test_words(text: str) -> None:
    assert not masking.words(text)


@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_no_buyer_raises(key: str, email: str, phone: str) -> None:
    found = identity(_order(buyer=Buyer(id=key, name=key, email=email, phone=phone)))
    assert found.email in ("", email_of(email))
