"""How machines are run: the same steps each time.

ORDERBRIDGE_EXAMPLES=2000 is a long hunt with fresh ones, ORDERBRIDGE_MUTANT=1 a short one that takes what it finds, see
`simulation.mutants`; both draw from `pytest --hypothesis-seed`.
"""

import os
import time
from collections import Counter
from typing import ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, run_state_machine_as_test


class Machine(RuleBasedStateMachine):
    """A machine that counts what it tries."""

    tried: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.tried["examples"] += 1

    @invariant()
    def laws_hold(self) -> None:
        """After every step."""
        self.tried["steps"] += 1
        self.check()

    def check(self) -> None:
        raise AssertionError("a machine without laws")


def run(machine: type[Machine], *, examples: int, steps: int, shrink: bool = True) -> None:
    """Run a machine and print how much was tried.

    shrink  look for the shortest way to what was found; with the engine that takes minutes, so only in a hunt
    """
    more, mutant = int(os.environ.get("ORDERBRIDGE_EXAMPLES", "0")), "ORDERBRIDGE_MUTANT" in os.environ
    how = settings(
        max_examples=more or examples,
        stateful_step_count=steps,
        derandomize=not (more or mutant),
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if (shrink or more) and not mutant else [Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    machine.tried, began = Counter(), time.monotonic()
    try:
        run_state_machine_as_test(machine, settings=how)
    finally:
        print(f"{machine.__name__}: {dict(machine.tried)} in {time.monotonic() - began:.0f} s")
