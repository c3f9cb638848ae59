"""List prices of us-east-1 in US dollars, without free tiers and discounts, looked up in November 2026; and what
`make cost` measured with them.

Each service states its own at https://aws.amazon.com/<service>/pricing/. Those pages load their numbers by script, so
most were read from copies and reports of 2025 and 2026 of these pages, and are to be checked before they are quoted.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

_MILLION, _GB = Decimal(1_000_000), Decimal(1_000_000_000)

# Marginal: what one more order uses.
PRICES: dict[str, Decimal] = {
    "DynamoDB write request units": Decimal("0.625") / _MILLION,  # halved in November 2024
    "DynamoDB read request units": Decimal("0.125") / _MILLION,
    "SQS requests, standard": Decimal("0.40") / _MILLION,  # one per 64 KB
    "SQS requests, FIFO": Decimal("0.50") / _MILLION,
    "S3 writes": Decimal("0.005") / 1000,
    "S3 reads": Decimal("0.0004") / 1000,
    "Secrets Manager calls": Decimal("0.05") / 10_000,
    "Lambda requests": Decimal("0.20") / _MILLION,
    "Lambda GB-seconds": Decimal("0.0000133334"),  # arm64
    "HTTP API requests": Decimal("1.00") / _MILLION,
    "CloudWatch Logs, bytes": Decimal("0.50") / _GB,
    "data out, bytes": Decimal("0.09") / _GB,
    "Scheduler invocations": Decimal("1.00") / _MILLION,
}
# Fixed: per month, whatever is sold.
SECRET, ALARM, METRIC = Decimal("0.40"), Decimal("0.10"), Decimal("0.30")
# Kept: per GB and month. Of a table its storage and its point-in-time recovery.
TABLE_GB, BUCKET_GB = Decimal("0.25") + Decimal("0.20"), Decimal("0.023")

FUNCTION_GB = Decimal("0.5")  # memory of each function
FIGURES = Path(__file__).parent / "data/cost.json"


@dataclass(frozen=True)
class Figures:
    """What `make cost` measured on the local engine.

    marginal  US cents for 1,000 orders
    fixed     US dollars by the month besides, whatever is sold
    standing  the part of `fixed` that is for secrets, alarms and metrics, not for requests
    """

    measured: date
    stores: int
    marginal: Decimal
    fixed: Decimal
    standing: Decimal


def dollars(used: Mapping[str, Decimal]) -> Decimal:
    """What so much of each unit of PRICES costs."""
    return sum((amount * PRICES[unit] for unit, amount in used.items()), Decimal(0))


@cache
def figures() -> Figures:
    found = json.loads(FIGURES.read_text("utf-8"))
    amounts = {name: Decimal(found[name]) for name in ("marginal", "fixed", "standing")}
    return Figures(date.fromisoformat(found["measured"]), found["stores"], **amounts)
