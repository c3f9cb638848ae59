"""The demo ERP behind HTTP: an office, a token, and faults on demand."""

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from local.erp import control
from local.erp.api import Api, refused, spoilt
from local.erp.documents import Refused
from local.erp.faults import OF_LISTS, Fault
from local.erp.office import Office
from local.shops.control import ROOT
from local.shops.faults import Faults
from local.shops.server import Answer, Request, ShopServer

_KEPT = 2000
_REFUSALS = {
    Fault.THROTTLED: Refused(429, "busy", "Too many requests."),
    Fault.UNAVAILABLE: Refused(503, "down", "The server is being maintained."),
    Fault.REVOKED: Refused(401, "token", "The token is not valid."),
}


@dataclass(frozen=True)
class Call:
    """One API call that came in. `status` 0: the connection was broken instead of an answer."""

    request: Request
    status: int
    fault: Fault | None


class DemoErp:
    """Use it as a context manager, or `start` and `stop` it; between the two its port refuses connections.

    office  what people do in it
    faults  switches, see `local.shops.faults.Faults`
    calls   the last 2000 API calls
    """

    def __init__(
        self,
        skus: Iterable[str],
        locations: Sequence[str] = ("HAM",),
        *,
        seed: int = 1,
        port: int = 0,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.office = Office(skus, locations, seed=seed, **({"clock": clock} if clock else {}))
        self.token = secrets.token_hex(16)
        self.faults = Faults(seed, Fault)
        self.calls: deque[Call] = deque(maxlen=_KEPT)
        self._api, self._port = Api(self.office), port
        self._server: ShopServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def credentials(self) -> dict[str, Any]:
        """What the merchant gives to `orderbridge erp connect demo`."""
        return {"url": self.url, "token": self.token, "settles_after": self.office.shelves.settles_after}

    def start(self) -> None:
        self._server = ShopServer(self._respond, self._port)
        self._port = self._server.server_address[1]
        self._server.start()

    def stop(self) -> None:
        """What it holds stays; `start` opens the same port again."""
        if self._server:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _respond(self, request: Request) -> Answer | None:
        if request.path.startswith(ROOT):
            return control.answer(self, request)
        fault = self.faults.next()
        answer = self._answer(request, fault)
        self.calls.append(Call(request, answer.status if answer else 0, fault))
        if fault is Fault.SLOW:
            threading.Event().wait(self.faults.slow)
        if fault is Fault.SHIPPED and answer:
            self._somebody_ships(request)
        return None if fault is Fault.LOST else answer

    def _answer(self, request: Request, fault: Fault | None) -> Answer | None:
        if fault is Fault.UNREACHED:
            return None
        if fault in _REFUSALS:
            return refused(_REFUSALS[fault])
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return refused(_REFUSALS[Fault.REVOKED])
        answer = self._api.answer(request)
        return spoilt(answer, lambda document: _spoil(document, fault)) if fault in OF_LISTS else answer

    def _somebody_ships(self, request: Request) -> None:
        """One unit of the first SKU that was asked about and is promised to a shop's buyer, from where it lies."""
        with self.office.lock:
            for sku in self.office.skus:
                document = next((d for d in self.office.open_documents(sku) if d.channel != "counter"), None)
                place = next((p for p in self.office.shelves.locations if self.office.shelves.booked(sku, p)), None)
                if document and document.confirmed and place and sku.encode() in request.body:
                    self.office.ship(document.id, sku, 1, place)
                    return


def _spoil(document: dict[str, Any], fault: Fault) -> dict[str, Any]:
    rows = document["rows"]
    if fault is Fault.EMPTY:
        return {**document, "rows": [], "next": None}
    if fault is Fault.ZEROS:
        return {**document, "rows": [{k: _zeros(v) for k, v in row.items()} for row in rows]}
    half = {**document, "rows": rows[: len(rows) // 2], "next": None}
    return half if fault is Fault.HALF else {k: v for k, v in half.items() if k != "next"}


def _zeros(value: Any) -> Any:
    """Of units by location all 0, of price lists every price; anything else as it is."""
    if isinstance(value, dict):
        return {k: 0 if isinstance(n, int) else n for k, n in value.items()}
    if isinstance(value, list):
        return [{**row, "price": "0"} if "price" in row else row for row in value]
    return value
