"""Every module beside `erps.base` is an ERP that keeps the contract."""

import pytest

from orderbridge import erps
from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp
from orderbridge.erps.ledger import Ledger
from orderbridge.errors import InvalidInput
from tests.resources import Aws


def test_an_erp_is_found_by_its_name() -> None:
    assert erps.load("ledger") is Ledger
    with pytest.raises(InvalidInput, match="there is no ERP 'sap'; there are: ledger"):
        erps.load("sap")


@pytest.mark.parametrize("name", erps.names())
def test_the_contract(aws: Aws, name: str) -> None:
    kind = erps.load(name)
    erp = kind(Bridge(aws.settings))
    assert issubclass(kind, Erp)
    assert kind.name == name
    assert kind.supports("on_hand")
    assert erp.on_hand(["no such SKU"]) == {}
    for capability in ("promised", "posted"):
        if kind.supports(capability):
            assert getattr(erp, capability)([]) == {}
        else:
            with pytest.raises(TypeError, match=f"{name} does not support {capability}"):
                getattr(erp, capability)([])
