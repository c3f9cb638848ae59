"""What CloudWatch counted, added up; the answers are in the form that AWS documents."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from local.template import load
from orderbridge.metering import DAYS, Meter
from orderbridge.metrics import Metric, metrics_of
from orderbridge.prices import FUNCTION_GB, PRICES, dollars

TODAY = date(2026, 11, 29)
MIDNIGHT = datetime(2026, 11, 29, tzinfo=UTC)
STACK: dict[str, tuple[str, str]] = {
    "Api": ("AWS::Lambda::Function", "orderbridge-Api-1"),
    "Orders": ("AWS::DynamoDB::Table", "orderbridge-Orders-1"),
    "Inbound": ("AWS::SQS::Queue", "https://sqs.us-east-1.amazonaws.com/1/orderbridge-Inbound-1"),
    "Bells": ("AWS::SQS::Queue", "https://sqs.us-east-1.amazonaws.com/1/orderbridge-Bells-1.fifo"),
    "HttpApi": ("AWS::ApiGatewayV2::Api", "abc123"),
    "ApiLog": ("AWS::Logs::LogGroup", "/orderbridge/prod/api"),
    "ApiRole": ("AWS::IAM::Role", "orderbridge-ApiRole-1"),
}
# (namespace, metric, dimensions in order of their names) -> the sum of each of the last days, yesterday first
COUNTED: dict[tuple[str, str, str], list[float]] = {
    ("Orderbridge", "Orders", "process_deliveries,prod"): [600.0, 400.0],
    ("AWS/Lambda", "Invocations", "orderbridge-Api-1"): [1_000_000.0, 2_000_000.0],
    ("AWS/Lambda", "Duration", "orderbridge-Api-1"): [30_000.0, 10_000.0],
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits", "orderbridge-Orders-1"): [0.5, 1.0],
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "orderbridge-Orders-1"): [10.0],
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", "dirty,orderbridge-Orders-1"): [5.0],
    ("AWS/SQS", "NumberOfMessagesSent", "orderbridge-Inbound-1"): [3.0],
    ("AWS/SQS", "NumberOfMessagesReceived", "orderbridge-Inbound-1"): [4.0],
    ("AWS/SQS", "NumberOfMessagesDeleted", "orderbridge-Inbound-1"): [2.0],
    ("AWS/SQS", "NumberOfEmptyReceives", "orderbridge-Bells-1.fifo"): [100.0],
    ("AWS/ApiGateway", "Count", "abc123"): [7.0],
    ("AWS/Logs", "IncomingBytes", "/orderbridge/prod/api"): [1_000.0],
}
USED = {
    "Lambda requests": Decimal(3_000_000),
    "Lambda GB-seconds": Decimal(20),
    "DynamoDB read request units": Decimal("1.5"),
    "DynamoDB write request units": Decimal(15),
    "SQS requests, standard": Decimal(9),
    "SQS requests, FIFO": Decimal(100),
    "HTTP API requests": Decimal(7),
    "CloudWatch Logs, bytes": Decimal(1000),
}


def asked(counted: dict[tuple[str, str, str], list[float]]) -> tuple[list[Metric], list[dict[str, Any]]]:
    """Every metric in the order of the stack, and CloudWatch's result for each: no sum where nothing was counted."""
    orders = Metric("Orderbridge", "Orders", {"service": "process_deliveries", "stage": "prod"}, "orders")
    metrics = [orders, *(metric for kind, name in STACK.values() for metric in metrics_of(kind, name))]
    results = []
    for n, metric in enumerate(metrics):
        where = ",".join(metric.dimensions[name] for name in sorted(metric.dimensions))
        sums = counted.get((metric.namespace, metric.name, where), [])
        days = [MIDNIGHT - timedelta(days=n + 1) for n in range(len(sums))]
        results.append({"Id": f"m{n}", "Timestamps": days, "Values": sums, "StatusCode": "Complete"})
    return metrics, results


def stubbed(counted: dict[tuple[str, str, str], list[float]]) -> Iterator[Meter]:
    """A meter whose AWS answers both questions in two pages, and refuses any other question."""
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    cloudwatch: Any = boto3.client("cloudwatch", region_name="us-east-1")
    metrics, results = asked(counted)
    summaries = [
        {
            "LogicalResourceId": id,
            "PhysicalResourceId": name,
            "ResourceType": kind,
            "LastUpdatedTimestamp": MIDNIGHT,
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for id, (kind, name) in STACK.items()
    ]
    span = {"StartTime": MIDNIGHT - timedelta(days=DAYS), "EndTime": MIDNIGHT}
    question = {"MetricDataQueries": [metric.query(f"m{n}") for n, metric in enumerate(metrics)], **span}
    with Stubber(cloudformation) as stack, Stubber(cloudwatch) as numbers:
        stack.add_response(
            "list_stack_resources", {"StackResourceSummaries": summaries[:3], "NextToken": "2"}, {"StackName": "bridge"}
        )
        stack.add_response(
            "list_stack_resources",
            {"StackResourceSummaries": summaries[3:]},
            {"StackName": "bridge", "NextToken": "2"},
        )
        numbers.add_response("get_metric_data", {"MetricDataResults": results[:5], "NextToken": "2"}, question)
        numbers.add_response("get_metric_data", {"MetricDataResults": results[5:]}, {**question, "NextToken": "2"})
        yield Meter(cloudformation, cloudwatch, "bridge", "prod")
        stack.assert_no_pending_responses()
        numbers.assert_no_pending_responses()


@pytest.fixture
def meter(request: pytest.FixtureRequest) -> Iterator[Meter]:
    yield from stubbed(getattr(request, "param", COUNTED))


def test_all_that_is_charged_by_request_is_added_up(meter: Meter) -> None:
    found = meter.measured(TODAY)
    assert found
    assert (found.until, found.days, found.orders) == (date(2026, 11, 28), 2, 1000)
    assert found.used == USED
    # 3 million calls at 0.20, 20 GB-seconds, and cents of a cent for the rest
    assert dollars(found.used) == Decimal("0.60") + Decimal("0.000266668") + Decimal("0.0000001875") + Decimal(
        "0.000009375"
    ) + Decimal("0.0000036") + Decimal("0.00005") + Decimal("0.000007") + Decimal("0.0000005")


@pytest.mark.parametrize("meter", [{}], indirect=True)
def test_an_account_without_calls_has_no_figures(meter: Meter) -> None:
    assert meter.measured(TODAY) is None


def test_every_unit_has_a_price() -> None:
    metrics, _ = asked({})
    assert {metric.unit for metric in metrics} - PRICES.keys() == {"orders"}
    assert load()["Globals"]["Function"]["MemorySize"] == FUNCTION_GB * 1024
    own = {r["Properties"].get("MemorySize") for r in load()["Resources"].values() if "Function" in r["Type"]}
    assert own == {None}
