"""What an order costs: `make cost`, or `python -m bench.cost [ORDERS]`, measures it, writes it into docs/cost.md,
and its sums where the library finds them."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.day import LINES, STORES, Day, day
from bench.fixed import running, standing
from orderbridge.prices import FIGURES, FUNCTION_GB, PRICES

PAGE = Path(__file__).parent.parent / "docs/cost.md"
MARK = "<!-- Below: written by `make cost`. -->\n"
LIMIT = 20.0  # US cents for 1,000 orders
_POLLS = "poll_orders"  # that a shop is asked is a fixed cost; what it finds is the order's
_CPU = 512 / 1769  # of a processor at 512 MB, https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
_AWS, _SHOP = 0.008, 0.25  # seconds that one call of AWS and of a shop is taken to last; here they answer at once
_GB = float(FUNCTION_GB)
_TIME = "Lambda GB-seconds"
_DOLLARS = {unit: float(price) for unit, price in PRICES.items()}  # of measured times and sizes no digit is exact


def marginal(made: Day, orders: int) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    """(function, unit) -> US cents for 1,000 orders, and unit -> how much one order uses."""
    cents: Counter[tuple[str, str]] = Counter()
    used: Counter[str] = Counter()
    amounts = [(line.function, line.unit, line.what, amount / orders) for line, amount in made.meter.used.items()]
    amounts += [(function, _TIME, "", seconds * _GB / orders) for function, seconds in _billed(made).items()]
    for function, unit, what, amount in amounts:
        if function != _POLLS or what == "send":
            cents[function, unit] += amount * _DOLLARS[unit] * 100 * 1000  # type: ignore[assignment]
            used[unit] += amount  # type: ignore[assignment]
    return cents, used


def _billed(made: Day) -> dict[str, float]:
    """Seconds that Lambda would charge: our own CPU at its share of a processor, and waiting for others."""
    waits: Counter[str] = Counter()
    for (function, operation), calls in made.meter.requests.items():
        waits[function] += calls * (_SHOP if operation == "shop" else _AWS)  # type: ignore[assignment]
    return {function: cpu / _CPU + waits[function] for function, cpu in made.meter.cpu.items()}


def report(made: Day, orders: int) -> Iterator[str]:
    cents, used = marginal(made, orders)
    total = sum(cents.values())
    yield f"Measured {datetime.now(UTC):%d %B %Y} with {orders} orders of {LINES} lines over {STORES} stores.\n"
    yield f"**{total:.1f} US cents for 1,000 orders** (at most {LIMIT:.0f}).\n"
    yield "| unit | of one order | US cents for 1,000 orders |\n|---|---|---|"
    for unit in sorted(used, key=lambda unit: -used[unit] * _DOLLARS[unit]):
        yield f"| {unit} | {used[unit]:.2f} | {used[unit] * _DOLLARS[unit] * 100_000:.2f} |"
    yield "\n| function | US cents for 1,000 orders | AWS requests of one order | seconds of CPU here |"
    yield "|---|---|---|---|"
    for function in sorted({function for function, _ in cents}):
        spent = sum(amount for (name, _), amount in cents.items() if name == function)
        asked = sum(n for (name, what), n in made.meter.requests.items() if name == function and what != "shop")
        yield f"| `{function}` | {spent:.2f} | {asked / orders:.1f} | {made.meter.cpu[function] / orders:.3f} |"


def by_the_month(dollars: Mapping[str, float]) -> Iterator[str]:
    yield f"\n**{sum(dollars.values()):.2f} US dollars by the month** besides, whatever is sold: {STORES} stores.\n"
    yield "| by the month | US dollars |\n|---|---|"
    for what, amount in sorted(dollars.items(), key=lambda line: -line[1]):
        yield f"| {what} | {amount:.2f} |"


def _of_one_run(made: Day) -> float:
    counted = sum(amount * _DOLLARS[line.unit] for line, amount in made.meter.used.items())
    return 100 * (counted + sum(_billed(made).values()) * _GB * _DOLLARS[_TIME])


def _figures(total: float, fixed: float) -> dict[str, str | int]:
    """See `orderbridge.prices.Figures`."""
    told = {"marginal": f"{total:.1f}", "fixed": f"{fixed:.2f}", "standing": f"{sum(standing().values()):.2f}"}
    return {"measured": datetime.now(UTC).date().isoformat(), "stores": STORES, **told}


def main(orders: int = 10) -> float:
    """Measure, print, write; returns the US cents of 1,000 orders."""
    with day() as made:
        for number in range(orders):
            made.order(number)
        lines = list(report(made, orders))
        total = sum(marginal(made, orders)[0].values())
        fixed = {**standing(), **running(made, lambda: _of_one_run(made))}
    text = "\n".join([*lines, *by_the_month(fixed)]) + "\n"
    print(text)
    FIGURES.write_text(json.dumps(_figures(total, sum(fixed.values())), indent=2) + "\n")
    PAGE.write_text(PAGE.read_text().partition(MARK)[0] + MARK + "\n" + text)
    return total


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])) > LIMIT)
