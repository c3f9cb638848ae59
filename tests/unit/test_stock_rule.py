"""Stock rule 3 exhausted: the real steps of two snapshots, against everything an ERP may do between any two of them.

In the plainest of three stories the ERP ships our order o1, sells a unit over its own counter, ships o2 and receives
two units; in others it takes a shipment back, or ships more than was ordered. Two snapshots run beside it. Every order
in which these can happen is gone through, on the real code over an in-memory table. Always, whatever was written last,
on hand and counted must belong to one instant of the ERP: then a unit that was shipped is counted neither twice nor
never.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from orderbridge import snapshot as rule
from orderbridge.bridge import Bridge
from orderbridge.erps.base import Erp, Posted
from orderbridge.movements import Kind, Movement
from orderbridge.settings import Settings
from orderbridge.snapshot import Snapshot
from orderbridge.tables.movements import ship_key
from tests.memory import Key, Memory, Row
from tests.orders import ordered

SKU, NOW = "HP-MUG-01", datetime(2026, 11, 23, 12, tzinfo=UTC)
BEGIN = 5  # units on the shelf when it all starts; our two orders want one each
Story = tuple[tuple[str, Any], ...]
PLAIN: Story = (("ship", "o1"), ("sale", 1), ("ship", "o2"), ("receipt", 2))
TAKEN_BACK: Story = (("ship", "o1"), ("reverse", "o1"), ("sale", 1), ("ship", "o2"))
TOO_MUCH: Story = (("ship", "o1"), ("ship", "o1"), ("receipt", 2), ("ship", "o2"))


@dataclass(frozen=True)
class Shelf:
    """The ERP at one instant: physical units, and the shipment lines that it has posted for our orders."""

    units: int = BEGIN
    lines: tuple[Movement, ...] = ()

    @property
    def shipped(self) -> int:
        return -sum(line.units for line in self.lines)

    def after(self, what: str, value: Any) -> "Shelf":
        if what in ("ship", "reverse"):
            units, move = (-1 if what == "ship" else 1), f"{what}-{value}-{len(self.lines)}"
            return Shelf(self.units + units, (*self.lines, line(value, move, units)))
        return replace(self, units=self.units + (value if what == "receipt" else -value))


def line(order: str, move: str, units: int) -> Movement:
    return Movement(SKU, "HAM", Kind.SHIPMENT, units, move, NOW, NOW, store="shopify-us", order=order, line="1")


def instants(story: Story) -> list[Shelf]:
    found = [Shelf()]
    for happening in story:
        found.append(found[-1].after(*happening))
    return found


class Counter(Erp):
    """An ERP that posts line and stock at once."""

    name: ClassVar[str] = "counter"
    shelf = Shelf()

    def posted(self, skus: Iterable[str]) -> dict[str, Posted]:
        return {sku: Posted(frozenset(self.shelf.lines)) for sku in skus}

    def on_hand(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        return {sku: {"HAM": self.shelf.units} for sku in skus}

    def promised(self, skus: Iterable[str]) -> dict[str, Mapping[str, int]]:
        return {sku: {"HAM": 0} for sku in skus}


# One snapshot as far as it has come: how many steps are done, and what it knows.
Run = tuple[int, Snapshot | None]
Step = Callable[["World", Snapshot | None], Snapshot | None]


def _begin(world: "World", _: Snapshot | None) -> Snapshot:
    return rule.begin(world.bridge, [SKU])


def _documents(world: "World", run: Snapshot | None) -> Snapshot:
    assert run
    return rule.look_at_documents(run, world.erp)


def _record(world: "World", run: Snapshot | None) -> Snapshot:
    """One line at a time; `World.next` comes back here until all are recorded."""
    assert run
    new = [line for line in run.lines if not world.recorded(line)]
    assert not any(rule.known(world.bridge, world.erp, line, run.number) for line in new[:1])
    return run


def _shipped(world: "World", run: Snapshot | None) -> Snapshot:
    assert run
    return rule.note_shipped(run, world.bridge.stock)


def _shelves(world: "World", run: Snapshot | None) -> Snapshot:
    assert run
    return rule.look_at_shelves(run, world.erp)


def _confirm(world: "World", run: Snapshot | None) -> Snapshot:
    assert run
    return rule.confirm(run, world.erp)


def _write(world: "World", run: Snapshot | None) -> None:
    assert run
    rule.write(run, world.bridge.stock)


def _write_over_an_earlier_one(world: "World", run: Snapshot | None) -> None:
    """Step d on the condition that the other snapshot began earlier, and no more."""
    assert run
    level, stock = run.levels[SKU], world.bridge.stock
    numbers = {"on_hand#HAM": run.on_hand[SKU]["HAM"], **{f"counted#{pool}": n for pool, n in level.shipped.items()}}
    for when in (("snapshot", "absent", None), ("snapshot", "<", run.number)):
        if stock.table.write(stock.change_level(SKU, {}, set={**numbers, "snapshot": run.number}, when=[when])):
            return


RULE: tuple[Step, ...] = (_begin, _documents, _record, _shipped, _shelves, _confirm, _write)
WITHOUT_C: tuple[Step, ...] = (_begin, _documents, _record, _shipped, _shelves, _write)
SHIPPED_LATE: tuple[Step, ...] = (_begin, _documents, _record, _shelves, _confirm, _shipped, _write)
SHIPPED_EARLY: tuple[Step, ...] = (_begin, _shipped, _documents, _record, _shelves, _confirm, _write)
EARLIER: tuple[Step, ...] = (*RULE[:-1], _write_over_an_earlier_one)


@dataclass(frozen=True)
class State:
    """Everything at one moment: how much has happened at the ERP, our tables, and the two snapshots."""

    happened: int
    rows: Mapping[Key, Row]
    runs: tuple[Run, Run] = ((0, None), (0, None))

    def identity(self) -> Any:
        """The same for states from which the same can follow."""
        level = next(row for key, row in self.rows.items() if key[2] == "LEVEL")
        numbers = frozenset((name, value["N"]) for name, value in level.items() if "N" in value and name != "version")
        ships = frozenset(key[2] for key in self.rows if key[2].startswith("SHIP#"))
        begun = [row["n"]["N"] for key, row in self.rows.items() if key[2] == "COUNTER"]
        return self.happened, numbers, ships, *begun, *map(_known, self.runs)


def _known(run: Run) -> Any:
    done, snapshot = run
    if snapshot is None:
        return (done,)
    level, posted = snapshot.levels.get(SKU), snapshot.posted.get(SKU)
    shipped = tuple(level.shipped.items()) if level else None
    return done, snapshot.number, snapshot.skus, posted, shipped, tuple(snapshot.on_hand.get(SKU, {}).items())


class World:
    """The real bridge over a dictionary, set to one state after the other."""

    def __init__(self, steps: tuple[Step, ...], story: Story = PLAIN) -> None:
        self.steps, self.client, self.instants = steps, Memory(), instants(story)
        self.bridge = Bridge(Settings(orders_table="O", stock_table="S", control_table="C"), lambda _: self.client)
        self.erp = Counter(self.bridge)

    def recorded(self, line: Movement) -> bool:
        return ("S", f"SKU#{SKU}", ship_key(self.erp.name, line.reference, line.line)) in self.client.rows

    def start(self) -> State:
        for order in ("o1", "o2"):
            ordered(self.bridge.orders, "shopify-us", order, {SKU: 1})
        self.bridge.stock.table.write(self.bridge.stock.change_level(SKU, {"on_hand#HAM": BEGIN}))
        return State(0, dict(self.client.rows))

    def next(self, state: State) -> Iterator[State]:
        """Every state that can follow at once."""
        if state.happened < len(self.instants) - 1:
            yield replace(state, happened=state.happened + 1)
        for n in (0, 1):
            if state.runs[n][0] < len(self.steps):
                self.client.rows, self.erp.shelf = dict(state.rows), self.instants[state.happened]
                run = self._step(*state.runs[n])
                yield State(state.happened, self.client.rows, (run, state.runs[1]) if n == 0 else (state.runs[0], run))

    def _step(self, done: int, snapshot: Snapshot | None) -> Run:
        after = self.steps[done](self, snapshot)
        if self.steps[done] is _record and after and not all(map(self.recorded, after.lines)):
            return done, after
        if after is not None and not after.skus:
            return len(self.steps), None  # nothing left to write
        return done + 1, after

    def wrong(self, state: State) -> str:
        """What is wrong in a state, "" if nothing is."""
        self.client.rows = dict(state.rows)
        level = self.bridge.stock.level(SKU)
        counted, pairs = level.counted.get("*", 0), [(i.units, i.shipped) for i in self.instants]
        pair = level.on_hand["HAM"], counted
        if pair not in pairs[: state.happened + 1]:
            return f"on hand and counted {pair} never were together: {pairs[: state.happened + 1]}"
        recorded = [ship for ship in self.instants[-1].lines if self.recorded(ship)]
        if level.shipped.get("*", 0) != -sum(ship.units for ship in recorded):
            return "shipped is not what was recorded"
        if not level.shipped.get("*", 0) >= counted and all(ship.units < 0 for ship in recorded):
            return "more counted than shipped"
        gone = [-sum(ship.units for ship in recorded if ship.order == order) for order in ("o1", "o2")]
        return "" if level.wanted == {"*": sum(max(1, n) for n in gone)} else f"the orders want {level.wanted}"


def exhaust(steps: tuple[Step, ...], story: Story = PLAIN) -> tuple[int, list[str]]:
    """Go through every state; returns their number and what was found wrong, at most once per kind."""
    world = World(steps, story)
    todo, seen, wrong = [world.start()], set(), dict[str, None]()
    while todo:
        state = todo.pop()
        identity = state.identity()
        if identity in seen:
            continue
        seen.add(identity)
        if problem := world.wrong(state):
            wrong[problem] = None
        todo += world.next(state)
    return len(seen), list(wrong)


@pytest.mark.parametrize("story", [PLAIN, TAKEN_BACK, TOO_MUCH], ids=["plain", "taken back", "too much"])
def test_on_hand_and_counted_are_of_one_instant_whatever_happens(story: Story) -> None:
    states, wrong = exhaust(RULE, story)
    print(f"{states} states, {len(wrong)} wrong")
    assert wrong == []
    assert states > 4000, "the model is smaller than the rule"


@pytest.mark.parametrize("broken", [WITHOUT_C, SHIPPED_LATE, SHIPPED_EARLY, EARLIER])
def test_the_model_finds_what_is_broken(broken: tuple[Step, ...]) -> None:
    _, wrong = exhaust(broken)
    assert any("never were together" in problem for problem in wrong)


def test_a_snapshot_taken_alone_is_the_erp_as_it_is() -> None:
    world = World(RULE)
    world.client.rows = dict(world.start().rows)
    for shelf in world.instants:
        world.erp.shelf = shelf
        assert rule.take(world.bridge, world.erp, [SKU], lambda _: None) == {SKU}
        level = world.bridge.stock.level(SKU)
        assert (level.on_hand, level.counted.get("*", 0)) == ({"HAM": shelf.units}, shelf.shipped)
        assert level.balance() == shelf.units - (2 - shelf.shipped)
