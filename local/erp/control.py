"""The handle for people: `/_demo/...` of the demo ERP, as the demo shops have it.

curl URL/_demo/state
curl -X POST URL/_demo/receive -d '{"sku": "HP-MUG-01", "location": "HAM", "quantity": 5}'
curl -X POST URL/_demo/price -d '{"sku": "HP-MUG-01", "currency": "EUR", "price": "17.90"}'
curl -X POST URL/_demo/faults -d '{"shares": {"503": 0.1}, "script": ["slow"], "slow": 12}'
"""

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from local.erp.documents import Refused
from local.erp.faults import Fault
from local.shops.control import ROOT, act
from local.shops.server import Answer, Request, json_answer

if TYPE_CHECKING:
    from local.erp.erp import DemoErp

ACTIONS = frozenset("confirm ship track reverse receive count promise price end_price describe".split())


class _Faults(BaseModel):
    model_config = ConfigDict(extra="forbid")
    shares: dict[Fault, float] = {}
    script: list[Fault] = []
    slow: float = 30.0


def answer(erp: "DemoErp", request: Request) -> Answer:
    name = request.path.removeprefix(ROOT)
    if request.method == "GET" and name == "state":
        return json_answer(_state(erp))
    if request.method == "POST" and name == "faults":
        asked = _Faults.model_validate_json(request.body or b"{}")
        erp.faults.shares, erp.faults.slow = asked.shares, asked.slow
        erp.faults.script.clear()
        erp.faults.script.extend(asked.script)
        return json_answer({"ok": True})
    if request.method != "POST" or name not in ACTIONS:
        return json_answer({"error": f"GET state, or POST one of faults, {', '.join(sorted(ACTIONS))}"}, 404)
    return act(erp.office, name, request.body, Refused)


def _state(erp: "DemoErp") -> dict[str, Any]:
    with erp.office.lock:
        office = erp.office
        return {
            "on_hand": {sku: office.shelves.on_hand(sku) for sku in office.skus},
            "documents": [
                {
                    "id": document.id,
                    "channel": document.channel,
                    "reference": document.reference,
                    "state": document.state.value,
                    "lines": [[line.sku, line.location, line.quantity, line.shipped] for line in document.lines],
                }
                for document in office.documents.values()
            ],
        }
