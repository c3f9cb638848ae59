"""What CloudWatch counts of the stack's own functions, tables, queues, API and logs, as far as it is charged.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orderbridge.prices import FUNCTION_GB

PERIOD = 86400  # seconds, so a sum is one of a day
_SQS = ("NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted", "NumberOfEmptyReceives")


@dataclass(frozen=True)
class Metric:
    """A sum that CloudWatch keeps, and the unit of `prices.PRICES` of which each of it is `factor`."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    unit: str
    factor: Decimal = Decimal(1)

    def query(self, id: str) -> dict[str, Any]:
        dimensions = [{"Name": name, "Value": value} for name, value in self.dimensions.items()]
        metric = {"Namespace": self.namespace, "MetricName": self.name, "Dimensions": dimensions}
        return {"Id": id, "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": "Sum"}}


def metrics_of(kind: str, name: str) -> Iterator[Metric]:
    """What is charged by request of one resource of a stack: its type and its physical id."""
    match kind:
        case "AWS::Lambda::Function":
            where, milliseconds = {"FunctionName": name}, FUNCTION_GB / 1000
            yield Metric("AWS/Lambda", "Invocations", where, "Lambda requests")
            yield Metric("AWS/Lambda", "Duration", where, "Lambda GB-seconds", milliseconds)
        case "AWS::DynamoDB::Table":
            # A table's own metric leaves its index out; where there is none, there are no sums.
            for where in ({"TableName": name}, {"TableName": name, "GlobalSecondaryIndexName": "dirty"}):
                yield Metric("AWS/DynamoDB", "ConsumedReadCapacityUnits", where, "DynamoDB read request units")
                yield Metric("AWS/DynamoDB", "ConsumedWriteCapacityUnits", where, "DynamoDB write request units")
        case "AWS::SQS::Queue":
            queue = name.rsplit("/", 1)[-1]
            unit = f"SQS requests, {'FIFO' if queue.endswith('.fifo') else 'standard'}"
            yield from (Metric("AWS/SQS", each, {"QueueName": queue}, unit) for each in _SQS)
        case "AWS::ApiGatewayV2::Api":
            yield Metric("AWS/ApiGateway", "Count", {"ApiId": name}, "HTTP API requests")
        case "AWS::Logs::LogGroup":
            yield Metric("AWS/Logs", "IncomingBytes", {"LogGroupName": name}, "CloudWatch Logs, bytes")
