"""Lets one thing happen at a time, chosen by the seed: the same seed gives the same run, call by call.

The clock stands still but for what passes between two steps and what the functions sleep. Every step is a line of the
trace: who did what, and for a function which calls it made.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from local.shops.shop import Shop
from simulation.drive import LONG, MINUTES, OFTEN, Actor, StillMoving
from simulation.faults import Moment
from simulation.operator import Operator
from simulation.people import People
from simulation.plan import Trouble
from simulation.stage import Stage

_BACKLOG = 40  # webhooks and messages
_ROUNDS = 2000  # until the run must have come to rest
_PERSON, _CLERK, _POST, _FUNCTION = 2, 2, 6, 2  # how often each is chosen, against the others


@dataclass
class SerialShow:
    """As `drive.Show`, in one thread."""

    stage: Stage
    people: Sequence[People]
    clerk: Actor
    operator: Operator
    moments: Sequence[Moment]
    look: Callable[[int], None]
    trace: TextIO
    _steps: int = 0
    _due: dict[str, float] = field(default_factory=dict)

    def play(self, calm: Callable[[], None]) -> None:
        """As the other, without a measurement: the latency of one step after the other would say nothing."""
        for shop in self.stage.shops:
            shop.webhooks.faults.held = True
        chance, moments = random.Random(f"{self.stage.plan.seed}/serial"), list(self.moments)
        orders = sum(people.orders for people in self.people)
        while not all(people.done for people in self.people):
            while moments and self.placed >= moments[0].share * orders:
                self._note("moment", moments.pop(0).happen())
            self.stage.clock.jump(chance.uniform(0.2, 2.0))
            self._ring()
            self._one(chance)
            self.look(self.placed)
        for moment in moments:
            self._note("moment", moment.happen())
        calm()
        self._rest(chance)

    @property
    def placed(self) -> int:
        return sum(people.placed for people in self.people)

    def _one(self, chance: random.Random) -> None:
        """A step of whoever the seed chooses."""
        open_shops = [people for people in self.people if not people.done]
        pressed = sum(shop.webhooks.waiting for shop in self.stage.shops) > _BACKLOG or (
            self._steps % 10 == 0 and self.stage.waiting() > _BACKLOG
        )
        crowd: list[tuple[str, Callable[[], str], int]] = [
            *((one.name, one.step, 0 if pressed else _PERSON) for one in open_shops),
            (self.clerk.name, self.clerk.step, _CLERK),
            *((f"post of {shop.name}", self._post(shop, chance), _POST) for shop in self.stage.shops),
            *((trigger.name, trigger.once, _FUNCTION) for trigger in self.stage.triggers),
            (self.operator.name, self.operator.step, 1),
        ]
        name, act, _ = chance.choices(crowd, [weight for _, _, weight in crowd])[0]
        self._note(name, act())

    def _post(self, shop: Shop, chance: random.Random) -> Callable[[], str]:
        """One webhook leaves; out of order if that is a fault of this run."""
        shuffled = self.stage.plan.has(Trouble.SHUFFLE)
        return lambda: shop.webhooks.send_one(chance.randrange if shuffled else lambda _: 0)

    def _ring(self) -> None:
        """Schedules whose time has come."""
        for schedule in self.stage.schedules:
            now = self.stage.clock.seconds()
            if now >= self._due.get(schedule.name, 0.0):
                self._due[schedule.name] = now + schedule.source.seconds / OFTEN
                for _ in range(1 + self.stage.plan.has(Trouble.OVERLAP)):
                    self._note(schedule.name, schedule.once())

    def _rest(self, chance: random.Random) -> None:
        """Until nothing moves and nothing is left to do, also after a while. A delivery that waits for its platform,
        for a day if need be, moves all the time."""
        quiet = 0
        for n in range(_ROUNDS):
            self.look(self.placed)
            if self._round(chance):
                self.stage.clock.jump(1.0 if n < _ROUNDS / 2 else 2 * MINUTES)
                continue
            self._note(self.operator.name, self.operator.step())
            quiet = 0 if self.stage.undone() or self.stage.waiting() else quiet + 1
            if quiet == 2:
                return
            self.stage.clock.jump(LONG if quiet else 2 * MINUTES)
            self._ring()
        raise StillMoving("; ".join(self.stage.left()))

    def _round(self, chance: random.Random) -> bool:
        """Everybody once; whether anybody had something to do."""
        done = [self._note(f"post of {shop.name}", self._post(shop, chance)()) for shop in self.stage.shops]
        done += [self._note(trigger.name, trigger.once()) for trigger in self.stage.triggers]
        return any(done)

    def _note(self, name: str, said: str) -> bool:
        self._steps += 1
        if said:
            self.trace.write(f"{self._steps} {self.stage.clock.seconds():.3f} {name}: {said}\n")
        return bool(said)
