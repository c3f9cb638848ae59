"""What an order costs does not grow unseen. `make cost` measures it; here all is counted but Lambda's time."""

import re
import subprocess
import sys
from decimal import Decimal

import pytest

from bench.cost import LIMIT, PAGE
from bench.fixed import standing
from local.template import ROOT
from orderbridge.prices import figures

_TIME = (
    4.0  # US cents for 1,000 orders, of the limit: our CPU differs from machine to machine, what is counted does not
)
# In a process of its own, because the functions are imported with the environment of its engine.
_MEASURE = """
from bench.cost import _TIME, marginal
from bench.day import day
with day() as made:
    for number in range(3):
        made.order(number)
    cents, _ = marginal(made, 3)
    print(sum(amount for (_, unit), amount in cents.items() if unit != _TIME))
"""


def test_the_page_and_the_library_say_the_same() -> None:
    """`make cost` writes both."""
    text, told = PAGE.read_text(), figures()
    assert f"Measured {told.measured:%d %B %Y} with" in text
    assert f"**{told.marginal} US cents for 1,000 orders**" in text
    assert f"**{told.fixed} US dollars by the month** besides, whatever is sold: {told.stores} stores." in text
    of_things = [line.split("|")[2] for line in text.splitlines() if re.match(r"\| \d+ (secrets|alarms|metrics)", line)]
    assert sum(map(Decimal, of_things)) == told.standing
    assert f"{sum(standing().values()):.2f}" == str(told.standing), "run `make cost`: the template has other alarms"


@pytest.mark.slow
def test_a_thousand_orders_cost_at_most_twenty_cents() -> None:
    done = subprocess.run([sys.executable, "-c", _MEASURE], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    cents = float(done.stdout.splitlines()[-1])
    print(f"{cents:.2f} US cents for 1,000 orders, Lambda's time apart")
    assert 10 < cents <= LIMIT - _TIME
