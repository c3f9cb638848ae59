"""The machines of tests/stateful as a scenario: the same laws after every step, over tables in memory.

For bugs that the next poll heals before a whole simulation comes to rest: only who looks all the time sees them.
"""

import os
import subprocess
import sys
from pathlib import Path

NAME = "machines"
_LOOKS = "memory or test_rules"


def violations(code: Path, seed: int) -> list[str]:
    """What broke first, in words; nothing when every machine came to its end.

    Raises RuntimeError when a machine fell over instead: a bug that cannot run shows nothing.
    """
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", f"--hypothesis-seed={seed}", "-k", _LOOKS, "tests/stateful"],
        cwd=code,
        env={**os.environ, "ORDERBRIDGE_MUTANT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode == 0:
        return []
    said = [line.partition("AssertionError: ")[2] for line in run.stdout.splitlines()]
    if not any(said):
        raise RuntimeError(f"a machine fell over: {run.stdout[-300:]}")
    return [next(filter(None, said))]
