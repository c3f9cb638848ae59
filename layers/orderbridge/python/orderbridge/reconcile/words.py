"""What each kind of difference is called, means and asks for, in plain words."""

from dataclasses import dataclass

from orderbridge.reconcile.rules import Kind


@dataclass(frozen=True)
class Words:
    """
    title   for a table
    means   what is wrong
    person  what a person does where it did not repair itself
    """

    title: str
    means: str
    person: str


_ORDER = "Look at it with `orderbridge order show`; if it stays, the inbound queue or the quarantine has the reason."
WORDS = {
    Kind.MISSING: Words(
        "missing order",
        "The platform shows an order that we do not have: its webhooks and the polls since were lost.",
        _ORDER,
    ),
    Kind.OLDER: Words(
        "older version of an order",
        "The platform shows a later state of an order than we have, so its status or units may be wrong here.",
        _ORDER,
    ),
    Kind.DELETED: Words(
        "order that is gone",
        "We hold stock for an order that the platform does not show any more: it was deleted and nobody told us.",
        "If the reason is that old orders are hidden, give the app `read_all_orders`; else look at the order.",
    ),
    Kind.QUANTITY: Words(
        "wrong quantity",
        "A listing shows another number than may be offered: somebody changed it in the shop, or a write was lost.",
        "`orderbridge sku explain` says what should be shown; units that seem sold are waited for ten minutes.",
    ),
    Kind.UNLISTED: Words(
        "listing that is not shown",
        "The shop does not show a listing, or not at the store's locations, or does not count its stock.",
        "`orderbridge quarantine list` has it, if the shop is right: correct the listing there.",
    ),
    Kind.PRICE: Words(
        "wrong price",
        "A listing costs something else than it is to cost: somebody changed it in the shop, or a write was lost.",
        "`orderbridge price explain` says what should be shown, and `orderbridge price held` what waits for you.",
    ),
    Kind.UNTOLD: Words(
        "order that the ERP lacks",
        "An order has units to be shipped, and the ERP has no document of it.",
        "Look at the order and at the ERP: part of it has been shipped, or the ERP refuses it.",
    ),
    Kind.STRANGER: Words(
        "document that nobody knows",
        "The ERP has an open document of our channel whose order is not in our record.",
        "Cancel it in the ERP if the shop has no such order; `orderbridge store poll` fetches one that it has.",
    ),
    Kind.PARCEL: Words(
        "parcel that we did not hear of",
        "The ERP has shipped for an order of ours, and it is not in our record.",
        "`orderbridge todo list` has the SKU under `pull`, with the reason why it cannot be read.",
    ),
    Kind.GAP: Words(
        "gap in the order numbers",
        "Between two orders of the last week numbers are missing: orders that we never heard of, or deleted ones.",
        "Search the number in the shop. An order found in the same run closes its gap in the next.",
    ),
    Kind.SILENT: Words(
        "store gone silent",
        "No order has come for so long that the store usually has several, by its own hours and weekdays.",
        "Try to buy something there; `orderbridge store check` and `orderbridge health` tell of connection and polls.",
    ),
}
