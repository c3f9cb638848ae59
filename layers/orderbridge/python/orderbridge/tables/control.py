"""Table `Control`: what has still to be done, by whom, and what is known of the counterparties.

pk STORE                  sk <store>                   a store; `listings` counts what it offers, `terms` is its policy,
                                                       `rules` how it writes SKUs, see `tables.spellings`, `tells` what
                                                       beside stock it is told
   TODO#<counterparty>    sk <urgency>#<kind>#<id>     something the counterparty has still to be told
   PUSH#<store>           sk <push id>                 an attempt whose outcome is not recorded yet
   WORKER#<counterparty>  sk LEASE | WAIT              one worker at a time; not before
   POLL                   sk <store>                   how far the store's polls are, see `tables.polls`
   SUBSCRIBED             sk <store>                   what we saw of its webhooks, see `tables.subscriptions`
   ACCOUNT                sk <platform>#<account>#<store>
                                                       whose messages of the platform's bus are, see `tables.accounts`
   MAP#<store>            sk <product>#<variant>       the platform's ids of a listing -> our SKU
   NAMED#<store>          sk <SKU as it writes it>     a row of the merchant's mapping file -> our SKU
   ITEM#<store>           sk <item id>                 the id that a listing's stock is written to -> our SKU
   UNMAPPED#<store>       sk <reference>#<order>       an order that waits for a mapping
   SNAPSHOT               sk COUNTER                   how many snapshots of the ERP were begun
   LOCATION               sk <location>                a place where the embedded ledger keeps stock
   ERP                    sk ERP                       the name of the merchant's ERP, why it is paused; without it the
                                                       embedded ledger
   DECISION               sk <store>#<order>#<n>       a question about an order that is open, see `tables.decisions`
   QUARANTINE             sk <time>#<id>               what could not be processed, and why
   DISCARDED              sk <id>                      a row of the quarantine that a person gave up, with who and why
   TEXT#<target>#<hash>   sk TEXT                      a translation that was paid for, see `tables.texts`
   RATES, UNRATED         exchange rates, and orders that wait for one, see `tables.rates`
   RECON, RECONCILED      runs of the reconciliation, see `reconcile.runs`
   HELD                   prices that a person should see first, see `tables.held`
   PULL#<erp>, BRAKE...   see `tables.pulls` and `tables.brakes`
"""

import json
import uuid
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from orderbridge.errors import UnknownStore
from orderbridge.model import TERMS, Rules, Store, Terms
from orderbridge.settings import Settings
from orderbridge.tables.items import Condition, Conflict, Item, Table, next_number, transact

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RETELL = "retell"  # kind of a to-do that stands for all listings of a store after the one that its id names
LOOK = "look"  # kind of a to-do for a listing that showed a number which we did not expect
URGENT, STOCK = 0, 1  # urgencies: a SKU that sells out or comes back; any other stock
PARCEL = "tell-parcel"  # kind of a to-do for an order of which something left; it comes after `stock`, sell-outs first
PRICES, PRODUCTS = 2, 3  # less urgent than any stock
# Kinds of their to-dos: a listing; when a sale begins or ends; all listings after one; a SKU that is to be offered.
PRICE, TURN, RETAG, PRODUCT, CREATE = "price", "turn", "retag", "product", "create"
TELLS = ("prices", "products", "creates", "language")  # of a store, see `Store`
# Kind of a quarantined row that a shop refused, as PARCEL is; ERP is that of an order that the ERP refused.
PUSH = "push"


@dataclass(frozen=True)
class Todo:
    """mark names the writing of the row: whoever did the work removes it only if nobody wrote it again since."""

    counterparty: str
    urgency: int
    kind: str
    id: str
    mark: str
    since: datetime
    retry_at: datetime | None = None
    reason: str = ""  # why it could not be done so far

    @property
    def sk(self) -> str:
        return f"{self.urgency}#{self.kind}#{self.id}"


ERP = "erp"  # the counterparty that is told orders
ORDER = "order"  # kind of its to-dos, whose id is "<store>#<order id>"
PULL = "pull"  # the one whose to-dos are SKUs that have still to be read from the ERP


def counterparty(store: str) -> str:
    return f"store#{store}"


def store_of(counterparty: str) -> str:
    return counterparty.removeprefix("store#")


class Control:
    def __init__(self, client: "DynamoDBClient", settings: Settings) -> None:
        self.client, self.table = client, Table(client, settings.control_table)

    # Stores

    def store(self, store: str) -> Store:
        """Raises UnknownStore."""
        item = self.table.get("STORE", store)
        if item is None:
            raise UnknownStore(f"there is no store {store!r}", store=store)
        return _store(item)

    def stores(self) -> dict[str, tuple[Store, int]]:
        """All stores by id, each with its number of listings."""
        return {item["sk"]: (_store(item), item.get("listings", 0)) for item in self.table.query("STORE")}

    def save_store(self, store: Store, *, retell: bool = False) -> None:
        """Add or change a store. What is kept apart from it stays: `pause` alone says whether it is paused,
        `save_terms` changes its policy, `save_tells` what else it is told, `tables.spellings` how it writes SKUs.

        retell  all its listings are to be told anew
        """
        document, policy = _said(store)
        request = self.table.update("STORE", store.id, set=document, first=policy)
        transact(self.client, [request, *([self._retold(store.id)] if retell else [])])

    def add_store(self, store: Store) -> bool:
        """False when there is a store of this id."""
        document, policy = _said(store)
        item = {"pk": "STORE", "sk": store.id, **document, **policy}
        return self.table.write(self.table.put(item, [("pk", "absent", None)]))

    def save_terms(self, store: str, terms: Terms) -> None:
        """Change a store's policy, and nothing else of it; its listings are told anew. Raises UnknownStore."""
        known: list[Condition] = [("pk", "present", None)]
        change = self.table.update("STORE", store, set={"terms": _flat(terms)}, when=known)
        try:
            transact(self.client, [change, self._retold(store)])
        except Conflict as conflict:
            if not conflict.refused:
                raise
            raise UnknownStore(f"there is no store {store!r}", store=store) from conflict

    def save_tells(self, store: Store) -> None:
        """Change what beside stock a store is told; its listings are gone through."""
        known: list[Condition] = [("pk", "present", None)]
        change = self.table.update("STORE", store.id, set={"tells": store.model_dump(include=set(TELLS))}, when=known)
        who, now = counterparty(store.id), datetime.now(UTC)
        retag = todo_request(self.table, who, f"{PRICES}#{RETAG}#", uuid.uuid4().hex, now)
        transact(self.client, [change, retag])

    def _retold(self, store: str) -> Item:
        """The to-do that makes a to-do of every listing, see `publishing.retell`."""
        return todo_request(self.table, counterparty(store), f"{STOCK}#{RETELL}#", uuid.uuid4().hex, datetime.now(UTC))

    def pause(self, store: str, reason: str) -> None:
        """Push nothing to a store until its reason is taken back with ""; what it sends us is still processed."""
        self.table.write(self.table.update("STORE", store, set={"paused": reason}, when=[("pk", "present", None)]))

    # The ERP

    def erp(self) -> str:
        """Name of the module in `orderbridge.erps`; its address and credentials are a secret, see `Vault.erp`."""
        return self.erp_connection()[0]

    def erp_connection(self) -> tuple[str, str]:
        """The name, and what is another after each `save_erp`: so that who holds a connection sees that it is old."""
        row = self.table.get("ERP", "ERP") or {}
        return str(row.get("name", "ledger")), str(row.get("since", ""))

    def erp_paused(self) -> str:
        """Why nothing is told to the ERP and nothing read from it at present, "" when it is served."""
        return str((self.table.get("ERP", "ERP") or {}).get("paused", ""))

    def save_erp(self, name: str) -> None:
        """Also ends a pause."""
        before, since = self.table.get("ERP", "ERP") or {}, datetime.now(UTC).isoformat()
        first = before.get("first", since) if before.get("name") == name else since
        self.table.write(self.table.put({"pk": "ERP", "sk": "ERP", "name": name, "since": since, "first": first}))

    def erp_since(self) -> datetime | None:
        """Since when it has been the merchant's, whatever became of its credentials; None where none was connected."""
        first = (self.table.get("ERP", "ERP") or {}).get("first")
        return datetime.fromisoformat(first) if first else None

    def pause_erp(self, reason: str) -> None:
        """Leave the ERP alone until its reason is taken back with ""."""
        self.table.write(self.table.update("ERP", "ERP", set={"paused": reason}, when=[("pk", "present", None)]))

    # Snapshots of the ERP

    def next_snapshot(self) -> int:
        return next_number(self.table, "SNAPSHOT", "COUNTER")

    # Locations of the embedded ledger

    def locations(self) -> list[str]:
        return [item["sk"] for item in self.table.query("LOCATION")]

    def add_location(self, location: str) -> None:
        self.table.write(self.table.put({"pk": "LOCATION", "sk": location}))

    # To-dos

    def add_todo(self, counterparty: str, urgency: int, kind: str, id: str, mark: str, now: datetime) -> None:
        """Write the row, or write it again with a fresh mark: a hundred changes are one row."""
        self.table.write(todo_request(self.table, counterparty, f"{urgency}#{kind}#{id}", mark, now))

    def keep_todo(self, todo: Todo) -> None:
        """Write the row as it is said here; `since` stays that of a row which is there already."""
        retry = {"retry_at": todo.retry_at.isoformat()} if todo.retry_at else {}
        values = {"mark": todo.mark, "reason": todo.reason, **retry}
        pk, first = f"TODO#{todo.counterparty}", {"since": todo.since.isoformat()}
        self.table.write(self.table.update(pk, todo.sk, set=values, first=first, remove=[] if retry else ["retry_at"]))

    def turn_at(self, counterparty: str, id: str, mark: str, at: datetime) -> None:
        """Write a to-do that begins to exist at `at`: a price changes by itself then. Only the last one counts."""
        pk, sk = f"TODO#{counterparty}", f"{PRICES}#{TURN}#{id}"
        row = {"pk": pk, "sk": sk, "mark": mark, "since": at.isoformat(), "retry_at": at.isoformat()}
        self.table.write(self.table.put(row))

    def look_at(self, counterparty: str, id: str, mark: str, now: datetime, at: datetime, words: str = "") -> None:
        """Write a to-do that is due at `at`: read a listing, unless it was read after `now` anyway.

        words  what its platform has said about it; without any, those of an earlier to-do stay
        """
        pk, sk = f"TODO#{counterparty}", f"{STOCK}#{LOOK}#{id}"
        row = {"mark": mark, "since": now.isoformat(), "retry_at": at.isoformat()}
        self.table.write(self.table.update(pk, sk, set={**row, **({"reason": words} if words else {})}))

    def todos(self, counterparty: str, page: int | None = None) -> Iterator[Todo]:
        """Most urgent first; `page` is how many are read at a time by someone who may stop early."""
        for item in self.table.query(f"TODO#{counterparty}", page=page):
            urgency, kind, id = item["sk"].split("#", 2)
            retry = item.get("retry_at")
            yield Todo(
                counterparty,
                int(urgency),
                kind,
                id,
                item["mark"],
                datetime.fromisoformat(item["since"]),
                datetime.fromisoformat(retry) if retry else None,
                item.get("reason", ""),
            )

    def listed(self, counterparty: str, sks: Iterable[str]) -> set[str]:
        """Which of these to-dos are on the list, by their sort keys."""
        keys = [(f"TODO#{counterparty}", sk) for sk in sks]
        return {sk for _, sk in self.table.get_many(keys, ["mark"])} if keys else set()

    def retells(self, counterparty: str) -> bool:
        """Whether all listings of a store are being told anew."""
        return any(self.table.query(f"TODO#{counterparty}", f"{STOCK}#{RETELL}#", limit=1))

    def done(self, todo: Todo) -> bool:
        """Remove the to-do if its mark is still the one that was read."""
        return self.table.write(self.table.delete(f"TODO#{todo.counterparty}", todo.sk, [("mark", "=", todo.mark)]))

    def later(self, todo: Todo, at: datetime) -> None:
        when = [("mark", "=", todo.mark)]
        self.table.write(
            self.table.update(f"TODO#{todo.counterparty}", todo.sk, set={"retry_at": at.isoformat()}, when=when)
        )

    def told(self, todo: Todo, now: datetime, shows: datetime) -> None:
        """The counterparty has taken what the to-do stands for; from `shows` on one can see whether it shows it."""
        change = {"since": now.isoformat(), "retry_at": shows.isoformat()}
        when = [("mark", "=", todo.mark)]
        self.table.write(self.table.update(f"TODO#{todo.counterparty}", todo.sk, set=change, when=when))

    # One worker per counterparty

    def lease(self, counterparty: str, owner: str, now: datetime, seconds: int) -> bool:
        """Take or renew the right to serve a counterparty; False while another owner has it."""
        pk, until = f"WORKER#{counterparty}", int((now + timedelta(seconds=seconds)).timestamp())
        held = {"owner": owner, "until": until}
        for when in ([("pk", "absent", None)], [("until", "<", int(now.timestamp()))], [("owner", "=", owner)]):
            if self.table.write(self.table.update(pk, "LEASE", set=held, when=when)):
                return True
        return False

    def release(self, counterparty: str, owner: str) -> None:
        self.table.write(self.table.delete(f"WORKER#{counterparty}", "LEASE", [("owner", "=", owner)]))

    def wait_until(self, counterparty: str, at: datetime, reason: str) -> None:
        """Do not call this counterparty before `at`."""
        self.table.write(
            self.table.put({"pk": f"WORKER#{counterparty}", "sk": "WAIT", "at": at.isoformat(), "reason": reason})
        )

    def waiting_until(self, counterparty: str) -> datetime | None:
        item = self.table.get(f"WORKER#{counterparty}", "WAIT")
        return datetime.fromisoformat(item["at"]) if item else None

    # Attempts

    def open_push(self, store: str, push_id: str, details: Item) -> None:
        """Kept compressed: an attempt of a few listings is then below 1 kB, one write unit."""
        packed = zlib.compress(json.dumps(details, ensure_ascii=False).encode())
        self.table.write(self.table.put({"pk": f"PUSH#{store}", "sk": push_id, "details": packed}))

    def open_pushes(self, store: str) -> list[Item]:
        """The details of each."""
        return [json.loads(zlib.decompress(row["details"])) for row in self.table.query(f"PUSH#{store}")]

    def close_push(self, store: str, push_id: str) -> None:
        self.table.write(self.table.delete(f"PUSH#{store}", push_id))

    # Mappings

    def mapped(self, store: str, references: Iterable[str]) -> dict[str, str]:
        """Reference (see `orderbridge.mapping`) -> SKU, for those that are mapped."""
        keys = [(f"MAP#{store}", ref) for ref in references]
        found = self.table.get_many(keys) if keys else {}
        return {sk: item["sku"] for (_, sk), item in found.items()}

    def all_mapped(self, store: str) -> dict[str, str]:
        """Every reference of a store -> SKU."""
        return {item["sk"]: item["sku"] for item in self.table.query(f"MAP#{store}")}

    def items(self, store: str, after: str, limit: int) -> dict[str, str]:
        """A page of a store's listings, in the order of their item ids: item id -> SKU."""
        return {row["sk"]: row["sku"] for row in self.table.query(f"ITEM#{store}", limit=limit, after=after)}

    def sku_of(self, store: str, item: str) -> str:
        """The SKU that is listed under the platform's item id, "" if none is."""
        return str((self.table.get(f"ITEM#{store}", item) or {}).get("sku", ""))

    def waiting(self, store: str) -> Iterator[Item]:
        """Orders that wait for a mapping: reference, sku (as the platform wrote it), order."""
        return self.table.query(f"UNMAPPED#{store}")

    # Quarantine

    def quarantine(self, id: str, entry: dict[str, Any]) -> None:
        """Keep a bad thing visible: `entry` has store, reason, error, next_action, raw, kind, topic.

        A repeat changes nothing, unless an operator is just releasing the row: then the thing has failed again.
        """
        item = {"pk": "QUARANTINE", "sk": id, **entry, "at": datetime.now(UTC).isoformat()}
        if not self.table.write(self.table.put(item, [("pk", "absent", None)])):
            self.table.write(self.table.put(item, [("released", "present", None)]))

    def quarantined(self, after: str = "") -> Iterator[Item]:
        return self.table.query("QUARANTINE", after=after)

    def quarantined_one(self, id: str) -> Item | None:
        return self.table.get("QUARANTINE", id)

    def recovered(self, id: str) -> None:
        """Remove a row whose trouble is over."""
        self.table.write(self.table.delete("QUARANTINE", id))

    def discard(self, row: Item, who: str, why: str) -> None:
        """Take a row off the list for good; what it said is kept beside who gave it up, and why."""
        gone = {**row, "pk": "DISCARDED", "who": who, "why": why, "discarded_at": datetime.now(UTC).isoformat()}
        requests = [self.table.put(gone), self.table.delete("QUARANTINE", row["sk"])]
        transact(self.client, requests)

    def discarded(self, id: str) -> bool:
        return self.table.get("DISCARDED", id) is not None

    def releasing(self, id: str, mark: str) -> bool:
        """Mark a row before its thing is tried again; False when there is no such row."""
        when = [("pk", "present", None)]
        return self.table.write(self.table.update("QUARANTINE", id, set={"released": mark}, when=when))

    def released(self, id: str, mark: str) -> None:
        """Remove the row, unless the thing has failed again since `releasing`."""
        self.table.write(self.table.delete("QUARANTINE", id, [("released", "=", mark)]))


def todo_request(table: Table, counterparty: str, sk: str, mark: str, now: datetime) -> Item:
    """The request that writes a to-do, for a transaction with what caused it; `table` is Control."""
    first = {"since": now.isoformat()}
    return table.update(f"TODO#{counterparty}", sk, set={"mark": mark}, first=first, remove=["retry_at"])


def parcel_todo(table: Table, store: str, order: str) -> Item:
    """The request that writes the to-do of what left for an order: however many lines, it is one."""
    sk, mark = f"{URGENT}#{PARCEL}#{order}", uuid.uuid4().hex
    return todo_request(table, counterparty(store), sk, mark, datetime.now(UTC))


def _said(store: Store) -> tuple[Item, Item]:
    """The attributes of a store, and apart from them its policy and rules: people who change one leave the others."""
    apart = {"terms": _flat(store.terms), "rules": store.rules.model_dump(), "mapping_file": store.mapping_file}
    apart["tells"] = store.model_dump(include=set(TELLS))
    return {"document": store.model_dump_json(exclude={"paused", "rules", "mapping_file", *TERMS, *TELLS})}, apart


def _flat(terms: Terms) -> Item:
    return terms.model_dump(exclude_none=True)


def _store(item: Item) -> Store:
    apart = {**item["terms"], "paused": item.get("paused", ""), "mapping_file": item.get("mapping_file", False)}
    apart |= item.get("tells", {})
    apart["rules"] = Rules(**item.get("rules", {}))
    return Store.model_validate_json(item["document"]).model_copy(update=apart)
