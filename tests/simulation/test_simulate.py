"""The simulation as a test: few orders under every fault, and one serial run twice. `make simulate` is longer."""

import pytest

from simulation.plan import Plan, Trouble, troubles
from simulation.run import Outcome, simulate

FEW = 12  # SKUs: they sell out all the time


@pytest.mark.slow
def test_the_laws_hold_under_every_fault() -> None:
    outcome = simulate(Plan(orders=60, seed=3, skus=FEW, calm=False))
    print(f"deaths {outcome.numbers['deaths']}, conflicts {outcome.numbers['conflicts met']}")
    assert outcome.violations == []
    assert outcome.verdict.orders + outcome.verdict.unheard_deletions >= 50
    assert outcome.numbers["deaths"], "nobody died: the test showed nothing"
    assert outcome.numbers["conflicts met"], "nobody raced: the test showed nothing"


@pytest.mark.slow
def test_a_serial_run_is_the_same_call_by_call() -> None:
    first, second = (_serial(seed=5) for _ in range(2))
    assert first.violations == []
    assert len(first.trace.splitlines()) > 100
    assert first.trace == second.trace


def _serial(seed: int) -> Outcome:
    return simulate(Plan(orders=8, seed=seed, serial=True, skus=FEW))


def test_faults_by_name() -> None:
    assert troubles("drop,crash") == {Trouble.DROP, Trouble.CRASH}
    assert (troubles("all"), troubles("none")) == (frozenset(Trouble), frozenset())
    with pytest.raises(ValueError, match=r"no fault is called flood; there are: duplicates, shuffle"):
        troubles("drop,flood")
