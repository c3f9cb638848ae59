"""Lets everything run at once, each actor and each environment in a thread of its own, until all is at rest."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from simulation.faults import Moment
from simulation.operator import Operator
from simulation.people import People
from simulation.plan import Trouble
from simulation.stage import Stage
from simulation.triggers import ScheduleTrigger, StreamTrigger, Trigger

_BACKLOG = 60  # messages; buyers wait while there are more, as the bridge is measured and not its queues
_LOOK = 1.0  # seconds between two looks at the whole; every look asks every queue
_GATE = 0.2  # seconds between two looks at what the bridge still has before it; a look asks one queue
_THINKS = 0.1  # seconds that people take between two things
_POLLS = 0.1  # seconds until a stream without records is asked again; Lambda takes four times a second
_CLERK = 1.0  # things the warehouse does for each order, and for each thing that people could not do
OFTEN = 2.0  # schedules come so many times more often than the clock says
MINUTES = 60.0
_STRIDE = 360 * MINUTES  # the longest step through the day in which a delivery waits for its platform
LONG = 15 * MINUTES  # longer than any patience of the library, and than any period but a day's

log = logging.getLogger(__name__)


class Actor(Protocol):
    name: str

    def step(self) -> str: ...


class StillMoving(Exception):
    """The run did not come to rest in time; the message says what was left."""


@dataclass
class Show:
    """One parallel run. `look` is called now and then, with the number of orders placed."""

    stage: Stage
    people: Sequence[People]
    clerk: Actor
    operator: Operator
    moments: Sequence[Moment]
    look: Callable[[int], None]
    _closed: threading.Event = field(default_factory=threading.Event)
    _end: threading.Event = field(default_factory=threading.Event)
    _go: threading.Event = field(default_factory=threading.Event)
    _running: list[Future[None]] = field(default_factory=list)
    _clerked: int = 0

    def play(self, calm: Callable[[], None], after: Callable[[], None]) -> None:
        """Buy until all orders are placed; then `calm` ends the faults; when all is at rest, `after` is called."""
        schedules = [s for s in self.stage.schedules for _ in range(1 + self.stage.plan.has(Trouble.OVERLAP))]
        work = len(self.people) + 3 + len(self.stage.triggers) + len(schedules)
        with ThreadPoolExecutor(work) as pool:
            try:
                self._start(pool, schedules)
                self._buy()
                calm()
                self._closed.set()
                self.rest()
                after()
            finally:
                self._closed.set()
                self._end.set()
                self._go.set()
        for future in self._running:
            future.result()

    @property
    def placed(self) -> int:
        return sum(people.placed for people in self.people)

    def rest(self) -> None:
        """Until nothing moves and nothing is left to do, also after a while. Raises StillMoving."""
        stage, give_up, quiet = self.stage, time.monotonic() + self.stage.plan.patience, 0
        in_time, longer = stage.clock.seconds() + stage.plan.within, 2 * MINUTES
        while quiet < 2:
            if not quiet and stage.clock.seconds() > in_time:
                raise StillMoving(f"after {stage.plan.within:.0f} s: {'; '.join(stage.left())}")
            self._until_quiet(give_up)
            self.operator.step()
            undone, delayed = stage.undone(), stage.waiting()
            quiet = 0 if undone or delayed else quiet + 1
            longer = min(2 * longer, _STRIDE) if delayed and not undone else 2 * MINUTES
            stage.clock.jump(LONG if quiet else longer)
            time.sleep(_LOOK)  # the schedules see that it is time

    def _start(self, pool: ThreadPoolExecutor, schedules: Sequence[ScheduleTrigger]) -> None:
        stage = self.stage
        self._running += [pool.submit(self._live, one) for one in self.people]
        self._running += [pool.submit(self._work, self.clerk)]
        self._running += [pool.submit(self._serve, trigger) for trigger in stage.triggers]
        self._running += [pool.submit(self._ring, self._own(s, n)) for n, s in enumerate(schedules)]

    def _own(self, schedule: ScheduleTrigger, n: int) -> ScheduleTrigger:
        """The same schedule with an environment of its own."""
        return ScheduleTrigger(schedule.source, self.stage.environments.one(schedule.environment.function, 100 + n))

    def _buy(self) -> None:
        moments, last = list(self.moments), 0.0
        orders = sum(people.orders for people in self.people)
        while not all(people.done for people in self.people):
            self._check()
            if self._behind():
                self._go.clear()
            else:
                self._go.set()
            while moments and self.placed >= moments[0].share * orders:
                log.info(moments.pop(0).happen())
            if time.monotonic() - last > 3:
                self.operator.step()
                last = time.monotonic()
            self.look(self.placed)
            time.sleep(_GATE)
        for moment in moments:
            log.info(moment.happen())

    def _behind(self) -> bool:
        """Whether the bridge has enough to do: what is on its way to it counts. Bells do not, most find nothing to do,
        nor what waits for a shop that does not answer."""
        posted = sum(shop.webhooks.waiting for shop in self.stage.shops)
        streams = [trigger for trigger in self.stage.triggers if isinstance(trigger, StreamTrigger)]
        inbound = self.stage.depth(self.stage.queues["InboundQueue"], delayed=False)
        return posted + inbound > _BACKLOG or any(stream.behind for stream in streams)

    def _until_quiet(self, give_up: float) -> None:
        """What is delayed waits for its platform: for a day, if that has deleted what it told us of."""
        looks = 0
        while looks < 2:
            self._check()
            self.look(self.placed)
            idle = all(shop.webhooks.idle(0) for shop in self.stage.shops) and not self._streaming()
            looks = looks + 1 if idle and not self.stage.waiting(delayed=False) else 0
            if time.monotonic() > give_up:
                raise StillMoving("; ".join(self.stage.left()))
            time.sleep(_LOOK)

    def _streaming(self) -> bool:
        return any(not t.idle for t in self.stage.triggers if isinstance(t, StreamTrigger))

    def _check(self) -> None:
        """An actor that fell over ends the run."""
        for future in self._running:
            if future.done():
                future.result()

    def _live(self, people: People) -> None:
        while not people.done and not self._closed.is_set():
            self._go.wait()
            people.step()
            time.sleep(_THINKS)

    def _work(self, clerk: Actor) -> None:
        while not self._closed.wait(0.01):
            if self._clerked < sum(people.placed + people.refused for people in self.people) * _CLERK:
                self._clerked += 1
                clerk.step()

    def _serve(self, trigger: Trigger) -> None:
        while not self._end.is_set():
            if not trigger.once():
                self._end.wait(_POLLS)

    def _ring(self, schedule: ScheduleTrigger) -> None:
        clock, due = self.stage.clock, 0.0
        while not self._end.is_set():
            if clock.seconds() >= due:
                schedule.once()
                due = clock.seconds() + schedule.source.seconds / OFTEN
            self._end.wait(0.1)
