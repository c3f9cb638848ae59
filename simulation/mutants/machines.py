"""Tests as scenarios, for bugs that something else heals before a whole simulation comes to rest.

`machines` are those of tests/stateful: the same laws after every step, over tables in memory. `page` is a demo shop
that sells in the very moment in which a poll has read it, on the engine.
"""

import os
import subprocess
import sys
from pathlib import Path

from local.template import ROOT

# Scenario -> tests, by folder and what pytest's -k takes.
TESTS = {
    "machines": ("tests/stateful", "memory or test_rules"),
    "page": ("tests/functions/test_poll_orders.py", "belongs_to_the_next_poll"),
}


def violations(scenario: str, code: Path, seed: int) -> list[str]:
    """What broke first, in words; nothing when every test came to its end.

    Raises RuntimeError when one fell over instead: a bug that cannot run shows nothing.
    """
    tests, chosen = TESTS[scenario]
    library = f"{code}/layers/orderbridge/python"
    asked = ["-q", "-x", f"--hypothesis-seed={seed}", "-o", f"pythonpath={library} .", "-k", chosen, tests]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *asked],
        cwd=ROOT,
        env={**os.environ, "ORDERBRIDGE_MUTANT": "1", "PYTHONPATH": library},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return []
    said = [line.partition("AssertionError: ")[2] for line in run.stdout.splitlines()]
    if not any(said):
        raise RuntimeError(f"a test fell over: {run.stdout[-300:]}")
    return [next(filter(None, said))]
