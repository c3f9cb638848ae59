"""What the stack did on the last days, as CloudWatch counted it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from orderbridge.metrics import Metric, metrics_of

DAYS = 7  # full days of UTC that are looked at
_MOST = 500  # metrics in one request, https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
_ORDERS = "orders"


@dataclass(frozen=True)
class Measured:
    """
    until   the last day, of UTC
    days    days up to it with calls of our functions; others are not counted
    orders  new orders in them
    used    how much of each unit of `prices.PRICES`
    """

    until: date
    days: int
    orders: int
    used: Mapping[str, Decimal]


@dataclass(frozen=True)
class Meter:
    """`cloudformation` and `cloudwatch` are clients of boto3; `stack` names the stack, `stage` is what it is."""

    cloudformation: Any
    cloudwatch: Any
    stack: str
    stage: str

    def measured(self, today: date) -> Measured | None:
        """The last full days before `today`; None where there are no metrics of them yet."""
        metrics = [*self._metrics()]
        used: Counter[str] = Counter()
        days = set()
        for metric, sums in self._sums(metrics, datetime.combine(today, time(), UTC)):
            used[metric.unit] += sum(sums.values(), Decimal(0)) * metric.factor  # type: ignore[assignment]
            if metric.name == "Invocations":
                days |= {day for day, amount in sums.items() if amount}
        orders = int(used.pop(_ORDERS, 0))
        amounts = {unit: Decimal(amount) for unit, amount in used.items() if amount}
        return Measured(today - timedelta(days=1), len(days), orders, amounts) if days else None

    def _metrics(self) -> Iterator[Metric]:
        yield Metric("Orderbridge", "Orders", {"service": "process_deliveries", "stage": self.stage}, _ORDERS)
        for page in self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.stack):
            for resource in page["StackResourceSummaries"]:
                yield from metrics_of(resource["ResourceType"], resource.get("PhysicalResourceId", ""))

    def _sums(self, metrics: list[Metric], end: datetime) -> Iterator[tuple[Metric, dict[datetime, Decimal]]]:
        asked = {"StartTime": end - timedelta(days=DAYS), "EndTime": end}
        pages = self.cloudwatch.get_paginator("get_metric_data")
        for first in range(0, len(metrics), _MOST):
            some = {f"m{n}": metric for n, metric in enumerate(metrics[first : first + _MOST])}
            queries = [metric.query(id) for id, metric in some.items()]
            for page in pages.paginate(MetricDataQueries=queries, **asked):
                for result in page["MetricDataResults"]:
                    sums = zip(result["Timestamps"], result["Values"], strict=True)
                    yield some[result["Id"]], {at: Decimal(str(value)) for at, value in sums}
