"""Queue of a platform's own bus: whose each message is, and on to the inbound queue."""

import os
from dataclasses import asdict
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orderbridge.bridge import Bridge
from orderbridge.errors import described
from orderbridge.notifying import route
from orderbridge.serving import utc_now
from orderbridge.settings import Settings

logger, metrics = Logger(), Metrics()
bridge = Bridge(Settings.from_env(os.environ))
processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def _one(record: dict[str, Any]) -> None:
    routed = route(bridge, bridge.settings.bus_platform, record["body"].encode(), utc_now())
    logger.info("routed", **asdict(routed))
    metrics.add_metric("Quarantined", MetricUnit.Count, int(bool(routed.reason)))


@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> Any:
    answer = process_partial_response(event=event, record_handler=_one, processor=processor, context=context)
    for _, error, _ in processor.exceptions:
        logger.error("failed", **described(error))
    return answer
