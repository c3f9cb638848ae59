"""Small runs with much of what one kind of bug needs. The code as it is holds every law in each of them."""

from dataclasses import replace
from pathlib import Path

from simulation.plan import Plan, Trouble

_SMALL = Plan(orders=60, faults=frozenset(), skus=6, patience=90.0, calm=False)

SCENARIOS = {
    # Few SKUs and many who want them; what is told of an order comes twice and in any order.
    "rush": replace(_SMALL, faults=frozenset({Trouble.DUPLICATES, Trouble.SHUFFLE, Trouble.OVERLAP})),
    # Functions live for a few calls; all must be right again before the ten minutes in which an unseen sale is waited
    # for, since nothing here is unseen.
    "deaths": replace(_SMALL, faults=frozenset({Trouble.CRASH}), more={Trouble.CRASH: 20.0}, within=480.0),
}


def plan(scenario: str, seed: int, code: Path) -> Plan:
    return replace(SCENARIOS[scenario], seed=seed, code=code)
