"""The bugs. Each is one that somebody could make with good intentions, and that no example would show.

A text that is replaced must be in its file exactly once: when the code moves on, the bug must be looked at again.
"""

from dataclasses import dataclass

LIBRARY = "layers/orderbridge/python/orderbridge"


@dataclass(frozen=True)
class Edit:
    """In `file`, below the library's folder, `old` becomes `new`."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Bug:
    """`law` is the one that it breaks; `scenario` a name in `scenarios`, or `machines`."""

    name: str
    law: str
    scenario: str
    edits: tuple[Edit, ...]


BUGS = (
    Bug(
        "quantity in the push identity",
        "5",
        "machines",
        (
            Edit(
                "pushing.py",
                "in self.shop.stock_calls(_rows(plans), uuid.uuid4().hex) if plans",
                'in self.shop.stock_calls(_rows(plans), "-".join(f"{p.item}={p.targets}" for p in plans)) if plans',
            ),
        ),
    ),
    Bug(
        "check-then-write on the hold",
        "4",
        "rush",
        (
            Edit("tables/orders.py", '[("revision", "=", before.revision)] if before else absent', "[]"),
            Edit("tables/orders.py", "self.table.put(_revision(change), absent)", "self.table.put(_revision(change))"),
        ),
    ),
    Bug(
        "a hold conditional on stock",
        "1",
        "machines",
        (
            Edit(
                "tables/stock.py",
                "requests.append(self.change_level(sku, {**add, **listed}))",
                'nothing = [("pk", "absent", None)] if self.level(sku).balance() < sum(pools.values()) else []\n'
                "            requests.append(self.change_level(sku, {**add, **listed}, when=nothing))",
            ),
        ),
    ),
    Bug(
        "deduplicating on a header",
        "3",
        "machines",
        (Edit("deliveries.py", "id = hashlib.sha256(body).hexdigest()[:32]", "id = message.topic"),),
    ),
    Bug(
        "newer or equal",
        "3",
        "machines",
        (
            Edit(
                "orders.py",
                "if order.version != stored.version:\n        return Verdict.NEWER if order.version > stored.version",
                "if order != stored:\n        return Verdict.NEWER if order.version >= stored.version",
            ),
        ),
    ),
    Bug(
        "cursor taken after the read",
        "1",
        "page",
        (
            Edit("polling.py", "return Progress(progress.started, passed", "return Progress(utc_now(), passed"),
            Edit("polling.py", "usual = before.complete - overlap if", "usual = before.complete if"),
        ),
    ),
    Bug(
        "hold released at shipment",
        "4",
        "rush",
        (
            Edit(
                "orders.py",
                "both = {key: max(wanted.get(key, 0), shipped.get(key, 0)) for",
                "both = {key: max(wanted.get(key, 0) - shipped.get(key, 0), 0) for",
            ),
            Edit(
                "tables/orders.py",
                "hold = max(stored.wants.get(key, 0), gone)",
                "hold = max(stored.wants.get(key, 0) - gone, 0)",
            ),
        ),
    ),
    Bug(
        "snapshot without step c",
        "4",
        "machines",
        (Edit("snapshot.py", "again = erp.posted(snapshot.skus)", "again = snapshot.posted"),),
    ),
    Bug(
        "to-do deleted without its mark",
        "5",
        "machines",
        (Edit("tables/control.py", 'todo.sk, [("mark", "=", todo.mark)]))', "todo.sk))"),),
    ),
    Bug(
        "attempt recorded after the call",
        "5",
        "deaths",
        (
            Edit(
                "pushing.py",
                "self.bridge.control.open_push(self.store.id, call.key, details)\n"
                "        rejected, again = self._send(call, plans)\n",
                "rejected, again = self._send(call, plans)\n"
                "        self.bridge.control.open_push(self.store.id, call.key, details)\n"
                "        self.bridge.control.close_push(self.store.id, call.key)\n",
            ),
        ),
    ),
    Bug(
        "ack before durable",
        "1",
        "rush",
        (
            Edit("receiving.py", "_LOOK_AGAIN = 60.0", "_later: list[Inbound] = []\n_LOOK_AGAIN = 60.0"),
            Edit(
                "receiving.py",
                "self.queues.deliver(lay_aside(message, self.archive))",
                "_later.append(lay_aside(message, self.archive))\n"
                "        if len(_later) > 1:\n"
                "            self.queues.deliver(_later.pop(0))",
            ),
        ),
    ),
)
