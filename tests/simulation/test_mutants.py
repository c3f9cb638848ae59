"""Every named bug still fits the code; some are hunted here, the whole list by hand: `make simulate MUTANTS=1`."""

import pytest

from simulation.mutants import machines
from simulation.mutants.bugs import BUGS, Bug, Edit
from simulation.mutants.copies import Moved, copy_with

QUICK = ("deduplicating on a header", "newer or equal", "to-do deleted without its mark")


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_fits_the_code(bug: Bug) -> None:
    with copy_with(bug) as code:
        assert (code / "functions").is_dir()


def test_a_bug_whose_place_has_moved_is_not_taken_for_found() -> None:
    gone = Bug("gone", "1", "machines", (Edit("orders.py", "no such text", ""),))
    with pytest.raises(Moved, match=r"orders\.py has 0 times"), copy_with(gone):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.name in QUICK], ids=lambda bug: bug.name)
def test_the_laws_find_it(bug: Bug) -> None:
    with copy_with(bug) as code:
        found = next(filter(None, (machines.violations(bug.scenario, code, seed) for seed in (1, 2, 3))), [])
    assert found, f"{bug.name} survived"
    print(f"{bug.name}: {found[0]}")
