"""What buyers do in the shops of a machine: order, pay, want more, cancel."""

from collections.abc import Mapping

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, multiple, precondition, rule

from orderbridge.model import Order, Store
from tests.orders import ORDERED_AT
from tests.stateful.runs import Machine
from tests.stateful.town import Sale, Shop, State

SKUS = ("A", "B", "K")  # K is a kit
STORES: Mapping[str, Store] = {
    id: Store(
        id=id,
        platform="model",
        url="https://x",
        currency="EUR",
        connected_at=ORDERED_AT,
        buffer=buffer,
        tells_parcels=False,
    )
    for id, buffer in (("compares", 0), ("overwrites", 1))
}
SKU, PART, SHOP = st.sampled_from(SKUS), st.sampled_from(["A", "B"]), st.sampled_from(list(STORES))
UNITS, PICK = st.integers(1, 3), st.integers(0, 99)  # PICK chooses one of those that there are


class Buyers(Machine):
    """`came`: order -> the latest of its states that reached us. Versions have steps of a second, as `second` has."""

    states: Bundle[State] = Bundle("states")

    def __init__(self) -> None:
        super().__init__()
        self.second = 0
        self.shops = {id: Shop(id, dict.fromkeys(SKUS, 0), id == "compares") for id in STORES}
        self.came: dict[tuple[str, str], int] = {}

    @rule(target=states, shop=SHOP, sku=SKU, units=UNITS, paid=st.booleans(), test=st.booleans())
    def buy(self, shop: str, sku: str, units: int, paid: bool, test: bool) -> State:
        return some(self.shops[shop].buy(sku, units, self.second, paid=paid, test=test and units == 3))

    @precondition(lambda self: self.sales())
    @rule(target=states, pick=PICK, sku=SKU, units=UNITS, what=st.sampled_from(["pay", "add", "cancel", "restock"]))
    def change(self, pick: int, sku: str, units: int, what: str) -> State:
        sale = self.sales()[pick % len(self.sales())]
        match "gone" if sale.gone else what:
            case "gone":
                return some(None)
            case "pay":
                return some(sale.shop.pay(sale, self.second))
            case "add":
                return some(sale.shop.add(sale, sku, units, self.second))
        return some(sale.shop.cancel(sale, sku, units, self.second, restock=what == "restock"))

    @rule(seconds=st.integers(1, 3))
    def tick(self, seconds: int) -> None:
        self.second += seconds

    def sales(self) -> list[Sale]:
        return [sale for shop in self.shops.values() for sale in shop.sales.values()]

    def sale(self, shop: str, id: str) -> Sale:
        return self.shops[shop].sales[id]

    def arrived(self, document: Order) -> Sale:
        """Note that a state reached us."""
        sale = self.sale(document.store, document.id)
        self.came[sale.key] = max(self.came.get(sale.key, 0), sale.place(document))
        return sale

    def fetched(self, shop: str, id: str) -> Order:
        """The order as it is now, asked for by us."""
        document = self.sale(shop, id).states[-1].document
        self.arrived(document)
        return document


def some(state: State | None) -> State:
    """Nothing for the bundle where nothing happened."""
    return multiple() if state is None else state  # type: ignore[return-value]
