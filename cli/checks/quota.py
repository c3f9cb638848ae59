"""Whether Lambda may run as much at once as the template starts by itself."""

from typing import Any

from cli.checks.finding import Finding
from local.template import load

ABOUT = "concurrency"
# Pollers that Lambda begins with on a standard queue, each of which calls the function:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_POLLERS = 5
# A function for each shard; a table on demand begins with four partitions.
_SHARDS = 4
_CALLS = 5  # webhooks of one store, or questions of operators, that come at the same moment
_BY_STORE = ("BellsQueue", "PollsQueue")  # FIFO, with a group for each store; the others have one group


def check(client: Any, stores: int) -> list[Finding]:
    """`client` of Lambda; `stores` that the merchant has, at least 1."""
    limit = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    wanted, merchant = needed(stores), f"{stores} store{'s' if stores > 1 else ''}"
    if limit < wanted:
        said = f"Lambda runs at most {limit} functions at once in this account and region, {wanted} are needed for "
        more = f"{merchant}: ask AWS for more (Service Quotas, AWS Lambda, Concurrent executions)"
        return [Finding("wrong", ABOUT, said + more)]
    return [Finding("good", ABOUT, f"{wanted} functions at once are needed for {merchant}, {limit} are allowed")]


def needed(stores: int) -> int:
    """Functions that may run at the same moment on an ordinary day."""
    resources = load()["Resources"]
    events = [
        event
        for resource in resources.values()
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
    ]
    routes = sum(1 for resource in resources.values() if resource["Type"] == "AWS::ApiGatewayV2::Route")
    return sum(_at_once(event, resources, stores) for event in events) + routes * _CALLS


def _at_once(event: dict[str, Any], resources: dict[str, Any], stores: int) -> int:
    match event["Type"]:
        case "DynamoDB":
            return _SHARDS
        case "SQS":
            name = event["Properties"]["Queue"]["Fn::GetAtt"][0]
            if not resources[name]["Properties"].get("FifoQueue"):
                return _POLLERS
            return stores if name in _BY_STORE else 1
    return 1
